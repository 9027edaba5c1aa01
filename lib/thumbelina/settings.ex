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
      {{:integer, 10, 1_000_000}, 250,
       "in microseconds: how long a slice may run on a normal scheduler"},
    dirty_slice:
      {{:integer, 100, 1_000_000}, 2_000,
       "in microseconds: how long one may run on a dirty scheduler before the next in the queue has a turn"},
    courtesy: {{:integer, 0, 16}, 8, "most turns left to Erlang processes after a slice"},
    dirty_threshold:
      {{:integer, 0, 1_000_000_000_000}, 20_000,
       "in microseconds of estimated work: a job above it goes to a dirty scheduler"},
    threads:
      {{:integer, 1, 64}, 1,
       "that libvips may use for it, where it has more than one thing to do: for AVIF, HEIC and JPEG XL"},
    measure: {:boolean, false, "count slices by their length, for `Thumbelina.Stats`"}
  ]

  # Of a run too, but not the NIF's matter.
  @beside [
    pool: {:server, nil, "lets it in, when its turn comes: the name of a `Thumbelina.Pool`"}
  ]

  # In the configuration only: of all jobs together, and read once, by Thumbelina.Native.
  @shared [
    max_total_memory:
      {{:integer, 1, 1_000_000_000_000_000}, nil, "bytes that all jobs together may take"}
  ]

  @doc "The options of run/2 and its kin."
  def rows, do: @rows ++ @beside

  @doc "Parts the options of a run from those of the encoder."
  @spec split(keyword) :: {run :: keyword, encode :: keyword}
  def split([]), do: {[], []}
  def split(options), do: Keyword.split(options, names())

  @names Keyword.keys(@rows ++ @beside)
  @doc "Their names."
  def names, do: @names

  @limits Limits.limits()
  @settings Limits.reading() ++ @rows

  @default_limits Options.sent(@limits, Options.defaults(@limits))
  @default_settings @settings
                    |> Options.sent(Options.defaults(@settings))
                    |> Map.delete(:on_truncated)
                    |> Map.merge(%{keep_truncated: false, stream: 0})

  @doc "The limits as the NIF is sent them: of the call, of the configuration, the defaults."
  @spec limits(opened :: %{atom => term}) :: %{atom => term}
  def limits(opened), do: configured() |> Map.merge(opened) |> limits_of()

  @doc "All that was given: of the call, where an image was opened, of the configuration."
  @spec given(opened :: %{atom => term}, run :: %{atom => term}) :: %{atom => term}
  def given(opened, run), do: configured() |> Map.merge(opened) |> Map.merge(run)

  @doc "The limits, and the settings likewise, of all that was given."
  @spec limits_and_settings(given :: %{atom => term}) :: {%{atom => term}, %{atom => term}}
  def limits_and_settings(given), do: {limits_of(given), settings_of(given)}

  @doc "The pool that lets it in, or nil, and how long all of it may take."
  @spec admission(given :: %{atom => term}) :: {GenServer.server() | nil, timeout}
  def admission(given), do: {given[:pool], Map.get(given, :timeout, :infinity)}

  defp limits_of(given), do: over(@default_limits, @limits, given)

  defp settings_of(given) do
    case over(@default_settings, @settings, given) do
      %{on_truncated: how} = all ->
        %{Map.delete(all, :on_truncated) | keep_truncated: how == :keep}

      all ->
        all
    end
  end

  defp over(defaults, _, given) when given == %{}, do: defaults
  defp over(defaults, rows, given), do: Options.sent_over(defaults, rows, given)

  @configurable @limits ++ @settings ++ @beside ++ @shared
  @configured Keyword.keys(@configurable)

  # To ask for all keys of an application, the VM looks through those of all applications. So
  # each that we know is asked for by its name. One that we do not know is a mistake: it is looked
  # for where one of ours has changed, or where the VM has more or fewer keys than it had. (Where
  # their table goes by another name, it is looked for each time.)
  defp configured do
    seen = {:ets.info(:ac_tab, :size), values(@configured)}

    case :persistent_term.get(__MODULE__, nil) do
      {{count, _} = ^seen, checked} when is_integer(count) -> checked
      _ -> check_again(seen)
    end
  end

  defp values([]), do: []

  defp values([key | keys]) do
    case :application.get_env(:thumbelina, key) do
      {:ok, value} -> [{key, value} | values(keys)]
      :undefined -> values(keys)
    end
  end

  defp check_again(seen) do
    env = Application.get_all_env(:thumbelina)
    checked = Options.check!(@configurable, env, "config :thumbelina")
    :persistent_term.put(__MODULE__, {seen, checked})
    checked
  end
end
