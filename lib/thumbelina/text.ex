defmodule Thumbelina.Text do
  @moduledoc false

  # Text that is to be drawn: how it is asked for, and the bytes that stand for it in the native
  # code (c_src/text.h).

  alias Thumbelina.Options

  @type t :: {text :: String.t(), %{atom => term}}

  @longest 10_000

  @shadow [
    x: {{:integer, -1000, 1000}, 2, "pixels to the right"},
    y: {{:integer, -1000, 1000}, 2, "pixels down"},
    blur: {{:number, 0, 100}, 2.0, "the sigma of a Gaussian, in pixels"},
    colour: {:colour, {0, 0, 0, 255}, ""},
    opacity: {{:number, 0, 1}, 0.6, "of its colour, which may be see-through itself"}
  ]

  @rows [
    font:
      {:font, "sans",
       "a family, and what Pango knows beside it, as \"DejaVu Sans Bold Italic\" or \"serif, Light\"; " <>
         "of what is not installed Pango takes the next best, without a word"},
    size: {{:number, 1, 2000}, 32.0, "in points: with the usual `dpi:`, pixels"},
    colour: {:colour, {0, 0, 0, 255}, "of the letters"},
    align: {{:one_of, [:left, :center, :right]}, :left, "of lines beside each other"},
    justify: {:boolean, false, "make lines equally long, where they are broken by `width:`"},
    width:
      {{:or_nil, {:integer, 1, 65_500}, 0}, nil,
       "in pixels: lines that are longer are broken, between words if they can be"},
    spacing: {{:integer, 0, 1000}, 0, "pixels between lines, more than the font has"},
    dpi: {{:integer, 10, 1200}, 72, "dots per inch: pixels for 72 points"},
    shadow:
      {{:listed, @shadow}, nil,
       "`true`, or a list of `:x`, `:y` (pixels, 2 and 2), `:blur` (sigma in pixels, 2.0), " <>
         "`:colour` (black) and `:opacity` (0.6)"}
  ]

  @aligns %{left: 0, center: 1, right: 2}

  @spec rows() :: Options.rows()
  def rows, do: @rows

  @doc "The text and its options, checked; names `also` known elsewhere are worth a suggestion."
  @spec new!(String.t(), keyword, String.t(), [atom]) :: t
  def new!(text, options, where, also \\ []) do
    {check!(text, where), Options.complete!(@rows, options, where, also)}
  end

  @doc "As it is written: the text, and what is no default."
  @spec written(t) :: {String.t(), keyword}
  def written({text, options}), do: {text, Options.given(@rows, options)}

  @doc "As the native code reads it."
  @spec encoded(t) :: binary
  def encoded({text, options}) do
    shadow = Options.complete!(@shadow, listed(options.shadow), "shadow")
    {r, g, b, a} = shadow.colour

    <<1, @aligns[options.align], bit(options.justify) + 2 * bit(options.shadow != nil),
      colour(options.colour)::binary, colour({r, g, b, round(a * shadow.opacity)})::binary,
      thousandths(options.size)::32, thousandths(shadow.blur)::32, options.dpi::32,
      options.width || 0::32, options.spacing::32, shadow.x::32, shadow.y::32,
      byte_size(options.font), options.font::binary, text::binary>>
  end

  defp check!(text, where) when is_binary(text) do
    cond do
      not String.valid?(text) ->
        raise ArgumentError, "#{where}: the text is not UTF-8: #{Options.shown(text)}"

      byte_size(text) > @longest ->
        raise ArgumentError,
              "#{where}: a text of at most #{@longest} bytes is drawn, not of #{byte_size(text)}"

      String.trim(text) == "" ->
        raise ArgumentError, "#{where}: there is nothing to be seen in #{Options.shown(text)}"

      true ->
        text = String.replace(text, "\r\n", "\n")

        if text =~ ~r/[\x00-\x08\x0B-\x1F\x7F]/,
          do: raise(ArgumentError, "#{where}: no control characters are drawn but \\n and \\t")

        text
    end
  end

  defp check!(other, where) do
    raise ArgumentError, "#{where}: expected a text, not #{Options.shown(other)}"
  end

  defp listed(list) when is_list(list), do: list
  defp listed(_), do: []

  defp bit(true), do: 1
  defp bit(false), do: 0

  defp colour({r, g, b, a}), do: <<r, g, b, a>>

  defp thousandths(number), do: round(number * 1000)
end
