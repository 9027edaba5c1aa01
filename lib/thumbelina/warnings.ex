defmodule Thumbelina.Warnings do
  @moduledoc false

  # What codecs and libvips warn of is in the warnings of the image; here the log is told, with the
  # pictures that it may be about: a warning does not say which of them it is.

  require Logger
  alias Thumbelina.Options

  @doc "Tells the log what a job was warned of that reads this source and, maybe, what is laid on it."
  @spec log(Thumbelina.Source.t(), laid_on? :: boolean, [String.t()]) :: :ok
  def log(_, _, []), do: :ok

  def log(source, laid_on?, warnings) do
    for warning <- warnings do
      Logger.warning("Thumbelina: #{names(source, laid_on?)}: #{warning}", domain: [:thumbelina])
    end

    :ok
  end

  defp names(source, false), do: name(source)
  defp names(source, true), do: "#{name(source)} or what is laid on it"

  defp name({:file, path}), do: inspect(path)
  defp name({:binary, bytes}), do: "#{byte_size(bytes)} bytes"
  defp name({:chunks, _}), do: "chunks"
  defp name({:text, {text, _}}), do: "the text #{Options.shown(text)}"
end
