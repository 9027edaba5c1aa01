defmodule Thumbelina.LargeFileTest do
  use ExUnit.Case, async: true

  alias Thumbelina.Error
  alias Thumbelina.Test.{Adam7, Picture, PNG}

  # From here on a file is looked at before it is read.
  @large 1_048_576

  setup_all do
    dir = Path.join(System.tmp_dir!(), "thumbelina-large-#{System.unique_integer([:positive])}")
    File.mkdir_p!(dir)
    on_exit(fn -> File.rm_rf!(dir) end)

    noise = Picture.noise(700, 600)
    png = PNG.encode(noise)

    made = fn size, format, opts ->
      png |> Thumbelina.from_binary() |> Thumbelina.resize(size) |> to_binary!(format, opts)
    end

    [
      path: Path.join(dir, "file"),
      files: %{
        png: png,
        interlaced: Adam7.encode(noise),
        jpeg: made.("1400x1200", :jpeg, quality: 97, keep: [:exif]),
        progressive: made.("1400x1200", :jpeg, quality: 97, progressive: true),
        webp: made.("700x600", :webp, lossless: true, method: 0)
      }
    ]
  end

  defp to_binary!(image, format, opts), do: Thumbelina.to_binary!(image, format, opts)

  # What comes of the bytes: the same must come of a file that holds them.
  defp outcome(image, opts) do
    with {:error, %Error{} = error} <- Thumbelina.to_binary(image, opts),
         do: {error.code, error.stage, error.message}
  end

  defp assert_alike(path, bytes, fun, opts) do
    File.write!(path, bytes)
    from_file = path |> Thumbelina.open(opts[:open] || []) |> fun.()
    from_bytes = bytes |> Thumbelina.from_binary(opts[:open] || []) |> fun.()
    opts = Keyword.delete(opts, :open)
    assert outcome(from_file, opts) == outcome(from_bytes, opts)
  end

  defp jobs do
    [
      {&Thumbelina.thumbnail(&1, 100), format: :jpeg},
      {&Thumbelina.crop(&1, 90, 80, gravity: :north_west), format: :png},
      {&(&1 |> Thumbelina.rotate(90) |> Thumbelina.thumbnail(80)),
       format: :webp, keep: [:icc, :exif, :xmp]},
      {&(&1 |> Thumbelina.normalise() |> Thumbelina.thumbnail(60)), format: :png},
      {&(&1 |> Thumbelina.thumbnail(60) |> Thumbelina.trim()), format: :png}
    ]
  end

  test "a large file gives what its bytes give", %{path: path, files: files} do
    for {_, bytes} <- files, {fun, opts} <- jobs() do
      assert byte_size(bytes) > @large
      assert_alike(path, bytes, fun, opts)
    end
  end

  test "and the same errors: cut short, damaged, refused", %{path: path, files: files} do
    thumbnail = &Thumbelina.thumbnail(&1, 100)

    for {_, bytes} <- files, part <- [0.4] do
      at = trunc(byte_size(bytes) * part)
      short = binary_part(bytes, 0, at)
      rest = binary_part(bytes, at + 200, byte_size(bytes) - at - 200)

      for open <- [[], [on_truncated: :keep], [max_pixels: 1000]],
          do: assert_alike(path, short, thumbnail, format: :jpeg, open: open)

      assert_alike(path, short <> :binary.copy(<<0xA5>>, 200) <> rest, thumbnail, format: :png)
      assert_alike(path, bytes <> short, thumbnail, format: :png)
    end
  end

  test "several results, and what is laid on, read in passing or twice", context do
    %{path: path, files: files} = context
    File.write!(path, files.png)
    overlay = path |> Thumbelina.open() |> Thumbelina.trim() |> Thumbelina.thumbnail(30)

    wanted = [small: &Thumbelina.thumbnail(&1, 50), level: &Thumbelina.normalise/1]

    [from_file, from_bytes] =
      for source <- [Thumbelina.open(path), Thumbelina.from_binary(files.png)] do
        made = Thumbelina.variants!(source, wanted, format: :png)
        for {_, image} <- made, do: Thumbelina.to_binary!(image, :same)
      end

    assert from_file == from_bytes
    assert_alike(path, files.png, &Thumbelina.composite(&1, overlay), format: :png)
  end
end
