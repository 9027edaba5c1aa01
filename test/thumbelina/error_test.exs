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
end
