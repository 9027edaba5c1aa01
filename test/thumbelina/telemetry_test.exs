defmodule Thumbelina.TelemetryTest do
  # While it runs the VM has a module :telemetry.
  use ExUnit.Case, async: false

  alias Thumbelina.{Error, Pool, Stats}
  alias Thumbelina.Test.{Picture, PNG}

  # In the place of the real one: the same function, which tells this process.
  setup context do
    refute Code.ensure_loaded?(:telemetry), "the stand-in would be in its way"
    test = self()
    :persistent_term.put(__MODULE__, test)

    unless context[:without] do
      contents =
        quote do
          def execute([_ | _] = event, measurements, metadata)
              when is_map(measurements) and is_map(metadata) do
            send(
              :persistent_term.get(unquote(__MODULE__)),
              {:told, event, measurements, metadata}
            )

            :ok
          end
        end

      Module.create(:telemetry, contents, Macro.Env.location(__ENV__))
    end

    on_exit(fn ->
      :code.purge(:telemetry)
      :code.delete(:telemetry)
      :code.purge(:telemetry)
      :persistent_term.erase(__MODULE__)
    end)

    [image: PNG.encode(Picture.noise(300, 200)) |> Thumbelina.from_binary()]
  end

  test "a run tells of its start and its end", %{image: image} do
    image |> Thumbelina.resize(50) |> Thumbelina.blur(2) |> Thumbelina.run!(format: :jpeg)

    assert_received {:told, [:thumbelina, :run, :start], start, told}
    assert %{source: :binary, ops: [:resize, :blur], format: :jpeg} = told
    assert Enum.sort(Map.keys(start)) == [:monotonic_time, :system_time]

    assert_received {:told, [:thumbelina, :run, :stop], stop, ended}
    assert %{result: :ok, error: nil, stats: %Stats{width: 300, format_out: :jpeg}} = ended
    assert Map.take(ended, Map.keys(told)) == told
    assert is_reference(told.telemetry_span_context)
    assert stop.duration > 0
    assert stop.duration == stop.monotonic_time - start.monotonic_time
    refute_received {:told, _, _, _}
  end

  test "an error is an end too" do
    assert {:error, error} = Thumbelina.from_binary("no picture") |> Thumbelina.run()
    assert_received {:told, [:thumbelina, :run, :start], _, %{format: :same}}
    assert_received {:told, [:thumbelina, :run, :stop], _, %{result: :unsupported} = ended}
    assert ended.error == error
    assert ended.stats == error.stats

    assert {:error, %Error{}} = Thumbelina.open("no/cat.jpg") |> Thumbelina.run()
    assert_received {:told, [:thumbelina, :run, :start], _, %{source: :file}}
    assert_received {:told, [:thumbelina, :run, :stop], _, %{result: :enoent, stats: nil}}
    refute_received {:told, _, _, _}
  end

  defp assert_told_what_was_raised do
    assert_received {:told, [:thumbelina, :run, :start], _, %{source: :chunks} = told}
    assert_received {:told, [:thumbelina, :run, :exception], %{duration: _}, ended}
    assert %{kind: :error, reason: %RuntimeError{}, stacktrace: [_ | _]} = ended
    assert ended.telemetry_span_context == told.telemetry_span_context
    refute_received {:told, _, _, _}
  end

  test "what a source raises is an exception" do
    broken = Stream.map([1], fn _ -> raise "a pipe broke" end)
    assert_raise RuntimeError, fn -> broken |> Thumbelina.open() |> Thumbelina.run() end
    assert_told_what_was_raised()
  end

  test "a stream tells of its first chunk and its last, or where it is left", %{image: image} do
    stream = Thumbelina.stream!(image, :png)
    refute_received {:told, _, _, _}
    bytes = Enum.join(stream)
    assert_received {:told, [:thumbelina, :run, :start], _, %{format: :png}}
    assert_received {:told, [:thumbelina, :run, :stop], _, %{result: :ok, error: nil} = ended}
    assert %Stats{width: 300, height: 200, format_out: :png} = ended.stats
    assert ended.stats.bytes_out == byte_size(bytes)

    Enum.take(stream, 1)
    assert_received {:told, [:thumbelina, :run, :start], _, _}
    halted = %{result: :halted, error: nil, stats: nil}
    assert_received {:told, [:thumbelina, :run, :stop], _, ended}
    assert Map.take(ended, [:result, :error, :stats]) == halted
    refute_received {:told, _, _, _}

    for to <- [:png, :webp] do
      assert Enum.zip([], Thumbelina.stream!(image, to)) == []
      assert_received {:told, [:thumbelina, :run, :start], _, %{format: ^to}}
      assert_received {:told, [:thumbelina, :run, :stop], _, ended}
      assert Map.take(ended, [:result, :error, :stats]) == halted
      refute_received {:told, _, _, _}
    end
  end

  test "a stream whose source raises in the midst of it says so" do
    png = PNG.encode(Picture.noise(900, 600))

    chunks =
      Stream.concat(
        Thumbelina.Test.Samples.chunks(png, 10_000) |> Enum.take(100),
        Stream.map([1], fn _ -> raise "a pipe broke" end)
      )

    stream = Thumbelina.stream!(Thumbelina.open(chunks), :png)

    assert_raise RuntimeError, "a pipe broke", fn ->
      Enum.each(stream, &send(self(), {:bytes, &1}))
    end

    assert_received {:bytes, _}
    assert_told_what_was_raised()
  end

  test "a stream that fails says of what" do
    png = PNG.encode(Picture.noise(400, 300))
    half = binary_part(png, 0, div(byte_size(png), 2))
    chunks = Thumbelina.Test.Samples.chunks(half, 1000)

    for image <- [Thumbelina.open(chunks), Thumbelina.from_binary(half)] do
      stream = Thumbelina.stream!(image, :png)
      assert_raise Error, fn -> Stream.run(stream) end
      assert_received {:told, [:thumbelina, :run, :start], _, _}

      assert_received {:told, [:thumbelina, :run, :stop], _,
                       %{result: :truncated, stats: %Stats{}}}
    end

    broken = Stream.map([1], fn _ -> raise "a pipe broke" end)
    stream = broken |> Thumbelina.open() |> Thumbelina.stream!(:png)
    assert_raise RuntimeError, fn -> Stream.run(stream) end
    assert_received {:told, [:thumbelina, :run, :start], _, _}
    assert_received {:told, [:thumbelina, :run, :exception], _, %{kind: :error}}
    refute_received {:told, _, _, _}
  end

  test "a pool tells who waited and who was sent away", %{image: image} do
    start_supervised!({Pool, name: :told_pool, max_jobs: 1, max_queue: 1})
    opts = [pool: :told_pool, lane: :yield]

    waiting =
      for _ <- image |> Thumbelina.stream!(:png, opts) |> Stream.take(1) do
        task = Task.async(fn -> Thumbelina.run(image, opts) end)
        assert Thumbelina.Test.Jobs.eventually(fn -> Pool.stats(:told_pool).waiting == 1 end)
        assert {:error, %Error{code: :overloaded}} = Thumbelina.run(image, opts)
        task
      end
      |> hd()

    assert {:ok, _} = Task.await(waiting)
    assert_received {:told, [:thumbelina, :pool, :shed], %{waiting: 1}, shed}
    assert %{pool: :told_pool, lane: :yield, pixels: 60_000, bytes: bytes} = shed
    assert bytes > 0
    assert_received {:told, [:thumbelina, :pool, :queue], %{duration: waited, waiting: 0}, ^shed}
    assert waited > 0
    assert_received {:told, [:thumbelina, :run, :stop], _, %{result: :overloaded}}
  end

  @tag :without
  test "without :telemetry nothing is told and nothing is missed", %{image: image} do
    assert {:ok, _} = Thumbelina.run(image)
    assert image |> Thumbelina.stream!(:png) |> Enum.take(1) |> length() == 1
    assert {:error, %Error{}} = Thumbelina.from_binary("no picture") |> Thumbelina.run()
    broken = Stream.map([1], fn _ -> raise "a pipe broke" end)
    assert_raise RuntimeError, fn -> broken |> Thumbelina.open() |> Thumbelina.run() end
    refute_received {:told, _, _, _}
  end
end
