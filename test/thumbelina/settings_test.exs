defmodule Thumbelina.SettingsTest do
  # It changes the configuration of the application.
  use ExUnit.Case, async: false

  alias Thumbelina.{Limits, Settings}
  alias Thumbelina.Test.Samples

  defp configure(env) do
    Application.put_all_env(thumbelina: env)
    on_exit(fn -> for {key, _} <- env, do: Application.delete_env(:thumbelina, key) end)
  end

  defp settings(opened, run) do
    {limits, settings} = Settings.limits_and_settings(Settings.given(opened, run))
    assert limits == Settings.limits(opened)
    settings
  end

  test "the NIF is sent all limits and all settings" do
    limits = Settings.limits(%{max_pixels: 9, max_bytes: :infinity})
    assert %{max_pixels: 9, max_bytes: 0, max_scans: 100, formats: [_ | _]} = limits

    settings = settings(%{on_truncated: :keep, orient: false}, %{timeout: 7})

    assert %{
             lane: :auto,
             slice: 250,
             courtesy: 8,
             dirty_threshold: 20_000,
             timeout: 7,
             measure: false,
             max_memory: 268_435_456,
             orient: false,
             keep_truncated: true,
             stream: 0
           } = settings

    assert settings(%{}, %{}).timeout == 0
  end

  test "the call comes before the configuration, that before the defaults" do
    configure(max_pixels: 10, max_side: 20, lane: :dirty, slice: 100)
    assert %{max_pixels: 1, max_side: 20, max_scans: 100} = Settings.limits(%{max_pixels: 1})
    assert %{lane: :dirty, slice: 99, courtesy: 8} = settings(%{}, %{slice: 99})
  end

  test "a mistake in the configuration is no silent one" do
    configure(max_pixel: 10)

    assert_raise ArgumentError,
                 ~r/^config :thumbelina: unknown option max_pixel: .* Did you mean :max_pixels\?/,
                 fn ->
                   Settings.limits(%{})
                 end
  end

  test "what is configured may change at any time" do
    configure(max_pixels: 10)
    assert %{max_pixels: 10} = Settings.limits(%{})
    configure(max_pixels: 11)
    assert %{max_pixels: 11} = Settings.limits(%{})
    Application.delete_env(:thumbelina, :max_pixels)
    configure(max_side: 12)
    assert %{max_side: 12, max_pixels: most} = Settings.limits(%{})
    assert most == Thumbelina.Native.default_limits().max_pixels
  end

  test "a limit counts a millisecond later, also where another application loses a key meanwhile" do
    Application.put_env(:thumbelina_other, :key, 1)
    assert Settings.limits(%{}).max_pixels > 10
    configure(max_pixels: 10)
    Application.delete_env(:thumbelina_other, :key)
    Process.sleep(2)
    assert %{max_pixels: 10} = Settings.limits(%{})

    Application.delete_env(:thumbelina, :max_pixels)
    Application.put_env(:thumbelina_other, :key, 1)
    assert Settings.limits(%{}).max_pixels > 10
    Application.delete_env(:thumbelina_other, :key)
    assert Settings.limits(%{}).max_pixels > 10
  end

  test "what was made is let in, whatever is configured for what is read" do
    configure(
      formats: [:jpeg],
      frames: 1,
      max_bytes: 9,
      max_pixels: 9,
      max_side: 9,
      max_scans: 1,
      max_chunks: 1
    )

    image =
      Samples.smooth(:png, 40, 30)
      |> Thumbelina.from_binary([formats: [:png], frames: 0] ++ Map.to_list(Limits.lifted()))

    for opts <- [[], [format: :webp], [format: :jpeg, progressive: true]] do
      assert {:ok, made} = Thumbelina.run(image, opts)
      assert {:ok, %{width: 40, height: 30}} = Thumbelina.run(made, want: [:average])
      assert {:error, %{code: :limit}} = made |> Thumbelina.open(max_side: 9) |> Thumbelina.run()
    end
  end

  test "the pool that is configured is not asked where none is wanted" do
    configure(pool: :thumbelina_no_such_pool)
    image = Thumbelina.from_binary(Samples.smooth(:png, 4, 3))

    assert_raise ArgumentError, ~r/no Thumbelina.Pool of the name/, fn ->
      Thumbelina.run(image)
    end

    assert {:ok, %{width: 4}} = Thumbelina.run(image, pool: nil)
  end

  test "what all jobs share can be configured" do
    configure(max_total_memory: 1_000_000_000)
    assert %{max_pixels: _} = Settings.limits(%{})
  end
end
