defmodule Thumbelina.DiskTest do
  use ExUnit.Case, async: true

  alias Thumbelina.{Disk, Error}

  setup do
    dir = Path.join(System.tmp_dir!(), "thumbelina-disk-#{System.unique_integer([:positive])}")
    File.mkdir_p!(dir)
    on_exit(fn -> File.rm_rf!(dir) end)
    {:ok, dir: dir, path: Path.join(dir, "file")}
  end

  test "what is written is read again, whole or in pieces", %{path: path} do
    for size <- [0, 1, 65_535, 65_536, 65_537, 300_000] do
      bytes = :rand.bytes(size)
      assert Disk.write(path, bytes) == :ok
      assert Disk.read(path, 0) == {:ok, bytes}
      assert Disk.read(path, max(size, 1)) == {:ok, bytes}
      assert path |> Disk.pieces() |> Enum.join() == bytes
    end
  end

  test "a file that is too large is not read", %{path: path} do
    File.write!(path, "12345")
    assert {:error, %Error{code: :limit, stage: :file, message: message}} = Disk.read(path, 4)
    assert message == "#{inspect(path)} has 5 bytes; the limit is 4 (max_bytes)"
  end

  test "what the file system says is answered", %{dir: dir, path: path} do
    assert {:error, %Error{code: :enoent, stage: :file}} = Disk.read(path, 0)
    assert {:error, %Error{code: :eisdir, stage: :file}} = Disk.read(dir, 0)
    File.write!(path, "")
    assert {:error, %Error{code: :enotdir}} = Disk.read(Path.join(path, "below"), 0)
    assert {:error, %Error{code: :enotdir}} = Disk.write(Path.join(path, "below"), "x")
    assert {:error, %Error{code: :enoent}} = Disk.write(Path.join(dir, "no/file"), "x")
    assert_raise Error, ~r/no such file/, fn -> Enum.to_list(Disk.pieces(path <> "2")) end
  end

  test "what has no end is not read" do
    for endless <- ["/dev/zero", "/dev/stdin"], File.exists?(endless) do
      assert {:error, %Error{code: :einval, message: message}} = Disk.read(endless, 0)
      assert message =~ "is no regular file"
    end
  end

  test "a failure leaves nothing behind", %{dir: dir, path: path} do
    File.mkdir!(path)
    assert {:error, %Error{stage: :file}} = Disk.write(path, "x")
    assert File.ls!(dir) == ["file"]
    assert File.ls!(path) == []
  end

  test "a new file takes the place of the old one in one move", %{dir: dir, path: path} do
    File.write!(path, "old")
    {:ok, reader} = :file.open(path, [:read, :raw, :binary])
    assert Disk.write(path, "new one") == :ok
    assert :file.read(reader, 100) == {:ok, "old"}
    :file.close(reader)
    assert File.read!(path) == "new one"
    assert File.ls!(dir) == ["file"]
  end

  test "a caller that is killed on the way leaves the old file or the new one, and nothing else",
       %{dir: dir, path: path} do
    sizes = for n <- 1..300, do: 500_000 + n
    File.write!(path, "old")

    for size <- sizes do
      {pid, ref} = spawn_monitor(fn -> Disk.write(path, :binary.copy("x", size)) end)
      for _ <- 1..:rand.uniform(50), do: :erlang.yield()
      Process.exit(pid, :kill)
      assert_receive {:DOWN, ^ref, :process, ^pid, _}, 5_000
      assert File.stat!(path).size in [3 | sizes]
    end

    assert Thumbelina.Test.Jobs.eventually(fn -> File.ls!(dir) == ["file"] end)
  end
end
