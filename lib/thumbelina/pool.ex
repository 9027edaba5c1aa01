defmodule Thumbelina.Pool do
  alias Thumbelina.{Error, Options, Telemetry}

  @counts {:or_infinity, {:integer, 1, 1_000_000_000_000_000}}

  @rows [
    max_dirty: {@counts, :schedulers, "jobs on the dirty lane at once"},
    max_jobs: {@counts, :infinity, "jobs at once"},
    max_bytes: {@counts, 1_073_741_824, "estimated bytes of the jobs at once"},
    max_pixels: {@counts, :infinity, "pixels of the inputs of the jobs at once"},
    max_queue: {{:integer, 0, 1_000_000}, :four_times, "jobs that wait on a lane"}
  ]

  @moduledoc """
  Lets so many jobs run at once and no more, lets some wait, and sheds the rest.

  A pool is optional: without one everything works. With one, a service under load answers
  some callers `{:error, %Thumbelina.Error{code: :overloaded}}` at once, and keeps its memory
  and its latency, where it would otherwise answer all of them late.

      children = [{Thumbelina.Pool, name: MyApp.Images, max_bytes: 512 * 1024 * 1024}]

      image |> Thumbelina.resize(400) |> Thumbelina.write(path, pool: MyApp.Images)

  Jobs run in their callers; the pool only counts them. What a job will take is estimated from
  the header (`Thumbelina.estimate/2`), before anything is decoded. Chunks of a stream cannot
  be looked at before they are taken: such a job counts as if it took all that its limits
  allow (`max_memory`, `max_pixels`) on the dirty lane.

  Small jobs never wait for big ones: there is a queue for each lane, and only jobs of the
  dirty lane need a dirty slot. In each queue the first to come is the first to go. A job
  larger than all of `max_bytes` or `max_pixels` runs when no other does. When a caller dies,
  its job leaves the queue, or its place is free again. The time in the queue counts for
  `timeout:`.

  A pool may be on another node: `pool: {MyApp.Images, node}`. Where a pool ends, or its node
  cannot be reached, who waits or asks for a place is answered `:overloaded` too, and told why;
  jobs that run go on. That there is no pool of the name is a mistake of the caller, which
  raises `ArgumentError`; so it does in the moment in which a supervisor starts it anew.

  Options, beside the `name:` that callers know it by:

  #{Options.docs(@rows)}

  Where nothing is said, `max_dirty` is one less than there are dirty CPU schedulers, but 1 at
  least, so that one stays free for others; and `max_queue` is four times `max_dirty`, but 64
  at least.
  """

  use GenServer

  @type cost :: %{bytes: non_neg_integer, pixels: non_neg_integer, lane: :yield | :dirty}
  @type ticket :: {GenServer.server(), reference}

  @doc "Starts a pool, for a supervisor's list of children."
  @spec start_link(keyword) :: GenServer.on_start()
  def start_link(opts) do
    {name, opts} = opts |> keyword!() |> Keyword.pop(:name)
    name || raise ArgumentError, "Thumbelina.Pool: name: is needed, by which jobs know the pool"
    limits = @rows |> Options.complete!(opts, "Thumbelina.Pool") |> settled()
    GenServer.start_link(__MODULE__, {name, limits}, name: name)
  end

  @doc false
  def child_spec(opts) do
    %{id: {__MODULE__, keyword!(opts)[:name]}, start: {__MODULE__, :start_link, [opts]}}
  end

  defp keyword!(opts) do
    Keyword.keyword?(opts) ||
      raise ArgumentError,
            "Thumbelina.Pool: expected a keyword list, such as [name: MyApp.Images], not " <>
              Options.shown(opts)

    opts
  end

  @doc """
  What goes on: `running` jobs, how many of them `dirty`, their estimated `bytes` and `pixels`;
  how many are `waiting`; and how many were `admitted` and `shed` since the start.
  """
  @spec stats(GenServer.server()) :: %{atom => non_neg_integer}
  def stats(pool), do: GenServer.call(pool, :stats)

  @doc false
  # A place for a job of that cost, for this process; may wait for it that long.
  @spec admit(GenServer.server(), cost, timeout) :: {:ok, ticket} | {:error, Error.t()}
  def admit(pool, cost, timeout) do
    tag = make_ref()

    try do
      case GenServer.call(pool, {:admit, tag, cost}, timeout) do
        :ok -> {:ok, {pool, tag}}
        {:shed, waiting} -> {:error, overloaded(pool, waiting)}
      end
    catch
      :exit, {:timeout, _} ->
        release({pool, tag})
        {:error, late(timeout)}

      :exit, {:noproc, _} ->
        raise ArgumentError, "pool: there is no Thumbelina.Pool of the name #{inspect(pool)}"

      :exit, {{:nodedown, node}, _} ->
        {:error, gone(pool, "is on #{node}, which cannot be reached")}

      :exit, {_, {GenServer, :call, _}} ->
        {:error, gone(pool, "ended before it answered")}
    end
  end

  @doc false
  @spec release(ticket) :: :ok
  def release({pool, tag}), do: GenServer.cast(pool, {:release, tag})

  defp overloaded(pool, waiting) do
    message = "#{inspect(pool)} is full, and #{waiting} jobs wait already"
    %Error{code: :overloaded, stage: :pool, message: message}
  end

  defp gone(pool, why) do
    %Error{code: :overloaded, stage: :pool, message: "the pool #{inspect(pool)} #{why}"}
  end

  defp late(timeout) do
    message = "it was not let in after #{timeout} ms (timeout)"
    %Error{code: :timeout, stage: :pool, message: message}
  end

  defp settled(limits) do
    dirty =
      case limits.max_dirty do
        :schedulers -> max(1, :erlang.system_info(:dirty_cpu_schedulers_online) - 1)
        given -> given
      end

    queue =
      case {limits.max_queue, dirty} do
        {:four_times, :infinity} -> 64
        {:four_times, dirty} -> max(64, 4 * dirty)
        {given, _} -> given
      end

    %{limits | max_dirty: dirty, max_queue: queue}
  end

  # --- the server: `jobs` has what every tag stands for, running or waiting

  @impl true
  def init({name, limits}) do
    {:ok,
     %{
       name: name,
       limits: limits,
       jobs: %{},
       tags: %{},
       queues: %{yield: :queue.new(), dirty: :queue.new()},
       used: %{jobs: 0, dirty: 0, bytes: 0, pixels: 0},
       admitted: 0,
       shed: 0
     }}
  end

  @impl true
  def handle_call({:admit, tag, cost}, {pid, _} = from, state) do
    waiting = :queue.len(state.queues[cost.lane])

    cond do
      waiting == 0 and fits?(state, cost) ->
        {:reply, :ok, state |> known(tag, pid, from, cost) |> start(tag)}

      waiting >= state.limits.max_queue ->
        told(state, :shed, cost, %{waiting: waiting})
        {:reply, {:shed, waiting}, %{state | shed: state.shed + 1}}

      true ->
        {:noreply, state |> known(tag, pid, from, cost) |> wait(tag)}
    end
  end

  def handle_call(:stats, _, state) do
    waiting = Enum.sum(for {_, queue} <- state.queues, do: :queue.len(queue))

    {:reply,
     %{
       running: state.used.jobs,
       dirty: state.used.dirty,
       bytes: state.used.bytes,
       pixels: state.used.pixels,
       waiting: waiting,
       admitted: state.admitted,
       shed: state.shed
     }, state}
  end

  @impl true
  def handle_cast({:release, tag}, state), do: {:noreply, leave(state, tag)}

  @impl true
  def handle_info({:DOWN, monitor, :process, _, _}, state) do
    {:noreply, leave(state, state.tags[monitor])}
  end

  def handle_info(_, state), do: {:noreply, state}

  defp known(state, tag, pid, from, cost) do
    monitor = Process.monitor(pid)
    since = System.monotonic_time()
    job = %{cost: cost, from: from, monitor: monitor, since: since, running: false}

    %{
      state
      | jobs: Map.put(state.jobs, tag, job),
        tags: Map.put(state.tags, monitor, tag)
    }
  end

  defp wait(state, tag) do
    update_in(state.queues[state.jobs[tag].cost.lane], &:queue.in(tag, &1))
  end

  defp start(state, tag) do
    state = put_in(state.jobs[tag].running, true)
    %{use(state, state.jobs[tag].cost, 1) | admitted: state.admitted + 1}
  end

  # Released, or its caller has died: where it waits, or where it runs.
  defp leave(state, tag) do
    case Map.pop(state.jobs, tag) do
      {nil, _} ->
        state

      {job, jobs} ->
        Process.demonitor(job.monitor, [:flush])
        state = %{state | jobs: jobs, tags: Map.delete(state.tags, job.monitor)}
        if job.running, do: use(state, job.cost, -1), else: forget(state, tag, job.cost.lane)
    end
    |> let_in(:yield)
    |> let_in(:dirty)
  end

  defp forget(state, tag, lane) do
    update_in(state.queues[lane], &:queue.delete(tag, &1))
  end

  defp let_in(state, lane) do
    with {:value, tag} <- :queue.peek(state.queues[lane]),
         job = state.jobs[tag],
         true <- fits?(state, job.cost) do
      state = update_in(state.queues[lane], &:queue.drop/1)
      waited = System.monotonic_time() - job.since
      waiting = :queue.len(state.queues[lane])
      told(state, :queue, job.cost, %{duration: waited, waiting: waiting})
      GenServer.reply(job.from, :ok)
      state |> start(tag) |> let_in(lane)
    else
      _ -> state
    end
  end

  defp fits?(%{used: used, limits: limits}, cost) do
    used.jobs < limits.max_jobs and
      (cost.lane != :dirty or used.dirty < limits.max_dirty) and
      room?(used.bytes, cost.bytes, limits.max_bytes) and
      room?(used.pixels, cost.pixels, limits.max_pixels)
  end

  # Every number is less than the atom :infinity.
  defp room?(0, _, _), do: true
  defp room?(used, more, most), do: used + more <= most

  defp use(state, cost, sign) do
    used = state.used
    dirty = if cost.lane == :dirty, do: sign, else: 0

    %{
      state
      | used: %{
          jobs: used.jobs + sign,
          dirty: used.dirty + dirty,
          bytes: used.bytes + sign * cost.bytes,
          pixels: used.pixels + sign * cost.pixels
        }
    }
  end

  defp told(state, event, cost, measurements) do
    Telemetry.execute([:pool, event], measurements, Map.put(cost, :pool, state.name))
  end
end
