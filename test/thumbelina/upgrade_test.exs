defmodule Thumbelina.UpgradeTest do
  # Loads Thumbelina.Native again and again, and counts the jobs of the whole VM.
  use ExUnit.Case, async: false

  import Thumbelina.Test.Jobs
  alias Thumbelina.Native
  alias Thumbelina.Test.{Picture, Plans, PNG, Workers}

  setup_all do
    image = Thumbelina.resize(slow(), 3000)
    [image: image, expected: Thumbelina.to_binary!(image), object: :code.get_object_code(Native)]
  end

  setup %{object: object} do
    wait_for_idle()
    :code.purge(Native)

    on_exit(fn ->
      :code.purge(Native)
      load(object)
      :code.purge(Native)
    end)
  end

  defp load({module, binary, file}),
    do: {:module, ^module} = :code.load_binary(module, file, binary)

  # The same code, but in a library of another name: a build of its own to the system.
  defp load_another_build do
    place = Path.join(System.tmp_dir!(), "thumbelina_#{System.pid()}")
    on_exit(fn -> File.rm_rf(place) end)
    File.cp_r!(:code.priv_dir(:thumbelina), place)
    library = Path.join(place, "thumbelina_nif")

    source =
      Native.module_info(:compile)[:source]
      |> File.read!()
      |> String.replace("load_nif(path(), ", "load_nif((_ = path(); ~c\"#{library}\"), ")

    [{Native, binary}] = quietly(fn -> Code.compile_string(source) end)
    {Native, binary, 'another build'}
  end

  defp quietly(fun) do
    before = Code.get_compiler_option(:ignore_module_conflict)
    Code.put_compiler_option(:ignore_module_conflict, true)
    result = fun.()
    Code.put_compiler_option(:ignore_module_conflict, before)
    result
  end

  # Once in a while, on a busy machine, the VM does not see that a process is in old code, and lets it be: then it
  # must come to its end all the same, and is tried again.
  defp sooner_or_later(try), do: assert(Enum.any?(1..5, fn _ -> try.() end))

  defp plan(settings), do: Plans.plan([], :png, settings)

  test "jobs finish in the code they started in, which stays as long", context do
    for lane <- [:yield, :dirty] do
      sooner_or_later(fn ->
        job = {pid, _} = start(context.image, context.expected, lane: lane)
        wait_for_job(pid)
        load(context.object)
        held = not :code.soft_purge(Native)
        assert reason(job) == :right
        assert :code.soft_purge(Native)
        held
      end)
    end

    wait_for_idle()
  end

  test "when old code is purged its callers are killed, and give back what they held", context do
    for lane <- [:yield, :dirty] do
      sooner_or_later(fn ->
        before = Thumbelina.stats()
        job = {pid, _} = start(context.image, context.expected, lane: lane)
        wait_for_job(pid)
        load(context.object)
        killed = :code.purge(Native)
        assert reason(job) == if(killed, do: :killed, else: :right)
        wait_for_idle()
        assert %{started: 1, cancelled: cancelled} = assert_accounted(before)
        assert killed == (cancelled == 1)
        killed
      end)
    end
  end

  test "a job that waits goes on after a reload, and after the old code is gone", context do
    png = PNG.encode(Picture.noise(300, 200))
    {:ok, [{:ok, expected, _}], _} = Native.run([png], plan(%{}))

    {:hungry, job} = Native.run([:pieces], plan(%{}))
    {:hungry, job} = Native.resume(job, binary_part(png, 0, 1000))
    load(context.object)
    assert :code.soft_purge(Native)
    {:hungry, job} = Native.resume(job, binary_part(png, 1000, byte_size(png) - 1000))
    assert {:ok, [{:ok, ^expected, _}], _} = Native.resume(job, :eof)

    {:chunk, first, job} = Native.run([png], plan(%{stream: 1000}))
    load(context.object)
    assert :code.soft_purge(Native)
    assert rest(job, first) == expected
    wait_for_idle()
  end

  defp rest(job, sofar) do
    case Native.resume(job, :next) do
      {:chunk, piece, job} -> rest(job, sofar <> piece)
      {:ok, [{:ok, piece, _}], _} -> sofar <> piece
    end
  end

  test "another build takes over the jobs and the counts", context do
    png = PNG.encode(Picture.noise(300, 200))
    {:ok, [{:ok, expected, _}], _} = Native.run([png], plan(%{}))
    another = load_another_build()
    load(context.object)
    :code.purge(Native)

    before = Thumbelina.stats()
    jobs = for lane <- [:yield, :dirty], do: start(context.image, context.expected, lane: lane)
    for {pid, _} <- jobs, do: wait_for_job(pid)
    {:hungry, hungry} = Native.run([:pieces], plan(%{}))
    {:chunk, first, full} = Native.run([png], plan(%{stream: 1000}))

    load(another)
    :code.soft_purge(Native)
    assert %{started: 4, finished: 0} = since(before)
    for job <- jobs, do: assert(reason(job) == :right)
    assert :code.soft_purge(Native)

    {:hungry, hungry} = Native.resume(hungry, png)
    assert {:ok, [{:ok, ^expected, _}], _} = Native.resume(hungry, :eof)
    assert rest(full, first) == expected
    assert {:ok, [{:ok, ^expected, _}], _} = Native.run([png], plan(%{}))
    wait_for_idle()
    assert %{started: 5, finished: 5} = assert_accounted(before)
  end

  test "jobs that stand in line get their turn in another build, too", context do
    image =
      Picture.noise(500, 400) |> PNG.encode() |> Thumbelina.from_binary() |> Thumbelina.blur(6)

    expected = Thumbelina.to_binary!(image)
    another = load_another_build()
    load(context.object)
    :code.purge(Native)

    jobs = for _ <- 1..12, do: start(image, expected, lane: :yield)
    asleep? = fn {pid, _} -> Process.info(pid, :status) == {:status, :waiting} end
    assert eventually(fn -> Enum.count(jobs, asleep?) > 4 end)
    load(another)
    assert Enum.count(jobs, asleep?) > 4
    for job <- jobs, do: assert(reason(job) == :right)
    assert eventually(fn -> :code.soft_purge(Native) end)
    wait_for_idle()
  end

  @tag :foreign
  @tag timeout: :infinity
  test "jobs in libvips end in the code they started in, and its workers with it", context do
    image = Picture.noise(700, 500) |> PNG.encode() |> Thumbelina.from_binary()
    image = Thumbelina.encode(image, :avif, effort: 4)
    expected = Thumbelina.to_binary!(image)
    another = load_another_build()
    load(context.object)
    :code.purge(Native)

    for code <- [context.object, another, context.object] do
      job = {pid, _} = start(image, expected, [])
      wait_for_job(pid)
      load(code)
      :code.soft_purge(Native)
      assert reason(job) == :right
      assert eventually(fn -> :code.soft_purge(Native) end)
      assert eventually(fn -> Workers.all() == [] end)
      assert Thumbelina.to_binary!(image) == expected
    end

    sooner_or_later(fn ->
      job = {pid, _} = start(image, expected, [])
      wait_for_job(pid)
      load(another)
      killed = :code.purge(Native)
      assert reason(job) == if(killed, do: :killed, else: :right)
      wait_for_idle()
      killed
    end)

    assert eventually(fn -> Workers.all() == [] end)
  end

  @tag timeout: :infinity
  test "the code is reloaded under load as often as you like", context do
    image =
      Picture.noise(300, 200) |> PNG.encode() |> Thumbelina.from_binary() |> Thumbelina.blur(5)

    expected = Thumbelina.to_binary!(image)
    before = Thumbelina.stats()
    counter = :counters.new(1, [])
    first = for n <- 1..2, do: looping(image, expected, counter, n)

    workers =
      for n <- 1..times("THUMBELINA_RELOADS", 100), reduce: first do
        workers ->
          load(context.object)
          Process.sleep(:rand.uniform(8))
          :code.purge(Native)
          for worker <- workers, do: again(worker, image, expected, counter, n)
      end

    for {pid, _} <- workers, do: Process.exit(pid, :kill)
    for worker <- workers, do: assert(reason(worker) in [:killed, :right])
    wait_for_idle()
    assert assert_accounted(before).finished >= :counters.get(counter, 1)
    assert Thumbelina.to_binary!(image) == expected
  end

  # Those who were killed by the purge are followed by others.
  defp again({pid, ref}, image, expected, counter, n) do
    receive do
      {:DOWN, ^ref, :process, ^pid, reason} ->
        assert reason == :killed
        looping(image, expected, counter, n)
    after
      0 -> {pid, ref}
    end
  end

  defp looping(image, expected, counter, n) do
    lane = Enum.at([:yield, :dirty], rem(n, 2))
    spawn_monitor(fn -> loop(image, expected, counter, lane) end)
  end

  defp loop(image, expected, counter, lane) do
    {:ok, ^expected} = Thumbelina.to_binary(image, lane: lane)
    :counters.add(counter, 1, 1)
    loop(image, expected, counter, lane)
  end
end
