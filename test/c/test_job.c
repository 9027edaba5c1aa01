/* test_job.c - whole jobs: the bytes that come out do not tell how they were made. */
#include "../../c_src/job.h"
#include "files.h"

/* An image, written by an encoder. */
static file encoded(image in, tb_format format, bool progressive)
{
    tb_mem mem = {.heap = &test_heap};
    tb_bytes bytes = {.mem = &mem};
    tb_output how = {.format = format, .quality = 85, .progressive = progressive, .level = 3, .method = 2};
    tb_encode args = {.how = &how, .bytes = &bytes};
    const tb_stage_ops *ops = format == TB_JPEG  ? &tb_jpeg_enc
                              : format == TB_PNG ? &tb_png_enc
                                                 : &tb_webp_enc;
    tb_chain c = {.mem = &mem};
    tb_error err = {0};

    CHECK(tb_chain_add(&c, &give, &in, -1) == 0 && tb_chain_add(&c, ops, &args, 0) == 1);
    CHECK(run_chain(&c, 1000, &err) == TB_DONE);
    file f = file_of_bytes(&bytes);
    tb_chain_close(&c);
    tb_bytes_close(&bytes);
    CHECK(mem.used == 0);
    return f;
}

/* What is asked for: one picture in, one out. */
typedef struct {
    tb_limits limits;
    bool orient, keep_truncated;
    tb_pipe pipe;
} wish;

/* Shrink, crop, blur, turn: something of everything; and, for a PNG, what must be
 * seen first. */
static void plan_something(wish *p, tb_format out)
{
    tb_op resize = {.kind = TB_OP_RESIZE}, crop = {.kind = TB_OP_CROP}, blur = {.kind = TB_OP_BLUR},
          turn = {.kind = TB_OP_ROTATE}, stretch = {.kind = TB_OP_NORMALISE};

    resize.resize = (tb_resize_op){.width = {40, false},
                                   .height = {30, false},
                                   .kernel = TB_LANCZOS3,
                                   .gravity = {0.5, 0.5, false},
                                   .dpr = 1,
                                   .enlarge = true,
                                   .reduce = true};
    crop.crop = (tb_crop_op){.x.n = 3, .y.n = 2, .width.n = 30, .height.n = 20};
    blur.blur.sigma = 1.5;
    turn.rotate.angle = 90;
    *p = (wish){.limits = tb_default_limits, .orient = true};
    p->pipe = (tb_pipe){.op = {resize, crop, blur, turn},
                        .count = 4,
                        .output = {.format = out, .quality = 80, .level = 6, .method = 4}};
    if (out == TB_PNG) {
        stretch.normalise = (tb_normalise_op){.low = 1, .high = 99};
        p->pipe.op[p->pipe.count++] = stretch;
        p->pipe.want = (tb_want){.thumb_hash = true, .blur_across = 4, .blur_down = 3, .swatches = 4};
    }
}

typedef struct {
    long steps;   /* of a slice */
    size_t piece; /* of the input; 0 = all at once, borrowed */
    size_t out;   /* take the output in pieces of that size; 0 = at the end */
    long stop;    /* close after that many slices; 0 = never */
} manner;

static tb_mem job_mem;

/* False if there is no memory. */
static bool open_job(tb_job *job, const wish *w)
{
    if (!tb_job_open(job, &test_heap, 1, 1))
        return false;
    job->plan.picture->limits = w->limits;
    job->plan.picture->orient = w->orient;
    job->plan.picture->keep_truncated = w->keep_truncated;
    *job->plan.pipe = w->pipe;
    return true;
}

/* Feeds, runs and takes until it ends; returns how it ended. */
static tb_status drive(tb_job *job, file in, manner m, tb_bytes *taken)
{
    size_t fed = 0;
    long slices = 0;
    tb_status status;

    if (!m.piece)
        tb_job_give(job, 0, in.data, in.size);
    do {
        steps_budget b = slice_of(m.steps);
        uint8_t buffer[2048];
        status = tb_job_run(job, &b.base);
        if (status == TB_HUNGRY) {
            CHECK(!m.out || job->plan.result->bytes.size < m.out);
            size_t n = in.size - fed < m.piece ? in.size - fed : m.piece;
            if (n == 0)
                tb_job_end_input(job);
            else if (!tb_job_feed(job, in.data + fed, n))
                return TB_FAIL;
            fed += n;
        }
        if (status == TB_FULL || status == TB_DONE)
            for (size_t n; (n = tb_bytes_take(&job->plan.result->bytes, buffer, sizeof buffer)) > 0;)
                CHECK(tb_bytes_put(taken, buffer, n));
        if (m.stop && ++slices == m.stop)
            return status;
    } while (status == TB_MORE || status == TB_HUNGRY || status == TB_FULL);
    return status;
}

