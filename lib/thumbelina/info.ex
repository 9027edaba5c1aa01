defmodule Thumbelina.Info do
  @moduledoc """
  What the first bytes of a file say of its picture; see `Thumbelina.info/2`. Of an animation (GIF, WebP)
  all of them are looked through, and none of its pixels.

  | field | |
  |---|---|
  | `format` | `:jpeg`, `:png`, `:webp`, ... told by the bytes; `:text` of what is drawn |
  | `width`, `height` | in pixels, of the picture as it is seen: turned upright |
  | `stored_width`, `stored_height` | before it is turned |
  | `orientation` | 1..8, how EXIF says it is to be turned; 1 is not at all |
  | `channels` | 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA, or CMYK where there is no alpha |
  | `depth` | bits of a sample, as stored |
  | `alpha` | can it be transparent? |
  | `frames`, `animated` | of an animation, or pages: 1 and `false` in a still picture |
  | `delays` | of GIF and WebP: how long each frame of an animation is shown, in milliseconds; `[]` for a still picture |
  | `loop` | likewise, how often it plays, 0 for ever; nil for a still picture |
  | `progressive` | is a JPEG progressive, a PNG interlaced? |
  | `lossless` | PNG, GIF and PPM are; of WebP what it says of itself; `false` of those that may be either (AVIF, HEIC, JPEG XL, JPEG 2000, TIFF) |
  | `dpi` | `{x, y}` dots per inch, or nil |
  | `icc`, `exif`, `xmp` | has it metadata of that kind? What stands behind the pixels is not looked for |
  | `icc_name` | the name of its colour profile, such as `"Display P3"`, or nil |
  | `gps` | does EXIF tell the place where it was taken? |
  | `decoded_bytes` | of all its pixels, of one frame |
  | `warnings` | what is not as it should be, in sentences |
  """

  @type t :: %__MODULE__{
          format: atom,
          width: pos_integer,
          height: pos_integer,
          stored_width: pos_integer,
          stored_height: pos_integer,
          orientation: 1..8,
          channels: 1..4,
          depth: pos_integer,
          alpha: boolean,
          frames: pos_integer,
          animated: boolean,
          delays: [non_neg_integer],
          loop: non_neg_integer | nil,
          progressive: boolean,
          lossless: boolean,
          dpi: {float, float} | nil,
          icc: boolean,
          icc_name: String.t() | nil,
          exif: boolean,
          xmp: boolean,
          gps: boolean,
          decoded_bytes: pos_integer,
          warnings: [String.t()]
        }

  defstruct [
    :format,
    :width,
    :height,
    :stored_width,
    :stored_height,
    :orientation,
    :channels,
    :depth,
    :alpha,
    :frames,
    :animated,
    :loop,
    :progressive,
    :lossless,
    :dpi,
    :icc,
    :icc_name,
    :exif,
    :xmp,
    :gps,
    :decoded_bytes,
    delays: [],
    warnings: []
  ]

  @doc false
  # Of what the native code says.
  @spec new(map) :: t
  def new(%{dpi_x: x, dpi_y: y} = map) do
    struct(__MODULE__, Map.put(map, :dpi, if(x > 0 and y > 0, do: {x, y})))
  end
end
