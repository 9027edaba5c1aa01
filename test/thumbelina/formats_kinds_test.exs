defmodule Thumbelina.FormatsKindsTest do
  # The kinds there are of each format, made by other programs, and judged by them.
  use ExUnit.Case, async: true

  alias Thumbelina.Error
  alias Thumbelina.Test.{Heif, Outside, Picture, PNG, Profile, Samples}

  @moduletag :foreign

  defp image(bytes), do: Thumbelina.from_binary(bytes, formats: :all)
  defp decode(bytes), do: bytes |> image() |> Thumbelina.to_binary!(:png) |> PNG.decode()
  defp info(bytes), do: bytes |> image() |> Thumbelina.info!()

  # Through a program that reads the first file and writes the second.
  defp made(bytes, program, args), do: Outside.convert(bytes, program, args)

  defp rgb(%{channels: 3} = p), do: p

  defp rgb(%{channels: n} = p) do
    colour = fn <<grey, _::binary>> = pixel ->
      if n < 3, do: <<grey, grey, grey>>, else: binary_part(pixel, 0, 3)
    end

    %{
      p
      | channels: 3,
        pixels: for(<<pixel::binary-size(n) <- p.pixels>>, into: <<>>, do: colour.(pixel))
    }
  end

  defp assert_near(a, b, db \\ 34) do
    psnr = Picture.psnr(rgb(a), rgb(b))
    assert psnr > db, "#{psnr} dB"
  end

  test "TIFF: tiles, planes, big files, either end first, palettes, fax, and JPEG within" do
    picture = Picture.smooth(70, 50)
    tiff = Outside.make(picture, :tiff)

    for args <- [
          ~w(-t -w 16 -l 16),
          ~w(-p separate),
          ~w(-8),
          ~w(-B),
          ~w(-L -c packbits),
          ~w(-c lzw:2),
          ~w(-c zip:2)
        ] do
      assert {args, tiff |> made("tiffcp", &(args ++ [&1, &2])) |> decode()} == {args, picture}
    end

    assert tiff
           |> made("tiffcp", &(~w(-c jpeg:95) ++ [&1, &2]))
           |> decode()
           |> Map.take([:width, :height]) == %{width: 70, height: 50}

    for args <- [
          ~w(-type Palette -colors 200),
          ~w(-monochrome -compress Group4),
          ~w(-colorspace Gray)
        ] do
      bytes = Outside.make(picture, :tiff, args)
      assert_near(decode(bytes), Outside.read(bytes, :tiff))
    end
  end

  # Little end first, one strip, no compression: as TIFF 6.0 has it.
  defp tiff(width, height, bits, kind, colours, pixels) do
    channels = div(byte_size(pixels) * 8, width * height * bits)
    short = fn tag, v -> <<tag::little-16, 3::little-16, 1::little-32, v::little-32>> end

    each = fn tag, v, at ->
      <<tag::little-16, 3::little-16, 3::little-32, at::little-32>>
      |> then(&if(channels == 3, do: &1, else: short.(tag, v)))
    end

    start = 8 + 2 + 12 * 10 + 4
    listed = fn v -> :binary.copy(<<v::little-16>>, 3) end

    entries = [
      short.(256, width),
      short.(257, height),
      each.(258, bits, start),
      short.(259, 1),
      short.(262, colours),
      short.(273, start + 12),
      short.(277, channels),
      short.(278, height),
      <<279::little-16, 4::little-16, 1::little-32, byte_size(pixels)::little-32>>,
      each.(339, kind, start + 6)
    ]

    IO.iodata_to_binary([
      "II",
      <<42::little-16, 8::little-32, 10::little-16>>,
      entries,
      <<0::32>>,
      listed.(bits),
      listed.(kind),
      pixels
    ])
  end

  test "TIFF: dots per inch, or per centimetre; without a unit they are none" do
    for {unit, dpi} <- [{"PixelsPerInch", 100}, {"PixelsPerCentimeter", 254}, {"Undefined", nil}] do
      tiff = Outside.make(Picture.smooth(8, 6), :tiff, ["-units", unit, "-density", "100x100"])
      told = info(tiff).dpi
      assert {unit, told && told |> elem(1) |> round()} == {unit, dpi}
    end
  end

  test "TIFF: of 16 and 32 bits a sample the nearest 8 are read, as of a PNG" do
    # All there are of 16 bits; of 32, those with another 16 behind them.
    for {channels, colours} <- [{1, 1}, {3, 2}], {bits, more} <- [{16, 0}, {32, 40_000}] do
      most = Bitwise.bsl(1, bits) - 1
      samples = for i <- 0..(256 * 256 * channels - 1), do: rem(i, 65_536)
      numbers = Enum.map(samples, &(&1 * div(most + 1, 65_536) + more))
      pixels = for v <- numbers, into: <<>>, do: <<v::little-size(bits)>>
      bytes = tiff(256, 256, bits, 1, colours, pixels)
      wanted = for v <- numbers, into: <<>>, do: <<div(v * 510 + most, 2 * most)>>
      assert decode(bytes).pixels == wanted

      if bits == 16,
        do: assert(bytes |> Outside.make(:png48) |> decode() |> rgb() == rgb(decode(bytes)))
    end
  end

  test "TIFF: L*, a* and b* are read, with a sign and with a fraction, too" do
    picture = Picture.smooth(40, 30)

    for space <- ~w(lab labs) do
      bytes =
        picture
        |> PNG.encode()
        |> Outside.convert("vips", &["colourspace", &1, &2, space], {".png", ".tiff"})

      assert_near(decode(bytes), picture, 45)
    end
  end

  test "TIFF: what would be read wrong is refused plainly" do
    ones = :binary.copy(<<0.5::little-float-32>>, 8 * 8)

    for {bytes, said} <- [
          {tiff(8, 8, 8, 1, 6, :binary.copy(<<90, 120, 140>>, 64)), ~r/Y, Cb and Cr/},
          {tiff(8, 8, 32, 3, 1, ones), ~r/sign or a fraction/},
          {tiff(8, 8, 32, 2, 1, :binary.copy(<<9::little-32>>, 64)), ~r/sign or a fraction/}
        ] do
      assert {:error, %Error{code: :unsupported, message: message}} =
               bytes |> image() |> Thumbelina.run(format: :png)

      assert message =~ said
      assert {:error, %Error{code: :unsupported}} = bytes |> image() |> Thumbelina.info()
    end
  end

  test "PBM, PGM and PPM, as bytes and as text; PAM is refused plainly" do
    picture = Picture.smooth(40, 30)

    for {kind, args} <- [ppm: [], pgm: [], pbm: []], plain <- [[], ["-compress", "none"]] do
      bytes = Outside.make(picture, kind, args ++ plain)
      assert %{format: :ppm, lossless: true} = info(bytes)
      assert_near(decode(bytes), Outside.read(bytes, kind), 60)
    end

    for ask <- [&Thumbelina.info/1, &Thumbelina.run(&1, format: :png)] do
      assert {:error, %Error{code: :unsupported} = error} =
               picture |> Outside.make(:pam) |> image() |> ask.()

      assert error.message == "PAM (P7) is not read, only PBM, PGM and PPM (P1 to P6)"
    end
  end

  test "more than 8 bits a sample: PNG, TIFF, PPM, JPEG XL, JPEG 2000, HEIC and AVIF agree" do
    # ImageMagick would say a gamma of 1/2.2, which cjxl would heed, instead of sRGB.
    bare = ~w(-define png:exclude-chunks=gAMA,cHRM)
    deep = Outside.make(Picture.smooth(40, 30), :png48, ~w(-resize 64x48! -depth 16) ++ bare)
    eight = deep |> Outside.make(:png24, ~w(-depth 8)) |> PNG.decode()
    assert info(deep).depth == 16
    assert Picture.distance(decode(deep), eight) <= 1

    for {format, args, depth} <- [
          {:tiff, ~w(-depth 16), 16},
          {:ppm, ~w(-depth 16), 16},
          {:jxl, ~w(-d 0), 16},
          {:jp2, [], 16}
        ] do
      bytes = Outside.make(deep, format, args)
      assert {format, info(bytes).depth} == {format, depth}
      assert {format, Picture.distance(decode(bytes), eight) <= 1} == {format, true}
    end

    # The AV1 encoder of Debian 12 makes no 10 bits.
    for {format, depth} <- [heif: 10, heif: 12, avif: 12] do
      bytes = Outside.make(deep, format, ["-q", "90", "-b", "#{depth}"])
      assert {format, info(bytes).depth} == {format, depth}
      assert_near(decode(bytes), eight)
    end
  end

  test "grey, with alpha or without it, comes in as it is" do
    for channels <- [1, 2] do
      picture = Picture.smooth(40, 30, channels)

      for {format, args} <- [jxl: ~w(-d 0), tiff: [], jp2: []] do
        back = picture |> Outside.make(format, args) |> decode()
        assert {format, back} == {format, picture}
      end
    end
  end

  test "interlaced and progressive is the same picture" do
    picture = Picture.smooth(70, 50)

    for {format, args} <- [
          gif: ~w(-interlace GIF),
          png: ~w(-interlace PNG),
          jpeg: ~w(-interlace JPEG -colorspace CMYK)
        ] do
      plain = args |> Enum.drop(2) |> then(&Outside.make(picture, format, &1))
      woven = Outside.make(picture, format, args)
      assert info(woven).progressive
      assert decode(woven) == decode(plain)
    end
  end

  # --- orientation

  # An iPhone turns its pictures by a property, and says the same in EXIF, which does not count.
  test "HEIC and AVIF are upright, as their own property says" do
    jpeg = Picture.smooth(64, 128) |> Samples.bytes(:jpeg)

    for {exif, quarters} <- [{6, 0}, {6, 3}, {3, 2}, {8, 1}], suffix <- [".heic", ".avif"] do
      args = if suffix == ".avif", do: ["-A"], else: []

      bytes =
        Outside.convert(
          Samples.oriented(jpeg, exif),
          "heif-enc",
          &(args ++ [&1, "-o", &2]),
          {".jpg", suffix}
        )

      bytes = if quarters > 0, do: Heif.turned(bytes, quarters), else: bytes
      upright = Outside.read(bytes, :heif)

      assert {upright.width, upright.height} ==
               if(rem(quarters, 2) == 1, do: {128, 64}, else: {64, 128})

      assert {suffix, quarters, decode(bytes) == upright} == {suffix, quarters, true}
      assert %{width: width, exif: true, orientation: 1} = info(bytes)
      assert width == upright.width
    end
  end

  # --- inks

  @cmyk """
  import sys
  from PIL import Image
  Image.open(sys.argv[1]).save(sys.argv[2], "tiff")
  """

  # JPEGs of inks are stored upside down where Adobe's marker says so; by its last byte they are Y, Cb, Cr
  # and K.  A TIFF is never either, and Pillow knows its way from one to the other.
  @tag :pillow
  test "CMYK and YCCK, with Adobe's marker and without" do
    jpeg = Outside.make(Picture.smooth(70, 50), :jpeg, ~w(-colorspace CMYK -quality 95))
    [before, <<transform, behind::binary>>] = :binary.split(jpeg, "Adobe", []) |> adobe()
    start = byte_size(before) - 11
    <<head::binary-size(start - 4), 0xFF, 0xEE, 0, 14, _::binary>> = before
    assert transform in [0, 2]

    for bytes <- [jpeg, before <> <<2 - transform>> <> behind, head <> behind] do
      tiff = made(bytes, Outside.pillow(), &["-c", @cmyk, &1, &2])
      assert info(bytes).channels == 4
      assert_near(decode(bytes), decode(tiff), 40)
    end
  end

  # Split at the byte that names the transform: it is the 12th of the marker's.
  defp adobe([before, <<rest::binary-size(6), transform, behind::binary>>]) do
    [before <> "Adobe" <> rest, <<transform, behind::binary>>]
  end

  test "inks are what they look like" do
    for {ink, {r, g, b}} <- [
          {{1, 0, 0, 0}, {0..80, 120..220, 190..255}},
          {{0, 1, 0, 0}, {180..255, 0..80, 90..190}},
          {{0, 0, 1, 0}, {220..255, 200..255, 0..90}},
          {{0, 0, 0, 1}, {0..70, 0..70, 0..70}},
          {{0, 0, 0, 0}, {250..255, 250..255, 250..255}}
        ] do
      {c, m, y, k} = ink
      pixel = <<255 * c, 255 * m, 255 * y, 255 * k>>
      raw = :binary.copy(pixel, 16 * 16)

      bytes =
        made(raw, "convert", &["-size", "16x16", "-depth", "8", "cmyk:" <> &1, "jpeg:" <> &2])

      <<red, green, blue>> = bytes |> decode() |> Picture.at(8, 8)

      assert {ink, red in r and green in g and blue in b, {red, green, blue}} ==
               {ink, true, {red, green, blue}}
    end
  end

  @relative """
  import sys
  from PIL import Image, ImageCms
  im = Image.open(sys.argv[1])
  srgb = ImageCms.createProfile("sRGB")
  out = ImageCms.profileToProfile(im, sys.argv[3], srgb, renderingIntent=1, outputMode="RGB")
  out.save(sys.argv[2], "png")
  """

  @tag :pillow
  @tag :tmp_dir
  test "a profile of inks that has but one table is one for any purpose", %{tmp_dir: dir} do
    icc = Path.join(dir, "inks.icc")
    File.write!(icc, Profile.inks())

    for format <- ["jpeg", "tiff"] do
      args = ["-colorspace", "CMYK", "-quality", "95", "-profile", icc]

      bytes =
        made(
          PNG.encode(Picture.smooth(70, 50)),
          "convert",
          &([&1] ++ args ++ ["#{format}:" <> &2])
        )

      theirs = made(bytes, Outside.pillow(), &["-c", @relative, &1, &2, icc])
      {:ok, image} = bytes |> image() |> Thumbelina.run(format: :png)
      assert image.warnings == []
      assert_near(decode(bytes), PNG.decode(theirs), 40)
    end
  end

  # --- what is drawn

  @drawing ~s(<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40">) <>
             ~s(<rect width="60" height="40" fill="#246"/><circle cx="30" cy="20" r="15" fill="#fa0"/></svg>)

  test "an SVG is drawn at the size that is wanted, as rsvg-convert draws it" do
    for width <- [30, 60, 200, 601] do
      ours =
        @drawing
        |> image()
        |> Thumbelina.resize(width)
        |> Thumbelina.to_binary!(:png)
        |> PNG.decode()

      theirs =
        @drawing
        |> made("rsvg-convert", &["-w", "#{width}", "-h", "#{ours.height}", &1, "-o", &2])
        |> PNG.decode()

      assert_near(ours, theirs, 40)
    end
  end

  test "of a PDF the first page is drawn, at the size that is wanted" do
    second = String.replace(@drawing, "#fa0", "#0fa")

    other =
      Path.join(
        System.tmp_dir!(),
        "thumbelina-#{System.unique_integer([:positive])}-#{System.pid()}.svg"
      )

    File.write!(other, second)

    pdf =
      made(@drawing, "rsvg-convert", &["-d", "72", "-p", "72", "-f", "pdf", "-o", &2, &1, other])

    File.rm(other)
    assert %{format: :pdf, width: 60, height: 40, alpha: false, frames: 2} = info(pdf)
    assert_near(decode(pdf), Outside.read(pdf, :pdf), 40)

    large =
      pdf |> image() |> Thumbelina.resize(300) |> Thumbelina.to_binary!(:png) |> PNG.decode()

    assert_near(
      large,
      Outside.make(@drawing |> made("rsvg-convert", &["-w", "300", &1, "-o", &2]), :png24)
      |> PNG.decode(),
      34
    )
  end

  test "a JPEG 2000 is one picture, in however many sizes" do
    jp2 = Outside.make(Picture.smooth(64, 64), :jp2, ["-n", "4"])
    assert %{frames: 1, animated: false} = info(jp2)
  end

  # --- what is said of those that are not read

  test "what is wrong is said so that one knows what to do" do
    svg = ~s(<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect x=1/></svg>)
    tiff = Samples.bytes(Picture.smooth(40, 30), :tiff)

    encrypt =
      "/Encrypt<</Filter/Standard/V 1/R 2/P 0/O(#{String.duplicate("a", 32)})/U(#{String.duplicate("a", 32)})>>"

    for {bytes, code, said} <- [
          {svg, :corrupt, ~r/cannot be read: XML parse error: .*line 1/},
          {:zlib.gzip(svg), :unsupported, ~r/compressed by gzip.*unpacked first/},
          {"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R/ID[(a)(a)]#{encrypt}>>",
           :unsupported, ~r/encrypted/},
          {binary_part(tiff, 0, 100), :truncated, ~r/ends after 100 bytes, before the directory/},
          {"II*\0\xFF\xFF\xFF\xFF", :truncated, ~r/ends after 8 bytes/},
          {"MM\0+\0\b\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", :truncated, ~r/ends after 16 bytes/},
          {"P7\nWIDTH 1\n", :unsupported, ~r/PAM/}
        ] do
      assert {:error, %Error{code: ^code, message: message}} =
               bytes |> image() |> Thumbelina.run(format: :png)

      assert message =~ said
    end

    heif = Thumbelina.from_binary(Samples.bytes(Picture.smooth(8, 8), :heif))
    assert {:error, %Error{message: message}} = Thumbelina.run(heif)

    assert message ==
             "heif is not among the formats let in: name it in formats:, or say formats: :all"
  end
end
