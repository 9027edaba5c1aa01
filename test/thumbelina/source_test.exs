defmodule Thumbelina.SourceTest do
  use ExUnit.Case, async: true

  alias Thumbelina.Source

  defmodule Upload do
    defstruct [:path, :filename, :content_type]
  end

  test "a source is told by its shape" do
    assert Source.new!("cat.jpg") == {:file, "cat.jpg"}
    assert Source.new!(%{path: "uploads/1", filename: "cat.jpg"}) == {:file, "uploads/1"}
    assert Source.new!(%Upload{path: "uploads/1"}) == {:file, "uploads/1"}
    assert Source.new!(["ab", "cd"]) == {:chunks, ["ab", "cd"]}
    assert Source.new!([]) == {:chunks, []}
    stream = Stream.map(["ab"], & &1)
    assert Source.new!(stream) == {:chunks, stream}
    fun = fn _, _ -> {:done, nil} end
    assert Source.new!(fun) == {:chunks, fun}
  end

  test "a file stream is read in bytes, not lines, which would change them" do
    path = Path.join(System.tmp_dir!(), "thumbelina-lines-#{System.unique_integer([:positive])}")
    on_exit(fn -> File.rm(path) end)
    bytes = "one\r\ntwo\nthree\r\r\n\n"
    File.write!(path, bytes)

    for stream <- [File.stream!(path), File.stream!(path, [], 3)] do
      assert {:chunks, chunks} = Source.new!(stream)
      assert Enum.join(chunks) == bytes
    end
  end

  test "what cannot be read is refused" do
    for wrong <- [
          nil,
          1,
          :cat,
          'cat.jpg',
          %{},
          %{path: nil},
          %{a: 1},
          {"cat.jpg"},
          [1, 2],
          self(),
          URI.parse("http://x/cat.jpg")
        ] do
      assert_raise ArgumentError,
                   ~r/^Thumbelina.open: expected a path, an upload, or an enumerable/,
                   fn ->
                     Source.new!(wrong)
                   end
    end
  end

  test "a charlist, as Erlang writes a path, is answered with the string" do
    for {wrong, right} <- [{'cat.jpg', "cat.jpg"}, {'käse.png', "käse.png"}] do
      for call <- [
            fn -> Thumbelina.open(wrong) end,
            fn -> Thumbelina.open("cat.jpg") |> Thumbelina.write(wrong) end
          ],
          do: assert_raise(ArgumentError, ~r/. Did you mean "#{right}"\?$/, call)
    end

    for wrong <- [[1, 2], ['cat.jpg'], [?a | ?b]] do
      error = assert_raise ArgumentError, fn -> Source.new!(wrong) end
      refute error.message =~ "Did you mean"
    end
  end

  test "an upload has no path with a zero byte in it, as no file has" do
    assert_raise ArgumentError,
                 ~r/^Thumbelina.open: no path holds a zero byte: <<97, 0, 98>>/,
                 fn ->
                   Source.new!(%Upload{path: "a\0b"})
                 end
  end

  test "bytes in place of a path are noticed" do
    for bytes <- [
          <<0xFF, 0xD8, 0xFF, 0xE0, 0>>,
          <<0x89, "PNG\r\n">>,
          <<"RIFF", 0, 0, 0, 1, "WEBP">>,
          <<0>>
        ] do
      assert_raise ArgumentError, ~r/bytes are given to Thumbelina.from_binary/, fn ->
        Source.new!(bytes)
      end
    end
  end
end
