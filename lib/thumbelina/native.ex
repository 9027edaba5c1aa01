defmodule Thumbelina.Native do
  @moduledoc false

  # The native library, priv/thumbelina_nif. Everything below checks nothing but the form
  # of its terms: the sense of them is checked before.
  #
  #     plan   %{pictures: [picture], pipes: [pipe], settings: map}
  #     picture  %{limits: map, orient: bool, keep_truncated: bool, first_frame: n, last_frame: n, text: bool}; of
  #            text, the input is what Thumbelina.Text makes of it; those behind the first,
  #            which are laid on it, have ops: [op], too, no composite among them
  #     pipe   %{ops: [op], output: map}
  #     op     {:resize, %{width: n | 0, height: n | 0, fit: atom, kernel: atom, gravity_x: f,
  #                        gravity_y: f, gravity_focal: bool, dpr: f, enlarge: bool,
  #                        reduce: bool, linear: bool, background: {r, g, b, a},
  #                        smart: :none | :attention | :entropy}}
  #          | {:crop, %{x: n | f | -1, y: n | f | -1, width: n | f, height: n | f,
  #                      gravity_x: f, gravity_y: f, gravity_focal: bool, smart: atom}}
  #          | {:flip, %{direction: :horizontal | :vertical}}
  #          | {:rotate, %{angle: 90 | 180 | 270}}
  #          | {:affine, %{a: f, b: f, c: f, d: f, interpolator: atom, background: {r, g, b, a},
  #                        auto: bool}}
  #          | {:clahe, %{width: n | f, height: n | f, slope: n}} | {:equalise, %{}}
  #          | {:blur, %{sigma: f}} | {:greyscale, %{}} | {:brighten, %{add: n}}
  #          | {name, %{option => f | {r, g, b}}}: the other looks, by the tables of Thumbelina.Op
  #          | {:composite, %{picture: n, gravity_x: f, gravity_y: f, gravity_focal: bool, x: n, y: n,
  #                           scale: f | 0.0, tile: bool, opacity: f, blend: atom}}
  #          | {:extend, %{left: n, right: n, top: n, bottom: n, mode: atom, background: {r, g, b, a}}}
  #          | {:pad, %{width: n | 0, height: n | 0, gravity_x: f, gravity_y: f, gravity_focal: bool,
  #                     background: {r, g, b, a}}}
  #          | {:round, %{radius: n | f}} | {:circle, %{}}
  #          | {:trim, %{threshold: n, corner: bool, background: {r, g, b, a}}}
  #     output, limits, settings: see Thumbelina.Output, Limits and Settings; 0 = no limit
  #     inputs one for each picture: binaries; the first may be :pieces
  #
  # run, explain and info answer, and then resume/2 in their place
  #
  #     {:ok, [result], job}        run: a result for each pipe, {:ok, binary, values} or
  #                                 {:error, code, stage, message}; values and job are what
  #                                 Thumbelina.Stats.new/2 takes, with what was found out
  #                                 of a result, and the warnings of a job, as the last
  #     {:ok, map}                  explain and info
  #     {:error, code, stage, message, job}
  #     {:hungry, job}              only with :pieces: resume(job, binary | :eof)
  #     {:wait, job}                more jobs than schedulers can do. resume(job, ref) puts it in line, and
  #                                 goes on, or answers {:asleep, ms, job}: then the message ref
  #                                 says when to resume(job, :next). Without one for so long,
  #                                 resume(job, ref) asks again; {:called, job}: the message is sent
  #     {:chunk, binary, job}       only with settings.stream > 0: resume(job, :next)
  #
  # A job that waits is given up by cancel(job), or when its handle is collected.

  @on_load :load

  @doc false
  # Never fails: a module that is not loaded says nothing of the reason.
  def load do
    schedulers = :erlang.system_info(:schedulers)
    dirty = :erlang.system_info(:dirty_cpu_schedulers)

    with {:error, {reason, text}} <-
           :erlang.load_nif(path(), {total_memory(), schedulers, dirty}) do
      :logger.error(
        "Thumbelina's native library #{path()} was not loaded (#{reason}): #{text}. " <>
          "`mix compile` builds it."
      )
    end

    :ok
  end

  def run(_inputs, _plan), do: :erlang.nif_error(:nif_not_loaded)
  def resume(_job, _more), do: :erlang.nif_error(:nif_not_loaded)
  def cancel(_job), do: :erlang.nif_error(:nif_not_loaded)
  def explain(_inputs, _plan), do: :erlang.nif_error(:nif_not_loaded)
  def info(_inputs, _limits), do: :erlang.nif_error(:nif_not_loaded)
  def stats, do: :erlang.nif_error(:nif_not_loaded)
  def capabilities, do: :erlang.nif_error(:nif_not_loaded)
  def default_limits, do: :erlang.nif_error(:nif_not_loaded)

  # Of all jobs; 0 = a quarter of what there is.
  defp total_memory do
    case Application.get_env(:thumbelina, :max_total_memory) do
      bytes when is_integer(bytes) and bytes > 0 -> bytes
      _ -> 0
    end
  end

  # Beside ebin, where the application is not known by its name.
  defp path do
    priv =
      case :code.priv_dir(:thumbelina) do
        {:error, _} -> :filename.join([:filename.dirname(:code.which(__MODULE__)), "..", "priv"])
        priv -> priv
      end

    :filename.join(priv, "thumbelina_nif")
  end
end
