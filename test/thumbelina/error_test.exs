defmodule Thumbelina.ErrorTest do
  use ExUnit.Case, async: true
  doctest Thumbelina.Error

  alias Thumbelina.Error

  test "what the file system says is a code and a sentence" do
    error = Error.posix(:enoent, "no/cat.jpg")
    assert {error.code, error.stage} == {:enoent, :file}

    assert Exception.message(error) ==
             ~s|file: "no/cat.jpg": no such file or directory (enoent)|
  end

  test "an address that is taken for a path is told that it is not fetched" do
    for address <- ["https://example.org/cat.jpg", "HTTP://example.org"] do
      assert {:error, %{code: :enoent, message: message}} = Thumbelina.info(address)
      assert message =~ ~r/no such file or directory; an address is not fetched$/
    end
  end

  test "what is far too long for a path is not in the sentence as a whole" do
    long = String.duplicate("<svg>", 1_000_000)
    assert {:error, error} = Thumbelina.info(long)
    assert error.code == :enametoolong
    assert String.length(error.message) < 5_000
  end
end
