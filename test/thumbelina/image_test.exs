defmodule Thumbelina.ImageTest do
  use ExUnit.Case, async: true
  doctest Thumbelina.Image
  alias Thumbelina.Test.Samples

  defp every_operation(image) do
    image
    |> Thumbelina.resize("x300", kernel: :mitchell, enlarge: false)
    |> Thumbelina.thumbnail(100, 80, fit: :contain, background: "#01020304")
    |> Thumbelina.crop(1, 2, 30, 40)
    |> Thumbelina.crop("20x10", gravity: :south_east)
    |> Thumbelina.flip(:vertical)
    |> Thumbelina.rotate(450)
    |> Thumbelina.blur(0.5)
    |> Thumbelina.greyscale()
    |> Thumbelina.brighten(-9)
    |> Thumbelina.encode(:jpg, chroma: 444, progressive: true)
  end

  test "what is printed makes the same image again" do
    for image <- [
          Thumbelina.open("cat.jpg"),
          Thumbelina.open(~s(a "strange" \#{name}\n.jpg)),
          Thumbelina.open(<<"latin-", 0xE9, ".jpg">>),
          Thumbelina.open("cat.jpg",
            formats: [:jpeg],
            max_bytes: :infinity,
            orient: true,
            on_truncated: :keep
          ),
          Thumbelina.open("cat.jpg", unlimited: true, max_pixels: 9, frames: 0),
          Thumbelina.from_binary("GIF89a"),
          every_operation(Thumbelina.open("cat.jpg")),
          Thumbelina.open("cat.jpg") |> Thumbelina.modulate(hue: 0)
        ],
        pretty <- [false, true] do
      {again, _} = Code.eval_string(inspect(image, pretty: pretty, width: 40))
      assert again == image
    end
  end

  test "a result is printed in short: that no limit holds for it is one word" do
    path = Path.join(System.tmp_dir!(), "printed-#{System.unique_integer([:positive])}.png")
    on_exit(fn -> File.rm(path) end)
    image = Thumbelina.from_binary(Samples.smooth(:png, 8, 6)) |> Thumbelina.write!(path)

    assert inspect(image) ==
             ~s|Thumbelina.open("#{path}", formats: [:png], unlimited: true, frames: 0)|

    {again, _} = Code.eval_string(inspect(image))
    assert again == Thumbelina.Image.pending(image)
    assert inspect(Thumbelina.open(image, max_side: 9)) =~ "max_side: 9, unlimited: true,"
  end

  test "long bytes are printed in part" do
    assert inspect(Thumbelina.from_binary(:binary.copy(<<7>>, 1_000_000))) ==
             "Thumbelina.from_binary(<<7, 7, 7, 7, 7, 7, 7, 7, ...>>)"
  end

  test "a long chain has a line for each step where there is no room" do
    image = Thumbelina.open("cat.jpg") |> Thumbelina.resize(400) |> Thumbelina.blur(1)

    assert inspect(image, pretty: true, width: 40) == """
           Thumbelina.open("cat.jpg")
           |> Thumbelina.resize(width: 400)
           |> Thumbelina.blur(1.0)\
           """
  end

  test "it can be sent as a term and compared" do
    image = every_operation(Thumbelina.open("cat.jpg", max_side: 9))
    assert image |> :erlang.term_to_binary() |> :erlang.binary_to_term() == image
    assert image == every_operation(Thumbelina.open("cat.jpg", max_side: 9))
    assert image != every_operation(Thumbelina.open("dog.jpg", max_side: 9))
  end
end
