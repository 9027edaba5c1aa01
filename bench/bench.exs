# bench.exs - Thumbelina, the bare codecs (limit) and other libraries do the same jobs, in
# turns: CPU and wall time, throughput, memory. Run by `make bench` and `make bench-quick`.
#
#     bench.exs full REPORT | quick

for part <- ~w(machine peers report chart), do: Code.require_file("#{part}.exs", __DIR__)

defmodule Bench do
  # Name, what it is, and file, size, work, format as peer.h says.
  @jobs [
    {"T1", "JPEG 200x200 -> 64", {"200.jpg", 64, "thumbnail", "jpeg"}},
    {"T2", "JPEG 800x600 -> 200", {"800.jpg", 200, "thumbnail", "jpeg"}},
    {"T3", "JPEG 1600x1200 -> 400", {"1600.jpg", 400, "thumbnail", "jpeg"}},
    {"T4", "JPEG 4000x3000, busy, -> 400", {"4000.jpg", 400, "thumbnail", "jpeg"}},
    {"T4s", "JPEG 4000x3000, soft, -> 400", {"4000-soft.jpg", 400, "thumbnail", "jpeg"}},
    {"T4r", "JPEG 5640x3172 4:2:2 -> 400", {"photo.jpg", 400, "thumbnail", "jpeg"}},
    {"T5", "JPEG 8000x6000 -> 800", {"8000.jpg", 800, "thumbnail", "jpeg"}},
    {"T6", "PNG 800x600 -> 200 PNG", {"800.png", 200, "thumbnail", "png"}},
    {"T6p", "PNG palette 800x600 -> 200 PNG", {"800-palette.png", 200, "thumbnail", "png"}},
    {"T7", "PNG RGBA 2000x1500 -> 400 PNG", {"2000-alpha.png", 400, "thumbnail", "png"}},
    {"T8", "WebP 800x600 -> 200 WebP", {"800.webp", 200, "thumbnail", "webp"}},
    {"T8l", "WebP lossless 800x600 -> 200 WebP", {"800-lossless.webp", 200, "thumbnail", "webp"}},
    {"T8b", "WebP 4000x3000 -> 400 WebP", {"4000.webp", 400, "thumbnail", "webp"}},
    {"T9", "JPEG 1600x1200 -> 400 WebP", {"1600.jpg", 400, "thumbnail", "webp"}},
    {"T10", "blur sigma 5, JPEG 1600x1200", {"1600.jpg", 5, "blur", "jpeg"}},
    {"T11", "crop 400x400 of JPEG 4000x3000", {"4000-soft.jpg", 400, "crop", "jpeg"}},
    {"T12", "progressive JPEG 4000x3000 -> 400",
     {"4000-progressive.jpg", 400, "thumbnail", "jpeg"}},
    {"T12s", "progressive JPEG 4000x3000 -> 200",
     {"4000-progressive.jpg", 200, "thumbnail", "jpeg"}},
    {"T13", "bare RGB 1600x1200 -> 400 Lanczos 3", {"1600.rgb", 400, "pixels", "jpeg"}}
  ]

  @few ~w(T1 T2 T3 T4 T6 T8 T13)

  # Some ms and less: more rounds, so that a machine that changes its pace does it for all.
  @brief ~w(T1 T2 T3)
  @more 2

  @callers [1, 2, 16]
  @busy ~w(T1 T3 T6)
  @busy_rounds 5
  @busy_seconds 0.7

  @large [
    {"T5", "JPEG 8000x6000 -> 800", {"8000.jpg", 800, "file", "jpeg"}},
    {"T14", "JPEG 20000x20000 -> 800", {"20000.jpg", 800, "file", "jpeg"}},
    {"T15", "PNG 20000x20000 -> 800 PNG", {"20000.png", 800, "file", "png"}}
  ]

  def main(["quick"]) do
    {peers, missing} = present()
    rows = for job <- jobs(@few), do: measure(job, peers, 3, 0.2)
    IO.puts("\n" <> Report.times(rows, peers, :cpu))
    IO.puts("\n" <> Report.of_vm(rows))
    unless missing == [], do: IO.puts("\nNot here: #{Enum.join(missing, ", ")}.")
  end

  def main(["full", report]) do
    {peers, missing} = present()
    {rounds, seconds} = {5, 0.3}
    rows = for job <- @jobs, do: measure(job, peers, rounds * times(job), seconds / times(job))
    busy = Enum.flat_map(jobs(@busy), &throughput(&1, peers))
    large = for job <- @large, do: memory(job, peers -- [:core, :limit])

    text =
      Report.text(%{
        peers: peers,
        missing: missing,
        rounds: rounds,
        seconds: seconds,
        brief: {@brief, @more},
        rows: rows,
        busy: busy,
        large: large
      })

    File.write!(report <> ".md", text)
    File.write!(report <> ".svg", Chart.svg(rows, peers))
    IO.puts("\n" <> text)
  end

  defp times({name, _, _}), do: if(name in @brief, do: @more, else: 1)

  defp jobs(names), do: Enum.filter(@jobs, fn {name, _, _} -> name in names end)

  defp present do
    {peers, missing} = Peers.present()
    :ours in peers || raise "Thumbelina itself does not run: bench/ours.exs"
    {peers, missing}
  end

  # One round after the other, in each round every peer once. How many times Thumbelina's a
  # time is, is asked within a round: machines change their pace, and do it for all.
  defp measure({name, what, job}, peers, rounds, seconds) do
    say(name, what)
    able = Enum.filter(peers, &Peers.measure(&1, job, 0))

    rounds = for _ <- 1..rounds, do: Map.new(able, &{&1, Peers.measure(&1, job, seconds)})

    medians =
      Map.new(able, fn peer ->
        times = for r <- rounds, r.ours && r[peer], do: r[peer].cpu / r.ours.cpu
        {peer, rounds |> Enum.map(& &1[peer]) |> medians(:times, times)}
      end)

    said(peers, fn peer -> medians[peer] && Report.ms(medians[peer].cpu) <> " ms" end)
    {name, what, medians}
  end

  # Likewise: for every peer, one caller on each of some cores, and many on all, one after the other.
  defp throughput({name, what, job}, peers) do
    cores = Enum.take(Peers.cores(), 4)

    rounds =
      for _ <- 1..@busy_rounds do
        for peer <- peers, callers <- @callers, into: %{} do
          {{peer, callers}, at_once(peer, job, callers, cores)}
        end
      end

    for callers <- @callers do
      say(name, "#{what}, #{callers} at a time")

      medians =
        Map.new(peers, fn peer ->
          one = {peer, 1}
          many = {peer, callers}
          gains = for r <- rounds, r[one] && r[many], do: r[one].wall / r[many].wall
          {peer, rounds |> Enum.map(& &1[many]) |> medians(:gain, gains)}
        end)

      said(peers, fn peer -> medians[peer] && Report.a_second(medians[peer]) <> "/s" end)
      {name, what, callers, medians}
    end
  end

  # Cores differ, and that by the minute, where others use the machine: so one caller is one on each, in turn.
  defp at_once(peer, job, 1, cores) do
    figures = for core <- cores, do: Peers.measure(peer, job, @busy_seconds, 1, core)

    if Enum.all?(figures) do
      paces = for f <- figures, do: 1 / f.wall
      %{hd(figures) | wall: length(paces) / Enum.sum(paces)}
    end
  end

  defp at_once(peer, job, callers, _), do: Peers.measure(peer, job, @busy_seconds, callers)

  defp memory({name, what, job}, peers) do
    say(name, "#{what}, memory")
    figures = Map.new(peers, &{&1, Peers.measure(&1, job, 0)})
    said(peers, fn peer -> figures[peer] && Report.mib(figures[peer].peak) <> " MiB" end)
    {name, what, figures}
  end

  # The median of each figure by itself, and of these; of a peer that failed in some rounds, of the others.
  defp medians(figures, key, ratios) do
    case Enum.reject(figures, &is_nil/1) do
      [] ->
        nil

      [first | _] = figures ->
        for(
          k <- [:cpu, :wall, :bytes],
          into: first,
          do: {k, figures |> Enum.map(& &1[k]) |> middle()}
        )
        |> Map.put(key, middle(ratios))
    end
  end

  defp middle([]), do: nil
  defp middle(list), do: list |> Enum.sort() |> Enum.at(div(length(list), 2))

  defp say(name, what),
    do: IO.write(String.pad_trailing(name, 4) <> String.pad_trailing(what, 50))

  defp said(peers, text) do
    IO.puts(Enum.map_join(peers, "  ", &"#{Peers.name(&1)} #{text.(&1) || "-"}"))
  end
end

Bench.main(System.argv())
