defmodule Thumbelina.Test.Hostile do
  @moduledoc "Files by the book, but for what is wrong with them."

  @doc "An SVG of 40x40."
  def svg(body, head \\ "") do
    ~s(<?xml version="1.0"?>#{head}<svg xmlns="http://www.w3.org/2000/svg" ) <>
      ~s(xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="40">#{body}</svg>)
  end

  @doc "A PDF of those objects, of which 1 is the catalogue and 2 the pages; where they are is left out."
  def pdf(objects) do
    objects = [{1, "<</Type/Catalog/Pages 2 0 R>>"} | objects]

    "%PDF-1.4\n" <>
      for({n, object} <- objects, into: "", do: "#{n} 0 obj\n#{object}\nendobj\n") <>
      "trailer<</Root 1 0 R>>\n%%EOF"
  end

  @doc "One of a page with that content, and what else."
  def pdf_page(content, more \\ []) do
    page =
      "<</Type/Page/Parent 2 0 R/MediaBox[0 0 50 50]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"

    pdf([{2, "<</Type/Pages/Count 1/Kids[3 0 R]>>"}, {3, page}, {4, content} | more])
  end

  def pdf_stream(data, filter \\ ""),
    do: "<</Length #{byte_size(data)}#{filter}>>stream\n#{data}\nendstream"

  @doc """
  A HEIF whose first item is its picture: items as {type, data}, all of that size, and what each is
  derived from, as {number, numbers}.
  """
  def heif(items, derived, {width, height} \\ {64, 64}) do
    count = length(items)
    numbered = Enum.with_index(items, 1)

    {places, _} =
      Enum.map_reduce(numbered, 0, fn {{_, data}, n}, at ->
        size = byte_size(data)
        {<<n::16, 1::16, 0::16, 1::16, at::32, size::32>>, at + size}
      end)

    meta = [
      box("hdlr", [<<0::64, "pict", 0::104>>]),
      box("pitm", <<0::32, 1::16>>),
      box("iinf", [
        <<0::32, count::16>>,
        for(
          {{type, _}, n} <- numbered,
          do: box("infe", <<2, 0::24, n::16, 0::16, type::binary, 0>>)
        )
      ]),
      box("iloc", [<<1, 0::24, 0x44, 0, count::16>>, places]),
      box("iref", [
        <<0::32>>,
        for {from, to} <- derived do
          box("dimg", [<<from::16, length(to)::16>>, for(n <- to, do: <<n::16>>)])
        end
      ]),
      box("iprp", [
        box("ipco", box("ispe", <<0::32, width::32, height::32>>)),
        box("ipma", [<<0::32, count::32>>, for(n <- 1..count, do: <<n::16, 1, 1>>)])
      ]),
      box("idat", for({_, data} <- items, do: data))
    ]

    box("ftyp", "heic\0\0\0\0mif1heic") <> box("meta", [<<0::32>> | meta])
  end

  defp box(name, body) do
    body = IO.iodata_to_binary(body)
    <<byte_size(body) + 8::32, name::binary, body::binary>>
  end

  @doc "A PNG of zeros, 1 bit a pixel: a thousandth of what it promises."
  def png(width, height) do
    rows = :binary.copy(<<0>>, height * (div(width + 7, 8) + 1))

    <<0x89, "PNG\r\n", 0x1A, "\n">> <>
      chunk("IHDR", <<width::32, height::32, 1, 0, 0, 0, 0>>) <>
      chunk("IDAT", :zlib.compress(rows)) <> chunk("IEND", "")
  end

  defp chunk(name, data),
    do: <<byte_size(data)::32, name::binary, data::binary, :erlang.crc32([name, data])::32>>

  @doc "A TIFF of one directory, of 12 bytes for each {tag, type, count, value}; `next` is where the next one is."
  def tiff(entries, next) do
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

  @doc "A GIF of those blocks, on a canvas of 1x1."
  def gif(blocks) do
    IO.iodata_to_binary([
      <<"GIF89a", 1::16-little, 1::16-little, 0x80, 0, 0, 0, 0, 0, 255, 255, 255>>,
      blocks,
      ";"
    ])
  end

  def gif_frame(width \\ 1, height \\ 1) do
    <<0x2C, 0::32, width::16-little, height::16-little, 0, 2, 2, 0x4C, 0x01, 0>>
  end
end
