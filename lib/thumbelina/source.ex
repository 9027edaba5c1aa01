defmodule Thumbelina.Source do
  @moduledoc false

  # Where the bytes of an image come from.

  alias Thumbelina.{Deadline, Disk, Error, Feed, Options, Print, Text}

  @type t ::
          {:file, binary} | {:binary, binary} | {:chunks, Enumerable.t()} | {:text, Text.t()}

  # Of a file that is not held as a whole: fewer would be asked for more often.
  @piece 262_144

  @doc "What was given to open/2, or to another that takes the same, told by its shape."
  @spec new!(term, String.t()) :: t
  def new!(source, where \\ "Thumbelina.open")

  def new!(path, where) when is_binary(path) do
    if bytes?(path) do
      raise ArgumentError,
            "#{where}: #{Options.shown(binary_part(path, 0, min(8, byte_size(path))))}... is no " <>
              "path; bytes are given to Thumbelina.from_binary/2"
    end

    {:file, path}
  end

  # Read by lines, as it is unless told otherwise, it would lose the \r of each \r\n.
  def new!(%File.Stream{line_or_bytes: :line} = stream, _) do
    {:chunks, %{stream | line_or_bytes: Disk.piece()}}
  end

  def new!(%File.Stream{} = stream, _), do: {:chunks, stream}
  def new!(%URI{} = uri, where), do: refuse!(uri, where)

  # A %Plug.Upload{} and its like.
  def new!(%{path: path}, where) when is_binary(path), do: {:file, path!(path, where)}
  def new!([chunk | _] = chunks, _) when is_binary(chunk), do: {:chunks, chunks}
  def new!([], _), do: {:chunks, []}
  def new!(map, where) when is_map(map) and not is_struct(map), do: refuse!(map, where)
  def new!(list, where) when is_list(list), do: refuse!(list, where)

  def new!(other, where) do
    if Enumerable.impl_for(other), do: {:chunks, other}, else: refuse!(other, where)
  end

  @doc "The path, if it can be one."
  @spec path!(binary, String.t()) :: binary
  def path!(path, where) do
    if zero?(path),
      do: raise(ArgumentError, "#{where}: no path holds a zero byte: #{Options.shown(path)}")

    path
  end

  @doc "What the NIF is given: all the bytes, or pieces from a feed."
  @spec input(t, max_bytes :: non_neg_integer) ::
          {:ok, binary | :pieces, Feed.t()} | {:error, Error.t()}
  def input({:binary, bytes}, _), do: {:ok, bytes, Feed.none()}
  def input({:text, text}, _), do: {:ok, Text.encoded(text), Feed.none()}
  def input({:chunks, chunks}, _), do: {:ok, :pieces, Feed.new(chunks)}

  def input({:file, path}, max_bytes) do
    with {:ok, bytes} <- Disk.read(path, max_bytes), do: {:ok, bytes, Feed.none()}
  end

  @doc "The same of a file that need not be held as a whole."
  @spec pieces(t, max_bytes :: non_neg_integer) ::
          {:ok, :pieces, Feed.t()} | {:error, Error.t()}
  def pieces({:file, path}, max_bytes) do
    with {:ok, _} <- Disk.check(path, max_bytes),
         do: {:ok, :pieces, Feed.new(Disk.pieces(path, @piece))}
  end

  @doc "All the bytes, also those of chunks; of these no more are asked for when the time is up."
  @spec whole(t, max_bytes :: non_neg_integer, Deadline.t()) ::
          {:ok, binary} | {:error, Error.t()}
  def whole({:chunks, chunks}, max_bytes, deadline) do
    gather(Feed.new(chunks), [], 0, max_bytes, deadline)
  end

  def whole(source, max_bytes, _),
    do: with({:ok, bytes, _} <- input(source, max_bytes), do: {:ok, bytes})

  defp gather(feed, bytes, size, max_bytes, deadline) do
    with :ok <- bounded(size, max_bytes), :ok <- Deadline.check(deadline, :input) do
      gather_next(feed, bytes, size, max_bytes, deadline)
    else
      error ->
        Feed.close(feed)
        error
    end
  end

  defp gather_next(feed, bytes, size, max_bytes, deadline) do
    case Feed.next(feed) do
      {:ok, piece, feed} ->
        gather(feed, [bytes, piece], size + byte_size(piece), max_bytes, deadline)

      :eof ->
        {:ok, IO.iodata_to_binary(bytes)}

      {:error, error} ->
        {:error, error}
    end
  end

  defp bounded(size, max_bytes) when max_bytes == 0 or size <= max_bytes, do: :ok

  defp bounded(_, max_bytes) do
    message = "it is longer than #{max_bytes} bytes (max_bytes)"
    {:error, %Error{code: :limit, stage: :input, message: message}}
  end

  @doc "As `input/2`, but reads no more of a file than is asked for."
  @spec header(t) :: {:ok, binary | :pieces, Feed.t()} | {:error, Error.t()}
  def header({:file, path}), do: {:ok, :pieces, Feed.new(Disk.pieces(path))}
  def header(source), do: input(source, 0)

  @doc "Are its pieces there as soon as they are asked for?"
  @spec prompt?(t) :: boolean
  def prompt?(source), do: match?({:file, _}, source)

  @doc "Is it drawn? Of nothing else may the native code be told that it is."
  @spec text?(t) :: boolean
  def text?(source), do: match?({:text, _}, source)

  @doc "The code that makes it, with those options of open/2."
  @spec written(t, keyword) :: String.t()
  def written({:file, path}, opts), do: Print.call(:open, [Print.code(path)], opts)
  def written({:chunks, chunks}, opts), do: Print.call(:open, [inspect(chunks, limit: 8)], opts)

  def written({:binary, bytes}, opts) do
    Print.call(:from_binary, [inspect(bytes, binaries: :as_binaries, limit: 8)], opts)
  end

  def written({:text, text}, opts) do
    {text, how} = Text.written(text)
    drawn = Print.call(:from_text, [Print.code(text)], how)
    if opts == [], do: drawn, else: drawn <> " |> " <> Print.call(:open, [], opts)
  end

  # No path holds a zero byte, or starts like a picture.
  defp bytes?(<<0xFF, 0xD8, 0xFF, _::binary>>), do: true
  defp bytes?(<<0x89, "PNG", _::binary>>), do: true
  defp bytes?(path), do: zero?(path)

  defp zero?(path), do: :binary.match(path, <<0>>) != :nomatch

  defp refuse!(other, where) do
    raise ArgumentError,
          "#{where}: expected a path, an upload, or an enumerable of binaries, not " <>
            Options.shown(other) <> meant(other)
  end

  @doc "A hint where a charlist was given for a path, as Erlang has them."
  @spec meant(term) :: String.t()
  def meant([_ | _] = list) do
    if :io_lib.printable_unicode_list(list),
      do: ". Did you mean #{Options.shown(List.to_string(list))}?",
      else: ""
  end

  def meant(_), do: ""
end
