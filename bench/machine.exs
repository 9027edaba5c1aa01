defmodule Machine do
  # Where the figures were taken.

  def cpu do
    found("/proc/cpuinfo", ~r/model name\s*: (.*)/) ||
      "#{:erlang.system_info(:system_architecture)}"
  end

  def os, do: found("/etc/os-release", ~r/PRETTY_NAME="(.*)"/) || "#{elem(:os.type(), 1)}"

  defp found(file, pattern) do
    with {:ok, text} <- File.read(file),
         [_, it] <- Regex.run(pattern, text),
         do: it,
         else: (_ -> nil)
  end
end
