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

  defp profile(space, tags) do
    tags = [{"desc", description("Of the tests")}, {"wtpt", xyz({0.9642, 1, 0.8249})} | tags]
    start = 128 + 4 + 12 * length(tags)

    {table, data} =
      Enum.reduce(tags, {<<length(tags)::32>>, <<>>}, fn {name, tag}, {table, data} ->
        padded = tag <> :binary.copy(<<0>>, rem(4 - rem(byte_size(tag), 4), 4))
        entry = <<name::binary, start + byte_size(data)::32, byte_size(tag)::32>>
        {table <> entry, data <> padded}
      end)

    head =
      <<start + byte_size(data)::32, 0::32, 0x04300000::32, "mntr", space::binary, "XYZ ", 0::96,
        "acsp">>

    light = fixed(0.9642) <> fixed(1) <> fixed(0.8249)
    padding = :binary.copy(<<0>>, 68 - byte_size(head))
    head <> padding <> light <> :binary.copy(<<0>>, 48) <> table <> data
  end
end
