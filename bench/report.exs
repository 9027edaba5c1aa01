# report.exs - what the benchmark found, as text: tables of medians, ratios, memory.

defmodule Report do
  @spec text(map) :: String.t()
  def text(%{peers: peers, rows: rows} = all) do
    """
    # Speed

    `make bench`: #{all.rounds} rounds of #{all.seconds} s each (#{brief(all.brief)}), in every round each library
    once. Times are medians, ratios the medians of those within a round: the machine changes its pace, and does it for all.
    From bytes in memory to bytes in memory, warmed up, one picture at a time, one thread, no cache of pixels. JPEG out at
    quality 80 4:2:0, PNG at level 6, WebP at quality 80, method 4. The ratios hold elsewhere better than the times.

    *limit* is the bare codecs, nothing between: decode, a JPEG at the scale that Thumbelina does, and encode of the
    result's size (of the blur: of the picture as it was). *ImageMagick* is MagickWand in process, told the size that is
    wanted; *mogrify* starts `convert` for each picture, from file to file. Bare pixels (T13) are resized by Thumbelina's
    core, without the VM, by `vips_reduce`, `Image.resize` and sharp's raw input. The *core* is Thumbelina's C without the
    VM and without Elixir, one slice to the end.
    #{missing(all.missing)}
    ## CPU time of one picture, ms (user and system)

    #{times(rows, peers, :cpu)}

    ## How many times Thumbelina's CPU time that is

    #{ratios(rows, Peers.others(peers))}

    ![CPU time beside Thumbelina's](results.svg)

    ## What the VM adds to the core, microseconds of CPU time

    The options and the plan as Erlang terms, slices and their clocks, the statistics, and garbage collection: some 20
    a call, and some 2 a slice. The rest is noise, of large pictures mostly. More: by the ratio within a round.

    #{of_vm(rows)}

    ## Wall time of one picture, ms

    #{times(rows, peers, :wall)}

    ## Pictures a second, by how many want one at the same time (and times those of one)

    One at a time: held to one core, the mean of the cores.

    #{throughput(all.busy, peers)}

    ## Memory, from the file to bytes: most that the process held, MiB (and before it began)

    #{large(all.large, peers -- [:core, :limit])}

    A dash: cannot do it, or refuses so large a picture.

    ## Bytes that came out

    #{table(["job" | names(peers)], for({name, _, f} <- rows, do: [name | for(p <- peers, do: bytes(f[p]))]))}

    ## What Thumbelina did

    #{table(~w(job decoded lane slices longest), for({name, _, f} <- rows, f.ours.told != [], do: [name | told(f.ours.told)]))}

    #{machine(peers)}
    """
  end

  @doc "A table of one kind of time, with what was lost to the limit."
  @spec times([tuple], [atom], :cpu | :wall) :: String.t()
  def times(rows, peers, key) do
    table(
      ["job", "picture" | names(peers)],
      for({name, what, f} <- rows, do: [name, what | for(p <- peers, do: f[p] && ms(f[p][key]))])
    )
  end

  defp ratios(rows, peers) do
    table(
      ["job", "picture" | names(peers)],
      for(
        {name, what, f} <- rows,
        do: [name, what | for(p <- peers, do: f[p] && ratio(f[p].times))]
      )
    )
  end

  @doc "CPU time of the core, of all of it, and what is between, in microseconds."
  @spec of_vm([tuple]) :: String.t()
  def of_vm(rows) do
    table(
      ["job", "picture", "core", "with the VM", "more"],
      for(
        {name, what, %{core: core, ours: ours}} <- rows,
        ours.told != [],
        do: [name, what | Enum.map([core.cpu, ours.cpu, ours.cpu * (1 - core.times)], &us/1)]
      )
    )
  end

  defp throughput(busy, peers) do
    table(
      ["job", "picture", "at a time" | names(peers)],
      for(
        {name, what, callers, f} <- busy,
        do: [name, what, "#{callers}" | for(p <- peers, do: scaled(f[p], callers))]
      )
    )
  end

  defp scaled(%{gain: gain} = figures, callers) when callers > 1 and gain != nil,
    do: "#{a_second(figures)} (#{ratio(gain)})"

  defp scaled(figures, _), do: a_second(figures)

  defp large(rows, peers) do
    table(
      ["job", "picture" | names(peers)],
      for({name, what, f} <- rows, do: [name, what | for(p <- peers, do: memory(f[p]))])
    )
  end

  defp brief({names, times}),
    do: "of #{Enum.join(names, ", ")} #{times} times as many, as much shorter"

  defp missing([]), do: ""

  defp missing(names),
    do: "\nNot measured, as it could not be installed: #{Enum.join(names, ", ")}.\n"

  # --- figures

  @spec ms(number) :: String.t()
  def ms(x), do: :erlang.float_to_binary(x / 1, decimals: if(x < 10, do: 2, else: 1))

  defp us(ms), do: "#{round(1000 * ms)}"

  @spec ratio(number) :: String.t()
  def ratio(x), do: :erlang.float_to_binary(x / 1, decimals: if(x < 10, do: 2, else: 1))

  @spec a_second(map | nil) :: String.t()
  def a_second(nil), do: "-"
  def a_second(%{wall: wall}), do: "#{round(1000 / wall)}"

  @spec mib(number) :: String.t()
  def mib(kib), do: "#{round(kib / 1024)}"

  defp memory(nil), do: "-"
  defp memory(%{peak: peak, rest: rest}), do: "#{mib(peak)} (#{mib(rest)})"

  defp bytes(nil), do: "-"
  defp bytes(%{bytes: bytes}), do: "#{bytes}"

  defp told([decoded, lane, slices, longest]), do: [decoded, lane, slices, "#{longest} us"]

  # --- tables

  defp names(peers), do: Enum.map(peers, &Peers.name/1)

  defp table(head, rows) do
    rows = for row <- rows, do: Enum.map(row, &(&1 || "-"))

    widths =
      [head | rows]
      |> Enum.zip_with(fn column -> column |> Enum.map(&String.length/1) |> Enum.max() end)

    rule = Enum.map(widths, &String.duplicate("-", &1))
    Enum.map_join([head, rule | rows], "\n", &line(&1, widths))
  end

  defp line(cells, widths) do
    "| " <> (Enum.zip_with(cells, widths, &String.pad_trailing/2) |> Enum.join(" | ")) <> " |"
  end

  # --- where

  defp machine(peers) do
    """
    #{Date.utc_today()}, #{Machine.cpu()}, #{System.schedulers_online()} cores, #{Machine.os()}.
    #{Enum.map_join(peers -- [:core], "; ", &Peers.version/1)}.
    """
    |> String.trim()
  end
end
