defmodule Thumbelina.Test.ThumbHash do
  @moduledoc """
  ThumbHash, in the words of https://evanw.github.io/thumbhash: row by row and column by column
  instead of pixel by pixel.
  """

  import Bitwise
  alias Thumbelina.Test.Picture

  @doc "Of a picture of 4 channels, at most 100x100."
  def encode(%Picture{width: w, height: h, channels: 4, pixels: pixels}) do
    rgba = for <<r, g, b, a <- pixels>>, do: {r / 255, g / 255, b / 255, a / 255}
    opaque? = Enum.all?(rgba, &(elem(&1, 3) == 1.0))
    average = average(rgba)
    {lx, ly} = lightness_terms(w, h, opaque?)

    [l, p, q, a] =
      rgba
      |> Enum.map(&channels(&1, average))
      |> Enum.zip_with(&Enum.chunk_every(&1, w))

    l = transform(l, w, h, max(3, lx), max(3, ly))
    p = transform(p, w, h, 3, 3)
    q = transform(q, w, h, 3, 3)
    a = if opaque?, do: nil, else: transform(a, w, h, 5, 5)
    head(w, h, {lx, ly}, l, p, q, a) <> nibbles(Enum.reject([l, p, q, a], &is_nil/1))
  end

  defp average(rgba) do
    {r, g, b, a} =
      Enum.reduce(rgba, {0.0, 0.0, 0.0, 0.0}, fn {r, g, b, a}, {sr, sg, sb, sa} ->
        {sr + a * r, sg + a * g, sb + a * b, sa + a}
      end)

    if a > 0, do: {r / a, g / a, b / a}, else: {0.0, 0.0, 0.0}
  end

  defp lightness_terms(w, h, opaque?) do
    most = if opaque?, do: 7, else: 5
    {max(1, round(most * w / max(w, h))), max(1, round(most * h / max(w, h)))}
  end

  defp channels({r, g, b, a}, {mr, mg, mb}) do
    [r, g, b] = for {v, m} <- [{r, mr}, {g, mg}, {b, mb}], do: a * v + (1 - a) * m
    [(r + g + b) / 3, (r + g) / 2 - b, r - g, a]
  end

  # {dc, ac between 0 and 1, scale}
  defp transform(rows, w, h, nx, ny) do
    across = for cx <- 0..(nx - 1), do: waves(w, cx)
    down = for cy <- 0..(ny - 1), do: waves(h, cy)
    rows = for row <- rows, do: for(wave <- across, do: dot(row, wave) / w)
    columns = Enum.zip_with(rows, & &1)

    [dc | ac] =
      for {wave, cy} <- Enum.with_index(down),
          {column, cx} <- Enum.with_index(columns),
          cx * ny < nx * (ny - cy),
          do: dot(column, wave) / h

    scale = ac |> Enum.map(&abs/1) |> Enum.max()
    {dc, Enum.map(ac, &if(scale > 0, do: 0.5 + 0.5 * &1 / scale, else: 0.0)), scale}
  end

  defp waves(size, frequency) do
    for i <- 0..(size - 1), do: :math.cos(:math.pi() / size * frequency * (i + 0.5))
  end

  defp dot(a, b), do: Enum.zip_reduce(a, b, 0.0, fn x, y, sum -> sum + x * y end)

  defp head(w, h, {lx, ly}, {l, _, ls}, {p, _, ps}, {q, _, qs}, a) do
    {flag, alpha} =
      case a do
        nil -> {0, <<>>}
        {dc, _, scale} -> {1, <<round(15 * scale)::4, round(15 * dc)::4>>}
      end

    {landscape, shorter} = if w > h, do: {1, ly}, else: {0, lx}

    <<first::24>> =
      <<flag::1, round(31 * ls)::5, round(31.5 + 31.5 * q)::6, round(31.5 + 31.5 * p)::6,
        round(63 * l)::6>>

    <<second::16>> = <<landscape::1, round(63 * qs)::6, round(63 * ps)::6, shorter::3>>
    <<first::little-24, second::little-16>> <> alpha
  end

  # The first of two is the low one.
  defp nibbles(channels) do
    channels
    |> Enum.flat_map(fn {_, ac, _} -> Enum.map(ac, &round(15 * &1)) end)
    |> Enum.chunk_every(2, 2, [0])
    |> Enum.map(fn [low, high] -> low + 16 * high end)
    |> :erlang.list_to_binary()
  end

  @doc "A picture of 4 channels, 32 pixels along its longer side."
  def decode(<<first::little-24, second::little-16, rest::binary>>) do
    <<flag::1, ls::5, q::6, p::6, l::6>> = <<first::24>>
    <<landscape::1, qs::6, ps::6, shorter::3>> = <<second::16>>
    longer = if flag == 1, do: 5, else: 7
    {lx, ly} = if landscape == 1, do: {longer, shorter}, else: {shorter, longer}
    {alpha, rest} = alpha(flag, rest)
    terms = for <<high::4, low::4 <- rest>>, v <- [low, high], do: v / 7.5 - 1

    # colours are shown stronger than they were measured, as quantising made them weaker
    {l, terms} = read(l / 63, terms, max(3, lx), max(3, ly), ls / 31)
    {p, terms} = read(p / 31.5 - 1, terms, 3, 3, ps / 63 * 1.25)
    {q, terms} = read(q / 31.5 - 1, terms, 3, 3, qs / 63 * 1.25)
    {a, _} = read_alpha(alpha, terms)
    draw(size(lx / ly), l, p, q, a)
  end

  defp alpha(0, rest), do: {nil, rest}
  defp alpha(1, <<scale::4, dc::4, rest::binary>>), do: {{dc / 15, scale / 15}, rest}

  defp read_alpha(nil, terms), do: {[{0, 0, 1.0}], terms}
  defp read_alpha({dc, scale}, terms), do: read(dc, terms, 5, 5, scale)

  defp read(dc, terms, nx, ny, scale) do
    places =
      for cy <- 0..(ny - 1),
          cx <- 0..(nx - 1),
          cx + cy > 0,
          cx * ny < nx * (ny - cy),
          do: {cx, cy}

    {mine, others} = Enum.split(terms, length(places))

    {[{0, 0, dc} | Enum.zip_with(places, mine, fn {x, y}, v -> {x, y, 2 * v * scale} end)],
     others}
  end

  defp size(ratio) when ratio > 1, do: {32, round(32 / ratio)}
  defp size(ratio), do: {round(32 * ratio), 32}

  defp draw({w, h}, l, p, q, a) do
    Picture.new(w, h, 4, fn x, y ->
      [l, p, q, a] = for terms <- [l, p, q, a], do: value(terms, (x + 0.5) / w, (y + 0.5) / h)
      b = l - 2 / 3 * p
      r = (3 * l - b + q) / 2
      for v <- [r, r - q, b, a], into: <<>>, do: <<trunc(255 * min(max(v, 0.0), 1.0))>>
    end)
  end

  defp value(terms, x, y) do
    Enum.reduce(terms, 0.0, fn {cx, cy, v}, sum ->
      sum + v * :math.cos(:math.pi() * cx * x) * :math.cos(:math.pi() * cy * y)
    end)
  end

  @doc "Is it about a picture with alpha?"
  def alpha?(<<first::little-24, _::binary>>), do: first >>> 23 == 1
end
