defmodule Thumbelina.WarningsTest do
  use ExUnit.Case, async: true

  import ExUnit.CaptureLog
  import Thumbelina.Test.Hostile, only: [tiff: 2]
  alias Thumbelina.Test.Samples

  defp long_exif do
    <<0xFF, 0xD8, rest::binary>> = Samples.smooth(:jpeg, 40, 30)
    exif = "Exif\0\0MM\0*\0\0\xFF\xFF and so on"
    <<0xFF, 0xD8, 0xFF, 0xE1, byte_size(exif) + 2::16, exif::binary, rest::binary>>
  end

  test "what a job is warned of is in the image, and in the log with the name of its source" do
    path = Path.join(System.tmp_dir!(), "thumbelina_warns_#{System.pid()}.jpg")
    File.write!(path, long_exif())
    on_exit(fn -> File.rm(path) end)

    for {source, name} <- [{path, inspect(path)}, {[long_exif()], "chunks"}] do
      image = Thumbelina.open(source)

      log =
        capture_log(fn ->
          {:ok, made} = Thumbelina.run(image, keep: [:exif])
          send(self(), made.warnings)
        end)

      assert_received [warning]
      assert log =~ "Thumbelina: #{name}: #{warning}"

      assert capture_log(fn -> image |> Thumbelina.stream!(keep: [:exif]) |> Stream.run() end) =~
               warning
    end

    refute capture_log(fn -> Thumbelina.run!(Thumbelina.open(path)) end) =~ path
  end

  # A JPEG whose ICC profile is none.
  defp bad_profile do
    <<0xFF, 0xD8, rest::binary>> = Samples.smooth(:jpeg, 40, 30)
    profile = "ICC_PROFILE\0" <> <<1, 1>> <> String.duplicate("junk", 50)
    <<0xFF, 0xD8, 0xFF, 0xE2, byte_size(profile) + 2::16, profile::binary, rest::binary>>
  end

  test "what may be about an overlay is not said of the picture below alone" do
    path = Path.join(System.tmp_dir!(), "thumbelina_below_#{System.pid()}.jpg")
    File.write!(path, Samples.smooth(:jpeg, 80, 60))
    on_exit(fn -> File.rm(path) end)
    image = path |> Thumbelina.open() |> Thumbelina.composite([bad_profile()])
    {[warning], log} = with_log(fn -> Thumbelina.run!(image).warnings end)
    assert log =~ "Thumbelina: #{inspect(path)} or what is laid on it: #{warning}"
    refute log =~ "#{inspect(path)}: "

    log = capture_log(fn -> image |> Thumbelina.stream!(:png) |> Stream.run() end)
    assert log =~ "or what is laid on it: #{warning}"
  end

  @tag :foreign
  test "drawn text is named by its first words" do
    text = "Hello, " <> String.duplicate("world, ", 100)
    image = text |> Thumbelina.from_text(size: 10) |> Thumbelina.composite([bad_profile()])
    {{:ok, made}, log} = with_log(fn -> Thumbelina.run(image, format: :png) end)
    assert [warning] = made.warnings
    assert log =~ ~r/the text "Hello, world, .*\.\.\. or what is laid on it: /
    assert log =~ warning
    refute log =~ text
  end

  # A TIFF with a field that nobody knows: libtiff names it.
  @tag :foreign
  test "libvips' warnings are those of the job, and of no other" do
    at = 8 + 2 + 10 * 12 + 4

    sizes = [
      {256, 8},
      {257, 8},
      {258, 8},
      {259, 1},
      {262, 1},
      {273, at},
      {277, 1},
      {278, 8},
      {279, 64}
    ]

    odd = fn tag -> tiff(for({t, v} <- sizes ++ [{tag, 7}], do: {t, 4, 1, v}), 0) end

    warnings = fn tag ->
      {:ok, made} =
        odd.(tag) |> Thumbelina.from_binary(formats: :all) |> Thumbelina.run(format: :png)

      made.warnings
    end

    log =
      capture_log(fn ->
        for {tag, said} <-
              Task.async_stream(60_000..60_039, &{&1, warnings.(&1)}, max_concurrency: 8)
              |> Enum.map(&elem(&1, 1)) do
          assert [warning] = said
          assert warning =~ ~r/^tiff: .*#{tag}/
        end
      end)

    for tag <- 60_000..60_039, do: assert(log =~ ~r/Thumbelina: \d+ bytes: tiff: .*#{tag}/)
  end
end
