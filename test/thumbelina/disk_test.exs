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

  # What follows is as File.write/2 has it, which writes into the file that is there.

  defp mode(path), do: Bitwise.band(File.stat!(path).mode, 0o777)

  test "the mode of the old file is that of the new one", %{dir: dir, path: path} do
    for mode <- [0o600, 0o640, 0o666, 0o755, 0o444] do
      File.write!(path, "old")
      File.chmod!(path, mode)
      assert Disk.write(path, "new") == :ok
      assert File.read!(path) == "new"
      assert mode(path) == mode
      File.rm!(path)
    end

    File.write!(path, "by File")
    other = Path.join(dir, "other")
    assert Disk.write(other, "by us") == :ok
    assert mode(other) == mode(path)
  end

  test "bytes of a private file are in no file that others can read", %{dir: dir, path: path} do
    File.write!(path, "old")
    File.chmod!(path, 0o600)
    bytes = :binary.copy("x", 10_000_000)
    writer = Task.async(fn -> for _ <- 1..10, do: assert(Disk.write(path, bytes) == :ok) end)
    assert modes_until_done(dir, writer, [0o600]) == [0o600]
  end

  defp modes_until_done(dir, writer, modes) do
    found =
      for name <- File.ls!(dir),
          {:ok, %{size: size, mode: mode}} when size > 0 <- [File.stat(Path.join(dir, name))],
          do: Bitwise.band(mode, 0o777)

    modes = Enum.uniq(found ++ modes)
    if Task.yield(writer, 0), do: modes, else: modes_until_done(dir, writer, modes)
  end

  test "the owner stays, where the system lets us", %{path: path} do
    File.write!(path, "old")

    if File.stat!(path).uid == 0 do
      File.chown!(path, 12_345)
      File.chgrp!(path, 54_321)
      File.chmod!(path, 0o640)
    end

    %{uid: uid, gid: gid, mode: mode} = File.stat!(path)
    assert Disk.write(path, "new") == :ok
    assert %{uid: ^uid, gid: ^gid, mode: ^mode} = File.stat!(path)
  end

  test "where a link leads is written, and the link stays", %{dir: dir} do
    [links, there, deep] = for name <- ~w(links there there/deep), do: Path.join(dir, name)
    Enum.each([links, there, deep], &File.mkdir!/1)
    File.ln_s!("../there/deep", Path.join(links, "directory"))

    for {name, leads_to, target} <- [
          {"links/relative", "../there/one", "there/one"},
          {"links/absolute", Path.join(there, "two"), "there/two"},
          {"links/chain", "relative", "there/one"},
          {"there/deep/up", "../three", "there/three"},
          {"links/down", "directory/four", "there/deep/four"}
        ] do
      [link, target] = [Path.join(dir, name), Path.join(dir, target)]
      File.ln_s!(leads_to, link)

      # Where nothing is at first, and where something is.
      for bytes <- ["new", "newer"] do
        assert Disk.write(link, bytes) == :ok
        assert File.read_link!(link) == leads_to
        assert File.read!(target) == bytes
        assert %{type: :regular} = File.lstat!(target)
      end

      File.rm!(target)
    end

    # Above a directory that is a link is what is above the one it leads to.
    assert Disk.write(Path.join(links, "directory/up"), "new") == :ok
    assert File.read!(Path.join(there, "three")) == "new"

    assert Enum.sort(File.ls!(links)) == ~w(absolute chain directory down relative)
    assert Enum.sort(File.ls!(there)) == ~w(deep three)
    assert File.ls!(deep) == ["up"]
  end

  test "a link may lead to a name that is no UTF-8", %{dir: dir, path: path} do
    name = <<"caf", 0xE9>>

    # Some file systems have no such names.
    if File.write(Path.join(dir, name), "old") == :ok do
      File.ln_s!(name, path)
      assert Disk.write(path, "new") == :ok
      assert File.read(Path.join(dir, name)) == {:ok, "new"}
      assert %{type: :symlink} = File.lstat!(path)
    end
  end

  test "where links lead nowhere is no file", %{dir: dir, path: path} do
    File.ln_s!("loop", path)
    File.ln_s!("file", Path.join(dir, "loop"))
    File.ln_s!("no/file", Path.join(dir, "lost"))
    assert {:error, %Error{code: :eloop, stage: :file}} = Disk.write(path, "x")
    assert {:error, %Error{code: :enoent}} = Disk.write(Path.join(dir, "lost"), "x")
    assert File.read_link!(path) == "loop"
    assert Enum.sort(File.ls!(dir)) == ~w(file loop lost)
  end

  test "what is no regular file stays as it is", %{dir: dir, path: path} do
    pipe = Path.join(dir, "pipe")
    {_, 0} = System.cmd("mkfifo", [pipe])
    File.ln_s!("pipe", path)

    for name <- [pipe, path] do
      assert {:error, %Error{code: :einval, stage: :file, message: message}} =
               Disk.write(name, "x")

      assert message == "#{inspect(name)}: is no regular file"
    end

    assert %{type: :other} = File.lstat!(pipe)
    assert File.read_link!(path) == "pipe"
    assert {:error, %Error{code: code}} = Disk.write(dir, "x")
    assert {:error, code} == File.write(dir, "x")
    assert Enum.sort(File.ls!(dir)) == ~w(file pipe)
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
