defmodule Thumbelina.StatsTest do
  use ExUnit.Case, async: true

  alias Thumbelina.{Image, Stats}
  alias Thumbelina.Test.{Picture, PNG, Samples}

  defp run(bytes, opts) do
    %Image{stats: %Stats{} = stats} =
      bytes |> Thumbelina.from_binary() |> Thumbelina.resize(80) |> Thumbelina.run!(opts)

    stats
  end

  test "the result says what went in and what came out" do
    bytes = Samples.smooth(:jpeg, 320, 240)

    {:ok, image} =
      bytes |> Thumbelina.from_binary() |> Thumbelina.resize(40) |> Thumbelina.run(format: :png)

    stats = image.stats

    assert {:binary, out} = image.source
    assert {stats.bytes_in, stats.bytes_out} == {byte_size(bytes), byte_size(out)}
    assert {stats.format, stats.width, stats.height} == {:jpeg, 320, 240}
    assert {stats.format_out, stats.width_out, stats.height_out} == {:png, 40, 30}
    assert {image.format, image.width, image.height} == {:png, 40, 30}
    assert {stats.decoded_width, stats.decoded_height} == {80, 60}
    assert stats.peak_bytes > 0
    assert stats.cpu > 0 and stats.wall > 0
    assert stats.slice_histogram == nil and stats.blocked == nil
  end

  test "the parts of a job's time are less than the whole" do
    picture = PNG.encode(Picture.noise(600, 400)) |> Thumbelina.from_binary()

    stats =
      Thumbelina.run!(picture,
        format: :jpeg,
        quality: 71,
        lane: :yield,
        slice: 100,
        timeout: 60_000
      ).stats

    assert stats.quality_out == 71
    assert {stats.frames, stats.frames_out, stats.hops} == {1, 1, 0}
    assert stats.slices in 5..100_000
    assert 0 < stats.longest_slice and stats.longest_slice < stats.cpu
    assert stats.cpu < stats.slices * stats.longest_slice
    assert 0 < stats.queue and stats.queue < stats.wall
    assert stats.longest_slice < stats.wall and stats.cpu + stats.queue < 1.1 * stats.wall
    assert stats.peak_bytes > 10 * stats.slices
  end

  test "a picture that is turned has its size upright" do
    stats = :jpeg |> Samples.smooth(40, 30) |> Samples.oriented(6) |> run([])
    assert {stats.width, stats.height} == {30, 40}
  end

  test "it says where the job ran" do
    # Of some tries: a machine may have other things to do.
    small = Thumbelina.from_binary(Samples.smooth(:png, 8, 8))

    assert Enum.any?(1..100, fn _ ->
             stats = Thumbelina.run!(small, slice: 10_000).stats
             match?(%{lane: :inline, slices: 1, hops: 0}, stats)
           end)

    # Some milliseconds: a slice of 0.1 ms may turn out to be one of 0.5.
    large = PNG.encode(Picture.noise(1600, 1200))
    yielding = run(large, lane: :yield, slice: 100)
    assert %{lane: :yield, hops: 0} = yielding
    assert yielding.slices > 3
    assert %{lane: lane} = run(large, lane: :dirty)
    assert lane in [:dirty, :mixed]
  end

  test "slices are counted by length where it is asked for" do
    stats = run(PNG.encode(Picture.noise(600, 400)), lane: :yield, measure: true)
    assert Enum.sort(Map.keys(stats.slice_histogram)) == [:more, :ms_1, :ms_5, :us_250, :us_500]
    assert Enum.sum(Map.values(stats.slice_histogram)) == stats.slices
    assert is_integer(stats.blocked)
  end

  test "a failed job says what it had cost" do
    png = PNG.encode(Picture.noise(300, 200))

    {:error, error} =
      Thumbelina.run(Thumbelina.from_binary(binary_part(png, 0, div(byte_size(png), 2))))

    assert %Stats{bytes_in: bytes_in} = error.stats
    assert bytes_in == div(byte_size(png), 2)
  end
end
