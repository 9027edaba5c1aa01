defmodule Thumbelina.OptionsTest do
  use ExUnit.Case, async: true
  doctest Thumbelina.Options

  alias Thumbelina.Options

  @rows [
    width: {{:integer, 1, 100}, nil, "in pixels"},
    sigma: {{:number, 0.1, 100}, 1.0, "of the blur"},
    fit: {{:one_of, [:cover, :fill]}, :cover, "how"},
    grow: {:boolean, true, "may it grow?"},
    timeout: {{:or_infinity, {:integer, 1, 9}}, :infinity, "in ms"},
    x: {{:or_nil, {:integer, 0, 9}, -1}, nil, "from the left"},
    gravity: {:gravity, :center, "where"},
    colour: {:colour, {0, 0, 0, 0}, "of the ground"},
    paper: {:opaque, {255, 255, 255}, "of the paper"},
    formats: {{:list_of, [:jpeg, :png, :webp]}, [:png], "let in"}
  ]

  defp value(name, value), do: Options.check!(@rows, [{name, value}], "here")[name]

  defp complete(given) do
    Map.merge(Options.defaults(@rows), Options.check!(@rows, given, "here"))
  end

  defp sentence(given) do
    assert_raise(ArgumentError, fn -> Options.check!(@rows, given, "here") end).message
  end

  test "values of every type have one normal form" do
    assert value(:width, 100) === 100
    assert value(:sigma, 2) === 2.0
    assert value(:sigma, 0.1) === 0.1
    assert value(:fit, :fill) === :fill
    assert value(:grow, false) === false
    assert value(:timeout, :infinity) === :infinity
    assert value(:timeout, 9) === 9
    assert value(:x, nil) === nil
    assert value(:x, 0) === 0
    assert value(:gravity, :centre) === :center
    assert value(:gravity, {0, 0.25}) === {0.0, 0.25}
    assert value(:colour, {1, 2, 3}) === {1, 2, 3, 255}
    assert value(:colour, {1, 2, 3, 4}) === {1, 2, 3, 4}
    assert value(:colour, "#0a0B0c") === {10, 11, 12, 255}
    assert value(:colour, "#0a0b0c80") === {10, 11, 12, 128}
    assert value(:colour, "#0aF") === {0, 170, 255, 255}
    assert value(:colour, "#0aF8") === {0, 170, 255, 136}
    assert value(:colour, :transparent) === {255, 255, 255, 0}
    assert value(:paper, :black) === {0, 0, 0}
    assert value(:formats, :all) === [:jpeg, :png, :webp]
    assert value(:formats, [:webp, :jpg, :jpeg]) === [:jpeg, :webp]
  end

  test "what is out of bounds is refused with the bounds in the sentence" do
    huge = Integer.pow(10, 400)

    assert sentence(width: 0) == "here: width: must be a whole number from 1 to 100, not 0"
    assert sentence(sigma: 0.09) == "here: sigma: must be a number from 0.1 to 100, not 0.09"
    assert sentence(x: 10) == "here: x: must be a whole number from 0 to 9, not 10"

    assert sentence(timeout: 0) ==
             "here: timeout: must be a whole number from 1 to 9, or :infinity, not 0"

    for name <- [:width, :sigma, :x, :timeout, :gravity, :colour], wrong <- [huge, -huge, -1] do
      assert sentence([{name, wrong}]) =~ "must be"
    end
  end

  test "every type refuses what is of another" do
    for {name, _} <- @rows,
        wrong <- [
          "text",
          "#12345",
          "#gggggg",
          :word,
          {1},
          {2, 0},
          {1, 2, 3, 4, 5},
          {0, 256, 0},
          [1],
          %{},
          self()
        ] do
      assert sentence([{name, wrong}]) =~ "here: #{name}: must be "
    end

    for wrong <- [1.0, nil, true], do: assert(sentence(width: wrong) =~ "whole number")
    assert sentence(paper: {0, 0, 0, 9}) =~ "must be {r, g, b} of 0..255"
    assert sentence(paper: :transparent) =~ "must be {r, g, b} of 0..255"
    assert sentence(formats: []) =~ "must be :all or a list of"
  end

  test "what looks much like a known word is taken for it in the sentence" do
    assert sentence(widht: 1) =~ ~r/^here: unknown option widht: .*Did you mean :width\?$/
    assert sentence(fit: :cuver) =~ "Did you mean :cover?"
    assert sentence(fit: "fill") =~ "Did you mean :fill?"
    assert sentence(formats: [:png, :jpge]) =~ "Did you mean :jpeg?"
    assert sentence(formats: :jpg) =~ "not :jpg. Did you mean [:jpeg]?"
    assert sentence(timeout: :infinite) =~ "Did you mean :infinity?"
    assert sentence(gravity: :nothr_east) =~ "Did you mean :north_east?"
    assert sentence(colour: :wite) =~ "Did you mean :white?"
    refute sentence(fit: :zzz) =~ "Did you mean"
    refute sentence(fit: String.duplicate("cover", 1000)) =~ "Did you mean"

    assert_raise ArgumentError, ~r/Did you mean :lane\?/, fn ->
      Options.check!(@rows, [lnae: 1], "here", [:lane])
    end

    assert_raise ArgumentError, ~r/\. It is an option of there$/, fn ->
      Options.check!(@rows, [lane: 1], "here", [:width, lane: "there"])
    end
  end

  test "options are a keyword list, each once" do
    assert sentence(%{width: 1}) == "here: options are a keyword list, not %{width: 1}"
    assert sentence([:width]) =~ "options are a keyword list"
    assert sentence([{"width", 1}]) =~ "options are a keyword list"
    assert sentence(width: 1, width: 2) == "here: width: is given twice"
  end

  test "a term too long for a sentence is cut" do
    assert String.length(sentence(width: Enum.to_list(1..10_000))) < 200
    assert String.length(sentence(width: String.duplicate("x", 10_000))) < 200
  end

  test "check! gives what is given, given what differs from the defaults" do
    assert Options.check!(@rows, [sigma: 2], "here") == %{sigma: 2.0}
    all = complete(sigma: 2, width: 7, fit: :cover)
    assert Enum.sort(Map.keys(all)) == @rows |> Keyword.keys() |> Enum.sort()
    assert Options.given(@rows, all) == [width: 7, sigma: 2.0]
  end

  test "sent over the defaults is the same as sent as a whole" do
    defaults = Options.defaults(@rows)

    others =
      [width: 7, sigma: 2.5, fit: :fill, grow: false, timeout: 3, x: 4, gravity: :east] ++
        [colour: {1, 2, 3, 4}, paper: {9, 8, 7}, formats: [:webp]]

    for bits <- 0..(2 ** length(others) - 1) do
      given =
        for {option, i} <- Enum.with_index(others), Bitwise.band(bits, 2 ** i) > 0, do: option

      map = Map.merge(defaults, Map.new(given))
      whole = Options.sent(@rows, map)
      made = Options.sent(@rows, defaults)
      assert Options.sent_over(made, @rows, map) == whole
      assert Options.sent_over(made, @rows, Map.new(given)) == whole
    end
  end

  test "a length is pixels, or a part of a side" do
    cast = &Options.value!({:length, &1}, &2, "here", "it")
    assert cast.(0, 0) == 0
    assert cast.(1, 65_500) == 65_500
    assert cast.(1, 1) === 1
    assert cast.(1, 1.0) === 1.0
    assert cast.(1, "100%") === 1.0
    assert cast.(0, "0%") === 0.0
    assert cast.(1, "12.5%") === 0.125
    assert cast.(1, "10%") === 0.1

    for {least, wrong} <-
          [{1, 0}, {1, 0.0}, {1, "0%"}, {0, -1}, {0, -0.1}, {0, 1.01}] ++
            [{0, 65_501}, {0, "101%"}, {0, "5"}, {0, "%"}, {0, ".5%"}] ++
            [{0, "1.%"}, {0, "5 %"}, {0, "-5%"}, {0, "5%\n"}, {0, nil}, {0, :all}] do
      assert_raise ArgumentError,
                   ~r/^here: it must be a whole number of pixels from #{least} to 65500, a part #{["from", "above"] |> Enum.at(least)} 0.0/,
                   fn ->
                     cast.(least, wrong)
                   end
    end
  end

  test "the NIF is sent plain numbers, words and tuples" do
    sent = Options.sent(@rows, complete(width: 1))
    assert sent.x == -1
    assert sent.timeout == 0
    assert {sent.gravity_x, sent.gravity_y} == {0.5, 0.5}
    refute Map.has_key?(sent, :gravity)

    corner = complete(gravity: :south_west)
    assert %{gravity_x: 0.0, gravity_y: 1.0} = Options.sent(@rows, corner)
    point = complete(gravity: {0.25, 1})
    assert %{gravity_x: 0.25, gravity_y: 1.0, gravity_focal: true} = Options.sent(@rows, point)
    assert %{gravity_focal: false} = sent
  end

  test "no option goes without a word of what it is" do
    {:docs_v1, _, _, _, %{"en" => module}, _, functions} = Code.fetch_docs(Thumbelina)
    docs = for {_, _, _, %{"en" => text}, _} <- functions, do: text
    assert length(docs) > 50
    for text <- [module | docs], do: refute(text =~ ~r/^\s*\* `:\w+` - ;/m)
  end

  test "the documentation names every option, its range and its default" do
    docs = Options.docs(@rows)
    assert docs =~ "  * `:width` - in pixels; a whole number from 1 to 100\n"
    assert docs =~ "  * `:fit` - how; one of `:cover`, `:fill`. Default: `:cover`\n"
    for {name, _} <- @rows, do: assert(docs =~ "`#{inspect(name)}`")
  end
end
