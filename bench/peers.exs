# peers.exs - who takes part in the benchmark, and how each is run (see peer.h).

defmodule Peers do
  @dir "_build/bench"
  @schedulers "+sbwt none +sbwtdcpu none +sbwtdio none"

  @core ["_build/prod/lib/thumbelina/bench/core"]

  # Name in tables, command, its version. The core is Thumbelina's C without the VM; it stands
  # in where there are bare pixels, which the VM has no part in.
  @peers [
    ours: {"Thumbelina", ~w(elixir -pa _build/prod/lib/thumbelina/ebin bench/ours.exs), :ours},
    core: {"core", @core, nil},
    limit: {"limit", ["#{@dir}/limit"], {:libraries, ~w(libjpeg libpng zlib libwebp)}},
    vips: {"libvips", ["#{@dir}/vips"], {:libraries, ~w(vips)}},
    sharp: {"sharp", ~w(node bench/sharp.js), :command},
    pillow: {"Pillow", ~w(/usr/bin/python3 bench/pillow.py), :command},
    magick: {"ImageMagick", ["#{@dir}/magick"], {:libraries, ~w(MagickWand)}},
    mogrify: {"mogrify", ["#{@dir}/mogrify"], :convert}
  ]

  @type figures :: %{atom => number | [String.t()]}

  @doc "Those that can do the smallest of jobs here; and the names of the others."
  @spec present() :: {[atom], [String.t()]}
  def present do
    {here, missing} =
      @peers
      |> Keyword.keys()
      |> Enum.split_with(&measure(&1, {"200.jpg", 64, "thumbnail", "jpeg"}, 0))

    {here, Enum.map(missing, &name/1)}
  end

  @spec name(atom) :: String.t()
  def name(peer), do: @peers |> Keyword.fetch!(peer) |> elem(0)

  @doc "The cores that there are for us; [nil] where nobody can be held to one."
  @spec cores :: [non_neg_integer | nil]
  def cores do
    own = System.pid()

    with {text, 0} <- run("taskset", ["-p", own]),
         mask = text |> String.split() |> List.last() |> String.to_integer(16) do
      for core <- 0..1023, Bitwise.band(Bitwise.bsr(mask, core), 1) == 1, do: core
    else
      _ -> [nil]
    end
  end

  @doc "What one run of the job takes, on that core or any; nil where the peer cannot do it."
  @spec measure(
          atom,
          {String.t(), pos_integer, String.t(), String.t()},
          number,
          pos_integer,
          non_neg_integer | nil
        ) :: figures | nil
  def measure(peer, {file, size, work, format}, seconds, callers \\ 1, core \\ nil) do
    [program | first] = held(core) ++ command(peer, work)
    arguments = first ++ [Path.join(@dir, file), size, seconds, work, format, callers]

    case run(
           program,
           Enum.map(arguments, &to_string/1),
           environment(peer, file, size, work, format)
         ) do
      {text, 0} -> figures(String.split(text))
      _ -> nil
    end
  end

  @doc "Those that are other programs, not a part of ours."
  @spec others([atom]) :: [atom]
  def others(peers), do: peers -- [:ours, :core]

  # The limit decodes at the scale that Thumbelina would.
  defp environment(:limit, file, size, "thumbnail", format) do
    [{"SHRINK", to_string(shrink(Path.join(@dir, file), size, format))}]
  end

  defp environment(_, _, _, _, _), do: []

  @doc "By how much Thumbelina has a JPEG shrunk while it is decoded."
  @spec shrink(Path.t(), pos_integer, String.t()) :: pos_integer
  def shrink(path, width, format) do
    path
    |> Thumbelina.open(max_bytes: :infinity, max_pixels: :infinity, max_chunks: :infinity)
    |> Thumbelina.thumbnail(width)
    |> Thumbelina.explain!(format: format(format))
    |> Map.fetch!(:shrink)
  end

  defp held(nil), do: []
  defp held(core), do: ["taskset", "-c", "#{core}"]

  defp command(:ours, "pixels"), do: @core
  defp command(peer, _), do: @peers |> Keyword.fetch!(peer) |> elem(1)

  defp format("jpeg"), do: :jpeg
  defp format("png"), do: :png
  defp format(_), do: :webp

  # Without a shell's complaint where there is no such program.
  defp run(program, arguments, environment \\ []) do
    if System.find_executable(program) || File.exists?(program) do
      environment =
        environment ++ [{"NODE_PATH", "#{@dir}/node_modules"}, {"ERL_FLAGS", @schedulers}]

      System.cmd(Path.expand(found(program)), arguments, env: environment, stderr_to_stdout: true)
    end
  end

  defp found(program), do: System.find_executable(program) || program

  defp figures([cpu, wall, runs, rest, peak, bytes | told]) do
    [runs, rest, peak, bytes] = Enum.map([runs, rest, peak, bytes], &String.to_integer/1)

    %{
      cpu: String.to_float(cpu),
      wall: String.to_float(wall),
      runs: runs,
      rest: rest,
      peak: peak,
      bytes: bytes,
      told: told
    }
  end

  defp figures(_), do: nil

  @doc "Name and versions, for the report."
  @spec version(atom) :: String.t()
  def version(peer) do
    {name, command, how} = Keyword.fetch!(@peers, peer)
    "#{name}: #{version(how, command)}"
  end

  defp version(:ours, _), do: "OTP #{System.otp_release()}, Elixir #{System.version()}"
  defp version({:libraries, names}, _), do: Enum.map_join(names, ", ", &library/1)
  defp version(:convert, _), do: first_line(["convert", "-version"])
  defp version(:command, command), do: first_line(command ++ ["--version"])

  defp library(name), do: "#{name} #{first_line(["pkg-config", "--modversion", name])}"

  defp first_line([program | arguments]) do
    {text, _} = run(program, arguments)
    text |> String.split("\n") |> hd() |> String.replace(~r/^Version: | http.*/, "")
  end
end
