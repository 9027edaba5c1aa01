defmodule Thumbelina.NativeTest do
  # Not beside others: where there are more jobs than schedulers, the answer may be to wait.
  use ExUnit.Case, async: false

  alias Thumbelina.{Native, Op, Settings, Stats}
  alias Thumbelina.Test.{Picture, Plans, PNG}

  defp plan, do: Plans.plan([blur: [sigma: 1]], :png)

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
    assert {:ok, _, _} = Native.run([picture()], plan())

    for path <- [
          [:pictures],
          [:pipes],
          [:settings],
          [:pipes, 0, :output],
          [:pictures, 0, :limits]
        ],
        odd <- @odd do
      assert_raise ArgumentError, fn -> Native.run([picture()], put(plan(), path, odd)) end
      assert_raise ArgumentError, fn -> Native.run([picture()], drop(plan(), path)) end
    end

    for path <- [[:settings], [:pictures, 0], [:pictures, 0, :limits], [:pipes, 0, :output]],
        field <- plan() |> get_in(access(path)) |> Map.keys(),
        odd <- @odd do
      try do
        changed = put(plan(), path ++ [field], odd)
        assert elem(Native.run([picture()], changed), 0) in [:ok, :error]
      rescue
        ArgumentError -> :ok
      end
    end
  end

  defp put(plan, path, value), do: put_in(plan, access(path), value)
  defp drop(plan, path), do: plan |> pop_in(access(path)) |> elem(1)

  defp access(path), do: Enum.map(path, &if(is_integer(&1), do: Access.at(&1), else: &1))

  test "an operation of another form is refused" do
    for {name, options} <- [
          resize: [width: 5],
          crop: [width: 5, height: 5],
          flip: [direction: :vertical],
          rotate: [angle: 90],
          blur: [sigma: 1],
          brighten: [add: 1],
          extend: [left: 1],
          pad: [width: 50],
          round: [radius: 3],
          brightness: [factor: 2],
          contrast: [factor: 2],
          saturation: [factor: 2],
          hue: [angle: 2],
          gamma: [exponent: 2],
          modulate: [hue: 2],
          sepia: [strength: 1],
          tint: [colour: :white],
          threshold: [level: 1],
          opacity: [factor: 1],
          sharpen: [sigma: 1],
          pixelate: [size: 2],
          convolve: [kernel: [[0, 0, 0], [0, 1, 0], [0, 0, 0]]],
          flatten: []
        ],
        {name, map} = Op.sent(Op.new(name, options)),
        field <- Map.keys(map),
        odd <- @odd -- [0, -1] do
      assert_raise ArgumentError, fn ->
        ops = [{name, Map.put(map, field, odd)}]
        Native.run([picture()], put(plan(), [:pipes, 0, :ops], ops))
      end
    end

    greyscale = {:greyscale, %{}}

    assert_raise ArgumentError, fn ->
      ops = List.duplicate(greyscale, 65)
      Native.run([picture()], put(plan(), [:pipes, 0, :ops], ops))
    end
  end

  test "input that is neither a binary nor pieces is refused" do
    for odd <-
          @odd ++
            [[], [picture(), picture()], [picture(), :pieces]] ++
            Enum.map(@odd -- ["text"], &[&1]) do
      assert_raise ArgumentError, fn -> Native.run(odd, plan()) end
      assert_raise ArgumentError, fn -> Native.info(odd, Settings.limits(%{})) end
    end
  end

  test "a job takes what it asked for, and nothing after its end" do
    {:hungry, job} = Native.run([:pieces], plan())
    assert_raise ArgumentError, fn -> Native.resume(job, :word) end
    assert_raise ArgumentError, fn -> Native.resume(make_ref(), :eof) end

    {:hungry, job} = Native.resume(job, binary_part(picture(), 0, 20))
    assert {:error, :truncated, _, _, said} = Native.resume(job, :eof)
    assert %Stats{format: :png, bytes_in: 20} = Stats.new(said)
    assert_raise ArgumentError, fn -> Native.resume(job, :eof) end
    assert_raise ArgumentError, fn -> Native.resume(job, "more") end
  end
end
