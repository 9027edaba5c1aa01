defmodule Thumbelina.Explanation do
  @moduledoc """
  What a run would do, and what it is thought to cost; see `Thumbelina.explain/2`.

  It is data; `IO.puts(explanation)` shows it for reading:

      jpeg 4032x3024 -> jpeg 400x300, lane: dirty
      about 26.5 ms of CPU time and 0.5 MB of memory
        jpeg        1008x756     RGB  at 1/4
        resize      400x300      RGB
        jpeg        400x300      RGB

  | field | |
  |---|---|
  | `format`, `width`, `height`, `orientation` | of the input; the size is upright |
  | `shrink`, `region` | what the decoder does by itself: it shrinks by 1, 2, 4 or 8, and keeps `{x, y, width, height}` of that |
  | `decoded_width`, `decoded_height` | what it makes |
  | `stages` | what happens, in order: `{name, width, height, channels}` of what comes out of each |
  | `planes` | whether it works on luma and chroma as they are stored, without making RGB of them: from JPEG to JPEG or lossy WebP, and from such a WebP to another, where pixels are only moved or mixed |
  | `frames`, `frames_out` | how many frames, or pages, of the input are used, and how many the result has: the stages are gone through once for each |
  | `format_out`, `width_out`, `height_out` | of the result |
  | `lane` | where it would run: `:yield`, on normal schedulers, or `:dirty`. Whether one slice is enough (then it is `:inline` in `Thumbelina.Stats`) shows as it runs |
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
          planes: boolean,
          frames: pos_integer,
          frames_out: pos_integer,
          format_out: atom,
          width_out: pos_integer,
          height_out: pos_integer,
          lane: :yield | :dirty,
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
    :planes,
    :frames,
    :frames_out,
    :format_out,
    :width_out,
    :height_out,
    :lane,
    :cpu,
    :peak_bytes,
    warnings: []
  ]

  defimpl String.Chars do
    def to_string(plan) do
      [
        "#{plan.format} #{plan.width}x#{plan.height} -> #{plan.format_out} #{plan.width_out}x#{plan.height_out}, " <>
          "#{frames(plan.frames)}lane: #{plan.lane}",
        "about #{round(plan.cpu / 100) / 10} ms of CPU time and #{round(plan.peak_bytes / 100_000) / 10} MB of memory",
        turned(plan.orientation)
      ]
      |> Enum.concat([decoder(hd(plan.stages), plan) | Enum.map(tl(plan.stages), &stage/1)])
      |> Enum.concat(Enum.map(plan.warnings, &"warning: #{&1}"))
      |> Enum.reject(&is_nil/1)
      |> Enum.join("\n")
    end

    defp frames(1), do: ""
    defp frames(n), do: "#{n} frames, "

    defp turned(1), do: nil

    defp turned(orientation),
      do: "stored with orientation #{orientation}: it will be turned upright"

    defp decoder(stage, %{shrink: shrink, region: {x, y, _, _}}) do
      stage(stage) <>
        if(shrink > 1, do: "  at 1/#{shrink}", else: "") <>
        if({x, y} == {0, 0}, do: "", else: "  from #{x},#{y}")
    end

    defp stage({name, width, height, channels}) do
      "  #{String.pad_trailing("#{name}", 10)}  #{String.pad_trailing("#{width}x#{height}", 11)}  " <>
        Enum.at(["grey", "grey, alpha", "RGB", "RGBA"], channels - 1)
    end
  end
end
