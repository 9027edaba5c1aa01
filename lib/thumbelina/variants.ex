defmodule Thumbelina.Variants do
  @moduledoc false

  # What variants/3 is asked for.

  alias Thumbelina.{Options, Pipeline}

  # Of one job; TB_MAX_PIPES.
  @most 16

  @spec named!(term) :: keyword
  def named!(wanted) do
    named?(wanted) ||
      raise ArgumentError,
            "Thumbelina.variants: expected 1 to #{@most} names, each with a function or a " <>
              "pipeline, such as [small: &Thumbelina.resize(&1, 200)], not #{Options.shown(wanted)}"

    names = Keyword.keys(wanted)

    case names -- Enum.uniq(names) do
      [] -> wanted
      [name | _] -> raise ArgumentError, "Thumbelina.variants: #{name}: is given twice"
    end
  end

  defp named?(wanted), do: Keyword.keyword?(wanted) and length(wanted) in 1..@most

  @spec pipeline!(atom, term) :: Pipeline.t()
  def pipeline!(_, %Pipeline{} = pipeline), do: pipeline

  def pipeline!(name, fun) when is_function(fun, 1) do
    case fun.(%Pipeline{}) do
      %Pipeline{} = pipeline ->
        pipeline

      other ->
        raise ArgumentError, "#{wrong(name)}: the function returned #{Options.shown(other)}"
    end
  end

  def pipeline!(name, other),
    do: raise(ArgumentError, "#{wrong(name)}, not #{Options.shown(other)}")

  defp wrong(name) do
    "Thumbelina.variants: #{name}: must be a pipeline, or a function that adds operations to one"
  end
end
