defmodule Thumbelina.CompositeTest do
  use ExUnit.Case, async: true

  alias Thumbelina.Test.{Picture, PNG, Profile, Samples}
  import Thumbelina.Test.Samples, only: [image: 1, pixels: 1]

  # As it stands in Porter and Duff, with opaque pixels below.
  defp over(base, overlay, x0, y0, opacity \\ 1) do
    Picture.new(base.width, base.height, 3, fn x, y ->
      below = Picture.at(base, x, y)
      {ox, oy} = {x - x0, y - y0}

      if ox in 0..(overlay.width - 1) and oy in 0..(overlay.height - 1) do
        <<r, g, b, a>> = Picture.at(overlay, ox, oy)
        a = a * opacity

        for {over, under} <- Enum.zip([r, g, b], :binary.bin_to_list(below)), into: <<>> do
          <<round((over * a + under * (255 - a)) / 255)>>
        end
      else
        below
      end
    end)
  end

  test "it lies where gravity and offset put it, and what sticks out is cut off" do
    base = Picture.noise(40, 30)
    overlay = Picture.noise(11, 7, 4)

    for {opts, x, y} <- [
          {[], 15, 12},
          {[gravity: :north_west], 0, 0},
          {[gravity: :south_east], 29, 23},
          {[gravity: :south_east, x: 3, y: 2], 26, 21},
          {[gravity: :north_west, x: 3, y: 2], 3, 2},
          {[gravity: :north_west, x: -5, y: -3], -5, -3},
          {[gravity: :east, x: -4], 33, 12},
          {[gravity: {0.25, 1}], 5, 23},
          {[x: 100], 115, 12}
        ] do
      made = base |> image() |> Thumbelina.composite(image(overlay), opts) |> pixels()
      assert Picture.distance(made, over(base, overlay, x, y)) <= 1, inspect(opts)
    end
  end

  # A picture with that profile.
  defp with_profile(picture, icc) do
    Thumbelina.from_binary(
      PNG.encode(picture, chunks: [{"iCCP", "name\0\0" <> :zlib.compress(icc)}])
    )
  end

  # What is laid on a base that keeps its profile, in the base's numbers.
  defp laid_on_kept(overlay, base) do
    kept = base |> Thumbelina.composite(overlay) |> Thumbelina.to_binary!(:png, keep: [:icc])
    kept |> PNG.decode() |> Picture.at(10, 10) |> :binary.bin_to_list()
  end

  defp assert_near(numbers, wanted) do
    for {a, b} <- Enum.zip(numbers, wanted), do: assert_in_delta(a, b, 1, inspect(numbers))
  end

  test "of one profile, which is kept, it is laid on as it is" do
    overlay = with_profile(Picture.plain(12, 12, <<200, 40, 90>>), Profile.display_p3())
    base = with_profile(Picture.plain(20, 20, <<10, 220, 30>>), Profile.display_p3())

    for fun <- [& &1, &Thumbelina.resize(&1, 6), &Thumbelina.rotate(&1, 90), &Thumbelina.trim/1] do
      assert laid_on_kept(fun.(overlay), base) == [200, 40, 90]
    end

    laid = Thumbelina.composite(base, overlay)
    kept = laid |> Thumbelina.to_binary!(:png, keep: [:icc]) |> PNG.decode()
    assert Picture.at(kept, 1, 1) == <<10, 220, 30>>
    shown = overlay |> Thumbelina.to_binary!(:png) |> PNG.decode() |> Picture.at(1, 1)
    assert laid |> Thumbelina.to_binary!(:png) |> PNG.decode() |> Picture.at(10, 10) == shown
  end

  # Red of sRGB is 0.9175, 0.2003, 0.1386 of Display P3, as it stands in CSS Color 4; the other by its formulas.
  test "on a picture that keeps its profile it comes into that one's colours" do
    base = with_profile(Picture.plain(20, 20, <<10, 220, 30>>), Profile.display_p3())
    plain = &Picture.plain(12, 12, &1)

    for {colour, wanted} <- [
          {<<255, 0, 0>>, [234, 51, 35]},
          {<<107, 46, 48>>, [100, 50, 50]},
          {<<90>>, [90, 90, 90]},
          {<<255, 0, 0, 255>>, [234, 51, 35]}
        ] do
      assert_near(laid_on_kept(image(plain.(colour)), base), wanted)
      assert_near(laid_on_kept(Thumbelina.resize(image(plain.(colour)), 6), base), wanted)
    end

    swapped = with_profile(plain.(<<0, 255, 0>>), Profile.swapped())
    assert_near(laid_on_kept(swapped, base), [234, 51, 35])
    base = with_profile(Picture.plain(20, 20, <<10, 220, 30>>), Profile.swapped())
    assert_near(laid_on_kept(image(plain.(<<200, 40, 90>>)), base), [40, 200, 90])

    assert_near(laid_on_kept(with_profile(plain.(<<100, 50, 50>>), Profile.display_p3()), base), [
      46,
      107,
      48
    ])
  end

  test "grey comes into the grey of a picture that keeps its profile" do
    base = with_profile(Picture.plain(20, 20, <<9>>), Profile.grey(1.8))

    for v <- [20, 128, 240] do
      light = :math.pow((v / 255 + 0.055) / 1.055, 2.4)
      wanted = round(255 * :math.pow(light, 1 / 1.8))
      assert_near(laid_on_kept(image(Picture.plain(12, 12, <<v>>)), base), [wanted])
    end
  end

  # The levels are found in sRGB.
  test "what is normalised and laid on shows the same, whether the profile is kept or not" do
    icc = Profile.grey(1.2)
    ramp = Picture.new(12, 12, 1, fn x, y -> <<80 + 6 * x + y>> end)
    base = with_profile(Picture.plain(12, 12, <<120>>), icc)
    laid = Thumbelina.composite(base, Thumbelina.normalise(with_profile(ramp, icc)))

    kept =
      laid |> Thumbelina.to_binary!(:png, keep: [:icc]) |> Thumbelina.from_binary() |> pixels()

    assert Picture.distance(kept, pixels(laid)) <= 4
  end

  test "opacity makes it fainter" do
    {base, overlay} = {Picture.noise(20, 20), Picture.noise(20, 20, 4)}

    for opacity <- [0, 0.25, 1.0] do
      made = base |> image() |> Thumbelina.composite(image(overlay), opacity: opacity) |> pixels()
      assert Picture.distance(made, over(base, overlay, 0, 0, opacity)) <= 1
    end
  end

  test "however both are stored, they meet upright" do
    overlay = Picture.noise(24, 16) |> Samples.bytes(:jpeg)
    base = Picture.noise(48, 40) |> Samples.bytes(:jpeg)
    opts = [gravity: :north_east, x: 2, y: -3, tile: false]

    for o <- 1..8, p <- [1, 6, 7], tile <- [false, true] do
      opts = [tile: tile] ++ Keyword.delete(opts, :tile)
      {stored, laid} = {Samples.oriented(base, o), Samples.oriented(overlay, p)}
      upright = &(&1 |> Thumbelina.from_binary() |> pixels() |> image())
      wanted = stored |> upright.() |> Thumbelina.composite(upright.(laid), opts) |> pixels()
      laid = Thumbelina.from_binary(laid)

      assert stored |> Thumbelina.from_binary() |> Thumbelina.composite(laid, opts) |> pixels() ==
               wanted
    end
  end

  test "it has operations of its own, and may be scaled with the picture" do
    base = Picture.noise(40, 30)
    logo = Picture.noise(31, 17, 4) |> image() |> Thumbelina.flip(:vertical)
    small = logo |> Thumbelina.resize(10) |> Thumbelina.run!()

    for overlay <- [Thumbelina.resize(logo, 10), small] do
      assert base |> image() |> Thumbelina.composite(overlay) |> pixels() ==
               base |> image() |> Thumbelina.composite(small) |> pixels()
    end

    assert base |> image() |> Thumbelina.composite(logo, scale: 0.25) |> pixels() ==
             base |> image() |> Thumbelina.composite(small) |> pixels()
  end

  test "a tile covers everything, from where it lies on" do
    tile = Picture.noise(7, 5)
    base = Picture.noise(23, 19)

    made =
      base |> image() |> Thumbelina.composite(image(tile), gravity: :north_west, x: 2, tile: true)

    assert pixels(made) ==
             Picture.new(23, 19, 3, &Picture.at(tile, Integer.mod(&1 - 2, 7), Integer.mod(&2, 5)))
  end

  test "grey meets colour, and alpha comes where holes are cut" do
    grey = Picture.noise(9, 9, 1)
    colour = Picture.noise(9, 9, 3)
    assert %{channels: 3} = grey |> image() |> Thumbelina.composite(image(colour)) |> pixels()
    assert %{channels: 3} = colour |> image() |> Thumbelina.composite(image(grey)) |> pixels()
    assert %{channels: 1} = grey |> image() |> Thumbelina.composite(image(grey)) |> pixels()

    hole = Picture.plain(9, 9, <<0, 0, 0, 255>>)
    made = colour |> image() |> Thumbelina.composite(image(hole), blend: :dest_out) |> pixels()
    assert made.channels == 4
    assert for(<<_::24, a <- made.pixels>>, do: a) |> Enum.uniq() == [0]
  end

  test "what lies outside is not there, and masks are clear where they are not" do
    base = Picture.noise(9, 9, 3)
    over = Picture.plain(4, 4, <<9, 9, 9, 255>>)
    lay = fn opts -> base |> image() |> Thumbelina.composite(image(over), opts) |> pixels() end
    assert lay.(x: 100) == base

    assert lay.(x: 100, blend: :dest_out) ==
             Picture.new(9, 9, 4, &(Picture.at(base, &1, &2) <> <<255>>))

    alphas = fn picture -> for <<_::24, a <- picture.pixels>>, do: a end
    assert alphas.(lay.(x: -100, y: 3, blend: :dest_in)) == List.duplicate(0, 81)
    masked = lay.(gravity: :north_west, x: -2, y: 6, blend: :dest_in)
    assert alphas.(masked) == for(y <- 0..8, x <- 0..8, do: if(x < 2 and y > 5, do: 255, else: 0))

    wanted = for y <- 6..8, x <- 0..1, into: <<>>, do: Picture.at(base, x, y) <> <<255>>
    assert Picture.crop(masked, 0, 6, 2, 3).pixels == wanted
  end

  test "several, the same twice, in every lane and in variants" do
    base = Picture.noise(60, 50)
    [one, two] = for n <- [3, 4], do: Picture.noise(10 + n, 9, n) |> image()

    image =
      base
      |> image()
      |> Thumbelina.composite(one, gravity: :north)
      |> Thumbelina.composite(two, gravity: :south)
      |> Thumbelina.composite(one, gravity: :west, blend: :multiply)

    made = Thumbelina.to_binary!(image, :png, lane: :yield)
    assert made == Thumbelina.to_binary!(image, :png, lane: :dirty)
    assert made == image |> Thumbelina.stream!(:png) |> Enum.into(<<>>)

    {:ok, both} =
      Thumbelina.variants(image, [all: & &1, cut: &Thumbelina.crop(&1, 5, 6, 30, 30)],
        format: :png
      )

    assert {:ok, %{source: {:binary, ^made}}} = both.all
    {:ok, plan} = Thumbelina.explain(image)
    assert Enum.count(plan.stages, &(elem(&1, 0) == :composite)) == 3
  end

  @tag :tmp_dir
  test "it comes from wherever a picture may come from", %{tmp_dir: dir} do
    base = Picture.noise(20, 20) |> image()
    bytes = Picture.noise(8, 8, 4) |> PNG.encode()
    path = Path.join(dir, "over.png")
    File.write!(path, bytes)
    wanted = base |> Thumbelina.composite(Thumbelina.from_binary(bytes)) |> pixels()

    for source <- [path, %{path: path}, Samples.chunks(bytes, 50), File.stream!(path, [], 10)] do
      assert base |> Thumbelina.composite(source) |> pixels() == wanted
    end

    assert {:error, %{code: :enoent}} =
             base |> Thumbelina.composite(path <> "?") |> Thumbelina.run()
  end

  test "what is wrong with it is an error, and its limits are its own" do
    base = Picture.noise(20, 20) |> image()
    bytes = Picture.noise(9, 9, 3) |> PNG.encode()

    for {source, opts, code} <- [
          {["no picture"], [], :unsupported},
          {[binary_part(bytes, 0, 100)], [], :truncated},
          {[bytes], [max_pixels: 80], :limit},
          {[bytes], [max_bytes: 100], :limit},
          {[bytes], [formats: [:jpeg]], :unsupported}
        ] do
      overlay = Thumbelina.open(source, opts)
      assert {:error, %{code: ^code}} = base |> Thumbelina.composite(overlay) |> Thumbelina.run()
    end
  end

  test "the caller's mistakes" do
    base = Picture.noise(20, 20) |> image()
    nested = Thumbelina.composite(base, base)

    assert_raise ArgumentError, ~r/something laid on itself/, fn ->
      Thumbelina.composite(base, nested)
    end

    assert_raise ArgumentError, ~r/blend: must be one of .*Did you mean :multiply/s, fn ->
      Thumbelina.composite(base, base, blend: :multiplie)
    end

    many =
      for n <- 1..8,
          reduce: base,
          do: (image -> Thumbelina.composite(image, Thumbelina.resize(base, n)))

    most = ~r/at most 7 different images .* in one run, in all its variants together/
    assert_raise ArgumentError, most, fn -> Thumbelina.run(many) end
  end

  test "so many different images are laid on others in one run, however many variants there are" do
    base = Picture.noise(20, 20) |> image()
    laid = for n <- 1..8, do: &Thumbelina.composite(&1, Thumbelina.resize(base, n))
    variants = for {fun, n} <- Enum.with_index(laid), do: {:"n#{n}", fun}
    run = &Thumbelina.variants(base, &1, format: :png)

    assert {:ok, made} = variants |> Enum.take(7) |> run.()
    for {_, one} <- made, do: assert({:ok, _} = one)

    assert_raise ArgumentError, ~r/at most 7 .* in all its variants together/, fn ->
      run.(variants)
    end

    # The same one counts once.
    same = for n <- 1..16, do: {:"n#{n}", hd(laid)}
    assert {:ok, made} = run.(same)
    assert map_size(made) == 16
  end
end
