defmodule Thumbelina.FormatsKillTest do
  # Counts the jobs of the whole VM.
  use ExUnit.Case, async: false

  import Thumbelina.Test.Jobs
  alias Thumbelina.Error
  alias Thumbelina.Test.{Heavy, Moving, Picture, PNG, Samples}

  @moduletag :foreign

  setup do
    wait_for_idle()
    [png: PNG.encode(Picture.noise(260, 200))]
  end

  # Some tens or hundreds of milliseconds each.
  defp jobs(png) do
    encode =
      for format <- [:avif, :heif, :jxl, :jp2, :tiff, :gif] do
        fn opts -> png |> Thumbelina.from_binary() |> Thumbelina.run([format: format] ++ opts) end
      end

    decode =
      for format <- [:jxl, :jp2, :tiff] do
        bytes = Samples.bytes(Picture.noise(260, 200), format)
        image = Thumbelina.from_binary(bytes, formats: :all)
        fn opts -> Thumbelina.run(image, [format: :webp] ++ opts) end
      end

    whole =
      for change <- [&Thumbelina.rotate(&1, 33, interpolator: :nohalo), &Thumbelina.clahe/1] do
        image = png |> Thumbelina.from_binary() |> Thumbelina.resize(500) |> change.()
        fn opts -> Thumbelina.run(image, opts) end
      end

    moving =
      for format <- [:gif, :webp] do
        image = Moving.gif(30) |> Thumbelina.from_binary(frames: :all) |> Thumbelina.resize(300)
        fn opts -> Thumbelina.run(image, [format: format] ++ opts) end
      end

    [drawing() | encode ++ decode ++ whole ++ moving]
  end

  defp drawing do
    image = Thumbelina.from_binary(Heavy.svg(300, 9), formats: :all)
    fn opts -> Thumbelina.run(image, [format: :png] ++ opts) end
  end

  # One that could not be stopped is waited for: there may not be many.
  test "a timeout is an answer at once, and nothing stays", %{png: png} do
    for job <- jobs(png), wait <- [1, 40] do
      {us, answer} = :timer.tc(fn -> job.(timeout: wait) end)
      assert match?({:ok, _}, answer) or match?({:error, %Error{code: :timeout}}, answer)
      assert us < 1_000_000 + wait * 1000
      assert eventually(fn -> match?(%{live: 0, bytes: 0}, Thumbelina.stats()) end, 60)
    end
  end

  @tag timeout: :infinity
  test "callers that are killed leave nothing behind", %{png: png} do
    for job <- jobs(png), wait <- [0, 30] do
      {pid, ref} = spawn_monitor(fn -> job.([]) end)
      Process.sleep(wait)
      Process.exit(pid, :kill)
      assert_receive {:DOWN, ^ref, :process, ^pid, _}, 1_000
      assert eventually(fn -> match?(%{live: 0, bytes: 0}, Thumbelina.stats()) end, 60)
    end
  end

  test "what cannot be stopped does not pile up" do
    job = drawing()
    answers = for _ <- 1..12, do: job.(timeout: 40)
    codes = for {:error, %Error{code: code}} <- answers, do: code
    assert Enum.all?(codes, &(&1 in [:timeout, :limit]))
    assert eventually(fn -> match?(%{live: 0, bytes: 0}, Thumbelina.stats()) end, 120)
    assert {:ok, _} = job.([])
  end

  test "normal schedulers do not wait for it", %{png: png} do
    image = Thumbelina.from_binary(png)
    {:ok, made} = Thumbelina.run(image, format: :avif, effort: 0, measure: true)
    assert made.stats.longest_slice < 5_000
    assert made.stats.lane in [:mixed, :dirty]
  end
end
