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
    pool:
      {{:or_nil, :server, nil}, nil,
       "which lets it in when its turn comes; `nil` is none, where the configuration names one"}
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
                    |> Map.merge(%{keep_truncated: false, stream: 0, spent: 0, prompt: false})

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
  @millisecond 1000

  # It takes microseconds to ask for all keys. So those that are there are asked for each time, and
  # the others where the VM has more or fewer keys than it had, or a millisecond later: then there
  # may be others, and as many. A key that we do not know is a mistake, which is looked for where
  # one of ours has changed. (Where the VM's table goes by another name, all are asked each time.)
  defp configured do
    count = :ets.info(:ac_tab, :size)

    case :persistent_term.get(__MODULE__, nil) do
      {^count, env, checked, asked} when is_integer(count) ->
        if Enum.all?(env, &as_it_was?/1) and now() - :atomics.get(asked, 1) < @millisecond,
          do: checked,
          else: ask_again(count, env, checked, asked)

      _ ->
        check_again(count)
    end
  end

  defp as_it_was?({key, value}), do: :application.get_env(:thumbelina, key) === {:ok, value}

  defp now, do: System.monotonic_time(:microsecond)

  defp ask_again(count, env, checked, asked) do
    if values(@configured) === env do
      :atomics.put(asked, 1, now())
      checked
    else
      check_again(count)
    end
  end

  defp values([]), do: []

  defp values([key | keys]) do
    case :application.get_env(:thumbelina, key) do
      {:ok, value} -> [{key, value} | values(keys)]
      :undefined -> values(keys)
    end
  end

  defp check_again(count) do
    env = Application.get_all_env(:thumbelina)
    checked = Options.check!(@configurable, env, "config :thumbelina")
    asked = :atomics.new(1, [])
    :atomics.put(asked, 1, now())
    :persistent_term.put(__MODULE__, {count, values(@configured), checked, asked})
    checked
  end
end
