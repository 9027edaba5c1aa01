defmodule Thumbelina.FormatsTableTest do
  # Each cell of the table, and each that is empty, by a file that another program made or read.
  use ExUnit.Case, async: true

  alias Thumbelina.{Formats, Native, Output}
  alias Thumbelina.Test.{Moving, Outside, Picture, PNG, Profile}

  @moduletag :foreign
  @drawing ~s(<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30">) <>
             ~s(<rect width="40" height="15" fill="#e04010"/></svg>)

  # The other programs take their time: several at once.
  setup_all do
    said = Thumbelina.capabilities().formats
    measure = fn {name, said} -> {name, measure(name, said)} end

    all = fn -> said |> Task.async_stream(measure, timeout: 60_000) |> Map.new(&elem(&1, 1)) end
    {measured, _} = ExUnit.CaptureLog.with_log(all)
    [said: said, measured: measured]
  end

  for {name, row} <- Formats.rows() do
    @row row

    test "#{name}: what is said of it is so", %{said: said, measured: measured} do
      assert measured[unquote(name)] == said[unquote(name)]
    end

    test "#{name}: its suffixes, and whether it is let in" do
      assert unquote(name) in Native.default_limits().formats == @row.default

      for suffix <- @row.suffixes, :write in @row.does do
        assert Output.format_of!("a" <> suffix, "") == unquote(name)
      end
    end
  end

  test "the table of the README is what the command says" do
    readme = Path.expand("../../README.md", __DIR__) |> File.read!()
    table = Formats.table(Thumbelina.capabilities())
    assert Mix.Tasks.Thumbelina.Formats.put(readme, table) == readme
    assert length(String.split(table, "\n")) == length(Formats.rows()) + 2
    assert_raise Mix.Error, ~r/no place/, fn -> Mix.Tasks.Thumbelina.Formats.put("", table) end
  end

  test "a build that does less says less" do
    %{png: png, jxl: jxl} = Formats.capabilities(%{read: [:jxl], write: []}).formats
    assert png == %{read: false, write: false, animated: [], lossless: [], alpha: [], icc: []}
    assert %{read: true, write: false, lossless: [:read], icc: [:read]} = jxl
    assert Formats.table(%{read: [:jxl], write: []}) =~ ~r/`:png` .*not by this build/
  end

  # --- how it is found out: what does not work in any way is not there

  defp measure(name, said) do
    ways = fn measured -> for {way, true} <- measured, do: way end

    %{
      read: reads?(name),
      write: writes?(name),
      animated: ways.(read: reads_frames?(name), write: said.write and writes_frames?(name)),
      lossless: ways.(read: reads_all?(name), write: said.write and writes_all?(name)),
      alpha: ways.(read: reads_alpha?(name), write: said.write and writes_alpha?(name)),
      icc: ways.(read: reads_icc?(name), write: said.write and writes_icc?(name))
    }
  end

  defp reads?(name), do: near?(decode(plain(name)), Picture.smooth(40, 30)) or drawn?(name)

  # A drawing has no pixels to compare with but those that another draws.
  defp drawn?(name) when name in [:svg, :pdf] do
    plain = plain(name)
    near?(decode(plain), Outside.read(plain, name, 4))
  end

  defp drawn?(_), do: false

  defp plain(:svg), do: @drawing

  defp plain(:pdf),
    do:
      Outside.convert(
        @drawing,
        "rsvg-convert",
        &["-d", "72", "-p", "72", "-f", "pdf", "-o", &2, &1]
      )

  defp plain(:bmp), do: Outside.make(Picture.smooth(40, 30), :bmp3)
  defp plain(name), do: Outside.make(Picture.smooth(40, 30), name)

  defp writes?(name) do
    near?(name |> written(Picture.smooth(40, 30)) |> read(name), Picture.smooth(40, 30))
  end

  # Those that come in are counted by ImageMagick as they go out, of a GIF.
  defp reads_frames?(name) do
    case frames(name) do
      nil -> false
      bytes -> bytes |> all(:gif) |> elem(1) |> Moving.told(:gif) |> length() == 3
    end
  end

  defp frames(:gif), do: Moving.gif(3)

  defp frames(:webp) do
    pictures = for n <- 1..3, do: Picture.plain(40, 30, <<n * 70, 9, 9>>)
    pictures |> Enum.map(&{&1, 90}) |> Moving.img2webp(0)
  end

  defp frames(:tiff), do: Moving.tiffcp(List.duplicate(Picture.smooth(40, 30), 3))

  defp frames(:pdf) do
    Outside.convert(@drawing, "rsvg-convert", &["-f", "pdf", "-o", &2, &1, &1, &1])
  end

  defp frames(:jxl) do
    three = ~w[-delay 9 ( +clone -negate ) ( +clone -flip )]

    Picture.smooth(40, 30)
    |> Outside.make(:gif, three)
    |> Outside.convert("cjxl", &[&1, &2], {".gif", ".jxl"})
  end

  defp frames(_), do: nil

  defp writes_frames?(name) do
    case Moving.gif(3) |> all(name) do
      {1, bytes} -> read(bytes, name) == nil
      {3, bytes} -> length(Moving.shown(bytes, name)) == 3
    end
  end

  defp all(bytes, format) do
    image = Thumbelina.from_binary(bytes, frames: :all, formats: :all)
    {:ok, %{source: {:binary, made}, stats: stats}} = Thumbelina.run(image, format: format)
    {stats.frames_out, made}
  end

  # Of a GIF no more than 256 colours are asked for.
  defp exact(:gif),
    do: Picture.new(40, 30, 3, fn x, y -> <<rem(x, 16) * 17, 7, rem(y, 16) * 17>> end)

  defp exact(_), do: Picture.noise(40, 30)

  defp reads_all?(name) when name in [:svg, :pdf, :bmp], do: false

  defp reads_all?(name) do
    rgb(decode(Outside.make(exact(name), name, lossless(name)))) == exact(name)
  end

  defp lossless(:jpeg), do: ~w(-quality 100 -sampling-factor 4:4:4)
  defp lossless(:webp), do: ~w(-define webp:lossless=true)
  defp lossless(:gif), do: ~w(+dither)
  defp lossless(:jxl), do: ~w(-d 0)
  defp lossless(n) when n in [:avif, :heif], do: ~w(-L -p chroma=444 --matrix_coefficients=0)
  defp lossless(_), do: []

  defp writes_all?(name) do
    name |> written(exact(name), best(name)) |> read(name) |> rgb() == exact(name)
  end

  # As near as each can come.
  defp best(:jpeg), do: [quality: 100, chroma: 444]
  defp best(n) when n in [:avif, :heif], do: [quality: 100, chroma: 444]
  defp best(n) when n in [:webp, :jxl, :jp2], do: [lossless: true]
  defp best(:gif), do: [dither: 0]
  defp best(_), do: []

  # Left half clear, right half not.
  defp clear do
    Picture.new(40, 30, 4, fn x, _ -> <<200, 100, 50, if(x < 20, do: 0, else: 255)>> end)
  end

  defp reads_alpha?(name) do
    case name do
      :svg -> @drawing |> decode() |> clear_below?()
      :pdf -> :pdf |> plain() |> decode() |> clear_below?()
      :bmp -> clear() |> Outside.make(:bmp3) |> decode() |> clear?()
      name -> clear() |> Outside.make(name) |> decode() |> clear?()
    end
  end

  defp clear_below?(p), do: match?(<<_, _, _, 0>>, Picture.at(p, 20, 25))
  defp writes_alpha?(name), do: name |> written(clear()) |> read(name, 4) |> clear?()

  defp clear?(%{channels: 4} = p) do
    <<_, _, _, left>> = Picture.at(p, 5, 10)
    <<_, _, _, right>> = Picture.at(p, 35, 10)
    left < 10 and right > 245
  end

  defp clear?(_), do: false

  # The profile swaps red and green, so it is seen whether it was applied.
  defp reads_icc?(name) when name in [:svg, :pdf, :bmp], do: false
  defp reads_icc?(name), do: name |> with_profile() |> decode() |> near?(swapped())

  # Both: the pixels are as they were, and others see them by the profile.
  defp writes_icc?(name) do
    kept = written(name, with_profile(:png), keep: [:icc])
    near?(read(kept, name), Picture.smooth(40, 30)) and near?(Outside.seen(kept, name), swapped())
  end

  defp with_profile(:png) do
    chunk = {"iCCP", "name\0\0" <> :zlib.compress(Profile.swapped())}
    Picture.smooth(40, 30) |> PNG.encode(chunks: [chunk])
  end

  # opj_compress leaves it out: the box that names sRGB becomes one that holds a profile.
  defp with_profile(:jp2) do
    profile = Profile.swapped()
    bytes = Outside.make(with_profile(:png), :jp2)
    [before, <<size::32, "jp2h", rest::binary>>] = split(bytes, "jp2h")
    [head, <<15::32, "colr", 1, 0, 0, 16::32, behind::binary>>] = split(rest, "colr")
    more = byte_size(profile) - 4
    box = [<<15 + more::32, "colr", 2, 0, 0>>, profile]
    IO.iodata_to_binary([before, <<size + more::32, "jp2h">>, head, box, behind])
  end

  defp with_profile(name), do: Outside.make(with_profile(:png), name)

  # At the size of the box of that name.
  defp split(bytes, name) do
    {at, _} = :binary.match(bytes, name)
    <<before::binary-size(at - 4), box::binary>> = bytes
    [before, box]
  end

  defp swapped do
    p = Picture.smooth(40, 30)
    %{p | pixels: for(<<r, g, b <- p.pixels>>, into: <<>>, do: <<g, r, b>>)}
  end

  defp written(name, picture, opts \\ []) do
    picture |> png() |> Thumbelina.from_binary() |> Thumbelina.to_binary!(name, opts)
  rescue
    _ in [ArgumentError, Thumbelina.Error] -> nil
  end

  defp png(%Picture{} = picture), do: PNG.encode(picture)
  defp png(bytes), do: bytes

  defp read(bytes, name, channels \\ 3)
  defp read(nil, _, _), do: nil
  defp read(bytes, name, channels), do: Outside.read(bytes, name, channels)

  # nil where it is not read.
  defp decode(bytes) do
    case bytes |> Thumbelina.from_binary(formats: :all) |> Thumbelina.to_binary(:png) do
      {:ok, png} -> PNG.decode(png)
      {:error, %{code: :unsupported}} -> nil
    end
  end

  defp rgb(%{channels: 4} = p) do
    %{p | channels: 3, pixels: for(<<rgb::binary-3, _ <- p.pixels>>, into: <<>>, do: rgb)}
  end

  defp rgb(p), do: p
  defp near?(nil, _), do: false
  defp near?(a, b), do: Picture.psnr(rgb(a), rgb(b)) > 30
end
