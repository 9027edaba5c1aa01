/* test_garbage.c - what memory held before does not show: whole jobs, each over
 * memory that is full of this and of that, give the same bytes. */
#include "../../c_src/job.h"
#include "samples.h"

/* What fresh memory is filled with: one byte everywhere, or noise. */
static int fill;
static uint32_t fill_seed;

#define NOISE -1

static void *filled(size_t size)
{
    uint8_t *p = malloc(size);

    for (size_t i = 0; p && i < size; i++)
        p[i] = fill == NOISE ? (uint8_t)(next_random(&fill_seed) >> 24) : (uint8_t)fill;
    return p;
}

static tb_heap garbage = {.alloc = filled, .free = free};

typedef struct {
    const blob *file, *layer; /* layer: laid over it, where the pipe says so */
    size_t size;              /* of the file: so much of it is there */
    size_t piece;             /* it comes in pieces of that size; 0 = at once */
    tb_pipe pipe;
} work;

/* Until it ends, in slices of some steps. */
static tb_status drive(tb_job *job, const work *w)
{
    size_t fed = 0;
    tb_status status;

    if (!w->piece)
        tb_job_give(job, 0, w->file->data, w->size);
    if (w->layer)
        tb_job_give(job, 1, w->layer->data, w->layer->size);
    do {
        steps_budget b = slice_of(9);
        status = tb_job_run(job, &b.base);
        if (status == TB_HUNGRY && fed < w->size) {
            size_t n = w->size - fed < w->piece ? w->size - fed : w->piece;
            CHECK(tb_job_feed(job, w->file->data + fed, n));
            fed += n;
        } else if (status == TB_HUNGRY)
            tb_job_end_input(job);
    } while (status == TB_MORE || status == TB_HUNGRY);
    return status;
}

static void put_look(blob *b, const tb_look *look)
{
    put(b, look->thumb_hash, (size_t)look->thumb_hash_size);
    put(b, look->phash, sizeof look->phash);
    put_text(b, look->blur_hash);
    put(b, look->average, 3);
    put(b, look->dominant, 3);
    for (int i = 0; i < look->swatches; i++) {
        put(b, look->palette[i].colour, 3);
        put(b, &look->palette[i].share, sizeof look->palette[i].share);
    }
}

/* All there is to be seen of a job: its bytes, what was found, or its error. */
static blob *seen(const work *w, int with)
{
    tb_job *job = calloc(1, sizeof *job);
    blob *b = blob_new();

    fill = with;
    fill_seed = 12345;
    CHECK(job && tb_job_open(job, &garbage, w->layer ? 2 : 1, 1));
    for (int i = 0; i < job->plan.pictures; i++) {
        job->plan.picture[i].limits = tb_default_limits;
        job->plan.picture[i].orient = true;
        job->plan.picture[i].keep_truncated = true;
    }
    *job->plan.pipe = w->pipe;
    tb_status status = drive(job, w);
    CHECK(status == TB_DONE || job->error.code != TB_E_NONE);
    put8(b, (int)status);
    put_text(b, job->error.text);
    put8(b, 0);
    if (status == TB_DONE) {
        uint8_t buffer[4096];
        for (size_t n; (n = tb_bytes_take(&job->plan.result->bytes, buffer, sizeof buffer)) > 0;)
            put(b, buffer, n);
        put_look(b, &job->plan.result->look);
    }
    tb_job_close(job);
    CHECK(atomic_load(&garbage.used) == 0);
    free(job);
    return b;
}

/* Blobs that were made since are no longer of use. */
static void forget_from(int count)
{
    while (blob_count > count) {
        blob *b = all_blobs[--blob_count];
        free(b->data);
        free(b);
    }
}

/* It comes to an end, and to the same whatever it is made over. */
static void check(const char *name, const work *w)
{
    int before = blob_count;
    blob *one = seen(w, 0x00), *two = seen(w, 0xFF), *three = seen(w, NOISE);
    bool same = one->size == two->size && one->size == three->size &&
                memcmp(one->data, two->data, one->size) == 0 &&
                memcmp(one->data, three->data, one->size) == 0;
    bool done = one->data[0] == TB_DONE, ends_early = w->size < w->file->size;

    if (!same)
        printf("%s to format %d, %zu bytes of %zu: what memory held before shows\n", name,
               w->pipe.output.format, w->size, w->file->size);
    if (!done && !ends_early)
        printf("%s: %s\n", name, (const char *)one->data + 1);
    CHECK(same && (done || ends_early));
    forget_from(before);
}

/* ------------------------------------------------------------------ samples */

typedef struct {
    const char *name;
    const blob *file;
} sample;

static sample samples[16];
static int sample_count;

static void add(const char *name, const blob *file)
{
    CHECK(sample_count < 16);
    samples[sample_count++] = (sample){name, file};
}

