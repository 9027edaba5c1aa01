defmodule Thumbelina.Test.Adam7 do
  @moduledoc "Writes interlaced PNG, the plainest way."

  alias Thumbelina.Test.{Picture, PNG}

  # First column and row, and how far apart they are.
  @passes [{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}] ++
            [{0, 1, 1, 2}]

  def encode(%Picture{} = picture) do
    <<before::binary-28, _interlace, _sum::32, rest::binary>> = PNG.encode(picture)
    <<size::32, "IDAT", _::binary-size(size), _::32, iend::binary>> = rest
    <<_::binary-12, ihdr::binary-16>> = before

    IO.iodata_to_binary([
      before,
      [1, <<:erlang.crc32([ihdr, 1])::32>>],
      chunk("IDAT", :zlib.compress(Enum.map(@passes, &pass(picture, &1)))),
      iend
    ])
  end

  defp pass(%{width: width, height: height} = picture, {x, y, dx, dy}) do
    for row <- every(y, dy, height), x < width do
      [0 | for(column <- every(x, dx, width), do: Picture.at(picture, column, row))]
    end
  end

  defp every(first, step, count) when first < count, do: first..(count - 1)//step
  defp every(_, _, _), do: []

  defp chunk(name, data),
    do: [<<byte_size(data)::32>>, name, data, <<:erlang.crc32([name, data])::32>>]
end
