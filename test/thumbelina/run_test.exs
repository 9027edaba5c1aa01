defmodule Thumbelina.RunTest do
  # It counts the jobs of the whole VM.
  use ExUnit.Case, async: false

  alias Thumbelina.Error
  alias Thumbelina.Test.{Picture, PNG, Samples}

  @formats [:jpeg, :png, :webp]

  defp pipeline do
    Thumbelina.pipeline()
    |> Thumbelina.resize("60x50")
    |> Thumbelina.blur(1.5)
    |> Thumbelina.rotate(90)
  end

  defp bytes(source, opts \\ []),
    do: source |> Thumbelina.through(pipeline()) |> Thumbelina.to_binary!(opts)

  # Half a second of work, if nobody stops it.
  defp slow do
    image = Thumbelina.from_binary(PNG.encode(Picture.noise(1500, 1000)))
    Enum.reduce(1..60, image, fn _, image -> Thumbelina.blur(image, 50) end)
  end

  # What holds jobs is collected, then they are gone.
  defp wait_for_idle(tries \\ 200) do
    :erlang.garbage_collect()

    case Thumbelina.stats() do
      %{live: 0, bytes: 0} ->
        :ok

      busy when tries == 0 ->
        flunk("still there after two seconds: #{inspect(busy)}")

      _ ->
        Process.sleep(10)
        wait_for_idle(tries - 1)
    end
  end

  defp wait_for_job(pid, tries \\ 5000) do
    cond do
      Thumbelina.stats().live > 0 ->
        :ok

      tries == 0 or not Process.alive?(pid) ->
        {:messages, messages} = Process.info(self(), :messages)
        flunk("no job is alive: #{inspect(messages)}")

      true ->
        Process.sleep(1)
        wait_for_job(pid, tries - 1)
    end
  end

  test "input in chunks of any size gives the bytes of the whole" do
    for format <- @formats do
      whole = Samples.smooth(format, 120, 90)
      expected = bytes(Thumbelina.from_binary(whole))

      for size <- [1, 2, 7, 100, 4_096, 65_536] do
        assert bytes(Samples.chunks(whole, size)) == expected
        assert bytes(Stream.map(Samples.chunks(whole, size), & &1)) == expected
      end
    end
  end

  test "output in pieces is the output" do
    for format <- @formats, to <- @formats do
      image =
        format |> Samples.smooth(300, 200) |> Thumbelina.from_binary() |> Thumbelina.brighten(9)

      assert image |> Thumbelina.stream!(to) |> Enum.join() == Thumbelina.to_binary!(image, to)
    end

    pieces =
      PNG.encode(Picture.noise(400, 300))
      |> Thumbelina.from_binary()
      |> Thumbelina.stream!(:png)
      |> Enum.to_list()

    assert length(pieces) > 2
    assert Enum.all?(pieces, &(&1 != ""))
  end

  test "input and output in pieces, one job the source of another" do
    whole = Samples.smooth(:png, 200, 150)
    expected = bytes(Thumbelina.from_binary(whole))
    image = Thumbelina.open(Samples.chunks(whole, 50)) |> Thumbelina.through(pipeline())
    assert image |> Thumbelina.stream!() |> Enum.join() == expected

    twice = image |> Thumbelina.stream!() |> Thumbelina.open() |> Thumbelina.flip(:vertical)

    assert Thumbelina.to_binary!(twice) ==
             [expected]
             |> Thumbelina.open()
             |> Thumbelina.flip(:vertical)
             |> Thumbelina.to_binary!()

    assert twice |> Thumbelina.stream!() |> Enum.join() == Thumbelina.to_binary!(twice)
  end

  test "the same image gives the same bytes, as often as it runs" do
    for format <- @formats do
      image =
        Thumbelina.from_binary(Samples.smooth(format, 100, 80)) |> Thumbelina.through(pipeline())

      assert bytes(image) == bytes(image)

      assert 1..4
             |> Enum.map(fn _ -> Task.async(fn -> bytes(image) end) end)
             |> Task.await_many()
             |> Enum.uniq()
             |> length() == 1
    end
  end

  test "the lane and the length of slices do not show in the bytes" do
    for format <- @formats do
      image = Thumbelina.from_binary(Samples.smooth(format, 250, 190))
      expected = bytes(image)

      for opts <- [
            [lane: :yield],
            [lane: :dirty],
            [lane: :yield, slice: 10],
            [lane: :dirty, dirty_slice: 100],
            [dirty_threshold: 0],
            [lane: :yield, slice: 10_000, courtesy: 0, measure: true]
          ] do
        assert bytes(image, opts) == expected
      end
    end
  end

  test "a stream that is left early lets go of its job and its source" do
    test = self()
    png = PNG.encode(Picture.noise(400, 300))

    source =
      Stream.resource(
        fn -> Samples.chunks(png, 1000) end,
        fn
          [] -> {:halt, []}
          [chunk | rest] -> {[chunk], rest}
        end,
        fn _ -> send(test, :closed) end
      )

    assert [piece] = source |> Thumbelina.open() |> Thumbelina.stream!(:png) |> Enum.take(1)
    assert <<0x89, "PNG", _::binary>> = piece
    assert_received :closed
    wait_for_idle()
  end

  test "output comes while input is still to come" do
    png = PNG.encode(Picture.noise(900, 600))
    read = :counters.new(1, [])

    chunks =
      Stream.map(Samples.chunks(png, 10_000), &(:counters.add(read, 1, byte_size(&1)) && &1))

    ahead =
      for piece <- chunks |> Thumbelina.open() |> Thumbelina.stream!(:png, level: 0),
          reduce: [] do
        ahead -> [{byte_size(piece), :counters.get(read, 1)} | ahead]
      end

    # Noise is not compressed: what is read is written.
    {_, {written, most}} =
      for {size, read} <- Enum.reverse(ahead), reduce: {0, {0, 0}} do
        {written, {_, most}} -> {written + size, {written + size, max(most, read - written)}}
      end

    assert written >= byte_size(png)
    assert length(ahead) > 10
    assert most < 300_000
  end

  test "a stream is lazy, and raises where it is read" do
    stream = Thumbelina.open("no/cat.jpg") |> Thumbelina.stream!(:png)
    assert_raise Error, ~r/no such file/, fn -> Enum.to_list(stream) end

    half = binary_part(Samples.smooth(:png, 100, 100), 0, 200)
    stream = Thumbelina.open([half]) |> Thumbelina.stream!(:png)
    assert %Error{code: :truncated} = assert_raise(Error, fn -> Stream.run(stream) end)
  end

  test "a source that fails is an answer, a source that raises raises" do
    assert {:error, %Error{code: :enoent, stage: :file}} =
             Thumbelina.open(File.stream!("no/cat.jpg")) |> Thumbelina.run()

    assert_raise RuntimeError, "a pipe broke", fn ->
      Thumbelina.open(Stream.map([1], fn _ -> raise "a pipe broke" end)) |> Thumbelina.run()
    end
  end

  test "when the caller is killed the job ends, on any lane, and gives back what it held" do
    slow = slow()

    for lane <- [:yield, :dirty] do
      wait_for_idle()
      {pid, ref} = spawn_monitor(fn -> exit(Thumbelina.run(slow, lane: lane)) end)
      wait_for_job(pid)
      Process.exit(pid, :kill)
      assert_receive {:DOWN, ^ref, :process, _, :killed}, 1000
      wait_for_idle()
    end
  end

  test "a timeout stops the work" do
    slow = slow()

    for lane <- [:yield, :dirty] do
      assert {:error, %Error{code: :timeout}} = Thumbelina.run(slow, timeout: 5, lane: lane)
    end

    wait_for_idle()
  end

  # Its chunks take so long, and say when one is asked for and when no more are.
  defp slow_chunks(bytes, ms) do
    test = self()

    Stream.resource(
      fn -> Samples.chunks(bytes, 100) end,
      fn chunks ->
        Process.sleep(ms)
        send(test, :asked)
        next_chunk(chunks)
      end,
      fn _ -> send(test, :closed) end
    )
  end

  defp asked(count \\ 0) do
    receive do
      :asked -> asked(count + 1)
    after
      0 -> count
    end
  end

  test "a timeout counts from the start of the run, also while an overlay is read" do
    png = PNG.encode(Picture.noise(40, 40))
    many = png |> Samples.chunks(100) |> length()
    assert many > 20
    base = Thumbelina.from_binary(png)
    image = Thumbelina.composite(base, Thumbelina.open(slow_chunks(png, 20)))

    assert {:error, %Error{code: :timeout, stage: :input}} = Thumbelina.run(image, timeout: 100)
    assert asked() <= 5
    assert_received :closed

    assert %Error{code: :timeout} =
             assert_raise(Error, fn ->
               image |> Thumbelina.stream!(timeout: 100) |> Enum.to_list()
             end)

    assert asked() <= 5

    # The last chunk comes too late.
    late = Thumbelina.composite(base, Thumbelina.open(slow_chunks(binary_part(png, 0, 100), 60)))
    assert {:error, %Error{code: :timeout}} = Thumbelina.run(late, timeout: 100)

    # Where there is time, it is let go on.
    quick = Thumbelina.open(Samples.chunks(png, 100) |> Stream.map(&(Process.sleep(1) && &1)))
    assert {:ok, _} = base |> Thumbelina.composite(quick) |> Thumbelina.run(timeout: 60_000)
    assert {:ok, _} = base |> Thumbelina.composite(quick) |> Thumbelina.run()
    wait_for_idle()
  end

  test "no process is started and no message is left" do
    image =
      Thumbelina.from_binary(Samples.smooth(:jpeg, 300, 200)) |> Thumbelina.through(pipeline())

    worker =
      Task.async(fn ->
        receive do: (:go -> :ok)
        before = Process.info(self(), [:messages, :links, :dictionary])
        bytes(image)
        Process.info(self(), [:messages, :links, :dictionary]) == before
      end)

    :erlang.trace(worker.pid, true, [:procs])
    send(worker.pid, :go)
    assert Task.await(worker)
    refute_received {:trace, _, :spawn, _, _}
  end

  test "a stream that is left early gives its job back at once" do
    image = Thumbelina.from_binary(Samples.smooth(:png, 700, 500)) |> Thumbelina.resize(1400)

    assert [<<0x89, "PNG", _::binary>>] =
             image |> Thumbelina.stream!(:png, level: 0) |> Enum.take(1)

    assert %{live: 0, bytes: 0} = Thumbelina.stats()
  end

  # As the protocol Enumerable has it: a reducer may halt or suspend before it takes anything.
  test "a stream of which nothing is taken lets go of its job and its source at once" do
    test = self()
    wait_for_idle()
    png = PNG.encode(Picture.noise(700, 500))

    source = fn chunks ->
      Stream.resource(fn -> chunks end, &next_chunk/1, fn _ -> send(test, :closed) end)
    end

    take = fn _, _ -> flunk("nothing is to be taken") end

    for to <- @formats do
      image = png |> Samples.chunks(1000) |> source.() |> Thumbelina.open()
      stream = Thumbelina.stream!(image, to)

      assert Enumerable.reduce(stream, {:halt, :x}, take) == {:halted, :x}
      assert_received :closed
      assert %{live: 0, bytes: 0} = Thumbelina.stats()

      assert {:suspended, :x, more} = Enumerable.reduce(stream, {:suspend, :x}, take)
      assert more.({:halt, :y}) == {:halted, :y}
      assert_received :closed
      assert %{live: 0, bytes: 0} = Thumbelina.stats()

      assert Enum.zip([], stream) == []
      assert %{live: 0, bytes: 0} = Thumbelina.stats()
    end
  end

  defp next_chunk([]), do: {:halt, []}
  defp next_chunk([chunk | rest]), do: {[chunk], rest}

  test "a stream that was suspended first goes on to its end" do
    image = Thumbelina.from_binary(PNG.encode(Picture.noise(400, 300)))
    stream = Thumbelina.stream!(image, :png)
    {:suspended, [], more} = Enumerable.reduce(stream, {:suspend, []}, &{:cont, [&1 | &2]})
    {_, chunks} = more.({:cont, []})
    assert chunks |> Enum.reverse() |> Enum.join() == Thumbelina.to_binary!(image, :png)
  end

  test "what is kept of pieces grows on dirty schedulers: it is moved" do
    picture = Picture.noise(900, 700)
    png = PNG.encode(picture)
    assert byte_size(png) > 1_500_000
    run = &(&1 |> Thumbelina.trim() |> Thumbelina.run!(format: :png, level: 1, lane: :yield))

    whole = run.(Thumbelina.from_binary(png))
    pieces = run.(Thumbelina.open(Samples.chunks(png, 50_000)))
    assert pieces.source == whole.source
    assert {whole.stats.lane, pieces.stats.lane} == {:yield, :mixed}
    # From 512 KiB to 1, 2 and 4 MiB, there and back.
    assert pieces.stats.hops in 4..6
  end
end
