/* test_text.c - what is to be drawn, and what is not. */
#include "../../c_src/job.h"
#include "../../c_src/text.h"
#include "../../c_src/worker/pool.h"
#include "alone.h"
#include "check.h"

static const uint8_t good[] = {
    1,   2,   3,   10,  20,  30,  40,   50,   60,  70, 80,     /* layout, align, flags, colours */
    0,   0,   125, 0,   0,   0,   7,    208,  0,   0,  0,  72, /* 32 pt, 2 px, 72 dpi */
    0,   0,   1,   44,  0,   0,   0,    5,                     /* width 300, spacing 5 */
    255, 255, 255, 253, 0,   0,   0,    4,                     /* -3, 4 */
    4,   's', 'a', 'n', 's', 'h', 0xC3, 0xA9, '\n'};

static bool reads(const uint8_t *data, size_t size)
{
    uint8_t *own = malloc(size ? size : 1); /* a byte too far is seen */
    tb_text t;

    CHECK(own);
    memcpy(own, data, size);
    bool ok = tb_text_read(&t, own, size);
    free(own);
    return ok;
}

static void all_of_it_is_read(void)
{
    tb_text t;

    CHECK(tb_text_read(&t, good, sizeof good));
    CHECK(t.align == 2 && t.justify && t.shadow && t.size == 32000 && t.blur == 2000 && t.dpi == 72);
    CHECK(t.width == 300 && t.spacing == 5 && t.x == -3 && t.y == 4);
    CHECK(t.colour[3] == 40 && t.shadow_colour[0] == 50);
    CHECK(t.font_size == 4 && !memcmp(t.font, "sans", 4) && t.text_size == 4 && t.text[0] == 'h');
}

static void every_part_of_it_is_refused_or_shorter(void)
{
    for (size_t n = 0; n < sizeof good; n++) /* three ends leave whole characters */
        CHECK(reads(good, n) == (n == sizeof good - 1 || n == sizeof good - 3));
}

static void numbers_out_of_their_range_are_refused(void)
{
    static const struct {
        int at, value;
    } odd[] = {{0, 0},    {0, 2},  {1, 3},    {2, 4},  {11, 255}, {11, 128},  {13, 0},  {15, 255}, {19, 1},
               {22, 9},   {22, 0}, {23, 255}, {24, 2}, {27, 128}, {31, 0},    {35, 1},  {39, 0},   {39, 9},
               {39, 255}, {40, 9}, {41, 127}, {44, 0}, {44, 13},  {45, 0xC0}, {46, 'a'}};

    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        uint8_t bytes[sizeof good];
        memcpy(bytes, good, sizeof good);
        bytes[odd[i].at] = (uint8_t)odd[i].value;
        if (reads(bytes, sizeof bytes)) {
            printf("%d at %d is let in\n", odd[i].value, odd[i].at);
            exit(1);
        }
    }
}

/* The book's table of well-formed sequences, as numbers. */
static bool is_character(const uint8_t *s, size_t n)
{
    uint32_t v;

    if (n == 1)
        return s[0] < 0x80;
    for (size_t i = 1; i < n; i++)
        if (s[i] < 0x80 || s[i] > 0xBF)
            return false;
    if (n == 2)
        return s[0] >= 0xC0 && s[0] <= 0xDF && ((s[0] & 31u) << 6 | (s[1] & 63u)) >= 0x80;
    if (n == 3) {
        v = (s[0] & 15u) << 12 | (s[1] & 63u) << 6 | (s[2] & 63u);
        return s[0] >= 0xE0 && s[0] <= 0xEF && v >= 0x800 && (v < 0xD800 || v > 0xDFFF);
    }
    v = (s[0] & 7u) << 18 | (s[1] & 63u) << 12 | (s[2] & 63u) << 6 | (s[3] & 63u);
    return s[0] >= 0xF0 && s[0] <= 0xF7 && v >= 0x10000 && v <= 0x10FFFF;
}

