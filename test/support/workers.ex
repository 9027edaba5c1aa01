defmodule Thumbelina.Test.Workers do
  @moduledoc "The processes of libvips that this VM has started, as Linux knows them; the benchmarks look at them too."

  import Thumbelina.Test.Until

  @doc "Can they be seen at all?"
  def seen?, do: File.exists?("/proc/self/stat")

  @doc "Their numbers; those that have ended and are not forgotten, too."
  def all, do: for(pid <- numbers(), stat = stat(pid), stat.parent == System.pid(), do: pid)

  @doc "One that works for so many milliseconds from now on, when it has; starting counts."
  def busy(ms \\ 100) do
    before = Map.new(all(), &{&1, cpu(&1)})
    working = fn -> Enum.find(all(), &(cpu(&1) >= Map.get(before, &1, 0) + ms)) end
    eventually(fn -> working.() != nil end) || raise "no worker works"
    working.()
  end

  # Milliseconds of the CPU that it has had; 0 when it is not there.
  defp cpu(pid) do
    case stat(pid) do
      nil -> 0
      stat -> stat.cpu
    end
  end

  @doc "Is it there?  A zombie is."
  def there?(pid), do: stat(pid) != nil

  @doc "Has it ended, or does none of its threads want the CPU?"
  def at_rest?(pid) do
    tasks = "/proc/#{pid}/task/*/stat" |> Path.wildcard() |> Enum.map(&File.read/1)
    Enum.all?(tasks, &(match?({:error, _}, &1) or elem(&1, 1) =~ ~r/\) [SZ] /))
  end

  @doc "Bytes of memory that it has."
  def memory(pid) do
    case File.read("/proc/#{pid}/statm") do
      {:ok, text} -> 4096 * (text |> String.split() |> Enum.at(1) |> String.to_integer())
      _ -> 0
    end
  end

  @doc "Ends all that wait, and waits until they have."
  def kill_all do
    for pid <- all(), do: kill(pid)
    eventually(fn -> all() == [] end)
  end

  def kill(pid), do: System.cmd("kill", ["-KILL", "#{pid}"], stderr_to_stdout: true)

  defp numbers do
    case File.ls("/proc") do
      {:ok, names} -> Enum.filter(names, &(&1 =~ ~r/^\d+$/))
      _ -> []
    end
  end

  defp stat(pid) do
    with {:ok, text} <- File.read("/proc/#{pid}/stat"),
         [_, rest] <- String.split(text, "(thumbelina_vips) ") do
      rest = String.split(rest)
      [user, system] = for n <- [11, 12], do: rest |> Enum.at(n) |> String.to_integer()
      %{parent: Enum.at(rest, 1), cpu: 10 * (user + system)}
    else
      _ -> nil
    end
  end
end
