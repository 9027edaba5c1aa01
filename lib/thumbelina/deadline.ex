defmodule Thumbelina.Deadline do
  @moduledoc false

  # When a `timeout:` ends, for what is done before the native code counts.

  alias Thumbelina.Error

  @opaque t :: integer | :never

  @doc "So many milliseconds from now."
  @spec new(timeout) :: t
  def new(:infinity), do: :never
  def new(timeout), do: now() + timeout

  @doc "The milliseconds there are until then: a timeout again."
  @spec left(t) :: timeout
  def left(:never), do: :infinity
  def left(deadline), do: max(0, deadline - now())

  @doc "That there is time; or the error of what is late."
  @spec check(t, stage :: atom) :: :ok | {:error, Error.t()}
  def check(deadline, stage) do
    if left(deadline) == 0, do: {:error, late(stage)}, else: :ok
  end

  defp late(stage) do
    %Error{
      code: :timeout,
      stage: stage,
      message: "the time was up before all of it was read (timeout)"
    }
  end

  defp now, do: System.monotonic_time(:millisecond)
end
