defmodule Thumbelina.MemoryTest do
  # Not async: it watches the memory of the VM.
  use ExUnit.Case, async: false

  alias Thumbelina.Test.{Picture, Samples}

  setup do
    path = Path.join(System.tmp_dir!(), "thumbelina-memory-#{System.unique_integer([:positive])}")
    on_exit(fn -> File.rm(path) end)
    {:ok, path: path}
  end

  @tag :memory
  test "it does not grow with the file", %{path: path} do
    noise = 700 |> Picture.noise(600) |> Samples.image() |> Thumbelina.resize("4000x3000")

    for {format, opts} <- [png: [level: 0], jpeg: [quality: 97]] do
      made = noise |> Thumbelina.encode(format, opts) |> Thumbelina.write!(path, format: format)
      assert made.stats.bytes_out > 7_000_000
      thumbnail = path |> Thumbelina.open(max_bytes: :infinity) |> Thumbelina.thumbnail(300)
      {%{stats: stats}, most} = watched(fn -> Thumbelina.run!(thumbnail, format: :jpeg) end)
      assert stats.bytes_in == made.stats.bytes_out
      assert most + stats.peak_bytes < stats.bytes_in / 2, "#{most} and #{inspect(stats)}"
    end
  end

  # The result, made in a process that holds nothing else, and by how much the binaries of
  # the VM have grown meanwhile.
  defp watched(fun) do
    before = :erlang.memory(:binary)
    watcher = Task.async(fn -> watch(before) end)
    result = fun |> Task.async() |> Task.await(:infinity)
    send(watcher.pid, :stop)
    {result, Task.await(watcher) - before}
  end

  defp watch(most) do
    receive do
      :stop -> max(most, :erlang.memory(:binary))
    after
      0 -> watch(max(most, :erlang.memory(:binary)))
    end
  end
end
