defmodule Thumbelina.Deadline do
  @moduledoc false

  # When a `timeout:` ends, for what is done before the native code counts.

  alias Thumbelina.Error

  @opaque t :: {started :: integer, timeout}

  @doc "So many milliseconds from now."
  @spec new(timeout) :: t
  def new(timeout), do: {now(), timeout}

  @doc "The milliseconds that are gone since."
  @spec spent(t) :: non_neg_integer
  def spent({started, _}), do: now() - started

  @doc "The milliseconds there are until then: a timeout again."
  @spec left(t) :: timeout
  def left({_, :infinity}), do: :infinity
  def left({_, timeout} = deadline), do: max(0, timeout - spent(deadline))

  @doc "That there is time; or the error of what is late."
  @spec check(t, stage :: atom) :: :ok | {:error, Error.t()}
  def check({_, timeout} = deadline, stage) do
    if left(deadline) == 0, do: {:error, late(timeout, stage)}, else: :ok
  end

  defp late(timeout, stage) do
    message = "it was not done after #{timeout} ms (timeout): not all of it was read"
    %Error{code: :timeout, stage: stage, message: message}
  end

  defp now, do: System.monotonic_time(:millisecond)
end
