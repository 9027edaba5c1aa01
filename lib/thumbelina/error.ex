defmodule Thumbelina.Error do
  @moduledoc """
  Why an image could not be made. `:code` is for programs, `:message` for people.

  | code | |
  |---|---|
  | `:corrupt` | the bytes break their own format |
  | `:truncated` | they end too early |
  | `:unsupported` | no picture, or one of a kind that is not read |
  | `:limit` | a limit was reached, see `Thumbelina.open/2`; or more was asked for than the picture has, as by a crop that leaves it |
  | `:no_memory` | the system has no more |
  | `:timeout` | the `timeout:` passed |
  | `:cancelled` | nobody waits for the answer any more |
  | `:overloaded` | too much is under way, or the pool that counts it has ended or cannot be reached |
  | `:enoent`, `:eacces`, `:enospc`, ... | what the file system said, with stage `:file` |

  `:stage` is who noticed: `:file`; `:walk`, which looks at the bytes before any codec does; a
  format, such as `:png`; a step of the work, such as `:crop`; `:plan`, which is made of the header
  and the operations; `:input`, the chunks; `:job`, all of it; or `:pool`. `:stats` says what the
  job had cost by then (`Thumbelina.Stats`), and is nil where none had begun.

      iex> error = %Thumbelina.Error{code: :truncated, stage: :png, message: "ends in row 8 of 12"}
      iex> Exception.message(error)
      "png: ends in row 8 of 12 (truncated)"
  """

  @type code ::
          :corrupt
          | :truncated
          | :unsupported
          | :limit
          | :no_memory
          | :timeout
          | :cancelled
          | :overloaded
          | File.posix()
  @type t :: %__MODULE__{
          code: code,
          stage: atom,
          message: String.t(),
          stats: Thumbelina.Stats.t() | nil
        }

  @enforce_keys [:code, :stage, :message]
  defexception [:code, :stage, :message, :stats]

  @impl true
  def message(%{code: code, stage: stage, message: message}), do: "#{stage}: #{message} (#{code})"

  @doc false
  # What the file system said of a path.
  @spec posix(atom, Path.t(), String.t() | nil) :: t
  def posix(reason, path, text \\ nil) do
    text = text || "#{:file.format_error(reason)}#{unfetched(reason, path)}"
    %__MODULE__{code: reason, stage: :file, message: "#{inspect(path)}: #{text}"}
  end

  defp unfetched(:enoent, path) do
    if path =~ ~r{\Ahttps?://}i, do: "; an address is not fetched", else: ""
  end

  defp unfetched(_, _), do: ""
end
