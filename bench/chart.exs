# chart.exs - CPU times beside Thumbelina's, drawn: a row for each job, a bar for each peer.

defmodule Chart do
  @left 260
  @right 680
  @bar 9
  @gap 10
  @top 64

  # Where the scale, which is logarithmic, ends; and what it shows.
  @least 0.25
  @most 256
  @marks [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256]

  # Seen on white and on black, as is the grey of the text where nobody says which.
  @colours %{
    vips: "#3b82d0",
    sharp: "#2e9e6b",
    pillow: "#c98a1b",
    magick: "#b65fc4",
    mogrify: "#d8556a"
  }

  @spec svg([tuple], [atom]) :: String.t()
  def svg(rows, peers) do
    peers = Enum.filter(peers, &@colours[&1])
    height = length(peers) * @bar + @gap
    bottom = @top + length(rows) * height

    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 #{@right + 90} #{bottom + 10}" font-family="sans-serif" font-size="12">
      <style>
        text { fill: #777 } line { stroke: #8885 } .ours { stroke: #777 } .limit { stroke: #777; stroke-width: 2 }
        @media (prefers-color-scheme: light) { text { fill: #222 } .ours, .limit { stroke: #222 } }
        @media (prefers-color-scheme: dark) { text { fill: #ddd } .ours, .limit { stroke: #ddd } }
      </style>
      <text x="10" y="18" font-size="14">CPU time, in times Thumbelina's (logarithmic): to the right is slower</text>
    #{legend(peers)}
    #{Enum.map_join(@marks, "\n", &mark(&1, bottom))}
    #{rows |> Enum.with_index() |> Enum.map_join("\n", fn {row, n} -> row(row, peers, @top + n * height) end)}
    </svg>
    """
  end

  defp legend(peers) do
    boxes =
      for {peer, n} <- Enum.with_index(peers) do
        x = 10 + 110 * n

        ~s(  <rect x="#{x}" y="27" width="10" height="10" fill="#{@colours[peer]}"/>) <>
          ~s(<text x="#{x + 15}" y="36">#{Peers.name(peer)}</text>)
      end

    x = 10 + 110 * length(peers)

    limit =
      ~s(  <line class="limit" x1="#{x + 4}" x2="#{x + 4}" y1="26" y2="38"/><text x="#{x + 15}" y="36">limit</text>)

    Enum.join(boxes ++ [limit], "\n")
  end

  defp mark(times, bottom) do
    class = if times == 1, do: ~s( class="ours"), else: ""

    ~s(  <line#{class} x1="#{x(times)}" x2="#{x(times)}" y1="#{@top - 6}" y2="#{bottom}"/>) <>
      ~s(<text x="#{x(times)}" y="#{@top - 10}" text-anchor="middle" font-size="10">#{times}</text>)
  end

  defp row({name, what, figures}, peers, y) do
    middle = y + div(length(peers) * @bar, 2) + 4

    bars =
      for {peer, n} <- Enum.with_index(peers), figures[peer] do
        bar(figures[peer].times, @colours[peer], y + n * @bar)
      end

    [label(name, what, middle), bars, limit(figures, y, length(peers) * @bar)]
    |> List.flatten()
    |> Enum.join("\n")
  end

  defp label(name, what, y) do
    what = String.replace(what, "->", "→")

    ~s(  <text x="10" y="#{y}" font-size="11"><tspan font-weight="bold">#{name}</tspan> #{what}</text>)
  end

  defp bar(times, colour, y) do
    {from, to} = Enum.min_max([x(1), x(times)])

    ~s(  <rect x="#{from}" y="#{y}" width="#{Float.round(to - from, 1)}" height="#{@bar - 1}" fill="#{colour}"/>) <>
      ~s(<text x="#{max(to, x(1)) + 4}" y="#{y + 8}" font-size="9">#{Report.ratio(times)}</text>)
  end

  defp limit(%{limit: %{times: times}}, y, height) do
    ~s(  <line class="limit" x1="#{x(times)}" x2="#{x(times)}" y1="#{y}" y2="#{y + height - 1}"/>)
  end

  defp limit(_, _, _), do: []

  defp x(times) do
    part = :math.log(min(max(times, @least), @most) / @least) / :math.log(@most / @least)
    Float.round(@left + part * (@right - @left), 1)
  end
end
