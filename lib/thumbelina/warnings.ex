defmodule Thumbelina.Warnings do
  @moduledoc false

  # What codecs and libvips warn of is in the warnings of the image; here the log is told, with the
  # picture that it is about.

  require Logger

  @doc "Tells the log what a job was warned of."
  @spec log(Thumbelina.Source.t(), [String.t()]) :: :ok
  def log(_, []), do: :ok

  def log(source, warnings) do
    for warning <- warnings do
      Logger.warning("Thumbelina: #{name(source)}: #{warning}", domain: [:thumbelina])
    end

    :ok
  end

  defp name({:file, path}), do: inspect(path)
  defp name({:binary, bytes}), do: "#{byte_size(bytes)} bytes"
  defp name({:chunks, _}), do: "chunks"
end
