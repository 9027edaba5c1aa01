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

  @callers [1, 2, 16]
  @busy ~w(T1 T3 T6)

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
    {rounds, seconds} = {3, 0.5}
    rows = for job <- @jobs, do: measure(job, peers, rounds * times(job), seconds / times(job))
    busy = for job <- jobs(@busy), callers <- @callers, do: throughput(job, callers, peers)
    large = for job <- @large, do: memory(job, peers -- [:core, :limit])

    text =
      Report.text(%{
        peers: peers,
        missing: missing,
        rounds: rounds,
        seconds: seconds,
        rows: rows,
        busy: busy,
        large: large
      })

    File.write!(report <> ".md", text)
    File.write!(report <> ".svg", Chart.svg(rows, peers))
    IO.puts("\n" <> text)
  end

  defp times({name, _, _}), do: if(name in @brief, do: 3, else: 1)

  defp jobs(names), do: Enum.filter(@jobs, fn {name, _, _} -> name in names end)

  defp present do
    {peers, missing} = Peers.present()
    :ours in peers || raise "Thumbelina itself does not run: bench/ours.exs"
    {peers, missing}
  end

  # One round after the other, in each round every peer once.
  defp measure({name, what, job}, peers, rounds, seconds) do
    say(name, what)
    able = Enum.filter(peers, &Peers.measure(&1, job, 0))
    figures = for _ <- 1..rounds, peer <- able, do: {peer, Peers.measure(peer, job, seconds)}
    medians = Map.new(able, &{&1, middle(Keyword.get_values(figures, &1))})
    said(peers, fn peer -> medians[peer] && Report.ms(medians[peer].cpu) <> " ms" end)
    {name, what, medians}
  end

  defp throughput({name, what, job}, callers, peers) do
    say(name, "#{what}, #{callers} at a time")
    figures = for _ <- 1..3, peer <- peers, do: {peer, Peers.measure(peer, job, 0.7, callers)}
    medians = Map.new(peers, &{&1, middle(Keyword.get_values(figures, &1))})
    said(peers, fn peer -> medians[peer] && Report.a_second(medians[peer]) <> "/s" end)
    {name, what, callers, medians}
  end

  defp memory({name, what, job}, peers) do
    say(name, "#{what}, memory")
    figures = Map.new(peers, &{&1, Peers.measure(&1, job, 0)})
    said(peers, fn peer -> figures[peer] && Report.mib(figures[peer].peak) <> " MiB" end)
    {name, what, figures}
  end

  # The median of each figure by itself; of one that failed in some rounds, of the others.
  defp middle(list), do: list |> Enum.reject(&is_nil/1) |> middle_of()

  defp middle_of([]), do: nil

  defp middle_of([first | _] = list) do
    for key <- [:cpu, :wall, :bytes], into: first do
      {key, list |> Enum.map(& &1[key]) |> Enum.sort() |> Enum.at(div(length(list), 2))}
    end
  end

  defp say(name, what),
    do: IO.write(String.pad_trailing(name, 4) <> String.pad_trailing(what, 50))

  defp said(peers, text) do
    IO.puts(Enum.map_join(peers, "  ", &"#{Peers.name(&1)} #{text.(&1) || "-"}"))
  end
end

Bench.main(System.argv())
