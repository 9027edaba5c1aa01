defmodule Thumbelina.Explanation do
  @moduledoc """
  What a run would do, and what it is thought to cost; see `Thumbelina.explain/2`.

  | field | |
  |---|---|
  | `format`, `width`, `height`, `orientation` | of the input; the size is upright |
  | `shrink`, `region` | what the decoder does by itself: it shrinks by 1, 2, 4 or 8, and keeps `{x, y, width, height}` of that |
  | `decoded_width`, `decoded_height` | what it makes |
  | `stages` | what happens, in order: `{name, width, height, channels}` of what comes out of each |
  | `format_out`, `width_out`, `height_out` | of the result |
  | `lane` | where it would run |
  | `cpu` | estimated CPU time in microseconds |
  | `peak_bytes` | estimated memory |
  | `warnings` | what is not as it should be in the input |
  """

  @type t :: %__MODULE__{
          format: atom,
          width: pos_integer,
          height: pos_integer,
          orientation: 1..8,
          shrink: 1 | 2 | 4 | 8,
          region: {non_neg_integer, non_neg_integer, pos_integer, pos_integer},
          decoded_width: pos_integer,
          decoded_height: pos_integer,
          stages: [{atom, pos_integer, pos_integer, 1..4}],
          format_out: atom,
          width_out: pos_integer,
          height_out: pos_integer,
          lane: :inline | :yield | :dirty,
          cpu: non_neg_integer,
          peak_bytes: non_neg_integer,
          warnings: [String.t()]
        }

  defstruct [
    :format,
    :width,
    :height,
    :orientation,
    :shrink,
    :region,
    :decoded_width,
    :decoded_height,
    :stages,
    :format_out,
    :width_out,
    :height_out,
    :lane,
    :cpu,
    :peak_bytes,
    warnings: []
  ]
end
