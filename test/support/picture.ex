defmodule Thumbelina.Test.Picture do
  @moduledoc "Pixels, and the plainest way to do to them what Thumbelina does."

  @enforce_keys [:width, :height, :channels, :pixels]
  defstruct [:width, :height, :channels, :pixels]

  @doc "Of `fun.(x, y)`, which gives a pixel as a binary."
  def new(width, height, channels, fun) do
    pixels = for y <- indices(height), x <- indices(width), into: <<>>, do: fun.(x, y)
    ^channels = div(byte_size(pixels), width * height)
    %__MODULE__{width: width, height: height, channels: channels, pixels: pixels}
  end

  @doc "Random, but always the same."
  def noise(width, height, channels \\ 3) do
    {pixels, _} = :rand.bytes_s(width * height * channels, :rand.seed_s(:exsss, 7))
    %__MODULE__{width: width, height: height, channels: channels, pixels: pixels}
  end

  @doc "Smooth, no two corners alike: what a lossy codec likes."
  def smooth(width, height, channels \\ 3) do
    new(width, height, channels, fn x, y ->
      dx = div(255 * x, max(width - 1, 1))
      dy = div(255 * y, max(height - 1, 1))
      binary_part(<<dx, dy, 255 - div(dx + dy, 2), 128 + div(dx, 2)>>, 0, channels)
    end)
  end

  def plain(width, height, colour) do
    new(width, height, byte_size(colour), fn _, _ -> colour end)
  end

  def at(%{width: width, channels: channels, pixels: pixels}, x, y) do
    binary_part(pixels, (y * width + x) * channels, channels)
  end

  def crop(picture, x0, y0, width, height) do
    new(width, height, picture.channels, fn x, y -> at(picture, x0 + x, y0 + y) end)
  end

  def flip(%{width: width, height: height} = picture, direction) do
    new(width, height, picture.channels, fn x, y ->
      case direction do
        :horizontal -> at(picture, width - 1 - x, y)
        :vertical -> at(picture, x, height - 1 - y)
      end
    end)
  end

  @doc "Clockwise, a quarter turn at a time."
  def rotate(picture, 0), do: picture

  def rotate(%{width: width, height: height} = picture, angle) do
    height
    |> new(width, picture.channels, fn x, y -> at(picture, y, height - 1 - x) end)
    |> rotate(angle - 90)
  end

  @doc "Each sample through `fun`."
  def map(picture, fun),
    do: %{picture | pixels: for(<<s <- picture.pixels>>, into: <<>>, do: <<fun.(s)>>)}

  @doc "The largest difference of two samples; they have the same shape."
  def distance(%{width: w, height: h, channels: c} = a, %{width: w, height: h, channels: c} = b) do
    Enum.zip_reduce(:binary.bin_to_list(a.pixels), :binary.bin_to_list(b.pixels), 0, fn s,
                                                                                        t,
                                                                                        most ->
      max(most, abs(s - t))
    end)
  end

  defp indices(count), do: Enum.take(0..count, count)
end
