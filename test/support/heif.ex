defmodule Thumbelina.Test.Heif do
  @moduledoc "Turns HEIC and AVIF as cameras do, for heif-enc does not: a property is added to what it has made."

  @doc "The picture, of sides that are multiples of 64, is turned anticlockwise by so many quarters."
  def turned(bytes, quarters) do
    property = box("irot", <<quarters>>)
    # One byte more says that the item has the property.
    more = byte_size(property) + 1

    for {name, body} <- boxes(bytes), into: <<>> do
      if name == "meta", do: box("meta", meta(body, property, more)), else: box(name, body)
    end
  end

  defp meta(<<head::32, body::binary>>, property, more) do
    boxes =
      for {name, body} <- boxes(body), into: <<>> do
        case name do
          "iprp" -> box("iprp", properties(boxes(body), property))
          "iloc" -> box("iloc", places(body, more))
          name -> box(name, body)
        end
      end

    <<head::32, boxes::binary>>
  end

  defp properties([{"ipco", all}, {"ipma", whose}], property) do
    <<0::32, items::32, item::16, count, list::binary-size(count), rest::binary>> = whose
    last = length(boxes(all)) + 1

    box("ipco", all <> property) <>
      box(
        "ipma",
        <<0::32, items::32, item::16, count + 1, list::binary, 0x80 + last, rest::binary>>
      )
  end

  # Places are counted from a base in the file.
  defp places(<<0::32, 0x44, 0x40, count::16, items::binary>>, more) do
    <<0::32, 0x44, 0x40, count::16, moved(items, more)::binary>>
  end

  defp moved(<<item::16, 0::16, base::32, 1::16, piece::binary-8, rest::binary>>, more) do
    <<item::16, 0::16, base + more::32, 1::16, piece::binary, moved(rest, more)::binary>>
  end

  defp moved("", _), do: ""

  defp boxes(<<size::32, name::binary-4, rest::binary>>) do
    length = size - 8
    <<body::binary-size(length), rest::binary>> = rest
    [{name, body} | boxes(rest)]
  end

  defp boxes(""), do: []

  defp box(name, body), do: <<byte_size(body) + 8::32, name::binary, body::binary>>
end
