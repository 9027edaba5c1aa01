defmodule Thumbelina.Formats.Table do
  @moduledoc false

  # What a build can do with each format: as a map, and as the table of the documentation.

  @columns [:animated, :lossless, :alpha, :icc]
  @head ~w(format suffix read written animated lossless alpha ICC by)

  @typedoc "What a build reads and writes; what else is said of it does not count."
  @type can :: %{:read => [atom], :write => [atom], optional(atom) => term}

  @doc "By format, what a build that reads and writes those can do."
  @spec capabilities(keyword(map), can) :: %{atom => map}
  def capabilities(rows, can),
    do: Map.new(rows, fn {name, row} -> {name, able(name, row, can)} end)

  @doc "The same as a table."
  @spec markdown(keyword(map), can) :: String.t()
  def markdown(rows, can) do
    lines = [@head | Enum.map(rows, fn {name, row} -> line(name, row, able(name, row, can)) end)]

    widths =
      Enum.zip_with(lines, fn column -> column |> Enum.map(&String.length/1) |> Enum.max() end)

    [head | body] = Enum.map(lines, &padded(&1, widths))
    rule = "|" <> Enum.map_join(widths, "|", &String.duplicate("-", &1 + 2)) <> "|"
    Enum.join([head, rule | body], "\n")
  end

  defp able(name, row, can) do
    does = for {way, key} <- [read: :read, write: :write], name in can[key], do: way

    @columns
    |> Map.new(fn column -> {column, Enum.filter(row[column], &(&1 in does))} end)
    |> Map.merge(%{read: :read in does, write: :write in does})
  end

  defp line(name, row, able) do
    does = for way <- [:read, :write], able[way], do: way
    read = mark(able.read) <> if able.read and row.default, do: " +", else: ""

    ["`#{inspect(name)}`", Enum.join(row.suffixes, " "), read, mark(able.write)] ++
      Enum.map(@columns, &cell(able[&1], does)) ++ [row.note <> lacks(row.does -- does)]
  end

  defp mark(true), do: "yes"
  defp mark(false), do: ""

  defp cell([], _), do: ""
  defp cell(ways, ways), do: "yes"
  defp cell([:read], _), do: "read"
  defp cell([:write], _), do: "written"

  defp lacks([]), do: ""
  defp lacks([:read]), do: "; this build does not read it"
  defp lacks([:write]), do: "; this build does not write it"
  defp lacks(_), do: "; not by this build"

  defp padded(cells, widths) do
    "| " <> (cells |> Enum.zip_with(widths, &String.pad_trailing/2) |> Enum.join(" | ")) <> " |"
  end
end
