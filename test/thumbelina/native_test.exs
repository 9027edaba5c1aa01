defmodule Thumbelina.NativeTest do
  use ExUnit.Case, async: true

  alias Thumbelina.{Native, Op, Output, Settings}
  alias Thumbelina.Test.{Picture, PNG}

  defp plan do
    %{
      ops: [Op.sent(Op.new(:blur, sigma: 1))],
      output: Output.sent(Output.new(nil, :png, [], "here")),
      limits: Settings.limits(%{}),
      settings: elem(Settings.limits_and_settings(%{}, %{}), 1)
    }
  end

  defp picture, do: PNG.encode(Picture.noise(9, 7))

  # What a fuzzer would put in the place of any term.
  @odd [
    nil,
    -1,
    0,
    1.0e300,
    :word,
    "text",
    [],
    [1 | 2],
    {},
    {:blur, %{}},
    %{},
    <<1::3>>,
    99_999_999_999_999_999_999
  ]

  test "a plan of another form is refused, whatever stands in it" do
    assert {:ok, _, _} = Native.run(picture(), plan())

    for key <- Map.keys(plan()), odd <- @odd, {key, odd} != {:ops, []} do
      assert_raise ArgumentError, fn -> Native.run(picture(), Map.put(plan(), key, odd)) end
      assert_raise ArgumentError, fn -> Native.run(picture(), Map.delete(plan(), key)) end
    end

    for key <- [:output, :limits, :settings], field <- Map.keys(plan()[key]), odd <- @odd do
      changed = put_in(plan(), [key, field], odd)

      try do
        assert elem(Native.run(picture(), changed), 0) in [:ok, :error]
      rescue
        ArgumentError -> :ok
      end
    end
  end

  test "an operation of another form is refused" do
    for {name, options} <- [
          resize: [width: 5],
          crop: [width: 5, height: 5],
          flip: [direction: :vertical],
          rotate: [angle: 90],
          blur: [sigma: 1],
          brighten: [add: 1]
        ],
        {name, map} = Op.sent(Op.new(name, options)),
        field <- Map.keys(map),
        odd <- @odd -- [0, -1] do
      assert_raise ArgumentError, fn ->
        Native.run(picture(), %{plan() | ops: [{name, Map.put(map, field, odd)}]})
      end
    end

    greyscale = {:greyscale, %{}}

    assert_raise ArgumentError, fn ->
      Native.run(picture(), %{plan() | ops: List.duplicate(greyscale, 65)})
    end
  end

  test "input that is neither a binary nor pieces is refused" do
    for odd <- @odd -- ["text"] do
      assert_raise ArgumentError, fn -> Native.run(odd, plan()) end
      assert_raise ArgumentError, fn -> Native.info(odd, Settings.limits(%{})) end
    end
  end

  test "a job takes what it asked for, and nothing after its end" do
    {:hungry, job} = Native.run(:pieces, plan())
    assert_raise ArgumentError, fn -> Native.resume(job, :word) end
    assert_raise ArgumentError, fn -> Native.resume(make_ref(), :eof) end

    {:hungry, job} = Native.resume(job, binary_part(picture(), 0, 20))
    assert {:error, :truncated, _, _, %{}} = Native.resume(job, :eof)
    assert_raise ArgumentError, fn -> Native.resume(job, :eof) end
    assert_raise ArgumentError, fn -> Native.resume(job, "more") end
  end
end
