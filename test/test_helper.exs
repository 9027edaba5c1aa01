missing = Thumbelina.Test.Outside.missing()

if missing != [] do
  IO.puts("Not installed, so no judge of JPEG and WebP: #{Enum.join(missing, ", ")}")
end

ExUnit.start(exclude: if(missing == [], do: [], else: [:outside]))
