defmodule Thumbelina.FidelityTest do
  # A thumbnail is made of as little of the JPEG as will do. That it does is judged by the
  # same thumbnail of all of it.
  use ExUnit.Case, async: true

  alias Thumbelina.Test.{Outside, Picture, PNG}
  import Thumbelina.Test.Samples, only: [pixels: 1]

  @examples Path.expand("../../examples", __DIR__)

  defp whole(path) do
    path |> File.read!() |> Outside.decode(:jpeg) |> PNG.encode() |> Thumbelina.from_binary()
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

  test "likewise from JPEG to JPEG, where less of it is decoded" do
    jpeg = &(&1 |> Thumbelina.to_binary!(:jpeg, quality: 97) |> Outside.decode(:jpeg))

    for name <- ["lake.jpg", "moon.jpg"] do
      path = Path.join(@examples, name)
      whole = whole(path)

      for width <- [40, 70, 113, 150, 210, 320] do
        small = path |> Thumbelina.open(orient: false) |> Thumbelina.resize(width)
        psnr = Picture.psnr(jpeg.(small), jpeg.(Thumbelina.resize(whole, width)))
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

  test "grey before a shrink is grey after it" do
    lake = Thumbelina.open(Path.join(@examples, "lake.jpg"))

    for width <- [90, 300, 1000] do
      before =
        lake |> Thumbelina.greyscale() |> Thumbelina.flip(:vertical) |> Thumbelina.resize(width)

      behind =
        lake |> Thumbelina.flip(:vertical) |> Thumbelina.resize(width) |> Thumbelina.greyscale()

      assert pixels(before) == pixels(behind)
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
