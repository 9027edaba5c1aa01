defmodule Thumbelina.Test.Outside do
  @moduledoc "Other people's programs, as judges: of libjpeg-turbo-progs, webp and Pillow."

  alias Thumbelina.Test.{Picture, PNG}

  @programs ~w(cjpeg djpeg cwebp dwebp)

  def missing, do: Enum.reject(@programs, &System.find_executable/1)

  @foreign ~w(heif-enc heif-convert cjxl djxl opj_compress opj_decompress convert tiffcp vips
              gifsicle img2webp webpmux rsvg-convert pdftocairo)

  def unread, do: Enum.reject(@foreign, &System.find_executable/1)

  @doc "A sanitizer that was loaded is for this VM: other programs would be many times slower."
  def without_sanitizer do
    :persistent_term.put(__MODULE__, System.get_env("LD_PRELOAD"))
    System.delete_env("LD_PRELOAD")
  end

  @doc "What another VM with the native library is started with."
  def vm_env, do: [{"LD_PRELOAD", :persistent_term.get(__MODULE__)}]

  @doc "A picture, or a PNG of it, in one of libvips' formats, made by a program that knows it best."
  def make(picture, format, args \\ [])
  def make(%Picture{} = picture, format, args), do: picture |> PNG.encode() |> make(format, args)

  def make(png, format, args) do
    case format do
      :avif ->
        through(png, "heif-enc", &(["-A" | args] ++ [&1, "-o", &2]), {".png", ".avif"})

      :heif ->
        through(png, "heif-enc", &(args ++ [&1, "-o", &2]), {".png", ".heic"})

      :jxl ->
        through(png, "cjxl", &([&1, &2] ++ args), {".png", ".jxl"})

      :jp2 ->
        through(png, "opj_compress", &(["-n", "1", "-i", &1, "-o", &2] ++ args), {".png", ".jp2"})

      _ ->
        through(png, "convert", &([&1] ++ args ++ ["#{format}:" <> &2]), {".png", ".out"})
    end
  end

  @doc "As one of them decodes it, its first frame; of 4 channels, if that is wished."
  def read(bytes, format, channels \\ 3), do: bytes |> png(format, channels) |> PNG.decode()

  defp png(bytes, format, channels \\ 3) do
    case format do
      format when format in [:avif, :heif] ->
        through(bytes, "heif-convert", &[&1, &2], {".#{format}", ".png"})

      :jxl ->
        through(bytes, "djxl", &[&1, &2], {".jxl", ".png"})

      :jp2 ->
        through(bytes, "opj_decompress", &["-i", &1, "-o", &2], {".jp2", ".png"})

      :svg ->
        through(bytes, "rsvg-convert", &[&1, "-o", &2], {".svg", ".png"})

      :pdf ->
        through(
          bytes,
          "pdftocairo",
          &~w(-r 72 -png -singlefile #{&1} #{&2}),
          {".pdf", ""},
          ".png"
        )

      _ ->
        png = if channels == 4, do: "png32:", else: "png24:"

        through(
          bytes,
          "convert",
          &["#{format}:#{&1}[0]", "-depth", "8", png <> &2],
          {".in", ".png"}
        )
    end
  end

  @doc "A picture as it is seen: by its profile, if it has one, made sRGB by ImageMagick."
  def seen(bytes, format) do
    srgb =
      Path.join(
        System.tmp_dir!(),
        "thumbelina-#{System.unique_integer([:positive])}-#{System.pid()}.icc"
      )

    File.write!(srgb, Thumbelina.Test.Profile.srgb())

    {bytes, format} =
      if format in [:avif, :heif, :jxl, :jp2],
        do: {png(bytes, format), :png},
        else: {bytes, format}

    args = &["#{format}:#{&1}[0]", "-profile", srgb, "-strip", "-depth", "8", "png24:" <> &2]

    try do
      bytes |> through("convert", args, {".in", ".png"}) |> PNG.decode()
    after
      File.rm(srgb)
    end
  end

  @doc "Bytes through a program that reads one file and writes another, named with those suffixes."
  def convert(bytes, program, args, suffixes \\ {".in", ".out"}) do
    through(bytes, program, args, suffixes)
  end

  @doc "A JPEG or WebP as it decodes there: a picture of 3 channels, or 1."
  def decode(bytes, :jpeg), do: through(bytes, "djpeg", &["-pnm", "-outfile", &2, &1]) |> pnm()

  def decode(bytes, :webp),
    do: through(bytes, "dwebp", &["-quiet", "-ppm", &1, "-o", &2]) |> pnm()

  @doc "A picture of 3 channels as they encode it."
  def encode(picture, format, args \\ [])

  def encode(picture, :jpeg, args) do
    picture |> ppm() |> through("cjpeg", &(args ++ ["-outfile", &2, &1]))
  end

  def encode(picture, :webp, args) do
    picture |> ppm() |> through("cwebp", &(["-quiet" | args] ++ [&1, "-o", &2]))
  end

  @doc "A Python that has Pillow; nil where there is none."
  def pillow do
    ["python3", "/usr/bin/python3"]
    |> Enum.map(&System.find_executable/1)
    |> Enum.find(
      &(&1 && match?({_, 0}, System.cmd(&1, ["-c", "import PIL"], stderr_to_stdout: true)))
    )
  end

  @resize """
  import sys
  from PIL import Image
  Image.open(sys.argv[1]).resize((int(sys.argv[3]), int(sys.argv[4])), int(sys.argv[5])).save(sys.argv[2], "png")
  """

  @doc "A picture as Pillow resizes it; it calls the triangle bilinear."
  def resize(picture, width, height, kernel) do
    filter = %{lanczos3: "1", linear: "2"}[kernel]
    args = &["-c", @resize, &1, &2, to_string(width), to_string(height), filter]
    picture |> PNG.encode() |> through(pillow(), args) |> PNG.decode()
  end

  # `added`: some add a suffix to the name that they are given.
  defp through(bytes, program, args, {in_suffix, out_suffix} \\ {".in", ".out"}, added \\ "") do
    name =
      Path.join(
        System.tmp_dir!(),
        "thumbelina-#{System.unique_integer([:positive])}-#{System.pid()}"
      )

    {from, to} = {name <> in_suffix, name <> out_suffix}
    File.write!(from, bytes)

    try do
      {_, 0} = System.cmd(program, args.(from, to), stderr_to_stdout: true)
      File.read!(to <> added)
    after
      File.rm(from)
      File.rm(to <> added)
    end
  end

  defp ppm(%Picture{channels: 3} = p), do: "P6\n#{p.width} #{p.height}\n255\n" <> p.pixels

  defp pnm(bytes) do
    [_, kind, width, height] = Regex.run(~r/\AP([56])\s(\d+)\s(\d+)\s255\s/, bytes)
    {width, height} = {String.to_integer(width), String.to_integer(height)}
    channels = if kind == "6", do: 3, else: 1
    size = width * height * channels
    pixels = binary_part(bytes, byte_size(bytes) - size, size)
    %Picture{width: width, height: height, channels: channels, pixels: pixels}
  end
end
