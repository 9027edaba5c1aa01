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

  **libvips** runs in a process of its own, started beside the VM when it is first needed, and with it the dozens
  of libraries below it. A job that needs it has such a process from its first use to its end; then
  it waits for the next job, or ends: at most one for each processor waits. To start one takes some tens of
  milliseconds of CPU time. The bytes of the picture, and its rows, go to and fro through
  memory that both see.

  - Who is stopped, by a timeout, or because its process was killed, stops libvips in the midst of
    a picture: its process is killed, and with it goes all that it had.
  - A crash there, or an abort for want of memory, is `{:error, %Thumbelina.Error{}}` here.
  - `max_memory:` is a limit of what the process may take (on Linux, and but for a constant of 48 MiB, as addresses
    are counted). What it took is in `peak_bytes`, its CPU time in `cpu` of `Thumbelina.Stats`.
  - It has none of the VM's files and hardly any of its environment. On Linux it can start no program, make no connection, and
    write no file (seccomp, where the kernel has it); it may read files, as fonts are.
    A picture that took a process over would see the pictures that it is given after that.
  - `threads:` lets AVIF, HEIC and JPEG XL use more than one thread.

  Where there is neither libvips nor its program, its formats are `:unsupported`, and the message names the
  package.
  """

  @doc false
  def rows, do: @rows
end
