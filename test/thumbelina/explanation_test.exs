defmodule Thumbelina.ExplanationTest do
  use ExUnit.Case, async: true

  alias Thumbelina.{Error, Explanation}
  alias Thumbelina.Test.Samples

  test "it says what a run then does" do
    image =
      :jpeg
      |> Samples.smooth(320, 240)
      |> Samples.oriented(6)
      |> Thumbelina.from_binary()
      |> Thumbelina.resize(30)
      |> Thumbelina.blur(1)

    assert {:ok, %Explanation{} = plan} = Thumbelina.explain(image, format: :webp)
    assert {plan.format, plan.width, plan.height, plan.orientation} == {:jpeg, 240, 320, 6}
    assert {plan.format_out, plan.width_out, plan.height_out} == {:webp, 30, 40}
    assert plan.shrink == 4
    assert plan.region == {0, 0, 80, 60}
    names = Enum.map(plan.stages, &elem(&1, 0))
    assert length(names) >= 4
    assert Enum.all?(names, &is_atom/1)
    assert plan.cpu > 0

    {:ok, made} = Thumbelina.run(image, format: :webp)
    assert made.stats.decoded_width == plan.decoded_width
    assert made.stats.decoded_height == plan.decoded_height
  end

  test "from JPEG and WebP it works on the planes, where pixels are only moved or mixed" do
    image = :jpeg |> Samples.smooth(320, 240) |> Thumbelina.from_binary() |> Thumbelina.resize(80)
    plan = Thumbelina.explain!(image)
    assert plan.planes
    assert plan.stages == [{:jpeg, 160, 120, 3}, {:resize, 80, 60, 3}, {:jpeg, 80, 60, 3}]
    assert Thumbelina.explain!(image, format: :webp).planes
    refute Thumbelina.explain!(image, format: :webp, lossless: true).planes
    refute Thumbelina.explain!(image, format: :png).planes
    refute image |> Thumbelina.brighten(20) |> Thumbelina.explain!() |> Map.fetch!(:planes)
  end

  test "the lane is the one that is asked for" do
    image = Thumbelina.from_binary(Samples.smooth(:png, 64, 64))
    assert Thumbelina.explain!(image, lane: :dirty).lane == :dirty
    assert Thumbelina.explain!(image, dirty_threshold: 0).lane == :dirty
    assert Thumbelina.explain!(image).lane == :yield
    assert Thumbelina.explain!(Thumbelina.from_binary(Samples.smooth(:png, 1, 1))).lane == :yield
  end

  test "what would fail at once, fails" do
    image = Thumbelina.from_binary(Samples.smooth(:png, 64, 64))

    assert {:error, %Error{stage: :crop}} =
             image |> Thumbelina.crop(60, 0, 5, 5) |> Thumbelina.explain()

    assert_raise Error, fn -> Thumbelina.explain!(Thumbelina.open("no/cat.jpg")) end
  end

  test "it reads as text" do
    bytes = Samples.oriented(Samples.smooth(:jpeg, 640, 480), 6)
    image = bytes |> Thumbelina.from_binary() |> Thumbelina.resize(120) |> Thumbelina.sepia()
    [head, cost | rest] = image |> Thumbelina.explain!() |> to_string() |> String.split("\n")
    assert head == "jpeg 480x640 -> jpeg 120x160, lane: yield"
    assert cost =~ ~r/^about \d+\.\d ms of CPU time and \d+\.\d MB of memory$/

    assert rest == [
             "stored with orientation 6: it will be turned upright",
             "  jpeg        320x240      RGB  at 1/2",
             "  resize      160x120      RGB",
             "  point       160x120      RGB",
             "  turn        120x160      RGB",
             "  jpeg        120x160      RGB"
           ]
  end
end
