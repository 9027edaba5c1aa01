defmodule Thumbelina.Op do
  @moduledoc """
  The operations: one row of a table for each.

  From its row come the checks of an operation's options, their normal form, how it is
  printed, its documentation and what the native code is sent. A new operation is a row
  here and a function in `Thumbelina`.
  """

  alias Thumbelina.Options

  @typedoc "An operation with all its options in their normal form."
  @type t :: {atom, %{atom => term}}

  # The most operations of a pipeline.
  @most 64

  # No coordinate is larger; what may come out is bounded by max_side_out.
  @side 65_500

  @auto {:or_colour, :auto, "white, and clear where the picture has alpha"}

  @resize [
    width: {{:or_nil, :side, 0}, nil, "of the picture that comes out"},
    height: {{:or_nil, :side, 0}, nil, "likewise; one of the two is enough"},
    fit:
      {{:one_of, [:cover, :contain, :fill, :inside, :outside]}, :cover,
       "what happens where both sides are given and the shape is another"},
    gravity:
      {:smart_gravity, :center,
       "which part stays (`:cover`; a point is kept as near to the middle as can be; `:attention` " <>
         "and `:entropy` look for it), or where the picture lies (`:contain`)"},
    kernel:
      {{:one_of, [:nearest, :linear, :cubic, :mitchell, :lanczos2, :lanczos3]}, :lanczos3,
       "how pixels are weighed"},
    dpr:
      {{:number, 0.1, 10}, 1.0, "the device pixel ratio of the screen: it multiplies the size"},
    enlarge: {:boolean, true, "whether the picture may grow"},
    reduce: {:boolean, true, "whether it may shrink; what sticks out of `:cover` is cut even so"},
    linear:
      {:boolean, false,
       "mix light, not the sRGB values that stand for it: fine bright detail keeps its " <>
         "brightness; slower, as all of the picture is decoded"},
    background:
      {@auto, :auto,
       "around it (`:contain`); a clear one, or a tinted one around grey, adds channels"}
  ]

  @thumbnail @resize
             |> Keyword.replace(:fit, put_elem(@resize[:fit], 1, :inside))
             |> Keyword.replace(:enlarge, put_elem(@resize[:enlarge], 1, false))

  @crop [
    x: {{:or_nil, {:length, 0}, -1}, nil, "from the left"},
    y: {{:or_nil, {:length, 0}, -1}, nil, "from the top"},
    width: {{:or_nil, {:length, 1}, 0}, nil, "of what stays"},
    height: {{:or_nil, {:length, 1}, 0}, nil, "likewise"},
    gravity:
      {:smart_gravity, :center,
       "which part stays, where `:x` and `:y` are not given; a point is kept as near to the " <>
         "middle as can be; `:attention` and `:entropy` look for it"}
  ]

  @factor {{:number, 0, 10}, 1.0, "1 changes nothing"}
  @angle {{:number, -360, 360}, 0.0, "in degrees"}

  @modulate [
    brightness: put_elem(@factor, 2, "a factor"),
    saturation: put_elem(@factor, 2, "a factor: 0 is grey"),
    hue: @angle
  ]

  @sharpen [
    sigma: {{:number, 0.1, 10}, 0.5, "of the Gaussian, in pixels (vips, sharp: `sigma`)"},
    flat: {{:number, 0, 10}, 1.0, "how much, where little differs (`m1`)"},
    jagged: {{:number, 0, 10}, 2.0, "how much, where more does (`m2`)"},
    threshold: {{:number, 0, 100}, 2.0, "where that begins, luma counted from 0 to 100 (`x1`)"},
    brighter: {{:number, 0, 100}, 10.0, "by how much at the most, likewise (`y2`)"},
    darker: {{:number, 0, 100}, 20.0, "by how much at the most, likewise (`y3`)"}
  ]

  @convolve [
    kernel: {:kernel, nil, ""},
    scale:
      {{:or_nil, {:number, 1.0e-3, 1.0e6}, 0.0}, nil,
       "what the sum is divided by; without it, the sum of the kernel, or 1 where that is 0"},
    offset: {{:number, -1000, 1000}, 0.0, "what is added then"}
  ]

  @blends [
    :over,
    :multiply,
    :screen,
    :overlay,
    :darken,
    :lighten,
    :color_dodge,
    :color_burn,
    :hard_light,
    :soft_light,
    :difference,
    :exclusion,
    :add,
    :dest_over,
    :atop,
    :dest,
    :source,
    :in,
    :dest_in,
    :out,
    :dest_out,
    :dest_atop,
    :xor
  ]

  @composite [
    image: {:image, nil, ""},
    gravity: {:gravity, :center, "where it lies"},
    x: {{:integer, -@side, @side}, 0, "pixels inward from there: from the right, if it is east"},
    y: {{:integer, -@side, @side}, 0, "likewise, from the bottom, if it is south"},
    scale:
      {{:or_nil, {:number, 0.001, 10}, 0.0}, nil,
       "its width as a fraction of the picture's; without it, it is as large as it is"},
    opacity: {{:number, 0, 1}, 1.0, "of all of it: its alpha is multiplied by that"},
    blend: {{:one_of, @blends}, :over, "how its colours meet those of the picture"},
    tile: {:boolean, false, "repeat it all over the picture"}
  ]

  @background {@auto, :auto, "a clear one, or a tinted one around grey, adds channels"}
  @border {{:or_nil, {:integer, 0, @side}, 0}, nil, "pixels more on that side"}

  @extend [
    left: @border,
    right: @border,
    top: @border,
    bottom: @border,
    mode:
      {{:one_of, [:background, :copy, :repeat, :mirror]}, :background,
       "what is there: one colour, the pixels of the edge, the picture from its other side, or " <>
         "the picture as in a mirror"},
    background: @background
  ]

  @pad [
    width: {{:or_nil, {:integer, 1, @side}, 0}, nil, "in pixels; a wider picture stays as it is"},
    height: {{:or_nil, {:integer, 1, @side}, 0}, nil, "likewise"},
    gravity: {:gravity, :center, "where the picture lies"},
    background: @background
  ]

  @turned [
    background:
      {@auto, :auto,
       "around the picture; a clear one, or a tinted one around grey, adds channels"},
    interpolator:
      {{:one_of, [:nearest, :bilinear, :bicubic, :lbb, :nohalo]}, :bicubic,
       "how pixels between pixels are made: of the nearest one, of 4 or of 16 around; `:lbb` and " <>
         "`:nohalo` do not overshoot at edges"}
  ]

  @clahe [
    width: {{:length, 1}, 0.125, "of the window; no more than the picture's"},
    height: {{:length, 1}, 0.125, "likewise"},
    slope: {{:integer, 0, 100}, 3, "the most that contrast may grow; 0 is without a limit"}
  ]

  # positional: written without a name
  # written_as: the function's name, where it is another
  # sent_as:    the NIF's name for it
  # needs:      {:any | :all | :together | :inside | :covering | :free, options}
  @rows [
    resize: %{options: @resize, needs: [any: [:width, :height], covering: [:gravity, :fit]]},
    thumbnail: %{
      options: @thumbnail,
      needs: [any: [:width, :height], covering: [:gravity, :fit]],
      sent_as: :resize
    },
    crop: %{
      options: @crop,
      needs: [
        all: [:width, :height],
        together: [:x, :y],
        inside: [:x, :width],
        inside: [:y, :height],
        free: [:gravity, :x]
      ]
    },
    flip: %{
      options: [direction: {{:one_of, [:horizontal, :vertical]}, nil, ""}],
      positional: [:direction]
    },
    rotate: %{options: [angle: {{:one_of, [90, 180, 270]}, nil, ""}], positional: [:angle]},
    turn: %{
      options: [{:angle, {:angle, nil, ""}} | @turned],
      positional: [:angle],
      written_as: :rotate,
      sent_as: :affine
    },
    affine: %{options: [{:matrix, {:matrix, nil, ""}} | @turned], positional: [:matrix]},
    clahe: %{options: @clahe},
    equalise: %{options: []},
    blur: %{options: [sigma: {{:number, 0.1, 100}, nil, ""}], positional: [:sigma]},
    greyscale: %{options: []},
    brighten: %{options: [add: {{:integer, -255, 255}, nil, ""}], positional: [:add]},
    brightness: %{options: [factor: @factor], positional: [:factor]},
    contrast: %{options: [factor: @factor], positional: [:factor]},
    saturation: %{options: [factor: @factor], positional: [:factor]},
    hue: %{options: [angle: @angle], positional: [:angle]},
    gamma: %{options: [exponent: {{:number, 0.1, 10}, nil, ""}], positional: [:exponent]},
    modulate: %{options: @modulate},
    invert: %{options: []},
    sepia: %{options: [strength: {{:number, 0, 1}, nil, ""}], positional: [:strength]},
    tint: %{options: [colour: {:opaque, nil, ""}], positional: [:colour]},
    threshold: %{options: [level: {{:number, 0, 255}, nil, ""}], positional: [:level]},
    opacity: %{options: [factor: {{:number, 0, 1}, nil, ""}], positional: [:factor]},
    sharpen: %{options: @sharpen},
    pixelate: %{options: [size: {{:integer, 1, 1000}, nil, ""}], positional: [:size]},
    convolve: %{options: @convolve, positional: [:kernel]},
    median: %{options: []},
    flatten: %{
      options: [background: {:opaque, {255, 255, 255}, "what shows where the picture is clear"}]
    },
    composite: %{options: @composite, positional: [:image]},
    extend: %{options: @extend, needs: [any: [:left, :right, :top, :bottom]]},
    pad: %{options: @pad, needs: [any: [:width, :height]]},
    round: %{
      options: [radius: {{:length, 1}, nil, "of the corners; a part is one of the smaller side"}],
      needs: [all: [:radius]]
    },
    circle: %{options: []},
    normalise: %{
      options: [
        low: {{:number, 0, 50}, 1.0, "per cent of the picture that may become black"},
        high: {{:number, 50, 100}, 99.0, "per cent of the picture that need not become white"}
      ]
    },
    trim: %{
      options: [
        threshold:
          {{:integer, 0, 255}, 10, "what differs by more, in any channel, is not background"},
        background:
          {{:or_colour, :corner, "the colour of the top left pixel"}, :corner, "what is cut off"}
      ]
    }
  ]

  # Those that must be given have no default that could be sent.
  required? = fn {_, {type, default, _}} ->
    is_nil(default) and not match?({:or_nil, _, _}, type)
  end

  @rows Map.new(@rows, fn {name, row} ->
          defaults = Options.defaults(row.options)
          sent = row.options |> Enum.reject(required?) |> Options.sent(defaults)
          where = "Thumbelina.#{Map.get(row, :written_as, name)}"
          {name, Map.merge(row, %{defaults: defaults, sent: sent, where: where})}
        end)

  @doc """
  The operation with all its options.

      iex> {:thumbnail, options} = Thumbelina.Op.new(:thumbnail, width: 400)
      iex> {options.width, options.height, options.fit, options.kernel}
      {400, nil, :inside, :lanczos3}
  """
  @spec new(atom, keyword) :: t
  def new(name, options) do
    row = row(name)
    map = Map.merge(row.defaults, Options.check!(row.options, options, row.where))
    Enum.each(Map.get(row, :needs, []), &need!(&1, map, row.where))
    {name, map}
  end

  @doc false
  @spec append([t], t) :: [t]
  def append(ops, op) when length(ops) < @most, do: ops ++ [op]

  def append(_, _) do
    raise ArgumentError, "a pipeline holds at most #{@most} operations"
  end

  @doc false
  # As the NIF is sent it.
  @spec sent(t) :: t
  def sent({name, map}) do
    row = row(name)
    {Map.get(row, :sent_as, name), Options.sent_over(row.sent, row.options, map)}
  end

  @doc false
  # Of the function that adds it.
  @spec name(t) :: atom
  def name({name, _}), do: Map.get(row(name), :written_as, name)

  @doc false
  # As it is written: the positional values, then the options that are not defaults.
  @spec written(t) :: {atom, [term], keyword}
  def written({name, map}) do
    row = row(name)
    positional = Map.get(row, :positional, [])

    {name({name, map}), Enum.map(positional, &map[&1]),
     row.options |> Options.given(map) |> Keyword.drop(positional)}
  end

  @doc false
  @spec docs(atom) :: String.t()
  def docs(name) do
    row = row(name)
    row.options |> Keyword.drop(Map.get(row, :positional, [])) |> Options.docs()
  end

  defp row(name) when is_map_key(@rows, name), do: :erlang.map_get(name, @rows)

  defp row(name) do
    raise ArgumentError,
          "Thumbelina.Op: there is no operation #{Options.shown(name)}" <>
            Options.did_you_mean(name, Map.keys(@rows))
  end

  defp need!({:any, names}, map, where) do
    if Enum.all?(names, &is_nil(map[&1])),
      do: raise(ArgumentError, "#{where}: give #{names(names, "or")}")
  end

  defp need!({:all, names}, map, where) do
    if Enum.any?(names, &is_nil(map[&1])),
      do: raise(ArgumentError, "#{where}: give #{names(names, "and")}")
  end

  defp need!({:together, names}, map, where) do
    if names |> Enum.map(&is_nil(map[&1])) |> Enum.uniq() |> length() > 1,
      do: raise(ArgumentError, "#{where}: #{names(names, "and")} go together")
  end

  # Parts of a side that are more than the whole of it, but for rounding.
  defp need!({:inside, [first, size] = names}, map, where) do
    {at, n} = {map[first], map[size]}

    if is_float(at) and is_float(n) and at + n > 1.0 + 1.0e-9,
      do: raise(ArgumentError, "#{where}: #{names(names, "and")} are more than the whole picture")
  end

  defp need!({:covering, [gravity, fit]}, map, where) do
    if smart?(map[gravity]) and map[fit] != :cover,
      do: raise(ArgumentError, "#{where}: gravity: #{inspect(map[gravity])} takes fit: :cover")
  end

  defp need!({:free, [gravity, at]}, map, where) do
    if smart?(map[gravity]) and map[at],
      do:
        raise(ArgumentError, "#{where}: gravity: #{inspect(map[gravity])} finds x: and y: itself")
  end

  defp smart?(gravity), do: gravity in [:attention, :entropy]

  defp names(names, word), do: Enum.map_join(names, " #{word} ", &"#{&1}:")
end
