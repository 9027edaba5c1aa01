defmodule Thumbelina.Test.Jobs do
  @moduledoc "Jobs that go on for a while, and how to wait for what becomes of them."

  import ExUnit.Assertions
  alias Thumbelina.Test.{Picture, PNG}

  defdelegate eventually(check, seconds \\ 20), to: Thumbelina.Test.Until

  @doc "Until no job is there, and none of its bytes."
  def wait_for_idle do
    :erlang.garbage_collect()
    idle? = fn -> match?(%{live: 0, bytes: 0}, Thumbelina.stats()) end
    assert eventually(idle?), "jobs stay: #{inspect(Thumbelina.stats())}"
    :ok
  end

  @doc "Until that process is between the slices of a job: it has begun."
  def wait_for_job(pid) do
    within? = fn ->
      match?({_, {Thumbelina.Native, "thumbelina" <> _, 1}}, named(pid))
    end

    assert eventually(within?), "#{inspect(pid)} runs no job: #{inspect(Process.info(pid))}"
  end

  defp named(pid) do
    with {_, {module, name, arity}} <- Process.info(pid, :current_function),
         do: {pid, {module, Atom.to_string(name), arity}}
  end

  @doc "A picture that takes some tenths of a second, to be made into a PNG."
  def slow do
    Picture.noise(900, 600)
    |> PNG.encode()
    |> Thumbelina.from_binary()
    |> Thumbelina.blur(12)
    |> Thumbelina.encode(:png, level: 8)
  end

  @doc "A process that sends its result, which is compared in it, as its reason to exit."
  def start(image, expected, opts) do
    spawn_monitor(fn ->
      case Thumbelina.to_binary(image, opts) do
        {:ok, ^expected} -> exit(:right)
        {:ok, _} -> exit(:wrong)
        {:error, error} -> exit(error)
      end
    end)
  end

  @doc "Why a process that is monitored has ended."
  def reason({pid, ref}) do
    assert_receive {:DOWN, ^ref, :process, ^pid, reason}, 60_000
    reason
  end

  @doc "A number from the environment, for those who want more of it."
  def times(name, default) do
    case System.get_env(name) do
      nil -> default
      given -> String.to_integer(given)
    end
  end

  @doc "How the counts of all jobs have grown."
  def since(before) do
    now = Thumbelina.stats()
    Map.new([:started, :finished, :failed, :cancelled], &{&1, now[&1] - before[&1]})
  end

  @doc "Every job that was started has ended in one of three ways."
  def assert_accounted(before) do
    %{started: started, finished: finished, failed: failed, cancelled: cancelled} = since(before)
    assert started == finished + failed + cancelled
    %{started: started, finished: finished, failed: failed, cancelled: cancelled}
  end
end
