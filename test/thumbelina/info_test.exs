defmodule Thumbelina.InfoTest do
  use ExUnit.Case, async: true

  alias Thumbelina.{Error, Info}
  alias Thumbelina.Test.{Outside, Picture, PNG, Samples}

  test "the header of each format is told" do
    for format <- [:jpeg, :png, :webp] do
      bytes = Samples.smooth(format, 40, 30)

      assert {:ok, %Info{} = info} = bytes |> Thumbelina.from_binary() |> Thumbelina.info()
      assert {info.format, info.width, info.height} == {format, 40, 30}
      assert {info.orientation, info.frames, info.animated} == {1, 1, false}
      assert {info.icc, info.exif, info.xmp, info.warnings} == {false, false, false, []}
      assert Thumbelina.info!(Samples.chunks(bytes, 1)) == info
    end
  end

  test "what is lossless, and what comes in passes, is told" do
    picture = Picture.smooth(40, 30)

    for {format, options, lossless} <- [
          {:jpeg, [], false},
          {:png, [], true},
          {:webp, [], false},
          {:webp, [lossless: true], true}
        ] do
      bytes =
        picture
        |> PNG.encode()
        |> Thumbelina.from_binary()
        |> Thumbelina.to_binary!(format, options)

      assert {format, Thumbelina.info!([bytes]).lossless} == {format, lossless}
    end

    gif = Outside.make(picture, :gif)
    assert Thumbelina.info!([gif]).lossless

    for {format, args} <- [jpeg: ~w(-interlace Plane), png: ~w(-interlace PNG)] do
      assert Thumbelina.info!([Outside.make(picture, format, args)]).progressive
      refute Thumbelina.info!([Outside.make(picture, format)]).progressive
    end
  end

  test "channels, alpha and dots per inch are told" do
    for {channels, alpha} <- [{1, false}, {2, true}, {3, false}, {4, true}] do
      png = PNG.encode(Picture.noise(5, 4, channels))
      info = Thumbelina.info!([png])
      assert {info.channels, info.alpha, info.depth, info.dpi} == {channels, alpha, 8, nil}
    end

    dots_per_metre = <<11_811::32, 11_811::32, 1>>
    png = PNG.encode(Picture.noise(5, 4), chunks: [{"pHYs", dots_per_metre}])
    assert {x, y} = Thumbelina.info!([png]).dpi
    assert_in_delta x, 300, 0.1
    assert_in_delta y, 300, 0.1
  end

  test "the size is that of the picture upright" do
    for orientation <- 1..8 do
      info = Thumbelina.info!([:jpeg |> Samples.smooth(40, 30) |> Samples.oriented(orientation)])
      assert info.orientation == orientation
      assert info.exif
      assert {info.stored_width, info.stored_height} == {40, 30}
      assert {info.width, info.height} == if(orientation < 5, do: {40, 30}, else: {30, 40})
    end
  end

  test "no more is read than the header needs" do
    test = self()
    chunks = :png |> Samples.smooth(300, 300) |> Samples.chunks(100)
    assert length(chunks) > 20
    counted = Stream.each(chunks, fn _ -> send(test, :taken) end)
    assert Thumbelina.info!(counted).width == 300
    {:messages, messages} = Process.info(self(), :messages)
    assert length(messages) < 5
  end

  test "the operations of an image do not count" do
    image = Thumbelina.from_binary(Samples.smooth(:png, 40, 30))
    assert image |> Thumbelina.resize(4) |> Thumbelina.info!() == Thumbelina.info!(image)
  end

  test "a header that is refused is an answer" do
    png = Samples.smooth(:png, 40, 30)
    assert {:error, %Error{code: :limit}} = Thumbelina.info([png], max_pixels: 1199)
    assert {:ok, _} = Thumbelina.info([png], max_pixels: 1200)

    assert {:error, %Error{code: :unsupported}} =
             Thumbelina.info(["no picture at all, but a text"])

    assert {:error, %Error{code: :truncated}} = Thumbelina.info([binary_part(png, 0, 20)])
    assert {:error, %Error{code: :truncated}} = Thumbelina.info([])
    assert {:error, %Error{code: :enoent, stage: :file}} = Thumbelina.info("no/cat.jpg")
    assert {:error, %Error{code: :eisdir, stage: :file}} = Thumbelina.info(".")
    assert_raise Error, ~r/no such file/, fn -> Thumbelina.info!("no/cat.jpg") end

    assert_raise ArgumentError, ~r/Did you mean :max_pixels/, fn ->
      Thumbelina.info("x", max_pixel: 1)
    end
  end
end
