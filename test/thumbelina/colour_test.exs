defmodule Thumbelina.ColourTest do
  use ExUnit.Case, async: true

  alias Thumbelina.Test.{Picture, PNG, Profile}

  defp png(pixels, profile) do
    PNG.encode(pixels, chunks: [{"iCCP", "name\0\0" <> :zlib.compress(profile)}])
  end

  # Of a picture of that colour with that profile, the colour of the result.
  defp colour(colour, profile, change \\ & &1, opts \\ []) do
    {:ok, image} =
      Picture.plain(8, 6, colour)
      |> png(profile)
      |> Thumbelina.from_binary()
      |> change.()
      |> Thumbelina.run(opts)

    {:binary, bytes} = image.source
    picture = PNG.decode(bytes)
    chunks = for {name, _} <- PNG.chunks(bytes), uniq: true, do: name
    {picture |> Picture.at(1, 1) |> :binary.bin_to_list(), chunks, image.warnings}
  end

  defp near(a, b), do: Enum.zip_with(a, b, &abs(&1 - &2)) |> Enum.max() <= 1

  test "colours become sRGB, and no profile is written" do
    # 100, 50, 50 of Display P3 is 107, 46, 48, by the formulas of CSS Color 4.
    assert {shown, ["IHDR", "IDAT", "IEND"], []} = colour(<<100, 50, 50>>, Profile.display_p3())
    assert near(shown, [107, 46, 48])
    assert {[255, 0, 0], _, []} = colour(<<255, 0, 0>>, Profile.display_p3())
    assert {[90, 90, 90, 77], _, []} = colour(<<90, 90, 90, 77>>, Profile.display_p3())
    assert {[1, 200, 90], _, []} = colour(<<1, 200, 90>>, Profile.srgb())
  end

  test "grey becomes that of sRGB" do
    # (128 / 255) ^ 1.8 = 0.289 of light is 146 of sRGB.
    assert {[shown], ["IHDR", "IDAT", "IEND"], []} = colour(<<128>>, Profile.grey(1.8))
    assert_in_delta shown, 146, 1
    assert {[shown, 9], _, []} = colour(<<128, 9>>, Profile.grey(1.8))
    assert_in_delta shown, 146, 1
  end

  test "grey of a picture with a profile is that of what is seen" do
    assert {[shown], _, []} =
             colour(<<100, 50, 50>>, Profile.display_p3(), &Thumbelina.greyscale/1)

    assert_in_delta shown, 0.2126 * 107 + 0.7152 * 46 + 0.0722 * 48, 1
  end

  test "keep: [:icc] keeps the profile and the colours as they are" do
    profile = Profile.display_p3()
    png = png(Picture.plain(8, 6, <<100, 50, 50>>), profile)

    assert {[100, 50, 50], ["IHDR", "iCCP", "IDAT", "IEND"], []} =
             colour(<<100, 50, 50>>, profile, & &1, keep: [:icc])

    for format <- [:jpeg, :webp] do
      image = Thumbelina.from_binary(png)
      {:ok, bytes} = Thumbelina.to_binary(image, format, keep: [:icc])
      assert :binary.match(bytes, profile) != :nomatch
      {:ok, bytes} = Thumbelina.to_binary(image, format)
      assert :binary.match(bytes, "acsp") == :nomatch
    end
  end

  test "the stage is told, behind the shrink; with sRGB there is none" do
    stages = fn profile ->
      png(Picture.noise(40, 30), profile)
      |> Thumbelina.from_binary()
      |> Thumbelina.resize(20)
      |> Thumbelina.explain!()
      |> Map.fetch!(:stages)
      |> Enum.map(&elem(&1, 0))
    end

    assert stages.(Profile.display_p3()) == [:png, :resize, :icc, :png]
    assert stages.(Profile.srgb()) == [:png, :resize, :png]
  end

  test "a broken profile, or one for other colours, is a warning" do
    profile = Profile.display_p3()
    broken = String.replace(profile, "XYZ ", "ZYX ", global: true)
    grey = Profile.grey(2.2)
    cut = binary_part(profile, 0, 200)

    for bad <- [broken, grey, cut, "nonsense", String.duplicate("x", 300)] do
      assert {[100, 50, 50], _, [warning]} = colour(<<100, 50, 50>>, bad)
      assert warning =~ "ICC profile"
    end
  end

  test "it does not show how the work was cut" do
    png = png(Picture.noise(90, 70, 4), Profile.display_p3())
    image = Thumbelina.from_binary(png) |> Thumbelina.resize(60)
    bytes = Thumbelina.to_binary!(image, :webp)

    for opts <- [[lane: :dirty], [slice: 10], [slice: 100_000]] do
      assert Thumbelina.to_binary!(image, :webp, opts) == bytes
    end
  end
end
