defmodule Thumbelina.OutputTest do
  use ExUnit.Case, async: true

  alias Thumbelina.Output
  alias Thumbelina.Test.{Picture, PNG}

  test "an output holds all options of its format" do
    assert Output.new(nil, :jpg, [quality: 3], "here") ==
             {:jpeg,
              %{
                quality: 3,
                max_bytes: :infinity,
                progressive: false,
                optimize: false,
                chroma: 420,
                background: {255, 255, 255},
                keep: [],
                want: []
              }}

    assert Output.new(nil, :png, [], "here") ==
             {:png,
              %{
                level: 6,
                filter: :auto,
                palette: false,
                colours: 256,
                dither: 1.0,
                effort: 7,
                keep: [],
                want: []
              }}

    assert Output.new(nil, :webp, [], "here") ==
             {:webp,
              %{
                quality: 80,
                max_bytes: :infinity,
                method: 4,
                lossless: false,
                loop: nil,
                delay: nil,
                keep: [],
                want: []
              }}
  end

  test "of the same format only what is given changes, another format starts anew" do
    jpeg = Output.new(nil, :jpeg, [quality: 3], "here")

    assert {:jpeg, %{quality: 3, optimize: true}} =
             Output.new(jpeg, :jpeg, [optimize: true], "here")

    assert {:webp, %{quality: 80}} = Output.new(jpeg, :webp, [], "here")
  end

  test "the NIF is sent all keys there are" do
    keys =
      ~w(format quality progressive optimize chroma level filter method lossless background keep
         effort bitdepth dither colours palette compression thumbhash phash blurhash_across
         blurhash_down average dominant swatches max_bytes loop delay)a

    for format <- [:same, :jpeg, :png, :webp, :avif, :heif, :jxl, :jp2, :tiff, :gif] do
      sent = Output.sent(Output.new(nil, format, [], "here"))
      assert Enum.sort(Map.keys(sent)) == Enum.sort(keys)
      assert sent.format == format
    end

    assert %{quality: 7, level: 1} =
             Output.sent(Output.new(nil, :same, [quality: 7, level: 1], "here"))
  end

  test "of :same, what is not given is as of the format, and what is given is what it takes" do
    same = fn opts, format ->
      Output.new(nil, :same, opts, "here") |> Output.settled(format, "here") |> Output.sent()
    end

    for format <- [:jpeg, :png, :webp, :avif, :heif, :jxl, :jp2, :tiff, :gif],
        {_, own} = Output.new(nil, format, [], "here"),
        name <- [:quality, :effort],
        is_map_key(own, name) do
      assert same.([], format)[name] == own[name]
      assert same.([{name, 9}], format)[name] == 9
    end

    assert %{quality: 3, effort: 10} = same.([quality: 3, effort: 10], nil)
    assert %{quality: 3, effort: 0} = same.([quality: 3, effort: 0], :avif)
    # It means nothing to a JPEG.
    assert %{format: :same, quality: 80} = same.([effort: 0], :jpeg)

    for {opts, format, sentence} <- [
          {[effort: 11], nil, "here: effort: must be a whole number from 0 to 10, not 11"},
          {[effort: 10], :avif, "here: effort: must be a whole number from 0 to 9, not 10"},
          {[effort: 0], :gif, "here: effort: must be a whole number from 1 to 10, not 0"},
          {[chroma: 422], :avif, "here: chroma: must be one of 420, 444, not 422"}
        ] do
      assert_raise ArgumentError, sentence, fn -> same.(opts, format) end
    end
  end

  test "a HEIC has no effort" do
    assert_raise ArgumentError, ~r/unknown option effort: /, fn ->
      Output.new(nil, :heif, [effort: 4], "here")
    end
  end

  test "what is kept is some of a list, all of it or nothing" do
    kept = fn keep -> Output.sent(Output.new(nil, :webp, [keep: keep], "here")).keep end
    assert kept.(:none) == []
    assert kept.([]) == []
    assert kept.([:xmp, :icc]) == [:icc, :xmp]
    assert kept.(:all) == [:icc, :exif, :xmp, :copyright, :gps]

    assert_raise ArgumentError, ~r/keep: must be `?:none`?, `?:all.* Did you mean :exif/, fn ->
      kept.([:icc, :exfi])
    end

    assert_raise ArgumentError, ~r/not :icc\. Did you mean \[:icc\]\?$/, fn -> kept.(:icc) end
  end

  test "what is wanted is a list of names, some with numbers, in any order" do
    wanted = fn want ->
      Output.new(nil, :png, [want: want], "here") |> elem(1) |> Map.get(:want)
    end

    assert wanted.([:palette, :thumbhash]) == [thumbhash: true, palette: 5]
    assert wanted.([:average, palette: 16]) == [average: true, palette: 16]
    assert wanted.([:blurhash, :dominant]) == [blurhash: {4, 3}, dominant: true]
    assert wanted.(wanted.([:thumbhash, blurhash: {1, 9}])) == [thumbhash: true, blurhash: {1, 9}]

    assert_raise ArgumentError, ~r/want: must be a list of .*Did you mean :thumbhash/, fn ->
      wanted.([:average, :thumbhsh])
    end

    for wrong <- [[palette: 17], [blurhash: {0, 3}], [:average, :average], :thumbhash, [1]] do
      assert_raise ArgumentError, ~r/want: must be/, fn -> wanted.(wrong) end
    end

    assert_raise ArgumentError, ~r/from 1 to 16\), not \[palette: 17\]$/, fn ->
      wanted.(palette: 17)
    end

    assert_raise ArgumentError, ~r/from 1 to 9\).*, not \[blurhash: {10, 3}\]$/, fn ->
      wanted.(blurhash: {10, 3})
    end

    assert_raise ArgumentError, ~r/Did you mean \[:thumbhash\]\?$/, fn -> wanted.(:thumbhash) end
  end

  test "options of another format, and formats that cannot be written, are refused" do
    assert_raise ArgumentError,
                 "here: unknown option quality: (known: level:, filter:, palette:, colours:, dither:, effort:, keep:, want:)" <>
                   ". It is an option of :jpeg, :webp, :avif, :heif, :jxl, :jp2, :tiff, and not of :png",
                 fn ->
                   Output.new(nil, :png, [quality: 3], "here")
                 end

    assert_raise ArgumentError,
                 ~r/here: the format must be one of :same, :jpeg, :png, :webp, .*, not :wepb. Did you mean :webp/,
                 fn ->
                   Output.new(nil, :wepb, [], "here")
                 end

    assert_raise ArgumentError, ~r/not :bmp/, fn -> Output.new(nil, :bmp, [], "here") end

    assert_raise ArgumentError, ~r/Did you mean :png/, fn ->
      Output.new(nil, "png", [], "here")
    end
  end

  test "what another library calls it comes before what is an option of another format" do
    for {format, name, meant} <- [{:webp, :effort, :method}, {:png, :compression, :level}] do
      assert_raise ArgumentError, ~r/\. Did you mean #{inspect(meant)}\?$/, fn ->
        Output.new(nil, format, [{name, 3}], "here")
      end
    end
  end

  test "a suffix tells a format" do
    for {name, format} <- [
          {"a.jpg", :jpeg},
          {"a.b/c.JPEG", :jpeg},
          {"x.jpe", :jpeg},
          {"x.png", :png},
          {"some/x.WebP", :webp},
          {"x.avif", :avif},
          {"x.heic", :heif},
          {"x.TIF", :tiff},
          {"x.gif", :gif}
        ] do
      assert Output.format_of!(name, "here") == format
    end

    assert_raise ArgumentError,
                 ~r/^here: no format that is written has the suffix of "cat.bmp"/,
                 fn ->
                   Output.format_of!("cat.bmp", "here")
                 end

    assert_raise ArgumentError, ~r/Did you mean :webp/, fn ->
      Output.format_of!("cat.wepb", "here")
    end

    assert_raise ArgumentError, ~r/or give the format, as in format: :jpeg$/, fn ->
      Output.format_of!("cat", "here")
    end
  end

  @tag :foreign
  test "what is not said is as the format has it, also where its name was not said" do
    picture = Picture.smooth(60, 40)
    image = &Thumbelina.from_binary(&1, formats: :all)

    for format <- [:jpeg, :png, :webp, :avif, :heif, :jxl, :jp2, :gif] do
      bytes = Thumbelina.to_binary!(image.(PNG.encode(picture)), format)
      same = Thumbelina.to_binary!(image.(bytes))
      assert {format, same == Thumbelina.to_binary!(image.(bytes), format)} == {format, true}
    end
  end
end
