defmodule Thumbelina.Image do
  @moduledoc """
  An image that is not made yet: a source, and the operations to come.

  It is plain data, so it can be compared, kept, and sent to another process or node. It is
  printed as the code that makes it:

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.resize(width: 300, fit: :cover) |> Thumbelina.blur(2)
      Thumbelina.open("cat.jpg") |> Thumbelina.resize(width: 300) |> Thumbelina.blur(2.0)

  What `Thumbelina.run/2` and `Thumbelina.write/3` return is an image too, whose source is
  the result. It says more of itself: `format`, `width`, `height`, `stats`
  (`Thumbelina.Stats`) and `warnings`, sentences on what was not as it should be in the
  input. They are nil and `[]` in any other image. And `found` holds what the option `want:`
  asked for, of the picture as it came out:

  | | |
  |---|---|
  | `thumbhash` | a binary: a [ThumbHash](https://evanw.github.io/thumbhash/), usually sent in Base64 |
  | `blurhash` | a string: a [BlurHash](https://blurha.sh) |
  | `phash` | a binary of 8 bytes that is much the same for pictures that look the same: see `Thumbelina.hamming/2` |
  | `average`, `dominant` | `{r, g, b}`: the mean colour, and that of the largest of a few clusters; nil of a picture that is clear |
  | `palette` | `[{{r, g, b}, share}]`: the colours that stand for all of it, the largest share first; shares sum to 1 |

  A result can be used as often as you like: the limits on what is read were for the input, and do
  not hold for it (`unlimited: true`), unless `Thumbelina.open/2` adds them. `max_memory:` and
  `max_side_out:` go on.
  """

  alias Thumbelina.{Limits, Op, Output, Print, Source, Stats}

  @type t :: %__MODULE__{
          source: Source.t(),
          opts: %{atom => term},
          ops: [Op.t()],
          output: Output.t() | nil,
          format: atom,
          width: pos_integer | nil,
          height: pos_integer | nil,
          stats: Stats.t() | nil,
          found: %{atom => term},
          warnings: [String.t()]
        }

  @enforce_keys [:source]
  defstruct [
    :source,
    :output,
    :format,
    :width,
    :height,
    :stats,
    opts: %{},
    ops: [],
    found: %{},
    warnings: []
  ]

  @doc false
  # More is to come: it is no result any longer.
  @spec pending(t) :: t
  def pending(%__MODULE__{} = image) do
    %{image | format: nil, width: nil, height: nil, stats: nil, found: %{}, warnings: []}
  end

  @doc false
  # What came of an image. What was said of the input's file does not hold for the output.
  @spec made(t, Source.t(), %{stats: Stats.t(), found: map, warnings: [String.t()]}) :: t
  def made(%__MODULE__{opts: opts}, source, %{stats: stats, found: found, warnings: warnings}) do
    %__MODULE__{
      source: source,
      opts: remade(opts, stats),
      format: stats.format_out,
      width: stats.width_out,
      height: stats.height_out,
      stats: stats,
      found: found,
      warnings: warnings
    }
  end

  # Limits were for the input: nothing that was made here is refused, whatever the configuration
  # says. Those of memory, and of what comes out, stay.
  defp remade(opts, stats) do
    opts
    |> Map.merge(Limits.lifted())
    |> Map.merge(%{formats: [stats.format_out], frames: all_of(stats.frames_out)})
  end

  # Of an animation that was made nothing is lost by what comes next.
  defp all_of(1), do: 0
  defp all_of(_), do: :all

  defimpl Inspect do
    def inspect(%{source: source, ops: ops, output: output, opts: opts}, _) do
      source |> Source.written(Limits.written(opts)) |> Print.chain(ops, output)
    end
  end
end
