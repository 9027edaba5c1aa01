defmodule Thumbelina.FidelityTest do
  # A thumbnail is made of as little of the JPEG as will do. That it does is judged by the
  # same thumbnail of all of it.
  use ExUnit.Case, async: true

  alias Thumbelina.Test.{Outside, Picture, PNG, Samples}
  import Thumbelina.Test.Samples, only: [pixels: 1]

  @examples Path.expand("../../examples", __DIR__)

  defp whole(path) do
    path |> File.read!() |> Outside.decode(:jpeg) |> PNG.encode() |> Thumbelina.from_binary()
  end

  defp as_jpeg(image, chroma \\ 420) do
    image |> Thumbelina.to_binary!(:jpeg, quality: 97, chroma: chroma) |> Outside.decode(:jpeg)
  end

  test "thumbnails by shrinking on load are 38 dB and more from those of the whole picture" do
    for name <- ["lake.jpg", "moon.jpg"] do
      path = Path.join(@examples, name)
      whole = whole(path)

      for width <- [40, 90, 150, 210, 320] do
        small = path |> Thumbelina.open(orient: false) |> Thumbelina.resize(width)
        {:ok, plan} = Thumbelina.explain(small)
        assert plan.shrink > 1
        psnr = Picture.psnr(pixels(small), whole |> Thumbelina.resize(width) |> pixels())
        assert psnr >= 38, "#{name} at #{width}, shrunk by #{plan.shrink}: #{psnr} dB"
      end
    end
  end

  test "so are those of strips, of few blocks of which the last is not full" do
    for thick <- [3, 5, 9, 17, 21, 33, 65], across <- [true, false], sampling <- ~w(1x1 2x2) do
      {width, height} = if across, do: {thick, 640}, else: {640, thick}

      strip =
        Picture.new(width, height, 3, fn x, y ->
          {at, along} = if across, do: {x, y}, else: {y, x}
          light = 20 + div(210 * at, thick - 1)
          <<light, 250 - light, div(along, 4)>>
        end)

      jpeg = Outside.encode(strip, :jpeg, ["-quality", "95", "-sample", sampling])
      whole = jpeg |> Outside.decode(:jpeg) |> PNG.encode()

      # Of 2x2, half of the colour is kept, and of an odd size the last of it is of fewer pixels.
      for side <- [16, 40], format <- if(sampling == "1x1", do: [:png, :jpeg], else: [:png]) do
        small = &(&1 |> Thumbelina.from_binary() |> Thumbelina.thumbnail({side, side}))
        seen = &if(format == :png, do: pixels(small.(&1)), else: as_jpeg(small.(&1), 444))
        psnr = Picture.psnr(seen.(jpeg), seen.(whole))
        assert psnr >= 38, "#{width}x#{height} at #{side}, #{sampling}, #{format}: #{psnr} dB"
      end
    end
  end

  test "likewise from JPEG to JPEG, where less of it is decoded" do
    for name <- ["lake.jpg", "moon.jpg"] do
      path = Path.join(@examples, name)
      whole = whole(path)

      for width <- [40, 70, 113, 150, 210, 320] do
        small = path |> Thumbelina.open(orient: false) |> Thumbelina.resize(width)
        psnr = Picture.psnr(as_jpeg(small), as_jpeg(Thumbelina.resize(whole, width)))
        assert psnr >= 38, "#{name} at #{width}: #{psnr} dB"
      end
    end
  end

  # Of JPEG and WebP, half of the colour is kept: of what is large, not of what it was made from.
  test "what was small is as colourful when it is large, whatever it becomes" do
    squares =
      Picture.new(128, 128, 3, fn x, y ->
        if rem(div(x, 8) + div(y, 8), 2) == 0, do: <<200, 60, 60>>, else: <<60, 60, 200>>
      end)

    jpeg = Outside.encode(squares, :jpeg, ~w(-quality 95 -sample 1x1))
    whole = squares |> PNG.encode() |> Thumbelina.from_binary()

    for small <- [&Thumbelina.resize(&1, 32), &Thumbelina.resize(&1, 32, 128, fit: :fill)],
        format <- [:jpeg, :webp] do
      seen = fn image ->
        large = image |> small.() |> Thumbelina.resize(256, 256, fit: :fill)
        large |> Thumbelina.to_binary!(format, quality: 95) |> Outside.decode(format)
      end

      assert Picture.psnr(seen.(Thumbelina.from_binary(jpeg)), seen.(whole)) >= 34
    end
  end

  # Grey that is cut out, and colour as bright as it beside it.
  test "what a crop leaves out does not colour what it keeps, however small that becomes" do
    for sampling <- ~w(1x1 2x1 1x2 2x2 4x1 1x4),
        size <- [321, 324, 328],
        across <- [true, false],
        first <- [0, 480 - size] do
      grey = first..(first + size - 1)

      long =
        &Picture.new(&1, &2, 3, fn x, y ->
          if if(across, do: x, else: y) in grey, do: <<128, 128, 128>>, else: <<220, 96, 50>>
        end)

      picture = if across, do: long.(480, 64), else: long.(64, 480)
      {x, y, width, height} = if across, do: {first, 0, size, 64}, else: {0, first, 64, size}
      jpeg = Outside.encode(picture, :jpeg, ["-quality", "98", "-sample", sampling])
      whole = jpeg |> Outside.decode(:jpeg) |> PNG.encode()

      for part <- [2.1, 3.3, 7, 21], format <- [:jpeg, :png] do
        seen = fn bytes ->
          bytes
          |> Thumbelina.from_binary()
          |> Thumbelina.crop(x, y, width, height)
          |> Thumbelina.resize(ceil(width / part), ceil(height / part), fit: :fill)
          |> Thumbelina.to_binary!(format, if(format == :jpeg, do: [quality: 95], else: []))
          |> then(&if(format == :jpeg, do: Outside.decode(&1, :jpeg), else: PNG.decode(&1)))
        end

        apart = Picture.distance(seen.(jpeg), seen.(whole))
        assert apart <= 10, "#{sampling}, #{size} at #{first}, 1/#{part} as #{format}: #{apart}"
      end
    end
  end

  test "thumbnails of JPEGs that store little colour are 34 dB from those of the whole picture" do
    squares =
      Picture.new(640, 480, 3, fn x, y ->
        if rem(div(x, 40) + div(y, 40), 2) == 0, do: <<200, 60, 60>>, else: <<60, 60, 200>>
      end)

    for sampling <- ~w(1x1 2x1 2x2 1x2 3x1 4x1 1x4 4x2) do
      jpeg = Outside.encode(squares, :jpeg, ["-quality", "90", "-sample", sampling])
      whole = jpeg |> Outside.decode(:jpeg) |> PNG.encode()

      for width <- [25, 50, 100, 200] do
        seen = &(&1 |> Thumbelina.from_binary() |> Thumbelina.resize(width) |> pixels())
        psnr = Picture.psnr(seen.(jpeg), seen.(whole))
        assert psnr >= 34, "#{sampling} at #{width}: #{psnr} dB"
      end
    end
  end

  test "grey before a shrink is grey after it, and the decoder shrinks as much" do
    lake = Thumbelina.open(Path.join(@examples, "lake.jpg"))
    shrink = &(&1 |> Thumbelina.explain() |> elem(1) |> Map.fetch!(:shrink))

    for width <- [90, 300, 1000] do
      before =
        lake |> Thumbelina.greyscale() |> Thumbelina.flip(:vertical) |> Thumbelina.resize(width)

      behind =
        lake |> Thumbelina.flip(:vertical) |> Thumbelina.resize(width) |> Thumbelina.greyscale()

      assert shrink.(before) == shrink.(behind)
      assert Picture.psnr(pixels(before), pixels(behind)) > 50
    end
  end

  # Where colours are at their ends, a kernel overshoots in each by itself.
  test "grey of colours at their ends is shrunk as grey, whatever the format" do
    stripes = [<<255, 0, 0>>, <<0, 255, 255>>, <<0, 0, 255>>, <<255, 255, 0>>]
    picture = Picture.new(256, 256, 3, &Enum.at(stripes, rem(div(&1, 5) + div(&2, 7), 4)))

    for format <- [:jpeg, :png], width <- [100, 200] do
      open = picture |> Samples.bytes(format) |> Thumbelina.from_binary()
      grey = open |> Thumbelina.greyscale() |> pixels() |> Samples.image()
      made = open |> Thumbelina.greyscale() |> Thumbelina.resize(width) |> pixels()
      assert made == grey |> Thumbelina.resize(width) |> pixels()
    end
  end

  # Grain a little larger than a thumbnail's pixels: the worst there is for a box filter.
  test "a beach is 38 dB from itself, too" do
    {:ok, sand} =
      Picture.noise(350, 250)
      |> PNG.encode()
      |> Thumbelina.from_binary()
      |> Thumbelina.resize(1400)
      |> Thumbelina.run(format: :jpeg, quality: 90)

    whole = Thumbelina.run!(sand, format: :png)

    for width <- [58, 86, 120] do
      small = &(&1 |> Thumbelina.resize(width) |> pixels())
      psnr = Picture.psnr(small.(sand), small.(whole))
      assert psnr >= 38, "at #{width}: #{psnr} dB"
    end
  end
end
