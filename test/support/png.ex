defmodule Thumbelina.Test.PNG do
  @moduledoc "Reads and writes PNG by the book, with nothing but zlib: the judge of the encoder."

  alias Thumbelina.Test.Picture

  @signature <<0x89, "PNG\r\n", 0x1A, "\n">>
  @types %{1 => 0, 2 => 4, 3 => 2, 4 => 6}

  @doc "With the row filter 0..4, and `chunks` as {name, data} before the pixels."
  def encode(%Picture{} = picture, opts \\ []) do
    filter = Keyword.get(opts, :filter, 0)
    header = <<picture.width::32, picture.height::32, 8, @types[picture.channels], 0, 0, 0>>

    IO.iodata_to_binary([
      @signature,
      chunk("IHDR", header),
      Enum.map(Keyword.get(opts, :chunks, []), fn {name, data} -> chunk(name, data) end),
      chunk("IDAT", :zlib.compress(filtered(picture, filter))),
      chunk("IEND", "")
    ])
  end

  @doc "Only what our encoder may write: 8 bits a sample, not interlaced. Raises on any other."
  def decode(<<@signature, rest::binary>>) do
    [{"IHDR", <<width::32, height::32, 8, type, 0, 0, 0>>} | _] = chunks = chunks(rest)
    {"IEND", ""} = List.last(chunks)
    {channels, _} = Enum.find(@types, fn {_, known} -> known == type end)
    rows = :zlib.uncompress(for {"IDAT", data} <- chunks, into: <<>>, do: data)
    ^height = div(byte_size(rows), width * channels + 1)

    %Picture{
      width: width,
      height: height,
      channels: channels,
      pixels: unfiltered(rows, width * channels, channels)
    }
  end

  @doc "All chunks, as {name, data}, their sums checked."
  def chunks(<<@signature, rest::binary>>), do: chunks(rest)

  def chunks(<<size::32, name::binary-4, data::binary-size(size), sum::32, rest::binary>>) do
    ^sum = :erlang.crc32([name, data])
    [{name, data} | chunks(rest)]
  end

  def chunks(""), do: []

  defp chunk(name, data),
    do: [<<byte_size(data)::32>>, name, data, <<:erlang.crc32([name, data])::32>>]

  defp filtered(%{width: width, channels: channels, pixels: pixels}, filter) do
    size = width * channels
    rows = for <<row::binary-size(size) <- pixels>>, do: row

    Enum.zip_with(rows, [zeros(size) | rows], fn row, above ->
      [filter, filter_row(filter, row, above, channels)]
    end)
  end

  # A row beside itself moved right by a pixel, the row above, and that one moved.
  defp filter_row(0, row, _, _), do: row

  defp filter_row(filter, row, above, channels) do
    [row, shifted(row, channels), above, shifted(above, channels)]
    |> Enum.map(&:binary.bin_to_list/1)
    |> Enum.zip_with(fn [x, a, b, c] -> Integer.mod(x - guess(filter, a, b, c), 256) end)
  end

  defp shifted(row, n), do: zeros(n) <> binary_part(row, 0, byte_size(row) - n)
  defp zeros(n), do: :binary.copy(<<0>>, n)

  defp unfiltered(rows, size, channels) do
    {pixels, _} =
      for <<filter, row::binary-size(size) <- rows>>, reduce: {[], zeros(size)} do
        {done, above} ->
          row = unfilter_row(filter, row, above, channels)
          {[done, row], row}
      end

    IO.iodata_to_binary(pixels)
  end

  defp unfilter_row(0, row, _, _), do: row

  defp unfilter_row(filter, row, above, channels) do
    zero = :binary.bin_to_list(zeros(channels))
    pixels = [pixels(row, channels), pixels(above, channels)]

    {row, _} =
      pixels
      |> Enum.zip()
      |> Enum.map_reduce({zero, zero}, fn {pixel, up}, {left, up_left} ->
        pixel =
          Enum.zip_with([pixel, left, up, up_left], fn [x, a, b, c] ->
            rem(x + guess(filter, a, b, c), 256)
          end)

        {pixel, {pixel, up}}
      end)

    IO.iodata_to_binary(row)
  end

  defp pixels(row, channels), do: row |> :binary.bin_to_list() |> Enum.chunk_every(channels)

  # Left, above, above left.
  defp guess(1, a, _, _), do: a
  defp guess(2, _, b, _), do: b
  defp guess(3, a, b, _), do: div(a + b, 2)

  defp guess(4, a, b, c) do
    p = a + b - c
    {pa, pb, pc} = {abs(p - a), abs(p - b), abs(p - c)}

    cond do
      pa <= pb and pa <= pc -> a
      pb <= pc -> b
      true -> c
    end
  end
end
