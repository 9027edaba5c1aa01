defmodule Thumbelina.MixProject do
  use Mix.Project

  def project do
    [
      app: :thumbelina,
      version: "0.1.0",
      elixir: "~> 1.14",
      compilers: [:thumbelina_nif | Mix.compilers()],
      elixirc_paths: elixirc_paths(Mix.env()),
      start_permanent: Mix.env() == :prod,
      deps: [],
      name: "Thumbelina",
      description: "Image pipelines that never block the BEAM",
      package: package(),
      docs: docs()
    ]
  end

  def application, do: [extra_applications: [:logger]]

  defp elixirc_paths(:test), do: ["lib", "test/support"]
  defp elixirc_paths(_), do: ["lib"]

  # For ex_doc, where somebody has it.
  defp docs do
    extras = ~w(README.md CHANGELOG.md CONTRIBUTING.md bench/results.md bench/libvips.md)
    [main: "readme", extras: Enum.filter(extras, &File.regular?/1)]
  end

  defp package do
    [
      licenses: ["MIT"],
      links: %{},
      files: ~w(lib c_src tools Makefile mix.exs README.md CHANGELOG.md LICENSE)
    ]
  end
end

# Here and not in lib: it is needed before anything in lib is compiled, also
# where Thumbelina is a dependency.
defmodule Mix.Tasks.Compile.ThumbelinaNif do
  @moduledoc false
  use Mix.Task.Compiler

  @impl true
  def run(_args) do
    before = File.stat(nif(), time: :posix)

    case make("nif") do
      0 -> {if(File.stat(nif(), time: :posix) == before, do: :noop, else: :ok), []}
      _ -> {:error, [failure()]}
    end
  end

  @impl true
  def clean, do: make("clean-nif")

  defp nif, do: Path.join(Mix.Project.app_path(), "priv/thumbelina_nif.so")

  defp make(target) do
    program =
      Enum.find(~w(gmake make), &System.find_executable/1) ||
        Mix.raise("Thumbelina is partly written in C: to build it, install make and a C compiler")

    Mix.shell().cmd("#{program} --no-print-directory #{target}", env: env())
  end

  # MAKEFLAGS of a make above us would name jobs and files that are not ours.
  defp env do
    [
      {"MAKEFLAGS", "-j#{System.schedulers_online()}"},
      {"MIX_APP_PATH", Mix.Project.app_path()},
      {"ERTS_INCLUDE_DIR", erts_include_dir()}
    ]
  end

  defp erts_include_dir do
    Path.join([:code.root_dir(), "erts-#{:erlang.system_info(:version)}", "include"])
  end

  defp failure do
    message = "the C part of Thumbelina was not built: see the messages above"
    Mix.shell().error(message)

    %Mix.Task.Compiler.Diagnostic{
      compiler_name: "thumbelina_nif",
      file: Path.expand("Makefile"),
      message: message,
      position: nil,
      severity: :error
    }
  end
end
