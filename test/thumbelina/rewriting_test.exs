defmodule Thumbelina.RewritingTest do
  # Random pipelines: however the plan is rewritten, cut into slices, fed and scheduled, the same
  # comes out as if each operation were run by itself on the whole picture.
  use ExUnit.Case, async: true

  alias Thumbelina.Test.{Picture, PNG, Samples}
  import Thumbelina.Test.Samples, only: [image: 1]

  @pipelines 2_000

  setup_all do
    seed = ExUnit.configuration()[:seed]
    %{seed: String.to_integer(System.get_env("THUMBELINA_SEED") || "#{seed}")}
  end

  # --- what there is to choose from

  defp one_of(list), do: Enum.random(list)
  defp number(from, to), do: from + :rand.uniform() * (to - from)
  defp side, do: :rand.uniform(40)
  defp colour, do: one_of([:auto, {byte(), byte(), byte(), one_of([0, 255, byte()])}])
  defp opaque, do: {byte(), byte(), byte()}
  defp byte, do: :rand.uniform(256) - 1

  defp gravity do
    one_of([:center, :north_west, :south, {number(0, 1), number(0, 1)}])
  end

  defp some(options), do: Enum.take_random(options, :rand.uniform(length(options) + 1) - 1)

  defp resize do
    options = [
      fit: one_of([:cover, :contain, :fill, :inside, :outside]),
      gravity: gravity(),
      kernel: one_of([:nearest, :linear, :cubic, :mitchell, :lanczos2, :lanczos3]),
      enlarge: one_of([true, false]),
      reduce: one_of([true, true, false]),
      background: colour(),
      linear: one_of([true, false, false])
    ]

    &Thumbelina.resize(
      &1,
      one_of([[width: side()], [height: side()], [width: side(), height: side()]]) ++
        some(options)
    )
  end

  defp crop do
    one_of([
      &Thumbelina.crop(&1, width: side(), height: side(), gravity: gravity()),
      &Thumbelina.crop(&1, x: 0.1, y: 0.25, width: number(0.1, 0.7), height: number(0.1, 0.7)),
      &Thumbelina.crop(&1, width: number(0.1, 1), height: number(0.1, 1), gravity: gravity())
    ])
  end

  defp extend do
    options = [
      left: :rand.uniform(9),
      right: :rand.uniform(9),
      top: :rand.uniform(9),
      bottom: :rand.uniform(9)
    ]

    mode = one_of([:background, :copy, :repeat, :mirror])

    &Thumbelina.extend(
      &1,
      [{:left, 1} | some(Keyword.delete(options, :left))] ++ [mode: mode, background: colour()]
    )
  end

  defp overlay do
    overlay = Picture.noise(side(), side(), :rand.uniform(4)) |> image()

    blend =
      one_of([:over, :over, :multiply, :screen, :soft_light, :difference, :dest_out, :xor, :atop])

    options = [
      gravity: gravity(),
      x: 3,
      y: -2,
      opacity: number(0, 1),
      blend: blend,
      tile: one_of([true, false])
    ]

    &Thumbelina.composite(&1, overlay, some(options))
  end

  # What makes each pixel from itself, and what only moves pixels. (Those that are "calm" do not
  # make much of a difference of one level.)
  defp exact(1), do: crop()
  defp exact(2), do: extend()

  defp exact(3),
    do: &Thumbelina.pad(&1, {side(), side()}, gravity: gravity(), background: colour())

  defp exact(4), do: &Thumbelina.brighten(&1, one_of([-40, 0, 30]))
  defp exact(5), do: &Thumbelina.brightness(&1, number(0.5, 1.5))
  defp exact(6), do: &Thumbelina.modulate(&1, saturation: number(0, 1.5), hue: number(-180, 180))
  defp exact(7), do: &Thumbelina.contrast(&1, number(0.5, 1.3))
  defp exact(8), do: &Thumbelina.gamma(&1, number(0.7, 1.5))
  defp exact(9), do: &Thumbelina.invert/1
  defp exact(10), do: &Thumbelina.sepia(&1, number(0, 1))
  defp exact(11), do: &Thumbelina.tint(&1, opaque())
  defp exact(12), do: &Thumbelina.opacity(&1, number(0, 1))
  defp exact(13), do: &Thumbelina.flatten(&1, background: opaque())
  defp exact(14), do: &Thumbelina.greyscale/1
  defp exact(15), do: overlay()
  defp exact(16), do: one_of([&Thumbelina.circle/1, &Thumbelina.round(&1, radius: "20%")])

  defp exact(17), do: &Thumbelina.median/1
  defp exact(18), do: &Thumbelina.pixelate(&1, :rand.uniform(9))

  defp exact(19) do
    kernel = for _ <- 1..3, do: for(_ <- 1..3, do: number(-1, 1))
    &Thumbelina.convolve(&1, kernel, scale: 2, offset: 60)
  end

  defp mixing, do: one_of([resize(), &Thumbelina.blur(&1, number(0.3, 4))])

  defp seeing do
    one_of([
      &Thumbelina.trim(&1, threshold: byte()),
      &Thumbelina.normalise/1,
      &Thumbelina.threshold(&1, byte())
    ])
  end

  defp turning do
    one_of([
      &Thumbelina.rotate(&1, one_of([90, 180, 270])),
      &Thumbelina.flip(&1, one_of([:horizontal, :vertical]))
    ])
  end

  defp operation(kinds) do
    case one_of(kinds) do
      :exact -> exact(:rand.uniform(19))
      :calm -> exact(one_of([1, 2, 3, 4, 9, 10, 12, 13, 14, 15, 16]))
      :mixing -> mixing()
      :seeing -> seeing()
      :turning -> turning()
    end
  end

  # At most one resize: of two in a row the first may be left out.
  defp operations(kinds) do
    1..:rand.uniform(6)
    |> Enum.map(fn _ -> operation(kinds).(Thumbelina.pipeline()) end)
    |> Enum.reduce([], fn pipeline, chosen ->
      if resizes?(pipeline) and Enum.any?(chosen, &resizes?/1),
        do: chosen,
        else: chosen ++ [pipeline]
    end)
  end

  defp resizes?(%{ops: ops}), do: Enum.any?(ops, &match?({:resize, _}, &1))

  defp picture do
    {width, height, channels} = {side(), side(), :rand.uniform(4)}
    one_of([Picture.noise(width, height, channels), Picture.smooth(width, height, channels)])
  end

  # --- two ways to run them

  defp all(image, pipelines), do: Enum.reduce(pipelines, image, &Thumbelina.through(&2, &1))

  defp whole(image, pipelines, opts) do
    image |> all(pipelines) |> Thumbelina.to_binary([format: :png] ++ opts)
  end

  defp one_by_one(image, pipelines) do
    Enum.reduce_while(pipelines, Thumbelina.run(image, format: :png), fn pipeline, {:ok, image} ->
      case image |> Thumbelina.through(pipeline) |> Thumbelina.run(format: :png) do
        {:ok, image} -> {:cont, {:ok, image}}
        error -> {:halt, error}
      end
    end)
    |> case do
      {:ok, %{source: {:binary, bytes}}} -> {:ok, bytes}
      error -> error
    end
  end

  # Colours count as much as they are seen.
  defp seen(%{channels: channels, pixels: pixels} = picture) when channels in [2, 4] do
    colours = channels - 1

    %{
      picture
      | pixels:
          for <<pixel::binary-size(colours), a <- pixels>>, into: <<>> do
            for(<<v <- pixel>>, into: <<>>, do: <<Kernel.round(v * a / 255)>>) <> <<a>>
          end
    }
  end

  defp seen(picture), do: picture

  defp code({:error, %{code: code, message: message}}), do: {:error, code, message}
  defp code(answer), do: answer

  defp same({:ok, a}, {:ok, b}), do: PNG.decode(a) == PNG.decode(b)
  defp same(a, b), do: code(a) == code(b)

  defp shown(image, pipelines, seed, n) do
    "pipeline #{n}, THUMBELINA_SEED=#{seed}: #{inspect(all(image, pipelines), limit: :infinity)}"
  end

  defp each(%{seed: seed}, kind, times, kinds, check) do
    for n <- 1..times do
      :rand.seed(:exsss, :erlang.phash2({seed, n, kind}))
      image = image(picture())
      pipelines = if kinds == [], do: [], else: operations(kinds)
      check.(image, pipelines, fn -> shown(image, pipelines, seed, n) end)
    end
  end

  # --- the promises

  test "each by itself gives the same, in any lane, at any slicing", context do
    each(context, :exact, @pipelines, [:exact, :exact, :mixing, :seeing], fn image,
                                                                             pipelines,
                                                                             shown ->
      answer = whole(image, pipelines, [])
      assert same(answer, one_by_one(image, pipelines)), shown.()
      assert code(whole(image, pipelines, lane: :dirty)) == code(answer), shown.()
      {:binary, bytes} = image.source
      chunks = Samples.chunks(bytes, :rand.uniform(300))
      sliced = whole(Thumbelina.open(chunks), pipelines, lane: :yield, slice: 10)
      assert code(sliced) == code(answer), shown.()
    end)
  end

  test "with turns between them, and stored turned, it is the same, but for rounding", context do
    each(context, :turns, div(@pipelines, 2), [:calm, :mixing, :turning, :turning], fn image,
                                                                                       pipelines,
                                                                                       shown ->
      {:binary, bytes} = image.source
      image = bytes |> Samples.oriented(:rand.uniform(8)) |> Thumbelina.from_binary()

      case {whole(image, pipelines, []), one_by_one(image, pipelines)} do
        {{:ok, a}, {:ok, b}} ->
          {a, b} = {PNG.decode(a), PNG.decode(b)}
          assert {a.width, a.height, a.channels} == {b.width, b.height, b.channels}, shown.()
          assert Picture.distance(seen(a), seen(b)) <= 3, shown.()

        {a, b} ->
          assert code(a) == code(b), shown.()
      end
    end)
  end

  test "of two resizes in a row that shrink, the first is left out", context do
    each(context, :resizes, 200, [], fn image, _, shown ->
      kernel = one_of([:linear, :cubic, :mitchell, :lanczos2, :lanczos3])
      [a, b] = Enum.sort([side(), side()])

      to = fn image, side ->
        Thumbelina.resize(image, {side, side}, fit: :fill, kernel: kernel)
      end

      twice = image |> to.(b) |> Thumbelina.flip(:horizontal) |> to.(a) |> whole([], [])
      assert twice == image |> to.(a) |> Thumbelina.flip(:horizontal) |> whole([], []), shown.()
      grown = [to.(Thumbelina.pipeline(), a), to.(Thumbelina.pipeline(), b + 1)]
      assert same(whole(image, grown, []), one_by_one(image, grown)), shown.()
    end)
  end

  test "variants are what each would be alone", context do
    each(context, :variants, div(@pipelines, 4), [:exact, :mixing, :seeing, :turning], fn image,
                                                                                          pipelines,
                                                                                          shown ->
      {shared, rest} = Enum.split(pipelines, 2)
      [other] = Enum.take(operations([:exact]), 1)
      image = all(image, shared)
      wanted = [a: all(Thumbelina.pipeline(), rest), b: other, c: Thumbelina.pipeline()]

      alone =
        for {_, p} <- wanted, do: image |> Thumbelina.through(p) |> Thumbelina.run(format: :png)

      case Thumbelina.variants(image, wanted, format: :png) do
        {:ok, made} ->
          together = for {name, _} <- wanted, do: source(made[name])
          assert together == Enum.map(alone, &source/1), shown.()

        {:error, error} ->
          assert Enum.all?(alone, &match?({:error, _}, &1)), shown.()
          assert code({:error, error}) == code(hd(alone)), shown.()
      end
    end)
  end

  defp source({:ok, image}), do: image.source
  defp source(error), do: code(error)
end
