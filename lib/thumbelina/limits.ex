defmodule Thumbelina.Limits do
  @moduledoc false

  # The options of open/2: what a source may be, and how it is read. The defaults of the limits
  # are those of tb_default_limits (a test compares them).

  @formats [
    :jpeg,
    :png,
    :webp,
    :gif,
    :tiff,
    :heif,
    :avif,
    :jxl,
    :jp2,
    :svg,
    :pdf,
    :bmp,
    :ppm
  ]

  @mib 1_048_576
  @count {:or_infinity, {:integer, 1, 1_000_000_000}}
  @bytes {:or_infinity, {:integer, 1, 1_000_000_000_000_000}}

  @limits [
    formats:
      {{:list_of, @formats}, [:jpeg, :png, :webp, :gif],
       "which are let in, told by their bytes, never by a name"},
    max_bytes:
      {@bytes, 32 * @mib,
       "of the file that is read; for the one that is written see `Thumbelina.encode/3`"},
    max_pixels: {@bytes, 64 * @mib, "width x height x frames that are used"},
    max_side: {{:integer, 1, 65_500}, 65_500, "width and height, in pixels"},
    max_side_out:
      {{:integer, 1, 65_500}, 16_383, "width and height of what comes out, in pixels"},
    max_frames: {@count, 1_000, "of an animation, or pages, that are used: see `frames:`"},
    max_scans: {@count, 100, "of a progressive JPEG"},
    max_chunks: {@count, 10_000, "JPEG markers, PNG and WebP chunks"},
    max_blocks: {@count, 100_000, "GIF blocks"},
    max_metadata: {@bytes, 8 * @mib, "bytes of all metadata together"},
    max_icc: {@bytes, 4 * @mib, "bytes of the colour profile"},
    max_exif: {@bytes, @mib, "bytes of EXIF"},
    max_warnings: {@count, 100, "of a codec, until it counts as corrupt"}
  ]

  @reading [
    max_memory: {@bytes, 256 * @mib, "bytes that a job may take while it runs"},
    frames:
      {:frames, 0,
       "which frames of an animation (GIF, WebP) or pages (TIFF, PDF) are used. With more than one, all " <>
         "that is done is done to each, and GIF, WebP and TIFF hold them all. A still picture has one"},
    orient: {:boolean, true, "turn the picture upright as its EXIF says"},
    on_truncated:
      {{:one_of, [:error, :keep]}, :error,
       "a file that ends early is an error, or the rows that are there are kept"}
  ]

  @most %{max_side: 65_500}
  @lifted for {name, _} <- Keyword.drop(@limits, [:formats, :max_side_out]),
              into: %{},
              do: {name, Map.get(@most, name, :infinity)}

  @unlimited [
    unlimited:
      {:boolean, false,
       "lift all of these limits, for a file that can be trusted; those that are given beside it hold, and " <>
         "so do `formats:`, `max_side_out:` and `max_memory:`"}
  ]

  @doc "What the walk and the codecs are held to."
  def limits, do: @limits

  @doc "The limits of what is read, as options that refuse nothing; without `formats:`."
  def lifted, do: @lifted

  @doc "The options with what `unlimited:` stands for in its place."
  @spec spelt_out(%{atom => term}) :: %{atom => term}
  def spelt_out(%{unlimited: true} = opts), do: Map.merge(@lifted, Map.delete(opts, :unlimited))
  def spelt_out(opts), do: Map.delete(opts, :unlimited)

  @doc "The other way round: options as short as they can be said."
  @spec written(%{atom => term}) :: keyword
  def written(opts) do
    opts =
      if Enum.all?(Map.keys(@lifted), &is_map_key(opts, &1)),
        do: opts |> Map.reject(&lifted?/1) |> Map.put(:unlimited, true),
        else: opts

    # Also those that are the defaults: the configuration may say otherwise.
    for {name, _} <- rows(), is_map_key(opts, name), do: {name, opts[name]}
  end

  defp lifted?({name, value}), do: Map.fetch(@lifted, name) == {:ok, value}

  @doc "How else a source is read."
  def reading, do: @reading

  @doc "All options of open/2."
  def rows, do: @limits ++ @unlimited ++ @reading
end
