defmodule Thumbelina.PaletteTest do
  use ExUnit.Case, async: true

  alias Thumbelina.Test.{Outside, Picture, PNG}
  import Thumbelina.Test.Samples, only: [image: 1]

  @moduletag :foreign

  # Depth and type of colour, as IHDR says them; 3 is a palette.
  defp head(<<_::binary-24, depth, type, _::binary>>), do: {depth, type}

  defp entries(png) do
    {at, _} = :binary.match(png, "PLTE")
    <<length::32>> = binary_part(png, at - 4, 4)
    div(length, 3)
  end

  defp read(png) do
    png |> Outside.convert("convert", &["png:" <> &1, "png32:" <> &2]) |> PNG.decode()
  end

  defp colours(picture), do: for(<<p::binary-4 <- picture.pixels>>, uniq: true, do: p)

  test "no more colours than were asked for, in as few bits" do
    picture = Picture.scene(90, 70)

    for {most, depth} <- [{2, 1}, {4, 2}, {16, 4}, {256, 8}], dither <- [0, 1] do
      options = [palette: true, colours: most, dither: dither]
      png = picture |> image() |> Thumbelina.to_binary!(:png, options)
      assert head(png) == {depth, 3}
      assert entries(png) <= most
      read = read(png)
      assert {read.width, read.height} == {90, 70}
      assert length(colours(read)) <= most
      assert most == 256 or length(colours(read)) > div(most, 2)
    end
  end

  test "few colours, grey, and clear ones stay as they are" do
    rgba = [<<200, 20, 30, 255>>, <<0, 0, 0, 255>>, <<9, 200, 100, 120>>, <<0, 0, 0, 0>>]

    for channels <- [1, 2, 3, 4] do
      picture =
        Picture.new(40, 30, channels, fn x, y ->
          <<r, _, _, a>> = colour = Enum.at(rgba, rem(div(x, 10) + div(y, 10), 4))

          if channels < 3,
            do: binary_part(<<r, a>>, 0, channels),
            else: binary_part(colour, 0, channels)
        end)

      options = [palette: true, dither: 0]
      png = picture |> image() |> Thumbelina.to_binary!(:png, options)
      plain = picture |> image() |> Thumbelina.to_binary!(:png)
      assert seen(read(png)) == seen(read(plain))
    end
  end

  # What is clear has no colour.
  defp seen(picture) do
    for <<r, g, b, a <- picture.pixels>>, do: if(a == 0, do: :clear, else: {r, g, b, a})
  end

  test "it is near what it was, and smaller" do
    picture = Picture.scene(300, 220)
    plain = picture |> image() |> Thumbelina.to_binary!(:png)
    png = picture |> image() |> Thumbelina.to_binary!(:png, palette: true, colours: 16)
    assert byte_size(png) < 0.5 * byte_size(plain)
    small = fn png -> png |> Thumbelina.from_binary() |> Thumbelina.resize(20) end
    pixels = fn image -> image |> Thumbelina.to_binary!(:png) |> PNG.decode() end
    assert Picture.psnr(pixels.(small.(plain)), pixels.(small.(png))) > 30
  end

  test "metadata is kept where it is asked for, and nothing else is there" do
    exif = "MM" <> <<42::16, 8::32, 1::16, 0x8298::16, 2::16, 3::32, "me", 0, 0, 0::32>>

    <<start::binary-size(33), rest::binary>> = Picture.smooth(30, 20) |> PNG.encode()
    chunk = "eXIf" <> exif

    bytes =
      <<start::binary, byte_size(exif)::32, chunk::binary, :erlang.crc32(chunk)::32,
        rest::binary>>

    image = Thumbelina.from_binary(bytes)
    bare = Thumbelina.run!(image, palette: true)
    assert bare.warnings == []
    {:ok, kept} = Thumbelina.run(image, palette: true, keep: [:exif])
    assert {kept.warnings, Thumbelina.info!(kept).exif} == {[], true}
    refute Thumbelina.info!(bare).exif
  end

  @tag :memory
  test "explain and the result agree on the lane and the memory" do
    image = Picture.smooth(300, 200) |> image()
    {:ok, plan} = Thumbelina.explain(image, format: :png, palette: true)
    made = Thumbelina.run!(image, format: :png, palette: true)
    assert plan.peak_bytes > 0.8 * made.stats.peak_bytes
    assert plan.lane == made.stats.lane
  end
end
