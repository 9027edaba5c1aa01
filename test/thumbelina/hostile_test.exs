defmodule Thumbelina.HostileTest do
  # Files made to do harm to whoever reads them by libvips: each is an answer, in time.
  use ExUnit.Case, async: false

  import Thumbelina.Test.{Hostile, Jobs}
  alias Thumbelina.Error
  alias Thumbelina.Test.{Outside, Picture, PNG, Samples, Workers}

  @moduletag :foreign
  @limits [formats: :all, max_memory: 100_000_000]
  @soon 400
  @errors [:corrupt, :truncated, :unsupported, :limit]

  defp memory do
    [_, kib] = Regex.run(~r/VmRSS:\s+(\d+)/, File.read!("/proc/self/status"))
    1024 * String.to_integer(kib)
  end

  defp run(bytes, timeout \\ 5_000) do
    image = Thumbelina.from_binary(bytes, @limits)
    {us, answer} = :timer.tc(fn -> Thumbelina.run(image, format: :png, timeout: timeout) end)
    assert us < 1000 * (timeout + 1000)
    answer
  end

  # What became of it: ok, or the code of the error.
  defp judge(bytes, timeout \\ 5_000) do
    case run(bytes, timeout) do
      {:ok, made} ->
        assert made.stats.peak_bytes < 150_000_000
        :ok

      {:error, %Error{code: code} = error} ->
        assert error.stats.peak_bytes < 150_000_000
        assert Exception.message(error) =~ ~r/^[ -~]+$/
        code
    end
  end

  # Refused by the walk, before libvips is asked: 50 ms and 8 MiB.
  defp assert_refused(bytes, code) do
    assert {:error, %Error{code: ^code, stats: stats}} = run(bytes)
    assert stats.cpu < 50_000
    assert stats.peak_bytes < 8_388_608
  end

  defp drawn(svg), do: svg |> Thumbelina.from_binary(@limits) |> Thumbelina.to_binary!(:png)

  test "an SVG that laughs a billion times, and one that does it in each attribute" do
    laughs = for n <- 1..9, do: ~s(<!ENTITY l#{n} "#{String.duplicate("&l#{n - 1};", 10)}">)
    head = ~s(<!DOCTYPE svg [<!ENTITY l0 "lol">#{laughs}]>)
    assert judge(svg("<text>&l9;</text>", head)) in @errors
    assert judge(svg(~s(<rect width="9" height="9" class="&l9;"/>), head)) in @errors
    parameter = ~s(<!DOCTYPE svg [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>)
    assert judge(svg("", parameter)) in [:ok | @errors]
  end

  # With a red square in each place: whoever looks one of them up shows it, or text.
  test "an SVG that would have other files is drawn without them" do
    red = Path.join(System.tmp_dir!(), "thumbelina_secret_#{System.pid()}")
    File.write!(red <> ".png", PNG.encode(Picture.plain(40, 40, <<255, 0, 0>>)))
    File.write!(red <> ".svg", svg(~s(<rect id="r" width="40" height="40" fill="red"/>)))
    File.write!(red <> ".css", "rect { fill: red }")
    on_exit(fn -> for suffix <- [".png", ".svg", ".css"], do: File.rm(red <> suffix) end)
    plain = drawn(svg(~s(<rect width="20" height="20"/>)))

    for to <- [red, "file://" <> red],
        other <- [
          ~s(<image width="40" height="40" xlink:href="#{to}.png"/>),
          ~s(<image width="40" height="40" href="#{to}.svg"/>),
          ~s(<use xlink:href="#{to}.svg#r"/>),
          ~s(<style>@import url\("#{to}.css"\);</style>),
          ~s(<filter id="f"><feImage href="#{to}.png"/></filter><rect width="40" height="40" y="40" filter="url\(#f\)"/>),
          ~s(<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="#{to}.svg"/>)
        ] do
      assert {other, drawn(svg(other <> ~s(<rect width="20" height="20"/>))) == plain} ==
               {other, true}
    end

    head = ~s(<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>)
    text = &svg(~s(<rect width="20" height="20"/><text y="35" font-size="9">#{&1}</text>), head)

    case run(text.("&x;")) do
      {:ok, made} -> assert Thumbelina.to_binary!(made) == drawn(text.(""))
      {:error, %Error{code: code}} -> assert code in @errors
    end
  end

  test "an SVG that would call somebody calls nobody" do
    {:ok, listener} = :gen_tcp.listen(0, ip: {127, 0, 0, 1})
    {:ok, port} = :inet.port(listener)
    url = "http://127.0.0.1:#{port}/"

    for body <- [
          ~s(<image width="9" height="9" href="#{url}"/>),
          ~s(<style>@import "#{url}";</style>)
        ] do
      assert judge(svg(body, ~s(<!DOCTYPE svg SYSTEM "#{url}">))) in [:ok | @errors]
    end

    assert :gen_tcp.accept(listener, 0) == {:error, :timeout}
  end

  test "an SVG that draws itself, and one that is never done" do
    uses =
      for n <- 1..30, do: ~s(<g id="u#{n}"><use href="#u#{n - 1}"/><use href="#u#{n - 1}"/></g>)

    wide = ~s(x="-1e6" y="-1e6" width="1e7" height="1e7" filterUnits="userSpaceOnUse")
    nested = Enum.reduce(1..9, svg(""), fn _, inner -> svg(embedded("svg+xml", inner)) end)
    rect = &~s(<rect width="40" height="40" #{&1}/>)

    for body <- [
          ~s(<g id="a"><use href="#a"/></g>),
          ~s(<g id="u0">#{rect.("")}</g>#{uses}),
          String.duplicate("<g>", 200_000),
          "<g " <> for(n <- 1..50_000, into: "", do: ~s(a#{n}="" )) <> "/>",
          ~s(<filter id="f" #{wide}><feGaussianBlur stdDeviation="1e5"/></filter>) <>
            rect.(~s(filter="url\(#f\)")),
          ~s(<pattern id="p" width="1e-9" height="1e-9">#{rect.("")}</pattern>) <>
            rect.(~s(fill="url\(#p\)")),
          ~s(<path stroke="red" stroke-dasharray="1e-5" d="M0 0L1e9 1e9"/>),
          ~s(<text font-size="1e9">#{String.duplicate("x", 10_000)}</text>),
          embedded("png", Thumbelina.Test.Hostile.png(20_000, 20_000)),
          nested
        ] do
      assert judge(svg(body), @soon) in [:ok, :timeout | @errors]
    end

    far = ~s(<svg xmlns="http://www.w3.org/2000/svg" width="60000" height="60000"/>)
    assert judge(far) == :limit
  end

  defp embedded(type, bytes) do
    ~s(<image width="40" height="40" href="data:image/#{type};base64,#{Base.encode64(bytes)}"/>)
  end

  test "a GIF of 100 000 frames, and one whose frame is larger than the canvas" do
    assert_refused(gif(List.duplicate(gif_frame(), 100_000)), :limit)
    assert_refused(gif(gif_frame(65_000, 65_000)), :corrupt)
    assert judge(gif(List.duplicate(gif_frame(), 500))) == :ok
  end

  test "a PDF that goes round, and one that is a bomb" do
    form =
      "<</Type/XObject/Subtype/Form/BBox[0 0 50 50]/Resources<</XObject<</X 5 0 R>>>>/Length 11>>"

    many = :zlib.compress(:binary.copy("0 0 50 50 re f\n", 3_000_000))

    for bytes <- [
          pdf([{2, "<</Type/Pages/Count 1/Kids[2 0 R]>>"}]),
          pdf([
            {2, "<</Type/Pages/Count 1/Kids[3 0 R]>>"},
            {3, "<</Type/Page/MediaBox[0 0 1e9 1e9]>>"}
          ]),
          pdf_page("<</Length 4 0 R>>stream\nq Q\nendstream"),
          pdf_page(pdf_stream("/X Do"), [{5, form <> "stream\n/X Do /X Do\nendstream"}]),
          pdf_page(pdf_stream(many, "/Filter/FlateDecode")),
          pdf([]),
          "%PDF-1.4\n"
        ] do
      assert judge(bytes, @soon) in [:ok, :timeout | @errors]
    end
  end

  test "a TIFF whose pages go round, and one whose strips and tiles are everywhere" do
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
      changed = for {t, type, n, v} <- plain, do: {t, type, n, if(t == tag, do: value, else: v)}
      assert judge(tiff(changed, 0)) in [:ok | @errors]
    end

    for more <- [
          [{330, 4, 0x0FFFFFFF, 8}],
          [{330, 4, 1, 8}],
          [{322, 4, 1, 0xFFFFFFF0}, {323, 4, 1, 0xFFFFFFF0}, {324, 4, 1, at}, {325, 4, 1, 64}],
          [{322, 4, 1, 65_520}, {323, 4, 1, 65_520}, {324, 4, 1, at}, {325, 4, 1, 64}]
        ] do
      assert judge(tiff(Enum.sort(plain ++ more), 8)) in [:ok | @errors]
    end
  end

  test "a HEIF whose items are made of each other" do
    grid = &<<0, 0, &1 - 1, &1 - 1, 64::16, 64::16>>
    chain = &for(n <- 1..&1, do: {n, [rem(n, &1) + 1]})

    for bytes <- [
          heif([{"iden", ""}], [{1, [1]}]),
          heif(List.duplicate({"iden", ""}, 100), chain.(100)),
          heif(List.duplicate({"iden", ""}, 30_000), tl(chain.(30_000))),
          heif([{"grid", grid.(256)}], [{1, List.duplicate(1, 65_535)}]),
          heif(
            List.duplicate({"grid", grid.(10)}, 20),
            for(n <- 1..19, do: {n, List.duplicate(n + 1, 100)})
          ),
          heif([{"iovl", <<0, 0, 0::64, 60_000::16, 60_000::16, 0::32>>}], [{1, [1]}]),
          heif(
            [{"grid", <<0, 1, 0, 0, -1::32, -1::32>>}, {"hvc1", "x"}],
            [{1, [2]}],
            {0xFFFFFFFF, 0xFFFFFFFF}
          )
        ] do
      assert judge(bytes) in @errors
    end
  end

  # --- what is damaged: with THUMBELINA_FLIPS, in so many places of each

  defp seeds do
    picture = Picture.smooth(48, 40)

    ours =
      for format <- [:heif, :avif, :jxl, :jp2, :tiff, :gif],
          do: {format, Samples.bytes(picture, format)}

    [
      svg: svg(~s(<g opacity="0.5"><circle cx="20" cy="20" r="9" fill="#08f"/></g>)),
      pdf: pdf_page(pdf_stream("1 0 0 rg 5 5 20 20 re f")),
      ppm: Outside.make(picture, :ppm),
      cmyk: Outside.make(picture, :jpeg, ["-colorspace", "CMYK"])
    ] ++ ours
  end

  test "what is cut off anywhere" do
    for {name, bytes} <- seeds(), n <- 1..times("THUMBELINA_FLIPS", 8) do
      code = bytes |> binary_part(0, :erlang.phash2({name, n}, byte_size(bytes))) |> judge()
      assert {name, n, code in [:ok | @errors]} == {name, n, true}
    end
  end

  @tag timeout: :infinity
  test "what is damaged anywhere, and nothing stays of it" do
    :rand.seed(:exsss, 1)
    seeds = seeds()
    for {_, bytes} <- seeds, do: assert(judge(bytes) == :ok)
    before = memory()

    for {name, bytes} <- seeds, n <- 1..times("THUMBELINA_FLIPS", 10) do
      at = :rand.uniform(8 * byte_size(bytes)) - 1
      <<head::bitstring-size(at), bit::1, rest::bitstring>> = bytes
      code = judge(<<head::bitstring, 1 - bit::1, rest::bitstring>>, 2_000)
      assert {name, n, code in [:ok, :timeout | @errors]} == {name, n, true}
    end

    wait_for_idle()

    assert eventually(fn ->
             length(Workers.all()) <= :erlang.system_info(:logical_processors_online)
           end)

    assert memory() < before + 32_000_000
  end
end
