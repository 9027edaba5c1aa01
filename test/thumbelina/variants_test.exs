defmodule Thumbelina.VariantsTest do
  use ExUnit.Case, async: true

  alias Thumbelina.Test.{Picture, Samples}

  defp wanted do
    [
      small: &Thumbelina.resize(&1, 20),
      turned: &(&1 |> Thumbelina.rotate(90) |> Thumbelina.encode(:webp, lossless: true)),
      cut: &(&1 |> Thumbelina.crop(3, 5, 40, 30) |> Thumbelina.greyscale()),
      same: &Function.identity/1,
      twice: &Thumbelina.resize(&1, 20)
    ]
  end

  test "each is what it would be alone" do
    for format <- [:png, :webp], lane <- [:yield, :dirty] do
      image = Picture.noise(120, 90) |> Samples.bytes(format) |> Thumbelina.from_binary()
      shared = Thumbelina.flip(image, :horizontal)
      {:ok, made} = Thumbelina.variants(shared, wanted(), format: :png, lane: lane)

      for {name, fun} <- wanted() do
        {:ok, alone} = shared |> fun.() |> Thumbelina.run(format: :png)
        assert {:ok, %{source: source, width: width, height: height}} = made[name]
        assert {source, width, height} == {alone.source, alone.width, alone.height}
      end
    end
  end

  test "the picture is decoded once, as large as the largest needs it" do
    image = Picture.smooth(800, 600) |> Samples.bytes(:jpeg) |> Thumbelina.from_binary()
    wanted = for width <- [50, 90, 180], do: {:"w#{width}", &Thumbelina.resize(&1, width)}
    {:ok, made} = Thumbelina.variants(image, wanted)
    {:ok, large} = image |> Thumbelina.resize(180) |> Thumbelina.run()
    assert large.stats.decoded_width == 400

    for {_, {:ok, variant}} <- made, do: assert(variant.stats.decoded_width == 400)
    assert made.w180 |> elem(1) |> Map.fetch!(:source) == large.source

    {:ok, crops} = Thumbelina.variants(image, left: &Thumbelina.crop(&1, 0, 0, 50, 50), all: & &1)
    assert {:ok, %{stats: %{decoded_width: 800}, width: 50}} = crops.left
  end

  test "what cannot be made of the picture is the error of that one" do
    image = Picture.noise(20, 10) |> Samples.bytes(:png) |> Thumbelina.from_binary()
    too_large = &Thumbelina.crop(&1, 0, 0, 21, 10)

    assert {:ok, %{a: {:error, error}, b: {:ok, %{width: 20}}}} =
             Thumbelina.variants(image, a: too_large, b: & &1)

    assert {error.code, error.stage} == {:limit, :crop}
    assert {:error, %{code: :limit}} = Thumbelina.variants(image, a: too_large)
    assert_raise Thumbelina.Error, fn -> Thumbelina.variants!(image, a: too_large, b: & &1) end
  end

  test "what is wrong with the picture is the error of all" do
    assert {:error, %{code: :unsupported}} =
             "no picture" |> Thumbelina.from_binary() |> Thumbelina.variants(a: & &1, b: & &1)
  end

  test "seven images, however often each, are laid on all of them together" do
    image = Picture.noise(20, 10) |> Samples.bytes(:png) |> Thumbelina.from_binary()
    laid = fn n -> {:"n#{n}", &Thumbelina.composite(&1, Thumbelina.brighten(image, n))} end
    wanted = Enum.map(1..7, laid)
    twice = for {name, fun} <- wanted, do: {:"again_#{name}", fun}
    assert {:ok, made} = Thumbelina.variants(image, wanted ++ twice)
    assert map_size(made) == 14

    assert_raise ArgumentError, ~r/at most 7 different images/, fn ->
      Thumbelina.variants(image, Enum.map(1..8, laid))
    end
  end

  test "sixteen, in pipelines or functions, each with a name of its own" do
    image = Picture.noise(20, 10) |> Samples.bytes(:png) |> Thumbelina.from_binary()
    pipeline = Thumbelina.pipeline() |> Thumbelina.blur(1)
    wanted = for n <- 1..16, do: {:"n#{n}", pipeline}
    assert %{n1: %{source: same}, n16: %{source: same}} = Thumbelina.variants!(image, wanted)

    for {wrong, sentence} <- [
          {[{:n17, pipeline} | wanted], "expected 1 to 16 names"},
          {[], "expected 1 to 16 names"},
          {%{a: pipeline}, "expected 1 to 16 names"},
          {[a: pipeline, a: pipeline], "a: is given twice"},
          {[a: 1], "a: must be a pipeline, or a function that adds operations to one, not 1"},
          {[a: fn _ -> :ok end], "a: must be .* one: the function returned :ok"}
        ] do
      assert_raise ArgumentError, Regex.compile!("Thumbelina.variants: .*#{sentence}"), fn ->
        Thumbelina.variants(image, wrong)
      end
    end

    assert_raise ArgumentError, ~r/unknown option qualty: .* Did you mean :quality/, fn ->
      Thumbelina.variants(image, [a: pipeline], qualty: 3)
    end
  end
end
