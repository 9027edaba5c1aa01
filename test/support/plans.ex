defmodule Thumbelina.Test.Plans do
  @moduledoc "Plans as Thumbelina.Native is sent them."

  alias Thumbelina.{Op, Output, Settings}

  @doc "Of one picture into one result."
  def plan(ops, format, settings \\ %{}) do
    {limits, all} = Settings.limits_and_settings(Settings.given(%{}, %{}))
    {reading, all} = Map.split(all, [:orient, :keep_truncated, :first_frame, :last_frame])

    %{
      pictures: [Map.put(reading, :limits, limits)],
      pipes: [
        %{
          ops: for({name, options} <- ops, do: Op.sent(Op.new(name, options))),
          output: Output.sent(Output.new(nil, format, [], "here"))
        }
      ],
      settings: Map.merge(all, settings)
    }
  end
end
