defmodule Thumbelina.MetadataTest do
  use ExUnit.Case, async: true

  alias Thumbelina.Test.{Picture, PNG, Profile, Samples}

  @namespace "http://ns.adobe.com/xap/1.0/\0"
  @xmp "<x:xmpmeta>what was said of it</x:xmpmeta>"

  # As a camera writes it, big end first: its maker, who made and who owns the picture, how it
  # was held; the time; the place; a thumbnail.
  defp exif(orientation) do
    root = 8 + 2 + 6 * 12 + 4
    {exif, gps, small} = {root + 42, root + 80, root + 122}

    <<"MM", 42::16, 8::32, 6::16>> <>
      <<0x010F::16, 2::16, 8::32, root::32>> <>
      <<0x0112::16, 3::16, 1::32, orientation::16, 0::16>> <>
      <<0x013B::16, 2::16, 10::32, root + 8::32>> <>
      <<0x8298::16, 2::16, 10::32, root + 18::32>> <>
      <<0x8769::16, 4::16, 1::32, exif::32>> <>
      <<0x8825::16, 4::16, 1::32, gps::32>> <>
      <<small::32>> <>
      "A maker\0An artist\0Its owner\0" <>
      :binary.copy(<<0>>, 14) <>
      <<1::16, 0x9003::16, 2::16, 20::32, exif + 18::32, 0::32>> <>
      "2024:01:02 03:04:05\0" <>
      <<1::16, 2::16, 5::16, 3::32, gps + 18::32, 0::32>> <>
      "secret place of 24 bytes" <>
      <<2::16, 0x0201::16, 4::16, 1::32, small + 30::32, 0x0202::16, 4::16, 1::32, 9::32, 0::32>> <>
      "thumbnail"
  end

  defp app(marker, data), do: <<0xFF, marker, byte_size(data) + 2::16, data::binary>>

  # The same metadata in each format.
  defp sample(:jpeg, orientation) do
    <<0xFF, 0xD8, rest::binary>> = Samples.smooth(:jpeg, 40, 30)

    <<0xFF, 0xD8>> <>
      app(0xE1, "Exif\0\0" <> exif(orientation)) <>
      app(0xE1, @namespace <> @xmp) <>
      app(0xE2, "ICC_PROFILE\0" <> <<1, 1>> <> Profile.display_p3()) <> rest
  end

  defp sample(:png, orientation) do
    PNG.encode(Picture.smooth(40, 30),
      chunks: [
        {"iCCP", "name\0\0" <> :zlib.compress(Profile.display_p3())},
        {"eXIf", exif(orientation)},
        {"iTXt", "XML:com.adobe.xmp\0\0\0\0\0" <> @xmp}
      ]
    )
  end

  defp sample(:webp, orientation) do
    <<"RIFF", _::32, "WEBP", picture::binary>> = Samples.smooth(:webp, 40, 30)

    chunks =
      chunk("VP8X", <<0x2C, 0::24, 39::little-24, 29::little-24>>) <>
        chunk("ICCP", Profile.display_p3()) <>
        picture <> chunk("EXIF", exif(orientation)) <> chunk("XMP ", @xmp)

    <<"RIFF", byte_size(chunks) + 4::little-32, "WEBP">> <> chunks
  end

  defp chunk(name, data) do
    <<name::binary, byte_size(data)::little-32, data::binary>> <>
      :binary.copy(<<0>>, rem(byte_size(data), 2))
  end

  defp made(from, to, opts) do
    image = from |> Thumbelina.from_binary() |> Thumbelina.resize(20)
    {:ok, image} = Thumbelina.run(image, [format: to] ++ opts)
    assert image.warnings == []
    {:binary, bytes} = image.source
    {bytes, Thumbelina.info!([bytes])}
  end

  defp has?(bytes, text), do: :binary.match(bytes, text) != :nomatch

  @formats [:jpeg, :png, :webp]

  test "the samples hold what they should" do
    for format <- @formats do
      info = Thumbelina.info!([sample(format, 6)])
      assert {info.exif, info.xmp, info.icc, info.gps} == {true, true, true, true}
      assert {info.icc_name, info.orientation, info.warnings} == {"Of the tests", 6, []}
      assert {info.width, info.height, info.decoded_bytes} == {30, 40, 3600}
    end
  end

  test "nothing is kept unless it is asked for" do
    for from <- @formats, to <- @formats, keep <- [[], [keep: :none], [keep: []]] do
      {bytes, info} = made(sample(from, 6), to, keep)
      assert {info.exif, info.xmp, info.icc, info.gps} == {false, false, false, false}
      refute has?(bytes, "artist") or has?(bytes, "said") or has?(bytes, "secret")
    end
  end

  test "EXIF is kept without the place and the thumbnail, and says 1 of the orientation" do
    for from <- @formats, to <- @formats do
      {bytes, info} = made(sample(from, 6), to, keep: [:exif])
      assert {info.exif, info.xmp, info.icc, info.gps} == {true, false, false, false}
      assert {info.orientation, info.width, info.height} == {1, 20, 27}
      assert has?(bytes, "A maker") and has?(bytes, "2024:01:02 03:04:05")
      refute has?(bytes, "secret") or has?(bytes, "thumbnail") or has?(bytes, "said")
    end
  end

  test "the place is kept if it is named" do
    for from <- @formats, to <- @formats do
      {bytes, info} = made(sample(from, 1), to, keep: [:exif, :gps])
      assert {info.exif, info.gps} == {true, true}
      assert has?(bytes, "secret place of 24 bytes")
      refute has?(bytes, "thumbnail")
    end
  end

  test "where the picture is not turned, EXIF still says how to" do
    image = Thumbelina.from_binary(sample(:jpeg, 6), orient: false)
    bytes = Thumbelina.to_binary!(image, :jpeg, keep: [:exif])
    assert Thumbelina.info!([bytes]).orientation == 6
  end

  test "of the copyright, only who made and who owns it" do
    for from <- @formats, to <- @formats do
      {bytes, info} = made(sample(from, 6), to, keep: [:copyright])
      assert {info.exif, info.orientation, info.gps} == {true, 1, false}
      assert has?(bytes, "An artist") and has?(bytes, "Its owner")
      refute has?(bytes, "maker") or has?(bytes, "2024") or has?(bytes, "secret")
    end
  end

  test "XMP is kept as it is" do
    for from <- @formats, to <- @formats do
      {bytes, info} = made(sample(from, 6), to, keep: [:xmp])
      assert {info.exif, info.xmp} == {false, true}
      assert has?(bytes, @xmp)
    end
  end

  test "all of it is all of it; what was kept can be kept again" do
    for from <- @formats, to <- @formats do
      {bytes, info} = made(sample(from, 6), to, keep: :all)
      assert {info.exif, info.xmp, info.icc, info.gps} == {true, true, true, true}
      assert info.icc_name == "Of the tests"
      {again, _} = made(bytes, to, keep: :all)
      assert has?(again, @xmp) and has?(again, "Its owner") and has?(again, "secret")
    end
  end

  @tag :foreign
  test "HEIC and AVIF keep it too, and tell what they have" do
    for to <- [:heif, :avif], {keep, has} <- [{:all, true}, {[], false}] do
      {:ok, image} =
        sample(:jpeg, 6) |> Thumbelina.from_binary() |> Thumbelina.run(format: to, keep: keep)

      info = Thumbelina.info!(image, formats: :all)
      assert {to, info.exif, info.xmp, info.icc, info.gps} == {to, has, has, has, has}
    end
  end

  @tag :foreign
  test "what a format cannot keep is said, and what it keeps is not" do
    for {to, kept} <- [tiff: {false, true}, jxl: {false, false}] do
      {:ok, image} =
        sample(:jpeg, 6) |> Thumbelina.from_binary() |> Thumbelina.run(format: to, keep: :all)

      info = Thumbelina.info!(image, formats: :all)
      assert {to, {info.exif, info.xmp}} == {to, kept}
      said = Enum.join(image.warnings)

      assert {to, {said =~ "EXIF is left out", said =~ "XMP is left out"}} ==
               {to, {true, not info.xmp}}
    end
  end

  test "it does not matter in what pieces it comes" do
    for from <- @formats, size <- [1, 7, 100], keep <- [:all, [:xmp]] do
      bytes = sample(from, 6)
      whole = bytes |> Thumbelina.from_binary() |> Thumbelina.to_binary!(:webp, keep: keep)
      pieces = bytes |> Samples.chunks(size) |> Thumbelina.open()
      assert Thumbelina.to_binary!(pieces, :webp, keep: keep) == whole
      assert has?(whole, @xmp)
    end
  end

  test "of several results each keeps its own" do
    {:ok, made} =
      sample(:jpeg, 6)
      |> Thumbelina.from_binary()
      |> Thumbelina.variants(
        bare: &Thumbelina.encode(&1, :png),
        all: &Thumbelina.encode(&1, :png, keep: :all)
      )

    info = fn name ->
      {:ok, %{source: {:binary, bytes}}} = made[name]
      Thumbelina.info!([bytes])
    end

    assert {info.(:bare).exif, info.(:bare).icc, info.(:bare).gps} == {false, false, false}
    assert {info.(:all).exif, info.(:all).icc, info.(:all).gps} == {true, true, true}
  end

  test "broken EXIF is left out with a warning; so is what a JPEG cannot hold" do
    <<0xFF, 0xD8, rest::binary>> = Samples.smooth(:jpeg, 40, 30)
    jpeg = <<0xFF, 0xD8>> <> app(0xE1, "Exif\0\0MM\0*\0\0\xFF\xFF and so on") <> rest
    {:ok, image} = jpeg |> Thumbelina.from_binary() |> Thumbelina.run(keep: [:exif])
    assert [warning] = image.warnings
    assert warning =~ "EXIF is broken"

    long = "XML:com.adobe.xmp\0\0\0\0\0" <> String.duplicate("long ", 20_000)
    png = PNG.encode(Picture.smooth(9, 9), chunks: [{"iTXt", long}])
    {:ok, image} = png |> Thumbelina.from_binary() |> Thumbelina.run(format: :jpeg, keep: [:xmp])
    assert [warning] = image.warnings
    assert warning =~ "XMP of 100000 bytes does not fit"
    {:ok, image} = png |> Thumbelina.from_binary() |> Thumbelina.run(format: :webp, keep: [:xmp])
    assert image.warnings == []
  end
end
