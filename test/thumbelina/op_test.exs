defmodule Thumbelina.OpTest do
  use ExUnit.Case, async: true
  doctest Thumbelina.Op

  alias Thumbelina.Op

  test "an operation holds all its options" do
    {:resize, map} = Op.new(:resize, width: 400)

    assert map == %{
             width: 400,
             height: nil,
             fit: :cover,
             gravity: :center,
             kernel: :lanczos3,
             dpr: 1.0,
             enlarge: true,
             reduce: true,
             linear: false,
             background: :auto
           }

    {:thumbnail, small} = Op.new(:thumbnail, width: 400)
    assert small == %{map | fit: :inside, enlarge: false}
  end

  test "an operation that does not exist is told from the others by a sentence" do
    assert_raise ArgumentError,
                 "Thumbelina.Op: there is no operation :shapren. Did you mean :sharpen?",
                 fn -> Op.new(:shapren, sigma: 1) end
  end

  test "the NIF is sent complete maps of plain values" do
    assert Op.sent(Op.new(:resize, width: 400, gravity: :north)) ==
             {:resize,
              %{
                width: 400,
                height: 0,
                fit: :cover,
                kernel: :lanczos3,
                gravity_x: 0.5,
                gravity_y: 0.0,
                gravity_focal: false,
                smart: :none,
                dpr: 1.0,
                enlarge: true,
                reduce: true,
                linear: false,
                auto: true,
                background: {255, 255, 255, 0}
              }}

    assert {:resize, %{width: 0, height: 9, fit: :inside, enlarge: false}} =
             Op.sent(Op.new(:thumbnail, height: 9))

    assert Op.sent(Op.new(:crop, width: 3, height: 4)) ==
             {:crop,
              %{
                x: -1,
                y: -1,
                width: 3,
                height: 4,
                gravity_x: 0.5,
                gravity_y: 0.5,
                gravity_focal: false,
                smart: :none
              }}

    assert {:crop, %{width: 0.5, height: 0.125, gravity_x: 0.2, gravity_focal: true}} =
             Op.sent(Op.new(:crop, width: "50%", height: "12.5%", gravity: {0.2, 1}))

    assert {:crop, %{x: 0, y: 2}} = Op.sent(Op.new(:crop, x: 0, y: 2, width: 3, height: 4))
    assert Op.sent(Op.new(:flip, direction: :vertical)) == {:flip, %{direction: :vertical}}
    assert Op.sent(Op.new(:rotate, angle: 270)) == {:rotate, %{angle: 270}}

    assert {:crop, %{gravity_x: 0.5, gravity_y: 0.5, smart: :entropy}} =
             Op.sent(Op.new(:crop, width: 3, height: 4, gravity: :entropy))

    assert {:affine, %{a: 0.5, b: b, c: c, d: 0.5, auto: true, interpolator: :bicubic}} =
             Op.sent(Op.new(:turn, angle: 60))
             |> then(fn {name, map} ->
               {name, %{map | a: Float.round(map.a, 9), d: Float.round(map.d, 9)}}
             end)

    assert_in_delta b, -0.8660254, 1.0e-7
    assert_in_delta c, 0.8660254, 1.0e-7
    assert Op.sent(Op.new(:blur, sigma: 3)) == {:blur, %{sigma: 3.0}}
    assert Op.sent(Op.new(:greyscale, [])) == {:greyscale, %{}}
    assert Op.sent(Op.new(:brighten, add: -255)) == {:brighten, %{add: -255}}
  end

  test "it is written with what is not a default" do
    assert Op.written(Op.new(:resize, height: 3, width: 2, fit: :cover)) ==
             {:resize, [], [width: 2, height: 3]}

    assert Op.written(Op.new(:blur, sigma: 1)) == {:blur, [1.0], []}
    assert Op.written(Op.new(:greyscale, [])) == {:greyscale, [], []}
  end

  test "it is called by the name of its function" do
    assert Op.name(Op.new(:turn, angle: 12)) == :rotate
    assert Op.name(Op.new(:rotate, angle: 90)) == :rotate
    assert Op.name(Op.new(:thumbnail, width: 9)) == :thumbnail
  end

  test "options that need each other are asked for" do
    assert_raise ArgumentError, "Thumbelina.resize: give width: or height:", fn ->
      Op.new(:resize, fit: :fill)
    end

    assert_raise ArgumentError, "Thumbelina.crop: give width: and height:", fn ->
      Op.new(:crop, width: 1)
    end

    assert_raise ArgumentError, "Thumbelina.crop: x: and y: go together", fn ->
      Op.new(:crop, width: 1, height: 1, y: 0)
    end

    assert_raise ArgumentError,
                 "Thumbelina.crop: y: and height: are more than the whole picture",
                 fn -> Op.new(:crop, x: 0.5, y: 0.6, width: 0.5, height: "41%") end
  end

  test "a pipeline has a length" do
    op = Op.new(:greyscale, [])
    ops = Enum.reduce(1..64, [], fn _, ops -> Op.append(ops, op) end)
    assert length(ops) == 64

    assert_raise ArgumentError, "a pipeline holds at most 64 operations", fn ->
      Op.append(ops, op)
    end
  end
end
