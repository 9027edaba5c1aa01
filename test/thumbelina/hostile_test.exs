defmodule Thumbelina.HostileTest do
  # Files made to do harm to whoever reads them by libvips: each is an answer, in time.
  use ExUnit.Case, async: false

  alias Thumbelina.Error
  alias Thumbelina.Test.{Picture, PNG, Samples}

  @moduletag :foreign
  @limits [formats: :all, max_memory: 100_000_000]
  @timeout 1_500

  # What became of it: ok, or the code of the error.
  defp judge(bytes, opts \\ []) do
    image = Thumbelina.from_binary(bytes, @limits)

    {us, answer} =
      :timer.tc(fn -> Thumbelina.run(image, [format: :png, timeout: @timeout] ++ opts) end)

    assert us < 1000 * (@timeout + 1000)

    case answer do
      {:ok, made} ->
        assert made.stats.peak_bytes < 150_000_000
        :ok

      {:error, %Error{code: code} = error} ->
        assert Exception.message(error) =~ ~r/^[ -~]+$/
        code
    end
  end

  defp svg(head, body) do
    ~s(<?xml version="1.0"?>#{head}<svg xmlns="http://www.w3.org/2000/svg" ) <>
      ~s(xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="40">#{body}</svg>)
  end

  test "an SVG that laughs a billion times" do
    laughs =
      for n <- 1..9 do
        ~s(<!ENTITY l#{n} "#{String.duplicate("&l#{n - 1};", 10)}">)
      end

    head = ~s(<!DOCTYPE svg [<!ENTITY l0 "lol">#{laughs}]>)
    assert judge(svg(head, "<text>&l9;</text>")) in [:corrupt, :unsupported, :limit, :timeout]
  end

  test "an SVG that would have other files" do
    secret = Path.join(System.tmp_dir!(), "thumbelina_secret_#{System.pid()}.png")
    File.write!(secret, PNG.encode(Picture.plain(40, 40, <<255, 0, 0>>)))
    on_exit(fn -> File.rm(secret) end)

    for path <- [secret, "file://#{secret}"] do
      image = ~s(<image width="40" height="40" xlink:href="#{path}"/>)
      drawn = svg("", image) |> Thumbelina.from_binary(@limits) |> Thumbelina.to_binary!(:png)
      assert <<_, _, _, 0>> = drawn |> PNG.decode() |> Picture.at(20, 20)
    end

    head = ~s(<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>)
    with_text = judge(svg(head, ~s(<text y="20">&x;</text>)))
    assert with_text in [:ok, :corrupt, :unsupported]
    assert judge(svg("", ~s(<script xlink:href="http://127.0.0.1:9/"/>))) == :ok
  end

  test "an SVG that draws itself, and one that is never done" do
    inner = ~s(<g id="a"><use xlink:href="#a"/></g>)
    assert judge(svg("", inner)) in [:ok, :corrupt, :unsupported]

    uses =
      for n <- 1..30 do
        ~s(<g id="u#{n}"><use xlink:href="#u#{n - 1}"/><use xlink:href="#u#{n - 1}"/></g>)
      end

    body = ~s(<g id="u0"><rect width="9" height="9"/></g>#{uses})
    assert judge(svg("", body)) in [:ok, :corrupt, :unsupported, :limit, :timeout]
    far = ~s(<svg xmlns="http://www.w3.org/2000/svg" width="1e9" height="1e9"/>)
    assert judge(far) in [:ok, :limit, :corrupt]
    deep = String.duplicate("<g>", 200_000)
    assert judge(svg("", deep)) in [:corrupt, :limit, :timeout]
  end

  test "a GIF of 100 000 frames" do
    frame = <<0x2C, 0::16, 0::16, 1::16-little, 1::16-little, 0, 2, 2, 0x4C, 0x01, 0>>
    head = <<"GIF89a", 1::16-little, 1::16-little, 0x80, 0, 0, 0, 0, 0, 255, 255, 255>>
    bytes = IO.iodata_to_binary([head, List.duplicate(frame, 100_000), ";"])
    assert judge(bytes) in [:ok, :limit]
  end

  defp tiff(entries, next) do
    fields =
      for {tag, type, n, value} <- entries,
          do: <<tag::16-little, type::16-little, n::32-little, value::32-little>>

    IO.iodata_to_binary([
      <<"II", 42::16-little, 8::32-little, length(entries)::16-little>>,
      fields,
      <<next::32-little>>,
      :binary.copy(<<9>>, 64)
    ])
  end

  test "a TIFF whose pages go round, and one whose strips are everywhere" do
    at = 8 + 2 + 9 * 12 + 4

    plain = [
      {256, 4, 1, 8},
      {257, 4, 1, 8},
      {258, 3, 1, 8},
      {259, 3, 1, 1},
      {262, 3, 1, 1},
      {273, 4, 1, at},
      {277, 3, 1, 1},
      {278, 4, 1, 8},
      {279, 4, 1, 64}
    ]

    assert judge(tiff(plain, 0)) == :ok
    assert judge(tiff(plain, 8)) in [:ok, :corrupt]

    change =
      &Enum.map(plain, fn {tag, t, n, v} ->
        if tag == &1, do: {tag, t, n, &2}, else: {tag, t, n, v}
      end)

    for {tag, value} <- [
          {273, 0xFFFFFFF0},
          {279, 0xFFFFFFFF},
          {278, 0},
          {258, 64},
          {256, 0xFFFFFFFF},
          {257, 65_000},
          {259, 7},
          {259, 34_712}
        ] do
      assert judge(tiff(change.(tag, value), 0)) in [
               :ok,
               :corrupt,
               :truncated,
               :limit,
               :unsupported
             ]
    end

    many = [{330, 4, 0x0FFFFFFF, 8} | plain] |> Enum.sort()
    assert judge(tiff(many, 8)) in [:ok, :corrupt, :truncated, :limit]
  end

  test "what is cut off anywhere" do
    for format <- [:heif, :avif, :jxl, :jp2, :tiff, :gif] do
      bytes = Samples.bytes(Picture.smooth(64, 64), format)

      for cut <- 16..(byte_size(bytes) - 1)//max(1, div(byte_size(bytes), 12)) do
        code = bytes |> binary_part(0, cut) |> judge()

        assert {format, cut, code in [:truncated, :corrupt, :unsupported, :limit, :ok]} ==
                 {format, cut, true}
      end
    end
  end

  test "what is damaged anywhere" do
    :rand.seed(:exsss, 1)

    for format <- [:heif, :avif, :jxl, :jp2, :tiff, :gif], _ <- 1..12 do
      bytes = Samples.bytes(Picture.smooth(64, 64), format)
      at = 16 + :rand.uniform(byte_size(bytes) - 20)
      <<head::binary-size(at), _, rest::binary>> = bytes
      code = judge(<<head::binary, :rand.uniform(256) - 1, rest::binary>>)
      assert code in [:truncated, :corrupt, :unsupported, :limit, :ok, :timeout]
    end
  end
end
