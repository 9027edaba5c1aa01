"""pillow.py - the job as Pillow does it; usage and output as peer.h says."""

import io
import sys
import threading
import time

import PIL
from PIL import Image, ImageFilter

PIXELS = (1600, 1200)
SAVING = {
    "jpeg": dict(format="JPEG", quality=80),
    "png": dict(format="PNG", compress_level=6),
    "webp": dict(format="WEBP", quality=80, method=4),
    "lossless": dict(format="WEBP", lossless=True, quality=80, method=4),
}


def thumbnail(source, n):
    image = Image.open(source)
    if image.mode == "P":
        image = image.convert("RGB")
    image.thumbnail((n, 65500), Image.Resampling.LANCZOS)
    return image


def crop(source, n):
    image = Image.open(source)
    x, y = (image.width - n) // 2, (image.height - n) // 2
    return image.crop((x, y, x + n, y + n))


def blur(source, n):
    return Image.open(source).filter(ImageFilter.GaussianBlur(n))


def pixels(data, n):
    image = Image.frombuffer("RGB", PIXELS, data, "raw", "RGB", 0, 1)
    return image.resize((n, n * PIXELS[1] // PIXELS[0]), Image.Resampling.LANCZOS).tobytes()


def encoded(image, how):
    out = io.BytesIO()
    image.save(out, **SAVING[how])
    return out.getvalue()


def job_of(path, n, work, how):
    """A function that does it once."""
    if work == "file":
        return lambda: encoded(thumbnail(path, n), how)
    with open(path, "rb") as file:
        data = file.read()
    if work == "pixels":
        return lambda: pixels(data, n)
    work = {"thumbnail": thumbnail, "crop": crop, "blur": blur}[work]
    return lambda: encoded(work(io.BytesIO(data), n), how)


def again(job, seconds, done):
    out, count, until = b"", 0, time.monotonic() + seconds
    while count == 0 or time.monotonic() < until:
        out = job()
        count += 1
    done.append((count, out))


def status(name):
    try:
        with open("/proc/self/status") as lines:
            return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
    except OSError:
        return 0


def main(path, n, seconds, work="thumbnail", how=None, callers="1", result=None):
    Image.MAX_IMAGE_PIXELS = None
    how = how or {"png": "png", "webp": "webp"}.get(path.rsplit(".")[-1], "jpeg")
    job, seconds, done = job_of(path, int(n), work, how), float(seconds), []
    rest = status("VmRSS:")
    if seconds:
        again(job, 0.1, [])
    cpu, wall = time.process_time(), time.monotonic()
    threads = [threading.Thread(target=again, args=(job, seconds, done)) for _ in range(int(callers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    peak, runs, out = status("VmHWM:"), sum(count for count, _ in done), done[0][1]
    if result:
        with open(result, "wb") as file:
            file.write(out)
    print(f"{cpu * 1e3 / runs:.4f} {wall * 1e3 / runs:.4f} {runs} {rest} {peak} {len(out)}")


if sys.argv[1:] == ["--version"]:
    print("Pillow", PIL.__version__)
else:
    main(*sys.argv[1:])
