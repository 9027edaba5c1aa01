/* kernels.c - how long resizing and blurring take by themselves, and how true they are.
 *
 *     cc -std=c11 -D_POSIX_C_SOURCE=200809L -O3 -o kernels bench/kernels.c \
 *         c_src/chain.c c_src/error.c c_src/mem.c c_src/ops/[a-z]*.c -lm
 *     ./kernels [picture.ppm]
 *
 * CPU milliseconds of the best of some runs, PSNR against double precision and
 * its limit (the reference rounded to 8 bits), and the longest step. */
#include "../test/c/reference.h"
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

#define STEPS 200000 /* watched, at most */

/* A budget that never ends, and notes what each step took at its best: the same
 * step does the same in every run, so what something else delayed falls out. */
typedef struct {
    tb_budget base;
    bool watch;
    double last;
    int steps;
} watch_budget;

static float best_of[STEPS];

static bool go_on(tb_budget *b)
{
    watch_budget *w = (watch_budget *)b;

    if (w->watch && w->steps < STEPS) {
        float took = (float)(now() - w->last);
        if (took < best_of[w->steps])
            best_of[w->steps] = took;
        w->last = now();
    }
    w->steps++;
    return true;
}

/* The picture as it will be: kept, not copied again and again. */
static image result;

static tb_status sink_open(tb_stage *s, tb_error *err)
{
    tb_shape in = s->in[0].rows->shape;

    (void)err;
    if (result.w != in.width || result.h != in.height || result.c != in.channels) {
        images_free();
        result = image_new(in.width, in.height, in.channels);
    }
    s->in[0].window = s->in[0].want = 1;
    return TB_MORE;
}

static tb_status sink_step(tb_stage *s, tb_error *err)
{
    tb_in *in = &s->in[0];
    size_t n = (size_t)result.w * (size_t)result.c;

    (void)err;
    memcpy(result.px + (size_t)in->first * n, tb_row(in, in->first), n);
    tb_advance(in, in->first + 1, in->first + 2);
    return in->first == result.h ? TB_DONE : TB_MORE;
}

static const tb_stage_ops sink = {.name = "sink", .ins = 1, .open = sink_open, .step = sink_step};

/* Looks at no row: what is left is the making of them. */
static tb_status drop_step(tb_stage *s, tb_error *err)
{
    tb_in *in = &s->in[0];

    (void)err;
    tb_advance(in, in->first + 1, in->first + 2);
    return in->first == in->rows->shape.height ? TB_DONE : TB_MORE;
}

static tb_status drop_open(tb_stage *s, tb_error *err)
{
    (void)err;
    s->in[0].window = s->in[0].want = 1;
    return TB_MORE;
}

static const tb_stage_ops drop = {.name = "drop", .ins = 1, .open = drop_open, .step = drop_step};

typedef struct {
    double ms, longest;
    size_t peak;
    int steps;
} timing;

static bool never_stop(tb_stop *s)
{
    (void)s;
    return false;
}

/* With no operation, only the rows coming in. */
static timing once(const image *in, const tb_stage_ops *ops, const void *args, bool watch)
{
    tb_mem mem = {.heap = &test_heap};
    tb_chain c = {.mem = &mem};
    tb_error err = {0};
    watch_budget b = {.base = {.stop = {.asked = never_stop}, .left = go_on, .long_ok = true},
                      .watch = watch};
    int last = tb_chain_add(&c, &give, in, -1);

    if (ops)
        last = tb_chain_add(&c, ops, args, last);
    tb_chain_add(&c, ops ? &sink : &drop, NULL, last);
    double start = b.last = now();
    CHECK(tb_chain_run(&c, &b.base, &err) == TB_DONE);
    double took = now() - start;
    tb_chain_close(&c);
    return (timing){took, 0, mem.peak, b.steps};
}

/* The best of many, less what the copying in and out takes. */
static timing measure(const image *in, const tb_stage_ops *ops, const void *args)
{
    timing best = {.ms = 1e9};
    double begun = now();

    for (int i = 0; i < 3 || (now() - begun < 400 && i < 200); i++) {
        timing t = once(in, ops, args, false);
        if (t.ms < best.ms)
            best = t;
    }
    for (int i = 0; i < STEPS; i++)
        best_of[i] = 1e9f;
    for (int i = 0; i < 7; i++)
        once(in, ops, args, true);
    best.longest = 0;
    for (int i = 0; i < best.steps && i < STEPS; i++)
        best.longest = fmax(best.longest, best_of[i]);
    return best;
}

static void report(const char *what, timing t, timing copy, const real_image *truth)
{
    printf("%-44s %8.2f ms (+ %.2f rows in) longest step %.3f ms, peak %5zu KiB", what, t.ms - copy.ms,
           copy.ms, t.longest, t.peak >> 10);
    if (truth) {
        fidelity f = compare(result, *truth);
        printf("  PSNR %.2f of %.2f, worst %.2f", f.psnr, f.limit, f.worst);
        free(truth->px);
    }
    printf("\n");
    fflush(stdout);
}

static image picture; /* of the command line; RGB */

