# demo.exs - makes pictures of pictures, says what each cost, and lays all on one sheet.
# Run by `make demo` and `make demo PICTURE=me.jpg`.

defmodule Demo do
  import Thumbelina

  @dir "_build/demo"

  def main(pictures) do
    File.rm_rf!(@dir)
    File.mkdir_p!(@dir)
    images = pictures |> jobs() |> Enum.map(&make/1)
    IO.puts(["\n", table(images), "\n"])
    sheet = Path.join(@dir, "contact-sheet.png")
    Sheet.write(Enum.map(images, & &1.path), sheet)
    IO.puts("#{length(images)} pictures in #{@dir}/, all of them on one sheet: #{sheet}")
  end

  # {the new file, how to make it}: nothing is read yet.
  defp jobs([]) do
    lake = open("examples/lake.jpg")
    moon = open("examples/moon.jpg")
    marbles = open("examples/marbles.webp")
    tulip = open("examples/tulip.png")

    [
      {"lake-thumbnail.jpg", lake |> thumbnail("300x300")},
      {"lake-avatar.jpg", lake |> resize("64x64")},
      {"lake-banner.jpg", lake |> resize("600x200")},
      {"lake-grey.jpg", lake |> thumbnail(300) |> greyscale()},
      {"lake-blurred.webp", lake |> thumbnail(300) |> blur(4)},
      {"moon-upright.jpg", moon |> thumbnail("300x300")},
      {"moon-brighter.jpg", moon |> thumbnail("300x300") |> brighten(40)},
      {"marbles.jpg", marbles |> thumbnail("300x300")},
      {"marbles-cropped.png", marbles |> crop(700, 380, 420, 420) |> resize(200)},
      {"marbles-turned.webp", marbles |> thumbnail(300) |> rotate(90)},
      {"tulip.png", tulip |> thumbnail("300x300")},
      {"tulip-on-blue.jpg",
       tulip |> resize("300x300", fit: :contain) |> encode(:jpeg, background: "#cfe3f5")}
    ]
  end

  defp jobs([picture]) do
    image = open(picture)

    [
      {"thumbnail.jpg", image |> thumbnail("300x300")},
      {"avatar.jpg", image |> resize("64x64")},
      {"banner.jpg", image |> resize("600x200")},
      {"square.png", image |> resize("200x200")},
      {"grey.jpg", image |> thumbnail(300) |> greyscale()},
      {"blurred.webp", image |> thumbnail(300) |> blur(4)},
      {"turned.jpg", image |> thumbnail(300) |> rotate(90)},
      {"brighter.jpg", image |> thumbnail(300) |> brighten(40)}
    ]
  end

  defp make({file, image}) do
    path = Path.join(@dir, file)

    case write(image, path, measure: true) do
      {:ok, made} -> %{path: path, recipe: recipe(image), stats: made.stats}
      {:error, error} -> stop(image, error)
    end
  end

  defp stop(image, error) do
    IO.puts(:stderr, "#{inspect(image)}: #{Exception.message(error)}")
    System.halt(1)
  end

  # An image prints as the code that makes it.
  defp recipe(image) do
    code = image |> inspect(width: :infinity) |> String.replace("Thumbelina.", "")
    Regex.replace(~r/^open\("(?:.*\/)?(.*?)"\)/, code, "\\1")
  end

  # --- the table

  @head ["new file", "pixels", "KB", "lane", "slices", "longest", "CPU", "recipe"]

  defp table(images) do
    rows = [@head | Enum.map(images, &row/1)]

    widths =
      Enum.zip_with(rows, fn column -> column |> Enum.map(&String.length/1) |> Enum.max() end)

    Enum.map_join(rows, "\n", fn row ->
      row |> Enum.zip(widths) |> Enum.map_join("  ", &pad/1) |> String.trim_trailing()
    end)
  end

  defp pad({text, width}), do: String.pad_trailing(text, width)

  defp row(%{path: path, recipe: recipe, stats: s}) do
    [
      Path.basename(path),
      "#{s.width}x#{s.height} -> #{s.width_out}x#{s.height_out}",
      "#{kb(s.bytes_in)} -> #{kb(s.bytes_out)}",
      "#{s.lane}",
      "#{s.slices}",
      "#{ms(s.longest_slice)} ms",
      "#{ms(s.cpu)} ms",
      recipe
    ]
  end

  defp kb(bytes), do: :erlang.float_to_binary(bytes / 1000, decimals: 1)
  defp ms(us), do: :erlang.float_to_binary(us / 1000, decimals: 2)
