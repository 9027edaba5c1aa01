/* fuzz_plan.c - whole jobs: pictures, pipes and operations that the bytes choose.
 * Whatever the slicing and the pieces of input, the same comes out; all memory comes
 * back, also when some is refused or the job ends half-way. */
#include "../../c_src/job.h"
#include "../c/samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    const uint8_t *at, *end;
} food;

static int eat(food *f, int n) /* 0 .. n - 1 */
{
    int v = f->at < f->end ? *f->at++ : 0;

    if (n > 256)
        v = 256 * v + (f->at < f->end ? *f->at++ : 0);
    return v % n;
}

static double real(food *f, double least, double most)
{
    return least + (most - least) * eat(f, 256) / 255;
}

static void colour(food *f, uint8_t *to, int n)
{
    for (int i = 0; i < n; i++)
        to[i] = (uint8_t)eat(f, 256);
}

static void background(food *f, tb_background *to)
{
    colour(f, to->colour, 4);
    to->fits = eat(f, 1);
}

/* --- the pictures: small ones of every kind, made once */

#define FILES 8

static uint8_t *file[FILES];
static size_t file_size[FILES];

static void take(int i, const blob *b)
{
    file[i] = malloc(b->size);
    CHECK(file[i]);
    memcpy(file[i], b->data, b->size);
    file_size[i] = b->size;
}

static void make_files(void)
{
    blob *turned = blob_new();

    jpeg_exif(turned, exif_of(6, true));
    take(0, encode_jpeg(gradient(61, 45, 3), (jpeg_how){.sampling = 2}));
    take(1, encode_jpeg(gradient(40, 64, 3), (jpeg_how){.progressive = true, .segments = turned}));
    take(2, encode_jpeg(noise(17, 9, 1), (jpeg_how){.quality = 90}));
    take(3, encode_png(31, 23, (png_how){.type = PNG_COLOR_TYPE_RGB_ALPHA, .depth = 8}));
    take(4, encode_png(19, 28, (png_how){.type = PNG_COLOR_TYPE_GRAY, .depth = 16, .interlaced = true}));
    take(5, encode_png(1, 1, (png_how){.type = PNG_COLOR_TYPE_RGB, .depth = 8}));
    take(6, encode_webp(gradient(33, 20, 3), false));
    take(7, encode_webp(noise(12, 30, 4), true));
    blobs_free();
    images_free();
}

/* --- the plan, in the ranges that the face lets through */

static tb_gravity gravity(food *f)
{
    tb_gravity g = {real(f, 0, 1), real(f, 0, 1), false};

    g.focal = eat(f, 2);
    return g;
}

static tb_length length(food *f, int least, int most)
{
    bool part = eat(f, 2);

    return (tb_length){part ? real(f, 0.01, 1) : least + eat(f, most), part};
}

static void choose_resize(food *f, tb_resize_op *r)
{
    int sides = 1 + eat(f, 3);

    *r = (tb_resize_op){.fit = (tb_fit)eat(f, 5), .kernel = (tb_kernel)eat(f, 6), .gravity = gravity(f)};
    r->width = sides & 1 ? length(f, 1, 50) : (tb_length){0, false};
    r->height = sides & 2 ? length(f, 1, 50) : (tb_length){0, false};
    r->dpr = eat(f, 4) ? 1 : real(f, 0.1, 2);
    r->enlarge = eat(f, 2);
    r->reduce = eat(f, 2);
    r->linear = eat(f, 4) == 0;
    r->smart = eat(f, 32) ? TB_SMART_NONE : TB_SMART_ATTENTION;
    background(f, &r->background);
}

static void choose_crop(food *f, tb_crop_op *c)
{
    bool free = eat(f, 2);

    c->x = free ? (tb_length){-1, false} : length(f, 0, 20);
    c->y = free ? (tb_length){-1, false} : length(f, 0, 20);
    c->width = length(f, 1, 40);
    c->height = length(f, 1, 40);
    c->gravity = gravity(f);
}

static void choose_composite(food *f, tb_composite_op *c, int pictures)
{
    *c = (tb_composite_op){.picture = 1 + eat(f, pictures - 1), .gravity = gravity(f)};
    c->x = eat(f, 100) - 50;
    c->y = eat(f, 100) - 50;
    c->scale = eat(f, 2) ? real(f, 0.01, 2) : 0;
    c->tile = eat(f, 2);
    c->opacity = real(f, 0, 1);
    c->blend = (tb_blend)eat(f, TB_BLEND_XOR + 1);
}

static void choose_stencil(food *f, tb_stencil_kernel *k)
{
    k->side = 3 + 2 * eat(f, 3);
    for (int i = 0; i < k->side * k->side; i++)
        k->weight[i] = (float)real(f, -2, 2);
    k->scale = real(f, 0, 4);
    k->offset = real(f, -50, 50);
}