/* A picture of that size and channels: the given one tiled, or waves, edges and some noise. */
static image scene(int w, int h, int c)
{
    image i = {w, h, c, malloc((size_t)w * (size_t)h * (size_t)c)};
    uint32_t seed = 9;

    CHECK(i.px);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            for (int k = 0; k < c; k++) {
                double v =
                    128 + 60 * sin(x * 0.011 * (k + 1) + y * 0.007) + (((x / 37 + y / 23) & 1) ? 30 : -30);
                v += (double)(next_random(&seed) >> 28) - 8;
                if (picture.px && k < 3)
                    v = picture
                            .px[((size_t)(y % picture.h) * (size_t)picture.w + (size_t)(x % picture.w)) * 3 +
                                (size_t)k];
                if (k == c - 1 && has_alpha(c))
                    v = 128 + 150 * sin(x * 0.01) * cos(y * 0.013);
                i.px[((size_t)y * (size_t)w + (size_t)x) * (size_t)c + (size_t)k] =
                    (uint8_t)between(v, 0, 255);
            }
    return i;
}

static const char *const names[] = {"nearest", "linear", "cubic", "mitchell", "lanczos2", "lanczos3"};

static void try_resize(int w, int h, int c, int to_w, int to_h, tb_kernel kernel, bool check)
{
    char what[80];
    image in = scene(w, h, c);
    tb_resize_args args = {.width = to_w, .height = to_h, .kernel = kernel};
    timing t = measure(&in, &tb_resize, &args), copy = measure(&in, NULL, NULL);
    real_image truth = check ? real_resize(in, to_w, to_h, kernel) : (real_image){0};

    once(&in, &tb_resize, &args, false);
    snprintf(what, sizeof what, "resize %dx%dx%d -> %dx%d %s", w, h, c, to_w, to_h, names[kernel]);
    report(what, t, copy, check ? &truth : NULL);
    free(in.px);
}

static void try_blur(int w, int h, int c, double sigma, bool check)
{
    char what[80];
    image in = scene(w, h, c);
    tb_blur_args args = {sigma};
    timing t = measure(&in, &tb_blur, &args), copy = measure(&in, NULL, NULL);
    real_image truth = check ? real_blur(in, sigma) : (real_image){0};

    once(&in, &tb_blur, &args, false);
    snprintf(what, sizeof what, "blur %dx%dx%d sigma %g", w, h, c, sigma);
    report(what, t, copy, check ? &truth : NULL);
    free(in.px);
}

static void read_picture(const char *path)
{
    FILE *f = fopen(path, "rb");
    int max;

    if (!f || fscanf(f, "P6 %d %d %d%*c", &picture.w, &picture.h, &max) != 3 || max != 255) {
        fprintf(stderr, "%s is not a PPM of 8 bits\n", path);
        exit(1);
    }
    picture.px = malloc((size_t)picture.w * (size_t)picture.h * 3);
    CHECK(fread(picture.px, (size_t)picture.w * 3, (size_t)picture.h, f) == (size_t)picture.h);
    fclose(f);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        read_picture(argv[1]);
    try_resize(1600, 1200, 3, 400, 300, TB_LANCZOS3, true); /* T13 */
    try_resize(800, 600, 3, 200, 150, TB_LANCZOS3, true);
    try_resize(200, 200, 3, 64, 64, TB_LANCZOS3, true);
    try_resize(4000, 3000, 3, 800, 600, TB_LANCZOS3, false);
    try_resize(4000, 3000, 3, 400, 300, TB_LANCZOS3, true);
    try_resize(1600, 1200, 3, 333, 217, TB_LANCZOS3, true);
    try_resize(1600, 1200, 3, 1590, 1190, TB_LANCZOS3, true);
    try_resize(1600, 1200, 4, 400, 300, TB_LANCZOS3, true);
    try_resize(1600, 1200, 2, 400, 300, TB_LANCZOS3, true);
    try_resize(1600, 1200, 1, 400, 300, TB_LANCZOS3, true);
    try_resize(400, 300, 3, 1600, 1200, TB_LANCZOS3, true);
    try_resize(400, 300, 4, 1600, 1200, TB_LANCZOS3, false);
    try_resize(1600, 1200, 3, 400, 300, TB_CUBIC, true);
    try_resize(1600, 1200, 3, 400, 300, TB_LINEAR, true);
    try_resize(1600, 1200, 3, 400, 300, TB_NEAREST, false);
    try_resize(1600, 1200, 3, 1600, 1200, TB_LANCZOS3, false);
    try_resize(65500, 100, 3, 16000, 50, TB_LANCZOS3, false);
    try_resize(65500, 100, 4, 16000, 50, TB_LANCZOS3, false);
    try_resize(65500, 20, 4, 60000, 300, TB_LANCZOS3, false);
    try_resize(1000, 65000, 3, 100, 700, TB_LANCZOS3, false);
    static const double sigmas[] = {0.3, 0.8, 1.5, 2, 2.4, 2.6, 3.5, 5, 10, 30, 100};
    for (size_t i = 0; i < sizeof sigmas / sizeof *sigmas; i++)
        try_blur(1600, 1200, 3, sigmas[i], i % 2 == 1);
    try_blur(1600, 1200, 4, 5, false);
    try_blur(1600, 1200, 1, 5, false);
    try_blur(20000, 200, 3, 50, false);
    images_free();
    free(picture.px);
    return 0;
}
