defmodule Thumbelina.Formats do
  # The one place where it is said what the formats can do. A test proves each cell with files that
  # other programs made, or read.
  @both [:read, :write]
  @rows [
    jpeg: %{
      suffixes: ~w(.jpg .jpeg),
      default: true,
      does: @both,
      animated: [],
      lossless: [],
      alpha: [],
      icc: @both,
      note: "libjpeg-turbo; CMYK and YCCK are read by libvips"
    },
    png: %{
      suffixes: ~w(.png),
      default: true,
      does: @both,
      animated: [],
      lossless: @both,
      alpha: @both,
      icc: @both,
      note: "libpng; a palette is made by libvips"
    },
    webp: %{
      suffixes: ~w(.webp),
      default: true,
      does: @both,
      animated: @both,
      lossless: @both,
      alpha: @both,
      icc: @both,
      note: "libwebp; animations are read by libvips"
    },
    gif: %{
      suffixes: ~w(.gif),
      default: true,
      does: @both,
      animated: @both,
      lossless: [:read],
      alpha: @both,
      icc: [],
      note: "libvips; 256 colours, alpha is all or nothing"
    },
    avif: %{
      suffixes: ~w(.avif),
      default: false,
      does: @both,
      animated: [],
      lossless: [],
      alpha: @both,
      icc: @both,
      note: "libvips"
    },
    heif: %{
      suffixes: ~w(.heic .heif),
      default: false,
      does: @both,
      animated: [],
      lossless: [],
      alpha: @both,
      icc: @both,
      note: "libvips; HEIC"
    },
    jxl: %{
      suffixes: ~w(.jxl),
      default: false,
      does: @both,
      animated: [],
      lossless: @both,
      alpha: @both,
      icc: @both,
      note: "libvips; JPEG XL"
    },
    jp2: %{
      suffixes: ~w(.jp2),
      default: false,
      does: @both,
      animated: [],
      lossless: @both,
      alpha: @both,
      icc: [:read],
      note: "libvips; JPEG 2000"
    },
    tiff: %{
      suffixes: ~w(.tif .tiff),
      default: false,
      does: @both,
      animated: @both,
      lossless: @both,
      alpha: @both,
      icc: @both,
      note: "libvips; pages"
    },
    svg: %{
      suffixes: ~w(.svg),
      default: false,
      does: [:read],
      animated: [],
      lossless: [],
      alpha: [:read],
      icc: [],
      note: "libvips; drawn at the size that is wanted"
    },
    pdf: %{
      suffixes: ~w(.pdf),
      default: false,
      does: [:read],
      animated: [:read],
      lossless: [],
      alpha: [],
      icc: [],
      note: "libvips; pages, drawn at the size that is wanted"
    },
    ppm: %{
      suffixes: ~w(.ppm .pgm .pbm),
      default: false,
      does: [:read],
      animated: [],
      lossless: [:read],
      alpha: [],
      icc: [],
      note: "libvips; not PAM"
    },
    bmp: %{
      suffixes: ~w(.bmp),
      default: false,
      does: [],
      animated: [],
      lossless: [],
      alpha: [],
      icc: [],
      note: "libvips 8.14 has no loader of its own for it"
    }
  ]

  # What a build with everything reads and writes.
  @full Map.new([read: :read, write: :write], fn {key, what} ->
          {key, for({name, row} <- @rows, what in row.does, do: name)}
        end)

  @moduledoc """
  The formats, of a build with libvips and all that Debian's brings along.
  `Thumbelina.capabilities/0` tells those of yours, `mix thumbelina.formats` prints its table.

  #{Thumbelina.Formats.Table.markdown(@rows, @full)}

  - *read*: the format is told by the bytes, never by a name. Those marked `+` are let in by default; the
    others are by `formats:` of `Thumbelina.open/2`, as `formats: [:jpeg, :avif]` or `formats: :all`.
  - *animated*: more than one frame, or page: see `frames:` of `Thumbelina.open/2`.
  - *lossless*: every pixel stays as it is, of 8 bits a sample. Where it has a choice it takes `lossless: true`.
  - *alpha*: transparency stays.
  - *ICC*: *read*, colours become sRGB as the profile says; *written*, `keep: [:icc]` keeps it.

  `keep:` keeps all metadata in JPEG, PNG, WebP, AVIF and HEIF, the profile and XMP in TIFF, the profile in
  JPEG XL, and nothing in the others; what is left out is warned of.

  ## What comes in

  More than 8 bits a sample are rounded to 8. CMYK becomes sRGB as its profile says, or as a printer's usual one
  does. EXIF orientation is applied, in HEIC and AVIF that of the file itself. SVG and PDF are drawn at the size to
  which they are resized first. An SVG is drawn from its own bytes alone: other files, addresses and entities are
  not looked up; and one that is compressed (`.svgz`) is not read.

  ## What does not go out, and why

  - Lossless AVIF and HEIC: libvips 8.14 has an option for it, but turns colours into Y, Cb and Cr, and some
    change on the way. `quality: 100, chroma: 444` is as near as it gets; JPEG XL, WebP and PNG lose nothing.
  - 10 and 12 bits a sample: pixels have 8 here, and the AV1 encoder of Debian 12 ends its process when told to make 10.
    `bitdepth:` is that of a GIF's palette, `colours:` that of a PNG's.
  - A libvips image that is shared with Vix: libvips is in another process here, where
    nothing of the VM's is, so there would be nothing to share but a copy of all pixels. `to_binary(image, :png, level: 0)`
    is that, and both read it.

  ## libvips

  **libvips** runs in a process of its own, started beside the VM when it is first needed, and with it the dozens
  of libraries below it. A job that needs it has such a process from its first use to its end; then
  it waits for the next job, or ends: at most one for each processor waits. To start one takes some tens of
  milliseconds of CPU time. The bytes of the picture, and its rows, go to and fro through
  memory that both see.

  - A job that is stopped, by a timeout or because its caller was killed, stops libvips in the middle of
    a picture: its process is killed, and with it goes all that it had.
  - A crash there, or an abort for want of memory, is `{:error, %Thumbelina.Error{}}` here.
  - `max_memory:` is a limit of what the process may take (on Linux, and but for a constant of 48 MiB, as addresses
    are counted). What it took is in `peak_bytes`, its CPU time in `cpu` of `Thumbelina.Stats`.
  - It has none of the VM's open files and hardly any of its environment. On Linux it can start no program, make no connection, and
    write no file (seccomp, where the kernel has it), and has none of the superuser's capabilities. Nor can it look into
    the VM or another process: memory, environment and files of those are their own (Landlock, where the kernel has
    it: Linux 5.13, where it is switched on). It may read files, as fonts are.
    Memory is cleared before it is used again (with glibc), so what a damaged picture leaves out shows nothing of the one
    before. A picture that took a process over would see the pictures that it is given after that, and what is
    left of those before.
  - `threads:` lets AVIF, HEIC and JPEG XL use more than one thread.

  It does some operations, too: `gravity: :attention` and `:entropy`, rotation by any angle, `affine`, `clahe` and
  `equalise`, and it draws text. These take the picture as a whole, so memory for all of its pixels.

  Where there is neither libvips nor its program, its formats and operations are `:unsupported`, and the message names
  the package.
  """

  alias Thumbelina.Formats.Table

  @doc false
  def rows, do: @rows

  @doc false
  # Of what the native library reads and writes, all that can be said.
  def capabilities(can), do: Map.put(can, :formats, Table.capabilities(@rows, can))

  @doc """
  The table of a build as Markdown, given its `Thumbelina.capabilities/0`.

      iex> Thumbelina.capabilities() |> Thumbelina.Formats.table() =~ "| `:png`"
      true
  """
  @spec table(Table.can()) :: String.t()
  def table(capabilities), do: Table.markdown(@rows, capabilities)
end
