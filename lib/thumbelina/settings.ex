defmodule Thumbelina.Settings do
  @moduledoc false

  # How a job runs; and how call, configuration and defaults become what the NIF is sent.

  alias Thumbelina.{Limits, Options}

  @rows [
    lane:
      {{:one_of, [:auto, :yield, :dirty]}, :auto,
       "where it runs: on normal schedulers, in slices, or on dirty ones; it does not show in the bytes"},
    timeout:
      {{:or_infinity, {:integer, 1, 1_000_000_000}}, :infinity,
       "in milliseconds, from its start; then it is stopped"},
    slice:
      {{:integer, 10, 10_000}, 250,
       "in microseconds: how long a slice may run on a normal scheduler"},
    dirty_slice:
      {{:integer, 100, 1_000_000}, 5_000,
       "in microseconds: how long one may run on a dirty scheduler before the next in the queue has a turn"},
    courtesy: {{:integer, 0, 16}, 8, "most turns left to Erlang processes after a slice"},
    dirty_threshold:
      {{:integer, 0, 1_000_000_000_000}, 20_000,
       "in microseconds of estimated work: a job above it goes to a dirty scheduler"},
    measure: {:boolean, false, "count slices by their length, for `Thumbelina.Stats`"}
  ]

  # In the configuration only: of all jobs together, and read once, by Thumbelina.Native.
  @shared [
    max_total_memory:
      {{:integer, 1, 1_000_000_000_000_000}, nil, "bytes that all jobs together may take"}
  ]

  @doc "The options of run/2 and its kin."
  def rows, do: @rows

  @doc "Parts the options of a run from those of the encoder."
  @spec split(keyword) :: {run :: keyword, encode :: keyword}
  def split(options), do: Keyword.split(options, Keyword.keys(@rows))

  @doc "The limits as the NIF is sent them: of the call, of the configuration, the defaults."
  @spec limits(%{atom => term}) :: %{atom => term}
  def limits(opened), do: Options.sent(Limits.limits(), merged(opened))

  @doc "The settings, likewise."
  @spec settings(opened :: %{atom => term}, run :: %{atom => term}, non_neg_integer) ::
          %{atom => term}
  def settings(opened, run, stream) do
    all = opened |> Map.merge(run) |> merged()

    (Limits.reading() ++ @rows)
    |> Options.sent(all)
    |> Map.delete(:on_truncated)
    |> Map.put(:keep_truncated, all.on_truncated == :keep)
    |> Map.put(:stream, stream)
  end

  @defaults Options.defaults(Limits.rows() ++ @rows)

  defp merged(given), do: @defaults |> Map.merge(configured()) |> Map.merge(given)

  defp configured do
    case Application.get_all_env(:thumbelina) do
      [] -> %{}
      env -> Options.check!(Limits.rows() ++ @rows ++ @shared, env, "config :thumbelina")
    end
  end
end
