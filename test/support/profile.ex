defmodule Thumbelina.Test.Profile do
  @moduledoc "ICC profiles by the book: of a matrix and a curve, or of grey and a curve."

  @doc "Display P3: its primaries under D50, the curve of sRGB."
  def display_p3 do
    rgb({0.51512, 0.24120, -0.00105}, {0.29198, 0.69225, 0.04189}, {0.15710, 0.06657, 0.78407})
  end

  @red {0.43607, 0.22249, 0.01392}
  @green {0.38515, 0.71687, 0.09708}
  @blue {0.14307, 0.06061, 0.71410}

  def srgb, do: rgb(@red, @green, @blue)

  @doc "sRGB with the primaries of red and green in each other's place: who applies it swaps the two."
  def swapped, do: rgb(@green, @red, @blue)

  def grey(gamma), do: profile("GRAY", [{"kTRC", para(0, [gamma])}])

  @doc "Of a scanner of inks: one table, as such a profile needs no more, of what each of the 16 corners looks like."
  def inks do
    corners = for c <- 0..1, m <- 0..1, y <- 0..1, k <- 0..1, into: <<>>, do: seen(c, m, y, 1 - k)
    ends = <<0, 0, 255, 255>>
    identity = for i <- 0..8, into: <<>>, do: fixed(if rem(i, 4) == 0, do: 1, else: 0)
    head = <<"mft2", 0::32, 4, 3, 2, 0>> <> identity <> <<2::16, 2::16>>
    table = head <> :binary.copy(ends, 4) <> corners <> :binary.copy(ends, 3)
    profile("CMYK", [{"A2B0", table}], "scnr", "Lab ")
  end

  # L*, a* and b*, as a table of 16 bits has them; all inks are black.
  defp seen(c, m, y, light) do
    for x <- [
          0xFF00 * light * (10 - 3 * c - 4 * m - 3 * y) / 10,
          0x8000 + 0x2000 * light * (m - c),
          0x8000 + 0x3000 * light * (y - m)
        ],
        into: <<>>,
        do: <<round(x)::16>>
  end

  defp rgb(r, g, b) do
    curve = para(3, [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045])
    colours = for {name, xyz} <- [{"rXYZ", r}, {"gXYZ", g}, {"bXYZ", b}], do: {name, xyz(xyz)}
    profile("RGB ", colours ++ for(name <- ["rTRC", "gTRC", "bTRC"], do: {name, curve}))
  end

  defp para(type, parameters) do
    <<"para", 0::32, type::16, 0::16>> <> for(p <- parameters, into: <<>>, do: fixed(p))
  end

  defp xyz({x, y, z}), do: <<"XYZ ", 0::32>> <> fixed(x) <> fixed(y) <> fixed(z)
  defp fixed(x), do: <<round(x * 65_536)::32>>

  defp description(text) do
    utf16 = :unicode.characters_to_binary(text, :utf8, :utf16)
    <<"mluc", 0::32, 1::32, 12::32, "enUS", byte_size(utf16)::32, 28::32>> <> utf16
  end

  defp profile(space, tags, class \\ "mntr", connection \\ "XYZ ") do
    tags = [{"desc", description("Of the tests")}, {"wtpt", xyz({0.9642, 1, 0.8249})} | tags]
    start = 128 + 4 + 12 * length(tags)

    {table, data} =
      Enum.reduce(tags, {<<length(tags)::32>>, <<>>}, fn {name, tag}, {table, data} ->
        padded = tag <> :binary.copy(<<0>>, rem(4 - rem(byte_size(tag), 4), 4))
        entry = <<name::binary, start + byte_size(data)::32, byte_size(tag)::32>>
        {table <> entry, data <> padded}
      end)

    head =
      <<start + byte_size(data)::32, 0::32, 0x04300000::32, class::binary, space::binary,
        connection::binary, 0::96, "acsp">>

    light = fixed(0.9642) <> fixed(1) <> fixed(0.8249)
    padding = :binary.copy(<<0>>, 68 - byte_size(head))
    head <> padding <> light <> :binary.copy(<<0>>, 48) <> table <> data
  end
end
