defmodule Thumbelina.Test.Outside do
  @moduledoc "Other people's programs, as judges: of libjpeg-turbo-progs, webp and Pillow."

  alias Thumbelina.Test.{Picture, PNG}

  @programs ~w(cjpeg djpeg cwebp dwebp)

  def missing, do: Enum.reject(@programs, &System.find_executable/1)

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

  defp through(bytes, program, args) do
    name =
      Path.join(
        System.tmp_dir!(),
        "thumbelina-#{System.unique_integer([:positive])}-#{System.pid()}"
      )

    {from, to} = {name <> ".in", name <> ".out"}
    File.write!(from, bytes)

    try do
      {_, 0} = System.cmd(program, args.(from, to), stderr_to_stdout: true)
      File.read!(to)
    after
      File.rm(from)
      File.rm(to)
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
