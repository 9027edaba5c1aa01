defmodule Thumbelina.MaxBytesTest do
  use ExUnit.Case, async: true

  alias Thumbelina.Test.{Picture, Samples}

  defp image(width \\ 160, height \\ 120) do
    Picture.noise(width, height) |> Samples.image() |> Thumbelina.blur(0.7)
  end

  defp size(image, format, opts), do: byte_size(Thumbelina.to_binary!(image, format, opts))

  test "the file fits, at one quality more it would not, and it is that of its quality" do
    for {format, opts} <- [
          jpeg: [progressive: true],
          jpeg: [chroma: 444, quality: 90],
          webp: [method: 2],
          webp: [quality: 100]
        ],
        image <- [image(), Thumbelina.resize(image(), 37)] do
      top = Keyword.get(opts, :quality, 80)
      least = size(image, format, Keyword.put(opts, :quality, 1))
      most = size(image, format, opts)

      for part <- [0.0, 0.1, 0.3, 0.6, 0.99, 1.0] do
        limit = least + round(part * (most - least))
        opts = [max_bytes: limit, format: format] ++ opts
        assert {:ok, made} = Thumbelina.run(image, opts)
        quality = made.stats.quality_out
        assert made.stats.bytes_out <= limit and quality in 1..top
        plain = opts |> Keyword.drop([:max_bytes, :format]) |> Keyword.put(:quality, quality)
        {:binary, bytes} = made.source
        assert bytes == Thumbelina.to_binary!(image, format, plain)

        if quality < top do
          assert size(image, format, Keyword.put(plain, :quality, quality + 1)) > limit
        end
      end
    end
  end

  test "on the planes of a JPEG, too" do
    image = Picture.smooth(640, 480) |> Samples.bytes(:jpeg) |> Thumbelina.from_binary()
    small = image |> Thumbelina.resize(300) |> Thumbelina.rotate(90)
    assert Thumbelina.explain!(small, max_bytes: 3_000).planes

    {:ok, made} = Thumbelina.run(small, max_bytes: 3_000, quality: 95)
    {:binary, bytes} = made.source
    assert bytes == Thumbelina.to_binary!(small, quality: made.stats.quality_out)
    assert size(small, :jpeg, quality: made.stats.quality_out + 1) > 3_000
  end

  test "the lane does not show in the bytes" do
    for format <- [:jpeg, :webp] do
      bytes = for lane <- [:yield, :dirty, :auto], do: squeezed(format, lane: lane)
      assert [one] = Enum.uniq(bytes)
      assert one == squeezed(format, lane: :yield, slice: 20)
    end
  end

  defp squeezed(format, opts),
    do: Thumbelina.to_binary!(image(), format, [{:max_bytes, 5000} | opts])

  test "on normal schedulers it is sliced as all else is" do
    {:ok, made} = Thumbelina.run(image(400, 300), format: :jpeg, max_bytes: 20_000, lane: :yield)
    assert made.stats.slices > 5
    assert made.stats.longest_slice < 5_000
  end

  test "what cannot fit says so, and what would help" do
    assert {:error, error} = Thumbelina.run(image(), format: :jpeg, max_bytes: 600)
    assert {error.code, error.stage} == {:limit, :jpeg}
    assert error.message =~ "even at quality 1 the file is longer than 600 bytes (max_bytes)"
    assert_raise Thumbelina.Error, fn -> Thumbelina.write!(image(), "x.jpg", max_bytes: 600) end
    refute File.exists?("x.jpg")

    assert_raise Thumbelina.Error, ~r/max_bytes/, fn ->
      image() |> Thumbelina.stream!(:jpeg, max_bytes: 600) |> Enum.to_list()
    end
  end

  test "what has no quality fits or does not" do
    bytes = Thumbelina.to_binary!(image(), :webp, lossless: true)
    limit = byte_size(bytes)
    assert Thumbelina.to_binary!(image(), :webp, lossless: true, max_bytes: limit) == bytes

    assert {:error, %{code: :limit, message: message}} =
             Thumbelina.run(image(), format: :webp, lossless: true, max_bytes: limit - 1)

    assert message =~ "no quality"
    assert {:error, %{code: :limit}} = Thumbelina.run(image(), max_bytes: 1000)
    assert {:ok, %{format: :png, stats: stats}} = Thumbelina.run(image(), max_bytes: 1_000_000)
    assert stats.quality_out == nil

    assert_raise ArgumentError, ~r/unknown option max_bytes/, fn ->
      Thumbelina.encode(image(), :png, max_bytes: 1000)
    end
  end

  test "of several results only the one that cannot fit fails" do
    wanted = [
      large: &Thumbelina.encode(&1, :jpeg, max_bytes: 300),
      small: &(&1 |> Thumbelina.resize(20) |> Thumbelina.encode(:jpeg, max_bytes: 700)),
      png: &Thumbelina.encode(&1, :png)
    ]

    {:ok, made} = Thumbelina.variants(image(), wanted)
    assert {:error, %{code: :limit}} = made.large
    assert {:ok, %{stats: %{bytes_out: bytes}}} = made.small
    assert bytes <= 700
    assert {:ok, %{format: :png}} = made.png

    assert {:error, %{code: :limit}} =
             Thumbelina.variants(image(), Keyword.take(wanted, [:large]))
  end

  test "streamed, it is the same file" do
    image = image()
    bytes = Thumbelina.to_binary!(image, :jpeg, max_bytes: 5000)
    assert image |> Thumbelina.stream!(:jpeg, max_bytes: 5000) |> Enum.join() == bytes
  end

  test "the estimate counts the tries, the kept pixels count as memory" do
    plain = Thumbelina.explain!(image(), format: :webp)
    squeezed = Thumbelina.explain!(image(), format: :webp, max_bytes: 5000)
    assert squeezed.cpu > 3 * plain.cpu
    more = fn opts -> Thumbelina.run!(image(), [{:format, :webp} | opts]).stats.peak_bytes end
    assert squeezed.peak_bytes - plain.peak_bytes >= more.(max_bytes: 5000) - more.([])

    assert {:error, %{code: :limit}} =
             Picture.noise(900, 700)
             |> Samples.bytes(:png)
             |> Thumbelina.from_binary(max_memory: 1_500_000)
             |> Thumbelina.run(format: :jpeg, max_bytes: 100_000)
  end

  test "the input's limit is another one" do
    bytes = Picture.noise(50, 40) |> Samples.bytes(:png)
    image = Thumbelina.from_binary(bytes, max_bytes: byte_size(bytes))
    assert {:ok, made} = Thumbelina.run(image, format: :jpeg, max_bytes: 1500)
    assert made.stats.bytes_out <= 1500
  end

  @tag :foreign
  test "AVIF" do
    limit = div(size(image(), :avif, quality: 80, effort: 1), 2)
    opts = [quality: 80, effort: 1, max_bytes: limit, format: :avif]
    {:ok, made} = Thumbelina.run(image(), opts)
    quality = made.stats.quality_out
    assert made.stats.bytes_out <= limit
    assert size(image(), :avif, quality: quality + 1, effort: 1) > limit
    {:binary, bytes} = made.source
    assert bytes == Thumbelina.to_binary!(image(), :avif, quality: quality, effort: 1)
  end

  @tag :foreign
  test "a caller that goes away in the midst of the tries leaves nothing behind" do
    image = Picture.noise(700, 600) |> Samples.image()
    {pid, ref} = spawn_monitor(fn -> Thumbelina.run(image, format: :avif, max_bytes: 20_000) end)
    Process.sleep(400)
    Process.exit(pid, :kill)
    assert_receive {:DOWN, ^ref, _, _, :killed}, 2_000

    assert {:error, %{code: :timeout}} =
             Thumbelina.run(image, format: :webp, method: 6, max_bytes: 20_000, timeout: 50)
  end
end
