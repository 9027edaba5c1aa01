# citizen.exs - how the rest of the VM fares beside image jobs: lateness of timers, latency of
# small jobs, the time from a kill to a free CPU; what many callers cost. Run by `make citizen`.

Code.require_file("machine.exs", __DIR__)

defmodule Citizen do
  @dir "_build/bench"
  @large "4000.jpg"
  @small "200.jpg"
  @middle "1600.jpg"

  # How often each line is measured, in turn with the others; of the figures the median is told.
  @times 5

  # One slice that never ends: what a NIF does that does not yield.
  @unsliced [lane: :yield, slice: 1_000_000, courtesy: 0]

  def main([seconds, report]) do
    seconds = String.to_float(seconds)
    run(small(), [lane: :auto], :jpeg, 64)

    IO.puts(
      "#{System.schedulers_online()} schedulers, #{@times} times #{seconds} s for each line\n"
    )

    rows = rows(seconds)
    for row <- rows, do: IO.puts(line(row))

    kills = for {name, file, format, opts} <- kills(), do: kill(name, file, format, opts)
    IO.puts("\n" <> Enum.map_join(kills, "\n", &kill_line/1))
    {beside, without} = Enum.unzip(for _ <- 1..@times, do: share(seconds))
    share = {median(beside), median(without)}
    whole = throughput()
    IO.puts("\n" <> closing(share, whole))
    crowds = crowds(seconds)
    IO.puts(Enum.map_join(crowds, "\n", &crowd_line/1))
    bursts = bursts()
    IO.puts(Enum.map_join(bursts, "\n", &burst_line/1))

    if report != "-" do
      File.write!(report <> ".md", report(rows, kills, share, whole, {crowds, bursts}, seconds))
      File.write!(report <> ".svg", chart(rows))
    end
  end

  # All lines, again and again: others who want the machine for a while are in all of them.
  defp rows(seconds) do
    rounds =
      for _ <- 1..@times do
        for {name, jobs, opts} <- scenarios(), do: measure(name, jobs, opts, seconds)
      end

    Enum.zip_with(rounds, fn [{name, _, _} | _] = same ->
      {name, medians(for {_, late, _} <- same, do: late),
       medians(for {_, _, small} <- same, do: small)}
    end)
  end

  defp medians([first | _] = maps) do
    Map.new(first, fn {key, _} -> {key, median(for map <- maps, do: map[key])} end)
  end

  defp scenarios do
    [
      {"nothing else", 0, []},
      {"8 large jobs, yielding", 8, lane: :yield},
      {"16 large jobs, yielding", 16, lane: :yield},
      {"16 large jobs, as it chooses", 16, lane: :auto},
      {"16 large jobs, dirty", 16, lane: :dirty},
      {"8 large jobs that never yield", 8, @unsliced}
    ]
  end

  # --- one line: tickers and small jobs beside so many large ones

  defp measure(name, count, opts, seconds) do
    large = large()
    workers = for _ <- 1..count//1, do: spawn(fn -> forever(fn -> run(large, opts) end) end)
    Process.sleep(200)
    from = now()
    tickers = for n <- 1..System.schedulers_online(), do: start(fn -> ticks(from, seconds) end, n)
    small = small()
    prober = start(fn -> probe(small, seconds) end)
    late = Enum.flat_map(tickers, &result/1)
    latency = result(prober)
    Enum.each(workers, &stop/1)
    settle()
    {name, quantiles(late), quantiles(latency)}
  end

  # A process of its own, at first on that scheduler.
  defp start(work, scheduler \\ 0) do
    me = self()
    tag = make_ref()
    :erlang.spawn_opt(fn -> send(me, {tag, work.()}) end, [:link, scheduler: scheduler])
    tag
  end

  defp result(tag) do
    receive do: ({^tag, result} -> result)
  end

  # Wakes every millisecond, by an absolute clock: a tick that is 5 ms late makes the next
  # four late as well. The lateness of each, in ms.
  defp ticks(from, seconds) do
    first = div(from, 1000) + 1
    for due <- first..(first + round(seconds * 1000)), do: tick(due)
  end

  defp tick(due) do
    if now() < due * 1000 do
      :erlang.start_timer(due, self(), :tick, abs: true)
      receive do: ({:timeout, _, :tick} -> :ok)
    end

    (now() - due * 1000) / 1000
  end

  # A small job now and then: how long each takes, in ms.
  defp probe(small, seconds), do: probe(small, now() + seconds * 1.0e6, [])

  defp probe(small, until, done) do
    Process.sleep(3)
    from = now()
    run(small, [lane: :auto], :jpeg, 64)
    took = (now() - from) / 1000
    if now() < until, do: probe(small, until, [took | done]), else: [took | done]
  end

  # --- from a kill to a free CPU

  defp kills do
    [
      {"yielding", @large, :jpeg, lane: :yield},
      {"dirty, rows", @large, :jpeg, lane: :dirty},
      {"dirty, encoding WebP", "1600.jpg", :webp, lane: :auto}
    ]
  end

  defp kill(name, file, format, opts) do
    bytes = File.read!(Path.join(@dir, file))

    times =
      for n <- 1..60 do
        pid = spawn(fn -> run(bytes, opts, format, 1400) end)
        spin(2000 + 200 * n)
        Process.exit(pid, :kill)
        from = now()
        until_idle()
        (now() - from) / 1000
      end

    {name, quantiles(times)}
  end

  defp spin(microseconds), do: spin_until(now() + microseconds)
  defp spin_until(time), do: if(now() < time, do: spin_until(time))
  defp until_idle, do: if(Thumbelina.stats().live > 0, do: until_idle())

  # --- what an Erlang process beside a job keeps of its speed, on one scheduler

  defp share(seconds) do
    online = System.schedulers_online()
    :erlang.system_flag(:schedulers_online, 1)
    alone = count_work(seconds)
    large = large()
    job = spawn(fn -> forever(fn -> run(large, lane: :yield) end) end)
    beside = count_work(seconds)
    stop(job)
    job = spawn(fn -> forever(fn -> run(large, lane: :yield, courtesy: 0) end) end)
    without = count_work(seconds)
    stop(job)
    settle()
    :erlang.system_flag(:schedulers_online, online)
    {beside / alone, without / alone}
  end

  # How often lists and tuples are made within the time.
  defp count_work(seconds) do
    tag = start(fn -> count_until(now() + round(seconds * 1.0e6), 0) end)
    result(tag)
  end

  defp count_until(until, count) do
    Enum.map(1..100, &{&1, <<&1>>})
    if now() < until, do: count_until(until, count + 1), else: count
  end

  # --- CPU time with slices and without

  defp throughput do
    large = large()
    pairs = for _ <- 1..9, do: {cpu(large, lane: :yield), cpu(large, @unsliced)}
    {sliced, unsliced} = Enum.unzip(pairs)
    median(unsliced) / median(sliced)
  end

  defp cpu(bytes, opts), do: Enum.sum(for _ <- 1..4, do: run(bytes, opts).stats.cpu)

  # --- many callers, all at once

  @crowds [2, 16, 100, 500]

  # For each, CPU time of a picture in ms, how many times that of the first it is, and the most
  # bytes that all jobs held.
  defp crowds(seconds) do
    bytes = File.read!(Path.join(@dir, @middle))

    rounds =
      for _ <- 1..@times do
        [{_, least, _} | _] = round = for count <- @crowds, do: crowd(bytes, count, seconds)
        for {count, cpu, held} <- round, do: {count, cpu, cpu / least, held}
      end

    medians_of_counts(rounds)
  end

  # In each round a count of callers, and three figures, for each count.
  defp medians_of_counts(rounds) do
    Enum.zip_with(rounds, fn [{count, _, _, _} | _] = same ->
      [a, b, c] = for k <- 1..3, do: median(for tuple <- same, do: elem(tuple, k))
      {count, a, b, c}
    end)
  end

  defp crowd(bytes, count, seconds) do
    work = fn -> run(bytes, [lane: :yield], :jpeg) end
    done = :counters.new(1, [])

    workers =
      for _ <- 1..count,
          do: spawn(fn -> forever(fn -> work.() && :counters.add(done, 1, 1) end) end)

    Process.sleep(300)
    {from, before} = {cpu_of_all(), :counters.get(done, 1)}
    Process.send_after(self(), :done, round(seconds * 1.0e3))
    held = most_held(0)
    cpu = (cpu_of_all() - from) / (:counters.get(done, 1) - before)
    Enum.each(workers, &stop/1)
    settle()
    {count, cpu, held}
  end

  # --- so many large ones, all at once

  @bursts [1, 10, 40]

  # For each, the time until one is done, on average, and until all are, in ms; and the most bytes that all held.
  defp bursts do
    bytes = large()
    medians_of_counts(for _ <- 1..@times, do: for(count <- @bursts, do: burst(bytes, count)))
  end

  defp burst(bytes, count) do
    from = now()

    jobs =
      for _ <- 1..count do
        Task.async(fn ->
          run(bytes, [])
          now() - from
        end)
      end

    watch = Task.async(fn -> most_held(0) end)
    times = Task.await_many(jobs, :infinity)
    send(watch.pid, :done)
    held = Task.await(watch, :infinity)
    settle()
    {count, Enum.sum(times) / count / 1.0e3, Enum.max(times) / 1.0e3, held}
  end

  defp cpu_of_all, do: elem(:erlang.statistics(:runtime), 0)

  # Until it is told that all is :done.
  defp most_held(most) do
    most = max(most, Thumbelina.stats().bytes)

    receive do
      :done -> most
    after
      1 -> most_held(most)
    end
  end

  # --- jobs

  defp run(bytes, opts, format \\ :jpeg, width \\ 400) do
    bytes
    |> Thumbelina.from_binary()
    |> Thumbelina.thumbnail(width)
    |> Thumbelina.encode(format)
    |> Thumbelina.run!(opts)
  end

  defp large, do: File.read!(Path.join(@dir, @large))
  defp small, do: File.read!(Path.join(@dir, @small))

  defp forever(work) do
    work.()
    forever(work)
  end

  defp stop(pid) do
    monitor = Process.monitor(pid)
    Process.exit(pid, :kill)
    receive do: ({:DOWN, ^monitor, _, _, _} -> :ok)
  end

  defp settle do
    until_idle()
    Process.sleep(300)
  end

  # --- figures

  defp now, do: System.monotonic_time(:microsecond)
  defp median(list), do: list |> Enum.sort() |> Enum.at(div(length(list), 2))

  defp quantiles(list) do
    sorted = Enum.sort(list)
    at = fn q -> Enum.at(sorted, min(length(sorted) - 1, floor(q * length(sorted)))) end
    %{p50: at.(0.5), p90: at.(0.9), p99: at.(0.99), max: List.last(sorted)}
  end

  defp ms(x), do: x |> :erlang.float_to_binary(decimals: 2) |> String.pad_leading(9)
  defp percent(x), do: "#{round(x * 100)} %"

  defp line({name, late, small}) do
    "#{String.pad_trailing(name, 31)} ticks late p50 #{ms(late.p50)} p99 #{ms(late.p99)} max #{ms(late.max)}" <>
      "   small job p50 #{ms(small.p50)} p90 #{ms(small.p90)} max #{ms(small.max)} ms"
  end

  defp kill_line({name, q}) do
    "killed, #{String.pad_trailing(name, 22)} all is free after p50 #{ms(q.p50)} p99 #{ms(q.p99)} max #{ms(q.max)} ms"
  end

  defp closing({beside, without}, whole) do
    """
    An Erlang process beside a job on one scheduler keeps #{percent(beside)} of its speed (#{percent(without)} without courtesy turns).
    Throughput with slices: #{percent(whole)} of that without.
    """
  end

  defp crowd_line({count, cpu, times, held}) do
    "#{String.pad_leading("#{count}", 3)} callers: #{ms(cpu)} ms a picture (#{ms(times)}), #{mib(held)} MiB held by all"
  end

  defp burst_line({count, mean, last, held}) do
    "#{String.pad_leading("#{count}", 3)} at once: done after #{ms(mean)} ms on average, all after #{ms(last)}, #{mib(held)} MiB held by all"
  end

  defp mib(bytes), do: :erlang.float_to_binary(bytes / 1_048_576, decimals: 1)

  # --- the report

  defp report(rows, kills, share, whole, {crowds, bursts}, seconds) do
    """
    # A good citizen

    How the rest of the VM fares beside image jobs: `make citizen`. Large jobs shrink a photograph of 4000x3000
    to 400, JPEG to JPEG, one after the other in each of so many processes; a small job shrinks one of 200x200.
    Tickers, one for each scheduler, wake every millisecond by an absolute clock. #{@times} times #{seconds} s for
    each line, the lines in turn; medians of the figures, all in milliseconds. What the machine and its other users
    add is in the line "nothing else": the lateness of a timer is counted from the tick it is due, and timers of the
    VM alone are late as well. Schedulers do not spin while they wait (`+sbwt none +sbwtdcpu none`): on a machine of few
    cores dirty schedulers that spin take the normal ones' time.

    | beside | ticks late: p50 | p99 | max | small job: p50 | p90 | max |
    |---|---|---|---|---|---|---|
    #{Enum.map_join(rows, "\n", fn {name, l, s} -> "| #{name} | #{cells([l.p50, l.p99, l.max, s.p50, s.p90, s.max])} |" end)}

    ![How late timers fire](citizen.svg)

    From the kill of a caller until its job has given back CPU and memory:

    | lane | p50 | p99 | max |
    |---|---|---|---|
    #{Enum.map_join(kills, "\n", fn {name, q} -> "| #{name} | #{cells([q.p50, q.p99, q.max])} |" end)}

    #{closing(share, whole)}
    Many callers, each shrinking a photograph of 1600x1200 to 400, one after the other: CPU time of the whole VM for
    a picture, in ms, and the most memory that all jobs held at once. As many jobs go on as there are schedulers; the
    others stand in line.

    | callers | CPU | of that with #{hd(@crowds)} | held, MiB |
    |---|---|---|---|
    #{Enum.map_join(crowds, "\n", fn {count, cpu, times, held} -> "| #{count} | #{cells([cpu, times])} | #{mib(held)} |" end)}

    Large pictures that all come at once, one job each, on the lane they choose, which is dirty: the time until one is
    done, on average, and until all are, in ms; and the most memory that all jobs held at once.

    | at once | one | all | held, MiB |
    |---|---|---|---|
    #{Enum.map_join(bursts, "\n", fn {count, mean, last, held} -> "| #{count} | #{cells([mean, last])} | #{mib(held)} |" end)}

    #{machine()}
    """
  end

  defp cells(numbers), do: Enum.map_join(numbers, " | ", &String.trim(ms(&1)))

  defp machine do
    "#{Date.utc_today()}, #{Machine.cpu()}, #{System.schedulers_online()} schedulers; OTP #{System.otp_release()}, Elixir #{System.version()}."
  end

  # Bars on a logarithmic scale, from 0.01 ms to 10 s: p99 over p50.
  defp chart(rows) do
    bars =
      for {{name, late, _}, n} <- Enum.with_index(rows) do
        y = 30 + 34 * n

        """
          <text x="210" y="#{y + 15}" text-anchor="end">#{name}</text>
          <rect x="220" y="#{y}" width="#{width(late.p99)}" height="22" fill="#9db8d9"/>
          <rect x="220" y="#{y}" width="#{width(late.p50)}" height="22" fill="#3f6ea8"/>
          <text x="#{226 + width(late.p99)}" y="#{y + 15}">#{String.trim(ms(late.p99))} ms</text>
        """
      end

    """
    <svg xmlns="http://www.w3.org/2000/svg" width="760" height="#{50 + 34 * length(rows)}" font-family="sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="white"/>
      <text x="220" y="18">How late timers fire (logarithmic): p50 dark, p99 light</text>
    #{bars}</svg>
    """
  end

  defp width(ms), do: Float.round(max(0.0, :math.log10(max(ms, 0.01)) + 2) * 75, 1)
end

Citizen.main(System.argv())
