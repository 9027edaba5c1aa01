defmodule Thumbelina.Test.BlurHash do
  @moduledoc """
  BlurHash, in the words of Algorithm.md at https://github.com/woltapp/blurhash: component by
  component, each over the whole picture.
  """

  alias Thumbelina.Test.Picture

  @digits "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\#$%*+,-.:;=?@[]^_{|}~"

  @doc "Of a picture of 3 channels."
  def encode(%Picture{channels: 3} = picture, across \\ 4, down \\ 3) do
    light = for <<v <- picture.pixels>>, do: linear(v)

    [dc | ac] =
      for cy <- 0..(down - 1), cx <- 0..(across - 1), do: component(picture, light, cx, cy)

    most = ac |> List.flatten() |> Enum.map(&abs/1) |> Enum.max(fn -> 0.0 end)
    step = floor(most * 166 - 0.5) |> max(0) |> min(82)

    IO.iodata_to_binary([
      write(across - 1 + 9 * (down - 1), 1),
      write(step, 1),
      write(dc |> Enum.map(&srgb/1) |> Integer.undigits(256), 4),
      for(
        v <- ac,
        do: v |> Enum.map(&quantise(&1 * 166 / (step + 1))) |> Integer.undigits(19) |> write(2)
      )
    ])
  end

  defp component(%{width: w, height: h}, light, cx, cy) do
    waves =
      for y <- 0..(h - 1), x <- 0..(w - 1) do
        :math.cos(:math.pi() * cx * x / w) * :math.cos(:math.pi() * cy * y / h)
      end

    part = if cx + cy == 0, do: 1, else: 2

    light
    |> Enum.chunk_every(3)
    |> Enum.zip_reduce(waves, [0.0, 0.0, 0.0], fn [r, g, b], wave, [sr, sg, sb] ->
      [sr + r * wave, sg + g * wave, sb + b * wave]
    end)
    |> Enum.map(&(&1 * part / (w * h)))
  end

  defp quantise(part) do
    root = if part < 0, do: -:math.sqrt(-part), else: :math.sqrt(part)
    floor(root * 9 + 9.5) |> max(0) |> min(18)
  end

  defp write(value, digits) do
    value
    |> Integer.digits(83)
    |> then(&(List.duplicate(0, digits - length(&1)) ++ &1))
    |> Enum.map(&binary_part(@digits, &1, 1))
  end

  @doc "A picture of 3 channels and that size."
  def decode(hash, width, height) do
    {size, <<_, rest::binary>>} = {read(hash, 0, 1), hash}
    across = rem(size, 9) + 1
    most = (read(rest, 0, 1) + 1) / 166
    dc = rest |> read(1, 4) |> digits(256) |> Enum.map(&linear/1)

    ac =
      for at <- 5..(byte_size(rest) - 1)//2 do
        for v <- rest |> read(at, 2) |> digits(19), do: most * signed_square((v - 9) / 9)
      end

    terms = for {v, i} <- Enum.with_index([dc | ac]), do: {rem(i, across), div(i, across), v}

    Picture.new(width, height, 3, fn x, y ->
      for v <- colour(terms, x / width, y / height), into: <<>>, do: <<srgb(v)>>
    end)
  end

  defp colour(terms, x, y) do
    Enum.reduce(terms, [0.0, 0.0, 0.0], fn {cx, cy, v}, sum ->
      wave = :math.cos(:math.pi() * cx * x) * :math.cos(:math.pi() * cy * y)
      Enum.zip_with(v, sum, &(&1 * wave + &2))
    end)
  end

  defp signed_square(v), do: v * abs(v)

  defp read(text, at, digits) do
    for(<<c <- binary_part(text, at, digits)>>, do: digit(c)) |> Integer.undigits(83)
  end

  defp digit(c) do
    {at, 1} = :binary.match(@digits, <<c>>)
    at
  end

  defp digits(value, base),
    do: [div(value, base * base), rem(div(value, base), base), rem(value, base)]

  @doc "The light of an sRGB value, 0.0 to 1.0."
  def linear(v) when v / 255 <= 0.04045, do: v / 255 / 12.92
  def linear(v), do: :math.pow((v / 255 + 0.055) / 1.055, 2.4)

  @doc "The sRGB value of light, clamped."
  def srgb(v) when v <= 0.0, do: 0
  def srgb(v) when v >= 1.0, do: 255
  def srgb(v) when v <= 0.0031308, do: trunc(v * 12.92 * 255 + 0.5)
  def srgb(v), do: trunc((1.055 * :math.pow(v, 1 / 2.4) - 0.055) * 255 + 0.5)
end
