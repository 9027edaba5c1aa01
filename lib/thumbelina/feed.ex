defmodule Thumbelina.Feed do
  @moduledoc false

  # The chunks of an enumerable, one at a time, as they are asked for.

  alias Thumbelina.{Error, Options}

  # The NIF copies a piece in one go: longer ones are cut.
  @most 262_144

  @opaque t :: {rest :: binary, more :: (Enumerable.acc() -> Enumerable.result())}

  @spec none() :: t
  def none, do: new([])

  @spec new(Enumerable.t()) :: t
  def new(chunks) do
    {"", &Enumerable.reduce(chunks, &1, fn chunk, _ -> {:suspend, chunk} end)}
  end

  @doc "The next piece, the end, or what became of the source."
  @spec next(t) :: {:ok, binary, t} | :eof | {:error, Error.t()}
  def next({<<piece::binary-size(@most), rest::binary>>, more}), do: {:ok, piece, {rest, more}}
  def next({rest, more}) when rest != "", do: {:ok, rest, {"", more}}

  def next({"", more}) do
    case more.({:cont, nil}) do
      {:suspended, chunk, more} when is_binary(chunk) -> next({chunk, more})
      {:suspended, other, more} -> refuse!(other, more)
      _ -> :eof
    end
  rescue
    error in Error -> {:error, error}
    error in File.Error -> {:error, Error.posix(error.reason, error.path)}
  end

  @doc "No more is wanted: lets the source close what it has open."
  @spec close(t) :: :ok
  def close({_, more}) do
    more.({:halt, nil})
    :ok
  end

  defp refuse!(other, more) do
    close({"", more})

    raise ArgumentError,
          "Thumbelina.open: the chunks of an image are binaries, not #{Options.shown(other)}"
  end
end
