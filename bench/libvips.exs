# libvips.exs - what is left of jobs in libvips that are killed or out of time, and what libvips costs those who
# never need it. Run by `make citizen`, or alone by `make citizen-libvips`.

Code.require_file("machine.exs", __DIR__)

for part <- ~w(until workers heavy), do: Code.require_file("../test/support/#{part}.ex", __DIR__)

defmodule Libvips do
  alias Thumbelina.Test.{Heavy, Workers}

  @times 15
  @without "_build/bench/without"

  def main([report]) do
    if :avif in Thumbelina.capabilities().write do
      stops = for {name, job} <- jobs(), do: shown({name, kills(job), timeouts(job)})
      costs = for {name, dir} <- builds(), do: shown({name, cost(dir)})
      text = text(stops, costs, first())
      IO.puts("\n" <> text)
      if report != "-", do: File.write!(report <> ".md", text)
    else
      IO.puts("This build is without libvips.")
    end
  end

  # As it goes.
  defp shown(row), do: IO.inspect(row)

  # --- seconds of work each

  defp jobs do
    opts = [formats: :all, max_pixels: :infinity, max_memory: 1_000_000_000]
    photo = Path.join(__DIR__, "../examples/lake.jpg") |> Thumbelina.open()
    tiff = Heavy.tiff() |> Thumbelina.from_binary(opts) |> Thumbelina.resize(1000)
    svg = Thumbelina.from_binary(Heavy.svg(1500), opts)

    [
      {"encoding AVIF, 1600x1200", &Thumbelina.run(photo, [format: :avif, effort: 9] ++ &1)},
      {"a TIFF of 20000x36000", &Thumbelina.run(tiff, [format: :png] ++ &1)},
      {"an SVG of 30 filters", &Thumbelina.run(svg, [format: :png] ++ &1)}
    ]
  end

  # --- from the kill of the caller, or from the timeout, until nothing works and all memory is back

  defp kills(job) do
    quantiles(
      for n <- 1..@times do
        pid = spawn(fn -> job.([]) end)
        Workers.busy(30)
        Process.sleep(5 * n)
        Process.exit(pid, :kill)
        time(&until_free/0)
      end
    )
  end

  defp timeouts(job) do
    quantiles(
      for n <- 1..@times do
        timeout = 300 + 5 * n
        from = System.monotonic_time(:microsecond)
        {:error, %{code: :timeout}} = job.(timeout: timeout)
        until_free()
        (System.monotonic_time(:microsecond) - from) / 1000 - timeout
      end
    )
  end

  # A process that was not in the midst of a question is not killed, but waits for the next job.
  defp until_free do
    idle = match?(%{live: 0, bytes: 0}, Thumbelina.stats())
    if !idle or !Enum.all?(Workers.all(), &Workers.at_rest?/1), do: until_free()
  end

  # --- those that never need it: a VM of their own, in which the library is loaded, and makes a thumbnail

  defp builds,
    do: [{"with libvips", Application.app_dir(:thumbelina)}, {"built without it", without()}]

  defp without do
    app = Path.expand(@without <> "/lib/thumbelina")

    {_, 0} =
      System.cmd("make", ["-s", "nif", "WITHOUT_VIPS=1", "MIX_APP_PATH=#{app}"],
        env: [{"MAKEFLAGS", ""}]
      )

    File.rm_rf!(Path.join(app, "ebin"))
    File.cp_r!(Application.app_dir(:thumbelina, "ebin"), Path.join(app, "ebin"))
    app
  end

  @script """
  rss = fn -> [_, kib] = Regex.run(~r/VmRSS:\\s+(\\d+)/, File.read!("/proc/self/status")); String.to_integer(kib) end
  Enum.each([Regex, File, String, Enum, System], &Code.ensure_loaded!/1)
  before = rss.()
  {us, _} = :timer.tc(fn -> :code.ensure_loaded(Thumbelina.Native) end)
  loaded = rss.()
  {:ok, _} = Thumbelina.open("examples/lake.jpg") |> Thumbelina.thumbnail(300) |> Thumbelina.run()
  {:ok, maps} = File.read("/proc/self/maps")
  libraries = ~r{/lib\\S+\\.so\\S*} |> Regex.scan(maps) |> Enum.uniq() |> length()
  children = File.read!("/proc/self/task/\#{System.pid()}/children") |> String.split() |> length()
  IO.write(inspect([us / 1000, (loaded - before) / 1024, (rss.() - before) / 1024, libraries, maps =~ "libvips", children]))
  """

  defp cost(app) do
    runs =
      for _ <- 1..5 do
        {out, 0} = System.cmd("elixir", ["-pa", Path.join(app, "ebin"), "-e", @script])
        out |> Code.eval_string() |> elem(0)
      end

    {numbers, [libvips, _]} = runs |> Enum.zip_with(& &1) |> Enum.split(4)
    Enum.map(numbers, &median/1) ++ [hd(libvips)]
  end

  # The first job that needs it, and the second one.
  defp first do
    script = """
    image = Thumbelina.open("examples/lake.jpg") |> Thumbelina.resize(16) |> Thumbelina.encode(:tiff)
    {:ok, _} = Thumbelina.run(image, format: :png)
    ms = fn -> {us, {:ok, _}} = :timer.tc(fn -> Thumbelina.run(image) end); us / 1000 end
    IO.write(inspect([ms.(), ms.()]))
    """

    runs =
      for _ <- 1..5 do
        {out, 0} =
          System.cmd("elixir", ["-pa", Application.app_dir(:thumbelina, "ebin"), "-e", script])

        out |> Code.eval_string() |> elem(0)
      end

    runs |> Enum.zip_with(& &1) |> Enum.map(&median/1)
  end

  # --- figures

  defp time(work) do
    {us, _} = :timer.tc(work)
    us / 1000
  end

  defp median(list), do: list |> Enum.sort() |> Enum.at(div(length(list), 2))

  defp quantiles(list) do
    sorted = Enum.sort(list)
    %{p50: Enum.at(sorted, div(length(sorted), 2)), max: List.last(sorted)}
  end

  defp text(stops, costs, [first, second]) do
    """
    # Jobs in libvips

    libvips runs in processes of its own: `make citizen-libvips`. Times are in milliseconds.

    From the kill of the caller, or from its `timeout:`, in the midst of the work, until the process of
    libvips is gone, or at rest, and all memory of the job is back; #{@times} times each:

    | job | killed: p50 | max | out of time: p50 | max |
    |---|---|---|---|---|
    #{Enum.map_join(stops, "\n", fn {name, k, t} -> "| #{name} | #{cells([k.p50, k.max, t.p50, t.max])} |" end)}

    What it costs those who never need it, in a VM of their own: to load the library (`:erlang.load_nif` and its module), and
    the resident memory that it has then, and after a thumbnail of a JPEG; how many shared libraries there are in the VM, and
    whether libvips is one of them. Medians of 5.

    | build | load | MiB loaded | MiB after a thumbnail | libraries | libvips in the VM |
    |---|---|---|---|---|---|
    #{Enum.map_join(costs, "\n", fn {name, [ms, loaded, used, libraries, there]} -> "| #{name} | #{cells([ms, loaded, used])} | #{libraries} | #{if there, do: "yes", else: "no"} |" end)}

    A small job that needs libvips takes #{number(first)} when it is the first, as its process has to start, and #{number(second)} when it is the next.

    #{Date.utc_today()}, #{Machine.cpu()}, #{System.schedulers_online()} schedulers, a load of #{load()}; OTP #{System.otp_release()}, Elixir #{System.version()}, #{Thumbelina.capabilities().libraries.avif}.
    """
  end

  # Of the machine, others' work included.
  defp load, do: "/proc/loadavg" |> File.read!() |> String.split() |> hd()

  defp cells(numbers), do: Enum.map_join(numbers, " | ", &number/1)
  defp number(x), do: :erlang.float_to_binary(x / 1, decimals: 2)
end

Libvips.main(System.argv())
