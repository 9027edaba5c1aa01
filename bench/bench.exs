# bench.exs - CPU time of one picture: Thumbelina, the bare codecs (limit) and libvips,
# in turns within one run. Run by `make bench` and `make bench-quick`.

defmodule Bench do
  @dir "_build/bench"

  @jobs [
    {"T1", "JPEG 200x200 -> 64", "200.jpg", 64, :jpeg},
    {"T2", "JPEG 800x600 -> 200", "800.jpg", 200, :jpeg},
    {"T3", "JPEG 1600x1200 -> 400", "1600.jpg", 400, :jpeg},
    {"T4", "JPEG 4000x3000 -> 400", "4000.jpg", 400, :jpeg},
    {"T4s", "the same, a soft picture", "4000-soft.jpg", 400, :jpeg},
    {"T6", "PNG 800x600 -> 200 PNG", "800.png", 200, :png},
    {"T8", "WebP 800x600 -> 200 WebP", "800.webp", 200, :webp}
  ]

  def main([rounds, seconds, report]) do
    {rounds, seconds} = {String.to_integer(rounds), String.to_float(seconds)}
    rows = @jobs |> Enum.map(&measure(&1, rounds, seconds)) |> Enum.map(&row/1)
    table = table(rows)
    IO.puts("\n" <> table)
    if report != "-", do: File.write!(report, report(table, rounds, seconds))
  end

  # --- measuring

  defp measure({name, what, file, width, format}, rounds, seconds) do
    path = Path.join(@dir, file)
    bytes = File.read!(path)
    IO.write(:stderr, "#{name} ")
    {:ok, image} = run(bytes, width, format, measure: true)

    figures =
      for _ <- 1..rounds do
        {ours(bytes, width, format, seconds), peer("limit", path, width, seconds),
         peer("vips", path, width, seconds)}
      end

    [ours, limit, vips] = for i <- 0..2, do: figures |> Enum.map(&elem(&1, i)) |> median()
    {name, what, ours, limit, vips, image.stats}
  end

  defp run(bytes, width, format, opts \\ []) do
    bytes
    |> Thumbelina.from_binary()
    |> Thumbelina.thumbnail(width)
    |> Thumbelina.encode(format)
    |> Thumbelina.run(opts)
  end

  # CPU time of the whole VM, which does nothing else (its schedulers don't spin: +sbwt none).
  defp ours(bytes, width, format, seconds) do
    for _ <- 1..3, do: run(bytes, width, format)
    until = now() + seconds * 1000
    {start, _} = :erlang.statistics(:runtime)
    count = repeat(0, until, fn -> {:ok, _} = run(bytes, width, format) end)
    {stop, _} = :erlang.statistics(:runtime)
    (stop - start) / count
  end

  defp repeat(count, until, job) do
    job.()
    if now() < until, do: repeat(count + 1, until, job), else: count + 1
  end

  defp peer(program, path, width, seconds) do
    {out, 0} = System.cmd(Path.expand(program, @dir), [path, "#{width}", "#{seconds}"])
    out |> String.trim() |> String.to_float()
  end

  defp now, do: System.monotonic_time(:millisecond)
  defp median(list), do: list |> Enum.sort() |> Enum.at(div(length(list), 2))

  # --- showing

  @head ~w(job picture Thumbelina limit ours/limit libvips libvips/ours decoded lane slices longest)

  defp row({name, what, ours, limit, vips, stats}) do
    [name, what, ms(ours), ms(limit), ratio(ours / limit), ms(vips), ratio(vips / ours)] ++
      [
        "#{stats.decoded_width}x#{stats.decoded_height}",
        "#{stats.lane}",
        "#{stats.slices}",
        "#{stats.longest_slice} us"
      ]
  end

  defp ms(x), do: :erlang.float_to_binary(x / 1, decimals: if(x < 10, do: 2, else: 1)) <> " ms"
  defp ratio(x), do: :erlang.float_to_binary(x / 1, decimals: 2)

  defp table(rows) do
    widths =
      [@head | rows]
      |> Enum.zip_with(fn column -> column |> Enum.map(&String.length/1) |> Enum.max() end)

    rule = Enum.map(widths, &String.duplicate("-", &1))
    Enum.map_join([@head, rule | rows], "\n", &line(&1, widths))
  end

  defp line(cells, widths) do
    "| " <>
      (Enum.zip(cells, widths)
       |> Enum.map_join(" | ", fn {c, w} -> String.pad_trailing(c, w) end)) <> " |"
  end

  defp report(table, rounds, seconds) do
    """
    # Speed

    CPU time (user and system) of one picture, from bytes in memory to bytes in memory, one at a time.
    *limit* is the bare codecs: decode, a JPEG at the smallest scale the job allows, and encode of the small picture.
    *decoded* is what Thumbelina has decoded.
    *libvips* is `vips_thumbnail_buffer` and a save from C, one thread, no cache.
    Medians of #{rounds} rounds of #{seconds} s each, the three in turns: `make bench`.
    JPEG and WebP out at quality 80, PNG at level 6. The ratios hold elsewhere better than the times.

    #{table}

    #{machine()}
    """
  end

  defp machine do
    """
    #{Date.utc_today()}, #{cpu()}, #{System.schedulers_online()} cores, #{os()};
    OTP #{System.otp_release()}, Elixir #{System.version()}, #{Enum.map_join(~w(libjpeg libpng libwebp vips), ", ", &version/1)}.
    """
    |> String.trim()
  end

  defp cpu,
    do:
      found("/proc/cpuinfo", ~r/model name\s*: (.*)/) ||
        "#{:erlang.system_info(:system_architecture)}"

  defp os, do: found("/etc/os-release", ~r/PRETTY_NAME="(.*)"/) || "#{elem(:os.type(), 1)}"

  defp found(file, pattern) do
    with {:ok, text} <- File.read(file),
         [_, it] <- Regex.run(pattern, text),
         do: it,
         else: (_ -> nil)
  end

  defp version(library) do
    {out, _} = System.cmd("pkg-config", ["--modversion", library])
    "#{library} #{String.trim(out)}"
  end
end

Bench.main(System.argv())
