defmodule Thumbelina.Test.Heavy do
  @moduledoc "Small files that give libvips seconds of work; the benchmarks use them too."

  @doc "A TIFF of 20000 x 36000 pixels: grey, deflated, in 12 strips which are all the same one."
  def tiff do
    strip = :zlib.compress(:binary.copy(<<7, 99, 4>>, 20_000_000))
    list = &for(_ <- 1..12, into: <<>>, do: <<&1::32-little>>)
    at = 8 + byte_size(strip)
    one = [{256, 20_000}, {257, 36_000}, {258, 8}, {259, 8}, {262, 1}, {277, 1}, {278, 3000}]

    fields =
      Enum.sort(for({tag, n} <- one, do: {tag, 1, n}) ++ [{273, 12, at}, {279, 12, at + 48}])

    IO.iodata_to_binary([
      <<"II", 42::16-little, at + 96::32-little>>,
      [strip, list.(8), list.(byte_size(strip)), <<length(fields)::16-little>>],
      for(
        {tag, n, v} <- fields,
        do: <<tag::16-little, 4::16-little, n::32-little, v::32-little>>
      ),
      <<0::32>>
    ])
  end

  @doc "A square SVG of so many filters: cheap to write, dear to draw."
  def svg(side, filters \\ 30) do
    rect = ~s(<rect width="100%" height="100%" filter="url(#f\)" opacity="0.3"/>)

    ~s(<svg xmlns="http://www.w3.org/2000/svg" width="#{side}" height="#{side}"><filter id="f">) <>
      ~s(<feTurbulence baseFrequency="0.05" numOctaves="9"/><feGaussianBlur stdDeviation="60"/>) <>
      ~s(</filter>#{String.duplicate(rect, filters)}</svg>)
  end
end