/* Runs a job from its beginning to its end, wherever that is; all memory comes back. */
static tb_status run_job(file in, const wish *plan, manner m, file *out, tb_error *err)
{
    static tb_heap plain = {.alloc = malloc, .free = free};
    tb_mem mem = {.heap = &plain};
    tb_bytes taken = {.mem = &mem};
    tb_job *job = calloc(1, sizeof *job);
    tb_status status;

    CHECK(job);
    job->piece = m.out;
    if (open_job(job, plan)) {
        status = drive(job, in, m, &taken);
        *err = job->error;
    } else {
        status = TB_FAIL;
        *err = (tb_error){.code = TB_E_NOMEM};
    }
    tb_job_close(job);
    CHECK(job->mem.used == 0 && atomic_load(&test_heap.used) == 0);
    job_mem = job->mem;
    free(job);
    if (status == TB_DONE && out)
        *out = file_of_bytes(&taken);
    tb_bytes_close(&taken);
    return status;
}

static void forget_from(int count)
{
    while (file_count > count)
        free(all_files[--file_count]);
}

static file inputs[6];

static void make_inputs(void)
{
    image rgb = gradient(97, 75, 3), rgba = gradient(64, 48, 4), grey = gradient(80, 80, 1);
    inputs[0] = encoded(rgb, TB_JPEG, false);
    inputs[1] = encoded(rgb, TB_JPEG, true);
    inputs[2] = encoded(grey, TB_JPEG, false);
    inputs[3] = encoded(rgba, TB_PNG, false);
    inputs[4] = encoded(rgb, TB_WEBP, false);
    inputs[5] = encoded(rgba, TB_WEBP, false);
}

static void every_manner_gives_the_same_bytes(void)
{
    static const manner manners[] = {
        {1, 0, 0, 0},    {2, 0, 0, 0},      {7, 0, 0, 0},       {1000, 0, 100, 0},
        {1000, 1, 0, 0}, {3, 17, 0, 0},     {1000, 1000, 0, 0}, {1, 64, 1, 0},
        {1000, 0, 1, 0}, {13, 333, 500, 0}, {1, 1000000, 0, 0}, {1000, 50, 100, 0},
    };
    static const tb_format outs[] = {TB_JPEG, TB_PNG, TB_WEBP};
    int before = file_count;

    for (int i = 0; i < 6; i++)
        for (int o = 0; o < 3; o++) {
            static wish plan;
            tb_error err;
            file whole, other;
            plan_something(&plan, outs[o]);
            CHECK(run_job(inputs[i], &plan, (manner){1 << 20, 0, 0, 0}, &whole, &err) == TB_DONE);
            for (size_t k = 0; k < sizeof manners / sizeof *manners; k++) {
                CHECK(run_job(inputs[i], &plan, manners[k], &other, &err) == TB_DONE);
                CHECK_SAME_FILE(whole, other);
            }
            forget_from(before);
        }
}

/* Closed after any number of steps, a job gives everything back. */
static void a_job_can_end_anywhere(void)
{
    for (int i = 0; i < 6; i++)
        for (long stop = 1; stop < 400; stop += 1 + stop / 8) {
            static wish plan;
            tb_error err;
            plan_something(&plan, (tb_format)(TB_JPEG + i % 3));
            run_job(inputs[i], &plan, (manner){1, stop % 2 ? 50 : 0, 0, stop}, NULL, &err);
        }
}

static void every_truncation_is_an_error_or_a_picture(void)
{
    for (int i = 0; i < 6; i++)
        for (size_t n = 0; n < inputs[i].size; n += 1 + inputs[i].size / 300) {
            static wish plan;
            tb_error err;
            file cut = {inputs[i].data, n};
            plan_something(&plan, TB_JPEG);
            tb_status status = run_job(cut, &plan, (manner){1000, 0, 0, 0}, NULL, &err);
            CHECK(status == TB_DONE || (status == TB_FAIL && err.code != TB_E_NONE && err.text[0]));
            plan.keep_truncated = true;
            status = run_job(cut, &plan, (manner){1000, 0, 0, 0}, NULL, &err);
            CHECK(status == TB_DONE || (status == TB_FAIL && err.code != TB_E_NONE));
        }
}