static void choose_look(food *f, tb_op *op)
{
    bool strength = op->kind == TB_OP_SEPIA || op->kind == TB_OP_OPACITY;

    op->look.by = op->kind == TB_OP_THRESHOLD ? eat(f, 256)
                  : op->kind == TB_OP_GAMMA   ? real(f, 0.1, 10)
                                              : real(f, 0, strength ? 1 : 10);
    op->look.saturation = real(f, 0, 10);
    op->look.angle = real(f, -360, 360);
    colour(f, op->look.colour, 3);
}

static tb_op choose(food *f, int pictures)
{
    int kind = eat(f, TB_OP_EQUALISE + 4); /* the last ones are composites, too */
    tb_op op = {.kind = kind > TB_OP_EQUALISE ? TB_OP_COMPOSITE : (tb_op_kind)kind};

    switch (op.kind) {
    case TB_OP_RESIZE:
        choose_resize(f, &op.resize);
        break;
    case TB_OP_CROP:
        choose_crop(f, &op.crop);
        break;
    case TB_OP_FLIP:
        op.flip.direction = (tb_direction)eat(f, 2);
        break;
    case TB_OP_ROTATE:
        op.rotate.angle = 90 + 90 * eat(f, 3);
        break;
    case TB_OP_BLUR:
        op.blur.sigma = real(f, 0.1, 20);
        break;
    case TB_OP_BRIGHTEN:
        op.brighten.add = eat(f, 511) - 255;
        break;
    case TB_OP_COMPOSITE:
        if (pictures > 1)
            choose_composite(f, &op.composite, pictures);
        else
            op.kind = TB_OP_INVERT;
        break;
    case TB_OP_EXTEND:
        op.extend =
            (tb_extend_op){.left = eat(f, 9), .right = eat(f, 9), .top = eat(f, 9), .bottom = eat(f, 9)};
        op.extend.mode = (tb_extend)eat(f, 4);
        background(f, &op.extend.background);
        break;
    case TB_OP_PAD:
        op.pad = (tb_pad_op){.width = eat(f, 60), .height = 1 + eat(f, 60), .gravity = gravity(f)};
        background(f, &op.pad.background);
        break;
    case TB_OP_ROUND:
        op.round.radius = length(f, 1, 40);
        break;
    case TB_OP_NORMALISE:
        op.normalise.low = real(f, 0, 49);
        op.normalise.high = real(f, 50, 100);
        break;
    case TB_OP_TRIM:
        op.trim.threshold = eat(f, 256);
        op.trim.corner = eat(f, 2);
        colour(f, op.trim.background, 4);
        break;
    case TB_OP_SHARPEN:
        op.sharpen = (tb_sharpen_op){real(f, 0.1, 4), real(f, 0, 10), real(f, 0, 10), 2, 10, 20};
        break;
    case TB_OP_PIXELATE:
        op.pixelate.size = 1 + eat(f, 70);
        break;
    case TB_OP_AFFINE: /* there is no libvips here */
        op.affine.how = (tb_affine_args){.a = real(f, -2, 2), .b = real(f, -2, 2), .c = 0.1, .d = 1.3};
        background(f, &op.affine.background);
        break;
    case TB_OP_CLAHE:
        op.clahe = (tb_clahe_op){length(f, 1, 40), length(f, 1, 40), eat(f, 101)};
        break;
    case TB_OP_CONVOLVE:
        choose_stencil(f, &op.convolve);
        break;
    default:
        choose_look(f, &op);
    }
    return op;
}

static void choose_ops(food *f, tb_pipe *pipe, int most, int pictures)
{
    pipe->count = eat(f, most + 1);
    for (int i = 0; i < pipe->count; i++)
        pipe->op[i] = choose(f, pictures);
}

static void choose_pipe(food *f, tb_pipe *pipe, int pictures)
{
    static const tb_format formats[] = {TB_PNG,  TB_PNG,  TB_PNG,     TB_PNG,
                                        TB_JPEG, TB_JPEG, TB_UNKNOWN, TB_WEBP};

    choose_ops(f, pipe, 6, pictures);
    pipe->output = (tb_output){.format = formats[eat(f, 8)], .quality = 1 + eat(f, 100), .level = 1};
    pipe->output.progressive = eat(f, 4) == 0;
    pipe->output.chroma = (tb_chroma)eat(f, 3);
    pipe->want = (tb_want){.thumb_hash = eat(f, 32) == 0, .swatches = eat(f, 32) ? 0 : 1 + eat(f, 16)};
    pipe->want.blur_across = pipe->want.blur_down = eat(f, 4) ? 0 : 1 + eat(f, 9);
}

