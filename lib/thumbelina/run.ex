defmodule Thumbelina.Run do
  @moduledoc false

  # The talk with the native code: sends it the plan, feeds it while it is hungry, takes what
  # it makes. All of it happens in the calling process.

  alias Thumbelina.{
    Error,
    Explanation,
    Feed,
    Image,
    Info,
    Native,
    Op,
    Output,
    Settings,
    Source,
    Stats
  }

  # Of output, where it is streamed.
  @piece 65_536

  @doc "The encoded bytes, and what the native code says of the job."
  @spec bytes(Image.t(), Output.t(), %{atom => term}) ::
          {:ok, binary, map} | {:error, Error.t()}
  def bytes(image, output, settings) do
    with {:ok, answer, feed} <- start(image, output, settings, 0) do
      Feed.close(feed)

      case answer do
        {:ok, bytes, result} -> {:ok, bytes, result}
        _ -> {:error, error(answer)}
      end
    end
  end

  @doc "The encoded bytes as they are made. Raises `Thumbelina.Error`."
  @spec stream(Image.t(), Output.t(), %{atom => term}) :: Enumerable.t()
  def stream(image, output, settings) do
    Stream.resource(
      fn ->
        case start(image, output, settings, @piece) do
          {:ok, answer, feed} -> {answer, feed}
          {:error, error} -> raise error
        end
      end,
      &more/1,
      fn {_, feed} -> Feed.close(feed) end
    )
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
      {answer, feed} = input |> ask.() |> fed(feed)
      Feed.close(feed)

      case answer do
        {:ok, map} -> {:ok, map}
        _ -> {:error, error(answer)}
      end
    end
  end

  defp plan(%Image{ops: ops, opts: opts}, output, settings, stream) do
    {limits, settings} = Settings.limits_and_settings(opts, settings)

    %{
      ops: Enum.map(ops, &Op.sent/1),
      output: Output.sent(output),
      limits: limits,
      settings: %{settings | stream: stream}
    }
  end

  defp start(%Image{source: source} = image, output, settings, stream) do
    plan = plan(image, output, settings, stream)

    with {:ok, input, feed} <- Source.input(source, plan.limits.max_bytes) do
      {answer, feed} = input |> Native.run(plan) |> fed(feed)
      {:ok, answer, feed}
    end
  end

  defp fed({:hungry, job}, feed) do
    case Feed.next(feed) do
      {:ok, piece, feed} -> job |> Native.resume(piece) |> fed(feed)
      :eof -> job |> Native.resume(:eof) |> fed(Feed.none())
      {:error, error} -> {error, Feed.none()}
    end
  end

  defp fed(answer, feed), do: {answer, feed}

  defp more({{:chunk, bytes, job}, feed}), do: {[bytes], {{:next, job}, feed}}
  defp more({{:next, job}, feed}), do: {[], job |> Native.resume(:next) |> fed(feed)}
  defp more({{:ok, "", _}, feed}), do: {:halt, {:end, feed}}
  defp more({{:ok, bytes, _}, feed}), do: {[bytes], {:end, feed}}
  defp more({:end, feed}), do: {:halt, {:end, feed}}
  defp more({answer, _}), do: raise(error(answer))

  defp error(%Error{} = error), do: error

  defp error({:error, code, stage, message, result}) do
    %Error{code: code, stage: stage, message: message, stats: struct(Stats, result)}
  end
end
