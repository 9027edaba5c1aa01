# ours.exs - the job as Thumbelina does it; usage and output as peer.h says, and behind it
# what the statistics of one job say: decoded size, lane, slices, the longest in microseconds.

defmodule Ours do
  # Where large pictures are wanted.
  @open [
    max_bytes: :infinity,
    max_pixels: :infinity,
    max_chunks: :infinity,
    max_memory: :infinity
  ]

  def main(file, size, seconds, work \\ "thumbnail", format \\ nil, callers \\ "1", result \\ nil) do
    {seconds, ""} = Float.parse(seconds)
    job = job(file, String.to_integer(size), work, format || format(Path.extname(file)))
    rest = status("VmRSS")
    if seconds > 0, do: again(job, 0.1)

    {cpu, wall} = {cpu(), now()}
    done = callers |> String.to_integer() |> together(fn -> again(job, seconds) end)
    {cpu, wall} = {cpu() - cpu, now() - wall}
    runs = done |> Enum.map(&elem(&1, 0)) |> Enum.sum()
    peak = status("VmHWM")
    {_, image} = hd(done)
    if result, do: Thumbelina.write!(image, result)

    [
      ms(cpu / runs),
      ms(wall / runs),
      runs,
      rest,
      peak,
      byte_size(Thumbelina.to_binary!(image)) | told(image.stats)
    ]
    |> Enum.join(" ")
    |> IO.puts()
  end

  # A function that does it once.
  defp job(file, size, "file", format),
    do: fn -> run(Thumbelina.open(file, @open), "thumbnail", size, format) end

  defp job(file, size, work, format) do
    bytes = File.read!(file)
    fn -> run(Thumbelina.from_binary(bytes), work, size, format) end
  end

  defp run(image, work, size, format) do
    image |> work(work, size) |> encoded(format) |> Thumbelina.run!()
  end

  defp work(image, "thumbnail", width), do: Thumbelina.thumbnail(image, width)
  defp work(image, "crop", side), do: Thumbelina.crop(image, side, side)
  defp work(image, "blur", sigma), do: Thumbelina.blur(image, sigma)

  defp encoded(image, "jpeg"), do: Thumbelina.encode(image, :jpeg)
  defp encoded(image, "png"), do: Thumbelina.encode(image, :png)
  defp encoded(image, "webp"), do: Thumbelina.encode(image, :webp)
  defp encoded(image, "lossless"), do: Thumbelina.encode(image, :webp, lossless: true)

  defp format(".png"), do: "png"
  defp format(".webp"), do: "webp"
  defp format(_), do: "jpeg"

  defp again(job, seconds), do: again(job, now() + seconds * 1000, 1)

  defp again(job, until, count) do
    image = job.()
    if now() < until, do: again(job, until, count + 1), else: {count, image}
  end

  defp together(1, work), do: [work.()]

  defp together(count, work) do
    1..count |> Enum.map(fn _ -> Task.async(work) end) |> Task.await_many(:infinity)
  end

  defp told(stats) do
    [
      "#{stats.decoded_width}x#{stats.decoded_height}",
      stats.lane,
      stats.slices,
      stats.longest_slice
    ]
  end

  # CPU time of the whole VM, which does nothing else (its schedulers don't spin: +sbwt none).
  defp cpu, do: :erlang.statistics(:runtime) |> elem(0)
  defp now, do: System.monotonic_time(:microsecond) / 1000
  defp ms(x), do: :erlang.float_to_binary(x / 1, decimals: 4)

  # In KiB; 0 where there is none.
  defp status(name) do
    with {:ok, text} <- File.read("/proc/self/status"),
         [_, kib] <- Regex.run(~r/#{name}:\s+(\d+)/, text),
         do: kib,
         else: (_ -> 0)
  end
end

apply(Ours, :main, System.argv())
