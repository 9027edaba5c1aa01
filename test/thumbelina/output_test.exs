defmodule Thumbelina.OutputTest do
  use ExUnit.Case, async: true

  alias Thumbelina.Output

  test "an output holds all options of its format" do
    assert Output.new(nil, :jpg, [quality: 3], "here") ==
             {:jpeg,
              %{
                quality: 3,
                progressive: false,
                optimize: false,
                chroma: 420,
                background: {255, 255, 255},
                keep: []
              }}

    assert Output.new(nil, :png, [], "here") == {:png, %{level: 6, filter: :auto, keep: []}}

    assert Output.new(nil, :webp, [], "here") ==
             {:webp, %{quality: 80, method: 4, lossless: false, keep: []}}
  end

  test "of the same format only what is given changes, another format starts anew" do
    jpeg = Output.new(nil, :jpeg, [quality: 3], "here")

    assert {:jpeg, %{quality: 3, optimize: true}} =
             Output.new(jpeg, :jpeg, [optimize: true], "here")

    assert {:webp, %{quality: 80}} = Output.new(jpeg, :webp, [], "here")
  end

  test "the NIF is sent all keys there are" do
    keys =
      ~w(format quality progressive optimize chroma level filter method lossless background keep)a

    for format <- [:same, :jpeg, :png, :webp] do
      sent = Output.sent(Output.new(nil, format, [], "here"))
      assert Enum.sort(Map.keys(sent)) == Enum.sort(keys)
      assert sent.format == format
    end

    assert %{quality: 7, level: 1} =
             Output.sent(Output.new(nil, :same, [quality: 7, level: 1], "here"))
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

    assert_raise ArgumentError, ~r/not :icc/, fn -> kept.(:icc) end
  end

  test "options of another format, and formats that cannot be written, are refused" do
    assert_raise ArgumentError,
                 "here: unknown option quality: (known: level:, filter:, keep:)",
                 fn ->
                   Output.new(nil, :png, [quality: 3], "here")
                 end

    assert_raise ArgumentError,
                 ~r/here: the format must be one of :same, :jpeg, :png, :webp, not :wepb. Did you mean :webp/,
                 fn ->
                   Output.new(nil, :wepb, [], "here")
                 end

    assert_raise ArgumentError, ~r/not :gif$/, fn -> Output.new(nil, :gif, [], "here") end

    assert_raise ArgumentError, ~r/Did you mean :png/, fn ->
      Output.new(nil, "png", [], "here")
    end
  end

  test "a suffix tells a format" do
    for {name, format} <- [
          {"a.jpg", :jpeg},
          {"a.b/c.JPEG", :jpeg},
          {"x.jpe", :jpeg},
          {"x.png", :png},
          {"some/x.WebP", :webp}
        ] do
      assert Output.format_of!(name, "here") == format
    end

    assert_raise ArgumentError, ~r/by the suffix of "cat.gif"/, fn ->
      Output.format_of!("cat.gif", "here")
    end

    assert_raise ArgumentError, ~r/Did you mean :webp/, fn ->
      Output.format_of!("cat.wepb", "here")
    end

    assert_raise ArgumentError, ~r/or give format:$/, fn -> Output.format_of!("cat", "here") end
  end
end
