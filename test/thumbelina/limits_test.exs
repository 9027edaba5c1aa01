defmodule Thumbelina.LimitsTest do
  use ExUnit.Case, async: true

  alias Thumbelina.{Limits, Native, Options}

  test "the documented defaults are those of the core" do
    defaults = Options.sent(Limits.limits(), Options.defaults(Limits.limits()))
    assert defaults == Native.default_limits()
  end
end
