/* paint.h - what the painters share: vectors, noise, and a picture written as PAM. */
#ifndef PAINT_H
#define PAINT_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    float x, y, z;
} vec;

static inline vec v(float x, float y, float z)
{
    return (vec){x, y, z};
}

static inline vec add(vec a, vec b)
{
    return v(a.x + b.x, a.y + b.y, a.z + b.z);
}

static inline vec sub(vec a, vec b)
{
    return v(a.x - b.x, a.y - b.y, a.z - b.z);
}

static inline vec mul(vec a, vec b)
{
    return v(a.x * b.x, a.y * b.y, a.z * b.z);
}

static inline vec scale(vec a, float k)
{
    return v(a.x * k, a.y * k, a.z * k);
}

static inline float dot(vec a, vec b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static inline vec cross(vec a, vec b)
{
    return v(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}

static inline vec unit(vec a)
{
    return scale(a, 1 / sqrtf(dot(a, a)));
}

static inline vec reflect(vec d, vec n)
{
    return sub(d, scale(n, 2 * dot(d, n)));
}

static inline float clamp01(float t)
{
    return t < 0 ? 0 : t > 1 ? 1 : t;
}

static inline float mixf(float a, float b, float t)
{
    return a + (b - a) * t;
}

static inline vec mix(vec a, vec b, float t)
{
    return add(scale(a, 1 - t), scale(b, t));
}

/* 0 below a, 1 above b, an S between. */
static inline float smooth(float a, float b, float x)
{
    float t = clamp01((x - a) / (b - a));
    return t * t * (3 - 2 * t);
}

static inline float hash(int x, int y)
{
    uint32_t h = (uint32_t)x * 374761393u + (uint32_t)y * 668265263u;
    h = (h ^ (h >> 13)) * 1274126177u;
    return (float)((h ^ (h >> 16)) >> 8) / 16777216.0f;
}

/* Value noise, 0..1. */
static inline float noise(float x, float y)
{
    float fx = floorf(x), fy = floorf(y);
    int ix = (int)fx, iy = (int)fy;
    float u = x - fx, w = y - fy;

    u = u * u * u * (u * (u * 6 - 15) + 10);
    w = w * w * w * (w * (w * 6 - 15) + 10);
    return mixf(mixf(hash(ix, iy), hash(ix + 1, iy), u), mixf(hash(ix, iy + 1), hash(ix + 1, iy + 1), u), w);
}

/* Noise in octaves, each turned, twice as fine and half as strong. */
static inline float octaves(float x, float y, int n)
{
    float sum = 0, strength = 0.5f;

    for (; n > 0; n--, strength *= 0.5f) {
        float t = 1.6f * x + 1.2f * y;
        sum += strength * noise(x, y);
        y = -1.2f * x + 1.6f * y + 17;
        x = t + 31;
    }
    return sum;
}

/* Light to a byte: a filmic curve, then sRGB. */
static inline uint8_t film(float c)
{
    c = clamp01((c * (2.51f * c + 0.03f)) / (c * (2.43f * c + 0.59f) + 0.14f));
    c = c <= 0.0031308f ? 12.92f * c : 1.055f * powf(c, 1 / 2.4f) - 0.055f;
    return (uint8_t)(c * 255 + 0.5f);
}

static inline uint8_t *blank(int w, int h, int channels)
{
    uint8_t *px = calloc((size_t)w * (size_t)h, (size_t)channels);
    if (!px)
        exit(1);
    return px;
}

static inline void put(uint8_t *px, vec light)
{
    px[0] = film(light.x);
    px[1] = film(light.y);
    px[2] = film(light.z);
}

static inline void write_pam(const uint8_t *px, int w, int h, int channels)
{
    printf("P7\nWIDTH %d\nHEIGHT %d\nDEPTH %d\nMAXVAL 255\nTUPLTYPE %s\nENDHDR\n", w, h, channels,
           channels == 4 ? "RGB_ALPHA" : "RGB");
    fwrite(px, (size_t)channels, (size_t)w * (size_t)h, stdout);
}

#endif
