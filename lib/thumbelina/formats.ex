defmodule Thumbelina.Formats do
  # Name, suffixes, let in unless told otherwise, read, written, alpha kept, without loss, by.
  @rows [
    {:jpeg, ".jpg .jpeg", true, true, true, false, false, "libjpeg-turbo; CMYK by libvips"},
    {:png, ".png", true, true, true, true, true, "libpng"},
    {:webp, ".webp", true, true, true, true, true,
     "libwebp; of animations the first frame, by libvips"},
    {:gif, ".gif", true, true, true, true, true,
     "libvips; the first frame; alpha is all or nothing; 256 colours"},
    {:avif, ".avif", false, true, true, true, false, "libvips"},
    {:heif, ".heic .heif", false, true, true, true, false, "libvips"},
    {:jxl, ".jxl", false, true, true, true, true, "libvips"},
    {:jp2, ".jp2", false, true, true, true, true, "libvips"},
    {:tiff, ".tif .tiff", false, true, true, true, true, "libvips; the first page"},
    {:svg, ".svg", false, true, false, true, true, "libvips; drawn at its own size"},
    {:pdf, ".pdf", false, true, false, true, true, "libvips; the first page"},
    {:ppm, ".ppm .pgm", false, true, false, false, true, "libvips; not as output"}
  ]

  table =
    for {name, suffixes, default, read, write, alpha, lossless, by} <- @rows do
      marks =
        for mark <- [default, read, write, alpha, lossless], do: if(mark, do: "yes", else: "")

      "| `#{inspect(name)}` | #{suffixes} | #{Enum.join(marks, " | ")} | #{by} |"
    end

  @moduledoc """
  The formats, as of a build with libvips; `Thumbelina.capabilities/0` tells those of yours.

  | | suffix | let in by default | read | written | alpha | lossless | by |
  |---|---|---|---|---|---|---|---|
  #{Enum.join(table, "\n")}

  What is not let in by default is by `formats:` of `Thumbelina.open/2`, as
  `formats: [:jpeg, :avif]` or `formats: :all`. What is read is told by the bytes, never by a
  name.

  `keep:` keeps all metadata in JPEG, PNG, WebP, AVIF and HEIF, the profile and XMP in TIFF, the profile in
  JPEG XL, and nothing in the others; what is left out is warned of.

  **libvips** is loaded when it is first needed, which takes a tenth of a second and some 30 MB,
  and only runs on dirty schedulers, each call on a thread with a stack of its own. Its formats are
  held to the same limits, and end with their caller; but some of its codecs cannot be
  stopped in the midst of a picture (AVIF, HEIC, JPEG XL, SVG, PDF). Then the
  caller has its answer and the scheduler is free at once, while the thread comes to its end at
  a low priority, and its memory counts until then. And GLib, below it, ends the VM when the
  system has no memory at all: keep `max_memory:` and `max_total_memory:` below what there is.
  """

  @doc false
  def rows, do: @rows
end
