defmodule Thumbelina do
  @moduledoc ~S"""
             Image pipelines that never block the BEAM.

                 Thumbelina.open("cat.jpg")
                 |> Thumbelina.resize(width: 400)
                 |> Thumbelina.blur(2.0)
                 |> Thumbelina.write("cat.webp")
                 #=> {:ok, %Thumbelina.Image{}} | {:error, %Thumbelina.Error{}}

             A pipeline is data (`Thumbelina.Image`): nothing is read until `run/2`, `write/3`,
             `to_binary/3`, `stream!/3` or `info/2` asks for it. Then the picture is decoded once, no
             larger than it has to be, and encoded once.

             All of it happens in the calling process, in slices: on normal schedulers for a quarter of
             a millisecond at a time, on dirty ones where the job is large or cannot be cut. A process
             that is killed leaves nothing running.

             ## Who is to blame

             The caller's mistake (an option that does not exist, a width of 0) raises `ArgumentError`
             at once, where it is written. The image's fault (no such file, broken bytes, a limit) is
             `{:error, %Thumbelina.Error{}}`; the functions with `!` raise it.

             ## Untrusted files

             What `open/2` reads may come from anyone: limits on bytes, pixels, memory and more are on
             unless they are lifted, by an option or for all calls in the configuration:

                 config :thumbelina, max_pixels: 20_000_000, timeout: 5_000

             Every option of `open/2` but `unlimited:`, and every one under "Options of a run", can stand
             there, and `max_total_memory`, the bytes that all jobs together may take (a quarter of the machine's
             memory, but at least 512 MiB), which is read once, when the native library is loaded.

             ## Warnings

             What was not as it should be, though a picture could be made of it, is in the `warnings` of the
             image, and in the log: a `Logger.warning` with the name of the file, of the domain `[:thumbelina]`.
             Damage in what need not be decoded is not seen: in rows below a crop, or in the fine detail of a
             progressive JPEG of which a small thumbnail is made.

             ## Colours and metadata

             Colours become sRGB, as the picture's ICC profile says, and all metadata is dropped. What
             stays is said with `keep:` (see `encode/3`): `keep: [:icc, :exif]`, or `keep: [:copyright]`.
             A profile that is broken is passed over, with a sentence in the warnings of the image.

             ## Animations and pages

             Of a GIF or an animated WebP the first frame is used, of a TIFF or a PDF the first page,
             unless `frames:` of `open/2` says otherwise: a number is that one alone, counted from 0,
             and a range or `:all` are several:

                 Thumbelina.open("party.gif", frames: :all)
                 |> Thumbelina.thumbnail(320)
                 |> Thumbelina.write("party.webp")

             Then each frame goes through all the operations, as it is shown: what earlier frames have
             left on the canvas is on it. GIF, WebP and TIFF hold all of them; of the times and the loop
             those of the source stay, unless `delay:` and `loop:` say others (see `encode/3`). Pages
             have no time of their own: 100 ms each, for ever. Any other format holds one picture: the
             first frame, and a warning says so. What looks at the picture, such as `trim/2`,
             `normalise/2`, a smart crop (`gravity: :attention`) and `want:`, looks at the first frame
             that is used, and what it finds holds for all. Pages of several sizes are taken one by one.

             The limits count frames: `max_frames:` those that are used, `max_pixels:` their pixels.
             To make a GIF or a TIFF, all frames as they come out are in memory at once; to make a WebP,
             two are. `info/2` tells how many frames there are, their times, and the loop.

             ## Options of a run

             `run/2`, `write/3`, `to_binary/3`, `stream!/3`, `variants/3`, `explain/2` and `estimate/2` take
             the options of the encoder (see `encode/3`), and these:

             """ <>
               Thumbelina.Options.docs(Thumbelina.Settings.rows())

  alias Thumbelina.{
    Disk,
    Error,
    Explanation,
    Formats,
    Geometry,
    Image,
    Info,
    Limits,
    Native,
    Op,
    Options,
    Output,
    Pipeline,
    Pool,
    Run,
    Settings,
    Source,
    Text,
    Variants
  }

  @typedoc "A path: a string, or any bytes that the file system takes for a name, but no charlist."
  @type path :: binary

  @typedoc "What can be opened; see `open/2`."
  @type source ::
          path | %{:path => path, optional(any) => any} | Enumerable.t() | Image.t()

  @typedoc "What operations are added to."
  @type pending :: Image.t() | Pipeline.t()

  @typedoc "Pixels, or a part of the picture at hand: 0.5 is half of it, as is \"50%\"."
  @type length :: non_neg_integer | float | String.t()

  @typedoc "A size: 400, {400, 300}, \"400x300\", \"400x\" or \"x300\"; or 0.5 or \"50%\" of the width."
  @type size :: length | {length | nil, length | nil}

  # Whose option it is, where it stands with another function: for the sentence of the error. Those
  # of a run were taken out before where they may stand beside those of an encoder.
  @of_a_run for name <- Settings.names(),
                do: {name, "Thumbelina.run/2, write/3 and what else runs it"}
  @of_a_source for({name, _} <- Limits.rows(), do: {name, "Thumbelina.open/2"})
               |> Keyword.put(:max_bytes, "Thumbelina.open/2, and of formats with a quality")
  @of_a_format for name <- Output.names(),
                   do: {name, "Thumbelina.encode/3, write/3 and their kin"}
  @how [:format | Settings.names()]
  @elsewhere @of_a_run ++ @of_a_source
  @later @of_a_run ++ @of_a_format

  # --- where a picture comes from

  @doc """
  Names what is to be read: a path, a `%Plug.Upload{}` (or any map with a `:path`), or an
  enumerable of binaries such as a `File.Stream`, whose chunks are read as they are needed.
  Nothing is opened or read yet. Bytes in memory are for `from_binary/2`; an address
  (`"https://..."`) is not fetched.

      iex> Thumbelina.open("cat.jpg", max_pixels: 1_000_000)
      Thumbelina.open("cat.jpg", max_pixels: 1000000)

  An image is returned as it is, with the options added. A result to which some are added is a
  picture to be read, as any other.

  Options, the limits first:

  #{Options.docs(Limits.rows())}
  """
  @spec open(source, keyword) :: Image.t()
  def open(source, opts \\ []), do: image(source, opts, "open")

  @doc """
  An image of bytes in memory. Options are those of `open/2`.

      iex> {:error, error} = Thumbelina.from_binary("no picture") |> Thumbelina.to_binary(:png)
      iex> error.code
      :unsupported
  """
  @spec from_binary(binary, keyword) :: Image.t()
  def from_binary(bytes, opts \\ [])

  def from_binary(bytes, opts) when is_binary(bytes) do
    %Image{source: {:binary, bytes}, opts: opened(opts, "from_binary")}
  end

  def from_binary(other, _) do
    raise ArgumentError, "Thumbelina.from_binary: expected a binary, not #{Options.shown(other)}"
  end

  @doc """
  An image of drawn text, clear around the letters. It is used as any other: resized, turned,
  written (as PNG, where nothing else is said), laid on another, for which `text/3` is shorter.

      iex> Thumbelina.from_text("Hello", size: 48, colour: "#ffffff", shadow: [blur: 3])
      Thumbelina.from_text("Hello", size: 48.0, colour: {255, 255, 255, 255}, shadow: [blur: 3.0])
      iex> Thumbelina.from_text(" ")
      ** (ArgumentError) Thumbelina.from_text: there is nothing to be seen in " "

  What is drawn is what is written: there is no markup, and `<b>` is three letters. The text is
  UTF-8, of at most 10_000 bytes, in one or several lines, in any script that the fonts have; those that run
  from right to left do so. Of control characters there are only `\\n` and `\\t`. Pango draws it, in
  libvips' process, with the fonts of the system, all letters in one colour (emoji, too).

  The picture is as large as what is seen of the text, and its shadow: it ends where the letters
  do, so that "no" is not as high as "Ny". What would become too large is an error with the code
  `:limit`, as of any picture (see `open/2`, which adds limits to this image, too).

  Options:

  #{Options.docs(Text.rows())}
  """
  @spec from_text(String.t(), keyword) :: Image.t()
  def from_text(text, options \\ []), do: drawn(text, options, "Thumbelina.from_text", [])

  @doc """
  A pipeline without a source, to be kept and used for many images with `through/2`.

      iex> Thumbelina.pipeline() |> Thumbelina.greyscale() |> Thumbelina.resize(64)
      Thumbelina.pipeline() |> Thumbelina.greyscale() |> Thumbelina.resize(width: 64)
  """
  @spec pipeline() :: Pipeline.t()
  def pipeline, do: %Pipeline{}

  @doc """
  Sends an image, or what `open/2` takes, through a pipeline: its operations come after those
  that are there, and its output, if it has one, is the output.

      iex> small = Thumbelina.pipeline() |> Thumbelina.resize(64)
      iex> Thumbelina.open("cat.jpg") |> Thumbelina.flip(:vertical) |> Thumbelina.through(small)
      Thumbelina.open("cat.jpg") |> Thumbelina.flip(:vertical) |> Thumbelina.resize(width: 64)
  """
  @spec through(source | Pipeline.t(), Pipeline.t()) :: pending
  def through(source, pipeline)

  def through(%module{} = image, %Pipeline{} = pipeline) when module in [Image, Pipeline] do
    image = Enum.reduce(pipeline.ops, pending!(image, :through), &append(&2, &1))
    %{image | output: pipeline.output || image.output}
  end

  def through(source, %Pipeline{} = pipeline) do
    source |> image([], "through") |> through(pipeline)
  end

  def through(_, other) do
    raise ArgumentError,
          "Thumbelina.through: expected a pipeline, not #{Options.shown(other)}: " <>
            "start it with Thumbelina.pipeline/0"
  end

  # --- operations

  @doc """
  Scales the picture.

  A side is a number of pixels, or a part of the picture's own. With one side the other follows.
  With both, `fit:` says what becomes of a picture of another shape: `:cover` fills the size and
  cuts what sticks out, `:contain` fits inside it and fills the rest with the `background:`,
  `:fill` stretches, `:inside` is the largest that fits inside, `:outside` the smallest that covers.

  The size is written in any of these ways:

      iex> image = Thumbelina.open("cat.jpg")
      iex> Thumbelina.resize(image, 400)
      Thumbelina.open("cat.jpg") |> Thumbelina.resize(width: 400)
      iex> Thumbelina.resize(image, "x300")
      Thumbelina.open("cat.jpg") |> Thumbelina.resize(height: 300)
      iex> Thumbelina.resize(image, 400, 300) == Thumbelina.resize(image, "400x300")
      true
      iex> Thumbelina.resize(image, "50%")
      Thumbelina.open("cat.jpg") |> Thumbelina.resize(width: 0.5)
      iex> Thumbelina.resize(image, {400, 300}, fit: :contain, background: "#ff0000")
      Thumbelina.open("cat.jpg") |> Thumbelina.resize(width: 400, height: 300, fit: :contain, background: {255, 0, 0, 255})
      iex> Thumbelina.resize(image, widht: 400)
      ** (ArgumentError) Thumbelina.resize: unknown option widht: (known: width:, height:, fit:, gravity:, kernel:, dpr:, enlarge:, reduce:, linear:, background:). Did you mean :width?

  `gravity: :attention` keeps the part that draws the eye (edges, strong colours, the colours of
  skin), `:entropy` the one in which most differs. Both are libvips' smartcrop, of the picture
  resized already; of an animation the first frame says where.

  Options:

  #{Op.docs(:resize)}
  """
  @spec resize(pending, size | keyword) :: pending
  def resize(image, size_or_options), do: sized(image, :resize, [size_or_options])

  @doc "See `resize/2`: a size and options, or width and height."
  @spec resize(pending, size | nil, keyword | length | nil) :: pending
  def resize(image, size, height_or_options), do: sized(image, :resize, [size, height_or_options])

  @doc "See `resize/2`: width, height and options."
  @spec resize(pending, length | nil, length | nil, keyword) :: pending
  def resize(image, width, height, options), do: sized(image, :resize, [width, height, options])

  @doc """
  Makes the picture small: as `resize/2`, but it fits inside the size and never grows
  (`fit: :inside`, `enlarge: false`) unless told otherwise. A number alone is the width, as there:
  into a box of 200 by 200 a picture fits by `"200x200"`.

      iex> {:ok, image} = Thumbelina.open("cat.jpg") |> Thumbelina.thumbnail("100x100") |> Thumbelina.run()
      iex> {image.width, image.height}
      {100, 75}
  """
  @spec thumbnail(pending, size | keyword) :: pending
  def thumbnail(image, size_or_options), do: sized(image, :thumbnail, [size_or_options])

  @doc "See `thumbnail/2`: a size and options, or width and height."
  @spec thumbnail(pending, size | nil, keyword | length | nil) :: pending
  def thumbnail(image, size, height_or_options) do
    sized(image, :thumbnail, [size, height_or_options])
  end

  @doc "See `thumbnail/2`: width, height and options."
  @spec thumbnail(pending, length | nil, length | nil, keyword) :: pending
  def thumbnail(image, width, height, options) do
    sized(image, :thumbnail, [width, height, options])
  end

  @doc """
  Keeps a rectangle. At `x`, `y` all of it must lie in the picture, or the run is an error with the
  code `:limit`; without them it is placed by `gravity:`, and where the picture is smaller, as much
  is kept as there is.

      iex> image = Thumbelina.open("cat.jpg")
      iex> Thumbelina.crop(image, "200x100", gravity: :north)
      Thumbelina.open("cat.jpg") |> Thumbelina.crop(width: 200, height: 100, gravity: :north)
      iex> Thumbelina.crop(image, 10, 20, 200, 100) == Thumbelina.crop(image, x: 10, y: 20, width: 200, height: 100)
      true

  Whole numbers are pixels; floats and percentages are parts of the picture as it is at that
  place of the pipeline, upright. The edges of parts are rounded to whole pixels, so that parts
  that meet still meet, and a pixel at least is left.

      iex> image = Thumbelina.open("cat.jpg")
      iex> Thumbelina.crop(image, "50%x50%", gravity: :north)
      Thumbelina.open("cat.jpg") |> Thumbelina.crop(width: 0.5, height: 0.5, gravity: :north)
      iex> {:ok, image} = Thumbelina.crop(image, x: 0.1, y: "10%", width: 0.5, height: "25%") |> Thumbelina.run()
      iex> {image.width, image.height}
      {320, 120}

  `gravity: :attention` and `:entropy` look for the part that stays: see `resize/2`.

  Options:

  #{Op.docs(:crop)}
  """
  @spec crop(pending, size | keyword) :: pending
  def crop(image, size_or_options), do: sized(image, :crop, [size_or_options])

  @doc "See `crop/2`: a size and options, or width and height."
  @spec crop(pending, size, keyword | length) :: pending
  def crop(image, size, height_or_options), do: sized(image, :crop, [size, height_or_options])

  @doc "See `crop/2`: width, height and options."
  @spec crop(pending, length, length, keyword) :: pending
  def crop(image, width, height, options), do: sized(image, :crop, [width, height, options])

  @doc "See `crop/2`: the rectangle at `x`, `y`."
  @spec crop(pending, length, length, length, length) :: pending
  def crop(image, x, y, width, height) do
    add(image, :crop, x: x, y: y, width: width, height: height)
  end

  @doc """
  Adds a border: so many pixels on each side, of one colour or made of the picture.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.extend(top: 10, bottom: 10, background: :black)
      Thumbelina.open("cat.jpg") |> Thumbelina.extend(top: 10, bottom: 10, background: {0, 0, 0, 255})
      iex> {:ok, image} = Thumbelina.open("cat.jpg") |> Thumbelina.extend(left: 100, mode: :mirror) |> Thumbelina.run()
      iex> {image.width, image.height}
      {740, 480}

  Options:

  #{Op.docs(:extend)}

  To repeat what is at the top below the picture, or the other way round, the rows that come
  again have to be kept: with `:mirror` as many as the border is high, with `:repeat` all.
  """
  @spec extend(pending, keyword) :: pending
  def extend(image, options), do: add(image, :extend, options)

  @doc """
  Lays the picture on a canvas of that size, written as for `resize/2`. Nothing is ever cut:
  a side on which the picture is larger stays as it is.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.pad("800x800", gravity: :north)
      Thumbelina.open("cat.jpg") |> Thumbelina.pad(width: 800, height: 800, gravity: :north)
      iex> {:ok, image} = Thumbelina.open("cat.jpg") |> Thumbelina.pad("800x100") |> Thumbelina.run()
      iex> {image.width, image.height}
      {800, 480}

  Options:

  #{Op.docs(:pad)}
  """
  @spec pad(pending, size | keyword) :: pending
  def pad(image, size_or_options), do: sized(image, :pad, [size_or_options])

  @doc "See `pad/2`: a size and options, or width and height."
  @spec pad(pending, size | nil, keyword | pos_integer | nil) :: pending
  def pad(image, size, height_or_options), do: sized(image, :pad, [size, height_or_options])

  @doc "See `pad/2`: width, height and options."
  @spec pad(pending, pos_integer | nil, pos_integer | nil, keyword) :: pending
  def pad(image, width, height, options), do: sized(image, :pad, [width, height, options])

  @doc """
  Rounds the corners off: what is outside of them becomes transparent, with soft edges. JPEG,
  which has no transparency, shows the `background:` of `encode/3` there.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.round(radius: 20)
      Thumbelina.open("cat.jpg") |> Thumbelina.round(radius: 20)
      iex> Thumbelina.open("cat.jpg") |> Thumbelina.round("10%")
      Thumbelina.open("cat.jpg") |> Thumbelina.round(radius: 0.1)

  The `radius:` is a whole number of pixels, or a part of the smaller side: 0.5, or "50%", is
  as round as can be, and so is all that is more.
  """
  @spec round(pending, length | keyword) :: pending
  def round(image, options) when is_list(options), do: add(image, :round, options)
  def round(image, radius), do: add(image, :round, radius: radius)

  @doc """
  Cuts out the largest circle in the middle of the picture: it becomes a square whose corners
  are transparent, see `round/2`.

      iex> {:ok, image} = Thumbelina.open("cat.jpg") |> Thumbelina.circle() |> Thumbelina.run(format: :png)
      iex> {image.width, image.height}
      {480, 480}
  """
  @spec circle(pending) :: pending
  def circle(image), do: add(image, :circle, [])

  @doc """
  Mirrors: `:horizontal` swaps left and right, `:vertical` top and bottom.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.flip(:horizontal)
      Thumbelina.open("cat.jpg") |> Thumbelina.flip(:horizontal)
      iex> Thumbelina.open("cat.jpg") |> Thumbelina.flip(:horizontle)
      ** (ArgumentError) Thumbelina.flip: direction: must be one of :horizontal, :vertical, not :horizontle. Did you mean :horizontal?
  """
  @spec flip(pending, :horizontal | :vertical) :: pending
  def flip(image, direction), do: add(image, :flip, direction: direction)

  @doc """
  Turns clockwise, by any angle in degrees.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.rotate(-90)
      Thumbelina.open("cat.jpg") |> Thumbelina.rotate(270)
      iex> Thumbelina.open("cat.jpg") |> Thumbelina.rotate(12.5, background: :black)
      Thumbelina.open("cat.jpg") |> Thumbelina.rotate(12.5, background: {0, 0, 0, 255})

  By a multiple of 90 every pixel is kept, and the options do not matter. By another angle
  pixels are made anew, by libvips, and the canvas grows until it holds all of the picture, whose
  middle is in its middle: of w x h pixels, turned by `t`, it has w |cos t| + h |sin t| by
  w |sin t| + h |cos t|, each rounded up.

      iex> {:ok, image} = Thumbelina.open("cat.jpg") |> Thumbelina.rotate(45) |> Thumbelina.run()
      iex> {image.width, image.height}
      {792, 792}

  Options:

  #{Op.docs(:turn)}
  """
  @spec rotate(pending, number, keyword) :: pending
  def rotate(image, angle, options \\ []) do
    image = pending!(image, :rotate)
    options = with_first(:angle, angle, options, "Thumbelina.rotate")
    {:turn, %{angle: angle}} = turn = Op.new(:turn, options)

    cond do
      angle in [0.0, 360.0] -> image
      angle in [90.0, 180.0, 270.0] -> add(image, :rotate, angle: trunc(angle))
      true -> append(image, turn)
    end
  end

  @doc """
  Transforms by a matrix: what is at (x, y), seen from the middle of the picture, comes to
  (a x + b y, c x + d y), seen from the middle of a canvas that holds all of it. y counts
  downwards.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.affine({1, 0.3, 0, 1}, background: "#204060")
      Thumbelina.open("cat.jpg") |> Thumbelina.affine({1.0, 0.3, 0.0, 1.0}, background: {32, 64, 96, 255})
      iex> {:ok, image} = Thumbelina.open("cat.jpg") |> Thumbelina.affine({1, 0.3, 0, 1}) |> Thumbelina.run()
      iex> {image.width, image.height}
      {784, 480}

  The canvas has |a| w + |b| h by |c| w + |d| h pixels, each rounded up. To make a picture
  smaller, `resize/2` is better: here pixels are looked up, not averaged. Done by libvips.

  Options:

  #{Op.docs(:affine)}
  """
  @spec affine(pending, {number, number, number, number}, keyword) :: pending
  def affine(image, matrix, options \\ []) do
    add(image, :affine, with_first(:matrix, matrix, options, "Thumbelina.affine"))
  end

  @doc """
  Blurs, by a Gaussian of that `sigma` in pixels: 0.1 to 100.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.blur(2)
      Thumbelina.open("cat.jpg") |> Thumbelina.blur(2.0)
      iex> Thumbelina.open("cat.jpg") |> Thumbelina.blur(1000)
      ** (ArgumentError) Thumbelina.blur: sigma: must be a number from 0.1 to 100, not 1000
  """
  @spec blur(pending, number) :: pending
  def blur(image, sigma), do: add(image, :blur, sigma: sigma)

  @doc """
  Sharpens: what the luma differs from its own blur is added to all colours. Without options a
  little, as it is good after a resize; `sigma: 1.5, jagged: 3` is a lot. The options are those of
  vips and sharp.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.sharpen()
      Thumbelina.open("cat.jpg") |> Thumbelina.sharpen()
      iex> Thumbelina.open("cat.jpg") |> Thumbelina.sharpen(1) == Thumbelina.open("cat.jpg") |> Thumbelina.sharpen(sigma: 1)
      true

  Options, or a sigma alone:

  #{Op.docs(:sharpen)}
  """
  @spec sharpen(pending, number | keyword) :: pending
  def sharpen(image, sigma_or_options \\ [])
  def sharpen(image, sigma) when is_number(sigma), do: add(image, :sharpen, sigma: sigma)
  def sharpen(image, options), do: add(image, :sharpen, options)

  @doc """
  Makes squares of `size` pixels (1 to 1000), each of the mean colour of what was there,
  from the top left on.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.pixelate(16)
      Thumbelina.open("cat.jpg") |> Thumbelina.pixelate(16)
  """
  @spec pixelate(pending, 1..1000) :: pending
  def pixelate(image, size), do: add(image, :pixelate, size: size)

  @doc """
  Makes each sample the sum of those around it, times the numbers of a kernel of 3, 5 or 7 rows.
  Outside the picture its edge goes on. Transparency stays, and does not weigh.

      iex> edges = [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]
      iex> Thumbelina.open("cat.jpg") |> Thumbelina.convolve(edges, offset: 128)
      Thumbelina.open("cat.jpg") |> Thumbelina.convolve([[-1.0, -1.0, -1.0], [-1.0, 8.0, -1.0], [-1.0, -1.0, -1.0]], offset: 128.0)
      iex> Thumbelina.open("cat.jpg") |> Thumbelina.convolve([[1, 2], [2, 1]])
      ** (ArgumentError) Thumbelina.convolve: kernel: must be 3, 5 or 7 rows (lists) of as many numbers from -1.0e6 to 1.0e6, not [[1, 2], [2, 1]]

  Options:

  #{Op.docs(:convolve)}
  """
  @spec convolve(pending, [[number]], keyword) :: pending
  def convolve(image, kernel, options \\ []) do
    add(image, :convolve, with_first(:kernel, kernel, options, "Thumbelina.convolve"))
  end

  @doc """
  Takes specks out: each sample becomes the median of the 3x3 around it. Transparency stays.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.median()
      Thumbelina.open("cat.jpg") |> Thumbelina.median()
  """
  @spec median(pending) :: pending
  def median(image), do: add(image, :median, [])

  @doc """
  Takes the colour out; transparency stays.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.greyscale()
      Thumbelina.open("cat.jpg") |> Thumbelina.greyscale()
  """
  @spec greyscale(pending) :: pending
  def greyscale(image), do: add(image, :greyscale, [])

  @doc """
  Adds to all colours, or takes from them: -255 (black) to 255 (white).

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.brighten(-20)
      Thumbelina.open("cat.jpg") |> Thumbelina.brighten(-20)
  """
  @spec brighten(pending, -255..255) :: pending
  def brighten(image, by), do: add(image, :brighten, add: by)

  @doc """
  Multiplies all colours, on the stored values: 0 is black, 1 changes nothing, 10 is the most.
  This and the next ones are those of CSS: what `filter: brightness(1.2)` shows.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.brightness(1.2)
      Thumbelina.open("cat.jpg") |> Thumbelina.brightness(1.2)
  """
  @spec brightness(pending, number) :: pending
  def brightness(image, factor), do: add(image, :brightness, factor: factor)

  @doc """
  Multiplies the distance of all colours from mid grey: 0 is flat grey, 1 changes nothing, 10 is
  the most.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.contrast(1.5)
      Thumbelina.open("cat.jpg") |> Thumbelina.contrast(1.5)
  """
  @spec contrast(pending, number) :: pending
  def contrast(image, factor), do: add(image, :contrast, factor: factor)

  @doc """
  Multiplies the distance of all colours from grey of the same luma (Rec. 709): 0 takes the
  colour out (but leaves three channels, see `greyscale/1`), 1 changes nothing, 10 is the most.
  Grey pictures stay as they are.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.saturation(0.5)
      Thumbelina.open("cat.jpg") |> Thumbelina.saturation(0.5)
  """
  @spec saturation(pending, number) :: pending
  def saturation(image, factor), do: add(image, :saturation, factor: factor)

  @doc """
  Turns the hues by an angle in degrees, -360 to 360; the luma stays. 120 makes green of red.
  Grey pictures stay as they are.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.hue(90)
      Thumbelina.open("cat.jpg") |> Thumbelina.hue(90.0)
  """
  @spec hue(pending, number) :: pending
  def hue(image, angle), do: add(image, :hue, angle: angle)

  @doc """
  Raises all colours (of 0 to 1) to the power of 1 / `exponent`, 0.1 to 10: more than 1 makes
  the shadows lighter, less makes them darker. ImageMagick's `-gamma` does the same.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.gamma()
      Thumbelina.open("cat.jpg") |> Thumbelina.gamma(2.2)
  """
  @spec gamma(pending, number) :: pending
  def gamma(image, exponent \\ 2.2), do: add(image, :gamma, exponent: exponent)

  @doc """
  `saturation/2`, `hue/2` and `brightness/2` in one, without rounding between them.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.modulate(brightness: 1.1, saturation: 1.3)
      Thumbelina.open("cat.jpg") |> Thumbelina.modulate(brightness: 1.1, saturation: 1.3)
      iex> Thumbelina.open("cat.jpg") |> Thumbelina.modulate(saturaton: 1.3)
      ** (ArgumentError) Thumbelina.modulate: unknown option saturaton: (known: brightness:, saturation:, hue:). Did you mean :saturation?

  Options:

  #{Op.docs(:modulate)}
  """
  @spec modulate(pending, keyword) :: pending
  def modulate(image, options \\ []), do: add(image, :modulate, options)

  @doc """
  Makes the negative: black becomes white. Transparency stays.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.invert()
      Thumbelina.open("cat.jpg") |> Thumbelina.invert()
  """
  @spec invert(pending) :: pending
  def invert(image), do: add(image, :invert, [])

  @doc """
  The brown of old photographs, with a strength of 0 to 1. Grey pictures become coloured.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.sepia(0.8)
      Thumbelina.open("cat.jpg") |> Thumbelina.sepia(0.8)
  """
  @spec sepia(pending, number) :: pending
  def sepia(image, strength \\ 1), do: add(image, :sepia, strength: strength)

  @doc """
  Makes the picture of shades of one colour, from black by way of it to white; the luma stays.
  Grey pictures become coloured.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.tint("#804020")
      Thumbelina.open("cat.jpg") |> Thumbelina.tint({128, 64, 32})
  """
  @spec tint(pending, tuple | String.t() | atom) :: pending
  def tint(image, colour), do: add(image, :tint, colour: colour)

  @doc """
  White where the luma is at least `level` (0 to 255), black elsewhere. The picture becomes grey;
  transparency stays.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.threshold()
      Thumbelina.open("cat.jpg") |> Thumbelina.threshold(128.0)
  """
  @spec threshold(pending, number) :: pending
  def threshold(image, level \\ 128), do: add(image, :threshold, level: level)

  @doc """
  Makes the picture see-through: 0 is clear, 1 changes nothing. What is see-through already
  becomes more so. It shows in a format with alpha, such as PNG or WebP, or on another picture, see
  `composite/3`; JPEG has the `background:` of `encode/3` behind it.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.opacity(0.5)
      Thumbelina.open("cat.jpg") |> Thumbelina.opacity(0.5)
  """
  @spec opacity(pending, number) :: pending
  def opacity(image, factor), do: add(image, :opacity, factor: factor)

  @doc """
  Lays the picture on a colour; then it is opaque, and has no alpha channel.

      iex> Thumbelina.open("cat.png") |> Thumbelina.flatten(background: :black)
      Thumbelina.open("cat.png") |> Thumbelina.flatten(background: {0, 0, 0})

  Options:

  #{Op.docs(:flatten)}
  """
  @spec flatten(pending, keyword) :: pending
  def flatten(image, options \\ []), do: add(image, :flatten, options)

  @doc """
  Stretches the contrast: of the luma (Rec. 709), the darkest becomes black and the lightest
  white, but for a few outliers. The picture is decoded twice: once to see.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.normalise()
      Thumbelina.open("cat.jpg") |> Thumbelina.normalise()

  Options:

  #{Op.docs(:normalise)}
  """
  @spec normalise(pending, keyword) :: pending
  def normalise(image, opts \\ []), do: add(image, :normalise, opts)

  @doc """
  Spreads the luma (Rec. 709) evenly: every level is given to about as many pixels as any other.
  The luma is what changes, and all colours of a pixel by as much, so that hues stay; clear
  pixels do not count, and transparency stays. Done by libvips.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.equalise()
      Thumbelina.open("cat.jpg") |> Thumbelina.equalise()
  """
  @spec equalise(pending) :: pending
  def equalise(image), do: add(image, :equalise, [])

  @doc """
  Brings out what is hidden in shadows and light: contrast-limited adaptive histogram
  equalisation. As `equalise/1`, but each pixel as it fits to those in a window around it, and no
  more than `slope:` times the contrast that was there. Clear pixels do count.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.clahe(width: 64, height: 64)
      Thumbelina.open("cat.jpg") |> Thumbelina.clahe(width: 64, height: 64)

  Options:

  #{Op.docs(:clahe)}

  The time it takes grows with the pixels, and with the height of the window.
  """
  @spec clahe(pending, keyword) :: pending
  def clahe(image, options \\ []), do: add(image, :clahe, options)

  @doc """
  Cuts off the border: what is of one colour all along an edge. A picture of nothing else stays
  as it is. The picture is decoded twice: once to see. `explain/2` and `estimate/2`, which do
  not look at pixels, take it as if there were no border.

      iex> framed = Thumbelina.open("cat.jpg") |> Thumbelina.resize("80x80", fit: :contain, background: :black)
      iex> {:ok, image} = framed |> Thumbelina.trim() |> Thumbelina.run()
      iex> {image.width, image.height}
      {80, 60}

  Options:

  #{Op.docs(:trim)}
  """
  @spec trim(pending, keyword) :: pending
  def trim(image, opts \\ []), do: add(image, :trim, opts)

  @doc """
  Lays another image on this one: a watermark, a logo, a frame. It is what `open/2` takes, or
  an image with operations of its own, which are done first.

      iex> logo = Thumbelina.open("cat.png") |> Thumbelina.resize(64)
      iex> Thumbelina.open("cat.jpg") |> Thumbelina.composite(logo, gravity: :south_east, x: 10, y: 10, opacity: 0.5)
      Thumbelina.open("cat.jpg") |> Thumbelina.composite(Thumbelina.open("cat.png") |> Thumbelina.resize(width: 64), gravity: :south_east, x: 10, y: 10, opacity: 0.5)

  What sticks out is cut off. The `blend:` modes are those of the W3C's
  [Compositing and Blending](https://www.w3.org/TR/compositing-1/): its blend modes, and its
  Porter-Duff operators, of which `:source`, `:in`, `:dest_in`, `:out`, `:dest_out`,
  `:dest_atop` and `:xor` may cut holes into the picture (and give it alpha). At most 7 images
  can be laid on one, and what is laid on has none on itself. Where the picture keeps its ICC
  profile (`keep: [:icc]`), what is laid on it comes into the colours of that.

  Options:

  #{Op.docs(:composite)}
  """
  @spec composite(pending, source, keyword) :: pending
  def composite(image, overlay, opts \\ []) do
    image = pending!(image, :composite)
    overlay = %{(overlay |> image([], "composite") |> Image.pending()) | output: nil}

    if Enum.any?(overlay.ops, &match?({:composite, _}, &1)) do
      raise ArgumentError,
            "Thumbelina.composite: what is laid on has something laid on itself: run/2 it first"
    end

    add(image, :composite, with_first(:image, overlay, opts, "Thumbelina.composite"))
  end

  @doc """
  Lays text on the picture: `composite/3` with an image of `from_text/2`.

      iex> Thumbelina.open("cat.jpg") |> Thumbelina.text("(c) me", size: 20, gravity: :south_east, x: 8, y: 8)
      Thumbelina.open("cat.jpg") |> Thumbelina.composite(Thumbelina.from_text("(c) me", size: 20.0), gravity: :south_east, x: 8, y: 8)
      iex> Thumbelina.open("cat.jpg") |> Thumbelina.text("me", colr: :white)
      ** (ArgumentError) Thumbelina.text: unknown option colr: (known: font:, size:, colour:, align:, justify:, width:, spacing:, dpi:, shadow:). Did you mean :colour?

  Options are those of `from_text/2`, for how it is drawn, and those of `composite/3`, for where
  and how it lies: `gravity:`, `x:`, `y:`, `scale:`, `opacity:`, `blend:` and `tile:`.
  """
  @spec text(pending, String.t(), keyword) :: pending
  def text(image, text, options \\ []) do
    image = pending!(image, :text)
    lie = [:gravity, :x, :y, :scale, :opacity, :blend, :tile]

    {laid, how} =
      if Keyword.keyword?(options), do: Keyword.split(options, lie), else: {[], options}

    composite(image, drawn(text, how, "Thumbelina.text", lie), laid)
  end

  @doc """
  Says how the result is written, where `write/3` or another that runs it does not: the
  `format` is `:jpeg` (or `:jpg`), `:png`, `:webp`, or `:same`, that of the input, which is
  the default. Where the build has libvips there are `:avif`, `:heif`, `:jxl`, `:jp2`, `:tiff`
  and `:gif` too: see `Thumbelina.Formats`.

      iex> Thumbelina.open("cat.png") |> Thumbelina.encode(:jpeg, quality: 90, background: :black)
      Thumbelina.open("cat.png") |> Thumbelina.encode(:jpeg, quality: 90, background: {0, 0, 0})

  Options of `:jpeg`:

  #{Output.docs(:jpeg)}

  of `:png`:

  #{Output.docs(:png)}

  of `:webp`:

  #{Output.docs(:webp)}

  of `:avif`:

  #{Output.docs(:avif)}

  of `:heif`:

  #{Output.docs(:heif)}

  of `:jxl`:

  #{Output.docs(:jxl)}

  of `:jp2`:

  #{Output.docs(:jp2)}

  of `:tiff`:

  #{Output.docs(:tiff)}

  of `:gif`:

  #{Output.docs(:gif)}

  `:same` takes all options of JPEG, PNG and WebP; those that the format of the input does not have
  mean nothing. There, `effort:` is a whole number from 0 to 10, and the format takes what it has
  nearest to it. Without `quality:` or `effort:`, the defaults of that format hold.

  ## A file of at most so many bytes

  With `max_bytes:` the quality is lowered from `quality:` until the file fits, and no further:
  the picture is made once, and encoded some eight times. `image.stats.quality_out` tells what it
  came to. Where even quality 1 is too long, that is an error with the code `:limit`. (The
  `max_bytes:` of `open/2` is that of the file that is read.)

      iex> {:ok, image} = Thumbelina.open("cat.jpg") |> Thumbelina.write("small.jpg", max_bytes: 9_000)
      iex> image.stats.bytes_out <= 9_000 and image.stats.quality_out in 1..79
      true

  What has no quality, as PNG and `lossless: true`, fits or it is the same error. For an animated
  WebP there is no `max_bytes:` (`:unsupported`).
  """
  @spec encode(pending, atom, keyword) :: pending
  def encode(image, format, opts \\ []) do
    image = pending!(image, :encode)
    %{image | output: Output.new(nil, format, opts, "Thumbelina.encode", @elsewhere)}
  end

  # --- running it

  @doc """
  Runs the pipeline. The result is an image in memory, to be used as often as you like: as it is,
  its bytes are what `to_binary/3`, `stream!/3` and `write/3` give, without being encoded again. That
  is done where an operation, another format or an option of the encoder asks for it.

      iex> {:ok, small} = Thumbelina.open("cat.jpg") |> Thumbelina.resize(40) |> Thumbelina.run(format: :png)
      iex> {small.format, small.width, small.height}
      {:png, 40, 30}
      iex> {:ok, turned} = small |> Thumbelina.rotate(90) |> Thumbelina.run()
      iex> {turned.format, turned.width, turned.height, turned.stats.decoded_width}
      {:png, 30, 40, 40}
      iex> {:error, error} = Thumbelina.open("dog.jpg") |> Thumbelina.run()
      iex> {error.code, error.stage}
      {:enoent, :file}

  Options: `format:`, those of `encode/3`, and those under "Options of a run" in `Thumbelina`.
  """
  @spec run(Image.t(), keyword) :: {:ok, Image.t()} | {:error, Error.t()}
  def run(image, opts \\ []) do
    made(image, bytes(image, nil, opts, "run"))
  end

  @doc "As `run/2`, but raises the error."
  @spec run!(Image.t(), keyword) :: Image.t()
  def run!(image, opts \\ []), do: image |> run(opts) |> ok!()

  @doc """
  Runs the pipeline and writes the result to a file, in the format of its suffix, unless
  `encode/3` or `format:` says another. The image that is returned is that file.

      iex> {:ok, image} = Thumbelina.open("cat.jpg") |> Thumbelina.resize(40) |> Thumbelina.write("cat.webp", quality: 70)
      iex> {image.source, image.format, image.width, image.height}
      {{:file, "cat.webp"}, :webp, 40, 30}

  Written once more, that file is read and encoded again; for two files of one encoding take what
  `run/2` returns.

  The file appears as a whole: it is written under another name in the same directory, then
  moved. A failure leaves no file, or the old one as it was. A file that takes the place of
  another has its mode, and its owner and group as far as the system lets us; where it cannot
  have the group, another may do with it what others may. A symbolic link stays: the file that
  it leads to is written. What is there and is no regular file stays too, and is an error:
  `:eisdir` for a directory, `:einval` for a device, a pipe or a socket.

  Options: those of `run/2`.
  """
  @spec write(Image.t(), path, keyword) :: {:ok, Image.t()} | {:error, Error.t()}
  def write(image, path, opts \\ [])

  def write(image, path, opts) when is_binary(path) do
    Source.path!(path, "Thumbelina.write")

    with {:ok, bytes, result} <- bytes(image, path, opts, "write"),
         :ok <- Disk.write(path, bytes) do
      {:ok, Image.made(image, {:file, path}, result)}
    end
  end

  def write(_, path, _) do
    raise ArgumentError,
          "Thumbelina.write: expected a path, not #{Options.shown(path)}#{Source.meant(path)}"
  end

  @doc "As `write/3`, but raises the error."
  @spec write!(Image.t(), path, keyword) :: Image.t()
  def write!(image, path, opts \\ []), do: image |> write(path, opts) |> ok!()

  @doc """
  Runs the pipeline and returns the bytes: in that format, or as `encode/3` said, or in the
  format of the input. Options: those of `run/2`.

      iex> small = Thumbelina.open("cat.jpg") |> Thumbelina.resize(40)
      iex> {:ok, <<0x89, "PNG", _::binary>>} = Thumbelina.to_binary(small, :png, level: 9)
      iex> {:ok, <<0xFF, 0xD8, _::binary>>} = Thumbelina.to_binary(small)
  """
  @spec to_binary(Image.t(), atom | keyword, keyword) :: {:ok, binary} | {:error, Error.t()}
  def to_binary(image, format \\ nil, opts \\ [])
  def to_binary(image, opts, []) when is_list(opts), do: to_binary(image, nil, opts)

  def to_binary(image, format, opts) do
    with {:ok, bytes, _} <- bytes(image, nil, formatted(format, opts), "to_binary"),
         do: {:ok, bytes}
  end

  @doc "As `to_binary/3`, but raises the error."
  @spec to_binary!(Image.t(), atom | keyword, keyword) :: binary
  def to_binary!(image, format \\ nil, opts \\ []), do: image |> to_binary(format, opts) |> ok!()

  @doc """
  The bytes as a lazy enumerable of binaries: the pipeline runs as they are taken, each time
  anew. JPEG and PNG come out as they are made. Raises `Thumbelina.Error`. Options: those of
  `run/2`.

      iex> image = Thumbelina.open("cat.jpg") |> Thumbelina.resize(40)
      iex> image |> Thumbelina.stream!(:png) |> Enum.into(File.stream!("cat.png"))
      iex> File.read!("cat.png") == Thumbelina.to_binary!(image, :png)
      true
  """
  @spec stream!(Image.t(), atom | keyword, keyword) :: Enumerable.t()
  def stream!(image, format \\ nil, opts \\ [])
  def stream!(image, opts, []) when is_list(opts), do: stream!(image, nil, opts)

  def stream!(image, format, opts) do
    opts = formatted(format, opts)
    {output, settings} = finish!(image, nil, opts, "stream!")

    case ready(image, output, opts) do
      {:ok, bytes} -> [bytes]
      nil -> Run.stream(image, output, settings)
    end
  end

  @doc """
  Makes several results of one picture, which is read and decoded once.

  Each is a name and what is to be done for it, after what the image has in store already: a
  function that adds operations, or a `Thumbelina.Pipeline`. Each may have its own format by
  `encode/3`; what is said in the options is said of all.

      iex> {:ok, made} =
      ...>   Thumbelina.open("cat.jpg")
      ...>   |> Thumbelina.variants(
      ...>     [
      ...>       small: &Thumbelina.resize(&1, 40),
      ...>       large: &(&1 |> Thumbelina.resize(320) |> Thumbelina.encode(:webp)),
      ...>       wrong: &Thumbelina.crop(&1, 600, 0, 100, 100)
      ...>     ],
      ...>     quality: 70
      ...>   )
      iex> {:ok, large} = made.large
      iex> {large.format, large.width, large.height}
      {:webp, 320, 240}
      iex> {:error, error} = made.wrong
      iex> error.message
      "100x100 at 600,0 leaves the picture, which is 640x480"

  What is wrong with the picture itself fails all of them: the answer is `{:error, error}`. There are
  at most 16 at once, and at most 7 different images, by `composite/3` and `text/3`, are laid on all
  of them together. Options: those of `run/2`.
  """
  @spec variants(Image.t(), keyword(Pipeline.t() | (Pipeline.t() -> Pipeline.t())), keyword) ::
          {:ok, %{atom => {:ok, Image.t()} | {:error, Error.t()}}} | {:error, Error.t()}
  def variants(image, wanted, opts \\ []) do
    image = runnable!(image, "variants")

    pipes =
      for {name, what} <- Variants.named!(wanted), do: {name, Variants.pipeline!(name, what)}

    {ends, [settings | _]} = pipes |> Enum.map(&variant!(image, &1, opts)) |> Enum.unzip()

    with {:ok, results} <- Run.many(image, ends, settings) do
      {:ok, pipes |> Keyword.keys() |> Enum.zip(Enum.map(results, &made(image, &1))) |> Map.new()}
    end
  end

  @doc "As `variants/3`, but raises the first error there is."
  @spec variants!(Image.t(), keyword(Pipeline.t() | (Pipeline.t() -> Pipeline.t())), keyword) ::
          %{atom => Image.t()}
  def variants!(image, wanted, opts \\ []) do
    for {name, result} <- image |> variants(wanted, opts) |> ok!(),
        into: %{},
        do: {name, ok!(result)}
  end

  @doc """
  What the header says of a picture: format, size, orientation and more, see
  `Thumbelina.Info`. Takes what `open/2` takes, or an image, whose operations do not count.
  Of a file no more is read than it needs. Options are those of `open/2`.

      iex> {:ok, info} = Thumbelina.info("cat.jpg")
      iex> {info.format, info.width, info.height}
      {:jpeg, 640, 480}
  """
  @spec info(source, keyword) :: {:ok, Info.t()} | {:error, Error.t()}
  def info(source, opts \\ []), do: source |> image(opts, "info") |> Run.info()

  @doc "As `info/2`, but raises the error."
  @spec info!(source, keyword) :: Info.t()
  def info!(source, opts \\ []), do: source |> info(opts) |> ok!()

  @doc """
  What a run would do, and where, without doing it: only the header is read. See
  `Thumbelina.Explanation`. Options: those of `run/2`.

      iex> {:ok, plan} = Thumbelina.open("cat.jpg") |> Thumbelina.resize(80) |> Thumbelina.explain()
      iex> {plan.width_out, plan.height_out, plan.shrink}
      {80, 60, 4}
  """
  @spec explain(Image.t(), keyword) :: {:ok, Explanation.t()} | {:error, Error.t()}
  def explain(image, opts \\ []) do
    {output, settings} = finish!(image, nil, opts, "explain")
    Run.explain(image, [{image.ops, output}], settings)
  end

  @doc "As `explain/2`, but raises the error."
  @spec explain!(Image.t(), keyword) :: Explanation.t()
  def explain!(image, opts \\ []), do: image |> explain(opts) |> ok!()

  @doc """
  What a run is thought to take, by its header: `bytes` of memory, `pixels` of the input, and
  the `lane`, `:yield` or `:dirty`. It is what a `Thumbelina.Pool` counts. Options: those of
  `run/2`.

      iex> {:ok, cost} = Thumbelina.open("cat.jpg") |> Thumbelina.resize(80) |> Thumbelina.estimate()
      iex> {cost.pixels, cost.lane}
      {307200, :yield}
  """
  @spec estimate(Image.t(), keyword) :: {:ok, Pool.cost()} | {:error, Error.t()}
  def estimate(image, opts \\ []) do
    {output, settings} = finish!(image, nil, opts, "estimate")
    Run.estimate(image, [{image.ops, output}], settings)
  end

  @doc "As `estimate/2`, but raises the error."
  @spec estimate!(Image.t(), keyword) :: Pool.cost()
  def estimate!(image, opts \\ []), do: image |> estimate(opts) |> ok!()

  # --- the library itself

  @doc """
  What this build can do: the formats it can `read` and `write`, the `libraries` that do, and by
  format what it keeps of a picture: `animated`, `lossless`, `alpha` and `icc` are the ways on which
  it does, `[:read, :write]`. See `Thumbelina.Formats`.

  Formats that libvips reads or writes are among them where this build has it; its process is
  started to be asked, and waited for no longer than five seconds.

      iex> Thumbelina.capabilities().write |> Enum.take(3)
      [:jpeg, :png, :webp]
      iex> Thumbelina.capabilities().formats.png
      %{read: true, write: true, animated: [], lossless: [:read, :write], alpha: [:read, :write], icc: [:read, :write]}
  """
  @spec capabilities() :: %{
          read: [atom],
          write: [atom],
          libraries: %{atom => String.t()},
          formats: %{
            atom => %{
              read: boolean,
              write: boolean,
              animated: [:read | :write],
              lossless: [:read | :write],
              alpha: [:read | :write],
              icc: [:read | :write]
            }
          }
        }
  def capabilities, do: Formats.capabilities(Native.capabilities())

  @doc """
  What goes on in this VM, of all processes: `live` jobs and the `bytes` they hold (each is given
  16 to 64 KiB at a time), the most there ever were (`peak_bytes`) and may be (`limit`); and the
  jobs since the start: `started`, `finished`, `failed`, `cancelled`, and by lane `inline`,
  `yield`, `dirty`.
  """
  @spec stats() :: map
  def stats, do: Native.stats()

  @doc """
  How many bits of two hashes differ. Those of `want: [:phash]` have 64, of which a copy of a
  picture that was made smaller or saved again differs in a few, and another picture in about half.

      iex> Thumbelina.hamming(<<0b1010::64>>, <<0b0110::64>>)
      2
      iex> hash = fn image -> Thumbelina.run!(image, want: [:phash]).found.phash end
      iex> cat = Thumbelina.open("cat.jpg")
      iex> Thumbelina.hamming(hash.(cat), cat |> Thumbelina.resize(100) |> hash.()) < 5
      true

  The hash is that of pHash: a bit says whether one of the 8x8 lowest frequencies of the picture, as
  32x32 grey pixels, is above their median, by half a grey level at least.
  """
  @spec hamming(binary, binary) :: non_neg_integer
  def hamming(a, b) when is_binary(a) and is_binary(b) and byte_size(a) == byte_size(b) do
    Enum.zip_reduce(bits(a), bits(b), 0, fn x, y, n -> if x == y, do: n, else: n + 1 end)
  end

  def hamming(a, b) do
    raise ArgumentError,
          "Thumbelina.hamming: expected two binaries of one size, not #{Options.shown(a)} and #{Options.shown(b)}"
  end

  # --- helpers

  defp bits(binary), do: for(<<bit::1 <- binary>>, do: bit)

  defp drawn(text, options, where, also) do
    %Image{source: {:text, Text.new!(text, options, where, also)}}
  end

  defp image(source, opts, function) do
    opts = opened(opts, function)

    case source do
      %Image{} = image when opts == %{} -> image
      %Image{} = image -> %{Image.pending(image) | opts: Map.merge(image.opts, opts)}
      _ -> %Image{source: Source.new!(source, "Thumbelina.#{function}"), opts: opts}
    end
  end

  defp opened(opts, function) do
    Limits.rows()
    |> Options.check!(opts, "Thumbelina.#{function}", @later)
    |> Limits.spelt_out()
  end

  # What is written without a name, before the options.
  defp with_first(name, value, options, where) do
    [{name, value} | listed!(options, where)]
  end

  defp listed!(options, where) do
    Keyword.keyword?(options) || Options.check!([], options, where)
    options
  end

  defp sized(image, name, args) do
    image |> pending!(name) |> append(Op.new(name, Geometry.options(name, args)))
  end

  defp add(image, name, options), do: image |> pending!(name) |> append(Op.new(name, options))

  defp append(pending, op), do: %{pending | ops: Op.append(pending.ops, op)}

  # What more can be added to. What was known of a result does not hold any longer.
  defp pending!(%Image{} = image, _), do: Image.pending(image)
  defp pending!(%Pipeline{} = pipeline, _), do: pipeline
  defp pending!(other, function), do: refuse!(other, function, "an image or a pipeline")

  # What can be run.
  defp runnable!(%Image{} = image, _), do: image

  defp runnable!(%Pipeline{}, function) do
    raise ArgumentError,
          "Thumbelina.#{function}: a pipeline has no source: give it one with Thumbelina.through/2"
  end

  defp runnable!(other, function), do: refuse!(other, function, "an image")

  defp refuse!(other, function, expected) do
    raise ArgumentError,
          "Thumbelina.#{function}: expected #{expected}, not #{Options.shown(other)}: " <>
            instead(other)
  end

  defp instead({:ok, _}) do
    "take the image out of {:ok, image}, or use the function with !, which returns it alone"
  end

  defp instead({:error, _}), do: "it was not made, see the error"
  defp instead(_), do: "start with Thumbelina.open/2 or Thumbelina.from_binary/2"

  defp formatted(nil, opts), do: opts
  defp formatted(format, opts) when is_list(opts), do: [{:format, format} | opts]
  defp formatted(_, opts), do: opts

  defp bytes(image, path, opts, function) do
    {output, settings} = finish!(image, path, opts, function)

    case ready(image, output, opts) do
      {:ok, bytes} -> {:ok, bytes, Map.take(image, [:stats, :found, :warnings])}
      nil -> Run.bytes(image, output, settings)
    end
  end

  # The bytes of a result that is wanted as it is: to encode them again would only cost quality.
  defp ready(%Image{source: {:binary, bytes}, format: made}, {format, _}, opts)
       when made != nil and format in [made, :same] do
    if Enum.all?(opts, fn {name, _} -> name in @how end), do: {:ok, bytes}
  end

  defp ready(_, _, _), do: nil

  # The output and the settings of a run, of all that was said: in the options, by encode/3, by
  # the name of the file.
  defp finish!(image, path, opts, function) do
    image = runnable!(image, function)
    where = "Thumbelina.#{function}"
    {settings, encode} = opts |> listed!(where) |> Settings.split()
    {format, encode} = Keyword.pop(encode, :format)
    format = format || said(image.output) || (path && Output.format_of!(path, where)) || :same

    output = Output.new(image.output, format, encode, where, [:format | @elsewhere])

    {Output.settled(output, only_format(image), where),
     Options.check!(Settings.rows(), settings, where)}
  end

  defp variant!(image, {_, %Pipeline{} = pipeline}, opts) do
    image = through(image, pipeline)
    {output, settings} = finish!(image, nil, opts, "variants")
    {{image.ops, output}, settings}
  end

  defp made(image, {:ok, bytes, result}), do: {:ok, Image.made(image, {:binary, bytes}, result)}
  defp made(_, {:error, error}), do: {:error, error}

  # The format of the input, where no other is let in.
  defp only_format(%Image{opts: %{formats: [format]}}), do: format
  defp only_format(_), do: nil

  defp said(nil), do: nil
  defp said({format, _}), do: format

  defp ok!({:ok, value}), do: value
  defp ok!({:error, error}), do: raise(error)
end
