defmodule Thumbelina.Options do
  @moduledoc false

  # Options are tables of rows
  #
  #     name: {type, default, doc}
  #
  # From the same row come the check, the normal form, the sentence of the error, the
  # documentation, and what the NIF is sent.

  @type type ::
          {:integer, integer, integer}
          | {:number, number, number}
          | {:one_of, [atom]}
          | {:list_of, [atom]}
          | {:some_of, [atom]}
          | {:or_nil, type, sent :: term}
          | {:or_infinity, type}
          | :boolean
          | {:length, least :: integer}
          | :side
          | :gravity
          | :smart_gravity
          | :angle
          | :font
          | {:listed, rows}
          | :matrix
          | :colour
          | {:or_colour, atom, meaning :: String.t()}
          | :opaque
          | :kernel
          | :frames
          | :server
          | :image
          | :wants
  @type rows :: [{atom, {type, default :: term, doc :: String.t()}}]

  @typedoc "Names that are known elsewhere, some with the function that takes them; lists may be in lists."
  @type also :: [atom | {atom, String.t()} | also]

  @gravities [
    center: {0.5, 0.5},
    north: {0.5, 0.0},
    north_east: {1.0, 0.0},
    east: {1.0, 0.5},
    south_east: {1.0, 1.0},
    south: {0.5, 1.0},
    south_west: {0.0, 1.0},
    west: {0.0, 0.5},
    north_west: {0.0, 0.0}
  ]
  @smart [:attention, :entropy]
  # What may be found out of a result, with what stands for it where it is only named.
  @wants [
    thumbhash: true,
    blurhash: {4, 3},
    phash: true,
    average: true,
    dominant: true,
    palette: 5
  ]

  @aliases %{centre: :center, jpg: :jpeg}

  # What others call it: worth a suggestion.
  @called %{
    left: [:x, :west],
    top: [:y, :north],
    right: [:east],
    bottom: [:south],
    top_left: [:north_west],
    top_right: [:north_east],
    bottom_left: [:south_west],
    bottom_right: [:south_east],
    middle: [:center],
    smart: [:attention],
    position: [:gravity],
    crop: [:cover, :gravity],
    stretch: [:fill],
    compression: [:level],
    effort: [:method, :level],
    metadata: [:keep],
    strip: [:keep],
    subsampling: [:chroma],
    interlace: [:progressive],
    upscale: [:enlarge],
    without_enlargement: [:enlarge],
    auto_orient: [:orient],
    autorotate: [:orient],
    scale: [:width],
    page: [:frames],
    pages: [:frames]
  }
  @longest 65_500
  @most_parts 10.0
  @last_frame 1_000_000_000

  @doc """
  The given options in their normal form, and only those. The names `also` are known too,
  elsewhere: they are worth a suggestion. With a name may stand the function that takes it.
  """
  @spec check!(rows, keyword, String.t(), also) :: %{atom => term}
  def check!(rows, given, where, also \\ []) do
    Keyword.keyword?(given) ||
      raise ArgumentError, "#{where}: options are a keyword list, not #{shown(given)}"

    Enum.reduce(given, %{}, fn {name, value}, done ->
      type = type!(rows, name, where, also)

      if Map.has_key?(done, name),
        do: raise(ArgumentError, "#{where}: #{name}: is given twice")

      Map.put(done, name, value!(type, value, where, name))
    end)
  end

  @doc "As `check!/4`, with the defaults of what is not given."
  @spec complete!(rows, keyword, String.t(), also) :: %{atom => term}
  def complete!(rows, given, where, also \\ []) do
    Map.merge(defaults(rows), check!(rows, given, where, also))
  end

  @spec defaults(rows) :: %{atom => term}
  def defaults(rows), do: Map.new(rows, fn {name, {_, default, _}} -> {name, default} end)

  @doc "What differs from the defaults, in the order of the table: enough to give again."
  @spec given(rows, %{atom => term}) :: keyword
  def given(rows, map) do
    for {name, {_, default, _}} <- rows, Map.get(map, name, default) !== default do
      {name, map[name]}
    end
  end

  @doc "Those of the rows' options that are in the map, in their normal form, as the NIF wants them."
  @spec sent(rows, %{atom => term}) :: %{atom => term}
  def sent(rows, map) do
    pairs =
      for {name, {type, _, _}} <- rows,
          is_map_key(map, name),
          pair <- sent(type, name, :erlang.map_get(name, map)),
          do: pair

    :maps.from_list(pairs)
  end

  @doc "The same over `made`, which is that of the defaults: only what differs from them is made anew."
  @spec sent_over(%{atom => term}, rows, %{atom => term}) :: %{atom => term}
  def sent_over(made, [], _), do: made

  def sent_over(made, [{name, {type, default, _}} | rows], map) do
    case map do
      %{^name => value} when value !== default ->
        made |> Map.merge(Map.new(sent(type, name, value))) |> sent_over(rows, map)

      _ ->
        sent_over(made, rows, map)
    end
  end

  @doc "A value of that type in its normal form; the sentence of the error says where, and what it is."
  @spec value!(type, term, String.t(), option :: atom | String.t()) :: term
  def value!(type, value, where, what)

  # A list of options of its own, of which those are kept that are no defaults.
  def value!({:listed, rows}, [{name, _} | _] = list, where, what) when is_atom(name) do
    case given(rows, complete!(rows, list, "#{where}: #{what}")) do
      [] -> true
      given -> given
    end
  end

  def value!(type, value, where, what) do
    case cast(type, value) do
      {:ok, value} ->
        value

      :error ->
        raise ArgumentError,
              "#{where}: #{label(what)} must be #{describe(type)}, not #{shown(value)}" <>
                hint(type, value)
    end
  end

  defp label(what) when is_atom(what), do: "#{what}:"
  defp label(what), do: what

  # A member alone, where a list is wanted.
  defp hint(type, value) do
    member = Map.get(@aliases, value, value)

    if is_atom(value) and member in members(type),
      do: ". Did you mean #{inspect([member])}?",
      else: value |> wrong_in(type) |> did_you_mean(candidates(type))
  end

  @doc "The rows as a list in Markdown."
  @spec docs(rows) :: String.t()
  def docs(rows) do
    Enum.map_join(rows, "\n", fn {name, {type, default, doc}} ->
      "  * `#{inspect(name)}` - #{doc}; #{describe(type, "`")}#{default_doc(default)}"
    end)
  end

  @doc """
  A hint where one of the candidates looks much like what was written.

      iex> Thumbelina.Options.did_you_mean(:widht, [:width, :height])
      ". Did you mean :width?"
      iex> Thumbelina.Options.did_you_mean(:top_left, [:north, :north_west])
      ". Did you mean :north_west?"
      iex> Thumbelina.Options.did_you_mean(:colour, [:width, :height])
      ""
  """
  @spec did_you_mean(term, [atom]) :: String.t()
  def did_you_mean(wrong, candidates) when is_atom(wrong) or byte_size(wrong) < 40 do
    case called_so(wrong, candidates) || most_like(wrong, candidates) do
      nil -> ""
      candidate -> ". Did you mean #{inspect(candidate)}?"
    end
  end

  def did_you_mean(_, _), do: ""

  defp called_so(wrong, candidates) do
    @called |> Map.get(wrong, []) |> Enum.find(&(&1 in candidates))
  end

  defp most_like(wrong, candidates) do
    name = wrong |> to_string() |> String.downcase()

    candidates
    |> Enum.map(&{String.jaro_distance(name, to_string(&1)), &1})
    |> Enum.max(fn -> {0, nil} end)
    |> case do
      {likeness, candidate} when likeness > 0.75 -> candidate
      _ -> nil
    end
  end

  @doc "A term short enough for a sentence."
  @spec shown(term) :: String.t()
  def shown(term), do: inspect(term, limit: 10, printable_limit: 60)

  defp type!(rows, name, where, also) do
    case rows[name] do
      {type, _, _} ->
        type

      nil ->
        names = Keyword.keys(rows)
        known = if names == [], do: "none", else: Enum.map_join(names, ", ", &"#{&1}:")

        raise ArgumentError,
              "#{where}: unknown option #{name}: (known: #{known})" <>
                meant(name, names, List.flatten(also))
    end
  end

  defp meant(name, names, also) do
    with nil <- called_so(name, names), {_, function} <- List.keyfind(also, name, 0) do
      ". It is an option of #{function}"
    else
      _ -> did_you_mean(name, names ++ Enum.map(also, &name_of/1))
    end
  end

  defp name_of({name, _}), do: name
  defp name_of(name), do: name

  # --- the types: check and normal form

  defp cast({:integer, least, most}, value)
       when is_integer(value) and value >= least and value <= most,
       do: {:ok, value}

  defp cast({:number, least, most}, value)
       when is_number(value) and value >= least and value <= most,
       do: {:ok, value * 1.0}

  defp cast(:boolean, value) when is_boolean(value), do: {:ok, value}
  defp cast({:or_nil, _, _}, nil), do: {:ok, nil}
  defp cast({:or_nil, type, _}, value), do: cast(type, value)
  defp cast({:or_infinity, _}, :infinity), do: {:ok, :infinity}
  defp cast({:or_infinity, type}, value), do: cast(type, value)

  defp cast({:one_of, values}, value) do
    value = Map.get(@aliases, value, value)
    if value in values, do: {:ok, value}, else: :error
  end

  # In the order of the table: written in another order, it is the same list.
  defp cast({:list_of, values}, :all), do: {:ok, values}

  defp cast({:list_of, values}, [_ | _] = list) do
    list = Enum.map(list, &Map.get(@aliases, &1, &1))

    if Enum.all?(list, &(&1 in values)),
      do: {:ok, Enum.filter(values, &(&1 in list))},
      else: :error
  end

  defp cast({:length, least}, value), do: length(value, least, 1.0)
  defp cast(:side, value), do: length(value, 1, @most_parts)

  defp cast({:some_of, _}, none) when none in [:none, []], do: {:ok, []}
  defp cast({:some_of, values}, value), do: cast({:list_of, values}, value)

  defp cast(:gravity, {x, y}) do
    with {:ok, x} <- cast({:number, 0, 1}, x),
         {:ok, y} <- cast({:number, 0, 1}, y),
         do: {:ok, {x, y}}
  end

  defp cast(:gravity, value), do: cast({:one_of, Keyword.keys(@gravities)}, value)

  defp cast(:smart_gravity, value) when value in @smart, do: {:ok, value}
  defp cast(:smart_gravity, value), do: cast(:gravity, value)

  # What more it can be: see `value!/4`.
  defp cast({:listed, _}, none) when none in [nil, false], do: {:ok, nil}
  defp cast({:listed, _}, true), do: {:ok, true}

  defp cast(:font, name) when is_binary(name) and byte_size(name) in 1..100 do
    if String.valid?(name) and not (name =~ ~r/[\x00-\x1F\x7F]/), do: {:ok, name}, else: :error
  end

  # Any angle is one of 0 to 360. Floats know no infinity here.
  defp cast(:angle, value) when is_integer(value), do: {:ok, Integer.mod(value, 360) * 1.0}

  defp cast(:angle, value) when is_float(value) do
    angle = :math.fmod(value, 360.0)
    {:ok, if(angle < 0, do: angle + 360.0, else: angle)}
  end

  defp cast(:matrix, {_, _, _, _} = matrix) do
    with [_, _, _, _] = [a, b, c, d] <- factors(Tuple.to_list(matrix)),
         true <- abs(a * d - b * c) >= 1.0e-6,
         do: {:ok, {a, b, c, d}},
         else: (_ -> :error)
  end

  defp cast(:colour, :white), do: {:ok, {255, 255, 255, 255}}
  defp cast(:colour, :black), do: {:ok, {0, 0, 0, 255}}
  defp cast(:colour, :transparent), do: {:ok, {255, 255, 255, 0}}
  defp cast(:colour, {r, g, b}), do: cast(:colour, {r, g, b, 255})

  defp cast(:colour, {_, _, _, _} = colour) do
    if Enum.all?(Tuple.to_list(colour), &(&1 in 0..255)), do: {:ok, colour}, else: :error
  end

  defp cast(:colour, "#" <> hex) when byte_size(hex) in [6, 8] do
    with {:ok, bytes} <- Base.decode16(hex, case: :mixed),
         do: cast(:colour, bytes |> :binary.bin_to_list() |> List.to_tuple())
  end

  # Each digit stands for two of it.
  defp cast(:colour, "#" <> hex) when byte_size(hex) in [3, 4] do
    cast(:colour, "#" <> for(<<digit <- hex>>, into: "", do: <<digit, digit>>))
  end

  defp cast({:or_colour, word, _}, word), do: {:ok, word}
  defp cast({:or_colour, _, _}, value), do: cast(:colour, value)

  defp cast(:opaque, value) do
    case cast(:colour, value) do
      {:ok, {r, g, b, 255}} -> {:ok, {r, g, b}}
      _ -> :error
    end
  end

  defp cast(:wants, list) when is_list(list) do
    wants = Enum.map(list, &want/1)

    if :error in wants or wants != Enum.uniq_by(wants, &elem(&1, 0)),
      do: :error,
      else: {:ok, for({name, _} <- @wants, given = List.keyfind(wants, name, 0), do: given)}
  end

  defp cast(:image, %Thumbelina.Image{} = image), do: {:ok, image}

  defp cast(:kernel, rows) when is_list(rows) and length(rows) in [3, 5, 7] do
    side = length(rows)
    number? = &(is_number(&1) and &1 >= -1.0e6 and &1 <= 1.0e6)

    if Enum.all?(rows, &(is_list(&1) and length(&1) == side and Enum.all?(&1, number?))),
      do: {:ok, Enum.map(rows, fn row -> Enum.map(row, &(&1 * 1.0)) end)},
      else: :error
  end

  defp cast(:frames, :all), do: {:ok, :all}
  defp cast(:frames, n) when is_integer(n) and n in 0..@last_frame, do: {:ok, n}

  defp cast(:frames, first..last//1 = range)
       when first >= 0 and first <= last and last <= @last_frame,
       do: {:ok, range}

  defp cast(:server, name)
       when (is_atom(name) and name not in [nil, true, false]) or is_pid(name),
       do: {:ok, name}

  defp cast(:server, {:global, _} = name), do: {:ok, name}
  defp cast(:server, {:via, module, _} = name) when is_atom(module), do: {:ok, name}

  defp cast(:server, {name, node} = server) when is_atom(name) and is_atom(node),
    do: {:ok, server}

  defp cast(_, _), do: :error

  # Pixels are whole, parts of a side are floats.
  defp length(value, least, _)
       when is_integer(value) and value >= least and value <= @longest,
       do: {:ok, value}

  defp length(value, least, most_parts)
       when is_float(value) and value >= 0 and value <= most_parts and (value > 0 or least == 0),
       do: {:ok, value}

  defp length(text, least, most_parts) when is_binary(text) do
    with [_, number] <- Regex.run(~r/\A((?:\d{1,3}|1000)(?:\.\d{1,9})?)%\z/, text),
         {number, ""} <- Float.parse(number),
         do: length(number / 100, least, most_parts),
         else: (_ -> :error)
  end

  defp length(_, _, _), do: :error

  defp factors(list), do: for(x <- list, {:ok, x} <- [cast({:number, -1000, 1000}, x)], do: x)

  defp want(name) when is_atom(name), do: List.keyfind(@wants, name, 0, :error)
  defp want({:blurhash, {x, y}} = want) when x in 1..9 and y in 1..9, do: want
  defp want({:palette, most} = want) when most in 1..16, do: want
  defp want({name, true}) when name in [:thumbhash, :phash, :average, :dominant], do: {name, true}
  defp want(_), do: :error

  # --- the types: what the NIF is sent

  # Of the option of that name only.
  defp sent(:gravity, :gravity, gravity) do
    {x, y} = if is_atom(gravity), do: @gravities[gravity], else: gravity
    [gravity_x: x, gravity_y: y, gravity_focal: is_tuple(gravity)]
  end

  defp sent(:smart_gravity, name, smart) when smart in @smart,
    do: [{:smart, smart} | sent(:gravity, name, :center)]

  defp sent(:smart_gravity, name, gravity), do: [{:smart, :none} | sent(:gravity, name, gravity)]

  # Clockwise, seen with y down.
  defp sent(:angle, name, angle) do
    {sine, cosine} = {:math.sin(angle * :math.pi() / 180), :math.cos(angle * :math.pi() / 180)}
    sent(:matrix, name, {cosine, -sine, sine, cosine})
  end

  defp sent(:matrix, _, {a, b, c, d}), do: [a: a, b: b, c: c, d: d]

  defp sent(:wants, _, wants) do
    {across, down} = Keyword.get(wants, :blurhash, {0, 0})

    for(
      name <- [:thumbhash, :phash, :average, :dominant],
      do: {name, Keyword.has_key?(wants, name)}
    ) ++
      [blurhash_across: across, blurhash_down: down, swatches: Keyword.get(wants, :palette, 0)]
  end

  defp sent(:frames, _, :all), do: [first_frame: 0, last_frame: 0x7FFFFFFF]
  defp sent(:frames, _, first..last//1), do: [first_frame: first, last_frame: last]
  defp sent(:frames, _, n), do: [first_frame: n, last_frame: n]

  defp sent({:or_colour, word, _}, name, word), do: [{word, true}, {name, {255, 255, 255, 0}}]
  defp sent({:or_colour, word, _}, name, colour), do: [{word, false}, {name, colour}]
  defp sent(:kernel, name, rows), do: [{name, Enum.concat(rows)}]
  defp sent({:or_nil, _, sent}, name, nil), do: [{name, sent}]
  defp sent({:or_infinity, _}, name, :infinity), do: [{name, 0}]
  defp sent(_, name, value), do: [{name, value}]

  # --- the types: in words

  defp describe(type, tick \\ "")

  defp describe({:integer, least, most}, _),
    do: "a whole number from #{code(least)} to #{code(most)}"

  defp describe({:number, least, most}, _), do: "a number from #{least} to #{most}"
  defp describe(:boolean, t), do: "#{t}true#{t} or #{t}false#{t}"
  defp describe({:or_nil, type, _}, t), do: describe(type, t)
  defp describe({:or_infinity, type}, t), do: "#{describe(type, t)}, or #{t}:infinity#{t}"
  defp describe({:one_of, values}, t), do: "one of #{listed(values, t)}"
  defp describe({:list_of, values}, t), do: "#{t}:all#{t} or a list of #{listed(values, t)}"

  defp describe({:length, least}, t), do: lengths(least, part(least), t)

  defp describe(:side, t) do
    lengths(1, "a part of the picture's own above 0.0 and up to #{@most_parts}", t)
  end

  defp describe({:some_of, values}, t), do: "#{t}:none#{t}, #{describe({:list_of, values}, t)}"

  defp describe(:gravity, t) do
    "one of #{listed(Keyword.keys(@gravities), t)}, or #{t}{x, y}#{t} from 0 (left, top) to 1"
  end

  defp describe(:smart_gravity, t), do: "#{describe(:gravity, t)}, or #{listed(@smart, t)}"
  defp describe(:font, _), do: "a name of at most 100 bytes"

  defp describe({:listed, rows}, t) do
    "#{t}true#{t}, #{t}false#{t}, or a list of #{listed(Keyword.keys(rows), t)}"
  end

  defp describe(:angle, _), do: "a number of degrees"

  defp describe(:matrix, t) do
    "#{t}{a, b, c, d}#{t} of numbers from -1000 to 1000, whose determinant is 1.0e-6 at least"
  end

  defp describe(:colour, t) do
    ~s(#{t}{r, g, b}#{t} or #{t}{r, g, b, a}#{t} of 0..255, #{t}"#rgb"#{t}, #{t}"#rrggbb"#{t} or ) <>
      ~s(#{t}"#rrggbbaa"#{t}, #{listed([:white, :black, :transparent], t)})
  end

  defp describe({:or_colour, word, meaning}, t) do
    "#{t}#{inspect(word)}#{t} (#{meaning}), #{describe(:colour, t)}"
  end

  defp describe(:opaque, t) do
    ~s(#{t}{r, g, b}#{t} of 0..255, #{t}"#rgb"#{t} or #{t}"#rrggbb"#{t}, #{listed([:white, :black], t)})
  end

  defp describe(:wants, t) do
    "a list of #{listed(Keyword.keys(@wants), t)}, each once, where numbers may go with " <>
      "#{t}:blurhash#{t} (two, from 1 to 9) and #{t}:palette#{t} (from 1 to 16)"
  end

  defp describe(:image, _), do: "an image"
  defp describe(:kernel, _), do: "3, 5 or 7 rows (lists) of as many numbers from -1.0e6 to 1.0e6"

  defp describe(:frames, t) do
    "#{t}:all#{t}, a range such as #{t}0..9#{t}, or the number of one, counted from 0"
  end

  defp describe(:server, t), do: "the name of a running #{t}Thumbelina.Pool#{t}"

  defp lengths(least, part, t) do
    "a whole number of pixels from #{least} to #{code(@longest)}, #{part}, " <>
      ~s(or one written #{t}"50%"#{t})
  end

  defp part(0), do: "a part from 0.0 to 1.0"
  defp part(_), do: "a part above 0.0 and up to 1.0"

  defp listed(values, t), do: Enum.map_join(values, ", ", &"#{t}#{inspect(&1)}#{t}")

  defp candidates({:one_of, values}), do: values
  defp candidates({:list_of, values}), do: [:all | values]
  defp candidates({:some_of, values}), do: [:all, :none | values]
  defp candidates({:or_nil, type, _}), do: candidates(type)
  defp candidates({:or_infinity, _}), do: [:infinity]
  defp candidates(:gravity), do: Keyword.keys(@gravities)
  defp candidates(:smart_gravity), do: @smart ++ candidates(:gravity)
  defp candidates(:colour), do: [:white, :black, :transparent]
  defp candidates({:or_colour, word, _}), do: [word | candidates(:colour)]
  defp candidates(:opaque), do: [:white, :black]
  defp candidates(:frames), do: [:all]
  defp candidates(:wants), do: Keyword.keys(@wants)
  defp candidates(_), do: []

  # What is wanted a list of.
  defp members({list, values}) when list in [:list_of, :some_of], do: values
  defp members(:wants), do: Keyword.keys(@wants)
  defp members(_), do: []

  # Of a list, the member to blame.
  defp wrong_in([_ | _] = list, {:list_of, values}) do
    Enum.find(list, &(Map.get(@aliases, &1, &1) not in values))
  end

  defp wrong_in(list, {:some_of, values}), do: wrong_in(list, {:list_of, values})

  defp wrong_in([_ | _] = list, :wants) do
    case Enum.find(list, &(want(&1) == :error)) do
      # Not the name is wrong, but its numbers.
      {name, _} = pair when name in [:blurhash, :palette] -> pair
      {name, _} -> name
      name -> name
    end
  end

  defp wrong_in(value, _), do: value

  defp default_doc(nil), do: ""
  defp default_doc(default), do: ". Default: `#{code(default)}`"

  # 1_000_000, as it would be written.
  defp code(term), do: term |> inspect() |> Code.format_string!() |> IO.iodata_to_binary()
end
