defmodule Thumbelina.Telemetry do
  @moduledoc ~S"""
  The events that are told where the `:telemetry` application runs. Without it nothing is
  told, and nothing is needed. Durations are in native units, as `:telemetry.span/3` has them.

  | event | measurements | metadata |
  |---|---|---|
  | `[:thumbelina, :run, :start]` | `system_time`, `monotonic_time` | `source`, `ops`, `format` |
  | `[:thumbelina, :run, :stop]` | `duration`, `monotonic_time` | the same, and `result`: `:ok` or the code of the error, `error`, and `stats` |
  | `[:thumbelina, :run, :exception]` | `duration`, `monotonic_time` | the same as start's, and `kind`, `reason`, `stacktrace` |
  | `[:thumbelina, :pool, :queue]` | `duration` waited, `waiting` jobs behind | `pool`, `lane`, `bytes`, `pixels` |
  | `[:thumbelina, :pool, :shed]` | `waiting` | the same |

  Of `stream!/3` the start is told when its first chunk is asked for, and the stop with the last;
  `result` is `:halted` where it was not read to its end, and then `error` and `stats` are nil.

  `source` is `:file`, `:binary`, `:chunks` or `:text`; `ops` are the names of the operations, of
  all variants in a row; `format` is that of the output, `:same` where it is the input's, and of
  `variants/3` a list. The three of a run share a `telemetry_span_context`. `info/2`, `explain/2` and
  `estimate/2`, which read no more than a header, are no runs; nor is it one to give the bytes of a
  result as they are.

      :telemetry.attach("slow-images", [:thumbelina, :run, :stop], &MyApp.Images.slow?/4, nil)

      require Logger

      def slow?(_event, %{duration: duration}, %{ops: ops, result: result}, _config) do
        ms = System.convert_time_unit(duration, :native, :millisecond)
        if ms > 1_000, do: Logger.warning("#{inspect(ops)} took #{ms} ms: #{result}")
      end
  """

  @doc false
  # What is told of it, and of its result, is only made where there is somebody to tell.
  @spec span((() -> map), (() -> result), (result -> map)) :: result when result: term
  def span(metadata, run, more) do
    if told?() do
      started = start(metadata.())
      result = watch(started, run)
      stop(started, more.(result))
      result
    else
      run.()
    end
  end

  @doc false
  # What it raises is told.
  @spec watch({integer, map} | nil, (() -> result)) :: result when result: term
  def watch(started, run) do
    run.()
  catch
    kind, reason ->
      raised(started, kind, reason, __STACKTRACE__)
      :erlang.raise(kind, reason, __STACKTRACE__)
  end

  @doc false
  @spec raised({integer, map} | nil, :error | :exit | :throw, term, list) :: :ok
  def raised(started, kind, reason, stacktrace) do
    ended(started, :exception, %{kind: kind, reason: reason, stacktrace: stacktrace})
  end

  @doc false
  @spec start(map) :: {integer, map} | nil
  def start(metadata) do
    if told?() do
      metadata = Map.put(metadata, :telemetry_span_context, make_ref())
      from = System.monotonic_time()
      tell([:run, :start], %{monotonic_time: from, system_time: System.system_time()}, metadata)
      {from, metadata}
    end
  end

  @doc false
  @spec stop({integer, map} | nil, map) :: :ok
  def stop(started, more), do: ended(started, :stop, more)

  @doc false
  @spec execute([atom], map, map) :: :ok
  def execute(event, measurements, metadata) do
    if told?(), do: tell(event, measurements, metadata)
    :ok
  end

  # Not Code.ensure_loaded?/1, which asks the code server where there is none.
  defp told?, do: :erlang.function_exported(:telemetry, :execute, 3)

  defp tell(event, measurements, metadata) do
    apply(:telemetry, :execute, [[:thumbelina | event], measurements, metadata])
  end

  defp ended(nil, _, _), do: :ok

  defp ended({from, metadata}, event, more) do
    now = System.monotonic_time()
    measurements = %{duration: now - from, monotonic_time: now}
    tell([:run, event], measurements, Map.merge(metadata, more))
    :ok
  end
end
