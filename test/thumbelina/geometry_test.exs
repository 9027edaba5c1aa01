defmodule Thumbelina.GeometryTest do
  use ExUnit.Case, async: true
  doctest Thumbelina.Geometry

  alias Thumbelina.Geometry

  test "every way to write a size comes to the same options" do
    for args <- [[400, 300], ["400x300"], [{400, 300}], [[width: 400, height: 300]]] do
      assert Geometry.options(:resize, args) == [width: 400, height: 300]
    end

    for args <- [[400, 300, [fit: :fill]], ["400x300", [fit: :fill]], [{400, 300}, [fit: :fill]]] do
      assert Geometry.options(:resize, args) == [width: 400, height: 300, fit: :fill]
    end

    assert Geometry.options(:resize, ["400x"]) == [width: 400]
    assert Geometry.options(:resize, ["x300"]) == [height: 300]
    assert Geometry.options(:resize, [400]) == [width: 400]
    assert Geometry.options(:resize, ["50%"]) == [width: "50%"]
    assert Geometry.options(:resize, ["50%x"]) == [width: "50%"]
    assert Geometry.options(:resize, [0.5, [fit: :fill]]) == [width: 0.5, fit: :fill]
  end

  test "a number in quotes is answered with the number" do
    assert_raise ArgumentError, ~r/not "400". Did you mean 400\?$/, fn ->
      Geometry.options(:resize, ["400"])
    end
  end

  test "another text is refused" do
    for text <- [
          "",
          "x",
          "400",
          "400x300x2",
          "400 x 300",
          "400x300\n",
          "-1x2",
          "4.5x2",
          "400x300>",
          "٤x٤",
          "1234567x1"
        ] do
      assert_raise ArgumentError,
                   ~r/^Thumbelina.crop: a size is written "400x300", "400x", "x300" or "50%", not /,
                   fn ->
                     Geometry.options(:crop, [text])
                   end
    end
  end
end
