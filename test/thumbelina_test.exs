defmodule ThumbelinaTest do
  use ExUnit.Case, async: true

  alias Thumbelina.{Error, Image}
  alias Thumbelina.Test.{Outside, Picture, PNG, Samples}
  import Thumbelina.Test.Samples, only: [through: 2]

  setup context do
    if context[:dir] do
      dir =
        Path.join(
          System.tmp_dir!(),
          "thumbelina-#{System.unique_integer([:positive])}-#{System.pid()}"
        )

      File.mkdir_p!(dir)
      on_exit(fn -> File.rm_rf!(dir) end)
      {:ok, dir: dir}
    else
      :ok
    end
  end

  defp image, do: Thumbelina.open("cat.jpg")

  defp size(%{width: width, height: height}), do: {width, height}

  describe "open" do
    test "reads nothing" do
      assert %Image{source: {:file, "no/such/file"}} = Thumbelina.open("no/such/file")
      Thumbelina.open(Stream.map([1], fn _ -> flunk("it was read") end))
    end

    test "takes an image as it is, with more options" do
      image = Thumbelina.open("cat.jpg", max_side: 5)
      assert Thumbelina.open(image) == image
      assert Thumbelina.open(image, orient: false).opts == %{max_side: 5, orient: false}
    end

    test "an option that does not exist raises at once" do
      assert_raise ArgumentError,
                   ~r/^Thumbelina.open: unknown option max_pixel: .*Did you mean :max_pixels\?/,
                   fn ->
                     Thumbelina.open("cat.jpg", max_pixel: 1)
                   end

      assert_raise ArgumentError, ~r/^Thumbelina.from_binary: max_bytes: must be/, fn ->
        Thumbelina.from_binary("", max_bytes: 0)
      end

      assert_raise ArgumentError, ~r/expected a binary, not nil/, fn ->
        Thumbelina.from_binary(nil)
      end
    end

    @tag :dir
    test "every source of the same bytes gives the same picture", %{dir: dir} do
      path = Path.join(dir, "upload")
      png = Samples.smooth(:png, 50, 40)
      File.write!(path, png)

      made = fn source ->
        source |> Thumbelina.open() |> Thumbelina.resize(20) |> Thumbelina.to_binary!()
      end

      for source <- [
            path,
            %{path: path, filename: "cat.png"},
            File.stream!(path),
            File.stream!(path, [], 7),
            [png],
            Thumbelina.from_binary(png)
          ] do
        assert made.(source) == made.(path)
      end
    end
  end

  describe "operations" do
    test "all ways to give a size make the same operation" do
      for function <- [:resize, :thumbnail, :crop] do
        expected = apply(Thumbelina, function, [image(), [width: 400, height: 300]])

        for args <- [
              ["400x300"],
              [{400, 300}],
              [400, 300],
              [400, 300, []],
              ["400x300", []],
              [[height: 300, width: 400]]
            ] do
          assert apply(Thumbelina, function, [image() | args]) == expected
        end
      end

      for function <- [:resize, :thumbnail] do
        expected = apply(Thumbelina, function, [image(), [width: 400]])

        for args <- [["400x"], [{400, nil}], [400], [400, []], [400, nil]] do
          assert apply(Thumbelina, function, [image() | args]) == expected
        end
      end

      assert Thumbelina.crop(image(), 1, 2, 3, 4) == Thumbelina.crop(image(), "3x4", x: 1, y: 2)
    end

    test "angles are whole turns apart" do
      assert Thumbelina.rotate(image(), -90) == Thumbelina.rotate(image(), 270)
      assert Thumbelina.rotate(image(), 450) == Thumbelina.rotate(image(), 90)
      for nothing <- [0, 360, -720], do: assert(Thumbelina.rotate(image(), nothing) == image())
    end

    test "mistakes raise at once, in a sentence that names the call" do
      width =
        "Thumbelina.resize: width: must be a whole number of pixels from 1 to 65500, a part of " <>
          ~s(the picture's own above 0.0 and up to 10.0, or one written "50%", not )

      for {call, sentence} <- [
            {&Thumbelina.resize(&1, 0), width <> "0"},
            {&Thumbelina.resize(&1, 400.5), width <> "400.5"},
            {&Thumbelina.resize(&1, 65_501), width <> "65501"},
            {&Thumbelina.resize(&1, 1, width: 2), "Thumbelina.resize: width: is given twice"},
            {&Thumbelina.resize(&1, []), "Thumbelina.resize: give width: or height:"},
            {&Thumbelina.resize(&1, 1, 2, :fill),
             "Thumbelina.resize: options are a keyword list, not :fill"},
            {&Thumbelina.resize(&1, "9x9", :fill),
             "Thumbelina.resize: options are a keyword list, not :fill"},
            {&Thumbelina.crop(&1, 1, 2, 3), "Thumbelina.crop: options are a keyword list, not 3"},
            {&Thumbelina.resize(&1, 5, fit: :crop), "not :crop. Did you mean :cover?"},
            {&Thumbelina.crop(&1, left: 1, top: 2, width: 3, height: 4), "Did you mean :x?"},
            {&Thumbelina.composite(&1, "a.png", gravity: :bottom_right),
             "Did you mean :south_east?"},
            {&Thumbelina.composite(&1, nil), "Thumbelina.composite: expected a path, an upload"},
            {&Thumbelina.composite(&1, <<0xFF, 0xD8, 0xFF>>),
             "Thumbelina.composite: <<255, 216, 255>>"},
            {&Thumbelina.encode(&1, :png, quality: 80),
             ". It is an option of :jpeg, :webp, :avif, :heif, :jxl, :jp2, :tiff, and not of :png"},
            {&Thumbelina.encode(&1, :jpeg, timeout: 9),
             ". It is an option of Thumbelina.run/2, write/3 and what else runs it"},
            {&Thumbelina.encode(&1, :jpeg, max_pixels: 9),
             ". It is an option of Thumbelina.open/2"},
            {&Thumbelina.thumbnail(&1, 1, fit: :insude), "Did you mean :inside?"},
            {&Thumbelina.crop(&1, 5), "Thumbelina.crop: give width: and height:"},
            {&Thumbelina.crop(&1, -1, 0, 5, 5),
             "Thumbelina.crop: x: must be a whole number of pixels from 0 to 65500, a part from 0.0 to 1.0, or one written \"50%\", not -1"},
            {&Thumbelina.flip(&1, :left),
             "Thumbelina.flip: direction: must be one of :horizontal, :vertical, not :left"},
            {&Thumbelina.rotate(&1, "45"),
             "Thumbelina.rotate: angle: must be a number of degrees, not \"45\""},
            {&Thumbelina.rotate(&1, 3, :black),
             "Thumbelina.rotate: options are a keyword list, not :black"},
            {&Thumbelina.affine(&1, {1, 0, 0, 1}, :black),
             "Thumbelina.affine: options are a keyword list, not :black"},
            {&Thumbelina.convolve(&1, [[1]], 3),
             "Thumbelina.convolve: options are a keyword list, not 3"},
            {&Thumbelina.composite(&1, "cat.png", :over),
             "Thumbelina.composite: options are a keyword list, not :over"},
            {&Thumbelina.blur(&1, 0),
             "Thumbelina.blur: sigma: must be a number from 0.1 to 100, not 0"},
            {&Thumbelina.blur(&1, Integer.pow(10, 400)),
             "Thumbelina.blur: sigma: must be a number from 0.1 to 100, not 1000"},
            {&Thumbelina.brighten(&1, 256),
             "Thumbelina.brighten: add: must be a whole number from -255 to 255, not 256"},
            {&Thumbelina.encode(&1, :jpeg, qualty: 1), "Did you mean :quality?"},
            {&Thumbelina.encode(&1, :bmp), "Thumbelina.encode: the format must be one of"}
          ],
          start <- [image(), Thumbelina.pipeline()] do
        error = assert_raise ArgumentError, fn -> call.(start) end
        assert error.message =~ sentence
      end
    end

    test "a number is taken up to the bounds that are documented, and refused beyond them" do
      for {function, {least, most}} <- [
            blur: {0.1, 100},
            pixelate: {1, 1000},
            brighten: {-255, 255},
            brightness: {0, 10},
            contrast: {0, 10},
            saturation: {0, 10},
            hue: {-360, 360},
            gamma: {0.1, 10},
            sepia: {0, 1},
            opacity: {0, 1},
            threshold: {0, 255}
          ] do
        call =
          &apply(Thumbelina, function, [Thumbelina.from_binary(Samples.smooth(:png, 9, 7)), &1])

        for number <- [least, most] do
          assert {:ok, %{width: 9, height: 7}} = number |> call.() |> Thumbelina.run()
        end

        for number <- [least - 1, most + 1, nil, "1", [1]] do
          assert_raise ArgumentError,
                       ~r/^Thumbelina.#{function}: \w+: must be a .* from #{least} to #{most}, not /,
                       fn -> call.(number) end
        end
      end
    end

    test "operations need an image or a pipeline" do
      for call <- [
            &Thumbelina.resize(&1, 400),
            &Thumbelina.rotate(&1, 0),
            &Thumbelina.rotate(&1, 90),
            &Thumbelina.greyscale/1,
            &Thumbelina.encode(&1, :png),
            &Thumbelina.composite(&1, "cat.png"),
            &Thumbelina.text(&1, "cat")
          ] do
        assert_raise ArgumentError,
                     ~r/^Thumbelina\.\w+: expected an image or a pipeline, not "cat.jpg": start with/,
                     fn ->
                       call.("cat.jpg")
                     end
      end
    end

    test "what runs needs an image" do
      for call <- [
            &Thumbelina.run/1,
            &Thumbelina.to_binary/1,
            &Thumbelina.stream!/1,
            &Thumbelina.explain/1,
            &Thumbelina.estimate/1,
            &Thumbelina.variants(&1, a: fn pipeline -> pipeline end),
            &Thumbelina.write(&1, "cat.png")
          ] do
        for {other, sentence} <- [
              {"cat.jpg", ~r/^Thumbelina\.\w+!?: expected an image, not "cat.jpg": start with/},
              {Thumbelina.pipeline(), ~r/: a pipeline has no source: give it one with/}
            ],
            do: assert_raise(ArgumentError, sentence, fn -> call.(other) end)
      end
    end

    test "of what a step before answered, the image is to be taken" do
      done = {:ok, image()}
      failed = Thumbelina.open("no.jpg") |> Thumbelina.run()

      for call <- [&Thumbelina.blur(&1, 1), &Thumbelina.run/1, &Thumbelina.encode(&1, :png)] do
        assert_raise ArgumentError, ~r/: take the image out of {:ok, image}/, fn ->
          call.(done)
        end

        assert_raise ArgumentError, ~r/: it was not made, see the error/, fn -> call.(failed) end
      end
    end

    test "the image comes first" do
      assert_raise ArgumentError,
                   "Thumbelina.resize: expected an image or a pipeline, not 400: start with " <>
                     "Thumbelina.open/2 or Thumbelina.from_binary/2",
                   fn -> Thumbelina.resize(400, image()) end
    end

    test "an option of a run or of a format is none of open/2, which says whose it is" do
      for {name, whose} <- [timeout: "Thumbelina.run/2, write/3", quality: "Thumbelina.encode/3"] do
        assert_raise ArgumentError, ~r"\. It is an option of #{whose}", fn ->
          Thumbelina.open("cat.jpg", [{name, 50}])
        end
      end
    end

    test "what was known of a result does not hold after another operation" do
      {:ok, made} = Thumbelina.from_binary(Samples.smooth(:png, 8, 6)) |> Thumbelina.run()
      assert %{width: 8, height: 6, format: :png} = made

      for more <- [
            Thumbelina.resize(made, 2),
            Thumbelina.encode(made, :webp),
            Thumbelina.through(made, Thumbelina.pipeline())
          ] do
        assert %{width: nil, height: nil, format: nil, stats: nil, warnings: []} = more
      end
    end
  end

  describe "through" do
    test "appends the operations, and the output where there is one" do
      pipeline =
        Thumbelina.pipeline() |> Thumbelina.resize(9) |> Thumbelina.encode(:png, level: 1)

      direct =
        image()
        |> Thumbelina.greyscale()
        |> Thumbelina.resize(9)
        |> Thumbelina.encode(:png, level: 1)

      assert image() |> Thumbelina.greyscale() |> Thumbelina.through(pipeline) == direct

      assert Thumbelina.pipeline()
             |> Thumbelina.greyscale()
             |> Thumbelina.through(pipeline)
             |> then(&Thumbelina.through("cat.jpg", &1)) == direct

      kept = image() |> Thumbelina.encode(:webp) |> Thumbelina.through(Thumbelina.pipeline())
      assert {:webp, _} = kept.output
    end

    test "takes nothing but a pipeline" do
      for source <- ["cat.jpg", image(), Thumbelina.pipeline(), nil],
          wrong <- [nil, &Thumbelina.resize(&1, 3), image(), "cat.jpg"] do
        assert_raise ArgumentError, ~r/^Thumbelina.through: expected a pipeline, not /, fn ->
          Thumbelina.through(source, wrong)
        end
      end

      assert_raise ArgumentError, ~r/^Thumbelina.through: expected a path/, fn ->
        Thumbelina.through(nil, Thumbelina.pipeline())
      end
    end

    test "the pipeline stays short enough" do
      long = Enum.reduce(1..40, Thumbelina.pipeline(), fn _, p -> Thumbelina.greyscale(p) end)

      assert_raise ArgumentError, ~r/at most 64/, fn ->
        image() |> Thumbelina.through(long) |> Thumbelina.through(long)
      end
    end

    test "a pipeline alone does not run" do
      for call <- [
            &Thumbelina.run/1,
            &Thumbelina.to_binary/1,
            &Thumbelina.stream!/1,
            &Thumbelina.write(&1, "x.png")
          ] do
        assert_raise ArgumentError, ~r/a pipeline has no source/, fn ->
          call.(Thumbelina.pipeline())
        end
      end
    end
  end

  describe "the pixels" do
    test "without operations are those of the input" do
      for channels <- 1..4, filter <- 0..4 do
        picture = Picture.noise(13, 11, channels)

        bytes =
          picture
          |> PNG.encode(filter: filter)
          |> Thumbelina.from_binary()
          |> Thumbelina.to_binary!()

        assert PNG.decode(bytes) == picture
      end
    end

    test "are the same with every PNG filter and level" do
      picture = Picture.smooth(31, 17, 4)

      for filter <- [:auto, :none, :sub, :up, :avg, :paeth, :all], level <- [0, 1, 9] do
        bytes =
          picture
          |> PNG.encode()
          |> Thumbelina.from_binary()
          |> Thumbelina.to_binary!(:png, filter: filter, level: level)

        assert PNG.decode(bytes) == picture
      end
    end

    test "flip, rotate and crop move them" do
      for channels <- 1..4, {width, height} <- [{1, 1}, {1, 9}, {17, 1}, {20, 13}] do
        picture = Picture.noise(width, height, channels)

        for direction <- [:horizontal, :vertical] do
          assert through(picture, &Thumbelina.flip(&1, direction)) ==
                   Picture.flip(picture, direction)
        end

        for angle <- [90, 180, 270] do
          assert through(picture, &Thumbelina.rotate(&1, angle)) == Picture.rotate(picture, angle)
        end
      end

      picture = Picture.noise(20, 13)

      assert through(picture, &Thumbelina.crop(&1, 3, 2, 10, 11)) ==
               Picture.crop(picture, 3, 2, 10, 11)

      assert through(picture, &Thumbelina.crop(&1, "100x5", gravity: :south)) ==
               Picture.crop(picture, 0, 8, 20, 5)

      assert through(picture, &Thumbelina.crop(&1, "4x4", gravity: :north_east)) ==
               Picture.crop(picture, 16, 0, 4, 4)

      assert through(picture, &Thumbelina.crop(&1, "4x4", gravity: {0.5, 1})) ==
               Picture.crop(picture, 8, 9, 4, 4)
    end

    test "operations follow each other as written" do
      picture = Picture.noise(20, 13)

      chain =
        &(&1
          |> Thumbelina.crop(2, 1, 12, 10)
          |> Thumbelina.rotate(90)
          |> Thumbelina.flip(:horizontal)
          |> Thumbelina.crop(1, 3, 5, 6)
          |> Thumbelina.rotate(-90))

      plain =
        picture
        |> Picture.crop(2, 1, 12, 10)
        |> Picture.rotate(90)
        |> Picture.flip(:horizontal)
        |> Picture.crop(1, 3, 5, 6)
        |> Picture.rotate(270)

      assert through(picture, chain) == plain
    end

    test "brighten adds, within bounds" do
      picture = Picture.noise(16, 9)

      for by <- [-255, -40, 0, 1, 255] do
        assert through(picture, &Thumbelina.brighten(&1, by)) ==
                 Picture.map(picture, &(&1 |> Kernel.+(by) |> max(0) |> min(255)))
      end
    end

    test "greyscale keeps the luma, grey stays as it is, alpha too" do
      picture = Picture.noise(16, 9)
      grey = through(picture, &Thumbelina.greyscale/1)
      assert grey.channels == 1

      for x <- 0..15, y <- 0..8 do
        <<r, g, b>> = Picture.at(picture, x, y)
        <<luma>> = Picture.at(grey, x, y)
        assert_in_delta luma, 0.2126 * r + 0.7152 * g + 0.0722 * b, 1.0
      end

      for channels <- [1, 2] do
        picture = Picture.noise(16, 9, channels)
        assert through(picture, &Thumbelina.greyscale/1) == picture
      end
    end

    test "of one colour stay of one colour, whatever is done" do
      for colour <- [<<77>>, <<77, 128>>, <<1, 254, 77>>, <<200, 100, 0, 128>>] do
        picture = Picture.plain(40, 30, colour)

        for call <- [&Thumbelina.blur(&1, 0.1), &Thumbelina.blur(&1, 30)],
            do: assert(through(picture, call) == picture)

        for kernel <- [:nearest, :linear, :cubic, :mitchell, :lanczos2, :lanczos3],
            size <- [7, 40, 95] do
          made = through(picture, &Thumbelina.resize(&1, size, kernel: kernel))
          assert Picture.distance(made, Picture.plain(made.width, made.height, colour)) <= 1
        end
      end
    end

    test "nearest takes the pixel that holds the centre" do
      picture = Picture.noise(12, 8)
      third = Picture.new(4, 8, 3, fn x, y -> Picture.at(picture, 3 * x + 1, y) end)
      assert through(picture, &Thumbelina.resize(&1, 4, 8, kernel: :nearest, fit: :fill)) == third
      double = Picture.new(24, 16, 3, fn x, y -> Picture.at(picture, div(x, 2), div(y, 2)) end)
      assert through(picture, &Thumbelina.resize(&1, 24, kernel: :nearest)) == double
    end

    test "each fit makes the size it promises" do
      picture = Picture.smooth(80, 40)

      for {call, size} <- [
            {&Thumbelina.resize(&1, 20), {20, 10}},
            {&Thumbelina.resize(&1, "x20"), {40, 20}},
            {&Thumbelina.resize(&1, "20x20"), {20, 20}},
            {&Thumbelina.resize(&1, "20x20", fit: :contain), {20, 20}},
            {&Thumbelina.resize(&1, "20x20", fit: :fill), {20, 20}},
            {&Thumbelina.resize(&1, "20x20", fit: :inside), {20, 10}},
            {&Thumbelina.resize(&1, "20x20", fit: :outside), {40, 20}},
            {&Thumbelina.resize(&1, 160), {160, 80}},
            {&Thumbelina.resize(&1, 160, enlarge: false), {80, 40}},
            {&Thumbelina.thumbnail(&1, "20x20"), {20, 10}},
            {&Thumbelina.thumbnail(&1, 160), {80, 40}},
            {&Thumbelina.thumbnail(&1, 160, enlarge: true), {160, 80}},
            {&Thumbelina.resize(&1, 20, reduce: false), {80, 40}},
            {&Thumbelina.resize(&1, 160, reduce: false), {160, 80}},
            {&Thumbelina.resize(&1, "20x20", reduce: false), {20, 20}},
            {&Thumbelina.thumbnail(&1, 20, reduce: false), {80, 40}},
            {&Thumbelina.resize(&1, 20, dpr: 2), {40, 20}},
            {&Thumbelina.resize(&1, "30x30", dpr: 1.5), {45, 45}},
            {&Thumbelina.thumbnail(&1, 60, dpr: 3), {80, 40}},
            {&Thumbelina.crop(&1, "50%x25%"), {40, 10}},
            {&Thumbelina.crop(&1, 0.5, 10), {40, 10}},
            {&Thumbelina.crop(&1, {"10%", 1.0}), {8, 40}}
          ] do
        assert picture |> through(call) |> size() == size
      end
    end

    test "cover keeps the part that gravity says" do
      red_and_blue =
        Picture.new(80, 40, 3, fn x, _ -> if x < 40, do: <<255, 0, 0>>, else: <<0, 0, 255>> end)

      cut = fn gravity ->
        through(red_and_blue, &Thumbelina.resize(&1, "40x40", gravity: gravity))
      end

      assert Picture.at(cut.(:west), 2, 2) == <<255, 0, 0>>
      assert Picture.at(cut.(:east), 37, 37) == <<0, 0, 255>>
      assert cut.({0, 0.5}) == cut.(:west)
      assert cut.(:centre) == cut.({0.5, 0.5})
      # The point of the picture is in the middle of what is left, as far as that can be.
      assert cut.({0.25, 0.5}) == cut.(:west)
      assert cut.({0.375, 0.5}) == through(red_and_blue, &Thumbelina.crop(&1, 10, 0, 40, 40))
      crop = &Thumbelina.crop(&1, "20x20", gravity: {0.5, 0.25})
      assert through(red_and_blue, crop) == Picture.crop(red_and_blue, 30, 0, 20, 20)
    end

    test "are cut by parts of themselves, as they are there" do
      picture = Picture.noise(21, 10)
      parts = [x: "10%", y: 0.5, width: 0.5, height: "25%"]
      # 2.1 to 12.6, 5 to 7.5
      assert through(picture, &Thumbelina.crop(&1, parts)) == Picture.crop(picture, 2, 5, 11, 3)

      turned =
        through(
          picture,
          &(&1 |> Thumbelina.rotate(90) |> Thumbelina.crop("50%x50%", gravity: :north))
        )

      assert turned == picture |> Picture.rotate(90) |> Picture.crop(3, 0, 5, 11)

      assert_raise ArgumentError, ~r/width: must be/, fn ->
        Thumbelina.pad(image(), width: 0.5)
      end
    end

    test "mixes light where it is asked to" do
      stripes =
        Picture.new(64, 64, 1, fn x, y -> if rem(x + y, 2) == 0, do: <<255>>, else: <<0>> end)

      mixed = fn opts ->
        stripes |> through(&Thumbelina.resize(&1, 8, opts)) |> Picture.at(4, 4)
      end

      assert mixed.(kernel: :linear) in [<<127>>, <<128>>]
      assert mixed.(kernel: :linear, linear: true) in [<<187>>, <<188>>]
      # A JPEG is not shrunk while it is decoded then.
      jpeg = Thumbelina.from_binary(Samples.smooth(:jpeg, 320, 240))
      assert Thumbelina.explain!(Thumbelina.resize(jpeg, 40)).shrink == 4
      assert Thumbelina.explain!(Thumbelina.resize(jpeg, 40, linear: true)).shrink == 1
    end

    test "contain fills the rest with the background" do
      padded =
        through(
          Picture.plain(80, 40, <<9, 9, 9>>),
          &Thumbelina.resize(&1, "40x40", fit: :contain, background: {1, 2, 3})
        )

      assert Picture.at(padded, 0, 0) == <<1, 2, 3>>
      assert Picture.at(padded, 39, 39) == <<1, 2, 3>>
      assert Picture.at(padded, 0, 20) == <<9, 9, 9>>

      clear =
        through(
          Picture.plain(80, 40, <<9, 9, 9, 255>>),
          &Thumbelina.resize(&1, "40x40", fit: :contain)
        )

      assert <<_, _, _, 0>> = Picture.at(clear, 0, 0)
      assert <<9, 9, 9, 255>> = Picture.at(clear, 20, 20)
    end

    test "a background that the picture has no channels for adds them" do
      pad = fn pixel, background ->
        picture = Picture.plain(4, 4, pixel)
        padded = through(picture, &Thumbelina.pad(&1, "6x6", background: background))
        assert Picture.at(padded, 5, 5) == Picture.at(padded, 0, 0)
        {Picture.at(padded, 0, 0), Picture.at(padded, 2, 2)}
      end

      assert pad.(<<1, 2, 3>>, :auto) == {<<255, 255, 255>>, <<1, 2, 3>>}
      assert {<<_, _, _, 0>>, <<1, 2, 3, 255>>} = pad.(<<1, 2, 3>>, :transparent)
      assert pad.(<<7>>, {200, 10, 20}) == {<<200, 10, 20>>, <<7, 7, 7>>}
      assert pad.(<<7>>, {9, 9, 9}) == {<<9>>, <<7>>}
      assert pad.(<<7>>, {9, 9, 9, 128}) == {<<9, 128>>, <<7, 255>>}
      assert pad.(<<7, 50>>, "#c80a1440") == {<<200, 10, 20, 64>>, <<7, 7, 7, 50>>}
    end

    test "extend puts around them what its mode says" do
      # Where place i of the canvas is in a picture of n; nil for nowhere.
      inside = fn
        :background, i, n ->
          if i in 0..(n - 1), do: i

        :copy, i, n ->
          min(max(i, 0), n - 1)

        :repeat, i, n ->
          Integer.mod(i, n)

        :mirror, i, n ->
          Enum.at(Enum.to_list(0..(n - 1)) ++ Enum.to_list((n - 1)..0), Integer.mod(i, 2 * n))
      end

      picture = Picture.noise(11, 7)
      borders = [left: 3, right: 30, top: 9, bottom: 5]

      for mode <- [:background, :copy, :repeat, :mirror] do
        made =
          through(picture, &Thumbelina.extend(&1, [mode: mode, background: "#010203"] ++ borders))

        assert made ==
                 Picture.new(44, 21, 3, fn x, y ->
                   {x, y} = {inside.(mode, x - 3, 11), inside.(mode, y - 9, 7)}
                   if x && y, do: Picture.at(picture, x, y), else: <<1, 2, 3>>
                 end)
      end
    end

    test "pad lays them on a canvas and never cuts" do
      picture = Picture.noise(11, 7)

      pad = fn size, opts ->
        through(picture, &Thumbelina.pad(&1, size, [background: :black] ++ opts))
      end

      made = pad.("20x20", gravity: :south_east)
      assert size(made) == {20, 20}
      assert Picture.crop(made, 9, 13, 11, 7) == picture
      assert Picture.crop(made, 0, 0, 9, 20) == Picture.plain(9, 20, <<0, 0, 0>>)
      assert size(pad.("20x3", [])) == {20, 7}
      assert size(pad.("x9", [])) == {11, 9}
      assert pad.("5x5", []) == picture
      # Upright, of one that is not.
      bytes = PNG.encode(picture, chunks: [{"eXIf", Samples.tiff(6)}])
      turned = bytes |> Thumbelina.from_binary() |> Thumbelina.pad(7, 20, gravity: :north)

      assert turned |> Thumbelina.to_binary!() |> PNG.decode() |> Picture.crop(0, 0, 7, 11) ==
               Picture.rotate(picture, 90)
    end

    test "round and circle clear the corners" do
      picture = Picture.plain(40, 30, <<200, 100, 50>>)
      rounded = through(picture, &Thumbelina.round(&1, radius: 10))
      assert {rounded.channels, size(rounded)} == {4, {40, 30}}

      for {x, y} <- [{0, 0}, {39, 0}, {0, 29}, {39, 29}],
          do: assert(Picture.at(rounded, x, y) == <<0, 0, 0, 0>>)

      for {x, y} <- [{10, 0}, {0, 10}, {20, 15}, {29, 29}],
          do: assert(<<200, 100, 50, a>> = Picture.at(rounded, x, y)) && assert(a > 250)

      assert through(picture, &Thumbelina.round(&1, "50%")) ==
               through(picture, &Thumbelina.round(&1, 15))

      assert through(picture, &Thumbelina.round(&1, 9999)) ==
               through(picture, &Thumbelina.round(&1, 0.5))

      circle = through(picture, &Thumbelina.circle/1)
      assert size(circle) == {30, 30}
      area = for(<<_, _, _, a <- circle.pixels>>, do: a / 255) |> Enum.sum()
      assert_in_delta area, :math.pi() * 15 * 15, 0.5

      assert_raise ArgumentError, "Thumbelina.round: give radius:", fn ->
        Thumbelina.round(image(), [])
      end
    end

    test "are turned upright as EXIF says, unless told otherwise" do
      picture = Picture.noise(12, 8)

      eighth = fn p, n ->
        p = if n in [2, 4, 5, 7], do: Picture.flip(p, :horizontal), else: p

        Picture.rotate(
          p,
          %{1 => 0, 2 => 0, 3 => 180, 4 => 180, 5 => 270, 6 => 90, 7 => 90, 8 => 270}[n]
        )
      end

      for orientation <- 1..8 do
        bytes = PNG.encode(picture, chunks: [{"eXIf", Samples.tiff(orientation)}])

        made = fn opts ->
          bytes |> Thumbelina.from_binary(opts) |> Thumbelina.to_binary!() |> PNG.decode()
        end

        assert made.([]) == eighth.(picture, orientation)
        assert made.(orient: false) == picture
      end
    end
  end

  describe "encoding" do
    @describetag :outside

    test "JPEG is what others read" do
      for quality <- [1, 80, 100], chroma <- [420, 422, 444], progressive <- [false, true] do
        picture = Picture.smooth(61, 43)

        bytes =
          picture
          |> PNG.encode()
          |> Thumbelina.from_binary()
          |> Thumbelina.to_binary!(:jpeg,
            quality: quality,
            chroma: chroma,
            progressive: progressive,
            optimize: progressive
          )

        read = Outside.decode(bytes, :jpeg)
        assert size(read) == {61, 43}
        if quality == 100, do: assert(Picture.distance(read, picture) < 16)
      end

      grey = Picture.noise(16, 9, 1)
      read = grey |> Samples.bytes(:jpeg) |> Outside.decode(:jpeg)
      assert read.channels == 1
    end

    test "WebP is what others read, to the bit where it is lossless" do
      picture = Picture.noise(61, 43)

      bytes = fn opts ->
        picture |> PNG.encode() |> Thumbelina.from_binary() |> Thumbelina.to_binary!(:webp, opts)
      end

      assert Outside.decode(bytes.(lossless: true), :webp) == picture
      assert size(Outside.decode(bytes.(method: 0), :webp)) == {61, 43}
      assert byte_size(bytes.(quality: 5)) < byte_size(bytes.(quality: 95))
    end

    test "what others write is read as they read it" do
      picture = Picture.smooth(61, 43)

      for {format, args, most} <- [
            {:jpeg, [], 0},
            {:jpeg, ["-progressive"], 0},
            {:jpeg, ["-sample", "1x1"], 0},
            {:webp, ["-lossless"], 0},
            {:webp, [], 0}
          ] do
        bytes = Outside.encode(picture, format, args)
        ours = bytes |> Thumbelina.from_binary() |> Thumbelina.to_binary!(:png) |> PNG.decode()
        assert Picture.distance(ours, Outside.decode(bytes, format)) <= most
      end
    end
  end

  describe "transparency" do
    test "meets a background where the format has none" do
      picture = Picture.plain(16, 16, <<255, 0, 0, 0>>)

      made = fn opts ->
        picture
        |> PNG.encode()
        |> Thumbelina.from_binary()
        |> Thumbelina.to_binary!(:jpeg, [quality: 100] ++ opts)
        |> Thumbelina.from_binary()
        |> Thumbelina.to_binary!(:png)
        |> PNG.decode()
      end

      assert Picture.distance(made.([]), Picture.plain(16, 16, <<255, 255, 255>>)) <= 1

      assert Picture.distance(
               made.(background: {10, 20, 200}),
               Picture.plain(16, 16, <<10, 20, 200>>)
             ) <= 3
    end

    test "is kept where there is one" do
      picture = Picture.smooth(16, 16, 4)

      assert picture
             |> PNG.encode()
             |> Thumbelina.from_binary()
             |> Thumbelina.to_binary!(:webp, lossless: true)
             |> Thumbelina.from_binary()
             |> Thumbelina.to_binary!(:png)
             |> PNG.decode() == picture
    end
  end

  describe "the format of the result" do
    defp format_of(<<0xFF, 0xD8, _::binary>>), do: :jpeg
    defp format_of(<<0x89, "PNG", _::binary>>), do: :png
    defp format_of(<<"RIFF", _::32, "WEBP", _::binary>>), do: :webp

    test "is what was said last, then what encode said, then that of the input" do
      for format <- [:jpeg, :png, :webp] do
        small = Thumbelina.from_binary(Samples.smooth(format, 8, 6))
        said = Thumbelina.encode(small, :webp)
        assert small |> Thumbelina.to_binary!() |> format_of() == format
        assert small |> Thumbelina.to_binary!(:jpg) |> format_of() == :jpeg
        assert said |> Thumbelina.to_binary!() |> format_of() == :webp
        assert said |> Thumbelina.to_binary!(:png) |> format_of() == :png
        assert said |> Thumbelina.to_binary!(format: :png) |> format_of() == :png
        assert {:ok, %{format: :webp}} = Thumbelina.run(said)
        assert {:ok, %{format: :png}} = Thumbelina.run(said, format: :png)
        assert {:ok, %{format: ^format}} = small |> Thumbelina.encode(:same) |> Thumbelina.run()
      end
    end

    test "options of encode are kept beside new ones of the same format" do
      small = Thumbelina.from_binary(Samples.smooth(:png, 40, 30))
      expected = Thumbelina.to_binary!(small, :jpeg, quality: 10, chroma: 444)

      assert small |> Thumbelina.encode(:jpeg, quality: 10) |> Thumbelina.to_binary!(chroma: 444) ==
               expected

      assert small
             |> Thumbelina.encode(:jpeg, quality: 10)
             |> Thumbelina.to_binary!(:jpg, chroma: 444) == expected
    end

    test "mistakes in the options of a run raise at once, before anything is read" do
      gone = Thumbelina.open("no/cat.jpg")

      for {call, sentence} <- [
            {&Thumbelina.write(&1, "cat.bmp"),
             ~r/^Thumbelina.write: no format that is written has the suffix of "cat.bmp": name it/},
            {&Thumbelina.write(&1, "cat.jpgg"), ~r/as in format: :jpeg. Did you mean :jpeg\?$/},
            {&Thumbelina.write(&1, "cat.png", quality: 8),
             ~r/unknown option quality: \(known: level:, filter:, palette:, colours:, dither:, effort:, keep:, want:\)/},
            {&Thumbelina.write(&1, "cat.png", lnae: :dirty), ~r/Did you mean :lane\?/},
            {&Thumbelina.write(&1, "cat.png", lane: :drity), ~r/Did you mean :dirty\?/},
            {&Thumbelina.write(&1, nil), ~r/expected a path, not nil/},
            {&Thumbelina.write(&1, "a\0b.png"),
             ~r/^Thumbelina.write: no path holds a zero byte: /},
            {&Thumbelina.write(&1, "a\0b", format: :png), ~r/no path holds a zero byte/},
            {&Thumbelina.run(&1, max_pixels: 5), ~r"It is an option of Thumbelina.open/2$"},
            {&Thumbelina.to_binary(&1, :png, max_bytes: 5),
             ~r"It is an option of Thumbelina.open/2, and of formats with a quality$"},
            {&Thumbelina.info(&1, bogus: 1), ~r/^Thumbelina.info: unknown option bogus:/},
            {&Thumbelina.run(&1, fromat: :png), ~r/Did you mean :format\?/},
            {&Thumbelina.run(&1, timeout: 0), ~r/timeout: must be a whole number from 1/},
            {&Thumbelina.run(&1, courtesy: 17),
             ~r/courtesy: must be a whole number from 0 to 16/},
            {&Thumbelina.run(&1, [:png]), ~r/options are a keyword list/},
            {&Thumbelina.to_binary(&1, :png, :fast), ~r/options are a keyword list, not :fast/},
            {&Thumbelina.to_binary(&1, :wepb), ~r/Did you mean :webp\?/},
            {&Thumbelina.to_binary(&1, :webp, level: 3), ~r/unknown option level:/},
            {&Thumbelina.stream!(&1, :jpge), ~r/Did you mean :jpeg\?/}
          ] do
        assert_raise ArgumentError, sentence, fn -> call.(gone) end
      end
    end
  end

  describe "write" do
    @describetag :dir

    test "makes the file that its suffix says, and gives it back as an image", %{dir: dir} do
      source = Thumbelina.from_binary(Samples.smooth(:png, 40, 30))

      for {name, format} <- [{"a.jpg", :jpeg}, {"a.PNG", :png}, {"a.webp", :webp}] do
        path = Path.join(dir, name)

        assert {:ok, %Image{format: ^format, width: 20, height: 15} = image} =
                 source |> Thumbelina.resize(20) |> Thumbelina.write(path)

        assert image.source == {:file, path}
        assert path |> File.read!() |> format_of() == format
        assert Thumbelina.info!(path).width == 20
        assert Thumbelina.info!(image).format == format
      end

      path = Path.join(dir, "no-suffix")

      assert {:ok, %{format: :webp}} =
               source |> Thumbelina.encode(:webp) |> Thumbelina.write(path)

      assert {:ok, %{format: :png}} = Thumbelina.write(source, path, format: :png)
      assert File.ls!(dir) |> Enum.sort() == ["a.PNG", "a.jpg", "a.webp", "no-suffix"]
    end

    test "may write over its own source", %{dir: dir} do
      path = Path.join(dir, "cat.png")
      File.write!(path, Samples.smooth(:png, 40, 30))

      assert {:ok, %{width: 20}} =
               path |> Thumbelina.open() |> Thumbelina.resize(20) |> Thumbelina.write(path)

      assert {:ok, %{width: 10}} =
               path |> Thumbelina.open() |> Thumbelina.resize(10) |> Thumbelina.write(path)

      assert File.ls!(dir) == ["cat.png"]
    end

    test "a picture that fails leaves the old file untouched and no other", %{dir: dir} do
      path = Path.join(dir, "cat.png")
      File.write!(path, "the old one")
      png = Samples.smooth(:png, 300, 200)
      half = binary_part(png, 0, div(byte_size(png), 2))

      assert {:error, %Error{code: :truncated}} =
               half |> Thumbelina.from_binary() |> Thumbelina.write(path)

      assert_raise Error, fn -> half |> Thumbelina.from_binary() |> Thumbelina.write!(path) end
      assert File.read!(path) == "the old one"
      assert File.ls!(dir) == ["cat.png"]
    end

    test "what the file system says is an answer", %{dir: dir} do
      source = Thumbelina.from_binary(Samples.smooth(:png, 4, 3))
      path = Path.join(dir, "no/cat.png")

      assert {:error, %Error{code: :enoent, stage: :file} = error} =
               Thumbelina.write(source, path)

      assert Exception.message(error) ==
               "file: #{inspect(path)}: its directory does not exist (enoent)"

      assert {:error, %Error{code: :eisdir}} = dir |> Thumbelina.open() |> Thumbelina.run()

      assert {:error, %Error{code: :enoent}} =
               Thumbelina.open(path) |> Thumbelina.write(Path.join(dir, "x.png"))

      assert File.ls!(dir) == []
    end
  end

  describe "errors of the image" do
    defp code(bytes, opts \\ [], fun \\ & &1) do
      {:error, %Error{code: code, stage: stage, message: message}} =
        bytes |> Thumbelina.from_binary(opts) |> fun.() |> Thumbelina.run()

      assert is_atom(stage) and is_binary(message)
      code
    end

    test "broken bytes" do
      png = Samples.smooth(:png, 100, 80)
      assert code("") == :truncated
      assert code("this is a text and no picture at all") == :unsupported

      assert code("GIF89a" <> <<4::little-16, 3::little-16, 0, 0, 0, 0x3B>>) in [
               :unsupported,
               :truncated,
               :corrupt
             ]

      assert code(binary_part(png, 0, 100)) == :truncated
      <<head::binary-60, _, tail::binary>> = png
      assert code(head <> "X" <> tail) == :corrupt

      for format <- [:jpeg, :webp] do
        bytes = Samples.smooth(format, 100, 80)
        assert code(binary_part(bytes, 0, div(byte_size(bytes), 2))) == :truncated
      end
    end

    test "limits, each by its name" do
      png = Samples.smooth(:png, 100, 80)

      for {opts, name} <-
            [
              [[max_bytes: byte_size(png) - 1], "max_bytes"],
              [[max_pixels: 7999], "max_pixels"],
              [[max_side: 99], "max_side"],
              [[max_side_out: 99], "max_side_out"],
              [[max_chunks: 1], "max_chunks"],
              [[formats: [:jpeg]], "formats"]
            ]
            |> Enum.map(&List.to_tuple/1) do
        {:error, error} = png |> Thumbelina.from_binary(opts) |> Thumbelina.run()
        assert {name, error.code} == {name, if(name == "formats", do: :unsupported, else: :limit)}
        assert error.message =~ name
      end

      assert {:ok, _} =
               png
               |> Thumbelina.from_binary(
                 max_bytes: byte_size(png),
                 max_pixels: 8000,
                 max_side: 100,
                 max_side_out: 100,
                 formats: [:png]
               )
               |> Thumbelina.run()

      assert code(png, [max_memory: 20_000], &Thumbelina.blur(&1, 50)) == :limit
      assert code(png, [max_side_out: 100], &Thumbelina.resize(&1, 101)) == :limit
    end

    test "a size may be a part of the picture, and is then as many pixels of it" do
      for {width, height} <- [{40, 30}, {41, 7}, {1, 50}],
          image = Thumbelina.from_binary(Samples.smooth(:png, width, height)),
          part <- [0.01, 0.3, 0.5, 1.0, 1.7] do
        {w, h} = {max(1, round(width * part)), max(1, round(height * part))}
        percent = "#{part * 100}%"
        expected = Thumbelina.to_binary!(Thumbelina.resize(image, w))
        assert Thumbelina.to_binary!(Thumbelina.resize(image, part)) == expected
        assert Thumbelina.to_binary!(Thumbelina.resize(image, percent)) == expected

        for fit <- [:cover, :fill, :contain] do
          expected = Thumbelina.to_binary!(Thumbelina.resize(image, {w, h}, fit: fit))

          for size <- [{part, part}, "#{percent}x#{percent}", {part, h}] do
            assert Thumbelina.to_binary!(Thumbelina.resize(image, size, fit: fit)) == expected
          end
        end
      end

      # Of the picture upright, and behind a crop of what that left.
      image = Thumbelina.from_binary(Samples.smooth(:png, 40, 30)) |> Thumbelina.rotate(90)
      assert %{width: 15, height: 20} = image |> Thumbelina.resize("50%") |> Thumbelina.run!()
      half = image |> Thumbelina.crop(10, 20) |> Thumbelina.thumbnail(height: 0.5)
      assert %{width: 5, height: 10} = Thumbelina.run!(half)
      assert inspect(half) =~ "Thumbelina.thumbnail(height: 0.5)"
    end

    test "a part is above 0 and up to 10" do
      image = Thumbelina.open("cat.jpg")
      assert %{ops: [_]} = Thumbelina.resize(image, 10.0)

      for wrong <- [0.0, 10.1, -0.5, "0%", "1001%", "%"] do
        assert_raise ArgumentError, ~r/^Thumbelina.resize: /, fn ->
          Thumbelina.resize(image, wrong)
        end
      end
    end

    test "a crop without a place takes what there is, where the picture is smaller" do
      png = Thumbelina.from_binary(Samples.smooth(:png, 40, 30))

      for gravity <- [:center, :south_east, {0.2, 0.9}] do
        assert {:ok, %{width: 40, height: 9}} =
                 png |> Thumbelina.crop("50x9", gravity: gravity) |> Thumbelina.run()
      end
    end

    test "a crop that leaves the picture names the sizes" do
      {:error, error} =
        Samples.smooth(:png, 100, 80)
        |> Thumbelina.from_binary()
        |> Thumbelina.crop(90, 0, 11, 5)
        |> Thumbelina.run()

      assert error.stage == :crop
      assert error.message =~ "100x80"
    end

    test "a file that ends early gives what there is, where it is asked for" do
      picture = Picture.smooth(200, 160)
      jpeg = Samples.bytes(picture, :jpeg)
      most = binary_part(jpeg, 0, div(byte_size(jpeg) * 3, 4))
      assert code(most) == :truncated

      {:ok, kept} =
        most |> Thumbelina.from_binary(on_truncated: :keep) |> Thumbelina.run(format: :png)

      assert size(kept) == {200, 160}
      assert [_ | _] = kept.warnings
      top = kept |> Thumbelina.to_binary!() |> PNG.decode() |> Picture.crop(0, 0, 200, 16)
      assert Picture.distance(top, Picture.crop(picture, 0, 0, 200, 16)) < 40
    end

    test "of a progressive JPEG a small thumbnail needs the first part only" do
      picture = Samples.smooth(:png, 800, 640)

      jpeg =
        picture |> Thumbelina.from_binary() |> Thumbelina.to_binary!(:jpeg, progressive: true)

      most = binary_part(jpeg, 0, div(byte_size(jpeg) * 9, 10))
      thumbnail = &Thumbelina.thumbnail(&1, 40)
      assert code(most, [], thumbnail) == :truncated

      {:ok, kept} =
        most
        |> Thumbelina.from_binary(on_truncated: :keep)
        |> thumbnail.()
        |> Thumbelina.run(format: :png)

      assert ["jpeg: ends in scan " <> _] = kept.warnings

      assert Thumbelina.to_binary!(kept) ==
               jpeg |> Thumbelina.from_binary() |> thumbnail.() |> Thumbelina.to_binary!(:png)
    end

    test "is raised by the functions that say so" do
      gone = Thumbelina.open("no/cat.jpg")

      for call <- [
            &Thumbelina.run!/1,
            &Thumbelina.to_binary!/1,
            &Thumbelina.to_binary!(&1, :png),
            &Thumbelina.write!(&1, "no/cat.png"),
            &Thumbelina.info!/1,
            &Thumbelina.explain!/1,
            &Thumbelina.estimate!/1,
            &Thumbelina.variants!(&1, a: fn pipeline -> pipeline end),
            &(&1 |> Thumbelina.stream!() |> Enum.to_list())
          ] do
        assert_raise Error, ~s|file: "no/cat.jpg": no such file or directory (enoent)|, fn ->
          call.(gone)
        end
      end
    end
  end

  test "a result is a source like any other, as often as it is wanted" do
    {:ok, small} =
      Thumbelina.from_binary(Samples.smooth(:jpeg, 80, 60))
      |> Thumbelina.resize(40)
      |> Thumbelina.run(format: :png)

    {:binary, bytes} = small.source
    assert Thumbelina.to_binary!(small, :png) |> PNG.decode() == PNG.decode(bytes)
    assert %{width: 20} = small |> Thumbelina.resize(20) |> Thumbelina.run!()
    assert %{width: 30, height: 40} = small |> Thumbelina.rotate(90) |> Thumbelina.run!()
  end

  test "a result is not encoded again to be had in its own format" do
    path = Path.join(System.tmp_dir!(), "thumbelina-#{System.unique_integer([:positive])}")
    paths = for suffix <- [".jpg", ".webp"], do: path <> suffix
    on_exit(fn -> Enum.each(paths, &File.rm/1) end)
    image = Thumbelina.from_binary(Samples.smooth(:png, 80, 60)) |> Thumbelina.resize(40)

    for {format, path} <- Enum.zip([:jpeg, :webp], paths) do
      made = Thumbelina.run!(image, format: format, quality: 30, want: [:average])
      {:binary, bytes} = made.source
      assert Thumbelina.to_binary!(made) == bytes
      assert Thumbelina.to_binary!(made, format) == bytes
      assert Thumbelina.to_binary!(made, format, timeout: 5_000) == bytes
      assert made |> Thumbelina.stream!() |> Enum.join() == bytes
      assert Thumbelina.run!(made) == made
      assert Thumbelina.write!(made, path) == %{made | source: {:file, path}}
      assert File.read!(path) == bytes
      assert Thumbelina.variants!(image, a: & &1).a |> Thumbelina.to_binary!(:png) |> is_binary()
    end
  end

  test "a result is encoded again where something else is asked for" do
    image = Thumbelina.from_binary(Samples.smooth(:png, 80, 60)) |> Thumbelina.resize(40)
    made = Thumbelina.run!(image, format: :jpeg, quality: 30)
    {:binary, bytes} = made.source

    for other <- [
          &Thumbelina.to_binary!(&1, :png),
          &Thumbelina.to_binary!(&1, quality: 80),
          &Thumbelina.to_binary!(&1, progressive: true),
          &(&1 |> Thumbelina.encode(:jpeg) |> Thumbelina.to_binary!()),
          &(&1 |> Thumbelina.blur(2) |> Thumbelina.to_binary!()),
          &(&1 |> Thumbelina.open(frames: 0) |> Thumbelina.to_binary!()),
          &(&1.source |> elem(1) |> Thumbelina.from_binary() |> Thumbelina.to_binary!()),
          &(&1 |> Thumbelina.stream!(:png) |> Enum.join())
        ] do
      assert other.(made) != bytes
    end

    assert %{average: {_, _, _}} = Thumbelina.run!(made, want: [:average]).found
    assert made |> Thumbelina.open(max_side: 9) |> Thumbelina.run() |> elem(0) == :error
    assert_raise ArgumentError, ~r/timeout: must be/, fn -> Thumbelina.run(made, timeout: 0) end
  end

  test "what was made is let in, whatever the limits of the source were" do
    picture = Picture.noise(80, 60)
    png = Samples.bytes(picture, :png)

    tight = [
      formats: [:png],
      max_bytes: byte_size(png),
      max_pixels: 80 * 60,
      max_side: 80,
      max_frames: 1,
      max_scans: 1,
      max_chunks: 9,
      max_metadata: 1,
      max_icc: 1,
      max_exif: 1,
      max_warnings: 1
    ]

    large = png |> Thumbelina.from_binary(tight) |> Thumbelina.resize(200)

    for opts <- [[level: 0], [format: :jpeg, progressive: true], [format: :webp]] do
      {:ok, made} = Thumbelina.run(large, opts)
      {:binary, bytes} = made.source
      assert %{width: 200, height: 150} = Thumbelina.run!(made, want: [:average])
      assert Samples.pixels(made) == bytes |> Thumbelina.from_binary() |> Samples.pixels()
    end
  end

  test "limits on memory and on what comes out go on, and others can be added to a result" do
    image = :png |> Samples.smooth(80, 60) |> Thumbelina.from_binary(max_side_out: 90)
    made = Thumbelina.run!(image)
    assert {:error, %{code: :limit}} = made |> Thumbelina.resize(91) |> Thumbelina.run()
    assert {:error, %{code: :limit}} = made |> Thumbelina.open(max_side: 79) |> Thumbelina.run()
    assert {:error, %{code: :limit}} = made |> Thumbelina.open(max_bytes: 9) |> Thumbelina.run()

    assert {:ok, %{opts: opts}} =
             made |> Thumbelina.open(max_memory: 5_000_000) |> Thumbelina.run()

    assert opts.max_memory == 5_000_000
  end

  test "the library tells what it can and what it does" do
    assert %{read: [_ | _], write: [_ | _], libraries: %{png: "libpng " <> _}} =
             Thumbelina.capabilities()

    assert %{live: live, bytes: bytes, started: started} = Thumbelina.stats()
    assert Enum.all?([live, bytes, started], &is_integer/1)
  end
end

defmodule Thumbelina.DocTest do
  # It changes the working directory, for the examples.
  use ExUnit.Case, async: false
  doctest Thumbelina

  setup_all do
    dir =
      Path.join(
        System.tmp_dir!(),
        "thumbelina-doc-#{System.unique_integer([:positive])}-#{System.pid()}"
      )

    File.mkdir_p!(dir)
    File.write!(Path.join(dir, "cat.jpg"), Thumbelina.Test.Samples.smooth(:jpeg, 640, 480))
    here = File.cwd!()
    File.cd!(dir)

    on_exit(fn ->
      File.cd!(here)
      File.rm_rf!(dir)
    end)
  end
end
