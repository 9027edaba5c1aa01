defmodule Thumbelina.AnimationTest do
  use ExUnit.Case, async: true

  alias Thumbelina.Error
  alias Thumbelina.Test.{Moving, Outside, Picture, PNG, Samples}

  @moduletag :foreign

  setup_all do
    [gif: Moving.gif(60), short: Moving.gif(7)]
  end

  defp all(bytes, opts \\ []),
    do: Thumbelina.from_binary(bytes, [frames: :all, formats: :all] ++ opts)

  defp bytes(image, opts) do
    {:ok, %{source: {:binary, bytes}}} = Thumbelina.run(image, opts)
    bytes
  end

  defp alone(bytes, frame, fun \\ & &1) do
    bytes
    |> Thumbelina.from_binary(frames: frame, formats: :all)
    |> fun.()
    |> Thumbelina.to_binary!(:png)
    |> PNG.decode()
  end

  test "a GIF of 60 frames becomes a small WebP: frames, times, loop and looks stay", %{gif: gif} do
    theirs = Moving.shown(gif, :gif, ["-filter", "Lanczos", "-resize", "45x35!"])

    for {opts, least} <- [{[lossless: true], 45}, {[quality: 95], 22}] do
      image = gif |> all() |> Thumbelina.resize(45, 35)
      {:ok, made} = Thumbelina.run(image, [format: :webp] ++ opts)
      {:binary, webp} = made.source
      assert {made.stats.frames, made.stats.frames_out, made.warnings} == {60, 60, []}
      assert Moving.webpmux(webp) == %{size: {45, 35}, loop: 5, times: Moving.times(60)}
      assert Moving.told(webp, :webp) == Moving.times(60)
      assert Moving.worst(Moving.shown(webp, :webp), theirs) > least
    end
  end

  test "and a small GIF", %{gif: gif} do
    small = gif |> all() |> Thumbelina.resize(45, 35) |> bytes([])
    assert Moving.told(small, :gif) == Moving.times(60)
    assert Moving.gifsicle_loop(small) == 4
    theirs = Moving.shown(gif, :gif, ["-filter", "Lanczos", "-resize", "45x35!"])
    assert Moving.worst(Moving.shown(small, :gif), theirs) > 25
  end

  test "where nothing is done, each frame is as it was", %{short: gif} do
    there = gif |> all() |> bytes(format: :webp, lossless: true)
    assert Moving.shown(there, :webp) == Moving.shown(gif, :gif)
    back = there |> all() |> bytes(format: :gif, dither: 0)
    assert Moving.told(back, :gif) == Moving.told(gif, :gif)
    assert Moving.worst(Moving.shown(back, :gif), Moving.shown(gif, :gif)) > 35
  end

  test "a WebP of others goes to WebP and GIF" do
    pictures = for i <- 0..5, do: Picture.crop(Picture.smooth(60, 40), 2 * i, i, 48, 32)
    times = [40, 1000, 20, 70, 160, 30]
    webp = Moving.img2webp(Enum.zip(pictures, times), 0)

    same = webp |> all() |> bytes(lossless: true)
    assert Moving.webpmux(same) == %{size: {48, 32}, loop: 0, times: times}
    assert Moving.shown(same, :webp) == pictures

    turned = webp |> all() |> Thumbelina.rotate(90) |> bytes(format: :gif)
    assert Moving.told(turned, :gif) == times
    assert Moving.gifsicle_loop(turned) == "forever"

    assert Moving.worst(Moving.shown(turned, :gif), Enum.map(pictures, &Picture.rotate(&1, 90))) >
             28
  end

  test "what is done is done to each frame as if it were alone", %{short: gif} do
    logo = Picture.plain(12, 9, <<250, 10, 20, 128>>) |> Samples.image()

    pipelines = [
      &Thumbelina.crop(&1, 7, 9, 41, 33),
      &(&1 |> Thumbelina.rotate(90) |> Thumbelina.resize(30) |> Thumbelina.flip(:vertical)),
      &(&1 |> Thumbelina.blur(1.5) |> Thumbelina.greyscale()),
      &Thumbelina.resize(&1, 50, 50, fit: :contain, background: :white),
      &(&1 |> Thumbelina.composite(logo, gravity: :south_east) |> Thumbelina.round(10)),
      &(&1
        |> Thumbelina.flatten(background: :black)
        |> Thumbelina.modulate(hue: 90)
        |> Thumbelina.sharpen())
    ]

    for pipeline <- pipelines do
      webp = gif |> all() |> pipeline.() |> bytes(format: :webp, lossless: true)
      shown = Moving.shown(webp, :webp)
      assert length(shown) == 7

      for frame <- [0, 3, 6] do
        png = gif |> Thumbelina.from_binary(frames: frame) |> pipeline.() |> bytes(format: :png)
        assert_alike(Enum.at(shown, frame), on_grey(png))
      end
    end
  end

  # As browsers and gif2webp show it, whatever colour the background is said to have.
  test "where no frame has been, a GIF is clear" do
    frame =
      &<<0x2C, &1::16-little, &2::16-little, 1::16-little, 1::16-little, 0, 2, 2, 0x4C, 1, 0>>

    head = <<"GIF89a", 6::16-little, 4::16-little, 0x80, 0, 0, 0, 0, 255, 200, 60, 90>>
    bytes = IO.iodata_to_binary([head, frame.(2, 1), frame.(5, 3), ";"])

    for {number, drawn} <- [{0, [{2, 1}]}, {1, [{2, 1}, {5, 3}]}] do
      open = Thumbelina.from_binary(bytes, formats: :all, frames: number)
      colour = &if {&1, &2} in drawn, do: <<200, 60, 90, 255>>, else: <<0, 0, 0, 0>>
      assert open |> bytes(format: :png) |> PNG.decode() == Picture.new(6, 4, 4, colour)

      green =
        open |> Thumbelina.flatten(background: "#008000") |> bytes(format: :png) |> PNG.decode()

      assert Picture.at(green, 0, 0) == <<0, 128, 0>>
      assert Picture.at(green, 2, 1) == <<200, 60, 90>>
      info = Thumbelina.info!(open)
      assert {info.alpha, info.frames} == {true, 2}
    end

    shown = bytes |> all() |> bytes(format: :webp, lossless: true) |> Moving.shown(:webp)
    assert for(p <- shown, do: Picture.at(p, 0, 0)) == [<<128, 128, 128>>, <<128, 128, 128>>]
  end

  # cgif, which writes them, takes a clear pixel for a black one when it looks for what has changed.
  test "black that comes where it was clear is seen in a GIF" do
    black =
      &<<0x2C, &1::16-little, &2::16-little, 1::16-little, 1::16-little, 0, 2, 2, 0x4C, 1, 0>>

    head = <<"GIF89a", 6::16-little, 4::16-little, 0x80, 0, 0, 0::48>>
    gif = IO.iodata_to_binary([head, black.(2, 1), black.(5, 3), black.(3, 1), ";"])
    grey = Thumbelina.greyscale(all(gif))

    for image <- [all(gif), grey, Thumbelina.resize(all(gif), "12x8", kernel: :nearest)] do
      shown = image |> bytes(format: :gif) |> Moving.shown(:gif)
      n = div(hd(shown).width, 6)

      for {drawn, picture} <-
            Enum.zip([[{2, 1}], [{2, 1}, {5, 3}], [{2, 1}, {5, 3}, {3, 1}]], shown),
          y <- 0..3,
          x <- 0..5 do
        <<red, _::binary>> = Picture.at(picture, x * n, y * n)
        assert if({x, y} in drawn, do: red < 4, else: red == 128)
      end
    end
  end

  defp on_grey(png) do
    picture = PNG.decode(png)
    Picture.new(picture.width, picture.height, 3, fn x, y -> mixed(Picture.at(picture, x, y)) end)
  end

  defp mixed(<<g, a>>), do: mixed(<<g, g, g, a>>)

  defp mixed(<<rgb::binary-3, a>>),
    do: for(<<c <- rgb>>, into: <<>>, do: <<round((c * a + 128 * (255 - a)) / 255)>>)

  defp mixed(rgb), do: rgb

  # ImageMagick's rounding on grey is another.
  defp assert_alike(a, b), do: assert(a == b or Picture.psnr(a, b) > 50)

  test "a number is one frame, a range is some of them, cut to what is there", %{short: gif} do
    shown = Moving.shown(gif, :gif)

    for frame <- 0..6 do
      png = gif |> Thumbelina.from_binary(frames: frame) |> bytes(format: :png)
      assert_alike(on_grey(png), Enum.at(shown, frame))
    end

    for range <- [0..0, 0..2, 2..5, 5..100, 6..6, 0..6] do
      made =
        gif |> Thumbelina.from_binary(frames: range) |> Thumbelina.run!(format: :gif, dither: 0)

      {:binary, some} = made.source
      expected = Enum.slice(Moving.told(gif, :gif), range)
      assert {range, made.stats.frames} == {range, length(expected)}
      if length(expected) > 1, do: assert(Moving.told(some, :gif) == expected)
      assert Moving.worst(Moving.shown(some, :gif), Enum.slice(shown, range)) > 35
    end

    default = gif |> Thumbelina.from_binary() |> bytes(format: :png)
    assert_alike(on_grey(default), hd(shown))
  end

  test "a frame that is not there is an error that says so", %{short: gif} do
    for frames <- [7, 7..9, 1_000_000_000] do
      image = Thumbelina.from_binary(gif, frames: frames)
      assert {:error, %Error{code: :limit, stage: :gif, message: message}} = Thumbelina.run(image)
      assert message =~ ~r/frame \d+ is not there: it has 7, counted from 0/
    end

    for bytes <- [
          Samples.smooth(:png, 9, 9),
          Samples.smooth(:jpeg, 9, 9),
          Samples.smooth(:webp, 9, 9)
        ] do
      assert {:error, %Error{message: "frame 1 is not there: it has 1" <> _}} =
               bytes |> Thumbelina.from_binary(frames: 1) |> Thumbelina.run()

      assert {:ok, %{stats: %{frames: 1}}} = bytes |> all() |> Thumbelina.run()
    end
  end

  test "an option that makes no sense raises" do
    for frames <- [-1, 5..2, 0..9//2, -3..4, :none, "all", 1.5, nil] do
      assert_raise ArgumentError,
                   ~r/frames: must be :all, a range such as 0..9, or the number/,
                   fn ->
                     Thumbelina.open("a.gif", frames: frames)
                   end
    end

    assert_raise ArgumentError, ~r/Did you mean :all/, fn ->
      Thumbelina.open("a.gif", frames: :al)
    end

    assert inspect(Thumbelina.open("a.gif", frames: 2..5)) ==
             ~s|Thumbelina.open("a.gif", frames: 2..5)|

    assert inspect(Thumbelina.open("a.gif", frames: :all)) ==
             ~s|Thumbelina.open("a.gif", frames: :all)|

    assert_raise ArgumentError, ~r/delay: must be/, fn ->
      Thumbelina.encode(Thumbelina.pipeline(), :gif, delay: 5)
    end

    assert_raise ArgumentError, ~r/unknown option loop:/, fn ->
      Thumbelina.encode(Thumbelina.pipeline(), :png, loop: 5)
    end
  end

  test "loop and times are the source's, unless others are wanted", %{short: gif} do
    for {loop, theirs} <- [{0, "forever"}, {1, nil}, {2, 1}, {65_535, 65_534}] do
      image = all(gif)
      assert Moving.webpmux(bytes(image, format: :webp, loop: loop)).loop == loop
      assert Moving.gifsicle_loop(bytes(image, format: :gif, loop: loop)) == theirs

      assert Thumbelina.info!(Thumbelina.from_binary(bytes(image, format: :gif, loop: loop))).loop ==
               loop
    end

    assert Moving.webpmux(bytes(all(gif), format: :webp, delay: 250)).times ==
             List.duplicate(250, 7)

    assert Moving.told(bytes(all(gif), format: :gif, delay: 40), :gif) == List.duplicate(40, 7)
  end

  test "frames that are the same stay frames" do
    red = Picture.plain(20, 15, <<255, 0, 0>>)
    blue = Picture.plain(20, 15, <<0, 0, 255>>)
    pages = Moving.tiffcp([red, red, blue, blue, red])
    webp = pages |> all() |> bytes(format: :webp, lossless: true)
    assert Moving.webpmux(webp) == %{size: {20, 15}, loop: 0, times: List.duplicate(100, 5)}
    assert Moving.shown(webp, :webp) == [red, red, blue, blue, red]
    assert webp |> all() |> bytes(format: :gif) |> Moving.told(:gif) == List.duplicate(100, 5)
  end

  test "what holds one picture takes the first, and warns", %{short: gif} do
    for format <- [:jpeg, :png, :avif] do
      {:ok, made} = gif |> Thumbelina.from_binary(frames: 2..4) |> Thumbelina.run(format: format)
      assert made.warnings == ["#{format}: it holds one picture: of 3 frames the first is taken"]
      assert {made.stats.frames, made.stats.frames_out} == {1, 1}
    end

    png = gif |> Thumbelina.from_binary(frames: 2..4) |> bytes(format: :png)
    assert PNG.decode(png) == alone(gif, 2)

    assert {:ok, %{warnings: []}} =
             gif |> Thumbelina.from_binary() |> Thumbelina.run(format: :png)
  end

  test "several results of one animation, moving and still", %{short: gif} do
    {:ok, made} =
      gif
      |> all()
      |> Thumbelina.variants(
        [
          gif: &Thumbelina.resize(&1, 30),
          webp: &(&1 |> Thumbelina.resize(40) |> Thumbelina.encode(:webp, lossless: true)),
          poster: &Thumbelina.encode(&1, :png),
          small: &(&1 |> Thumbelina.resize(10) |> Thumbelina.encode(:jpeg, max_bytes: 900)),
          wrong: &Thumbelina.crop(&1, 80, 0, 50, 50)
        ],
        want: [:thumbhash]
      )

    {:ok, %{source: {:binary, small}}} = made.gif
    assert small == gif |> all() |> Thumbelina.resize(30) |> bytes([])
    {:ok, %{source: {:binary, webp}, found: found}} = made.webp
    assert webp == gif |> all() |> Thumbelina.resize(40) |> bytes(format: :webp, lossless: true)
    {:ok, %{source: {:binary, png}, stats: stats}} = made.poster
    assert PNG.decode(png) == alone(gif, 0)
    assert {stats.frames, stats.frames_out} == {7, 1}
    assert {:ok, %{format: :jpeg}} = made.small
    assert {:error, %Error{stage: :crop}} = made.wrong

    first =
      Thumbelina.from_binary(gif)
      |> Thumbelina.resize(40)
      |> Thumbelina.run!(format: :webp, want: [:thumbhash])

    assert found == first.found
  end

  test "what looks at the picture first looks at the first frame that is used", %{short: gif} do
    trimmed =
      gif
      |> Thumbelina.from_binary(frames: 1..6)
      |> Thumbelina.crop(3, 3, 60, 50)
      |> Thumbelina.normalise()

    webp = bytes(trimmed, format: :webp, lossless: true)

    one =
      gif
      |> Thumbelina.from_binary(frames: 1)
      |> Thumbelina.crop(3, 3, 60, 50)
      |> Thumbelina.normalise()

    assert_alike(hd(Moving.shown(webp, :webp)), on_grey(bytes(one, format: :png)))
    assert length(Moving.shown(webp, :webp)) == 6
    assert {:ok, _} = gif |> all() |> Thumbelina.trim() |> Thumbelina.run()
  end

  test "an animation that is laid on another lies still", %{short: gif} do
    base = Picture.smooth(100, 80) |> Samples.image()
    laid = Thumbelina.composite(base, all(gif))
    {:ok, made} = Thumbelina.run(laid)
    assert made.warnings == ["composite: of 7 frames that were chosen the first is laid on"]
    still = Thumbelina.composite(base, Thumbelina.from_binary(gif))
    assert Samples.pixels(still) == PNG.decode(elem(made.source, 1))
    third = Thumbelina.composite(base, Thumbelina.from_binary(gif, frames: 3))
    assert {:ok, %{warnings: []}} = Thumbelina.run(third)
    refute Samples.pixels(third) == Samples.pixels(still)
  end

  test "what came out is an animation, whatever of the source it was", %{short: gif} do
    made = gif |> Thumbelina.from_binary(frames: 3..5) |> Thumbelina.run!(format: :webp)
    again = made |> Thumbelina.resize(20) |> Thumbelina.run!()
    assert {again.format, again.stats.frames_out, again.width} == {:webp, 3, 20}
    one = gif |> Thumbelina.from_binary(frames: 5) |> Thumbelina.run!(format: :gif)
    assert {:ok, %{stats: %{frames: 1}}} = Thumbelina.run(one)
  end

  # --- pages

  test "pages of a TIFF: one, some, all; to TIFF and back, and to GIF" do
    pages = for i <- 0..3, do: Picture.crop(Picture.noise(40, 30), i, i, 30, 20)
    tiff = Moving.tiffcp(pages)
    for i <- 0..3, do: assert(alone(tiff, i) == Enum.at(pages, i))
    assert Thumbelina.info!(Thumbelina.from_binary(tiff, formats: :all)).frames == 4

    there =
      tiff |> Thumbelina.from_binary(formats: :all, frames: 1..9) |> Thumbelina.flip(:horizontal)

    flipped = pages |> tl() |> Enum.map(&Picture.flip(&1, :horizontal))
    assert there |> bytes([]) |> Moving.shown(:tiff) == flipped
    assert tiff |> all() |> bytes(format: :gif) |> Moving.told(:gif) == List.duplicate(100, 4)

    assert {:error, %Error{message: "frame 4 is not there: it has 4" <> _}} =
             tiff |> Thumbelina.from_binary(formats: :all, frames: 4) |> Thumbelina.run()
  end

  test "pages that are not alike are taken one by one" do
    {small, large} = {Picture.noise(10, 20), Picture.noise(31, 17)}
    tiff = Moving.tiffcp([small, large])
    assert {alone(tiff, 0), alone(tiff, 1)} == {small, large}
    pdf = pdf([{30, 20, "1 0 0"}, {50, 60, "0 0 1"}])
    assert {alone(pdf, 0).width, alone(pdf, 1).height} == {30, 60}
    assert <<0, 0, 255, _::binary>> = Picture.at(alone(pdf, 1), 20, 20)

    for bytes <- [tiff, pdf] do
      assert {:error, %Error{code: :unsupported, message: message}} =
               bytes |> all() |> Thumbelina.run(format: :tiff)

      assert message =~ "not of one kind and size: take them one by one"
    end
  end

  test "nor are pages of a PDF that is drawn at another size, of which some have another shape" do
    pdf = pdf([{30, 20, "1 0 0"}, {50, 60, "0 0 1"}])

    for {width, height} <- [{30, nil}, {300, nil}, {40, 40}, {1000, 200}] do
      assert {:error, %Error{code: :unsupported, message: message}} =
               pdf
               |> all()
               |> Thumbelina.resize(width, height || [])
               |> Thumbelina.run(format: :tiff)

      assert message =~ "not of one kind and size: take them one by one"
    end

    # Of the same shape, one is drawn as large as the other.
    alike = pdf([{30, 20, "1 0 0"}, {60, 40, "0 0 1"}])
    tiff = alike |> all() |> Thumbelina.resize(300) |> bytes(format: :tiff)
    assert [%{width: 300, height: 200}, blue] = Moving.shown(tiff, :tiff)
    assert <<0, 0, 255, _::binary>> = Picture.at(blue, 299, 199)
  end

  test "pages of a PDF are drawn at the size that is wanted" do
    pdf = pdf([{30, 20, "1 0 0"}, {30, 20, "0 1 0"}, {30, 20, "0 0 1"}])

    tiff =
      pdf
      |> Thumbelina.from_binary(formats: :all, frames: 1..2)
      |> Thumbelina.resize(300)
      |> bytes(format: :tiff)

    assert [%{width: 300, height: 200} = green, blue] = Moving.shown(tiff, :tiff)
    assert {Picture.at(green, 299, 100), Picture.at(blue, 0, 0)} == {<<0, 255, 0>>, <<0, 0, 255>>}
  end

  defp pdf(pages) do
    n = length(pages)
    kids = for i <- 0..(n - 1), into: "", do: "#{3 + 2 * i} 0 R "

    objects =
      for {{w, h, colour}, i} <- Enum.with_index(pages) do
        drawing = "#{colour} rg 0 0 #{w} #{h} re f"

        [
          "<</Type/Page/Parent 2 0 R/MediaBox[0 0 #{w} #{h}]/Contents #{4 + 2 * i} 0 R>>",
          "<</Length #{byte_size(drawing)}>>stream\n#{drawing}\nendstream"
        ]
      end

    all = [
      "<</Type/Catalog/Pages 2 0 R>>",
      "<</Type/Pages/Count #{n}/Kids[#{kids}]>>" | Enum.concat(objects)
    ]

    {body, offsets} =
      all
      |> Enum.with_index(1)
      |> Enum.reduce({"%PDF-1.4\n", []}, fn {object, i}, {body, offsets} ->
        {body <> "#{i} 0 obj\n#{object}\nendobj\n", [byte_size(body) | offsets]}
      end)

    rows =
      for at <- Enum.reverse(offsets),
          into: "",
          do: String.pad_leading("#{at}", 10, "0") <> " 00000 n \n"

    count = length(all) + 1

    body <>
      "xref\n0 #{count}\n0000000000 65535 f \n#{rows}trailer<</Size #{count}/Root 1 0 R>>\n" <>
      "startxref\n#{byte_size(body)}\n%%EOF"
  end

  # --- beside the pixels

  test "info tells frames, times and loop, of files and of pieces", %{gif: gif, short: short} do
    for {bytes, frames} <- [{gif, 60}, {short, 7}] do
      webp = bytes |> all() |> bytes(format: :webp)

      for {animation, format} <- [{bytes, :gif}, {webp, :webp}],
          source <- [Thumbelina.from_binary(animation), Samples.chunks(animation, 100)] do
        info = Thumbelina.info!(source)
        assert {info.format, info.frames, info.animated, info.loop} == {format, frames, true, 5}
        assert {info.width, info.height, info.delays} == {90, 70, Moving.times(frames)}
      end
    end

    still = Thumbelina.info!(Thumbelina.from_binary(Samples.smooth(:webp, 20, 20)))
    assert {still.frames, still.delays, still.loop} == {1, [], nil}
  end

  test "a source in pieces, a stream, a lane, a slice: the bytes are the same", %{short: gif} do
    for format <- [:gif, :webp] do
      image = gif |> all() |> Thumbelina.resize(50)
      bytes = bytes(image, format: format)
      assert Enum.join(Thumbelina.stream!(image, format)) == bytes
      pieces = gif |> Samples.chunks(97) |> Thumbelina.open(frames: :all) |> Thumbelina.resize(50)
      assert bytes(pieces, format: format) == bytes

      for opts <- [
            [lane: :yield, slice: 10],
            [lane: :dirty, dirty_slice: 100],
            [lane: :yield, slice: 1000]
          ] do
        assert bytes(image, [format: format] ++ opts) == bytes
      end
    end
  end

  test "metadata goes along where it is kept" do
    profile = Thumbelina.Test.Profile.display_p3()
    pages = for _ <- 1..2, do: Picture.noise(20, 10)
    tiff = Moving.tiffcp(pages)
    png = PNG.encode(hd(pages), chunks: [{"iCCP", "name\0\0" <> :zlib.compress(profile)}])
    with_profile = png |> Thumbelina.from_binary() |> bytes(format: :tiff, keep: [:icc])
    assert Thumbelina.info!(Thumbelina.from_binary(with_profile, formats: :all)).icc

    refute tiff
           |> all()
           |> bytes(format: :webp, keep: :all)
           |> Thumbelina.from_binary()
           |> Thumbelina.info!()
           |> Map.get(:icc)

    two = Outside.convert(with_profile, "tiffcp", &[&1, &1, &2])
    webp = two |> all() |> bytes(format: :webp, keep: [:icc])
    info = Thumbelina.info!(Thumbelina.from_binary(webp))
    assert {info.icc, info.icc_name, info.frames} == {true, "Of the tests", 2}
    plain = two |> all() |> bytes(format: :webp)
    refute Thumbelina.info!(Thumbelina.from_binary(plain)).icc
  end

  @tag :memory
  test "plans, estimates and memory count the frames", %{gif: gif} do
    image = gif |> all() |> Thumbelina.resize(45)
    plan = Thumbelina.explain!(image, format: :gif)
    assert {plan.frames, plan.frames_out, plan.width_out} == {60, 60, 45}
    assert to_string(plan) =~ "60 frames"
    one = Thumbelina.explain!(Thumbelina.from_binary(gif), format: :gif)
    assert {one.frames, one.frames_out} == {1, 1}
    assert plan.cpu > 20 * one.cpu
    assert Thumbelina.estimate!(image).pixels == 60 * 90 * 70

    made = Thumbelina.run!(image, format: :gif)
    assert made.stats.peak_bytes >= 60 * 45 * 35 * 3
    assert made.stats.peak_bytes <= plan.peak_bytes
    webp = Thumbelina.run!(image, format: :webp)
    assert webp.stats.peak_bytes <= Thumbelina.explain!(image, format: :webp).peak_bytes
  end

  test "limits count the frames that are used", %{short: gif} do
    image = all(gif, max_frames: 6)
    assert {:error, %Error{code: :limit, message: message}} = Thumbelina.run(image)
    assert message == "7 frames would be used; the limit is 6 (max_frames)"
    assert {:ok, _} = image |> Thumbelina.open(frames: 0..5) |> Thumbelina.run()
    image = all(gif, max_pixels: 7 * 90 * 70 - 1)
    assert {:error, %Error{code: :limit, message: message}} = Thumbelina.run(image)
    assert message == "7 frames of 90x70 are 44100 pixels; the limit is 44099 (max_pixels)"
    assert {:error, %Error{code: :limit}} = Thumbelina.explain(image)
    assert {:ok, _} = image |> Thumbelina.open(frames: 3) |> Thumbelina.run()
    assert {:ok, _} = Thumbelina.run(image, format: :png)
    image = all(gif, max_memory: 2_000_000) |> Thumbelina.resize(900)
    assert {:error, %Error{code: :limit, message: message}} = Thumbelina.run(image, format: :gif)
    assert message =~ "max_memory"
  end

  test "max_bytes of an animation", %{short: gif} do
    assert {:error, %Error{code: :unsupported, message: message}} =
             gif |> all() |> Thumbelina.run(format: :webp, max_bytes: 1000)

    assert message =~ "max_bytes: is for still pictures"
    size = gif |> all() |> bytes([]) |> byte_size()
    assert {:ok, _} = gif |> all() |> Thumbelina.run(max_bytes: size)

    assert {:error, %Error{code: :limit, message: message}} =
             gif |> all() |> Thumbelina.run(max_bytes: size - 1)

    assert message =~ "max_bytes"
  end

  # --- hostile

  defp many_frames(n) do
    frame = <<0x2C, 0::16, 0::16, 1::16-little, 1::16-little, 0, 2, 2, 0x4C, 0x01, 0>>
    head = <<"GIF89a", 1::16-little, 1::16-little, 0x80, 0, 0, 0, 0, 0, 255, 255, 255>>
    IO.iodata_to_binary([head, List.duplicate(frame, n), ";"])
  end

  @tag :memory
  test "a GIF of 100 000 frames is refused, told of, or its first one shown" do
    bytes = many_frames(100_000)

    for frames <- [:all, 0, 5..10] do
      assert {:error, %Error{code: :limit, message: message}} =
               bytes |> Thumbelina.from_binary(frames: frames) |> Thumbelina.run(timeout: 5_000)

      assert message =~ "max_blocks"
    end

    open = [max_blocks: :infinity]

    assert {:error, %Error{message: message}} =
             bytes |> all(open) |> Thumbelina.run(timeout: 5_000)

    assert message == "100000 frames would be used; the limit is 1000 (max_frames)"
    info = Thumbelina.info!(Thumbelina.from_binary(bytes, open))
    assert {info.frames, length(info.delays), info.loop} == {100_000, 100_000, 1}

    some = Thumbelina.from_binary(bytes, [frames: 0..9] ++ open)
    assert {:ok, %{stats: stats}} = Thumbelina.run(some, timeout: 20_000)
    assert stats.frames_out == 10
    assert stats.peak_bytes < 100_000_000
  end

  test "a large canvas counts for each frame" do
    frame = <<0x2C, 0::16, 0::16, 1::16-little, 1::16-little, 0, 2, 2, 0x4C, 0x01, 0>>
    head = <<"GIF89a", 8000::16-little, 8000::16-little, 0x80, 0, 0, 0, 0, 0, 255, 255, 255>>
    bytes = IO.iodata_to_binary([head, List.duplicate(frame, 9), ";"])

    assert {:error, %Error{code: :limit, message: message}} =
             bytes |> all() |> Thumbelina.run(timeout: 5_000)

    assert message =~ "9 frames of 8000x8000 are 576000000 pixels"
    outside = <<0x2C, 7999::16-little, 0::16, 2::16-little, 1::16-little, 0, 2, 2, 0x4C, 0x01, 0>>
    bytes = IO.iodata_to_binary([head, frame, outside, ";"])
    assert {:error, %Error{code: :corrupt}} = bytes |> all() |> Thumbelina.run()
  end

  test "an animation that ends early is an error, or what is there of it", %{gif: gif} do
    webp = gif |> all() |> bytes(format: :webp)

    for {bytes, format} <- [{gif, :gif}, {webp, :webp}], part <- [0.3, 0.7, 0.99] do
      cut = binary_part(bytes, 0, round(part * byte_size(bytes)))

      assert {:error, %Error{code: :truncated, stage: ^format, message: message}} =
               cut |> all() |> Thumbelina.run()

      assert message =~ ~r/ends early: \d+ frames are whole, and more are wanted/
      frames = Thumbelina.info!(Thumbelina.from_binary(cut)).frames

      if format == :gif do
        assert {:ok, %{stats: %{frames_out: n}}} =
                 cut |> all(on_truncated: :keep) |> Thumbelina.run()

        assert n in (frames - 1)..frames

        whole = cut |> Thumbelina.from_binary(frames: max(frames - 2, 0))
        if frames > 1, do: assert({:ok, _} = whole |> Thumbelina.run())
      end
    end

    assert {:ok, %{stats: %{frames: 60}}} =
             gif |> binary_part(0, byte_size(gif) - 1) |> all() |> Thumbelina.run(format: :webp)
  end
end
