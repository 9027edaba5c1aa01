defmodule Thumbelina.Test.Moving do
  @moduledoc "Animations, made and looked at by other people's programs: ImageMagick, gifsicle, webp's tools."

  alias Thumbelina.Test.{Picture, PNG}

  # A canvas in motion: a ground with a clear hole, and patches that stay, go, or leave a hole.
  @width 90
  @height 70
  @clear 127

  @doc "A GIF of so many frames: times that differ, parts of the canvas, every disposal, clear pixels."
  def gif(frames, loop \\ 5) do
    in_directory(fn dir ->
      patches = for i <- 1..(frames - 1), do: patch(i, dir)
      File.write!(Path.join(dir, "0.gif"), ground())
      ground = ["--disposal=none", "--delay=9", "0.gif"]
      screen = ["--logical-screen=#{@width}x#{@height}", "--loopcount=#{loop - 1}"]
      run!("gifsicle", List.flatten(["-m", screen, ground, patches, "-o", "a.gif"]), dir)
      File.read!(Path.join(dir, "a.gif"))
    end)
  end

  @doc "The times of that GIF's frames, in ms."
  def times(frames), do: [90 | for(i <- 1..(frames - 1), do: 10 * time(i))]

  defp time(i), do: 2 + rem(i * 7, 31)

  # Rows of one colour each, and a clear rectangle.
  defp ground do
    still(@width, @height, &<<32 + 2 * &1, 64 + &1, 160 - &1>>, fn x, y ->
      if x in 60..79 and y in 6..21, do: @clear, else: y
    end)
  end

  # A disc in a clear rectangle.
  defp patch(i, dir) do
    {w, h} = {11 + rem(i * 5, 30), 9 + rem(i * 3, 25)}
    {x, y} = {rem(i * 13, @width - w), rem(i * 7, @height - h)}

    disc =
      still(w, h, fn _ -> <<rem(i * 37, 256), rem(i * 91, 256), rem(i * 53, 256)>> end, fn u, v ->
        {a, b} = {(2 * u + 1 - w) / w, (2 * v + 1 - h) / h}
        if a * a + b * b < 1, do: 0, else: @clear
      end)

    File.write!(Path.join(dir, "#{i}.gif"), disc)
    dispose = Enum.at(["none", "background", "previous"], rem(i, 3))
    ["--disposal=#{dispose}", "--delay=#{time(i)}", "--position=#{x},#{y}", "#{i}.gif"]
  end

  # A GIF of one frame, not compressed: each code is a byte, as the table is cleared in time.
  defp still(width, height, colour, index) do
    table = for i <- 0..127, into: <<>>, do: colour.(min(i, 80))
    pixels = for y <- 0..(height - 1), x <- 0..(width - 1), do: index.(x, y)
    codes = [Enum.map(Enum.chunk_every(pixels, 120), &[0x80 | &1]), 0x81]
    blocks = for block <- blocks(IO.iodata_to_binary(codes)), do: [byte_size(block), block]

    IO.iodata_to_binary([
      <<"GIF89a", width::16-little, height::16-little, 0xF6, 0, 0>>,
      [table, <<0x21, 0xF9, 4, 1, 0::16, @clear, 0>>],
      <<0x2C, 0::32, width::16-little, height::16-little, 0, 7>>,
      [blocks, 0, ";"]
    ])
  end

  defp blocks(<<block::binary-size(255), rest::binary>>), do: [block | blocks(rest)]
  defp blocks(rest), do: [rest]

  @doc "Each frame as it is shown, on grey, as ImageMagick has it; after `then`, arguments of its own."
  def shown(bytes, format, then \\ []) do
    in_directory(fn dir ->
      File.write!(Path.join(dir, "in"), bytes)
      grey = ["-background", "#808080", "-alpha", "remove", "-alpha", "off", "-depth", "8"]

      run!(
        "convert",
        frames(bytes, format, dir) ++ then ++ grey ++ ["+repage", "png24:out-%04d.png"],
        dir
      )

      for path <- Enum.sort(Path.wildcard(Path.join(dir, "out-*.png"))),
          do: PNG.decode(File.read!(path))
    end)
  end

  defp frames(_, :gif, _), do: ["gif:in", "-coalesce"]
  defp frames(_, :tiff, _), do: ["tiff:in"]

  # ImageMagick 6 puts frames over each other that are to take each other's place; libvips does not.
  defp frames(bytes, :webp, dir) do
    {width, height} = webpmux(bytes).size
    run!("vips", ["webpload", "in", "tall.png", "--n", "-1"], dir)
    ["tall.png", "-crop", "#{width}x#{height}", "+repage"]
  end

  @doc "Times of the frames in ms, as ImageMagick has them."
  def told(bytes, format) do
    in_directory(fn dir ->
      File.write!(Path.join(dir, "in"), bytes)
      text = run!("identify", ["-format", "%T ", "#{format}:in"], dir)
      for word <- String.split(text), do: 10 * String.to_integer(word)
    end)
  end

  @doc "What webpmux has to say: canvas, plays, times of the frames in ms."
  def webpmux(bytes) do
    in_directory(fn dir ->
      File.write!(Path.join(dir, "in"), bytes)
      text = run!("webpmux", ["-info", "in"], dir)
      [_, width, height] = Regex.run(~r/Canvas size: (\d+) x (\d+)/, text)
      [_, loop] = Regex.run(~r/Loop Count : (\d+)/, text)
      rows = Regex.scan(~r/^ +\d+: +\d+ +\d+ +\w+ +\d+ +\d+ +(\d+)/m, text)
      times = for [_, ms] <- rows, do: String.to_integer(ms)

      %{
        size: {String.to_integer(width), String.to_integer(height)},
        loop: String.to_integer(loop),
        times: times
      }
    end)
  end

  @doc "What gifsicle has to say of the loop: `\"forever\"`, a number of repetitions, or nil for none."
  def gifsicle_loop(bytes) do
    in_directory(fn dir ->
      File.write!(Path.join(dir, "in.gif"), bytes)
      text = run!("gifsicle", ["--info", "in.gif"], dir)

      case Regex.run(~r/loop (forever|count (\d+))/, text) do
        [_, "forever"] -> "forever"
        [_, _, count] -> String.to_integer(count)
        nil -> nil
      end
    end)
  end

  @doc "An animated WebP of img2webp's: pictures, each with its time in ms."
  def img2webp(pictures, loop) do
    in_directory(fn dir ->
      frames =
        for {{picture, ms}, i} <- Enum.with_index(pictures) do
          File.write!(Path.join(dir, "#{i}.png"), PNG.encode(picture))
          ["-d", "#{ms}", "-lossless", "#{i}.png"]
        end

      run!("img2webp", List.flatten(["-loop", "#{loop}", frames, "-o", "out.webp"]), dir)
      File.read!(Path.join(dir, "out.webp"))
    end)
  end

  @doc "A TIFF whose pages are those pictures, put together by tiffcp."
  def tiffcp(pictures) do
    in_directory(fn dir ->
      names =
        for {picture, i} <- Enum.with_index(pictures) do
          File.write!(Path.join(dir, "#{i}.png"), PNG.encode(picture))
          run!("convert", ["#{i}.png", "#{i}.tif"], dir)
          "#{i}.tif"
        end

      run!("tiffcp", names ++ ["out.tif"], dir)
      File.read!(Path.join(dir, "out.tif"))
    end)
  end

  @doc "The smallest PSNR of frames that belong together."
  def worst(ours, theirs) do
    true = length(ours) == length(theirs)
    ours |> Enum.zip(theirs) |> Enum.map(fn {a, b} -> Picture.psnr(a, b) end) |> Enum.min()
  end

  defp in_directory(fun) do
    name = "thumbelina-#{System.unique_integer([:positive])}-#{System.pid()}"
    dir = Path.join(System.tmp_dir!(), name)
    File.mkdir_p!(dir)

    try do
      fun.(dir)
    after
      File.rm_rf!(dir)
    end
  end

  # ImageMagick's threads wait for each other, and on a busy machine that may take minutes.
  @env [{"OMP_NUM_THREADS", "1"}, {"MAGICK_THREAD_LIMIT", "1"}]

  defp run!(program, args, dir) do
    {text, 0} = System.cmd(program, args, cd: dir, stderr_to_stdout: true, env: @env)
    text
  end
end
