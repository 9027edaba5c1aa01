defmodule Thumbelina.Test.HashTest do
  @moduledoc "The judges of hashes, judged: by the formats' own packages, and by what they give back."
  use ExUnit.Case, async: true

  import Bitwise
  alias Thumbelina.Test.{BlurHash, Picture, ThumbHash}

  # The rough pictures of test/c/looking.h, so that the same hashes can be expected.
  defp rough(width, height, channels, opaque?) do
    Picture.new(width, height, channels, fn x, y ->
      for k <- 0..(channels - 1), into: <<>> do
        if k == 3 and opaque?,
          do: <<255>>,
          else: <<bxor(x * 7919 + y * 104_729 + k * 1_299_709, x * y * 31) >>> 3>>
      end
    end)
  end

  test "ThumbHash is that of the npm package, version 0.1.1" do
    for {width, height, opaque?, hash} <- [
          {64, 48, true, "1ff80105827a68279a96b86a995646709001fe451d"},
          {11, 13, false, "9f18820c021765024522573b089e5356b0441e8d976586df0a"},
          {37, 100, false, "df2882020007c289cef544577780acf8f93444a81976a7"}
        ] do
      assert rough(width, height, 4, opaque?) |> ThumbHash.encode() |> Base.encode16(case: :lower) ==
               hash
    end
  end

  test "BlurHash is that of the npm package, version 2.0.5" do
    for {width, height, across, down, hash} <- [
          {64, 48, 4, 3, "L2HVI^{sKv[~.mziL7vqPxREP4sm"},
          {11, 13, 4, 3, "LDHLxYu6o?.ky,Zr#PGhBUGGf{L7"},
          {37, 100, 5, 1, "43Hewb-?rf*Fnp"},
          {5, 2, 1, 1, "00Hn5s"}
        ] do
      assert rough(width, height, 3, true) |> BlurHash.encode(across, down) == hash
    end
  end

  test "a picture comes back from its hash, roughly" do
    for {width, height} <- [{64, 48}, {30, 90}, {50, 50}] do
      picture = Picture.smooth(width, height, 4)
      back = picture |> ThumbHash.encode() |> ThumbHash.decode()
      assert max(back.width, back.height) == 32
      assert_in_delta back.width / back.height, width / height, 0.25 * width / height
      assert distance(picture, back, 3) < 20
      assert distance(Picture.flip(picture, :vertical), back, 3) > 40

      rgb = Picture.smooth(width, height, 3)
      back = rgb |> BlurHash.encode(4, 4) |> BlurHash.decode(width, height)
      assert distance(rgb, back, 3) < 20
      assert distance(Picture.flip(rgb, :horizontal), back, 3) > 40
    end
  end

  # The mean difference of colours at the same part of both.
  defp distance(a, b, channels) do
    differences =
      for y <- 0..9, x <- 0..9, k <- 0..(channels - 1) do
        [p, q] = for i <- [a, b], do: Picture.at(i, div(x * i.width, 10), div(y * i.height, 10))
        abs(:binary.at(p, k) - :binary.at(q, k))
      end

    Enum.sum(differences) / length(differences)
  end
end
