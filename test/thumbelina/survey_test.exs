defmodule Thumbelina.SurveyTest do
  use ExUnit.Case, async: true

  alias Thumbelina.Test.{Picture, PNG, Samples}
  import Thumbelina.Test.Samples, only: [image: 1, pixels: 1]

  # A picture inside a frame.
  defp framed(inner, left, top, right, bottom, colour) do
    Picture.new(inner.width + left + right, inner.height + top + bottom, 3, fn x, y ->
      if (x - left) in 0..(inner.width - 1) and (y - top) in 0..(inner.height - 1),
        do: Picture.at(inner, x - left, y - top),
        else: colour
    end)
  end

  defp inner, do: Picture.map(Picture.noise(13, 9), &(128 + div(&1, 2)))

  test "trim cuts off what is like the corner, at whatever place among the operations" do
    framed = framed(inner(), 4, 7, 2, 1, <<10, 20, 30>>)
    assert framed |> image() |> Thumbelina.trim() |> pixels() == inner()

    assert framed |> image() |> Thumbelina.rotate(90) |> Thumbelina.trim() |> pixels() ==
             Picture.rotate(inner(), 90)

    assert framed |> image() |> Thumbelina.crop(2, 2, 15, 15) |> Thumbelina.trim() |> pixels() ==
             inner()

    small = framed |> image() |> Thumbelina.trim() |> Thumbelina.resize(5)
    assert pixels(small) == inner() |> image() |> Thumbelina.resize(5) |> pixels()

    twice = framed(framed, 1, 2, 3, 4, <<255, 255, 255>>)
    assert twice |> image() |> Thumbelina.trim() |> Thumbelina.trim() |> pixels() == inner()
  end

  test "trim by a colour, and within a threshold" do
    framed = framed(inner(), 3, 3, 3, 3, <<60, 0, 0>>)
    assert framed |> image() |> Thumbelina.trim(background: "#3c0000") |> pixels() == inner()
    assert framed |> image() |> Thumbelina.trim(background: "#3c0b00") |> pixels() == framed

    assert framed
           |> image()
           |> Thumbelina.trim(background: "#3c0b00", threshold: 11)
           |> pixels() == inner()
  end

  test "the corner is that of the upright picture" do
    stored = framed(inner(), 0, 5, 0, 0, <<0, 0, 0>>)
    # upside down, the corner is one of the picture's own: black is not background there
    upside = stored |> image() |> Thumbelina.flip(:vertical)
    assert upside |> Thumbelina.trim(threshold: 0) |> pixels() == Picture.flip(stored, :vertical)
    assert stored |> image() |> Thumbelina.trim(threshold: 0) |> pixels() == inner()
  end

  test "a picture of one colour stays as it is" do
    plain = Picture.plain(9, 7, <<1, 2, 3>>)
    assert plain |> image() |> Thumbelina.trim() |> pixels() == plain
  end

  test "normalise stretches from the darkest to the lightest" do
    dull = Picture.map(Picture.noise(40, 40, 1), &(60 + div(&1 * 100, 255)))
    wanted = Picture.map(dull, &round((&1 - 60) * 255 / 100))
    made = dull |> image() |> Thumbelina.normalise(low: 0, high: 100) |> pixels()
    assert Picture.distance(made, wanted) <= 1

    made = dull |> image() |> Thumbelina.normalise() |> pixels()

    for <<v <- made.pixels>>, reduce: {0, 0} do
      {black, white} -> {black + if(v == 0, do: 1, else: 0), white + if(v == 255, do: 1, else: 0)}
    end
    |> then(fn {black, white} ->
      assert black in 8..40
      assert white in 8..40
    end)
  end

  test "the bytes do not tell how it came in, or where it ran" do
    for format <- [:jpeg, :png, :webp] do
      bytes = framed(inner(), 40, 30, 20, 10, <<0, 0, 0>>) |> Samples.bytes(format)

      run = fn source, opts ->
        source
        |> Thumbelina.open()
        |> Thumbelina.trim(threshold: 60)
        |> Thumbelina.normalise()
        |> Thumbelina.resize(11)
        |> Thumbelina.to_binary!(:png, opts)
      end

      whole = run.([bytes], [])
      assert {:ok, %{width: 11, height: height}} = Thumbelina.info([whole])
      assert height in 7..8
      for size <- [1, 100], do: assert(run.(Samples.chunks(bytes, size), []) == whole)

      for opts <- [[lane: :dirty], [slice: 10, lane: :yield]],
          do: assert(run.([bytes], opts) == whole)
    end
  end

  test "what is laid on may be trimmed, and variants share what was seen" do
    framed = framed(inner(), 4, 7, 2, 1, <<10, 20, 30>>)
    base = Picture.noise(30, 30) |> image()

    assert base |> Thumbelina.composite(framed |> image() |> Thumbelina.trim()) |> pixels() ==
             base |> Thumbelina.composite(image(inner())) |> pixels()

    wanted = [a: & &1, b: &Thumbelina.resize(&1, 5), c: &Thumbelina.normalise/1]
    made = framed |> image() |> Thumbelina.trim() |> Thumbelina.variants!(wanted)
    assert PNG.decode(elem(made.a.source, 1)) == inner()
    alone = inner() |> image() |> Thumbelina.normalise() |> pixels()
    assert PNG.decode(elem(made.c.source, 1)) == alone
  end

  test "of variants, one that does not get as far as to be looked at fails alone" do
    image = Picture.noise(20, 20) |> image()
    outside = &(&1 |> Thumbelina.crop(10, 10, 20, 20) |> Thumbelina.trim())

    assert {:ok, %{a: {:error, %{code: :limit}}, b: {:ok, %{width: 20}}}} =
             Thumbelina.variants(image, a: outside, b: &Thumbelina.normalise/1)

    assert {:error, %{code: :limit, stage: :crop}} = image |> outside.() |> Thumbelina.run()
  end

  test "an explanation takes it as if there were nothing to see" do
    image = framed(inner(), 4, 7, 2, 1, <<10, 20, 30>>) |> image() |> Thumbelina.trim()
    {:ok, plan} = Thumbelina.explain(image)
    assert {plan.width_out, plan.height_out} == {19, 17}
    assert {:trim, 19, 17, 3} in plan.stages
  end

  test "a picture that fails while it is looked at fails once" do
    bytes = Samples.bytes(Picture.noise(50, 50), :png)
    image = bytes |> binary_part(0, 2000) |> Thumbelina.from_binary() |> Thumbelina.trim()
    assert {:error, %{code: :truncated}} = Thumbelina.run(image)
    assert {:error, %{code: :timeout}} = slow() |> Thumbelina.trim() |> Thumbelina.run(timeout: 1)
  end

  defp slow, do: Picture.plain(3000, 2000, <<1>>) |> image() |> Thumbelina.blur(5)
end