static void only_utf_8_is_let_in(void)
{
    static const uint8_t tails[] = {0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0};
    uint8_t bytes[sizeof good];

    memcpy(bytes, good, sizeof good);
    for (int a = 0x80; a < 256; a++)
        for (int b = 0; b < 8; b++)
            for (int c = 0; c < 8; c++)
                for (int d = 0; d < 8; d++) {
                    uint8_t *s = bytes + 44;
                    s[0] = (uint8_t)a;
                    s[1] = tails[b];
                    s[2] = tails[c];
                    s[3] = tails[d];
                    for (size_t n = 2; n <= 4; n++)
                        CHECK(reads(bytes, 44 + n) == is_character(s, n));
                }
}

static void no_byte_can_do_harm(void)
{
    uint32_t seed = 5;

    for (size_t i = 0; i < 200000; i++) {
        uint8_t bytes[sizeof good];
        memcpy(bytes, good, sizeof good);
        for (int k = 0; k < 3; k++)
            bytes[next_random(&seed) % sizeof good] = (uint8_t)(next_random(&seed) >> 24);
        reads(bytes, sizeof bytes - i % 9);
    }
}

static void too_long_a_text_is_refused(void)
{
    size_t n = 44 + TB_TEXT_LONGEST;
    uint8_t *bytes = malloc(n + 1);

    CHECK(bytes);
    memset(bytes, 'x', n + 1);
    memcpy(bytes, good, 44);
    CHECK(reads(bytes, n) && !reads(bytes, n + 1));
    free(bytes);
}

/* Whether a picture is text is said beside its bytes, never by them. */
static void a_file_is_never_text(void)
{
    for (int text = 0; text < 2; text++) {
        tb_job *job = calloc(1, sizeof *job);
        steps_budget b = slice_of(1000);
        CHECK(job && tb_job_open(job, &test_heap, 1, 1));
        job->goal = TB_TO_HEADER;
        job->plan.picture->limits = tb_default_limits;
        job->plan.picture->limits.formats = 0;
        job->plan.picture->text = text;
        tb_job_give(job, 0, good, text ? sizeof good - 2 : sizeof good);
        CHECK(tb_job_run(job, &b.base) == TB_FAIL && job->error.code == TB_E_UNSUPPORTED);
        CHECK(!strcmp(job->error.stage, text ? "text" : "walk"));
        CHECK(tb_sniff(good, sizeof good) == TB_UNKNOWN);
        tb_job_close(job);
        free(job);
    }
}

static tb_status draw(const uint8_t *bytes, size_t size, tb_error *err)
{
    tb_job *job = calloc(1, sizeof *job);
    tb_status status = TB_FAIL;

    CHECK(job);
    if (tb_job_open(job, &test_heap, 1, 1)) {
        job->plan.picture->limits = tb_default_limits;
        job->plan.picture->text = true;
        job->plan.pipe->output = (tb_output){.level = 1};
        tb_job_give(job, 0, bytes, size);
        do {
            steps_budget b = slice_of(3);
            status = tb_job_run(job, &b.base);
        } while (status == TB_MORE);
        CHECK(status != TB_DONE || job->plan.result->output.format == TB_PNG);
    }
    *err = job->error;
    tb_job_close(job);
    CHECK(job->mem.used == 0 && atomic_load(&test_heap.used) == 0);
    free(job);
    return status;
}

static void it_is_drawn_or_every_failed_allocation_is_told(void)
{
    for (long n = 0; lose_next(&n);) {
        tb_error err;
        CHECK_LOSS(draw(good, sizeof good, &err), &err);
    }
}

int main(void)
{
    char why[TB_WHY];

    tb_pool_open();
    all_of_it_is_read();
    every_part_of_it_is_refused_or_shorter();
    numbers_out_of_their_range_are_refused();
    only_utf_8_is_let_in();
    no_byte_can_do_harm();
    too_long_a_text_is_refused();
    a_file_is_never_text();
    if (tb_foreign_wait(NULL, why))
        it_is_drawn_or_every_failed_allocation_is_told();
    tb_pool_close();
    wait_until_alone();
    return 0;
}
