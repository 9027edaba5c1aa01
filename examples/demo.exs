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
       tulip |> resize("300x300", fit: :contain) |> encode(:jpeg, background: "#cfe3f5")},
      {"lake-rounded.png", lake |> resize("300x200") |> round(24)},
      {"moon-circle.png", moon |> circle() |> resize(200)},
      {"lake-marked.jpg",
       lake
       |> thumbnail(300)
       |> composite(thumbnail(tulip, 90), gravity: :south_east, x: 8, y: 8, opacity: 0.8)},
      {"lake-sepia.jpg", lake |> thumbnail(300) |> sepia() |> contrast(1.1)},
      {"marbles-vivid.jpg", marbles |> thumbnail(300) |> modulate(saturation: 1.6, hue: 40)},
      {"marbles-pixels.png", marbles |> thumbnail(300) |> pixelate(12)},
      {"moon-negative.jpg", moon |> thumbnail("300x300") |> normalise() |> invert()},
      {"tulip-trimmed.webp", tulip |> trim() |> thumbnail("300x300") |> sharpen()}
    ] ++ by_libvips(lake, moon, tulip)
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
      {"brighter.jpg", image |> thumbnail(300) |> brighten(40)},
      {"rounded.png", image |> resize("300x200") |> round(24)},
      {"sepia.jpg", image |> thumbnail(300) |> sepia()},
      {"vivid.jpg", image |> thumbnail(300) |> modulate(saturation: 1.5)},
      {"sharper.jpg", image |> thumbnail(300) |> sharpen()}
    ]
  end

  # Where this build has it.
  defp by_libvips(lake, moon, tulip) do
    title = [font: "sans bold", size: 28, colour: :white, shadow: true]

    if :gif in capabilities().read,
      do: [
        {"lake-portrait.jpg", lake |> resize("200x300", gravity: :attention)},
        {"lake-titled.jpg",
         lake |> thumbnail(300) |> text("The lake", title ++ [gravity: :south_east, x: 10, y: 10])},
        {"moon-contrast.jpg", moon |> thumbnail("300x300") |> clahe()},
        {"tulip-leaning.png", tulip |> thumbnail("200x300") |> rotate(15)}
      ],
      else: []
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
    Regex.replace(~r/open\("(?:[^"]*\/)?([^"]*)"\)/, code, "\\1")
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
  # Lays pictures side by side: each row is its first picture on a wider canvas, with the others
  # laid on it; and so are the rows below each other.

  import Thumbelina

  @tile 220
  @gap 12
  @columns 4
  @paper {0xF2, 0xF2, 0xF2}

  def write(paths, to) do
    [first | rest] = paths |> Enum.map(&tile/1) |> Enum.chunk_every(@columns) |> Enum.map(&row/1)

    first
    |> extend(bottom: length(rest) * (@tile + @gap), background: @paper)
    |> lay(rest, :y)
    |> Thumbelina.write!(to)
  end

  defp tile(path) do
    path
    |> open()
    |> resize({@tile, @tile}, fit: :contain, enlarge: false, background: @paper)
    |> flatten(background: @paper)
    |> run!(format: :png, level: 1)
  end

  defp row([first | rest]) do
    first
    |> extend(
      left: @gap,
      top: @gap,
      bottom: @gap,
      right: @gap + (@columns - 1) * (@tile + @gap),
      background: @paper
    )
    |> lay(Enum.map(rest, &extend(&1, left: @gap, top: @gap, background: @paper)), :x)
    |> run!(format: :png, level: 1)
  end

  defp lay(image, others, axis) do
    for {other, n} <- Enum.with_index(others, 1), reduce: image do
      image -> composite(image, other, [{axis, n * (@tile + @gap)}, gravity: :north_west])
    end
  end
end

Demo.main(System.argv())