static void make_samples(void)
{
    image rgb = noise(83, 61, 3), grey = gradient(70, 90, 1), rgba = noise(67, 45, 4);
    blob *turned = blob_new();

    jpeg_exif(turned, exif_of(6, true));
    add("JPEG", encode_jpeg(rgb, (jpeg_how){.sampling = 2}));
    add("JPEG, turned", encode_jpeg(rgb, (jpeg_how){.restart = 3, .segments = turned}));
    add("JPEG, progressive", encode_jpeg(rgb, (jpeg_how){.sampling = 2, .progressive = true}));
    add("JPEG, grey", encode_jpeg(grey, (jpeg_how){0}));
    add("PNG", encode_png(71, 53, (png_how){.type = PNG_COLOR_TYPE_RGB_ALPHA, .depth = 8}));
    add("PNG, interlaced",
        encode_png(71, 53, (png_how){.type = PNG_COLOR_TYPE_RGB, .depth = 16, .interlaced = true}));
    add("PNG, 1 bit", encode_png(71, 53, (png_how){.type = PNG_COLOR_TYPE_GRAY, .depth = 1}));
    add("PNG, palette",
        encode_png(71, 53, (png_how){.type = PNG_COLOR_TYPE_PALETTE, .depth = 4, .trns = true}));
    add("WebP", encode_webp(gradient(83, 61, 3), false));
    add("WebP, alpha", encode_webp(rgba, false));
    add("WebP, lossless", encode_webp(rgba, true));
}

static const tb_output outputs[] = {
    {.format = TB_JPEG, .quality = 80},
    {.format = TB_JPEG, .quality = 90, .progressive = true, .chroma = TB_CHROMA_444},
    {.format = TB_JPEG, .quality = 70, .optimize = true},
    {.format = TB_PNG, .level = 6},
    {.format = TB_PNG, .level = 0, .filter = TB_FILTER_PAETH},
    {.format = TB_WEBP, .quality = 75, .method = 2},
    {.format = TB_WEBP, .quality = 75, .method = 0, .lossless = true},
};
#define OUTPUTS ((int)(sizeof outputs / sizeof *outputs))

/* --------------------------------------------------------------- operations */

#define CENTRE                                                                                               \
    {                                                                                                        \
        0.5, 0.5, false                                                                                      \
    }
#define RESIZE(w, h, k, ...)                                                                                 \
    {                                                                                                        \
        .kind = TB_OP_RESIZE, .resize = {                                                                    \
            .width.n = w,                                                                                    \
            .height.n = h,                                                                                   \
            .kernel = k,                                                                                     \
            .gravity = CENTRE,                                                                               \
            .dpr = 1,                                                                                        \
            .enlarge = true,                                                                                 \
            .reduce = true,                                                                                  \
            __VA_ARGS__                                                                                      \
        }                                                                                                    \
    }
#define LOOK(op, ...)                                                                                        \
    {                                                                                                        \
        .kind = op, .look = { __VA_ARGS__ }                                                                  \
    }
#define EXTEND(m)                                                                                            \
    {                                                                                                        \
        .kind = TB_OP_EXTEND, .extend = { 3, 70, 5, 60, m, {{1, 2, 3, 4}, false} }                           \
    }
#define CROP(x0, y0, w, h)                                                                                   \
    {                                                                                                        \
        .kind = TB_OP_CROP, .crop = {.x.n = x0, .y.n = y0, .width.n = w, .height.n = h, .gravity = CENTRE }  \
    }
#define COMPOSITE(b, ...)                                                                                    \
    {                                                                                                        \
        .kind = TB_OP_COMPOSITE, .composite = {                                                              \
            .picture = 1,                                                                                    \
            .gravity = CENTRE,                                                                               \
            .opacity = 0.7,                                                                                  \
            .blend = b,                                                                                      \
            __VA_ARGS__                                                                                      \
        }                                                                                                    \
    }

