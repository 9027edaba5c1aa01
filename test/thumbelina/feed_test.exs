defmodule Thumbelina.FeedTest do
  use ExUnit.Case, async: true

  alias Thumbelina.{Error, Feed}

  defp drain(feed) do
    case Feed.next(feed) do
      {:ok, piece, feed} -> [piece | drain(feed)]
      end_or_error -> [end_or_error]
    end
  end

  defp watched(chunks) do
    test = self()

    Stream.resource(
      fn -> chunks end,
      fn
        [] -> {:halt, []}
        [:fail | _] -> raise "a pipe broke"
        [chunk | rest] -> {[chunk], rest}
      end,
      fn _ -> send(test, :closed) end
    )
  end

  test "chunks come as they are, without the empty ones" do
    assert drain(Feed.new(["ab", "", "", "c"])) == ["ab", "c", :eof]
    assert drain(Feed.none()) == [:eof]
    assert drain(Feed.new([""])) == [:eof]
  end

  test "long chunks are cut" do
    bytes = :rand.bytes(1_000_000)
    pieces = drain(Feed.new([bytes, "x"]))
    assert IO.iodata_to_binary(Enum.drop(pieces, -1)) == bytes <> "x"
    assert pieces |> Enum.drop(-1) |> Enum.map(&byte_size/1) |> Enum.max() <= 262_144
  end

  test "nothing is taken before it is asked for, and what is open is closed" do
    test = self()
    feed = Feed.new(Stream.each(watched(["a", "b"]), &send(test, {:taken, &1})))
    refute_received {:taken, _}
    {:ok, "a", feed} = Feed.next(feed)
    assert_received {:taken, "a"}
    refute_received {:taken, "b"}
    Feed.close(feed)
    assert_received :closed
  end

  test "a source that is an image of ours, or a file, answers with its error" do
    error = %Error{code: :corrupt, stage: :png, message: "broken"}
    assert {:error, ^error} = Feed.next(Feed.new(Stream.map([1], fn _ -> raise error end)))

    assert {:error, %Error{code: :enoent, stage: :file}} =
             Feed.next(Feed.new(File.stream!("no such file")))
  end

  test "what else goes wrong is the caller's, as is a chunk that is no binary" do
    assert_raise RuntimeError, "a pipe broke", fn -> Feed.next(Feed.new(watched([:fail]))) end

    assert_raise ArgumentError, ~r/the chunks of an image are binaries, not 1/, fn ->
      Feed.next(Feed.new(watched([1])))
    end

    assert_received :closed
    assert_received :closed
  end
end
