defmodule Thumbelina.Run do
  @moduledoc false

  # The talk with the native code: sends it the plan, feeds it while it is hungry, takes what
  # it makes. All of it happens in the calling process.

  alias Thumbelina.{
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
    Telemetry
  }

  # Of output, where it is streamed.
  @piece 65_536

  @doc "The encoded bytes, and what the native code says of the job."
  @spec bytes(Image.t(), Output.t(), %{atom => term}) ::
          {:ok, binary, map} | {:error, Error.t()}
  def bytes(image, output, settings) do
    Telemetry.span(told(image, output), fn ->
      answer = let_in(image, output, settings, &whole(image, output, &1))
      {answer, outcome(answer)}
    end)
  end

  defp let_in(image, output, settings, run) do
    with {:ok, ticket, settings} <- enter(image, output, settings) do
      try do
        run.(settings)
      after
        leave(ticket)
      end
    end
  end

  defp whole(image, output, settings) do
    with {:ok, answer, feed} <- start(image, output, settings, 0) do
      Feed.close(feed)

      case answer do
        {:ok, [{:ok, bytes, result}], stats} -> {:ok, bytes, Map.merge(stats, result)}
        _ -> {:error, error(answer)}
      end
    end
  end

  @doc "The encoded bytes as they are made. Raises `Thumbelina.Error`."
  @spec stream(Image.t(), Output.t(), %{atom => term}) :: Enumerable.t()
  def stream(image, output, settings) do
    Stream.resource(
      fn -> begin(image, output, settings) end,
      fn {told, ticket, state} ->
        {chunks, state} = more(state)
        {chunks, {told, ticket, state}}
      end,
      fn {told, ticket, {answer, feed}} ->
        with {:next, job} <- answer, do: Native.cancel(job)
        leave(ticket)
        Feed.close(feed)
        Telemetry.stop(told, left(answer))
      end
    )
  end

  defp left(:end), do: %{result: :ok}
  defp left({:next, _}), do: %{result: :halted}
  defp left(answer), do: outcome({:error, error(answer)})

  defp begin(image, output, settings) do
    told = Telemetry.start(told(image, output))

    case Telemetry.watch(told, fn -> first(image, output, settings) end) do
      {:ok, ticket, state} ->
        {told, ticket, state}

      {:error, error} ->
        Telemetry.stop(told, outcome({:error, error}))
        raise error
    end
  end

  defp first(image, output, settings) do
    with {:ok, ticket, settings} <- enter(image, output, settings),
         {:ok, answer, feed} <- started(ticket, image, output, settings) do
      {:ok, ticket, {answer, feed}}
    end
  end

  defp started(ticket, image, output, settings) do
    with {:error, error} <- start(image, output, settings, @piece) do
      leave(ticket)
      {:error, error}
    end
  catch
    kind, reason ->
      leave(ticket)
      :erlang.raise(kind, reason, __STACKTRACE__)
  end

  # A place in the pool, where there is one. Waiting for it takes of the time there is.
  defp enter(image, output, settings) do
    case Settings.admission(image.opts, settings) do
      {nil, _} ->
        {:ok, nil, settings}

      {pool, timeout} ->
        from = System.monotonic_time(:millisecond)

        with {:ok, cost} <- cost(image, output, settings),
             {:ok, ticket} <- Pool.admit(pool, cost, timeout) do
          {:ok, ticket, less_time(settings, timeout, from)}
        end
    end
  end

  defp less_time(settings, :infinity, _), do: settings

  defp less_time(settings, timeout, from) do
    waited = System.monotonic_time(:millisecond) - from
    Map.put(settings, :timeout, max(1, timeout - waited))
  end

  defp leave(nil), do: :ok
  defp leave(ticket), do: Pool.release(ticket)

  # Chunks are gone once they are looked at: all that is allowed is counted.
  defp cost(%Image{source: {:chunks, _}} = image, _, settings) do
    {limits, settings} = Settings.limits_and_settings(image.opts, settings)
    {:ok, %{bytes: settings.max_memory, pixels: limits.max_pixels, lane: :dirty}}
  end

  defp cost(image, output, settings), do: estimate(image, output, settings)

  @doc "What it will take, by its header: for a pool to count."
  @spec estimate(Image.t(), Output.t(), %{atom => term}) ::
          {:ok, Pool.cost()} | {:error, Error.t()}
  def estimate(image, output, settings) do
    with {:ok, plan} <- explain(image, output, settings) do
      lane = if plan.lane == :dirty, do: :dirty, else: :yield
      {:ok, %{bytes: plan.peak_bytes, pixels: plan.width * plan.height, lane: lane}}
    end
  end

  # --- what telemetry says

  defp told(%Image{source: {kind, _}, ops: ops}, output) do
    %{source: kind, ops: Enum.map(ops, &elem(&1, 0)), format: elem(output, 0)}
  end

  defp outcome({:ok, _, result}), do: %{result: :ok, error: nil, stats: struct(Stats, result)}

  defp outcome({:error, error}) do
    %{result: error.code, error: error, stats: error.stats}
  end

  @doc "What the header says; reads no further."
  @spec info(Image.t()) :: {:ok, Info.t()} | {:error, Error.t()}
  def info(%Image{source: source, opts: opts}) do
    with {:ok, map} <- of_header(source, &Native.info(&1, Settings.limits(opts))) do
      {:ok, Info.new(map)}
    end
  end

  @doc "What a run would do; reads no further than the header."
  @spec explain(Image.t(), Output.t(), %{atom => term}) ::
          {:ok, Explanation.t()} | {:error, Error.t()}
  def explain(image, output, settings) do
    plan = plan(image, output, settings, 0)

    with {:ok, map} <- of_header(image.source, &Native.explain(&1, plan)) do
      {:ok, struct(Explanation, map)}
    end
  end

  defp of_header(source, ask) do
    with {:ok, input, feed} <- Source.header(source) do
      {answer, feed} = [input] |> ask.() |> fed(feed)
      Feed.close(feed)

      case answer do
        {:ok, map} -> {:ok, map}
        _ -> {:error, error(answer)}
      end
    end
  end

  defp plan(%Image{ops: ops, opts: opts}, output, settings, stream) do
    {limits, settings} = Settings.limits_and_settings(opts, settings)

    {picture, settings} = Map.split(settings, [:orient, :keep_truncated])

    %{
      pictures: [Map.put(picture, :limits, limits)],
      pipes: [%{ops: Enum.map(ops, &Op.sent/1), output: Output.sent(output)}],
      settings: %{settings | stream: stream}
    }
  end

  defp start(%Image{source: source} = image, output, settings, stream) do
    plan = plan(image, output, settings, stream)

    limits = hd(plan.pictures).limits

    with :ok <- looked_at(source, limits),
         {:ok, input, feed} <- Source.input(source, limits.max_bytes) do
      {answer, feed} = [input] |> Native.run(plan) |> fed(feed)
      {:ok, answer, feed}
    end
  end

  # A file that its header will refuse is not read whole before.
  defp looked_at({:file, path} = source, limits) do
    if Disk.large?(path) do
      with {:ok, _} <- of_header(source, &Native.info(&1, limits)), do: :ok
    else
      :ok
    end
  end

  defp looked_at(_, _), do: :ok

  defp fed({:hungry, job}, feed) do
    case next(job, feed) do
      {:ok, piece, feed} -> job |> Native.resume(piece) |> fed(feed)
      :eof -> job |> Native.resume(:eof) |> fed(Feed.none())
      {:error, error} -> give_up(job, error)
    end
  end

  defp fed(answer, feed), do: {answer, feed}

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
  defp more({{:next, job}, feed}), do: {[], job |> Native.resume(:next) |> fed(feed)}
  defp more({{:ok, [{:ok, "", _}], _}, feed}), do: {:halt, {:end, feed}}
  defp more({{:ok, [{:ok, bytes, _}], _}, feed}), do: {[bytes], {:end, feed}}
  defp more({:end, feed}), do: {:halt, {:end, feed}}
  defp more({answer, _}), do: raise(error(answer))

  defp error(%Error{} = error), do: error

  defp error({:error, code, stage, message, result}) do
    %Error{code: code, stage: stage, message: message, stats: struct(Stats, result)}
  end
end
