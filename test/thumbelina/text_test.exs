defmodule Thumbelina.TextTest do
  use ExUnit.Case, async: true

  import Thumbelina.Test.Samples, only: [through: 2, pixels: 1]
  alias Thumbelina.{Error, Text}
  alias Thumbelina.Test.{Outside, Picture, PNG}

  @moduletag :foreign
  @font "DejaVu Sans"

  defp drawn(text, opts \\ []),
    do: text |> Thumbelina.from_text([font: @font] ++ opts) |> pixels()

  defp alpha(picture), do: for(<<_::24, a <- picture.pixels>>, into: <<>>, do: <<a>>)
  defp colours(picture), do: for(<<rgb::24, a <- picture.pixels>>, a > 0, uniq: true, do: rgb)

  # The mask that the program of libvips makes of a text in Pango's markup.
  defp mask(markup, args) do
    "not read"
    |> Outside.convert("vips", fn _, to -> ["text", to, markup] ++ args end, {".in", ".png"})
    |> PNG.decode()
  end

  defp assert_mask(picture, mask) do
    assert {picture.width, picture.height, picture.channels} == {mask.width, mask.height, 4}
    assert alpha(picture) == mask.pixels
  end

  test "letters are those of libvips, to the pixel" do
    assert_mask(drawn("Hamburgefonts"), mask("Hamburgefonts", ["--font", @font <> " 32"]))

    assert_mask(
      drawn("Ein Satz,\nzwei Zeilen: schön", size: 17.5, align: :right, spacing: 5, dpi: 100),
      mask("Ein Satz,\nzwei Zeilen: schön", [
        "--font",
        @font <> " 17.5",
        "--align",
        "high",
        "--spacing",
        "5",
        "--dpi",
        "100"
      ])
    )

    long = String.duplicate("words and words ", 9)
    args = ["--font", "DejaVu Serif Bold 20", "--width", "150", "--align", "centre", "--justify"]
    opts = [font: "DejaVu Serif Bold", size: 20, width: 150, align: :center, justify: true]
    assert_mask(drawn_with(long, opts), mask(long, args ++ ["--wrap", "word-char"]))
  end

  defp drawn_with(text, opts), do: text |> Thumbelina.from_text(opts) |> pixels()

  test "what would be markup is shown" do
    text = ~s|<b>&amp; "x" 'y' </b> &#65; <span|
    escaped = ~s|&lt;b&gt;&amp;amp; "x" 'y' &lt;/b&gt; &amp;#65; &lt;span|
    assert_mask(drawn(text), mask(escaped, ["--font", @font <> " 32"]))
    assert drawn("<b>bold</b>").width > drawn("bold").width
  end

  test "scripts run their own way, and marks make no letters" do
    assert_mask(drawn("abc שלום"), mask("abc שלום", ["--font", @font <> " 32"]))
    assert drawn("\u202Eabc") != drawn("abc")
    assert drawn("\u202Eaba\u202C").width == drawn("aba").width
    assert drawn("e\u0301") == drawn("é")
    assert drawn("a\r\nb") == drawn("a\nb")
  end

  test "all letters are of one colour, exactly" do
    for {colour, rgb, a} <- [
          {"#c02040", 0xC02040, 255},
          {{1, 2, 3}, 0x010203, 255},
          {:white, 0xFFFFFF, 255},
          {{9, 8, 7, 100}, 0x090807, 100}
        ] do
      picture = drawn("Colour", colour: colour)
      assert colours(picture) == [rgb]
      mask = alpha(drawn("Colour"))

      assert for(<<m <- mask>>, do: round(m * a / 255)) ==
               for(<<seen <- alpha(picture)>>, do: seen)
    end

    assert colours(drawn("Colour")) == [0]
  end

  test "lines are broken where they would be too long, in words if they must" do
    for width <- [60, 150, 400] do
      text = "A few words, and Donaudampfschifffahrtsgesellschaft, " <> String.duplicate("m", 40)
      picture = drawn(text, size: 16, width: width)
      assert picture.width <= width and picture.height > drawn(text, size: 16).height
    end
  end

  test "a shadow is the text once more, moved, below it" do
    # Sharp: what is to be seen can be told for every pixel.
    text = drawn("Shadow", size: 40)

    for {x, y} <- [{3, 2}, {-4, 5}, {0, 0}, {-60, -50}], opacity <- [1, 0.5] do
      shadow = [x: x, y: y, blur: 0, colour: "#0000ff", opacity: opacity]
      both = drawn("Shadow", size: 40, colour: "#ff0000", shadow: shadow)
      {left, top} = {max(0, -x), max(0, -y)}
      assert {both.width, both.height} == {text.width + abs(x), text.height + abs(y)}

      at = fn px, py ->
        if px in 0..(text.width - 1) and py in 0..(text.height - 1),
          do: :binary.at(Picture.at(text, px, py), 3) / 255,
          else: 0.0
      end

      for py <- 0..(both.height - 1), px <- 0..(both.width - 1) do
        over = at.(px - left, py - top)
        under = round(at.(px - left - x, py - top - y) * round(255 * opacity)) / 255
        sum = over + under * (1 - over)
        <<r, g, b, a>> = Picture.at(both, px, py)
        assert abs(a - 255 * sum) <= 1 and g == 0
        if over == 1, do: assert({r, b} == {255, 0})
        if over == 0 and under > 0, do: assert({r, b} == {0, 255})
        if a > 64, do: assert(abs(r - 255 * over / sum) <= 3)
      end
    end
  end

  test "a soft shadow is wide, and as much in all" do
    light = fn picture -> picture |> alpha() |> :binary.bin_to_list() |> Enum.sum() end
    text = drawn("Soft", size: 60)
    clear = {0, 0, 0, 0}

    for blur <- [1, 4, 12] do
      opts = [size: 60, colour: clear, shadow: [x: 0, y: 0, blur: blur, opacity: 1]]
      soft = drawn("Soft", opts)
      assert soft.width == text.width + 6 * blur and soft.height == text.height + 6 * blur
      assert_in_delta light.(soft) / light.(text), 1, 0.05
    end
  end

  test "text/3 lays it on, with what is said of both" do
    base = Picture.plain(200, 80, <<10, 90, 30>>)
    how = [size: 30, font: @font, colour: :white, shadow: true]
    lie = [gravity: :south_east, x: 5, y: 4, opacity: 0.75]
    laid = through(base, &Thumbelina.text(&1, "on it", how ++ lie))
    overlay = Thumbelina.from_text("on it", how)
    assert laid == through(base, &Thumbelina.composite(&1, overlay, lie))
    assert laid != base and Picture.at(laid, 0, 0) == <<10, 90, 30>>

    solid = through(base, &Thumbelina.text(&1, "on it", font: @font, colour: "#fffefd"))
    assert solid.pixels =~ <<255, 254, 253>>
  end

  test "it is a picture as any other" do
    text = Thumbelina.from_text("picture", font: @font, size: 50)
    %{width: width, height: height} = whole = pixels(text)

    assert {:ok, %{format: :text, width: ^width, height: ^height, alpha: true}} =
             Thumbelina.info(text)

    assert {:ok, %{format: :png, width: ^width}} = Thumbelina.run(text)
    assert pixels(Thumbelina.rotate(text, 90)) == Picture.rotate(whole, 90)
    assert pixels(Thumbelina.crop(text, 1, 2, 30, 20)) == Picture.crop(whole, 1, 2, 30, 20)
    assert %{width: 50} = pixels(Thumbelina.resize(text, 50))
    assert {:ok, plan} = Thumbelina.explain(text)
    assert {plan.format, plan.format_out, plan.lane} == {:text, :png, :dirty}
    assert {:ok, %{bytes: bytes}} = Thumbelina.estimate(text)
    assert bytes > 4 * width * height

    # White where nothing is: JPEG has no alpha.
    jpeg = Outside.decode(Thumbelina.to_binary!(text, :jpeg, quality: 100), :jpeg)
    assert jpeg.pixels |> :binary.bin_to_list() |> Enum.max() > 250

    made = Thumbelina.variants!(text, a: & &1, b: &Thumbelina.resize(&1, 20))
    assert {made.a.width, made.b.width} == {width, 20}
  end

  test "the lane and neighbours do not show" do
    text = Thumbelina.from_text("same", size: 44, shadow: true)
    want = Thumbelina.to_binary!(text)
    for lane <- [:yield, :dirty], do: assert(Thumbelina.to_binary!(text, lane: lane) == want)
    tasks = for _ <- 1..6, do: Task.async(fn -> Thumbelina.to_binary!(text, threads: 3) end)
    assert Enum.all?(Task.await_many(tasks, 60_000), &(&1 == want))
  end

  test "no bytes from outside are ever taken for it" do
    {:text, text} = Thumbelina.from_text("secret").source
    bytes = Text.encoded(text)

    for source <- [
          Thumbelina.from_binary(bytes, formats: :all),
          Thumbelina.open([bytes], formats: :all),
          Thumbelina.open([binary_part(bytes, 0, 9), binary_part(bytes, 9, byte_size(bytes) - 9)])
        ] do
      assert {:error, %Error{code: :unsupported}} = Thumbelina.run(source, format: :png)
      assert {:error, %Error{code: :unsupported}} = Thumbelina.info(source)
    end

    assert_raise ArgumentError, fn -> Thumbelina.from_binary(bytes, formats: [:text]) end
  end

  test "what is too large is an error, and soon" do
    for {text, opts} <- [
          {"huge", [size: 2000, dpi: 1200]},
          {String.duplicate("long ", 1990), [size: 400, width: 30_000]},
          {String.duplicate("m", 10_000), [size: 32]},
          {String.duplicate("a\n", 5000), [size: 300]}
        ] do
      assert {:error, %Error{code: :limit, stage: :text, message: message}} =
               text |> Thumbelina.from_text(opts) |> Thumbelina.run()

      assert message =~ ~r/\(max_pixels\)|at width:/
    end

    small = Thumbelina.from_text("limits", size: 100)

    assert {:error, %Error{code: :limit} = error} =
             Thumbelina.run(Thumbelina.open(small, max_pixels: 2000))

    assert Exception.message(error) =~ "max_pixels"
    assert {:error, %Error{code: :limit}} = Thumbelina.run(Thumbelina.open(small, max_side: 200))

    assert {:error, %Error{code: :limit}} =
             Thumbelina.run(Thumbelina.open(small, max_memory: 100_000))
  end

  test "odd text is drawn, or is an error" do
    for text <- [
          "\u200B\u200E",
          "\uFFFE\uFFFF",
          "\u202E\u202D\u2066\u2067\u2068 x",
          "a" <> String.duplicate("\u0301", 3000),
          String.duplicate("\u{1F469}\u200D", 600) <> "\u{1F469}",
          String.duplicate("\t", 500) <> "x",
          String.duplicate("\n", 500) <> "x",
          String.duplicate("&<>", 3000),
          "\u{10FFFF}\u{E0001}\u0085\u2028x"
        ] do
      case text |> Thumbelina.from_text(width: 500, size: 9) |> Thumbelina.run() do
        {:ok, made} -> assert made.width > 0
        {:error, error} -> assert error.code in [:unsupported, :limit]
      end
    end

    # Pango has another one.
    assert {:ok, _} = Thumbelina.run(Thumbelina.from_text("x", font: "No Such Font, 12 @&<>%s%n"))
  end

  test "what cannot be meant is the caller's mistake" do
    for {text, opts, message} <- [
          {"", [], "there is nothing to be seen in \"\""},
          {" \n\u2003", [], "there is nothing to be seen in"},
          {"a\xFF", [], "the text is not UTF-8: "},
          {"\xED\xA0\x80", [], "the text is not UTF-8: "},
          {"a\0b", [], "no control characters are drawn but \\n and \\t"},
          {"a\e[1m", [], "no control characters"},
          {String.duplicate("a", 100_000), [], "of at most 10000 bytes is drawn, not of 100000"},
          {:text, [], "expected a text, not :text"},
          {"a", [size: 0], "size: must be a number from 1 to 2000, not 0"},
          {"a", [font: "a\nb"], "font: must be a name of at most 100 bytes"},
          {"a", [colour: "red"], "colour: must be {r, g, b}"},
          {"a", [shadow: :yes], "shadow: must be true, false, or a list of :x"},
          {"a", [sise: 3], "Did you mean :size?"}
        ] do
      assert %ArgumentError{message: said} = catch_error(Thumbelina.from_text(text, opts))
      assert said =~ "Thumbelina.from_text: " and said =~ message
    end

    assert_raise ArgumentError,
                 "Thumbelina.from_text: shadow: blur: must be a number from 0 to 100, not 200",
                 fn -> Thumbelina.from_text("a", shadow: [blur: 200]) end

    assert_raise ArgumentError, ~r/shadow: unknown option blurr: .*Did you mean :blur\?/, fn ->
      Thumbelina.from_text("a", shadow: [blurr: 1])
    end

    assert_raise ArgumentError, ~r/Thumbelina.text: .*Did you mean :gravity\?/, fn ->
      Thumbelina.text(Thumbelina.open("cat.jpg"), "a", gravty: :north)
    end
  end

  test "it is printed as it is written" do
    for code <- [
          ~s|Thumbelina.from_text("a \\"b\\"\\nc")|,
          ~s|Thumbelina.from_text("a", size: 9.0, colour: {1, 2, 3, 4}, align: :center, width: 50)|,
          ~s|Thumbelina.from_text("a", shadow: true)|,
          ~s|Thumbelina.from_text("a", shadow: [x: 1, opacity: 0.5]) \|> Thumbelina.open(max_pixels: 9)|,
          ~s|Thumbelina.open("a.jpg") \|> Thumbelina.composite(Thumbelina.from_text("a"), x: 5)|
        ] do
      {image, _} = Code.eval_string(code)
      assert inspect(image, width: :infinity) == code
    end

    image = Thumbelina.text(Thumbelina.open("a.jpg"), "a", x: 5)
    assert Code.eval_string(inspect(image)) |> elem(0) == image
  end
end
