/* vips.c - a job's questions, what becomes of them, and what is made of how a worker ended. */
#include "vips.h"
#include "pool.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WORN_JOBS 1000                 /* a worker serves so many, at most... */
#define WORN      ((uint64_t)64 << 20) /* ...and is not kept with so many bytes more than at its start */
#define DEATH     100                  /* ms that one which was killed is waited for */

/* ----------------------------------------------------------------- what it says */

/* Printable, one line; the end of it is in its room. */
static void clean(char *text, size_t room)
{
    text[room - 1] = 0;
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            *text = ' ';
}

static bool contains(const char *text, const char *word)
{
    size_t n = strlen(word);

    for (; *text; text++)
        if (strncasecmp(text, word, n) == 0)
            return true;
    return false;
}

/* How those say it who end the process then: GLib, Rust, C++, and others. */
static bool tells_of_memory(const char *text)
{
    static const char *const words[] = {"failed to allocate", "memory allocation",      "bad_alloc",
                                        "out of memory",      "cannot allocate memory", "alloc failed"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (contains(text, words[i]))
            return true;
    return false;
}

/* What it has printed, as warnings: a line each. */
static void hear_words(tb_worker *w, tb_error *err)
{
    char all[1024], *line = all, *end;
    size_t n = tb_worker_words(w, all, sizeof all - 1);

    all[n] = 0;
    for (; *line; line = end) {
        end = line + strcspn(line, "\n");
        if (*end)
            *end++ = 0;
        clean(line, strlen(line) + 1);
        if (line[strspn(line, " ")])
            tb_warn(err, "libvips", "%.110s", line);
    }
}

static tb_status no_memory(const tb_stage *s, const char *name, tb_error *err)
{
    if (s->mem->limit)
        return tb_fail(err, TB_E_LIMIT, name, "in libvips it would take this job over %s (max_memory)",
                       tb_amount_of(s->mem->limit).text);
    return tb_fail(err, TB_E_NOMEM, name, "the system has no memory for it in libvips");
}

/* Where it is not known, it is what was reserved for it. */
static void count_memory(tb_mem *mem, uint64_t bytes)
{
    if (bytes == 0)
        bytes = mem->reserved;
    if (bytes < UINT64_MAX >> 20)
        tb_took_elsewhere(mem, bytes);
}

/* The answer to another question has said so. */
static bool is_known(const tb_error *err, const char *name, const char *warning)
{
    size_t n = strlen(name) + 2;
    unsigned kept = err->warnings < TB_WARNINGS ? err->warnings : TB_WARNINGS;

    for (unsigned i = 0; i < kept; i++)
        if (strlen(err->warning[i]) > n && strstr(warning, err->warning[i] + n) == warning)
            return true;
    return false;
}

static void pass_warnings(const char *name, tb_reply *a, tb_error *err)
{
    unsigned kept = a->warnings < TB_WARNINGS ? a->warnings : TB_WARNINGS;

    for (unsigned i = 0; i < kept; i++) {
        clean(a->warning[i], sizeof a->warning[i]);
        if (!is_known(err, name, a->warning[i]))
            tb_warn(err, name, "%s", a->warning[i]);
    }
    if (err->warnings >= TB_WARNINGS)
        err->warnings += (a->warnings < 10000 ? a->warnings : 10000) - kept;
}

static tb_status pass(tb_stage *s, const char *name, tb_reply *a, tb_error *err)
{
    pass_warnings(name, a, err);
    hear_words(s->vips->worker, err);
    count_memory(s->mem, a->memory);
    clean(a->text, sizeof a->text);
    if (a->code == TB_E_NONE)
        return TB_MORE;
    if (a->code == TB_E_NOMEM)
        return no_memory(s, name, err);
    if (a->code < TB_E_NONE || a->code > TB_E_CANCELLED)
        a->code = TB_E_CORRUPT;
    return tb_fail(err, (tb_code)a->code, name, "%s", a->text);
}

/* ------------------------------------------------------------------ how it ends */

static void give_up(tb_vips *v)
{
    tb_pool_kill(v->worker, DEATH);
    v->worker = NULL;
}

static tb_status gone(const char *name, tb_error *err)
{
    return tb_fail(err, TB_E_NOMEM, name,
                   "the process of libvips ended: it was killed, maybe for want of memory");
}

static tb_status ended(tb_stage *s, const char *name, tb_error *err)
{
    char words[1024];
    size_t n = tb_worker_words(s->vips->worker, words, sizeof words - 1);
    const char *crash;

    words[n] = 0;
    crash = strstr(words, TB_CRASHED);
    give_up(s->vips);
    if (tells_of_memory(words))
        return no_memory(s, name, err);
    if (crash)
        return tb_fail(err, TB_E_CORRUPT, name, "libvips crashed on it (signal %.2s)",
                       crash + sizeof TB_CRASHED - 1);
    return gone(name, err);
}

static tb_status failed(tb_stage *s, const char *name, tb_heard how, tb_error *err)
{
    if (how == TB_GONE)
        return ended(s, name, err);
    give_up(s->vips);
    return tb_fail(err, TB_E_CANCELLED, name, "stopped");
}

/* ----------------------------------------------------------------- beginning */

static tb_heard begin_with(tb_stage *s, tb_reply *a)
{
    tb_vips *v = s->vips;
    const tb_mem *mem = s->mem;
    tb_request r = {.what = TB_DO_BEGIN};

    v->worker->jobs++;
    r.begin.threads = v->threads > 0 ? v->threads : 1;
    size_t ours = mem->used - mem->reserved;
    if (mem->limit)
        r.begin.memory = (mem->limit > ours ? mem->limit - ours : 1) + v->giving;
    return tb_worker_ask(v->worker, &r, -1, a, s->stop);
}

static tb_status start(tb_stage *s, const char *name, tb_error *err)
{
    char why[TB_WHY];
    tb_hello hello;

    s->vips->worker = tb_pool_start(&hello, s->stop, why);
    if (s->vips->worker)
        return TB_MORE;
    return why[0] ? tb_fail(err, TB_E_UNSUPPORTED, name, "%s", why)
                  : tb_fail(err, TB_E_CANCELLED, name, "stopped");
}

/* One that waits may have ended meanwhile, or be worn: then another. */
static tb_status begin(tb_stage *s, const char *name, tb_error *err)
{
    tb_vips *v = s->vips;
    tb_reply a;

    if (v->begun)
        return gone(name, err);
    v->begun = true;
    while ((v->worker = tb_pool_take())) {
        tb_heard heard = begin_with(s, &a);
        if (heard == TB_HEARD && a.memory < WORN && v->worker->jobs < WORN_JOBS)
            return TB_MORE;
        give_up(v);
        if (heard == TB_STOPPED)
            return tb_fail(err, TB_E_CANCELLED, name, "stopped");
    }
    if (start(s, name, err) == TB_FAIL)
        return TB_FAIL;
    tb_heard heard = begin_with(s, &a);
    return heard == TB_HEARD ? TB_MORE : failed(s, name, heard, err);
}

/* ------------------------------------------------------------------- asking */

bool tb_vips_ready(tb_stage *s)
{
    tb_vips *v = s->vips;

    v->placed = v->placed || tb_pool_enter();
    s->stop->waits |= !v->placed; /* who has a place may want this thread */
    return v->placed;
}

void tb_vips_rest(tb_vips *v, bool rests)
{
    if (!v->placed || rests == v->rests)
        return;
    v->rests = rests;
    tb_pool_rest(rests);
}

static tb_status ask(tb_stage *s, const char *name, tb_request *r, int fd, tb_reply *a, tb_error *err)
{
    tb_heard heard;

    if (!s->vips->worker && begin(s, name, err) == TB_FAIL)
        return TB_FAIL;
    tb_pool_runs(1);
    heard = tb_worker_ask(s->vips->worker, r, fd, a, s->stop);
    tb_pool_runs(-1);
    return heard == TB_HEARD ? pass(s, name, a, err) : failed(s, name, heard, err);
}

tb_status tb_vips_ask(tb_stage *s, const char *name, tb_request *r, tb_reply *reply, tb_error *err)
{
    return ask(s, name, r, -1, reply, err);
}

tb_status tb_vips_take(tb_stage *s, const char *name, int slot, tb_region *region, tb_error *err)
{
    tb_request r = {.what = TB_DO_TAKE, .slot = slot, .size = region->size};
    tb_reply a;
    tb_status status;

    s->vips->giving = region->size;
    status = ask(s, name, &r, region->fd, &a, err);
    tb_region_close(region);
    return status;
}

/* A copy of it goes there: bytes of the VM are not to be seen by others. */
static tb_status give_input(tb_stage *s, const char *name, const tb_input *in, int slot, tb_error *err)
{
    tb_region region;

    if (!tb_charge(s->mem, in->end))
        return tb_no_memory(err, s->mem, name, "the bytes of the picture, for libvips");
    s->vips->charged += in->end;
    if (!tb_region_open(&region, in->end)) {
        s->mem->refused = false;
        return tb_no_memory(err, s->mem, name, "the bytes of the picture, for libvips");
    }
    memcpy(region.data, tb_input_at(in, 0), in->end);
    return tb_vips_take(s, name, slot, &region, err);
}

tb_status tb_vips_input(tb_stage *s, const char *name, const tb_input *in, int *slot, tb_error *err)
{
    tb_vips *v = s->vips;
    const uint8_t *data = tb_input_at(in, 0);

    for (int i = 0; i < v->inputs; i++)
        if (v->input[i].data == data && v->input[i].size == in->end) {
            *slot = v->input[i].slot;
            return TB_MORE;
        }
    *slot = tb_vips_slot(s, name, err);
    if (*slot < 0 || give_input(s, name, in, *slot, err) == TB_FAIL)
        return TB_FAIL;
    assert(v->inputs < TB_VIPS_INPUTS); /* a job has fewer pictures */
    v->input[v->inputs].data = data;
    v->input[v->inputs].size = in->end;
    v->input[v->inputs++].slot = *slot;
    return TB_MORE;
}

const uint8_t *tb_vips_desk(const tb_vips *v)
{
    return v->worker->desk.data;
}

int tb_vips_slot(tb_stage *s, const char *name, tb_error *err)
{
    uint8_t *used = s->vips->used;

    for (int i = 0; i < TB_SLOTS; i++)
        if (!(used[i / 8] & 1u << i % 8)) {
            used[i / 8] |= (uint8_t)(1u << i % 8);
            return i;
        }
    tb_fail(err, TB_E_LIMIT, name, "libvips has too much to do in this job");
    return -1;
}

void tb_vips_drop(tb_vips *v, int slot)
{
    tb_request r = {.what = TB_DO_DROP, .slot = slot};

    if (slot < 0)
        return;
    v->used[slot / 8] &= (uint8_t) ~(1u << slot % 8);
    if (v->worker && !tb_worker_tell(v->worker, &r)) {
        tb_pool_kill(v->worker, 0);
        v->worker = NULL;
    }
}

void tb_vips_close(tb_vips *v, tb_mem *mem)
{
    tb_request r = {.what = TB_DO_END};

    tb_vips_shut_all(v, mem);
    tb_discharge(mem, v->charged);
    v->charged = 0;
    if (v->worker && tb_worker_tell(v->worker, &r))
        tb_pool_put(v->worker);
    else if (v->worker)
        tb_pool_kill(v->worker, 0);
    v->worker = NULL;
    tb_vips_rest(v, false);
    if (v->placed)
        tb_pool_leave();
    v->placed = false;
}
