// sharp.js - the job as sharp does it; usage and output as peer.h says.

const fs = require("fs")
const path = require("path")
const sharp = require("sharp")

const raw = { width: 1600, height: 1200, channels: 3 }
const saving = {
  jpeg: image => image.jpeg({ quality: 80 }),
  png: image => image.png({ compressionLevel: 6 }),
  webp: image => image.webp({ quality: 80, effort: 4 }),
  lossless: image => image.webp({ lossless: true, quality: 80, effort: 4 }),
}

const thumbnail = (input, n) => sharp(input, { limitInputPixels: false }).resize(n)
const pixels = (input, n) => sharp(input, { raw }).resize(n).raw().toBuffer()

async function crop(input, n) {
  const { width, height } = await sharp(input).metadata()
  return sharp(input).extract({ left: (width - n) >> 1, top: (height - n) >> 1, width: n, height: n })
}

const blur = (input, n) => sharp(input).blur(n)

// A function that does it once.
function jobOf(file, n, work, format) {
  const input = work === "file" ? file : fs.readFileSync(file)
  if (work === "pixels") return () => pixels(input, n)
  const make = { thumbnail, crop, blur, file: thumbnail }[work]
  return async () => saving[format](await make(input, n)).toBuffer()
}

function status(name) {
  try {
    const line = fs.readFileSync("/proc/self/status", "utf8").split("\n").find(l => l.startsWith(name))
    return parseInt(line.slice(name.length))
  } catch {
    return 0
  }
}

const now = () => Number(process.hrtime.bigint()) / 1e6

function cpu() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e3
}

async function again(job, seconds) {
  const until = now() + seconds * 1e3
  let count = 0
  let out
  do {
    out = await job()
    count++
  } while (now() < until)
  return { count, out }
}

async function main(file, size, time, work = "thumbnail", format, callers = "1", result) {
  sharp.concurrency(1)
  sharp.cache(false)
  format = format ?? { ".png": "png", ".webp": "webp" }[path.extname(file)] ?? "jpeg"
  const seconds = Number(time)
  const job = jobOf(file, Number(size), work, format)
  const rest = status("VmRSS:")
  if (seconds > 0) await again(job, 0.1)

  const [cpuBefore, before] = [cpu(), now()]
  const done = await Promise.all(Array.from({ length: Number(callers) }, () => again(job, seconds)))
  const runs = done.reduce((sum, { count }) => sum + count, 0)
  const [took, wall] = [cpu() - cpuBefore, now() - before]
  const { out } = done[0]
  if (result) fs.writeFileSync(result, out)
  const figures = [(took / runs).toFixed(4), (wall / runs).toFixed(4), runs, rest, status("VmHWM:"), out.length]
  console.log(figures.join(" "))
}

if (process.argv[2] === "--version")
  console.log(`sharp ${sharp.versions.sharp} (libvips ${sharp.versions.vips})`)
else main(...process.argv.slice(2))
