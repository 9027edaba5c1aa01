defmodule Thumbelina.Print do
  @moduledoc false

  # Images and pipelines printed as the code that makes them.

  import Inspect.Algebra
  alias Thumbelina.{Op, Output}

  @doc "The first call, then a step for each operation, then the output."
  @spec chain(String.t(), [Op.t()], Output.t() | nil) :: Inspect.Algebra.t()
  def chain(first, ops, output) do
    calls = Enum.map(ops, &Op.written/1) ++ Enum.map(List.wrap(output), &Output.written/1)

    for {name, positional, options} <- calls, reduce: first do
      chain -> glue(chain, concat("|> ", call(name, Enum.map(positional, &code/1), options)))
    end
    |> group()
  end

  @doc "A call, of arguments that are code already and options that are not."
  @spec call(atom, [String.t()], keyword) :: String.t()
  def call(name, args, options) do
    named = Enum.map(options, fn {key, value} -> "#{key}: #{code(value)}" end)
    "Thumbelina.#{name}(#{Enum.join(args ++ named, ", ")})"
  end

  @doc "A term as code, whole."
  @spec code(term) :: String.t()
  def code(term), do: inspect(term, limit: :infinity, printable_limit: :infinity)
end