static const tb_op ops[] = {
    RESIZE(40, 30, TB_LANCZOS3, .fit = TB_FIT_COVER),
    RESIZE(200, 31, TB_CUBIC, .fit = TB_FIT_FILL),
    RESIZE(9, 0, TB_LINEAR, .linear = true),
    RESIZE(99, 99, TB_NEAREST, .fit = TB_FIT_CONTAIN, .background = {{9, 8, 7, 6}, false}),
    CROP(3, 5, 31, 22),
    CROP(-1, -1, 20, 20),
    {.kind = TB_OP_FLIP, .flip.direction = TB_HORIZONTAL},
    {.kind = TB_OP_FLIP, .flip.direction = TB_VERTICAL},
    {.kind = TB_OP_ROTATE, .rotate.angle = 90},
    {.kind = TB_OP_ROTATE, .rotate.angle = 180},
    {.kind = TB_OP_BLUR, .blur.sigma = 0.6},
    {.kind = TB_OP_BLUR, .blur.sigma = 30},
    {.kind = TB_OP_GREYSCALE},
    {.kind = TB_OP_BRIGHTEN, .brighten.add = 20},
    LOOK(TB_OP_BRIGHTNESS, .by = 1.2),
    LOOK(TB_OP_CONTRAST, .by = 1.5),
    LOOK(TB_OP_SATURATION, .by = 0.4),
    LOOK(TB_OP_HUE, .by = 70),
    LOOK(TB_OP_GAMMA, .by = 2.2),
    LOOK(TB_OP_MODULATE, .by = 1.1, .saturation = 1.4, .angle = 20),
    LOOK(TB_OP_INVERT, .by = 0),
    LOOK(TB_OP_SEPIA, .by = 0.8),
    LOOK(TB_OP_TINT, .by = 0.5, .colour = {200, 30, 10}),
    LOOK(TB_OP_THRESHOLD, .by = 128),
    LOOK(TB_OP_OPACITY, .by = 0.5),
    {.kind = TB_OP_FLATTEN, .look.colour = {10, 20, 30}},
    COMPOSITE(TB_BLEND_OVER, .x = 3, .y = -4),
    COMPOSITE(TB_BLEND_MULTIPLY, .scale = 0.5),
    COMPOSITE(TB_BLEND_OVERLAY, .tile = true),
    EXTEND(TB_EXTEND_COLOUR),
    EXTEND(TB_EXTEND_COPY),
    EXTEND(TB_EXTEND_REPEAT),
    EXTEND(TB_EXTEND_MIRROR),
    {.kind = TB_OP_PAD, .pad = {120, 130, CENTRE, {{5, 6, 7, 255}, false}}},
    {.kind = TB_OP_ROUND, .round.radius = {15, false}},
    {.kind = TB_OP_CIRCLE},
    {.kind = TB_OP_NORMALISE, .normalise = {.low = 1, .high = 99}},
    {.kind = TB_OP_TRIM, .trim = {.threshold = 60, .corner = true}},
};
#define OPS ((int)(sizeof ops / sizeof *ops))

static work work_of(const sample *s, const blob *layer, const tb_op *first, const tb_op *second)
{
    work w = {.file = s->file, .size = s->file->size};
    const tb_op *op[] = {first, second};

    w.pipe.output = outputs[3];
    for (int i = 0; i < 2; i++)
        if (op[i]) {
            w.layer = op[i]->kind == TB_OP_COMPOSITE ? layer : w.layer;
            w.pipe.op[w.pipe.count++] = *op[i];
        }
    return w;
}

/* -------------------------------------------------------------------- tests */

static void every_format_to_every_format(void)
{
    for (int i = 0; i < sample_count; i++)
        for (int o = 0; o < OUTPUTS; o++) {
            work w = work_of(&samples[i], NULL, o % 2 ? &ops[0] : NULL, NULL);
            w.pipe.output = outputs[o];
            w.piece = o == 3 ? 100 : 0;
            check(samples[i].name, &w);
        }
}

/* What is missing must be made up, and always in the same way. */
static void files_that_end_early(void)
{
    for (int i = 0; i < sample_count; i++)
        for (size_t n = 60; n < samples[i].file->size; n += 1 + samples[i].file->size / 17) {
            work w = work_of(&samples[i], NULL, NULL, NULL);
            w.size = n;
            check(samples[i].name, &w);
        }
}

static void every_operation_alone_and_behind_another(void)
{
    const blob *layer = encode_png(31, 23, (png_how){.type = PNG_COLOR_TYPE_RGB_ALPHA, .depth = 8});
    char name[64];

    for (int i = 0; i < OPS; i++)
        for (int k = 0; k < 5; k++) {
            static const int of[] = {0, 3, 4, 7, 10};
            const tb_op *second = k % 2 ? &ops[(i * 7 + k * 5) % OPS] : NULL;
            work w = work_of(&samples[of[k]], layer, &ops[i], second);
            snprintf(name, sizeof name, "%s, operation %d", samples[of[k]].name, (int)ops[i].kind);
            check(name, &w);
        }
}

static void all_that_can_be_found_out(void)
{
    for (int i = 0; i < sample_count; i++) {
        work w = work_of(&samples[i], NULL, NULL, NULL);
        w.pipe.want = (tb_want){.thumb_hash = true,
                                .phash = true,
                                .average = true,
                                .dominant = true,
                                .blur_across = 4,
                                .blur_down = 3,
                                .swatches = 6};
        check(samples[i].name, &w);
    }
}

int main(void)
{
    make_samples();
    every_format_to_every_format();
    files_that_end_early();
    every_operation_alone_and_behind_another();
    all_that_can_be_found_out();
    blobs_free();
    images_free();
    return 0;
}
