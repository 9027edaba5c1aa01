defmodule Thumbelina.Output do
  @moduledoc false

  # The formats that can be written, and the options of each.

  alias Thumbelina.Options

  @type t :: {format :: atom, %{atom => term}}

  @kept "what is kept of the picture: at 1 the file is small and the picture rough"
  @quality {{:integer, 1, 100}, 80, @kept}

  @keep {{:some_of, [:icc, :exif, :xmp, :copyright, :gps]}, [],
         "what stays of the metadata: `:icc`, the colour profile, and with it the colours as they are " <>
           "(else they become sRGB); `:exif`, without the place where it was taken, unless `:gps` is there " <>
           "too, and without the thumbnail; `:xmp` as it is; `:copyright`, of EXIF only who made and who " <>
           "owns it"}

  @want {:wants, [],
         "what is to be found out as well, see `Thumbelina.Image`: `:blurhash` alone is " <>
           "`blurhash: {4, 3}`, its components across and down, and `:palette` is `palette: 5`, so many " <>
           "colours at most"}

  @max_bytes {{:or_infinity, {:integer, 1, 1_000_000_000_000_000}}, :infinity,
              "of the file that is written: the quality is lowered from `quality:` as far as it must be"}

  @loop {{:or_nil, {:integer, 0, 65_535}, -1}, nil,
         "how often an animation plays, 0 for ever; without it, as often as the source"}

  @delay {{:or_nil, {:integer, 20, 655_350}, 0}, nil,
          "in milliseconds, how long each frame of an animation is shown; without it, as long as in the " <>
            "source, where pages have 100 ms"}

  @jpeg [
    quality: @quality,
    max_bytes: @max_bytes,
    progressive: {:boolean, false, "coarse first, then finer; a little smaller, slower to make"},
    optimize:
      {:boolean, false, "Huffman tables of its own: some per cent smaller, slower to make"},
    chroma:
      {{:one_of, [420, 422, 444]}, 420,
       "how colour is sampled: 420 has a quarter of it, 422 half, 444 all"},
    background: {:opaque, {255, 255, 255}, "under transparent pixels: JPEG has no alpha"},
    keep: @keep,
    want: @want
  ]

  @png [
    level: {{:integer, 0, 9}, 6, "of compression, 0 none to 9 slow and small"},
    filter:
      {{:one_of, [:auto, :none, :sub, :up, :avg, :paeth, :all]}, :auto,
       "of rows before compression; `:all` picks one for each row"},
    palette:
      {:boolean, false,
       "of few colours, the best ones: often less than half of the bytes, and little that shows; by " <>
         "libvips"},
    colours: {{:one_of, [2, 4, 16, 256]}, 256, "of the palette, at most"},
    dither: {{:number, 0, 1}, 1.0, "of colours that are not in the palette: 0 none, 1 all"},
    effort: {{:integer, 1, 10}, 7, "to find the palette: 1 fast to 10 slow"},
    keep: @keep,
    want: @want
  ]

  @webp [
    quality: @quality,
    max_bytes: @max_bytes,
    method: {{:integer, 0, 6}, 4, "0 fast to 6 small"},
    lossless: {:boolean, false, "every pixel as it is"},
    loop: @loop,
    delay: @delay,
    keep: @keep,
    want: @want
  ]

  @lossless {:boolean, false, "every pixel as it is"}

  @avif [
    quality: {{:integer, 1, 100}, 50, "#{@kept}; 50 is much like JPEG's 80"},
    max_bytes: @max_bytes,
    effort: {{:integer, 0, 9}, 4, "0 fast to 9 small"},
    chroma:
      {{:one_of, [420, 444]}, 420, "how colour is sampled: 420 has a quarter of it, 444 all"},
    keep: @keep,
    want: @want
  ]

  # libvips 8.14 has no use for the effort of a HEIC.
  @heif Keyword.delete(@avif, :effort)

  @jxl [
    quality: @quality,
    max_bytes: @max_bytes,
    effort: {{:integer, 3, 9}, 7, "3 fast to 9 small"},
    lossless: @lossless,
    keep: @keep,
    want: @want
  ]

  @jp2 [quality: @quality, max_bytes: @max_bytes, lossless: @lossless, keep: @keep, want: @want]

  @tiff [
    compression:
      {{:one_of, [:none, :deflate, :lzw, :jpeg]}, :deflate,
       "of the pixels; all but `:jpeg` keep every one as it is; that has no alpha, and is on white"},
    quality: {{:integer, 1, 100}, 80, "of `compression: :jpeg`"},
    keep: @keep,
    want: @want
  ]

  @gif [
    bitdepth: {{:integer, 1, 8}, 8, "bits of a pixel: 8 are 256 colours at most"},
    dither: {{:number, 0, 1}, 1.0, "of colours that are not among them: 0 none, 1 all"},
    effort: {{:integer, 1, 10}, 7, "to find them: 1 fast to 10 slow"},
    loop: @loop,
    delay: @delay,
    keep: @keep,
    want: @want
  ]

  # :same, the format of the input, takes any option: those of another format mean nothing. Where
  # the formats differ it has no default: see `settled/3`.
  @any @jpeg |> Keyword.merge(@png) |> Keyword.merge(@webp) |> Keyword.drop([:quality, :effort])
  @same [
          quality: {{:or_nil, {:integer, 1, 100}, 0}, nil, "as of the format it turns out to be"},
          effort: {{:or_nil, {:integer, 0, 10}, -1}, nil, "likewise"}
        ] ++ @any
  @direct [same: @same, jpeg: @jpeg, png: @png, webp: @webp]
  @rows @direct ++ [avif: @avif, heif: @heif, jxl: @jxl, jp2: @jp2, tiff: @tiff, gif: @gif]
  @formats Keyword.keys(@rows)
  @defaults Map.new(@rows, fn {format, rows} -> {format, Options.defaults(rows)} end)
  @names Keyword.keys(@same)
  # What a format has no option for.
  @rest %{bitdepth: 8, compression: :deflate}
  @all @rest |> Map.merge(Options.sent(@same, @defaults.same)) |> Map.put(:format, :same)

  @sent Map.new(@defaults, fn {format, map} ->
          {format, Map.merge(%{@all | format: format}, Options.sent(@rows[format], map))}
        end)

  @all_names Enum.uniq(for {_, rows} <- @rows, {name, _} <- rows, do: name)

  # By format, what is an option of others only, and of which.
  @others Map.new(@rows, fn {format, own} ->
            {format,
             for name <- @all_names -- Keyword.keys(own) do
               with_it =
                 for {other, rows} <- @rows, other != :same and rows[name], do: inspect(other)

               {name, "#{Enum.join(with_it, ", ")}, and not of #{inspect(format)}"}
             end}
          end)

  @suffixes %{
    ".jpg" => :jpeg,
    ".jpeg" => :jpeg,
    ".jpe" => :jpeg,
    ".jfif" => :jpeg,
    ".png" => :png,
    ".webp" => :webp,
    ".avif" => :avif,
    ".heic" => :heif,
    ".heif" => :heif,
    ".jxl" => :jxl,
    ".jp2" => :jp2,
    ".tif" => :tiff,
    ".tiff" => :tiff,
    ".gif" => :gif
  }

  @doc "The output of that format; over one of the same format only the given options change."
  @spec new(t | nil, atom, keyword, String.t(), Options.also()) :: t
  def new(old, format, options, where, also \\ []) do
    format = Options.value!({:one_of, @formats}, format, where, "the format")
    given = Options.check!(@rows[format], options, where, [also, @others[format]])

    case old do
      {^format, map} -> {format, Map.merge(map, given)}
      _ -> {format, Map.merge(@defaults[format], given)}
    end
  end

  @doc """
  Of `:same`, where it is known what that will be: with the defaults of that format, whose options
  are what it says they must be.
  """
  @spec settled(t, atom, String.t()) :: t
  def settled({:same, map}, format, where) when is_map_key(@defaults, format) do
    rows = @rows[format]
    given = @same |> Options.given(map) |> Keyword.take(Keyword.keys(rows))
    own = @defaults[format] |> Map.merge(Options.check!(rows, given, where)) |> Map.take(@names)
    {:same, Map.merge(map, own)}
  end

  def settled(output, _, _), do: output

  @doc "All options that a format has."
  @spec names() :: [atom]
  def names, do: @all_names

  @doc "The format that a file's name tells."
  @spec format_of!(Path.t(), String.t()) :: atom
  def format_of!(path, where) do
    suffix = path |> Path.extname() |> String.downcase()

    @suffixes[suffix] ||
      raise ArgumentError,
            "#{where}: no format that is written has the suffix of #{inspect(path)}: name it " <>
              ".jpg, .png, .webp, .avif, .gif, ... or give the format, as in format: :jpeg" <>
              meant(suffix)
  end

  @doc "As the NIF is sent it: with all keys there are."
  @spec sent(t) :: %{atom => term}
  def sent({format, map}) do
    Options.sent_over(@sent[format], @rows[format], map)
  end

  @spec written(t) :: {:encode, [term], keyword}
  def written({format, map}), do: {:encode, [format], Options.given(@rows[format], map)}

  @spec docs(atom) :: String.t()
  def docs(format), do: Options.docs(@rows[format])

  defp meant(""), do: ""
  defp meant("." <> suffix), do: Options.did_you_mean(suffix, @formats -- [:same])
end
