defmodule Thumbelina.Test.Samples do
  @moduledoc "Files to try things on."

  alias Thumbelina.Test.{Picture, PNG}

  @doc "The bytes of a picture in a format; the PNG is not of our making."
  def bytes(picture, :png), do: PNG.encode(picture)

  def bytes(picture, format) do
    picture |> PNG.encode() |> Thumbelina.from_binary() |> Thumbelina.to_binary!(format)
  end

  @doc "A picture as an image to be worked on, and back, without loss."
  def image(picture), do: picture |> PNG.encode() |> Thumbelina.from_binary()
  def pixels(image), do: image |> Thumbelina.to_binary!(:png) |> PNG.decode()

  @doc "A picture through a pipeline, without loss."
  def through(picture, fun), do: picture |> image() |> fun.() |> pixels()

  def smooth(format, width, height), do: width |> Picture.smooth(height) |> bytes(format)

  @doc "That JPEG or PNG with an EXIF orientation."
  def oriented(<<0xFF, 0xD8, rest::binary>>, orientation) do
    exif = "Exif\0\0" <> tiff(orientation)
    <<0xFF, 0xD8, 0xFF, 0xE1, byte_size(exif) + 2::16, exif::binary, rest::binary>>
  end

  def oriented(<<start::binary-size(33), rest::binary>>, orientation) do
    exif = "eXIf" <> tiff(orientation)

    <<start::binary, byte_size(exif) - 4::32, exif::binary, :erlang.crc32(exif)::32,
      rest::binary>>
  end

  @doc "A TIFF structure with nothing but an orientation."
  def tiff(orientation) do
    <<"MM", 42::16, 8::32, 1::16, 0x0112::16, 3::16, 1::32, orientation::16, 0::16, 0::32>>
  end

  @doc "In chunks of that many bytes."
  def chunks(bytes, size) when byte_size(bytes) <= size, do: [bytes]

  def chunks(bytes, size) do
    <<chunk::binary-size(size), rest::binary>> = bytes
    [chunk | chunks(rest, size)]
  end
end
