/* fuzz_ops.c - a chain of operations that the bytes choose: whatever the slicing,
 * and one by one, it comes to the same picture of the right size, and all memory
 * comes back, also when it fails or ends half-way. */
#include "../../c_src/ops/ops.h"
#include "../c/stages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OPS  8
#define SIDE 48 /* of the picture, and of what is made larger */

typedef struct {
    const uint8_t *at, *end;
} food;

/* 0 .. n - 1 */
static int eat(food *f, int n)
{
    int v = f->at < f->end ? *f->at++ : 0;
    if (n > 256)
        v = 256 * v + (f->at < f->end ? *f->at++ : 0);
    return v % n;
}

typedef struct {
    const tb_stage_ops *ops;
    union {
        tb_resize_args resize;
        tb_crop_args crop;
        tb_pad_args pad;
        tb_turn_args turn;
        tb_blur_args blur;
        tb_point_args point;
        tb_sharpen_args sharpen;
        tb_pixelate_args pixelate;
        tb_stencil_args stencil;
        tb_convert_args convert;
        tb_flatten_args flatten;
        tb_round_args round;
    };
    tb_shape shape; /* of what it makes */
} op;

static void choose_resize(food *f, op *l)
{
    l->ops = &tb_resize;
    l->shape.width = 1 + eat(f, SIDE);
    l->shape.height = 1 + eat(f, SIDE);
    l->resize.width = l->shape.width;
    l->resize.height = l->shape.height;
    l->resize.kernel = (tb_kernel)eat(f, TB_LANCZOS3 + 1);
    l->resize.linear = eat(f, 2);
}

static void choose_crop(food *f, op *l)
{
    int x = eat(f, l->shape.width), y = eat(f, l->shape.height);

    l->ops = &tb_crop;
    l->shape.width = 1 + eat(f, l->shape.width - x);
    l->shape.height = 1 + eat(f, l->shape.height - y);
    l->crop = (tb_crop_args){x, y, l->shape.width, l->shape.height};
}

static void choose_pad(food *f, op *l)
{
    int x = eat(f, 9), y = eat(f, 9);

    l->ops = &tb_pad;
    l->shape.width += x + eat(f, 9);
    l->shape.height += y + eat(f, 9);
    l->pad = (tb_pad_args){.x = x, .y = y, .width = l->shape.width, .height = l->shape.height};
    l->pad.extend = (tb_extend)eat(f, TB_EXTEND_MIRROR + 1);
    for (int i = 0; i < 4; i++)
        l->pad.colour[i] = (uint8_t)eat(f, 256);
}

static void choose_turn(food *f, op *l)
{
    int height = l->shape.height;

    l->ops = &tb_turn;
    l->turn.orientation = 1 + eat(f, 8);
    if (l->turn.orientation > 4) {
        l->shape.height = l->shape.width;
        l->shape.width = height;
    }
}

static void choose_round(food *f, op *l)
{
    l->ops = &tb_round;
    l->round.radius = least(l->shape.width, l->shape.height) * eat(f, 1001) / 2000.0;
}

static void choose_flatten(food *f, op *l)
{
    l->ops = &tb_flatten;
    l->shape.channels--;
    for (int i = 0; i < 3; i++)
        l->flatten.background[i] = (uint8_t)eat(f, 256);
}

static void choose_point(food *f, op *l)
{
    l->ops = &tb_point;
    l->point = (tb_point_args){.count = 1 + eat(f, TB_POINT_STEPS)};
    for (int i = 0; i < l->point.count; i++) {
        tb_point_step *p = &l->point.step[i];
        p->kind = (uint8_t)eat(f, TB_POINT_OPACITY + 1);
        p->n[0] = (float)eat(f, 256) / 255;
        if (p->kind == TB_POINT_GAMMA)
            p->n[0] += 0.1f;
        if (p->kind == TB_POINT_INVERT || p->kind == TB_POINT_TINT)
            p->n[0] = 0;
        for (int k = 0; k < 3; k++)
            p->colour[k] = (uint8_t)eat(f, 256);
        if (p->kind == TB_POINT_MODULATE) {
            p->n[1] = (float)eat(f, 1000) / 100;
            p->n[2] = (float)eat(f, 360);
        }
        if (p->kind == TB_POINT_LEVELS)
            p->n[1] = (float)eat(f, 256);
    }
}

static const tb_stencil_kernel emboss = {
    .side = 5, .weight = {1, 2, 3, [20] = -1, -2, -3}, .scale = 2, .offset = 100};

static void choose_around(food *f, op *l)
{
    switch (eat(f, 4)) {
    case 0:
        l->ops = &tb_median;
        break;
    case 1:
        l->ops = &tb_pixelate;
        l->pixelate.size = 1 + eat(f, 2 * SIDE);
        break;
    case 2:
        l->ops = &tb_stencil;
        l->stencil.kernel = &emboss;
        break;
    default:
        l->ops = &tb_sharpen;
        l->sharpen = (tb_sharpen_args){0.1f + (float)eat(f, 90) / 10,
                                       (float)eat(f, 11),
                                       (float)eat(f, 11),
                                       (float)eat(f, 9),
                                       (float)eat(f, 101),
                                       (float)eat(f, 101)};
    }
}

