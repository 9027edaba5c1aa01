defmodule Thumbelina.ResamplingTest do
  use ExUnit.Case, async: true

  alias Thumbelina.Test.{Outside, Picture, PNG}

  # Pillow rounds to 8 bits between its two passes; that is most of the difference.
  @sizes [{240, 160, 60, 40}, {240, 160, 101, 99}, {97, 131, 60, 130}, {60, 40, 240, 160}] ++
           [{97, 61, 100, 200}]

  defp resize(picture, width, height, kernel) do
    picture
    |> PNG.encode()
    |> Thumbelina.from_binary()
    |> Thumbelina.resize(width, height, fit: :fill, kernel: kernel)
    |> Thumbelina.to_binary!(:png)
    |> PNG.decode()
  end

  @tag :pillow
  test "pictures are resized as Pillow resizes them" do
    for {kernel, channels} <- [lanczos3: 3, linear: 1],
        {width, height, to_width, to_height} <- @sizes do
      picture = Picture.scene(width, height, channels)
      ours = resize(picture, to_width, to_height, kernel)
      theirs = Outside.resize(picture, to_width, to_height, kernel)
      assert Picture.psnr(ours, theirs) > 50
      assert Picture.distance(ours, theirs) <= 2
    end
  end
end
