defmodule Thumbelina.WorkerTest do
  # Looks at all workers of the VM, and kills them.
  use ExUnit.Case, async: false

  import Thumbelina.Test.Jobs
  alias Thumbelina.Error
  alias Thumbelina.Test.{Heavy, Outside, Picture, PNG, Samples, Workers}

  @moduletag :foreign
  if !Workers.seen?(), do: @moduletag(:skip)

  setup do
    wait_for_idle()
    Workers.kill_all()
    :ok
  end

  # Seconds of work each.
  defp jobs, do: [{:avif, avif()}, {:tiff, tiff()}, {:svg, drawing(1500)}]

  defp avif do
    image = Picture.noise(700, 700) |> PNG.encode() |> Thumbelina.from_binary()
    fn opts -> Thumbelina.run(image, [format: :avif, effort: 9] ++ opts) end
  end

  defp tiff do
    image = Thumbelina.from_binary(Heavy.tiff(), formats: :all, max_pixels: :infinity)
    fn opts -> image |> Thumbelina.resize(1000) |> Thumbelina.run([format: :png] ++ opts) end
  end

  defp drawing(side) do
    image = Thumbelina.from_binary(Heavy.svg(side), formats: :all, max_memory: 1_000_000_000)
    fn opts -> Thumbelina.run(image, [format: :png] ++ opts) end
  end

  # Until all is as if nothing had been: a tenth of a second is what is meant.  Who was not in the midst of a
  # question is not killed, but waits for the next job, with no more memory than such a one may have.
  defp assert_all_is_free(worker) do
    {us, true} =
      :timer.tc(fn ->
        eventually(fn ->
          Workers.at_rest?(worker) and match?(%{live: 0, bytes: 0}, Thumbelina.stats())
        end)
      end)

    assert us < 1_000_000
    assert eventually(fn -> Workers.memory(worker) < 128_000_000 end)
  end

  test "who needs no libvips has none: it is not linked, and no process is started" do
    picture = Picture.smooth(60, 40)

    for from <- [:jpeg, :png, :webp], to <- [:jpeg, :png, :webp] do
      image = picture |> Samples.bytes(from) |> Thumbelina.from_binary()
      {:ok, _} = Thumbelina.info(image)

      {:ok, _} =
        image |> Thumbelina.resize(30) |> Thumbelina.blur(1) |> Thumbelina.run(format: to)

      assert Workers.all() == []
    end

    refute File.read!("/proc/self/maps") =~ ~r/libvips|libglib|libheif|librsvg/
    {:ok, _} = picture |> Samples.image() |> Thumbelina.run(format: :tiff)
    assert [worker] = Workers.all()
    assert File.read!("/proc/#{worker}/maps") =~ "libvips"
    refute File.read!("/proc/self/maps") =~ ~r/libvips|libglib/
  end

  test "who is killed leaves no work and no memory behind" do
    for {name, job} <- jobs() do
      {pid, ref} = spawn_monitor(fn -> exit(job.([])) end)
      worker = Workers.busy()
      Process.exit(pid, :kill)
      assert {name, assert_all_is_free(worker)} == {name, true}
      assert_receive {:DOWN, ^ref, :process, ^pid, :killed}
    end
  end

  test "a timeout is an answer at once, and nothing goes on" do
    for {name, job} <- jobs() do
      {us, answer} = :timer.tc(fn -> job.(timeout: 120) end)
      assert {^name, {:error, %Error{code: :timeout}}} = {name, answer}
      assert us < 1_120_000
      assert eventually(fn -> Enum.all?(Workers.all(), &Workers.at_rest?/1) end)
      assert %{live: 0, bytes: 0} = Thumbelina.stats()
    end
  end

  test "a worker that is killed is an error of its job, and of no other" do
    # It has started before: else it might be killed on its way.
    assert {:ok, _} = drawing(20).([])
    job = drawing(1500)
    task = Task.async(fn -> job.([]) end)
    Workers.busy() |> Workers.kill()
    assert {:error, %Error{code: :no_memory} = error} = Task.await(task, 60_000)
    assert Exception.message(error) =~ "libvips"
    assert {:ok, _} = drawing(20).([])

    for worker <- Workers.all(), do: Workers.kill(worker)
    assert {:ok, _} = drawing(20).([])
  end

  @tag :memory
  test "one that would take too much memory is an error" do
    deep = String.duplicate(~s(<g opacity="0.9">), 60)

    svg =
      ~s(<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="1000">#{deep}) <>
        ~s(<rect width="900" height="900"/>#{String.duplicate("</g>", 60)}</svg>)

    image = &Thumbelina.from_binary(svg, formats: :all, max_memory: &1)

    assert {:error, %Error{code: :limit} = error} =
             Thumbelina.run(image.(64_000_000), format: :png)

    assert Exception.message(error) =~ "max_memory"
    assert {:ok, made} = Thumbelina.run(image.(1_000_000_000), format: :png)
    assert made.stats.peak_bytes > 64_000_000
  end

  test "what a worker takes is counted" do
    {:ok, made} = drawing(300).([])
    assert made.stats.peak_bytes > 4 * 300 * 300
    assert made.stats.cpu > made.stats.wall / 10
  end

  @tag :memory
  test "one that waits is used again, and has forgotten the last job" do
    {:ok, _} = drawing(100).([])
    [worker] = Workers.all()
    before = Workers.memory(worker)
    for _ <- 1..20, do: {:ok, _} = drawing(100).([])
    assert Workers.all() == [worker]
    assert eventually(fn -> Workers.memory(worker) < before + 16_000_000 end)
  end

  # Of some damage a decoder makes nothing: it leaves the pixels as it found them.
  test "a damaged picture shows nothing of the one before" do
    others =
      for picture <- [Picture.noise(150, 100), Picture.plain(150, 100, <<9, 200, 77>>)] do
        Samples.bytes(picture, :heif)
      end

    after_each = fn bytes ->
      for other <- others do
        {:ok, _} = read(other)
        with {:error, %Error{code: code}} <- read(bytes), do: code
      end
    end

    for format <- [:heif, :avif, :tiff, :gif, :jp2],
        bytes = Samples.bytes(Picture.noise(40, 30), format),
        n <- 8..15 do
      size = div(byte_size(bytes) * n, 16)
      damaged = binary_part(bytes, 0, size) <> :binary.copy(<<0xFF>>, byte_size(bytes) - size)
      assert {format, n, 1} == {format, n, damaged |> after_each.() |> Enum.uniq() |> length()}
    end
  end

  defp read(bytes) do
    bytes
    |> Thumbelina.from_binary(formats: :all, on_truncated: :keep)
    |> Thumbelina.to_binary(:png)
  end

  test "many jobs at once have few workers, and all come to an end" do
    image = Thumbelina.from_binary(Samples.bytes(Picture.noise(60, 40), :tiff), formats: :all)
    {:ok, expected} = Thumbelina.to_binary(image, :png)

    tasks =
      for lane <- [:auto, :dirty, :yield], _ <- 1..40 do
        Task.async(fn -> Thumbelina.to_binary(image, :png, lane: lane) end)
      end

    most = 2 * :erlang.system_info(:logical_processors_online) + 1
    assert length(Workers.all()) <= most
    for answer <- Task.await_many(tasks, 120_000), do: assert(answer == {:ok, expected})

    assert eventually(fn ->
             length(Workers.all()) <= :erlang.system_info(:logical_processors_online)
           end)
  end

  test "it has no file of the VM's, and is shut in" do
    {:ok, _} = drawing(20).([])
    [worker] = Workers.all()

    files =
      for name <- File.ls!("/proc/#{worker}/fd"), do: File.read_link("/proc/#{worker}/fd/#{name}")

    assert length(files) <= 9

    for {:ok, file} <- files do
      assert file =~ ~r{^(/dev/null|pipe:|socket:|/memfd:|/proc/)}
    end

    status = File.read!("/proc/#{worker}/status")
    assert status =~ ~r/CapEff:\s+0+\n/
    assert status =~ ~r/NoNewPrivs:\s+1/
    assert File.read!("/proc/#{worker}/limits") =~ ~r/Max core file size\s+0\s/

    environment = File.read!("/proc/#{worker}/environ")
    refute environment =~ "PATH=/"
    refute environment =~ "MIX_ENV"
  end

  test "more threads make the same picture" do
    png = PNG.encode(Picture.smooth(300, 200))

    make =
      &(png
        |> Thumbelina.from_binary()
        |> Thumbelina.to_binary!(:jxl, threads: &1, lossless: true))

    assert make.(1) == make.(3)
    assert_raise ArgumentError, fn -> make.(0) end
  end

  @tag timeout: :infinity
  test "a storm of kills leaves files, memory and processes as they were" do
    image = Picture.noise(150, 150) |> PNG.encode() |> Thumbelina.from_binary()
    small = Thumbelina.from_binary(Samples.bytes(Picture.noise(90, 90), :tiff), formats: :all)

    jobs = [
      fn -> Thumbelina.run(image, format: :avif) end,
      fn -> Thumbelina.run(image, format: :jp2) end,
      fn -> Thumbelina.run(small, format: :webp) end
    ]

    storm(jobs, 20)
    before = {files(), memory()}
    storm(jobs, times("THUMBELINA_KILLS", 150))
    assert {files, memory} = {files(), memory()}
    assert files <= elem(before, 0) + 4
    assert memory < elem(before, 1) + 32_000_000
    assert length(Workers.all()) <= :erlang.system_info(:logical_processors_online)
    for job <- jobs, do: assert({:ok, _} = job.())
  end

  defp storm(jobs, count) do
    for n <- 1..count do
      {pid, ref} = spawn_monitor(Enum.at(jobs, rem(n, length(jobs))))
      Process.sleep(:rand.uniform(50))
      Process.exit(pid, :kill)
      assert_receive {:DOWN, ^ref, :process, ^pid, _}, 5_000
    end

    wait_for_idle()
  end

  defp files, do: length(File.ls!("/proc/self/fd"))

  defp memory do
    [_, kib] = Regex.run(~r/VmRSS:\s+(\d+)/, File.read!("/proc/self/status"))
    1024 * String.to_integer(kib)
  end

  test "when the VM dies, so does what works for it" do
    paths = Enum.flat_map(:code.get_path(), &["-pa", to_string(&1)])
    File.write!(script = Path.join(System.tmp_dir!(), "thumbelina_#{System.pid()}.exs"), script())
    on_exit(fn -> File.rm(script) end)
    elixir = System.find_executable("elixir")

    env =
      for {name, value} <- Outside.vm_env(), value, do: {to_charlist(name), to_charlist(value)}

    port = Port.open({:spawn_executable, elixir}, [:binary, args: paths ++ [script], env: env])
    assert_receive {^port, {:data, <<"ready ", rest::binary>>}}, 60_000
    [vm, worker] = String.split(rest)
    assert Workers.there?(worker)
    Workers.kill(vm)
    assert eventually(fn -> !Workers.there?(worker) end)
  end

  # The job of drawing/1, in a VM that says who works.
  defp script do
    """
    svg = #{inspect(Heavy.svg(1500), printable_limit: :infinity)}
    image = Thumbelina.from_binary(svg, formats: :all, max_memory: 1_000_000_000)
    spawn(fn -> Thumbelina.run(image, format: :png) end)
    IO.write("ready \#{System.pid()} \#{Thumbelina.Test.Workers.busy()}")
    Process.sleep(:infinity)
    """
  end
end