/* An operation that fits a picture of that shape. */
static op choose(food *f, tb_shape shape)
{
    op l = {.shape = shape};

    switch (eat(f, 9)) {
    case 0:
        choose_resize(f, &l);
        break;
    case 1:
        choose_crop(f, &l);
        break;
    case 2:
        choose_pad(f, &l);
        break;
    case 3:
        choose_turn(f, &l);
        break;
    case 4:
        l.ops = &tb_blur;
        l.blur.sigma = 0.1 + eat(f, 1000) / 50.0;
        break;
    case 5:
        choose_point(f, &l);
        break;
    case 7:
        choose_around(f, &l);
        break;
    case 6:
        if (shape.channels % 2 == 0) {
            (eat(f, 2) ? choose_round : choose_flatten)(f, &l);
            break;
        } /* fall through */
    default:
        l.ops = &tb_convert;
        l.shape.channels = l.convert.channels = 1 + eat(f, 4);
    }
    return l;
}

typedef struct {
    source_args from;
    op op[OPS];
    int count;
} recipe;

static recipe read_recipe(food *f)
{
    recipe r = {0};
    tb_shape shape = {1 + eat(f, SIDE), 1 + eat(f, SIDE), 1 + eat(f, 4)};

    r.from = (source_args){noise(shape.width, shape.height, shape.channels), eat(f, 8)};
    r.count = 1 + eat(f, OPS);
    for (int i = 0; i < r.count; i++)
        shape = (r.op[i] = choose(f, shape)).shape;
    uint8_t *px = r.from.picture.px;
    for (size_t i = 0; f->at < f->end && i < image_size(r.from.picture); i++) /* the rest is pixels */
        px[i] = *f->at++;
    return r;
}

/* Runs ops [first, end), at most `most` slices of them; *out is what the sink has kept. */
static tb_status run_ops(const recipe *r, const source_args *from, int first, int end, long steps, long most,
                         image *out, tb_error *err)
{
    tb_mem mem = {.heap = &test_heap};
    tb_chain c = {.mem = &mem};
    tb_status status = TB_FAIL;
    int last = tb_chain_add(&c, &source, from, -1);

    for (int i = first; last >= 0 && i < end; i++)
        last = tb_chain_add(&c, r->op[i].ops, &r->op[i].turn, last);
    if (last >= 0 && tb_chain_add(&c, &keep, &out, last) >= 0)
        do {
            steps_budget b = slice_of(steps);
            status = tb_chain_run(&c, &b.base, err);
        } while ((status == TB_MORE || status == TB_HUNGRY) && --most > 0);
    tb_chain_close(&c);
    CHECK(mem.used == 0);
    return status;
}

static image run_whole(const recipe *r, long steps)
{
    image out = {0};
    tb_error err = {0};

    if (run_ops(r, &r->from, 0, r->count, steps, 1 << 30, &out, &err) != TB_DONE) {
        printf("%s: %s\n", err.stage ? err.stage : "?", err.text);
        abort();
    }
    tb_shape s = r->op[r->count - 1].shape;
    CHECK(out.w == s.width && out.h == s.height && out.c == s.channels);
    return out;
}

static image run_one_by_one(const recipe *r)
{
    source_args from = {r->from.picture, 0};

    for (int i = 0; i < r->count; i++) {
        image out = {0};
        tb_error err = {0};
        if (run_ops(r, &from, i, i + 1, 9, 1 << 30, &out, &err) != TB_DONE)
            abort();
        from.picture = out;
    }
    return from.picture;
}

static void lose_memory(const recipe *r, long n, bool on, image want)
{
    image out = {0};
    tb_error err = {0};

    fail_seen = 0;
    fail_at = n;
    fail_on = on;
    tb_status status = run_ops(r, &r->from, 0, r->count, 50, 1 << 30, &out, &err);
    bool lost = fail_seen >= n;
    fail_at = 0;
    if (lost)
        CHECK(status == TB_FAIL && (err.code == TB_E_NOMEM || err.code == TB_E_NONE));
    else
        CHECK_SAME(out, want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    food f = {data, data + size};
    long steps = 1 + eat(&f, 100), most = 1 + eat(&f, 1000), n = 1 + eat(&f, 60);
    bool on = eat(&f, 2);
    recipe r = read_recipe(&f);
    image want = run_whole(&r, 1 << 30), half = {0};
    tb_error err = {0};

    CHECK_SAME(run_whole(&r, steps), want);
    CHECK_SAME(run_one_by_one(&r), want);
    run_ops(&r, &r.from, 0, r.count, 3, most, &half, &err);
    lose_memory(&r, n, on, want);
    images_free();
    return 0;
}