/* --- a run */

typedef struct {
    int pictures, pipes, file[4];
    const uint8_t *at, *end; /* the rest of the food */
} wish;

static bool open_job(tb_job *job, const wish *r)
{
    food f = {r->at, r->end};

    if (!tb_job_open(job, &test_heap, r->pictures, r->pipes))
        return false;
    for (int i = 0; i < r->pictures; i++) {
        job->plan.picture[i].limits = tb_default_limits;
        job->plan.picture[i].limits.max_side_out = 96;
        job->plan.picture[i].orient = eat(&f, 4) > 0;
        if (i > 0) {
            choose_ops(&f, &job->plan.layer[i], 2, 1);
            tb_job_give(job, i, file[r->file[i]], file_size[r->file[i]]);
        }
    }
    for (int k = 0; k < r->pipes; k++)
        choose_pipe(&f, &job->plan.pipe[k], r->pictures);
    return true;
}

/* In slices of that many steps, `most` of them, and pieces of input, or all of it (0). */
static tb_status run_job(tb_job *job, const wish *r, long steps, long most, size_t piece)
{
    size_t fed = 0, all = file_size[r->file[0]];
    tb_status status;

    if (!piece)
        tb_job_give(job, 0, file[r->file[0]], all);
    do {
        steps_budget b = slice_of(steps);
        status = tb_job_run(job, &b.base);
        if (status != TB_HUNGRY)
            continue;
        size_t n = all - fed < piece ? all - fed : piece;
        if (n == 0)
            tb_job_end_input(job);
        else if (!tb_job_feed(job, file[r->file[0]] + fed, n))
            return TB_FAIL;
        fed += n;
    } while ((status == TB_MORE || status == TB_HUNGRY) && --most > 0);
    return status;
}

static tb_job *new_job(void)
{
    tb_job *job = calloc(1, sizeof *job);

    CHECK(job);
    return job;
}

static void end_job(tb_job *job)
{
    tb_job_close(job);
    CHECK(job->mem.used == 0 && atomic_load(&test_heap.used) == 0);
    free(job);
}

static void check_same_bytes(tb_bytes *a, tb_bytes *b)
{
    uint8_t left[512], right[512];
    size_t n;

    CHECK(a->size == b->size);
    while ((n = tb_bytes_take(a, left, sizeof left)) > 0)
        CHECK(tb_bytes_take(b, right, sizeof right) == n && memcmp(left, right, n) == 0);
}

static void check_alike(tb_job *a, tb_job *b)
{
    CHECK(a->error.code == b->error.code && strcmp(a->error.text, b->error.text) == 0);
    for (int k = 0; k < a->plan.pipes && a->error.code == TB_E_NONE; k++) {
        tb_result *x = &a->plan.result[k], *y = &b->plan.result[k];
        CHECK(x->error.code == y->error.code);
        check_same_bytes(&x->bytes, &y->bytes);
        CHECK(memcmp(&x->look, &y->look, sizeof x->look) == 0);
    }
}

static void lose_memory(const wish *r, long n, bool on)
{
    tb_job *job = new_job();

    fail_seen = 0;
    fail_at = n;
    fail_on = on;
    if (open_job(job, r)) {
        tb_status status = run_job(job, r, 50, 1 << 30, 0);
        CHECK(status == TB_DONE || job->error.code != TB_E_NONE);
    }
    fail_at = 0;
    end_job(job);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    food f = {data, data + size};
    wish r = {.pictures = 1 + eat(&f, 3), .pipes = 1 + eat(&f, 3)};
    long steps = 1 + eat(&f, 100), most = 1 + eat(&f, 1000), n = 1 + eat(&f, 300);
    size_t piece = 100 + (size_t)eat(&f, 2000);
    bool on = eat(&f, 2);
    tb_job *whole = new_job(), *cut = new_job(), *half = new_job();

    if (!file[0])
        make_files();
    for (int i = 0; i < r.pictures; i++)
        r.file[i] = eat(&f, FILES);
    r.at = f.at;
    r.end = f.end;
    CHECK(open_job(whole, &r) && open_job(cut, &r) && open_job(half, &r));
    tb_status status = run_job(whole, &r, 1 << 30, 1 << 30, 0);
    CHECK(status == TB_DONE || (status == TB_FAIL && whole->error.code != TB_E_NOMEM));
    CHECK(run_job(cut, &r, steps, 1 << 30, piece) == status);
    check_alike(whole, cut);
    run_job(half, &r, 3, most, piece);
    tb_job_close(whole);
    tb_job_close(cut);
    free(whole);
    free(cut);
    end_job(half);
    lose_memory(&r, n, on);
    return 0;
}
