defmodule Thumbelina.DeadlineTest do
  use ExUnit.Case, async: true

  alias Thumbelina.{Deadline, Error}

  test "of a timeout less and less is left, and never less than nothing" do
    deadline = Deadline.new(50)
    assert Deadline.left(deadline) in 0..50
    Process.sleep(20)
    assert Deadline.left(deadline) in 0..30
    Process.sleep(40)
    assert Deadline.left(deadline) == 0
    assert Deadline.spent(deadline) >= 60
  end

  test "who is late is told so, and who has time is not" do
    assert Deadline.check(Deadline.new(60_000), :input) == :ok

    assert {:error, %Error{code: :timeout, stage: :input, message: message}} =
             Deadline.check(Deadline.new(0), :input)

    assert message =~ "0 ms (timeout)"
  end

  test "what is infinite stays so" do
    deadline = Deadline.new(:infinity)
    assert Deadline.left(deadline) == :infinity
    assert Deadline.check(deadline, :input) == :ok
  end
end
