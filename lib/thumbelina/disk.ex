defmodule Thumbelina.Disk do
  @moduledoc false

  # Files: read within bounds, written whole or not at all. The work is done by the dirty IO
  # schedulers of the VM.

  import Bitwise
  alias Thumbelina.Error

  @piece 65_536

  @doc "Bytes that are read at a time, where not all are wanted at once."
  def piece, do: @piece

  # As many as Linux follows.
  @most_links 40

  # Above it a look at the header costs less than it may save.
  @large 1_048_576

  @doc "Whether it is worth looking at before it is read. What is not there is not."
  @spec large?(Path.t()) :: boolean
  def large?(path), do: match?({:ok, size} when size > @large, size(path))

  @doc "That the file has at most `max` bytes (0: any number)."
  @spec check(Path.t(), non_neg_integer) :: {:ok, non_neg_integer} | {:error, Error.t()}
  def check(path, max) do
    with {:ok, size} <- size(path), :ok <- bounded(path, size, max), do: {:ok, size}
  end

  @doc "The whole file, which has at most `max` bytes (0: any number)."
  @spec read(Path.t(), non_neg_integer) :: {:ok, binary} | {:error, Error.t()}
  def read(path, max) do
    with {:ok, size} <- check(path, max),
         {:ok, file} <- open(path) do
      bytes = :file.read(file, max(size, 1))
      :file.close(file)

      case bytes do
        {:ok, bytes} -> {:ok, bytes}
        :eof -> {:ok, ""}
        {:error, reason} -> {:error, Error.posix(reason, path)}
      end
    end
  end

  @doc "The file in pieces of so many bytes, as they are asked for. Raises `Thumbelina.Error`."
  @spec pieces(Path.t(), pos_integer) :: Enumerable.t()
  def pieces(path, piece \\ @piece) do
    Stream.resource(
      fn ->
        with {:ok, _} <- size(path), {:ok, file} <- open(path) do
          file
        else
          {:error, error} -> raise error
        end
      end,
      fn file ->
        case :file.read(file, piece) do
          {:ok, bytes} -> {[bytes], file}
          :eof -> {:halt, file}
          {:error, reason} -> raise Error.posix(reason, path)
        end
      end,
      &:file.close/1
    )
  end

  @doc """
  Puts the file there in one move: until then the old one stays, and a failure leaves
  nothing behind. The new one has the mode of the old one, and its owner as far as the system
  lets us; a link stays, and what it leads to is written. What is no regular file is refused.
  """
  @spec write(Path.t(), binary) :: :ok | {:error, Error.t()}
  def write(path, bytes) do
    # A process of its own: a caller that is killed on the way leaves no half file either.
    {pid, ref} = spawn_monitor(fn -> exit({:written, put(path, bytes)}) end)

    receive do
      {:DOWN, ^ref, :process, ^pid, {:written, result}} -> result
      {:DOWN, ^ref, :process, ^pid, reason} -> exit(reason)
    end
  end

  defp put(path, bytes) do
    with {:ok, old} <- old(path),
         {:ok, target} <- target(path, @most_links),
         new = Path.join(Path.dirname(target), ".thumbelina-#{unused_name()}"),
         {:ok, file} <- :file.open(new, [:write, :exclusive, :raw, :binary]),
         :ok <- fill(file, new, old, bytes),
         :ok <- move(new, target) do
      :ok
    else
      {:error, %Error{} = error} -> {:error, error}
      {:error, :enoent} -> {:error, Error.posix(:enoent, path, "its directory does not exist")}
      {:error, reason} -> {:error, Error.posix(reason, path)}
    end
  end

  # The file that is there, or will be where the link leads: nil.
  defp old(path) do
    case regular(path) do
      {:error, %Error{code: :enoent}} -> {:ok, nil}
      answer -> answer
    end
  end

  # Where links lead, also if nothing is there.
  defp target(_, 0), do: {:error, :eloop}

  defp target(path, links) do
    case :file.read_link_all(path) do
      {:ok, link} -> path |> linked(link) |> target(links - 1)
      {:error, reason} when reason in [:einval, :enoent, :enotsup] -> {:ok, path}
      {:error, reason} -> {:error, reason}
    end
  end

  # Not Path.expand/2: what is above a directory that is a link, the system knows.
  defp linked(path, link) do
    link = name(link)
    if Path.type(link) == :absolute, do: link, else: path |> Path.dirname() |> Path.join(link)
  end

  # As bytes; a name that is not in the encoding of the system comes so.
  defp name(bytes) when is_binary(bytes), do: bytes
  defp name(text), do: :unicode.characters_to_binary(text, :unicode, :file.native_name_encoding())

  defp unused_name do
    {bytes, _} = :rand.bytes_s(8, :rand.seed_s(:exsss))
    Base.encode16(bytes, case: :lower)
  end

  # A full disk may be noticed at the end only.
  defp fill(file, new, old, bytes) do
    written = with :ok <- liken(new, old), do: :file.write(file, bytes)
    closed = :file.close(file)

    with :ok <- written, :ok <- closed do
      :ok
    else
      error ->
        File.rm(new)
        error
    end
  end

  # While it is empty: with bytes in it, it is never open to more than the old one was. So another
  # group than that of the old one may do what others may.
  defp liken(_, nil), do: :ok

  defp liken(new, %{mode: mode, uid: uid, gid: gid}) do
    File.chown(new, uid)
    group_of = if File.chgrp(new, gid) == :ok, do: mode, else: mode <<< 3
    File.chmod(new, (mode &&& 0o707) ||| (group_of &&& 0o070))
  end

  defp move(new, path) do
    with {:error, reason} <- File.rename(new, path) do
      File.rm(new)
      {:error, reason}
    end
  end

  defp size(path) do
    with {:ok, %{size: size}} <- regular(path), do: {:ok, size}
  end

  # What is no regular file may have no end, or wait for ever.
  defp regular(path) do
    with {:ok, record} <- :file.read_file_info(path, [:raw, time: :posix]) do
      case File.Stat.from_record(record) do
        %{type: :regular} = stat -> {:ok, stat}
        %{type: :directory} -> {:error, Error.posix(:eisdir, path)}
        _ -> {:error, Error.posix(:einval, path, "is no regular file")}
      end
    else
      {:error, reason} -> {:error, Error.posix(reason, path)}
    end
  end

  defp bounded(_, _, 0), do: :ok
  defp bounded(_, size, max) when size <= max, do: :ok

  defp bounded(path, size, max) do
    message = "#{inspect(path)} has #{size} bytes; the limit is #{max} (max_bytes)"
    {:error, %Error{code: :limit, stage: :file, message: message}}
  end

  defp open(path) do
    with {:error, reason} <- :file.open(path, [:read, :raw, :binary]) do
      {:error, Error.posix(reason, path)}
    end
  end
end
