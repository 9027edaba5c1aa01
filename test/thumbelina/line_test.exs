defmodule Thumbelina.LineTest do
  # Fills all places that there are, and counts the jobs of the whole VM.
  use ExUnit.Case, async: false

  import Thumbelina.Test.Jobs
  alias Thumbelina.{Error, Native}
  alias Thumbelina.Test.{Picture, Plans, PNG}

  setup do
    wait_for_idle()
    [before: Thumbelina.stats()]
  end

  # Some ten milliseconds: many slices, but not so many that others have a turn in between.
  defp long do
    Picture.noise(240, 180) |> PNG.encode() |> Thumbelina.from_binary() |> Thumbelina.blur(6)
  end

  # Some milliseconds: more than a slice, but small on normal schedulers.
  defp short do
    Picture.noise(120, 90) |> PNG.encode() |> Thumbelina.from_binary() |> Thumbelina.blur(2)
  end

  # More than is small on dirty ones.
  defp larger do
    Picture.noise(1600, 1200) |> PNG.encode() |> Thumbelina.from_binary() |> Thumbelina.blur(9)
  end

  defp places(:yield), do: :erlang.system_info(:schedulers)
  defp places(:dirty), do: :erlang.system_info(:dirty_cpu_schedulers) + 1

  defp forever(image, lane) do
    Thumbelina.run!(image, lane: lane)
    forever(image, lane)
  end

  # While so many processes want all the time there is.
  defp beside(count, image, lane, work) do
    crowd = for _ <- 1..count, do: spawn_monitor(fn -> forever(image, lane) end)

    try do
      assert eventually(fn -> Enum.count(crowd, &asleep?/1) > div(count, 2) end)
      work.()
    after
      for {pid, _} <- crowd, do: Process.exit(pid, :kill)
      for {pid, ref} <- crowd, do: assert_receive({:DOWN, ^ref, _, ^pid, :killed}, 20_000)
    end
  end

  defp asleep?({pid, _}), do: Process.info(pid, :status) == {:status, :waiting}

  for lane <- [:yield, :dirty] do
    @lane lane

    test "#{lane}: all get their turn, and find no message that is not theirs", %{before: before} do
      image = long()
      expected = Thumbelina.to_binary!(image, lane: :yield)

      jobs =
        for n <- 1..60 do
          Task.async(fn ->
            for k <- 1..rem(n, 5)//1, do: send(self(), {:mine, k})
            assert Thumbelina.to_binary!(image, lane: @lane) == expected
            {:messages, messages} = Process.info(self(), :messages)
            assert messages == for(k <- 1..rem(n, 5)//1, do: {:mine, k})
          end)
        end

      Task.await_many(jobs, 60_000)
      wait_for_idle()
      assert %{finished: 61} = assert_accounted(before)
    end

    test "#{lane}: who is killed, in line or out of it, keeps nobody waiting", %{before: before} do
      image = long()
      expected = Thumbelina.to_binary!(image, lane: :yield)

      for _ <- 1..5 do
        jobs = for _ <- 1..40, do: start(image, expected, lane: @lane)
        Process.sleep(:rand.uniform(20))
        {killed, others} = jobs |> Enum.shuffle() |> Enum.split(20)
        for {pid, _} <- killed, do: Process.exit(pid, :kill)
        for job <- others, do: assert(reason(job) == :right)
        for job <- killed, do: assert(reason(job) in [:killed, :right])
      end

      wait_for_idle()
      assert %{started: 201, failed: 0} = assert_accounted(before)
    end

    test "#{lane}: a timeout is kept by who sleeps, and leaves no message behind" do
      beside(20, long(), @lane, fn ->
        for timeout <- [1, 10, 60, 150] do
          assert {:error, %Error{code: :timeout}} =
                   Thumbelina.run(slow(), lane: @lane, timeout: timeout)

          refute_received _
        end
      end)

      wait_for_idle()
    end

    test "#{lane}: few of many jobs hold memory at a time" do
      image = long()
      alone = Thumbelina.run!(image, lane: @lane).stats.peak_bytes

      # To begin with nobody waits, and some begin at once.
      most =
        beside(60, image, @lane, fn ->
          Process.sleep(200)
          Enum.max(for _ <- 1..200, do: Process.sleep(1) && Thumbelina.stats().bytes)
        end)

      # Those of the places, as many that just made way, and what 60 take that have only read the header.
      assert most < alone * (2 * places(@lane) + 2) + 60 * 40_000
      wait_for_idle()
    end

    test "#{lane}: who asks by hand is told what there is to do, and may give up" do
      plan = Plans.plan([blur: [sigma: 6]], :png, %{lane: @lane})
      bytes = PNG.encode(Picture.noise(500, 400))

      beside(20, long(), @lane, fn ->
        assert {:wait, job} = Native.run([bytes], plan)
        ref = make_ref()
        assert {:asleep, ms, job} = Native.resume(job, ref)
        assert ms in 1..1000
        assert_receive ^ref, 20_000
        assert {:called, job} = Native.resume(job, ref)
        assert Native.cancel(job) == :ok

        assert {:wait, job} = Native.run([bytes], plan)
        assert {:asleep, _, job} = Native.resume(job, make_ref())
        assert Native.cancel(job) == :ok
        assert_raise ArgumentError, fn -> Native.resume(job, make_ref()) end

        assert {:wait, job} = Native.run([bytes], plan)
        assert {:asleep, _, job} = Native.resume(job, ref)
        assert elem(Native.resume(job, :next), 0) in [:wait, :ok]
      end)

      wait_for_idle()
    end

    test "#{lane}: where those who have the places do nothing, the others go on after a while" do
      plan = Plans.plan([blur: [sigma: 6]], :png, %{lane: @lane})
      bytes = PNG.encode(Picture.noise(500, 400))
      image = long()

      # They are called, and never come.
      idle =
        beside(20, image, @lane, fn ->
          for _ <- 1..places(@lane) do
            {:wait, job} = Native.run([bytes], plan)
            ref = make_ref()
            {:asleep, _, job} = Native.resume(job, ref)
            assert_receive ^ref, 20_000
            job
          end
        end)

      jobs = for _ <- 1..10, do: Task.async(fn -> Thumbelina.run!(image, lane: @lane) end)
      Task.await_many(jobs, 60_000)
      for job <- idle, do: assert(Native.cancel(job) == :ok)
      wait_for_idle()
    end

    test "#{lane}: small jobs go before others" do
      {small, other, count, most} =
        if @lane == :yield, do: {short(), long(), 40, 10}, else: {long(), larger(), 10, 6}

      place = places_among(count, other, @lane, fn -> Thumbelina.run!(small, lane: @lane) end)
      assert place <= most, "#{place} of #{count} larger ones were done before"
    end

    test "#{lane}: others are done all the same while small ones keep coming" do
      {small, other} = if @lane == :yield, do: {short(), long()}, else: {long(), larger()}

      beside(12, small, @lane, fn ->
        task = Task.async(fn -> Thumbelina.run!(other, lane: @lane) end)
        assert %{stats: %{slices: slices}} = Task.await(task, 60_000)
        assert slices > 20
      end)

      wait_for_idle()
    end
  end

  # How many of so many jobs are done when the work is, which begins when they have.
  defp places_among(count, image, lane, work) do
    done = :counters.new(1, [])

    jobs =
      for _ <- 1..count do
        spawn_monitor(fn ->
          Thumbelina.run!(image, lane: lane)
          :counters.add(done, 1, 1)
        end)
      end

    assert eventually(fn -> Enum.count(jobs, &asleep?/1) > div(count, 2) end)
    before = :counters.get(done, 1)
    work.()
    place = :counters.get(done, 1) - before
    for {pid, ref} <- jobs, do: assert_receive({:DOWN, ^ref, _, ^pid, :normal}, 60_000)
    place
  end

  test "who reads a file keeps its place meanwhile, and others have it when it is gone" do
    plan = Plans.plan([blur: [sigma: 6]], :png, %{lane: :dirty})
    bytes = PNG.encode(Picture.noise(500, 400))

    hungry = fn prompt ->
      assert {:hungry, job} = Native.run([:pieces], put_in(plan.settings.prompt, prompt))
      assert {:hungry, job} = Native.resume(job, binary_part(bytes, 0, 10_000))
      job
    end

    # Who does not, has none.
    waiting = for _ <- 1..(places(:dirty) * 2), do: hungry.(false)
    reading = for _ <- 1..places(:dirty), do: hungry.(true)
    assert {:wait, job} = Native.run([bytes], plan)
    assert {:asleep, _, job} = Native.resume(job, ref = make_ref())
    refute_received ^ref

    assert Native.cancel(hd(reading)) == :ok
    assert_receive ^ref
    assert {:ok, [{:ok, _, _}], _} = Native.resume(job, :next)
    for job <- tl(reading) ++ waiting, do: assert(Native.cancel(job) == :ok)
    wait_for_idle()
  end

  test "what libvips works for does not stand in line" do
    plan = Plans.plan([blur: [sigma: 6]], :png, %{dirty_threshold: 0, prompt: true})
    gif = Thumbelina.to_binary!(long(), format: :gif)
    bytes = PNG.encode(Picture.noise(500, 400))

    reading =
      for _ <- 1..places(:dirty) do
        assert {:hungry, job} = Native.run([:pieces], plan)
        assert {:hungry, job} = Native.resume(job, binary_part(bytes, 0, 10_000))
        job
      end

    assert {:wait, _} = Native.run([bytes], plan)
    assert {:ok, [{:ok, _, _}], _} = Native.run([gif], plan)
    for job <- reading, do: assert(Native.cancel(job) == :ok)
    wait_for_idle()
  end
end
