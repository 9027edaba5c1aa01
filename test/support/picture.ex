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

  @doc "What a photograph is made of: soft light, edges, and detail at every size."
  def scene(width, height, channels \\ 3) do
    new(width, height, channels, fn x, y ->
      light = 60 + 130 * y / height + 0.5 * rough(x, y)
      near? = rem(div(x * x + y * y, 900), 7) < 3
      tint = if near?, do: [30, -10, -45, 0], else: [-25, 5, 40, 90]
      for shift <- Enum.take(tint, channels), into: <<>>, do: <<level(light + shift)>>
    end)
  end

  # Noise at lattices of 2, 4, ... 32 pixels, each twice as strong as the one before.
  defp rough(x, y) do
    for n <- 1..5, reduce: 0.0 do
      sum ->
        size = Integer.pow(2, n)
        {u, v} = {rem(x, size) / size, rem(y, size) / size}
        {i, j} = {div(x, size), div(y, size)}
        above = (1 - u) * random(i, j, n) + u * random(i + 1, j, n)
        below = (1 - u) * random(i, j + 1, n) + u * random(i + 1, j + 1, n)
        sum + size * ((1 - v) * above + v * below)
    end
  end

  # -1 to 1
  defp random(i, j, n), do: :erlang.phash2({i, j, n}, 2001) / 1000 - 1

  defp level(v), do: v |> round() |> max(0) |> min(255)

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

  @doc "How near they are, in dB."
  def psnr(%{width: w, height: h, channels: c} = a, %{width: w, height: h, channels: c} = b) do
    squares =
      Enum.zip_reduce(:binary.bin_to_list(a.pixels), :binary.bin_to_list(b.pixels), 0, fn s,
                                                                                          t,
                                                                                          sum ->
        sum + (s - t) * (s - t)
      end)

    10 * :math.log10(255 * 255 * w * h * c / max(squares, 1))
  end

  defp indices(count), do: Enum.take(0..count, count)
end
