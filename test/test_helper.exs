alias Thumbelina.Test.Outside

Outside.without_sanitizer()

missing = Outside.missing()

if missing != [] do
  IO.puts("Not installed, so no judge of JPEG and WebP: #{Enum.join(missing, ", ")}")
end

pillow = Outside.pillow()
if !pillow, do: IO.puts("Pillow is not installed, so no judge of resizing")

unread = Outside.unread()

if unread != [] do
  IO.puts("Not installed, so no judge of the formats of libvips: #{Enum.join(unread, ", ")}")
end

foreign = if unread == [] and :avif in Thumbelina.capabilities().read, do: [], else: [:foreign]

# What jobs are warned of is logged; it is shown where a test fails.
ExUnit.start(
  capture_log: true,
  exclude:
    if(missing == [], do: [], else: [:outside]) ++ if(pillow, do: [], else: [:pillow]) ++ foreign
)
