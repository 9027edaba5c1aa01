defmodule Mix.Tasks.Thumbelina.Formats do
  @shortdoc "Prints what this build of Thumbelina reads and writes"
  @moduledoc """
  Prints the table of formats of this build: which it reads and writes, and what stays of their pictures.

      mix thumbelina.formats

  What this means is said in `Thumbelina.Formats`. In Thumbelina's own directory `--write` puts the table into
  README.md, between the marks that are there.
  """

  use Mix.Task

  @from "<!-- mix thumbelina.formats --write -->"
  @to "<!-- end of formats -->"
  @file_name "README.md"

  @impl true
  def run(args) do
    Mix.Task.run("compile")
    table = Thumbelina.Formats.table(Thumbelina.capabilities())

    case args do
      [] -> Mix.shell().info(table)
      ["--write"] -> File.write!(@file_name, @file_name |> File.read!() |> put(table))
      _ -> Mix.raise("mix thumbelina.formats: expected no arguments, or --write")
    end
  end

  @doc false
  # The text with the table between its marks.
  def put(text, table) do
    with [before, rest] <- String.split(text, @from, parts: 2),
         [_, behind] <- String.split(rest, @to, parts: 2) do
      before <> @from <> "\n\n" <> table <> "\n\n" <> @to <> behind
    else
      _ -> Mix.raise("mix thumbelina.formats: #{@file_name} has no place for the table")
    end
  end
end
