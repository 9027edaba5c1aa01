defmodule Thumbelina.Pipeline do
  @moduledoc """
  Operations, and maybe an output, without a source: to be kept and used for many images.

      iex> avatar = Thumbelina.pipeline() |> Thumbelina.resize("64x64") |> Thumbelina.encode(:webp)
      iex> Thumbelina.open("me.jpg") |> Thumbelina.through(avatar)
      Thumbelina.open("me.jpg") |> Thumbelina.resize(width: 64, height: 64) |> Thumbelina.encode(:webp)

  It is plain data, like `Thumbelina.Image`.
  """

  alias Thumbelina.{Op, Output, Print}

  @type t :: %__MODULE__{ops: [Op.t()], output: Output.t() | nil}

  defstruct ops: [], output: nil

  defimpl Inspect do
    def inspect(pipeline, _) do
      Print.chain(Print.call(:pipeline, [], []), pipeline.ops, pipeline.output)
    end
  end
end
