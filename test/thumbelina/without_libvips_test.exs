defmodule Thumbelina.WithoutLibvipsTest do
  # A copy of the library whose program for libvips is not there, or does not start, in a VM of its own.
  use ExUnit.Case, async: true

  alias Thumbelina.Test.{Moving, Outside, Picture, Samples}

  @moduletag :foreign
  @read [:gif, :tiff, :heif, :avif, :jxl, :jp2, :ppm]
  @written [:gif, :tiff, :heif, :avif, :jxl, :jp2]

  setup_all do
    picture = Picture.smooth(20, 20)
    ours = for format <- [:png | @written], do: {format, Samples.bytes(picture, format)}

    others = [
      ppm: Outside.make(picture, :ppm),
      bmp: Outside.make(picture, :bmp3),
      cmyk: Outside.make(picture, :jpeg, ["-colorspace", "CMYK"]),
      moving: Moving.img2webp([{picture, 70}, {Picture.noise(20, 20), 90}], 3)
    ]

    [files: ours ++ others]
  end

  setup do
    dir =
      Path.join(
        System.tmp_dir!(),
        "thumbelina_#{System.unique_integer([:positive])}_#{System.pid()}"
      )

    app = Path.join(dir, "thumbelina")
    File.mkdir_p!(Path.join(app, "priv"))
    File.cp_r!(Application.app_dir(:thumbelina, "ebin"), Path.join(app, "ebin"))

    File.cp!(
      Application.app_dir(:thumbelina, "priv/thumbelina_nif.so"),
      Path.join(app, "priv/thumbelina_nif.so")
    )

    on_exit(fn -> File.rm_rf(dir) end)
    [app: app]
  end

  # What each format says there, read and written, and what stays possible.
  defp script(dir) do
    """
    png = File.read!(#{inspect(dir)} <> "/png")
    say = fn {:ok, _} -> "ok"; {:error, e} -> Exception.message(e) end
    image = &Thumbelina.from_binary(File.read!(#{inspect(dir)} <> "/\#{&1}"), formats: :all)
    read = for f <- #{inspect(@read ++ [:cmyk, :bmp, :moving])}, do: {f, say.(Thumbelina.run(image.(f), format: :png))}
    info = for f <- #{inspect(@read -- [:gif])}, do: {f, say.(Thumbelina.info(image.(f)))}
    moving = for f <- [:gif, :moving], do: Thumbelina.info!(image.(f)).delays
    written = for f <- #{inspect(@written)}, do: {f, say.(Thumbelina.run(Thumbelina.from_binary(png), format: f))}
    palette = say.(Thumbelina.run(Thumbelina.from_binary(png), format: :png, palette: true))
    whole = for op <- [&Thumbelina.rotate(&1, 9), &Thumbelina.clahe/1, &Thumbelina.equalise/1, &Thumbelina.affine(&1, {2, 0, 0, 1}),
      &Thumbelina.crop(&1, 5, 5, gravity: :entropy), &Thumbelina.text(&1, "x")], do: say.(Thumbelina.run(op.(Thumbelina.from_binary(png))))
    direct = for f <- [:jpeg, :png, :webp], do: say.(Thumbelina.run(Thumbelina.from_binary(png), format: f))
    can = Thumbelina.capabilities()
    IO.write(inspect({read, info, moving, written, palette, whole, direct, {can.read, can.write, can.formats.avif}}, limit: :infinity, printable_limit: :infinity))
    """
  end

  defp said(app, files, script \\ &script/1) do
    for {name, bytes} <- files, do: File.write!(Path.join(app, "#{name}"), bytes)
    File.write!(Path.join(app, "script.exs"), script.(app))
    args = ["-pa", Path.join(app, "ebin"), Path.join(app, "script.exs")]
    {out, 0} = System.cmd("elixir", args, env: [{"ERL_LIBS", ""} | Outside.vm_env()])
    out |> Code.eval_string() |> elem(0)
  end

  defp assert_says({read, info, moving, written, palette, whole, direct, can}, package) do
    for {format, said} <- read ++ info ++ written, format not in [:bmp, :cmyk, :moving] do
      assert {format,
              said =~
                ~r/#{format} is not (read|written): .*\(Debian: #{package}\).*\(unsupported\)/} ==
               {format, true},
             said
    end

    assert read[:bmp] =~ "bmp is not read: libvips has no loader of its own for it"
    assert read[:cmyk] =~ ~r/a CMYK jpeg is not read: .*#{package}/
    assert read[:moving] =~ ~r/an animated webp is not read: .*#{package}/
    assert moving == [[], [70, 90]]
    assert palette =~ ~r/palette: it needs libvips: .*#{package}/

    for {said, name} <- Enum.zip(whole, ~w(affine clahe equalise affine smart_crop)),
        do: assert(said =~ ~r/#{name}: it needs libvips: .*#{package}/, said)

    assert List.last(whole) =~ ~r/text is not drawn: .*#{package}/
    assert direct == ["ok", "ok", "ok"]
    assert {[:jpeg, :png, :webp], [:jpeg, :png, :webp], avif} = can
    assert avif == %{read: false, write: false, animated: [], lossless: [], alpha: [], icc: []}
  end

  test "where the program is not there, its formats are unsupported and the package is named", %{
    app: app,
    files: files
  } do
    app |> said(files) |> assert_says("libvips-dev")
  end

  test "likewise where the system has no libvips any longer", %{app: app, files: files} do
    write_program(app, """
    echo "$0: error while loading shared libraries: libvips.so.42: cannot open shared object file" >&2
    exit 127
    """)

    app |> said(files) |> assert_says("libvips42")
  end

  # Each of its starts is a line of a file.
  defp write_program(app, lines, name \\ "thumbelina_vips") do
    program = Path.join([app, "priv", name])
    File.write!(program, "#!/bin/sh\n" <> lines)
    File.chmod!(program, 0o755)
  end

  # What comes of timeouts, kills and a look at the capabilities while none starts, with the seconds that it took;
  # then, of jobs that have time.
  defp hanging(dir) do
    """
    dir = #{inspect(dir)}
    picture = &Thumbelina.from_binary(File.read!(Path.join(dir, &1)), formats: :all)
    jobs = [&Thumbelina.run(picture.("tiff"), [format: :png] ++ &1), &Thumbelina.run(picture.("png"), [format: :tiff] ++ &1)]
    code = fn {:error, error} -> error.code end
    timed = fn f -> {us, it} = :timer.tc(f); {it, div(us, 1_000_000)} end
    starts = fn -> case File.read(dir <> "/starts") do {:ok, text} -> String.split(text); _ -> [] end end
    until = fn until, f -> f.() || (Process.sleep(5); until.(until, f)) end
    many = for _ <- 0..System.schedulers_online(), job <- jobs, do: spawn(fn -> job.([]) end)
    until.(until, fn -> starts.() != [] end)
    late = for job <- jobs, do: timed.(fn -> code.(job.(timeout: 200)) end)
    for pid <- many, do: Process.exit(pid, :kill)
    until.(until, fn -> Thumbelina.stats().live == 0 end)
    killed = for job <- jobs do
      n = length(starts.())
      pid = spawn(fn -> job.([]) end)
      until.(until, fn -> length(starts.()) > n end)
      Process.exit(pid, :kill)
      timed.(fn -> until.(until, fn -> Thumbelina.stats().live == 0 and not Process.alive?(pid) end) end)
    end
    can = timed.(fn -> Thumbelina.capabilities().read end)
    gone = timed.(fn -> until.(until, fn -> not Enum.any?(starts.(), &File.exists?("/proc/" <> &1)) end) end)
    n = length(starts.())
    File.rename!(dir <> "/priv/slow", dir <> "/priv/thumbelina_vips")
    vain = for job <- jobs ++ jobs, do: code.(job.([]))
    IO.write(inspect({late, [gone | killed], can, vain, length(starts.()) - n}, limit: :infinity))
    """
  end

  test "one that hangs holds up nobody whose time is up or who is killed; one that fails slowly is not started for each",
       %{app: app, files: files} do
    note = "echo $$ >>#{app}/starts\n"
    write_program(app, note <> "exec sleep 100\n")
    write_program(app, note <> "sleep 2\n", "slow")
    {late, gone, can, vain, starts} = said(app, files, &hanging/1)
    assert {[:jpeg, :png, :webp], _} = can
    assert Keyword.keys(late) == [:timeout, :timeout]
    assert for({_, seconds} <- [can | late ++ gone], seconds > 20, do: seconds) == []
    assert {Enum.uniq(vain), starts} == {[:unsupported], 1}
  end
end
