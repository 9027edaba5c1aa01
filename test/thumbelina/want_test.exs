defmodule Thumbelina.WantTest do
  use ExUnit.Case, async: true

  alias Thumbelina.Test.{Picture, Samples}
  import Thumbelina.Test.Samples, only: [image: 1]

  test "what is wanted stands in the result, and changes none of its bytes" do
    image = Picture.smooth(300, 200) |> image() |> Thumbelina.resize(50)
    wants = [:thumbhash, :average, :dominant, blurhash: {4, 4}, palette: 3]
    {:ok, plain} = Thumbelina.run(image)
    {:ok, made} = Thumbelina.run(image, want: wants)
    assert plain.found == %{}
    assert made.source == plain.source

    assert %{
             thumbhash: <<_, _, _, _, _, _::binary>>,
             blurhash: blurhash,
             average: {_, _, _},
             dominant: {_, _, _},
             palette: [{{_, _, _}, _}, {{_, _, _}, _}, {{_, _, _}, _}]
           } = made.found

    assert byte_size(blurhash) == 4 + 2 * 16
    assert Map.keys(made.found) |> length() == 5
    assert Thumbelina.blur(made, 1).found == %{}
  end

  test "colours are of the picture as it comes out, weighed by how opaque it is" do
    flag =
      Picture.new(90, 60, 3, fn x, y ->
        if y < 45, do: <<200, 0, 0>>, else: if(x < 60, do: <<0, 0, 200>>, else: <<0, 200, 0>>)
      end)

    found = fn image ->
      Thumbelina.run!(image, format: :png, want: [:average, :dominant, palette: 3]).found
    end

    all = flag |> image() |> found.()
    assert all.dominant == {200, 0, 0}
    assert all.average == {150, 17, 33}
    assert Enum.map(all.palette, &elem(&1, 0)) == [{200, 0, 0}, {0, 0, 200}, {0, 200, 0}]
    assert_in_delta Enum.sum(Enum.map(all.palette, &elem(&1, 1))), 1, 1.0e-6

    cut = flag |> image() |> Thumbelina.crop(60, 45, 30, 15) |> found.()
    assert %{dominant: {0, 200, 0}, average: {0, 200, 0}, palette: [{{0, 200, 0}, 1.0}]} = cut
    assert %{dominant: {55, 255, 255}} = flag |> image() |> Thumbelina.invert() |> found.()

    clear = Picture.plain(9, 9, <<1, 2, 3, 0>>) |> image() |> found.()
    assert clear == %{dominant: nil, average: nil, palette: []}
  end

  test "where the format has no alpha, it is the picture on its background that is looked at" do
    wants = [:thumbhash, :average, :dominant, palette: 2]
    found = &Thumbelina.run!(&1, [format: :jpeg, quality: 100, want: wants] ++ &2).found
    clear = Picture.plain(16, 16, <<1, 2, 3, 0>>) |> image()
    on_colour = Picture.plain(16, 16, <<10, 20, 30>>) |> image()

    assert %{average: {10, 20, 30}, dominant: {10, 20, 30}, palette: [{{10, 20, 30}, 1.0}]} =
             all = found.(clear, background: {10, 20, 30})

    assert all == found.(on_colour, [])
    assert all != Thumbelina.run!(clear, format: :png, want: wants).found

    half = Picture.plain(16, 16, <<200, 100, 50, 128>>) |> image()
    assert %{average: {227, 177, 152}} = found.(half, [])
    assert %{average: {200, 100, 50}} = Thumbelina.run!(half, format: :png, want: wants).found
  end

  test "hashes do not tell how the picture was stored" do
    bytes = Picture.smooth(60, 40) |> Samples.bytes(:jpeg)

    found = fn bytes, opts ->
      Thumbelina.run!(Thumbelina.from_binary(bytes), [want: [:thumbhash, :blurhash]] ++ opts).found
    end

    for o <- 1..8 do
      stored = Samples.oriented(bytes, o)
      upright = stored |> Thumbelina.from_binary() |> Thumbelina.to_binary!(:png)
      assert found.(stored, []) == found.(upright, [])
      assert found.(stored, format: :webp, lane: :dirty) == found.(upright, [])
    end
  end

  test "a perceptual hash is much the same of what looks the same, and not of what does not" do
    hash = fn image -> Thumbelina.run!(image, want: [:phash]).found.phash end
    pictures = [Picture.noise(90, 60), patches(1), patches(2), patches(3)]

    for picture <- pictures, image = image(picture), h = hash.(image) do
      assert byte_size(h) == 8
      assert Thumbelina.hamming(h, hash.(Thumbelina.resize(image, 150))) <= 6
      assert Thumbelina.hamming(h, hash.(Thumbelina.resize(image, 1000, 1000, fit: :fill))) <= 6
      jpeg = Thumbelina.run!(image, format: :jpeg, quality: 60)
      assert Thumbelina.hamming(h, hash.(jpeg)) <= 6
      assert hash.(Thumbelina.run!(image, format: :png)) == h
      assert Thumbelina.hamming(h, hash.(Thumbelina.brightness(image, 0.9))) <= 6
    end

    for a <- pictures, b <- pictures, a != b do
      assert Thumbelina.hamming(hash.(image(a)), hash.(image(b))) > 12
    end
  end

  test "hashes of two sizes are not compared" do
    for {a, b} <- [{<<1>>, <<1, 2>>}, {<<1>>, 1}, {nil, nil}] do
      assert_raise ArgumentError, ~r/two binaries of one size/, fn ->
        Thumbelina.hamming(a, b)
      end
    end
  end

  defp patches(n) do
    Picture.new(120, 80, 3, fn x, y ->
      <<r, g, b, _::binary>> = :erlang.md5("#{n} #{div(x, 20)} #{div(y, 20)}")
      <<r, g, b>>
    end)
  end

  test "each variant has its own" do
    image = Picture.noise(90, 60) |> image()

    wanted = [
      a: & &1,
      b: &(&1 |> Thumbelina.invert() |> Thumbelina.encode(:png, want: [:average]))
    ]

    made = Thumbelina.variants!(image, wanted)
    assert made.a.found == %{}
    assert %{average: {_, _, _}} = made.b.found
  end
end