end

defmodule Sheet do
  # Lays pictures side by side. Thumbelina makes tiles of equal size, as PNG that is neither
  # compressed nor filtered: their rows can be cut and joined as they are.

  @tile 220
  @gap 12
  @columns 4
  @paper <<0xF2, 0xF2, 0xF2>>

  def write(paths, to) do
    bands = paths |> Enum.map(&tile/1) |> Enum.chunk_every(@columns) |> Enum.map(&band/1)
    rows = [space() | Enum.flat_map(bands, &(&1 ++ [space()]))] |> List.flatten()
    {:ok, _} = rows |> png() |> Thumbelina.from_binary() |> Thumbelina.write(to)
  end

  defp tile(path) do
    path
    |> Thumbelina.open()
    |> Thumbelina.resize("#{@tile}x#{@tile}",
      fit: :contain,
      enlarge: false,
      background: @paper |> colour()
    )
    |> Thumbelina.to_binary!(:jpeg, quality: 95, chroma: 444, background: colour(@paper))
    |> Thumbelina.from_binary()
    |> Thumbelina.to_binary!(:png, level: 0, filter: :none)
    |> rows()
  end

  defp colour(<<r, g, b>>), do: {r, g, b}

  # --- a row of tiles is a list of rows of pixels

  defp band(tiles) do
    missing = List.duplicate(List.duplicate(run(@tile), @tile), @columns - length(tiles))

    Enum.zip_with(tiles ++ missing, fn rows ->
      IO.iodata_to_binary([run(@gap) | Enum.map(rows, &[&1, run(@gap)])])
    end)
  end

  defp space, do: List.duplicate(run(width()), @gap)
  defp width, do: @columns * (@tile + @gap) + @gap
  defp run(pixels), do: String.duplicate(@paper, pixels)

  # --- PNG: 8 bits, grey or RGB, no filter

  defp rows(<<137, "PNG\r\n", 26, 10, chunks::binary>>) do
    chunks = chunks(chunks)
    {"IHDR", <<width::32, _::32, 8, type, 0, 0, 0>>} = hd(chunks)
    channels = %{0 => 1, 2 => 3}[type]
    pixels = for {"IDAT", data} <- chunks, into: "", do: data
    line = width * channels
    for <<0, row::binary-size(line) <- :zlib.uncompress(pixels)>>, do: rgb(row, channels)
  end

  defp rgb(row, 3), do: row
  defp rgb(row, 1), do: for(<<g <- row>>, into: "", do: <<g, g, g>>)

  defp chunks(<<size::32, name::binary-4, data::binary-size(size), _crc::32, rest::binary>>) do
    [{name, data} | chunks(rest)]
  end

  defp chunks(""), do: []

  defp png(rows) do
    header = <<width()::32, length(rows)::32, 8, 2, 0, 0, 0>>
    pixels = rows |> Enum.map(&[0, &1]) |> :zlib.compress()

    <<137, "PNG\r\n", 26, 10>> <>
      chunk("IHDR", header) <> chunk("IDAT", pixels) <> chunk("IEND", "")
  end

  defp chunk(name, data) do
    <<byte_size(data)::32, name::binary, data::binary, :erlang.crc32([name, data])::32>>
  end
end

Demo.main(System.argv())
