defmodule Thumbelina.FormatsTest do
  use ExUnit.Case, async: true

  alias Thumbelina.Error
  alias Thumbelina.Test.{Outside, Picture, PNG}

  @moduletag :foreign
  doctest Thumbelina.Formats

  @made_outside [:gif, :avif, :heif, :jxl, :jp2, :tiff, :ppm]
  @written [:gif, :avif, :heif, :jxl, :jp2, :tiff]

  # Mean difference of samples.
  defp distance(a, b) do
    assert {a.width, a.height, a.channels} == {b.width, b.height, b.channels}
    pairs = Enum.zip(:binary.bin_to_list(a.pixels), :binary.bin_to_list(b.pixels))
    Enum.sum(for {x, y} <- pairs, do: abs(x - y)) / length(pairs)
  end

  defp decode(bytes, opts \\ []) do
    bytes
    |> Thumbelina.from_binary([formats: :all] ++ opts)
    |> Thumbelina.to_binary!(:png)
    |> PNG.decode()
  end

  defp encode(picture, format, opts \\ []) do
    picture |> PNG.encode() |> Thumbelina.from_binary() |> Thumbelina.to_binary!(format, opts)
  end

  for format <- @made_outside do
    test "#{format}: what others write is read" do
      picture = Picture.smooth(64, 48)
      bytes = Outside.make(picture, unquote(format))
      assert distance(decode(bytes), picture) < most(unquote(format))

      assert {:ok, %{format: unquote(format), width: 64, height: 48}} =
               Thumbelina.info(Thumbelina.from_binary(bytes, formats: [unquote(format)]))
    end
  end

  # 256 colours
  defp most(:gif), do: 8
  defp most(_), do: 3

  for format <- @written do
    test "#{format}: what is written is read by others" do
      picture = Picture.smooth(64, 48)
      read = picture |> encode(unquote(format)) |> Outside.read(unquote(format))
      read = if read.channels == 4, do: decode_rgb(read), else: read
      assert distance(read, picture) < most(unquote(format))
    end

    test "#{format}: any size, and grey, goes there and back" do
      for {width, height} <- [{1, 1}, {2, 1}, {1, 7}, {17, 5}, {33, 70}], channels <- [1, 3, 4] do
        bytes = width |> Picture.smooth(height, channels) |> encode(unquote(format))
        assert {:ok, %{width: ^width, height: ^height}} = Thumbelina.info(bytes_of(bytes))
        assert %{width: ^width, height: ^height} = decode(bytes)
      end
    end
  end

  test "written as what it was, a picture is written as that format is unless told otherwise" do
    for format <- @written do
      bytes = encode(Picture.smooth(32, 24), format)
      image = bytes |> Thumbelina.from_binary(formats: [format]) |> Thumbelina.brighten(9)
      assert Thumbelina.to_binary!(image) == Thumbelina.to_binary!(image, format)
    end
  end

  defp bytes_of(bytes), do: Thumbelina.from_binary(bytes, formats: :all)

  defp decode_rgb(p) do
    pixels = for <<rgb::binary-3, _ <- p.pixels>>, into: <<>>, do: rgb
    %{p | channels: 3, pixels: pixels}
  end

  # JPEG has no alpha, within TIFF either: white is what the same picture is on as JPEG.
  test "a TIFF of JPEG shows what is clear on white" do
    half = fn x -> if x < 32, do: <<200, 60, 90, 0>>, else: <<0, 0, 0, 128>> end

    for {channels, cut} <- [{4, 0}, {2, 2}] do
      picture = Picture.new(64, 48, channels, fn x, _ -> binary_part(half.(x), cut, channels) end)

      for read <- [&Outside.read(&1, :tiff), &decode/1] do
        made = picture |> encode(:tiff, compression: :jpeg, quality: 95) |> read.()
        assert made.channels in [1, 3]
        for <<v <- Picture.at(made, 10, 10)>>, do: assert_in_delta(v, 255, 3)
        for <<v <- Picture.at(made, 50, 40)>>, do: assert_in_delta(v, 127, 3)
      end

      kept = picture |> encode(:tiff) |> decode()
      assert kept.channels == channels
    end
  end

  test "an SVG and a PDF are drawn" do
    svg =
      ~s(<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10">) <>
        ~s(<rect width="10" height="10" fill="#f00"/></svg>)

    drawn = decode(svg)
    assert {drawn.width, drawn.height, drawn.channels} == {20, 10, 4}
    assert Picture.at(drawn, 4, 5) == <<255, 0, 0, 255>>
    assert <<_, _, _, 0>> = Picture.at(drawn, 15, 5)
  end

  test "an SVG is drawn at the size that is wanted" do
    svg =
      ~s(<svg xmlns="http://www.w3.org/2000/svg" width="20.4" height="10.2" viewBox="0 0 20 10">) <>
        ~s(<rect width="10" height="10" fill="#f00"/></svg>)

    image = Thumbelina.from_binary(svg, formats: :all)

    assert {:ok, %{stages: [{:libvips, 800, 400, 4}, _]}} =
             drawn = image |> Thumbelina.resize(800) |> Thumbelina.explain(format: :png)

    assert elem(drawn, 1).width_out == 800

    large = image |> Thumbelina.resize(800) |> Thumbelina.to_binary!(:png) |> PNG.decode()
    assert {large.width, large.height} == {800, 400}
    assert Picture.at(large, 396, 200) == <<255, 0, 0, 255>>
    assert <<_, _, _, 0>> = Picture.at(large, 404, 200)

    part =
      image
      |> Thumbelina.resize(300, 300)
      |> Thumbelina.crop(100, 50)
      |> Thumbelina.to_binary!(:png)
      |> PNG.decode()

    assert {part.width, part.height} == {100, 50}

    {:ok, made} =
      Thumbelina.variants(image,
        large: &(&1 |> Thumbelina.resize(400) |> Thumbelina.encode(:png)),
        small: &(&1 |> Thumbelina.resize(10) |> Thumbelina.encode(:png))
      )

    assert {{:ok, %{width: 400}}, {:ok, %{width: 10}}} = {made.large, made.small}
  end

  test "a large CMYK JPEG becomes a small one" do
    cmyk = Outside.make(Picture.plain(800, 600, <<200, 100, 50>>), :jpeg, ["-colorspace", "CMYK"])

    for to <- [:png, :jpeg] do
      image = cmyk |> Thumbelina.from_binary() |> Thumbelina.resize(50)
      {:ok, small} = Thumbelina.run(image, format: to)
      assert {small.width, small.height} == {50, 38}
    end

    cut =
      cmyk
      |> Thumbelina.from_binary()
      |> Thumbelina.resize(50)
      |> Thumbelina.to_binary!(:png)
      |> PNG.decode()

    whole = cmyk |> decode()
    assert Picture.at(cut, 40, 30) == Picture.at(whole, 640, 480)
  end

  test "the lower the quality, the fewer bytes: JPEG XL too, where libjxl knows no lower one" do
    image = Picture.smooth(200, 150) |> PNG.encode() |> Thumbelina.from_binary()

    for format <- [:avif, :heif, :jxl, :jp2] do
      sizes =
        for q <- [1, 4, 5, 20, 60, 95],
            do: byte_size(Thumbelina.to_binary!(image, format, quality: q))

      assert {format, sizes} == {format, Enum.sort(sizes)}
      assert hd(sizes) < List.last(sizes)
    end
  end

  test "grey, 16 bits, tiles, and CMYK" do
    picture = Picture.smooth(70, 50)

    for args <- [["-depth", "16"], ["-define", "tiff:tile-geometry=32x32"], ["-compress", "LZW"]] do
      assert distance(picture |> Outside.make(:tiff, args) |> decode(), picture) < 1
    end

    assert picture
           |> Outside.make(:tiff, ["-colorspace", "Gray"])
           |> decode()
           |> Map.get(:channels) == 1

    for format <- [:jpeg, :tiff] do
      cmyk =
        Picture.plain(20, 10, <<255, 255, 255>>) |> Outside.make(format, ["-colorspace", "CMYK"])

      back = decode(cmyk)
      assert {back.width, back.height, back.channels} == {20, 10, 3}
      assert <<r, g, b>> = Picture.at(back, 5, 5)
      assert Enum.min([r, g, b]) > 245
    end
  end

  test "a region is that of the whole picture, and an orientation is applied" do
    picture = Picture.smooth(70, 50)
    tiff = Outside.make(picture, :tiff)

    crop = fn bytes ->
      bytes
      |> Thumbelina.from_binary(formats: :all)
      |> Thumbelina.crop(30, 20, x: 11, y: 7)
      |> Thumbelina.to_binary!(:png)
      |> PNG.decode()
    end

    assert crop.(tiff) == Picture.crop(picture, 11, 7, 30, 20)
    turned = Outside.make(picture, :tiff, ["-orient", "RightTop"])
    assert decode(turned) == Picture.rotate(picture, 90)
  end

  test "pieces, streams, overlays, several results: they are sources and results like any other" do
    picture = Picture.smooth(64, 48)
    jxl = Outside.make(picture, :jxl, ["-d", "0"])
    chunks = for <<byte <- jxl>>, do: <<byte>>
    image = Thumbelina.open(chunks, formats: [:jxl])
    assert image |> Thumbelina.to_binary!(:png) |> PNG.decode() == picture
    whole = Thumbelina.from_binary(jxl, formats: :all)
    avif = Thumbelina.to_binary!(whole, :avif)
    assert whole |> Thumbelina.stream!(:avif) |> Enum.into("", & &1) == avif
    assert {:ok, small} = whole |> Thumbelina.resize(20) |> Thumbelina.run(format: :avif)

    assert {:ok, %{format: :png, width: 10}} =
             small |> Thumbelina.resize(10) |> Thumbelina.run(format: :png)

    laid = whole |> Thumbelina.composite(Thumbelina.from_binary(avif, formats: :all))
    assert {:ok, %{format: :jxl}} = Thumbelina.run(laid)
    assert {:ok, %{format: :jxl, lane: :dirty}} = whole |> Thumbelina.explain() |> dirty()
  end

  defp dirty({:ok, plan}), do: {:ok, %{format: plan.format, lane: :dirty}}

  test "limits hold before anything is decoded" do
    for format <- [:tiff, :avif, :heif, :jxl, :jp2] do
      bytes = Outside.make(Picture.smooth(64, 48), format)

      for limits <- [[max_pixels: 64 * 48 - 1], [max_side: 63]] do
        image = Thumbelina.from_binary(bytes, [formats: :all] ++ limits)

        assert {:error, %Error{code: :limit, stage: ^format}} =
                 Thumbelina.run(image, format: :png)

        assert {:error, %Error{code: :limit}} = Thumbelina.info(image)
      end

      assert {:error, %Error{code: :unsupported}} =
               Thumbelina.run(Thumbelina.from_binary(bytes), format: :png)

      image = Thumbelina.from_binary(bytes, formats: :all, max_memory: 100_000)
      assert {:error, %Error{code: :limit}} = Thumbelina.run(image, format: :png)
    end
  end

  test "what is damaged is an error, wherever it ends" do
    for format <- [:tiff, :avif, :heif, :jxl, :jp2, :gif, :ppm] do
      bytes = Outside.make(Picture.noise(64, 48), format)

      for part <- [0.1, 0.3, 0.6, 0.9] do
        cut = binary_part(bytes, 0, round(byte_size(bytes) * part))

        assert {:error, %Error{code: code}} = Thumbelina.run(bytes_of(cut), format: :png)
        assert code in [:truncated, :corrupt, :unsupported, :limit]
      end
    end
  end

  test "a few bytes that promise many pixels are refused at once" do
    for bytes <- ["P3 5000 5000 255\n1 2 3", "P6 5000 5000 255\n123", "P4 9000 9000\nx"] do
      {us, answer} = :timer.tc(fn -> Thumbelina.run(bytes_of(bytes), format: :png) end)
      assert {:error, %Error{code: :truncated, stage: :ppm}} = answer
      assert us < 1_000_000
    end
  end

  test "an SVG reads nothing but itself, and no laughs" do
    file = Path.join(System.tmp_dir!(), "thumbelina-#{System.unique_integer([:positive])}.png")
    File.write!(file, PNG.encode(Picture.plain(10, 10, <<255, 0, 0>>)))

    svg =
      ~s(<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="10" height="10">) <>
        ~s(<image width="10" height="10" xlink:href="file://#{file}"/></svg>)

    drawn = decode(svg)
    File.rm!(file)
    assert Picture.at(drawn, 5, 5) == <<0, 0, 0, 0>>

    entities =
      for i <- 1..9, into: "" do
        ~s(<!ENTITY l#{i} "#{String.duplicate("&l#{i - 1};", 10)}">)
      end

    bomb =
      ~s(<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY l0 "lol">#{entities}]>) <>
        ~s(<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><text>&l9;</text></svg>)

    {us, answer} = :timer.tc(fn -> Thumbelina.run(bytes_of(bomb), format: :png) end)
    assert {:error, %Error{}} = answer
    assert us < 5_000_000
  end

  test "metadata is dropped, unless it is to be kept" do
    picture = Picture.smooth(64, 48)
    profile = Thumbelina.Test.Profile.display_p3()
    png = PNG.encode(picture, chunks: [{"iCCP", "name\0\0" <> :zlib.compress(profile)}])

    for format <- [:avif, :heif, :jxl, :tiff] do
      bare = png |> Thumbelina.from_binary() |> Thumbelina.to_binary!(format)
      kept = png |> Thumbelina.from_binary() |> Thumbelina.to_binary!(format, keep: [:icc])
      assert {:ok, %{icc: true, icc_name: name}} = Thumbelina.info(bytes_of(kept))
      assert {format, name} == {format, if(format == :jxl, do: name, else: "Of the tests")}
      assert name, "JPEG XL names a profile by what it is"
      assert distance(decode(bare), decode(kept)) < 4
    end

    bare = png |> Thumbelina.from_binary() |> Thumbelina.to_binary!(:jp2)
    assert png |> Thumbelina.from_binary() |> Thumbelina.to_binary!(:jp2, keep: [:icc]) == bare
  end
end