static void without_memory_it_says_so(void)
{
    for (int i = 0; i < 6; i++)
        for (long n = 0; lose_next(&n);) {
            static wish plan;
            tb_error err;
            plan_something(&plan, (tb_format)(TB_JPEG + i % 3));
            tb_status status = run_job(inputs[i], &plan, (manner){1000, 100, 0, 0}, NULL, &err);
            /* a profile, the one thing that can be left out, is in none of these */
            CHECK(lost() ? status == TB_FAIL && err.code == TB_E_NOMEM : status == TB_DONE);
        }
}

static void a_limit_on_memory_holds(void)
{
    image large = gradient(2000, 500, 3);
    file png = encoded(large, TB_PNG, false);
    static wish plan;
    tb_error err;
    tb_job *job = calloc(1, sizeof *job);
    tb_bytes none = {0};

    CHECK(job);
    plan_something(&plan, TB_PNG);
    job->mem.limit = 100000;
    CHECK(open_job(job, &plan));
    CHECK(drive(job, png, (manner){1000, 0, 0, 0}, &none) == TB_FAIL);
    err = job->error;
    CHECK(err.code == TB_E_LIMIT && strstr(err.text, "max_memory"));
    CHECK(job->mem.peak <= 100000);
    tb_job_close(job);
    CHECK(job->mem.used == 0);
    free(job);
}

/* Rows flow through: of what a picture has more in height, memory grows by less
 * than a fiftieth (tables of weights). */
static void memory_grows_with_width_not_height(void)
{
    static const tb_format formats[] = {TB_JPEG, TB_PNG};
    for (int f = 0; f < 2; f++) {
        size_t peak[2];
        for (int k = 0; k < 2; k++) {
            int before = file_count;
            file in = encoded(gradient(500, k ? 4000 : 1000, 3), formats[f], false), out;
            static wish plan;
            plan = (wish){.limits = tb_default_limits};
            plan.pipe = (tb_pipe){.output = {.format = formats[f], .quality = 80, .level = 1}, .count = 1};
            tb_error err;
            plan.pipe.op[0].kind = TB_OP_RESIZE;
            plan.pipe.op[0].resize = (tb_resize_op){
                .width = {100, false}, .kernel = TB_LANCZOS3, .dpr = 1, .enlarge = true, .reduce = true};
            CHECK(run_job(in, &plan, (manner){20, 0, 1000, 0}, &out, &err) == TB_DONE);
            peak[k] = job_mem.peak;
            forget_from(before);
            images_free();
        }
        CHECK(peak[1] < peak[0] + 3000 * 500 * 3 / 50);
    }
}

static void a_header_is_enough_for_a_header(void)
{
    tb_job *job = calloc(1, sizeof *job);
    steps_budget b = slice_of(1000);

    CHECK(job);
    job->goal = TB_TO_HEADER;
    CHECK(open_job(job, &(wish){.limits = tb_default_limits}));
    CHECK(tb_job_feed(job, inputs[3].data, 64));
    CHECK(tb_job_run(job, &b.base) == TB_DONE);
    const tb_header *h = &job->plan.picture->header;
    CHECK(h->width == 64 && h->height == 48 && h->channels == 4);
    tb_job_close(job);
    free(job);
}

static void too_many_bytes_are_refused_as_they_come(void)
{
    static wish plan;
    tb_error err;
    plan_something(&plan, TB_PNG);
    plan.limits.max_bytes = 200;
    CHECK(run_job(inputs[0], &plan, (manner){1000, 50, 0, 0}, NULL, &err) == TB_FAIL);
    CHECK(err.code == TB_E_LIMIT && strstr(err.text, "max_bytes"));
    CHECK(run_job(inputs[0], &plan, (manner){1000, 0, 0, 0}, NULL, &err) == TB_FAIL);
    CHECK(err.code == TB_E_LIMIT && strstr(err.text, "max_bytes"));
}

/* As one is whose plan was refused. */
static void a_job_that_was_never_opened_is_closed(void)
{
    tb_job *job = calloc(1, sizeof *job);

    CHECK(job);
    tb_job_close(job);
    free(job);
}

int main(void)
{
    make_inputs();
    a_job_that_was_never_opened_is_closed();
    every_manner_gives_the_same_bytes();
    a_job_can_end_anywhere();
    every_truncation_is_an_error_or_a_picture();
    without_memory_it_says_so();
    a_limit_on_memory_holds();
    memory_grows_with_width_not_height();
    a_header_is_enough_for_a_header();
    too_many_bytes_are_refused_as_they_come();
    files_free();
    images_free();
    return 0;
}
