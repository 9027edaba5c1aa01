defmodule Thumbelina.Run do
  @moduledoc false

  # The talk with the native code: sends it the plan, feeds it while it is hungry, takes what
  # it makes. All of it happens in the calling process.

  alias Thumbelina.{
    Deadline,
    Disk,
    Error,
    Explanation,
    Feed,
    Image,
    Info,
    Native,
    Op,
    Output,
    Pool,
    Settings,
    Source,
    Stats,
    Telemetry,
    Warnings
  }

  # Of output, where it is streamed.
  @piece 65_536

  # Of one job: TB_MAX_PICTURES.
  @most_pictures 8

  @typedoc "A result that is wanted: operations, all of them, and how it is written."
  @type pipe :: {[Op.t()], Output.t()}

  @doc "The encoded bytes, and what the native code says of the job."
  @spec bytes(Image.t(), Output.t(), %{atom => term}) ::
          {:ok, binary, map} | {:error, Error.t()}
  def bytes(image, output, settings) do
    with {:ok, [result]} <- many(image, [{image.ops, output}], settings), do: result
  end

  @doc "The same of several pipes from one source, in one job."
  @spec many(Image.t(), [pipe], %{atom => term}) ::
          {:ok, [{:ok, binary, map} | {:error, Error.t()}]} | {:error, Error.t()}
  def many(image, pipes, settings) do
    run = fn -> let_in(image, pipes, settings, &whole(image, pipes, &1)) end
    Telemetry.span(fn -> told(image, pipes) end, run, &outcome/1)
  end

  defp let_in(image, pipes, settings, run) do
    with {:ok, ticket, settings} <- enter(image, pipes, settings) do
      try do
        run.(settings)
      after
        leave(ticket)
      end
    end
  end

  defp whole(image, pipes, settings) do
    with {:ok, answer, feed} <- start(image, pipes, settings, 0) do
      Feed.close(feed)
      log(image, pipes, answer)

      case answer do
        {:ok, results, job} -> {:ok, Enum.map(results, &result(&1, job))}
        _ -> {:error, error(answer)}
      end
    end
  end

  defp log(image, pipes, answer) do
    with [_ | _] = warnings <- warnings(answer),
         do: Warnings.log(image.source, overlays(pipes) != [], warnings)
  end

  defp overlays(pipes) do
    for {ops, _} <- pipes, {:composite, %{image: overlay}} <- ops, do: overlay
  end

  defp warnings({:ok, _, job}), do: last(job)
  defp warnings({:error, _, _, _, job}), do: last(job)
  defp warnings(_), do: []

  defp last(tuple), do: elem(tuple, tuple_size(tuple) - 1)

  defp result({:ok, bytes, result}, job) do
    {:ok, bytes, %{stats: Stats.new(job, result), found: last(result), warnings: last(job)}}
  end

  defp result({:error, code, stage, message}, job) do
    {:error, error({:error, code, stage, message, job})}
  end

  @doc "The encoded bytes as they are made. Raises `Thumbelina.Error`."
  @spec stream(Image.t(), Output.t(), %{atom => term}) :: Enumerable.t()
  def stream(image, output, settings) do
    pipes = [{image.ops, output}]

    Stream.resource(
      fn -> begin(image, pipes, settings) end,
      fn {told, ticket, {answer, _} = state} ->
        log(image, pipes, answer)
        {chunks, state} = more(state)
        {chunks, {told, ticket, state}}
      end,
      fn {told, ticket, {answer, feed}} ->
        let_go(answer)
        leave(ticket)
        Feed.close(feed)
        tell_end(told, answer)
      end
    )
  end

  defp tell_end(told, {:raised, kind, reason, stacktrace}),
    do: Telemetry.raised(told, kind, reason, stacktrace)

  defp tell_end(told, answer), do: Telemetry.stop(told, left(answer))

  # A job that has more to give, also where nobody took its first chunk.
  defp let_go({:next, job}), do: Native.cancel(job)
  defp let_go({:chunk, _, job}), do: Native.cancel(job)
  defp let_go(_), do: :ok

  defp left({:end, job, result}), do: %{result: :ok, error: nil, stats: Stats.new(job, result)}
  defp left({:next, _}), do: halted()
  defp left({:chunk, _, _}), do: halted()
  defp left({:ok, _, _}), do: halted()
  defp left(answer), do: outcome({:error, error(answer)})

  defp halted, do: %{result: :halted, error: nil, stats: nil}

  defp begin(image, pipes, settings) do
    told = Telemetry.start(told(image, pipes))

    case Telemetry.watch(told, fn -> first(image, pipes, settings) end) do
      {:ok, ticket, state} ->
        {told, ticket, state}

      {:error, error} ->
        Telemetry.stop(told, outcome({:error, error}))
        raise error
    end
  end

  defp first(image, pipes, settings) do
    with {:ok, ticket, settings} <- enter(image, pipes, settings),
         {:ok, answer, feed} <- started(ticket, image, pipes, settings) do
      {:ok, ticket, {answer, feed}}
    end
  end

  defp started(ticket, image, pipes, settings) do
    with {:error, error} <- start(image, pipes, settings, @piece) do
      leave(ticket)
      {:error, error}
    end
  catch
    kind, reason ->
      leave(ticket)
      :erlang.raise(kind, reason, __STACKTRACE__)
  end

  # A place in the pool, where there is one. From here on `settings` are all that was given, and
  # the time runs: waiting for a place takes of it, and so does what is read before the job starts.
  defp enter(image, pipes, settings) do
    settings = Settings.given(image.opts, settings)
    {pool, timeout} = Settings.admission(settings)
    settings = Map.put(settings, :deadline, Deadline.new(timeout))

    with {:ok, ticket} <- admitted(pool, image, pipes, settings), do: {:ok, ticket, settings}
  end

  defp admitted(nil, _, _, _), do: {:ok, nil}

  defp admitted(pool, image, pipes, settings) do
    with {:ok, cost} <- cost(image, pipes, settings),
         do: Pool.admit(pool, cost, Deadline.left(settings.deadline))
  end

  defp leave(nil), do: :ok
  defp leave(ticket), do: Pool.release(ticket)

  # Chunks are gone once they are looked at: all that is allowed is counted.
  defp cost(image, pipes, settings) do
    if Enum.any?([image | overlays(pipes)], &match?(%Image{source: {:chunks, _}}, &1)) do
      {limits, settings} = Settings.limits_and_settings(settings)
      {:ok, %{bytes: settings.max_memory, pixels: limits.max_pixels, lane: :dirty}}
    else
      estimate(image, pipes, settings)
    end
  end

  @doc "What it will take, by its header: for a pool to count."
  @spec estimate(Image.t(), [pipe], %{atom => term}) ::
          {:ok, Pool.cost()} | {:error, Error.t()}
  def estimate(image, pipes, settings) do
    with {:ok, plan} <- explain(image, pipes, settings) do
      lane = if plan.lane == :dirty, do: :dirty, else: :yield
      {:ok, %{bytes: plan.peak_bytes, pixels: plan.width * plan.height * plan.frames, lane: lane}}
    end
  end

  # --- what telemetry says

  defp told(%Image{source: {kind, _}}, pipes) do
    names = for {ops, _} <- pipes, op <- ops, do: Op.name(op)
    %{source: kind, ops: names, format: pipes |> Enum.map(&format/1) |> one_or_all()}
  end

  defp format({_, {format, _}}), do: format

  defp one_or_all([one]), do: one
  defp one_or_all(all), do: all

  # Of several, the first one that failed.
  defp outcome({:ok, [{:ok, _, result} | _] = results}) do
    case Enum.find(results, &match?({:error, _}, &1)) do
      nil -> %{result: :ok, error: nil, stats: result.stats}
      failed -> outcome(failed)
    end
  end

  defp outcome({:ok, [{:error, error} | _]}), do: outcome({:error, error})

  defp outcome({:error, error}) do
    %{result: error.code, error: error, stats: error.stats}
  end

  @doc "What the header says; reads no further."
  @spec info(Image.t()) :: {:ok, Info.t()} | {:error, Error.t()}
  def info(%Image{source: source, opts: opts}) do
    with {:ok, map} <- of_header(source, &Native.info([&1], asked(source, opts))) do
      {:ok, Info.new(map)}
    end
  end

  defp asked(source, opts), do: Map.put(Settings.limits(opts), :text, Source.text?(source))

  @doc "What a run would do; reads no further than the header."
  @spec explain(Image.t(), [pipe], %{atom => term}) ::
          {:ok, Explanation.t()} | {:error, Error.t()}
  def explain(image, pipes, settings) do
    {plan, overlays} = plan(image.source, pipes, Settings.given(image.opts, settings), 0)
    deadline = Map.get_lazy(settings, :deadline, fn -> Deadline.new(:infinity) end)

    with {:ok, laid_on} <- laid_on(overlays, deadline),
         {:ok, map} <- of_header(image.source, &Native.explain([&1 | laid_on], plan)) do
      {:ok, struct(Explanation, map)}
    end
  end

  defp of_header(source, ask) do
    with {:ok, input, feed} <- Source.header(source) do
      {answer, feed} = input |> ask.() |> fed(feed)
      Feed.close(feed)

      case answer do
        {:ok, map} -> {:ok, map}
        _ -> {:error, error(answer)}
      end
    end
  end

  # What the NIF is sent, and the images that are laid over this one.
  defp plan(source, pipes, given, stream) do
    {picture, settings} = picture(source, given)
    {pipes, overlays} = Enum.map_reduce(pipes, [], &sent/2)

    overlays =
      Enum.map(overlays, &{elem(picture(&1.source, Settings.given(&1.opts, %{})), 0), &1})

    {%{
       pictures: [picture | Enum.map(overlays, &layer/1)],
       pipes: pipes,
       settings: %{settings | stream: stream, prompt: Source.prompt?(source)}
     }, overlays}
  end

  defp picture(source, given) do
    {limits, settings} = Settings.limits_and_settings(given)
    %{orient: orient, keep_truncated: keep, first_frame: first, last_frame: last} = settings

    {%{
       limits: limits,
       orient: orient,
       keep_truncated: keep,
       first_frame: first,
       last_frame: last,
       text: Source.text?(source)
     }, settings}
  end

  defp layer({picture, image}), do: Map.put(picture, :ops, Enum.map(image.ops, &Op.sent/1))

  defp sent({ops, output}, overlays) do
    {ops, overlays} = Enum.map_reduce(ops, overlays, &numbered/2)
    {%{ops: ops, output: Output.sent(output)}, overlays}
  end

  # What is laid on is named by its place among the pictures; the same one comes only once.
  defp numbered({:composite, %{image: image}} = op, overlays) do
    overlays = if image in overlays, do: overlays, else: overlays ++ [image]

    length(overlays) < @most_pictures ||
      raise ArgumentError,
            "at most #{@most_pictures - 1} different images can be laid on others in one run, " <>
              "in all its variants together"

    {name, map} = Op.sent(op)
    index = Enum.find_index(overlays, &(&1 == image)) + 1
    {{name, map |> Map.delete(:image) |> Map.put(:picture, index)}, overlays}
  end

  defp numbered(op, overlays), do: {Op.sent(op), overlays}

  defp start(%Image{source: source}, pipes, %{deadline: deadline} = settings, stream) do
    {plan, overlays} = plan(source, pipes, settings, stream)
    limits = hd(plan.pictures).limits

    with {:ok, header} <- looked_at(source, limits),
         {:ok, laid_on} <- laid_on(overlays, deadline),
         {:ok, input, feed} <- input(source, limits, in_passing?(header, pipes, overlays)),
         :ok <- Deadline.check(deadline, :input) do
      plan = put_in(plan.settings.spent, Deadline.spent(deadline))
      {answer, feed} = [input | laid_on] |> Native.run(plan) |> fed(feed)
      {:ok, answer, feed}
    end
  end

  defp input(source, limits, true), do: Source.pieces(source, limits.max_bytes)
  defp input(source, limits, false), do: Source.input(source, limits.max_bytes)

  # Whether the bytes of a file are read once, from the first to the last: then none are kept,
  # and memory does not grow with the file.
  defp in_passing?(header, pipes, overlays) do
    ops = Enum.map(pipes, &elem(&1, 0)) ++ Enum.map(overlays, fn {_, image} -> image.ops end)
    once?(header) and not Enum.any?(ops, &twice?/1)
  end

  # Other decoders, and libvips, which reads CMYK too, want all of it.
  defp once?(%{format: :png}), do: true
  defp once?(%{format: :jpeg, channels: channels}), do: channels < 4
  defp once?(_), do: false

  # What looks at the picture first.
  defp twice?(ops), do: Enum.any?(ops, fn {name, _} -> name in [:trim, :normalise] end)

  defp laid_on([], _), do: {:ok, []}

  defp laid_on([{%{limits: limits}, %Image{source: source}} | rest], deadline) do
    with {:ok, _} <- looked_at(source, limits),
         {:ok, bytes} <- Source.whole(source, limits.max_bytes, deadline),
         {:ok, others} <- laid_on(rest, deadline),
         do: {:ok, [bytes | others]}
  end

  # The header of a large file: one that it will refuse is not read whole before. Else nil.
  defp looked_at({:file, path} = source, limits) do
    if Disk.large?(path),
      do: of_header(source, &Native.info([&1], limits)),
      else: {:ok, nil}
  end

  defp looked_at(_, _), do: {:ok, nil}

  defp fed({:hungry, job}, feed) do
    case next(job, feed) do
      {:ok, piece, feed} -> job |> Native.resume(piece) |> fed(feed)
      :eof -> job |> Native.resume(:eof) |> fed(Feed.none())
      {:error, error} -> give_up(job, error)
    end
  end

  defp fed({:wait, job}, feed), do: job |> in_line() |> fed(feed)
  defp fed(answer, feed), do: {answer, feed}

  # Made here, the reference spares `receive` a look at the messages that were there before.
  defp in_line(job) do
    ref = make_ref()

    case Native.resume(job, ref) do
      {:asleep, ms, job} ->
        receive do
          ^ref -> Native.resume(job, :next)
        after
          ms -> ask_again(job, ref)
        end

      answer ->
        answer
    end
  end

  defp ask_again(job, ref) do
    case Native.resume(job, ref) do
      {:asleep, ms, job} -> called(job, ref, ms)
      {:called, job} -> called(job, ref, :infinity)
      answer -> answer
    end
  end

  defp called(job, ref, ms) do
    receive do
      ^ref -> Native.resume(job, :next)
    after
      ms -> ask_again(job, ref)
    end
  end

  # A source that raises ends the job too.
  defp next(job, feed) do
    Feed.next(feed)
  catch
    kind, reason ->
      Native.cancel(job)
      :erlang.raise(kind, reason, __STACKTRACE__)
  end

  defp give_up(job, error) do
    Native.cancel(job)
    {error, Feed.none()}
  end

  defp more({{:chunk, bytes, job}, feed}), do: {[bytes], {{:next, job}, feed}}
  defp more({{:raised, kind, reason, stack}, _}), do: :erlang.raise(kind, reason, stack)

  # What the source raises is raised in the next step: then the stream knows of it when it is left.
  defp more({{:next, job}, feed}) do
    {[], job |> Native.resume(:next) |> fed(feed)}
  catch
    kind, reason -> {[], {{:raised, kind, reason, __STACKTRACE__}, Feed.none()}}
  end

  defp more({{:end, _, _}, _} = state), do: {:halt, state}

  defp more({{:ok, [{:ok, bytes, result}], job}, feed}) do
    chunks = if bytes == "", do: :halt, else: [bytes]
    {chunks, {{:end, job, result}, feed}}
  end

  defp more({answer, _}), do: raise(error(answer))

  defp error(%Error{} = error), do: error

  defp error({:error, code, stage, message, job}) do
    %Error{code: code, stage: stage, message: message, stats: Stats.new(job)}
  end
end
