defmodule Thumbelina.WholeTest do
  use ExUnit.Case, async: true

  import Thumbelina.Test.Samples, only: [through: 2, image: 1, pixels: 1]
  alias Thumbelina.Error
  alias Thumbelina.Test.{Moving, Outside, Picture, PNG}

  @moduletag :foreign

  # A picture by the program of libvips: what stands between the names of two files.
  defp vips(picture, operation, args) do
    picture
    |> PNG.encode()
    |> Outside.convert("vips", &([operation, &1, &2] ++ args), {".png", "-out.png"})
    |> PNG.decode()
  end

  defp side(x), do: max(1, ceil(x - 1.0e-6))

  # The box that the four corners of a turned picture lie in.
  defp bounds(width, height, angle) do
    t = angle * :math.pi() / 180

    {xs, ys} =
      for x <- [-width / 2, width / 2], y <- [-height / 2, height / 2] do
        {x * :math.cos(t) - y * :math.sin(t), x * :math.sin(t) + y * :math.cos(t)}
      end
      |> Enum.unzip()

    {side(Enum.max(xs) - Enum.min(xs)), side(Enum.max(ys) - Enum.min(ys))}
  end

  defp middle(picture, width, height) do
    x = div(picture.width - width, 2)
    Picture.crop(picture, x, div(picture.height - height, 2), width, height)
  end

  describe "smart crops" do
    test "are those of libvips, on the same pixels" do
      for channels <- [1, 3],
          picture = Picture.scene(120, 90, channels),
          {width, height} <- [{40, 90}, {120, 30}],
          by <- [:attention, :entropy] do
        ours = through(picture, &Thumbelina.crop(&1, width, height, gravity: by))
        args = ["#{width}", "#{height}", "--interesting", "#{by}"]
        assert {by, ours} == {by, vips(picture, "smartcrop", args)}
      end
    end

    test "of a resize are those of what it was resized to" do
      for by <- [:attention, :entropy] do
        picture = Picture.scene(160, 80)
        resized = through(picture, &Thumbelina.resize(&1, "x40"))
        args = ["30", "40", "--interesting", "#{by}"]
        ours = through(picture, &Thumbelina.resize(&1, "30x40", gravity: by))
        assert ours == vips(resized, "smartcrop", args)

        assert ours ==
                 through(picture, &Thumbelina.thumbnail(&1, "30x40", fit: :cover, gravity: by))
      end
    end

    # Of the 1600 pixels of the patch. What is clear draws no eye, whatever its colour.
    test "keep the one busy place of a flat picture, wherever it is" do
      for {left, top} <- [{0, 0}, {140, 0}, {0, 90}, {140, 90}],
          by <- [:attention, :entropy],
          channels <- [3, 4] do
        picture =
          Picture.new(180, 130, channels, fn x, y ->
            in? = x >= left and x < left + 40 and y >= top and y < top + 40

            busy =
              if rem(div(x, 4) + div(y, 4), 2) == 0, do: <<255, 220, 0>>, else: <<200, 20, 30>>

            cond do
              in? and channels == 3 -> busy
              in? -> busy <> <<255>>
              channels == 3 -> <<90, 90, 90>>
              true -> :binary.part(:erlang.md5(<<x, y>>), 0, 3) <> <<0>>
            end
          end)

        kept = through(picture, &Thumbelina.crop(&1, 60, 60, gravity: by))
        found = for <<pixel::binary-size(channels) <- kept.pixels>>, busy?(pixel), do: 1
        assert length(found) > 1000
      end
    end

    defp busy?(<<r, _, b, rest::binary>>), do: r >= 200 and b <= 30 and rest in ["", <<255>>]

    test "of a picture that EXIF turns are those of the upright one" do
      picture = Picture.scene(90, 60)
      jpeg = Thumbelina.Test.Samples.bytes(picture, :jpeg)
      upright = pixels(Thumbelina.from_binary(Thumbelina.Test.Samples.oriented(jpeg, 6)))
      turned = Thumbelina.from_binary(Thumbelina.Test.Samples.oriented(jpeg, 6))
      ours = turned |> Thumbelina.crop(30, 30, gravity: :attention) |> pixels()
      assert ours == vips(upright, "smartcrop", ["30", "30", "--interesting", "attention"])
    end

    test "that keep all change nothing, and take no libvips" do
      picture = Picture.scene(40, 30)
      assert picture == through(picture, &Thumbelina.crop(&1, "100%x100%", gravity: :attention))
    end

    test "without sense are the caller's mistake" do
      image = Thumbelina.open("cat.jpg")

      assert_raise ArgumentError, ~r/resize: gravity: :entropy takes fit: :cover/, fn ->
        Thumbelina.resize(image, "9x9", fit: :contain, gravity: :entropy)
      end

      assert_raise ArgumentError, ~r/thumbnail: gravity: :attention takes fit: :cover/, fn ->
        Thumbelina.thumbnail(image, "9x9", gravity: :attention)
      end

      assert_raise ArgumentError, ~r/crop: gravity: :attention finds x: and y: itself/, fn ->
        Thumbelina.crop(image, x: 0, y: 0, width: 9, height: 9, gravity: :attention)
      end

      assert_raise ArgumentError, ~r/Did you mean :attention\?/, fn ->
        Thumbelina.crop(image, 9, 9, gravity: :atention)
      end

      assert_raise ArgumentError, ~r/gravity: must be one of/, fn ->
        Thumbelina.pad(image, "9x9", gravity: :attention)
      end
    end
  end

  describe "rotation by any angle" do
    test "has the size of the box around it, at least libvips' own and at most ImageMagick's" do
      for {width, height} <- [{40, 30}, {1, 50}],
          angle <- [44.5, 200] do
        picture = Picture.smooth(width, height)
        ours = through(picture, &Thumbelina.rotate(&1, angle))
        assert {angle, {ours.width, ours.height}} == {angle, bounds(width, height, angle)}
        theirs = vips(picture, "rotate", ["#{angle}"])
        assert (ours.width - theirs.width) in 0..1 and (ours.height - theirs.height) in 0..1

        magick =
          picture
          |> PNG.encode()
          |> Outside.convert("convert", &["png:" <> &1, "-rotate", "#{angle}", "png:" <> &2])
          |> Thumbelina.from_binary()
          |> Thumbelina.info!()

        assert magick.width >= ours.width and magick.height >= ours.height
      end
    end

    test "has a size for every angle" do
      image = image(Picture.smooth(61, 47))

      for angle <- Enum.map(-80..80, &(&1 * 4.7)) do
        {:ok, plan} = image |> Thumbelina.rotate(angle) |> Thumbelina.explain()
        assert {angle, {plan.width_out, plan.height_out}} == {angle, bounds(61, 47, angle)}
      end
    end

    test "is that of libvips, at the same places" do
      picture = Picture.scene(96, 70)

      for angle <- [7, 123.4, 250] do
        ours = through(picture, &Thumbelina.rotate(&1, angle, background: "#406080"))
        t = angle * :math.pi() / 180
        {c, s} = {:math.cos(t), :math.sin(t)}
        {x, y} = {95 / 2, 69 / 2}
        odx = (ours.width - 1) / 2 - (c * x - s * y)
        ody = (ours.height - 1) / 2 - (s * x + c * y)

        theirs =
          vips(picture, "affine", [
            "--oarea",
            "0 0 #{ours.width} #{ours.height}",
            "--odx=#{odx}",
            "--ody=#{ody}",
            "--interpolate",
            "bicubic",
            "--background",
            "64 96 128",
            "--",
            "#{c} #{-s} #{s} #{c}"
          ])

        assert Picture.psnr(middle(ours, 60, 60), middle(theirs, 60, 60)) > 55
        assert Picture.psnr(ours, theirs) > 30
      end
    end

    test "back and forth leaves the middle as it was" do
      picture = Picture.smooth(120, 100)

      for angle <- [10, 33.3, 45, 170, 290] do
        back = through(picture, &(&1 |> Thumbelina.rotate(angle) |> Thumbelina.rotate(-angle)))
        assert Picture.psnr(middle(back, 80, 60), middle(picture, 80, 60)) > 45
      end
    end

    test "is the same for the same angle, and exact for quarter turns" do
      picture = Picture.noise(30, 20)
      by = fn angle -> through(picture, &Thumbelina.rotate(&1, angle)) end
      assert by.(-30) == by.(330) and by.(690.0) == by.(-390)
      assert by.(450) == Picture.rotate(picture, 90) and by.(-90.0) == by.(270)
      assert by.(720.0) == picture and by.(-1.0e-300) == picture
      assert by.(360_000_000_000_000_000_000_000) == picture
      assert through(picture, &Thumbelina.rotate(&1, 180, background: :black)) == by.(180)
    end

    test "of a plain picture is as soft on every side" do
      white = Picture.plain(60, 60, <<255>>)
      turned = through(white, &Thumbelina.rotate(&1, 45, background: :black))
      assert turned == turned |> Picture.rotate(90) and turned == Picture.flip(turned, :vertical)
    end

    test "shows the background in the corners, and no more" do
      corner = fn picture, options ->
        picture |> through(&Thumbelina.rotate(&1, 30, options)) |> Picture.at(0, 0)
      end

      assert corner.(Picture.smooth(40, 30), []) == <<255, 255, 255>>
      assert corner.(Picture.smooth(40, 30), background: {1, 2, 3}) == <<1, 2, 3>>
      assert corner.(Picture.smooth(40, 30), background: {1, 2, 3, 77}) == <<1, 2, 3, 77>>

      assert corner.(Picture.smooth(40, 30), background: :transparent) |> binary_part(3, 1) ==
               <<0>>

      assert <<_, _, _, 0>> = corner.(Picture.smooth(40, 30, 4), [])
      assert corner.(Picture.smooth(40, 30, 1), []) == <<255>>
      assert corner.(Picture.smooth(40, 30, 1), background: {9, 9, 9}) == <<9>>
      assert corner.(Picture.smooth(40, 30, 1), background: {9, 8, 9}) == <<9, 8, 9>>
      assert <<_, 0>> = corner.(Picture.smooth(40, 30, 2), [])
    end

    # Where it is clear there is a colour that must not be seen.
    test "lets no colour of what is clear shine through" do
      picture =
        Picture.new(60, 60, 4, fn x, _ ->
          if x < 30, do: <<255, 0, 0, 0>>, else: <<0, 0, 255, 255>>
        end)

      turned = through(picture, &Thumbelina.rotate(&1, 20))
      seen = for <<r, g, b, a <- turned.pixels>>, a > 16, do: {r, g, b}
      assert Enum.all?(seen, fn {r, g, b} -> r <= 1 and g <= 1 and b >= 254 end)
    end

    test "by every interpolator is about the same" do
      picture = Picture.smooth(60, 50)
      by = fn how -> through(picture, &Thumbelina.rotate(&1, 25, interpolator: how)) end
      want = middle(by.(:bicubic), 30, 30)

      for how <- [:nearest, :bilinear, :lbb, :nohalo],
          do: assert(Picture.psnr(middle(by.(how), 30, 30), want) > 38)
    end

    test "is held to the limits" do
      long = image(Picture.plain(2000, 3, <<7, 8, 9>>))
      turned = Thumbelina.open(long, max_side_out: 1990) |> Thumbelina.rotate(45.5)
      assert {:ok, %{width: 1404}} = Thumbelina.run(turned)
      huge = Thumbelina.affine(Thumbelina.open(long, max_side_out: 1990), {1, 0, 0, 700})

      assert {:error, %Error{code: :limit, message: message}} = Thumbelina.run(huge)
      assert message =~ "2000x2100; the limit is 1990 a side (max_side_out)"

      assert {:error, %Error{code: :limit}} =
               image(Picture.plain(600, 600, <<1, 2, 3>>))
               |> Thumbelina.open(max_memory: 2_000_000)
               |> Thumbelina.rotate(45.5)
               |> Thumbelina.run()
    end

    test "without sense is the caller's mistake" do
      image = Thumbelina.open("cat.jpg")

      assert_raise ArgumentError,
                   "Thumbelina.rotate: angle: must be a number of degrees, not :left",
                   fn ->
                     Thumbelina.rotate(image, :left)
                   end

      assert_raise ArgumentError,
                   ~r/rotate: unknown option backgrund:.*Did you mean :background\?/,
                   fn ->
                     Thumbelina.rotate(image, 90, backgrund: :black)
                   end

      for odd <- [{1, 2, 2, 4}, {1, 0, 0}, {1, 0, 0, 1001}, {0, 0, 0, 0}, :matrix, {1, 0, 0, "1"}] do
        assert_raise ArgumentError, ~r/affine: matrix: must be {a, b, c, d}/, fn ->
          Thumbelina.affine(image, odd)
        end
      end
    end
  end

  test "an affine turn of a whole number of pixels is exact" do
    picture = Picture.noise(20, 12)
    assert through(picture, &Thumbelina.affine(&1, {0, -1, 1, 0})) == Picture.rotate(picture, 90)

    assert through(picture, &Thumbelina.affine(&1, {-1, 0, 0, 1})) ==
             Picture.flip(picture, :horizontal)

    assert through(picture, &Thumbelina.affine(&1, {1, 0, 0, 1})) == picture
    twice = through(picture, &Thumbelina.affine(&1, {2, 0, 0, 2}, interpolator: :nearest))
    assert {twice.width, twice.height} == {40, 24}

    for y <- 0..23,
        x <- 0..39,
        do: assert(Picture.at(twice, x, y) == Picture.at(picture, div(x, 2), div(y, 2)))
  end

  describe "contrast" do
    test "of grey is that of libvips" do
      picture = Picture.scene(80, 60, 1) |> Picture.map(&div(&1, 2))
      assert through(picture, &Thumbelina.equalise/1) == vips(picture, "hist_equal", [])

      for {width, height, slope} <- [{16, 16, 3}, {80, 7, 0}, {5, 60, 20}] do
        ours = through(picture, &Thumbelina.clahe(&1, width: width, height: height, slope: slope))
        args = ["#{width}", "#{height}", "--max-slope", "#{slope}"]
        assert ours == vips(picture, "hist_local", args)
      end

      # An eighth of each side.
      assert through(picture, &Thumbelina.clahe/1) ==
               vips(picture, "hist_local", ["10", "8", "--max-slope", "3"])
    end

    test "of colours is that of their luma: all change by as much" do
      picture = Picture.scene(70, 50) |> Picture.map(&div(&1, 2))
      luma = through(picture, &Thumbelina.greyscale/1)

      for {fun, theirs} <- [
            {&Thumbelina.equalise/1, vips(luma, "hist_equal", [])},
            {&Thumbelina.clahe(&1, width: 9, height: 9),
             vips(luma, "hist_local", ["9", "9", "--max-slope", "3"])}
          ] do
        assert through(picture, fun) == follow(picture, luma, theirs)
      end
    end

    defp follow(picture, luma, now) do
      Picture.new(picture.width, picture.height, 3, fn x, y ->
        [<<was>>, <<is>>] = for p <- [luma, now], do: Picture.at(p, x, y)
        for <<v <- Picture.at(picture, x, y)>>, into: <<>>, do: <<max(0, min(255, v + is - was))>>
      end)
    end

    test "leaves alpha alone; what is clear does not count when all is equalised" do
      for channels <- [2, 4] do
        picture = Picture.scene(60, 40, channels)
        alpha = fn p -> for <<_::binary-size(channels - 1), a <- p.pixels>>, do: a end
        assert alpha.(through(picture, &Thumbelina.equalise/1)) == alpha.(picture)
        assert alpha.(through(picture, &Thumbelina.clahe/1)) == alpha.(picture)
      end

      half =
        Picture.new(40, 40, 2, fn x, y -> if y < 20, do: <<x * 3, 255>>, else: <<200, 0>> end)

      seen = half |> through(&Thumbelina.equalise/1) |> Picture.crop(0, 0, 40, 20)
      bare = Picture.new(40, 20, 1, fn x, _ -> <<x * 3>> end)
      alone = vips(bare, "hist_equal", [])
      assert for(<<v, _ <- seen.pixels>>, into: <<>>, do: <<v>>) == alone.pixels
    end

    test "of one colour, or one pixel, is something" do
      for channels <- 1..4,
          {width, height} <- [{1, 1}, {30, 2}],
          fun <- [&Thumbelina.equalise/1, &Thumbelina.clahe/1] do
        picture =
          Picture.plain(width, height, binary_part(<<100, 90, 80, 255>>, 4 - channels, channels))

        assert %{width: ^width, height: ^height, channels: ^channels} = through(picture, fun)
      end
    end
  end

  test "the lane, a crop before and neighbours do not show" do
    image = image(Picture.scene(200, 150))

    made = fn opts ->
      image
      |> Thumbelina.crop(10, 10, 180, 130)
      |> Thumbelina.rotate(12.5)
      |> Thumbelina.clahe()
      |> Thumbelina.resize("60x60", gravity: :attention)
      |> Thumbelina.to_binary!(:png, opts)
    end

    want = made.([])

    for lane <- [:yield, :dirty],
        slice <- [10, 300],
        do: assert(made.(lane: lane, slice: slice) == want)

    many = 1..8 |> Enum.map(fn _ -> Task.async(fn -> made.(threads: 4) end) end)
    assert Enum.all?(Task.await_many(many, 60_000), &(&1 == want))
  end

  test "what is laid on may be turned, and what is turned laid on" do
    base = Picture.plain(60, 60, <<10, 20, 30>>)
    mark = Thumbelina.rotate(image(Picture.plain(20, 20, <<250, 240, 230, 255>>)), 45)
    laid = through(base, &Thumbelina.composite(&1, mark))

    assert Picture.at(laid, 30, 30) == <<250, 240, 230>> and
             Picture.at(laid, 17, 17) == <<10, 20, 30>>
  end

  test "are done to each frame of an animation; its crop is that of the first" do
    pictures =
      for left <- [0, 30, 60] do
        Picture.new(100, 40, 3, fn x, y ->
          busy? = x in left..(left + 29) and rem(div(x, 3) + div(y, 3), 2) == 0
          if busy?, do: <<250, 200, 0>>, else: <<90, 90, 90>>
        end)
      end

    webp = Moving.img2webp(Enum.map(pictures, &{&1, 50}), 0)

    moving = fn fun ->
      webp
      |> Thumbelina.from_binary(frames: :all)
      |> fun.()
      |> Thumbelina.to_binary!(:webp, lossless: true)
      |> Moving.shown(:webp)
    end

    crop = &Thumbelina.crop(&1, 30, 40, gravity: :attention)

    still = fn i, fun ->
      webp |> Thumbelina.from_binary(frames: i) |> fun.() |> Thumbelina.flatten() |> pixels()
    end

    first = still.(0, crop)
    at = Enum.find(0..70, &(Picture.crop(hd(pictures), &1, 0, 30, 40) == first))
    assert still.(2, crop) != Picture.crop(List.last(pictures), at, 0, 30, 40)
    assert moving.(crop) == for(p <- pictures, do: Picture.crop(p, at, 0, 30, 40))

    for fun <- [
          &Thumbelina.rotate(&1, 20, background: :black),
          &Thumbelina.clahe/1,
          &Thumbelina.text(&1, "moves", colour: :white)
        ] do
      assert moving.(fun) == for(i <- 0..2, do: still.(i, fun))
    end
  end

  test "a plan shows them as stages" do
    image = image(Picture.scene(100, 80)) |> Thumbelina.rotate(10) |> Thumbelina.equalise()
    {:ok, plan} = image |> Thumbelina.resize("20x30", gravity: :entropy) |> Thumbelina.explain()
    names = Enum.map(plan.stages, &elem(&1, 0))
    assert [:png, :affine, :convert, :equalise, :relight, :resize, :smart_crop, :png] = names
    assert plan.lane in [:yield, :dirty] and {plan.width_out, plan.height_out} == {20, 30}
  end

  test "they are printed as they are written" do
    for code <- [
          ~s|Thumbelina.rotate(12.5)|,
          ~s|Thumbelina.rotate(345.0, background: {0, 0, 0, 255}, interpolator: :lbb)|,
          ~s|Thumbelina.affine({1.0, 0.5, 0.0, 1.0})|,
          ~s|Thumbelina.clahe(width: 9, slope: 5)|,
          ~s|Thumbelina.equalise()|,
          ~s|Thumbelina.crop(width: 5, height: 6, gravity: :attention)|,
          ~s|Thumbelina.thumbnail(width: 5, height: 6, fit: :cover, gravity: :entropy)|
        ] do
      code = ~s[Thumbelina.open("cat.jpg") |> ] <> code
      {image, _} = Code.eval_string(code)
      assert inspect(image) == code
      assert Code.eval_string(inspect(image)) |> elem(0) == image
    end
  end
end
