defmodule Thumbelina.KillTest do
  # Counts the jobs of the whole VM.
  use ExUnit.Case, async: false

  import Thumbelina.Test.Jobs
  alias Thumbelina.{Error, Pool}
  alias Thumbelina.Test.{Picture, PNG, Samples}

  @formats [:jpeg, :png, :webp]
  @lanes [:auto, :yield, :dirty]

  setup do
    wait_for_idle()
    [before: Thumbelina.stats()]
  end

  # --- at random moments

  # Jobs of some ten milliseconds each: every format into every other, on every lane.
  defp jobs do
    noise = Picture.noise(400, 300)

    for from <- @formats,
        bytes = Samples.bytes(noise, from),
        to <- @formats,
        lane <- @lanes do
      image =
        bytes |> Thumbelina.from_binary() |> Thumbelina.resize("500x400") |> Thumbelina.blur(3)

      fn -> Thumbelina.to_binary(image, to, lane: lane) end
    end
    |> List.to_tuple()
  end

  # In how many ways a process ends: it is killed, its parent is, it is a task that is shut down.
  defp end_one(job, n) do
    wait = :rand.uniform(31) - 1
    end_one(rem(n, 3), job, wait)
  end

  defp end_one(0, job, wait) do
    {pid, ref} = spawn_monitor(fn -> job.() end)
    Process.sleep(wait)
    Process.exit(pid, :kill)
    assert_receive {:DOWN, ^ref, :process, ^pid, _}, 60_000
  end

  defp end_one(1, job, wait) do
    test = self()

    {parent, _} =
      spawn_monitor(fn ->
        send(test, {self(), spawn_link(fn -> job.() end)})
        receive do: (:never -> :ok)
      end)

    assert_receive {^parent, child}, 60_000
    ref = Process.monitor(child)
    Process.sleep(wait)
    Process.exit(parent, :shutdown)
    assert_receive {:DOWN, ^ref, :process, ^child, _}, 60_000
  end

  defp end_one(2, job, wait) do
    task = Task.async(fn -> job.() end)
    Process.sleep(wait)
    Task.shutdown(task, :brutal_kill)
  end

  defp storm(jobs, count) do
    1..count
    |> Task.async_stream(
      fn n -> end_one(elem(jobs, rem(n, tuple_size(jobs))), div(n, tuple_size(jobs))) end,
      max_concurrency: 16,
      timeout: :infinity
    )
    |> Stream.run()

    wait_for_idle()
    resident()
  end

  # Bytes of this process that are in memory, where the system tells. A sanitizer keeps what
  # was freed.
  defp resident do
    case !System.get_env("NIF_SAN") && File.read("/proc/self/statm") do
      {:ok, text} -> text |> String.split() |> Enum.at(1) |> String.to_integer() |> Kernel.*(4096)
      _ -> 0
    end
  end

  @tag timeout: :infinity
  test "callers that end at any moment leave nothing behind", %{before: before} do
    count = times("THUMBELINA_KILLS", 600)
    jobs = jobs()

    before = %{
      before
      | started: Thumbelina.stats().started,
        finished: Thumbelina.stats().finished
    }

    sizes = for _ <- 1..4, do: storm(jobs, div(count, 4))
    counts = assert_accounted(before)
    assert counts.started > div(count, 2)
    assert counts.cancelled > div(count, 10), "not enough were stopped: #{inspect(counts)}"

    # The allocators of the VM keep what was freed for a while, some more and some less of it.
    {plateau, last} = {Enum.max(Enum.take(sizes, 2)), Enum.min(Enum.drop(sizes, 2))}
    assert last <= 1.05 * plateau, "memory grows: #{inspect(sizes)}"
  end

  # --- where a job waits

  # Kills it once it has said that it waits.
  defp kill_waiting(run) do
    test = self()

    {pid, ref} =
      spawn_monitor(fn -> run.(fn -> send(test, :waits) && Process.sleep(:infinity) end) end)

    assert_receive :waits, 20_000
    assert Thumbelina.stats().live > 0
    Process.exit(pid, :kill)
    assert_receive {:DOWN, ^ref, :process, ^pid, :killed}, 20_000
  end

  test "callers that end while they wait for input" do
    files = for format <- @formats, do: Samples.bytes(Picture.noise(200, 150), format)
    before = Thumbelina.stats()

    for bytes <- files, lane <- @lanes do
      for part <- [0, 10, 1000, div(byte_size(bytes), 2)] do
        kill_waiting(fn wait ->
          chunks = Stream.concat([binary_part(bytes, 0, part)], Stream.repeatedly(wait))
          chunks |> Thumbelina.open() |> Thumbelina.blur(3) |> Thumbelina.run(lane: lane)
        end)
      end
    end

    wait_for_idle()

    assert %{cancelled: 36} =
             assert_accounted(%{before | cancelled: Thumbelina.stats().cancelled - 36})
  end

  test "a source that raises leaves nothing to be collected" do
    png = PNG.encode(Picture.noise(200, 150))
    part = binary_part(png, 0, div(byte_size(png), 2))

    image =
      [part]
      |> Stream.concat(Stream.map([1], fn _ -> raise "a pipe broke" end))
      |> Thumbelina.open()

    for run <- [&Thumbelina.run/1, &Thumbelina.info/1, &Stream.run(Thumbelina.stream!(&1, :png))] do
      try do
        run.(image)
      rescue
        RuntimeError -> :ok
      end

      assert %{live: 0, bytes: 0} = Thumbelina.stats()
    end
  end

  test "callers that end while output waits for them" do
    png = PNG.encode(Picture.noise(900, 700))

    for to <- [:jpeg, :png], lane <- @lanes do
      before = Thumbelina.stats()

      kill_waiting(fn wait ->
        Thumbelina.from_binary(png)
        |> Thumbelina.stream!(to, lane: lane)
        |> Enum.each(fn _ -> wait.() end)
      end)

      wait_for_idle()
      assert %{started: 1, cancelled: 1} = assert_accounted(before)
    end
  end

  test "callers that end in the queue of a pool, or beside it" do
    start_supervised!({Pool, name: :kill_pool, max_jobs: 1})
    png = PNG.encode(Picture.noise(500, 400))
    image = Thumbelina.from_binary(png)

    kill_waiting(fn wait ->
      image
      |> Thumbelina.stream!(:png, pool: :kill_pool)
      |> Enum.each(fn _ ->
        {waiting, ref} = spawn_monitor(fn -> Thumbelina.run(image, pool: :kill_pool) end)
        true = eventually(fn -> Pool.stats(:kill_pool).waiting == 1 end)
        Process.exit(waiting, :kill)
        receive do: ({:DOWN, ^ref, _, _, :killed} -> :ok)
        true = eventually(fn -> Pool.stats(:kill_pool).waiting == 0 end)
        wait.()
      end)
    end)

    assert {:ok, _} = Thumbelina.run(image, pool: :kill_pool)
    wait_for_idle()
    assert eventually(fn -> match?(%{running: 0, bytes: 0}, Pool.stats(:kill_pool)) end)
  end

  # --- when the time is up

  test "a timeout is an answer, on every lane, of every format", %{before: before} do
    for format <- @formats, lane <- @lanes do
      image =
        Samples.bytes(Picture.noise(900, 700), format)
        |> Thumbelina.from_binary()
        |> Thumbelina.resize(2000)
        |> Thumbelina.blur(9)

      assert {:error, %Error{code: :timeout} = error} =
               Thumbelina.run(image, lane: lane, timeout: 1)

      assert error.message =~ "after 1 ms"

      # On a busy machine the time may be up before the job starts: then it has cost nothing.
      if error.stage == :input,
        do: assert(error.stats == nil),
        else: assert(error.stats.cpu > 0 or error.stats.queue > 0)
    end

    wait_for_idle()
    assert_accounted(before)
  end

  test "the time in which input is waited for counts" do
    png = PNG.encode(Picture.noise(20, 10))
    slow = Stream.map(Samples.chunks(png, 100), &(Process.sleep(30) && &1))

    for lane <- @lanes do
      assert {:error, %Error{code: :timeout}} =
               Thumbelina.run(Thumbelina.open(slow), lane: lane, timeout: 20)
    end

    wait_for_idle()
  end

  test "the time in the queue of a pool counts" do
    start_supervised!({Pool, name: :late_pool, max_jobs: 1})
    image = Thumbelina.from_binary(PNG.encode(Picture.noise(500, 400)))

    for _ <- image |> Thumbelina.stream!(:png, pool: :late_pool) |> Stream.take(1) do
      task = Task.async(fn -> Thumbelina.run(image, pool: :late_pool, timeout: 20) end)
      assert {:error, %Error{code: :timeout, stage: :pool}} = Task.await(task, 20_000)
    end

    assert {:ok, _} = Thumbelina.run(image, pool: :late_pool, timeout: 60_000)
    wait_for_idle()
  end
end
