defmodule Thumbelina.LooksTest do
  use ExUnit.Case, async: true

  alias Thumbelina.Test.Picture
  import Thumbelina.Test.Samples, only: [through: 2]

  # Of each pixel in order, the colours and the alpha (255 where there is none).
  defp pixels(%{channels: channels} = picture) do
    for <<pixel::binary-size(channels) <- picture.pixels>> do
      case :binary.bin_to_list(pixel) do
        [g] -> {[g], 255}
        [g, a] -> {[g], a}
        [r, g, b] -> {[r, g, b], 255}
        [r, g, b, a] -> {[r, g, b], a}
      end
    end
  end

  defp luma([grey]), do: grey
  defp luma([r, g, b]), do: 0.2126 * r + 0.7152 * g + 0.0722 * b

  # Calls fun with each pixel before and after.
  defp compare(picture, call, fun) do
    after_it = through(picture, call)
    Enum.zip_with(pixels(picture), pixels(after_it), fun)
    after_it
  end

  # Every sample by itself, to within the rounding; alpha as it was.
  defp assert_each(call, fun) do
    for channels <- 1..4 do
      compare(Picture.noise(23, 9, channels), call, fn {was, alpha}, {is, same} ->
        assert same == alpha

        for {v, w} <- Enum.zip(was, is),
            do: assert_in_delta(w, fun.(v) |> max(0) |> min(255), 0.51)
      end)
    end
  end

  defp assert_luma_stays(picture, call) do
    compare(picture, call, fn {was, alpha}, {is, same} ->
      assert same == alpha
      assert_in_delta luma(was), luma(is), 1.01
    end)
  end

  # Colours so near to grey that none of what is asked leaves 0..255.
  defp pale(channels) do
    Picture.noise(23, 9, channels) |> Picture.map(&(100 + div(&1, 8)))
  end

  test "brightness, contrast, gamma and invert are what they are called" do
    assert_each(&Thumbelina.brightness(&1, 1.5), &(&1 * 1.5))
    assert_each(&Thumbelina.contrast(&1, 2), &((&1 - 127.5) * 2 + 127.5))
    assert_each(&Thumbelina.gamma(&1), &(255 * :math.pow(&1 / 255, 1 / 2.2)))
    assert_each(&Thumbelina.invert/1, &(255 - &1))
    assert_each(&Thumbelina.modulate(&1, brightness: 0.5), &(&1 * 0.5))
    assert_each(&(&1 |> Thumbelina.invert() |> Thumbelina.invert()), & &1)
  end

  test "saturation, hue and tint keep the luma" do
    for channels <- 3..4 do
      for call <- [
            &Thumbelina.saturation(&1, 0),
            &Thumbelina.saturation(&1, 1.5),
            &Thumbelina.hue(&1, 45),
            &Thumbelina.hue(&1, -180),
            &Thumbelina.modulate(&1, saturation: 0.3, hue: 10),
            &Thumbelina.tint(&1, {20, 90, 160})
          ],
          do: assert_luma_stays(pale(channels), call)
    end
  end

  test "without saturation all is grey; grey has no saturation" do
    compare(Picture.noise(23, 9), &Thumbelina.saturation(&1, 0), fn _, {[r, g, b], _} ->
      assert r == g and g == b
    end)

    for channels <- 1..2 do
      picture = Picture.noise(23, 9, channels)
      assert through(picture, &Thumbelina.saturation(&1, 5)) == picture
      assert through(picture, &Thumbelina.hue(&1, 50)) == picture
    end
  end

  test "a third of a turn takes red towards green, green towards blue" do
    picture = Picture.plain(3, 2, <<160, 110, 110>>)
    <<r, g, b>> = picture |> through(&Thumbelina.hue(&1, 120)) |> Picture.at(0, 0)
    assert g > r and g > b
    assert through(picture, &Thumbelina.hue(&1, 360)) == picture
  end

  test "sepia and tint make colour of grey" do
    for channels <- 1..2 do
      brown = through(Picture.noise(23, 9, channels), &Thumbelina.sepia/1)
      assert brown.channels == channels + 2
      for {[r, g, b], _} <- pixels(brown), do: assert(r >= g and g >= b)
      assert_luma_stays(Picture.noise(23, 9, channels), &Thumbelina.tint(&1, "#804020"))
    end

    assert Picture.plain(2, 2, <<51>>)
           |> through(&Thumbelina.tint(&1, {51, 51, 51}))
           |> Picture.at(0, 0) == <<51, 51, 51>>
  end

  test "threshold leaves black and white" do
    for channels <- 1..4 do
      picture = Picture.noise(23, 9, channels)

      two =
        compare(picture, &Thumbelina.threshold(&1, 100), fn {was, alpha}, {is, same} ->
          assert same == alpha
          assert is == [if(luma(was) >= 99.5, do: 255, else: 0)]
        end)

      assert two.channels == 2 - rem(channels, 2)
    end
  end

  test "opacity fades the alpha, and makes one where there is none" do
    for channels <- 1..4 do
      compare(Picture.noise(23, 9, channels), &Thumbelina.opacity(&1, 0.5), fn was, is ->
        assert elem(is, 0) == elem(was, 0)
        assert_in_delta elem(is, 1), elem(was, 1) * 0.5, 0.51
      end)

      picture = Picture.noise(4, 4, channels)
      assert through(picture, &Thumbelina.opacity(&1, 1)) == picture
    end
  end

  test "flatten lays it on the colour" do
    for channels <- [2, 4] do
      flat =
        compare(
          Picture.noise(23, 9, channels),
          &Thumbelina.flatten(&1, background: {40, 40, 40}),
          fn {was, alpha}, {is, 255} ->
            for {v, w} <- Enum.zip(was, is),
                do: assert_in_delta(w, (v * alpha + 40 * (255 - alpha)) / 255, 0.51)
          end
        )

      assert flat.channels == channels - 1
      assert through(flat, &Thumbelina.flatten/1) == flat
    end
  end

  test "what changes nothing does nothing, and all is as one by one" do
    picture = Picture.noise(23, 9, 4)

    same =
      &(&1
        |> Thumbelina.brightness(1)
        |> Thumbelina.contrast(1)
        |> Thumbelina.modulate(hue: 360)
        |> Thumbelina.gamma(1)
        |> Thumbelina.sepia(0)
        |> Thumbelina.opacity(1))

    assert through(picture, same) == picture

    calls = [
      &Thumbelina.saturation(&1, 1.4),
      &Thumbelina.contrast(&1, 1.2),
      &Thumbelina.sepia(&1, 0.5),
      &Thumbelina.invert/1,
      &Thumbelina.gamma(&1, 1.8),
      &Thumbelina.hue(&1, 30),
      &Thumbelina.tint(&1, {200, 180, 90}),
      &Thumbelina.opacity(&1, 0.7)
    ]

    assert through(picture, fn image -> Enum.reduce(calls, image, & &1.(&2)) end) ==
             Enum.reduce(calls, picture, &through(&2, &1))
  end

  # The sample of a channel at x, y; outside, that of the edge.
  defp sample(picture, x, y, channel) do
    x = x |> max(0) |> min(picture.width - 1)
    y = y |> max(0) |> min(picture.height - 1)
    picture |> Picture.at(x, y) |> :binary.at(channel)
  end

  defp around(picture, x, y, channel, reach) do
    for dy <- -reach..reach, dx <- -reach..reach, do: sample(picture, x + dx, y + dy, channel)
  end

  defp each_sample(picture, fun) do
    for y <- 0..(picture.height - 1),
        x <- 0..(picture.width - 1),
        k <- 0..(picture.channels - 1),
        do: fun.(x, y, k, rem(picture.channels, 2) == 0 and k == picture.channels - 1)
  end

  test "convolve is the weighed sum, over the scale, and the offset" do
    emboss = [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]
    wide = for y <- 1..5, do: for(x <- 1..5, do: x * y / 10)

    for channels <- 1..4,
        {kernel, opts, scale} <- [
          {emboss, [], 1},
          {emboss, [offset: 20], 1},
          {wide, [], 22.5},
          {wide, [scale: 9], 9}
        ] do
      picture = Picture.noise(11, 8, channels)
      out = through(picture, &Thumbelina.convolve(&1, kernel, opts))
      reach = div(length(kernel), 2)

      each_sample(picture, fn x, y, k, alpha? ->
        sum =
          Enum.zip_with(Enum.concat(kernel), around(picture, x, y, k, reach), &(&1 * &2))
          |> Enum.sum()

        want =
          if alpha?,
            do: sample(picture, x, y, k),
            else: sum / scale + Keyword.get(opts, :offset, 0)

        assert_in_delta sample(out, x, y, k), want |> max(0) |> min(255), 0.51
      end)
    end
  end

  test "a kernel is the right way up, whatever the picture's orientation" do
    below = [[0, 0, 0], [0, 0, 0], [0, 1, 0]]
    picture = Picture.noise(7, 5)

    assert through(picture, &(&1 |> Thumbelina.rotate(90) |> Thumbelina.convolve(below))) ==
             picture |> Picture.rotate(90) |> through(&Thumbelina.convolve(&1, below))

    assert through(picture, &(&1 |> Thumbelina.flip(:vertical) |> Thumbelina.pixelate(3))) ==
             picture |> Picture.flip(:vertical) |> through(&Thumbelina.pixelate(&1, 3))
  end

  test "median is the middle one of nine" do
    for channels <- 1..4 do
      picture = Picture.noise(11, 8, channels)
      out = through(picture, &Thumbelina.median/1)

      each_sample(picture, fn x, y, k, alpha? ->
        reach = if alpha?, do: 0, else: 1
        values = picture |> around(x, y, k, reach) |> Enum.sort()
        assert sample(out, x, y, k) == Enum.at(values, div(length(values), 2))
      end)
    end
  end

  test "pixelate makes squares of their mean, by alpha" do
    for channels <- 1..4 do
      picture = Picture.noise(11, 8, channels)
      out = through(picture, &Thumbelina.pixelate(&1, 4))

      each_sample(picture, fn x, y, k, alpha? ->
        square =
          for v <- (y - rem(y, 4))..min(y - rem(y, 4) + 3, 7),
              u <- (x - rem(x, 4))..min(x - rem(x, 4) + 3, 10),
              do: {sample(picture, u, v, k), weight(picture, u, v, alpha?)}

        sum = for({value, w} <- square, do: value * w) |> Enum.sum()
        all = for({_, w} <- square, do: w) |> Enum.sum()
        assert_in_delta sample(out, x, y, k), sum / all, 0.51
      end)

      assert through(picture, &Thumbelina.pixelate(&1, 1)) == picture
    end
  end

  defp weight(%{channels: channels} = picture, x, y, alpha?) do
    if rem(channels, 2) == 0 and not alpha?, do: sample(picture, x, y, channels - 1), else: 1
  end

  test "sharpen makes edges steeper, leaves flat colours and alpha, and grows with its numbers" do
    for channels <- 1..4 do
      flat = Picture.plain(9, 7, binary_part(<<90, 40, 200, 80>>, 0, channels))
      assert through(flat, &Thumbelina.sharpen(&1, sigma: 3, flat: 5)) == flat
    end

    edge = Picture.new(20, 6, 1, fn x, _ -> <<if(x < 10, do: 90, else: 160)>> end)
    mild = through(edge, &Thumbelina.sharpen/1)
    strong = through(edge, &Thumbelina.sharpen(&1, sigma: 1.5, jagged: 3))
    assert sample(mild, 9, 3, 0) < 90 and sample(mild, 10, 3, 0) > 160
    assert sample(strong, 9, 3, 0) < sample(mild, 9, 3, 0)
    assert sample(strong, 0, 3, 0) == 90
    # at most 20 of 100 darker, and 10 brighter
    assert sample(strong, 9, 3, 0) >= 90 - 51 and sample(strong, 10, 3, 0) <= 160 + 26
    assert through(edge, &Thumbelina.sharpen(&1, brighter: 0, darker: 0)) == edge
  end

  test "numbers out of range raise where they are written" do
    image = Thumbelina.open("cat.jpg")

    for {call, sentence} <- [
          {&Thumbelina.brightness(&1, -1),
           "brightness: factor: must be a number from 0 to 10, not -1"},
          {&Thumbelina.contrast(&1, 11),
           "contrast: factor: must be a number from 0 to 10, not 11"},
          {&Thumbelina.saturation(&1, "2"),
           "saturation: factor: must be a number from 0 to 10, not"},
          {&Thumbelina.hue(&1, 361), "hue: angle: must be a number from -360 to 360, not 361"},
          {&Thumbelina.gamma(&1, 0), "gamma: exponent: must be a number from 0.1 to 10, not 0"},
          {&Thumbelina.modulate(&1, brightnes: 2), "Did you mean :brightness?"},
          {&Thumbelina.sepia(&1, 2), "sepia: strength: must be a number from 0 to 1, not 2"},
          {&Thumbelina.tint(&1, :whit), "Did you mean :white?"},
          {&Thumbelina.tint(&1, {1, 2, 3, 4}), "tint: colour: must be {r, g, b} of 0..255"},
          {&Thumbelina.threshold(&1, 256),
           "threshold: level: must be a number from 0 to 255, not 256"},
          {&Thumbelina.sharpen(&1, 0), "sharpen: sigma: must be a number from 0.1 to 10, not 0"},
          {&Thumbelina.sharpen(&1, sigm: 1), "Did you mean :sigma?"},
          {&Thumbelina.pixelate(&1, 0),
           "pixelate: size: must be a whole number from 1 to 1000, not 0"},
          {&Thumbelina.convolve(&1, [[1, 2, 3]]), "convolve: kernel: must be 3, 5 or 7 rows"},
          {&Thumbelina.convolve(&1, [[1, 2, 3], [1, 2, 3], [1, 2, nil]]),
           "kernel: must be 3, 5 or"},
          {&Thumbelina.convolve(&1, [[0, 0, 0], [0, 1, 0], [0, 0, 0]], scale: 0),
           "convolve: scale:"},
          {&Thumbelina.opacity(&1, 1.1),
           "opacity: factor: must be a number from 0 to 1, not 1.1"},
          {&Thumbelina.flatten(&1, background: :transparent), "flatten: background: must be"}
        ] do
      error = assert_raise ArgumentError, fn -> call.(image) end
      assert error.message =~ sentence
    end
  end

  test "what is printed makes the same image again" do
    image =
      Thumbelina.open("cat.jpg")
      |> Thumbelina.brightness(2)
      |> Thumbelina.contrast(0.5)
      |> Thumbelina.saturation(0)
      |> Thumbelina.hue(-9)
      |> Thumbelina.gamma()
      |> Thumbelina.modulate(hue: 9, saturation: 1)
      |> Thumbelina.invert()
      |> Thumbelina.sepia()
      |> Thumbelina.tint("#010203")
      |> Thumbelina.threshold()
      |> Thumbelina.opacity(1)
      |> Thumbelina.sharpen(2)
      |> Thumbelina.pixelate(3)
      |> Thumbelina.convolve([[1, 2, 3], [4, 5, 6], [7, 8, 9]], offset: 3)
      |> Thumbelina.median()
      |> Thumbelina.flatten(background: :black)

    assert image |> inspect() |> Code.eval_string() |> elem(0) == image
  end
end
