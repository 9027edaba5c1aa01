defmodule Thumbelina.Test.Until do
  @moduledoc "How to wait for what becomes true."

  @doc "Waits for it, at most so many seconds."
  def eventually(check, seconds \\ 20) do
    until(check, System.monotonic_time(:millisecond) + 1000 * seconds)
  end

  defp until(check, end_at) do
    cond do
      check.() -> true
      System.monotonic_time(:millisecond) > end_at -> false
      true -> Process.sleep(2) && until(check, end_at)
    end
  end
end
