defmodule Thumbelina.PathsTest do
  # A picture may come by our own decoders or by libvips: what comes out is the same, with any number of neighbours.
  use ExUnit.Case, async: true

  alias Thumbelina.Error
  alias Thumbelina.Test.{Outside, Picture, PNG, Profile, Samples}

  @moduletag :foreign
  @widths [15, 40, 61, 99, 120, 200]

  defp open(bytes), do: Thumbelina.from_binary(bytes, formats: :all)
  defp at(bytes, width), do: bytes |> open() |> Thumbelina.resize(width) |> Samples.pixels()

  # Worst difference of samples at each width, from one source and from others of the same pixels.
  defp assert_agree(direct, others, most) do
    for width <- @widths, {name, other} <- others do
      distance = Picture.distance(at(direct, width), at(other, width))
      assert {name, width, distance <= most, distance} == {name, width, true, distance}
    end
  end

  test "a PNG, and a TIFF, a PPM, a JPEG XL and a JPEG 2000 of the same pixels" do
    png = 120 |> Picture.scene(90) |> PNG.encode()

    others =
      for {f, args} <- [tiff: [], ppm: [], jxl: ["-d", "0"], jp2: []],
          do: {f, Outside.make(png, f, args)}

    assert_agree(png, others, 0)
    clear = 120 |> Picture.scene(90, 4) |> PNG.encode()
    assert_agree(clear, for(f <- [:tiff, :jp2], do: {f, Outside.make(clear, f)}), 0)
  end

  # Where libjpeg does not shrink it first, which libvips' way has no part in.
  test "a JPEG, and what libvips decodes of it" do
    jpeg = Outside.encode(Picture.scene(120, 90), :jpeg, ["-quality", "90"])
    decoded = Outside.convert(jpeg, "vips", &["copy", &1, &2], {".jpg", ".ppm"})

    for width <- @widths do
      image = jpeg |> open() |> Thumbelina.resize(width)
      {ours, theirs} = {Samples.pixels(image), at(decoded, width)}

      if Thumbelina.explain!(image, format: :png).shrink == 1,
        do: assert(Picture.distance(ours, theirs) <= 1)

      assert Picture.psnr(ours, theirs) > 38
    end
  end

  test "likewise turned by EXIF" do
    png = 120 |> Picture.scene(90) |> PNG.encode()

    for {orientation, name} <- [{3, "BottomRight"}, {6, "RightTop"}, {8, "LeftBottom"}] do
      assert_agree(
        Samples.oriented(png, orientation),
        [{name, Outside.make(png, :tiff, ["-orient", name])}],
        0
      )
    end
  end

  test "likewise with a profile" do
    chunk = {"iCCP", "name\0\0" <> :zlib.compress(Profile.display_p3())}
    png = 120 |> Picture.scene(90) |> PNG.encode(chunks: [chunk])
    assert_agree(png, [tiff: Outside.make(png, :tiff)], 0)
  end

  # --- neighbours

  defp jobs do
    picture = Picture.scene(60, 45)
    png = PNG.encode(picture)
    tiff = Samples.bytes(picture, :tiff)
    heif = Samples.bytes(picture, :heif)

    svg =
      ~s(<svg xmlns="http://www.w3.org/2000/svg" width="60" height="45"><circle r="30" fill="#08f"/></svg>)

    [
      fn -> made(png, 30, :avif) end,
      fn -> made(png, 40, :tiff) end,
      fn -> made(heif, 30, :webp) end,
      fn -> made(tiff, 50, :jxl) end,
      fn -> made(svg, 90, :png) end,
      fn -> made(png, 20, :jpeg) end,
      fn -> made(tiff, 33, :gif) end,
      fn -> made(binary_part(heif, 0, 300), 30, :png) end,
      fn -> made(binary_part(tiff, 0, 500), 30, :png) end,
      fn -> made("%PDF-1.4 that is none", 30, :png) end
    ]
  end

  # The errors, too: nobody is told what another's picture lacks.
  defp made(bytes, width, format) do
    case bytes |> open() |> Thumbelina.resize(width) |> Thumbelina.to_binary(format) do
      {:ok, bytes} -> bytes
      {:error, %Error{} = error} -> Exception.message(error)
    end
  end

  test "any number of neighbours, of any format, and the same bytes and errors" do
    jobs = jobs()
    alone = for job <- jobs, do: job.()
    both = Enum.zip(jobs, alone)

    assert alone |> Enum.take(-3) |> Enum.map(&hd(String.split(&1, ":"))) == [
             "heif",
             "tiff",
             "pdf"
           ]

    for count <- [1, 4, 16] do
      turns =
        for n <- 1..count, {tail, head} = Enum.split(both, rem(n, length(both))), do: head ++ tail

      work = fn turn -> for {job, expected} <- turn, do: job.() == expected end
      same = turns |> Enum.map(&Task.async(fn -> work.(&1) end)) |> Task.await_many(120_000)
      assert same |> List.flatten() |> Enum.all?()
    end
  end
end
