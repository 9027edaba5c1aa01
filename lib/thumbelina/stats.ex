defmodule Thumbelina.Stats do
  @moduledoc """
  What a job did and what it cost. Times are in microseconds.

  | field | |
  |---|---|
  | `lane` | where it ran: `:inline` (in the call itself), `:yield` (slices on normal schedulers), `:dirty`, or `:mixed` |
  | `slices`, `hops` | how many slices, and changes between normal and dirty schedulers |
  | `longest_slice` | CPU time of the longest slice on a normal scheduler |
  | `cpu`, `wall`, `queue` | CPU time, that of libvips too; time from start to end; time it waited for its turn. A slice of less than 200 us on a normal scheduler is timed by the clock |
  | `peak_bytes` | most memory it held at once, beside the input and the output; that of libvips too |
  | `bytes_in`, `bytes_out` | of the file that was read, and of the one that was made |
  | `format`, `width`, `height` | of the input, upright |
  | `decoded_width`, `decoded_height` | what the decoder made of it: less, where it could shrink or crop |
  | `frames`, `frames_out` | how many frames, or pages, of the input were used, and how many the result has |
  | `format_out`, `width_out`, `height_out` | of the result |
  | `quality_out` | the quality at which it was encoded, which `max_bytes:` may have lowered; nil where its format has none |
  | `slice_histogram` | with `measure: true`: how many slices took up to 250 and 500 us, 1 and 5 ms, and more |
  | `blocked` | with `measure: true`: how often a slice on a normal scheduler had to wait for the system |
  """

  @type t :: %__MODULE__{
          lane: :inline | :yield | :dirty | :mixed | nil,
          slices: non_neg_integer,
          hops: non_neg_integer,
          longest_slice: non_neg_integer,
          cpu: non_neg_integer,
          wall: non_neg_integer,
          queue: non_neg_integer,
          peak_bytes: non_neg_integer,
          bytes_in: non_neg_integer,
          bytes_out: non_neg_integer,
          format: atom,
          width: non_neg_integer,
          height: non_neg_integer,
          decoded_width: non_neg_integer,
          decoded_height: non_neg_integer,
          frames: pos_integer,
          frames_out: pos_integer,
          format_out: atom,
          width_out: non_neg_integer,
          height_out: non_neg_integer,
          quality_out: 1..100 | nil,
          slice_histogram:
            %{(:us_250 | :us_500 | :ms_1 | :ms_5 | :more) => non_neg_integer} | nil,
          blocked: non_neg_integer | nil
        }

  defstruct lane: nil,
            slices: 0,
            hops: 0,
            longest_slice: 0,
            cpu: 0,
            wall: 0,
            queue: 0,
            peak_bytes: 0,
            bytes_in: 0,
            bytes_out: 0,
            format: nil,
            width: 0,
            height: 0,
            decoded_width: 0,
            decoded_height: 0,
            frames: 1,
            frames_out: 1,
            format_out: nil,
            width_out: 0,
            height_out: 0,
            quality_out: nil,
            slice_histogram: nil,
            blocked: nil

  # What the native code says, value by value: of a job, and of each result of it. (Of maps with so
  # many keys a small job would feel the making.)
  @job [:lane, :slices, :hops, :longest_slice, :cpu, :wall, :queue, :peak_bytes, :bytes_in] ++
         [:slice_histogram, :blocked, :format, :width, :height] ++
         [:decoded_width, :decoded_height, :frames]
  @result [:frames_out, :width_out, :height_out, :bytes_out, :format_out, :quality_out]

  job = Enum.map(@job, &Macro.var(&1, __MODULE__))
  result = Enum.map(@result, &Macro.var(&1, __MODULE__))

  @doc false
  @spec new(job :: tuple, result :: tuple) :: t
  def new({unquote_splicing(job), _warnings}, {unquote_splicing(result), _found}) do
    %__MODULE__{unquote_splicing(Enum.zip(@job ++ @result, job ++ result))}
  end

  @doc false
  # Of a job that failed.
  @spec new(job :: tuple) :: t
  def new({unquote_splicing(job), _warnings}) do
    %__MODULE__{unquote_splicing(Enum.zip(@job, job))}
  end
end
