defmodule Thumbelina.PipelineTest do
  use ExUnit.Case, async: true
  doctest Thumbelina.Pipeline

  test "it is printed as the code that makes it" do
    pipeline =
      Thumbelina.pipeline()
      |> Thumbelina.resize(400, 300, gravity: {0.25, 1}, background: :black)
      |> Thumbelina.rotate(-90)
      |> Thumbelina.encode(:webp, lossless: true)

    assert inspect(pipeline) ==
             "Thumbelina.pipeline() |> Thumbelina.resize(width: 400, height: 300, gravity: {0.25, 1.0}, " <>
               "background: {0, 0, 0, 255}) |> Thumbelina.rotate(270) |> Thumbelina.encode(:webp, lossless: true)"

    assert {^pipeline, _} = Code.eval_string(inspect(pipeline))
  end
end
