defmodule Thumbelina.Geometry do
  @moduledoc false

  # The ways to write a size, all to the same options.

  alias Thumbelina.Options

  @doc """
  What stands behind the image in `resize`, `thumbnail` and `crop`, as options.

      iex> Thumbelina.Geometry.options(:resize, ["400x300", [fit: :fill]])
      [width: 400, height: 300, fit: :fill]
      iex> Thumbelina.Geometry.options(:resize, [400])
      [width: 400]
      iex> Thumbelina.Geometry.options(:resize, [400, 300])
      [width: 400, height: 300]
      iex> Thumbelina.Geometry.options(:crop, ["50%x100"])
      [width: "50%", height: 100]
      iex> Thumbelina.Geometry.options(:resize, ["50%"])
      [width: "50%"]
  """
  @spec options(atom, [term]) :: keyword
  def options(name, args)
  def options(_, [options]) when is_list(options), do: options
  def options(name, [size]), do: size(name, size)

  def options(name, [size, options]) do
    if is_list(options) or both?(size),
      do: size(name, size) ++ listed(name, options),
      else: [width: size, height: options]
  end

  def options(name, [width, height, options]) do
    [width: width, height: height] ++ listed(name, options)
  end

  # Such a size leaves no height to be given.
  defp both?(size), do: is_tuple(size) or (is_binary(size) and size =~ "x")

  defp size(_, {width, height}), do: [width: width, height: height]

  defp size(name, text) when is_binary(text) do
    case Regex.run(~r/\A(\d{0,6}|[\d.]{1,12}%)(?:x(\d{0,6}|[\d.]{1,12}%))?\z/, text) do
      [_, width, height] when width != "" or height != "" ->
        for {key, side} <- [width: width, height: height], side != "", do: {key, side(side)}

      [percent, percent] when binary_part(percent, byte_size(percent), -1) == "%" ->
        [width: percent]

      _ ->
        raise ArgumentError,
              ~s(Thumbelina.#{name}: a size is written "400x300", "400x", "x300" or "50%", ) <>
                "not #{Options.shown(text)}#{meant(text)}"
    end
  end

  defp size(_, width), do: [width: width]

  # Of percent the table of options knows more.
  defp side(text) do
    if String.ends_with?(text, "%"), do: text, else: String.to_integer(text)
  end

  defp meant(text), do: if(text =~ ~r/\A\d{1,6}\z/, do: ". Did you mean #{text}?", else: "")

  defp listed(_, options) when is_list(options), do: options
  # For its sentence about what is no keyword list.
  defp listed(name, other), do: Options.check!([], other, "Thumbelina.#{name}")
end
