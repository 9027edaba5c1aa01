defmodule Thumbelina.PoolTest do
  use ExUnit.Case, async: true

  alias Thumbelina.{Error, Pool}
  alias Thumbelina.Test.{Picture, PNG, Samples}

  @small %{bytes: 100, pixels: 1000, lane: :yield}
  @big %{bytes: 1000, pixels: 100_000, lane: :dirty}

  defp pool(opts) do
    name = :"pool_#{System.unique_integer([:positive])}"
    start_supervised!({Pool, [name: name] ++ opts})
    name
  end

  # Asks for a place in a process of its own, which tells us what it got.
  defp ask(pool, cost, timeout \\ :infinity) do
    me = self()

    pid =
      spawn(fn ->
        send(me, {self(), Pool.admit(pool, cost, timeout)})
        receive do: (:stop -> :ok)
      end)

    pid
  end

  defp got(pid) do
    assert_receive {^pid, answer}, 1000
    answer
  end

  defp waits?(pool, count), do: eventually(fn -> Pool.stats(pool).waiting == count end)

  defp eventually(check, tries \\ 200) do
    cond do
      check.() -> true
      tries == 0 -> false
      true -> Process.sleep(5) && eventually(check, tries - 1)
    end
  end

  test "so many dirty jobs run at once, and the next waits for a place" do
    pool = pool(max_dirty: 2)
    [one, two, three] = for _ <- 1..3, do: ask(pool, @big)
    assert {:ok, ticket} = got(one)
    assert {:ok, _} = got(two)
    assert waits?(pool, 1)
    Pool.release(ticket)
    assert {:ok, _} = got(three)
    assert %{running: 2, dirty: 2, waiting: 0, admitted: 3, shed: 0} = Pool.stats(pool)
  end

  test "small jobs do not wait for big ones" do
    pool = pool(max_dirty: 1)
    assert {:ok, _} = pool |> ask(@big) |> got()
    ask(pool, @big)
    assert waits?(pool, 1)
    for _ <- 1..10, do: assert({:ok, _} = pool |> ask(@small) |> got())
  end

  test "estimated bytes and pixels are bounded" do
    bytes = pool(max_bytes: 250)
    for _ <- 1..2, do: assert({:ok, _} = bytes |> ask(@small) |> got())
    ask(bytes, @small)
    assert waits?(bytes, 1)
    assert %{bytes: 200, pixels: 2000} = Pool.stats(bytes)

    pixels = pool(max_pixels: 2500)
    for _ <- 1..2, do: assert({:ok, _} = pixels |> ask(@small) |> got())
    ask(pixels, @small)
    assert waits?(pixels, 1)
  end

  test "a job larger than all of the pool runs alone" do
    pool = pool(max_bytes: 500)
    small = ask(pool, @small)
    assert {:ok, ticket} = got(small)
    big = ask(pool, @big)
    assert waits?(pool, 1)
    Pool.release(ticket)
    assert {:ok, _} = got(big)
    ask(pool, @small)
    assert waits?(pool, 1)
  end

  test "a full queue sheds" do
    pool = pool(max_dirty: 1, max_queue: 1)
    assert {:ok, _} = pool |> ask(@big) |> got()
    ask(pool, @big)
    assert waits?(pool, 1)

    assert {:error, %Error{code: :overloaded, stage: :pool, message: message}} =
             pool |> ask(@big) |> got()

    assert message =~ "is full, and 1 jobs wait"
    assert Pool.stats(pool).shed == 1
  end

  test "the first to wait is the first to go" do
    pool = pool(max_jobs: 1)
    assert {:ok, ticket} = pool |> ask(@small) |> got()

    waiting =
      for n <- 1..5 do
        pid = ask(pool, @small)
        assert waits?(pool, n)
        pid
      end

    Enum.reduce(waiting, ticket, fn pid, ticket ->
      Pool.release(ticket)
      assert {:ok, ticket} = got(pid)
      ticket
    end)
  end

  test "the death of a caller frees its place, running or waiting" do
    pool = pool(max_jobs: 1)
    one = ask(pool, @small)
    assert {:ok, _} = got(one)
    two = ask(pool, @small)
    assert waits?(pool, 1)
    three = ask(pool, @small)
    assert waits?(pool, 2)
    Process.exit(two, :kill)
    assert waits?(pool, 1)
    Process.exit(one, :kill)
    assert {:ok, _} = got(three)
    Process.exit(three, :kill)
    assert eventually(fn -> Pool.stats(pool).running == 0 end)
    assert %{bytes: 0, pixels: 0, waiting: 0} = Pool.stats(pool)
  end

  test "who waits too long is told so, and leaves the queue" do
    pool = pool(max_jobs: 1)
    assert {:ok, ticket} = pool |> ask(@small) |> got()
    late = ask(pool, @small, 20)
    assert {:error, %Error{code: :timeout, stage: :pool}} = got(late)
    assert waits?(pool, 0)
    Pool.release(ticket)
    assert eventually(fn -> Pool.stats(pool).running == 0 end)
  end

  test "whatever comes and goes, the books are right" do
    pool = pool(max_dirty: 2, max_bytes: 5000, max_queue: 1000)
    :rand.seed(:exsss, {1, 2, 3})

    pids =
      for _ <- 1..300 do
        pid = ask(pool, Enum.random([@small, @big]))
        if :rand.uniform(3) == 1, do: Process.exit(pid, :kill)
        pid
      end

    %{dirty: dirty, bytes: bytes} = Pool.stats(pool)
    assert dirty <= 2 and bytes <= 5000
    for pid <- Enum.shuffle(pids), do: Process.exit(pid, :kill)
    assert eventually(fn -> Pool.stats(pool).running == 0 and Pool.stats(pool).waiting == 0 end)
    assert %{bytes: 0, pixels: 0, dirty: 0} = Pool.stats(pool)
  end

  test "the caller's mistakes raise" do
    assert_raise ArgumentError, ~r/name: is needed/, fn -> Pool.start_link([]) end

    assert_raise ArgumentError, ~r/unknown option max_byte:.*Did you mean :max_bytes/, fn ->
      Pool.start_link(name: :x, max_byte: 3)
    end

    assert_raise ArgumentError, ~r/no Thumbelina.Pool of the name :nowhere/, fn ->
      Pool.admit(:nowhere, @small, 100)
    end
  end

  test "options that are no keyword list raise where they are written" do
    for wrong <- [%{name: :x}, :x, [:x]], start <- [&Pool.start_link/1, &Pool.child_spec/1] do
      assert_raise ArgumentError, ~r/expected a keyword list, such as .* not /, fn ->
        start.(wrong)
      end
    end
  end

  test "who waits for a pool that ends is told so, and lives" do
    Process.flag(:trap_exit, true)

    for reason <- [:kill, :shutdown, :normal, {:shutdown, :why}, :broken] do
      {:ok, pool} = Pool.start_link(name: :ends, max_jobs: 1)
      running = ask(pool, @small)
      assert {:ok, ticket} = got(running)
      waiting = ask(pool, @small)
      assert waits?(pool, 1)
      stop(pool, reason)

      assert {:error, %Error{code: :overloaded, stage: :pool, message: message}} = got(waiting)
      assert message == "the pool #{inspect(pool)} ended before it answered"
      assert Process.alive?(waiting) and Process.alive?(running)
      assert Pool.release(ticket) == :ok
    end
  end

  defp stop(pool, :kill) do
    Process.exit(pool, :kill)
    assert_receive {:EXIT, ^pool, :killed}
  end

  defp stop(pool, reason), do: GenServer.stop(pool, reason)

  test "a pool on a node that is not there sheds" do
    pool = {:pool, :"nobody@127.0.0.1"}

    assert {:error, %Error{code: :overloaded, stage: :pool, message: message}} =
             Pool.admit(pool, @small, 100)

    assert message =~ "is on nobody@127.0.0.1, which cannot be reached"
    image = Thumbelina.from_binary(PNG.encode(Picture.noise(4, 4)))
    assert {:error, %Error{code: :overloaded}} = Thumbelina.run(image, pool: pool)

    assert_raise Error, ~r/cannot be reached/, fn ->
      image |> Thumbelina.stream!(:png, pool: pool) |> Enum.to_list()
    end
  end

  test "several pools live under one supervisor" do
    children = [{Pool, name: :one_pool}, {Pool, name: :other_pool}]

    start_supervised!(%{
      id: :both,
      start: {Supervisor, :start_link, [children, [strategy: :one_for_one]]}
    })

    assert %{running: 0} = Pool.stats(:one_pool)
    assert %{running: 0} = Pool.stats(:other_pool)
  end

  # --- with real jobs

  defp image do
    PNG.encode(Picture.noise(200, 150)) |> Thumbelina.from_binary() |> Thumbelina.blur(2)
  end

  # Runs `fun` while a stream that is being read has a place.
  defp beside(image, opts, fun) do
    [result] =
      image
      |> Thumbelina.stream!(:png, opts)
      |> Stream.take(1)
      |> Enum.map(fn _ -> fun.() end)

    result
  end

  defp empty?(pool) do
    eventually(fn ->
      match?(%{running: 0, dirty: 0, bytes: 0, pixels: 0, waiting: 0}, Pool.stats(pool))
    end)
  end

  test "jobs are let in by their estimate, and all get done" do
    {:ok, cost} = Thumbelina.estimate(image(), format: :png)
    pool = pool(max_bytes: 3 * cost.bytes, max_queue: 1000)
    expected = Thumbelina.to_binary!(image(), :png)
    sampler = Task.async(fn -> most_running(pool, 0) end)

    1..100
    |> Enum.map(fn _ -> Task.async(fn -> Thumbelina.to_binary!(image(), :png, pool: pool) end) end)
    |> Task.await_many(60_000)
    |> Enum.each(&assert &1 == expected)

    send(sampler.pid, :enough)
    assert Task.await(sampler) in 1..3
    assert empty?(pool)
    assert %{admitted: 100, shed: 0} = Pool.stats(pool)
  end

  defp most_running(pool, most) do
    receive do
      :enough -> max(most, 1)
    after
      1 -> most_running(pool, max(most, Pool.stats(pool).running))
    end
  end

  test "dirty jobs have their places, and yielding ones go past them" do
    pool = pool(max_dirty: 1, max_queue: 0)

    beside(image(), [pool: pool, lane: :dirty], fn ->
      assert {:error, %Error{code: :overloaded, stage: :pool}} =
               Thumbelina.run(image(), pool: pool, lane: :dirty)

      assert {:ok, _} = Thumbelina.run(image(), pool: pool, lane: :yield)
    end)

    assert empty?(pool)
  end

  test "a place is given back whatever becomes of the job" do
    pool = pool(max_jobs: 1, max_queue: 0)
    png = PNG.encode(Picture.noise(40, 30))
    half = binary_part(png, 0, div(byte_size(png), 2))
    ok = fn -> assert empty?(pool) and match?({:ok, _}, Thumbelina.run(image(), pool: pool)) end

    assert {:error, %Error{code: :truncated}} =
             Thumbelina.run(Thumbelina.from_binary(half), pool: pool)

    ok.()

    assert {:error, %Error{code: :truncated}} =
             Thumbelina.run(Thumbelina.open([half]), pool: pool)

    ok.()
    stream = Thumbelina.stream!(Thumbelina.open([half]), :png, pool: pool)
    assert_raise Error, fn -> Stream.run(stream) end
    ok.()
    broken = Stream.map([1], fn _ -> raise "a pipe broke" end)
    assert_raise RuntimeError, fn -> Thumbelina.run(Thumbelina.open(broken), pool: pool) end
    ok.()
    stream = Thumbelina.stream!(Thumbelina.open(broken), :png, pool: pool)
    assert_raise RuntimeError, fn -> Stream.run(stream) end
    ok.()
    assert {:error, %Error{code: :timeout}} = Thumbelina.run(long(), pool: pool, timeout: 20)
    ok.()
    assert_raise RuntimeError, fn -> beside(image(), [pool: pool], fn -> raise "no more" end) end
    ok.()
  end

  defp long, do: image() |> Thumbelina.resize(4000) |> Thumbelina.encode(:png, level: 9)

  test "chunks that are laid on are taken once" do
    png = Samples.smooth(:png, 20, 20)
    pool = pool(max_bytes: 1_000_000_000)
    {:ok, chunks} = Agent.start_link(fn -> Samples.chunks(png, 100) end)
    once = Stream.repeatedly(fn -> Agent.get_and_update(chunks, &pop/1) end)
    overlay = once |> Stream.take_while(& &1) |> Thumbelina.open()
    image = png |> Thumbelina.from_binary() |> Thumbelina.composite(overlay)
    assert {:ok, %{width: 20}} = Thumbelina.run(image, pool: pool)
  end

  defp pop([]), do: {nil, []}
  defp pop([chunk | rest]), do: {chunk, rest}

  test "chunks count as all that their limits allow" do
    png = PNG.encode(Picture.noise(40, 30))
    pool = pool(max_bytes: 1_000_000, max_queue: 0)

    beside(image(), [pool: pool], fn ->
      assert {:error, %Error{code: :overloaded}} =
               Thumbelina.run(Thumbelina.open(Samples.chunks(png, 100)), pool: pool)
    end)

    assert empty?(pool)
    assert {:ok, _} = Thumbelina.run(Thumbelina.open(Samples.chunks(png, 100)), pool: pool)
  end
end
