/* nif.c - the functions of Thumbelina.Native, and what happens when the library
 * is loaded, upgraded and unloaded. */
#include "../codecs/codecs.h"
#include "../worker/pool.h"
#include "atoms.h"
#include "lane.h"
#include "term.h"
#include <unistd.h>

/* All jobs together: a quarter of the memory of the machine, but 512 MiB at least. */
static size_t default_total(void)
{
    const size_t least = (size_t)512 << 20;
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    size_t quarter = pages > 0 && page > 0 ? (size_t)pages / 4 * (size_t)page : least;

    return quarter > least ? quarter : least;
}

static tb_world *world_of(ErlNifEnv *env)
{
    return enif_priv_data(env);
}

/* The inputs, one for each picture: binaries; the first may be the atom `pieces`,
 * which will come by resume. */
static bool take(ErlNifEnv *env, tb_task *t, ERL_NIF_TERM inputs)
{
    ERL_NIF_TERM input;
    int i = 0;

    for (; enif_get_list_cell(env, inputs, &input, &inputs); i++) {
        if (i == 0 && tb_term_ask(env, input) == TB_ASK_PIECES)
            continue;
        if (i == t->job.plan.pictures || !enif_is_binary(env, input) || !tb_task_give(t, i, input))
            return false;
    }
    return i == t->job.plan.pictures;
}

static ERL_NIF_TERM refuse(ErlNifEnv *env, tb_task *t)
{
    atomic_fetch_add(&t->world->failed, 1);
    tb_task_free(t);
    return enif_make_badarg(env);
}

static ERL_NIF_TERM start(ErlNifEnv *env, const ERL_NIF_TERM argv[], tb_goal goal)
{
    tb_task *t = tb_task_new(world_of(env));

    if (!t)
        return enif_make_badarg(env);
    t->job.goal = goal;
    if (!tb_term_plan(env, argv[1], t) || !take(env, t, argv[0]))
        return refuse(env, t);
    return tb_lane_start(env, t);
}

/* run([binary | :pieces], plan) */
static ERL_NIF_TERM run(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    (void)argc;
    return start(env, argv, TB_TO_OUTPUT);
}

/* explain([binary | :pieces], plan): what run would do */
static ERL_NIF_TERM explain(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    (void)argc;
    return start(env, argv, TB_TO_ROUTE);
}

/* info([binary | :pieces], limits), with text: true where it is that */
static ERL_NIF_TERM info(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    tb_task *t = tb_task_new(world_of(env));

    (void)argc;
    if (!t)
        return enif_make_badarg(env);
    t->settings = (tb_settings){.lane = TB_LANE_YIELD, .slice = 250, .courtesy = 8};
    t->job.goal = TB_TO_HEADER;
    if (!tb_job_open(&t->job, &t->world->heap, 1, 1))
        return refuse(env, t);
    t->job.plan.picture->orient = true;
    t->job.plan.picture->text = tb_term_text(env, argv[1]);
    if (!tb_term_limits(env, argv[1], &t->job.plan.picture->limits) || !take(env, t, argv[0]))
        return refuse(env, t);
    return tb_lane_start(env, t);
}

/* cancel(job): one that waits for its caller; what it holds is free at once */
static ERL_NIF_TERM cancel(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    tb_handle *h = tb_handle_get(env, argv[0]);

    (void)argc;
    if (!h || atomic_exchange(&h->busy, true))
        return enif_make_badarg(env);
    tb_handle_cancel(env, h);
    atomic_store(&h->busy, false);
    return tb_atom.ok;
}

static ERL_NIF_TERM stats(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    (void)argc;
    (void)argv;
    return tb_term_world(env, world_of(env));
}

/* Loads libvips, if that was not done yet. */
static ERL_NIF_TERM capabilities(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    (void)argc;
    (void)argv;
    return tb_term_capabilities(env);
}

static ERL_NIF_TERM default_limits(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    (void)argc;
    (void)argv;
    return tb_term_of_limits(env, &tb_default_limits);
}

/* load_info: {bytes for all jobs together, or 0 for the default, schedulers, dirty CPU schedulers} */
static int load(ErlNifEnv *env, void **priv, ERL_NIF_TERM load_info)
{
    ErlNifUInt64 total;
    unsigned schedulers[TB_KINDS];
    const ERL_NIF_TERM *part;
    int parts;

    if (!enif_get_tuple(env, load_info, &parts, &part) || parts != 3 ||
        !enif_get_uint64(env, part[0], &total) || !enif_get_uint(env, part[1], &schedulers[TB_NORMAL]) ||
        !enif_get_uint(env, part[2], &schedulers[TB_DIRTY]))
        return 1;
    tb_term_load(env);
    tb_codecs_load();
    if (!tb_handle_load(env))
        return 2;
    *priv = tb_world_new(total ? (size_t)total : default_total(), schedulers);
    if (!*priv)
        return 2;
    tb_pool_open();
    return 0;
}

/* The new instance shares the world of the old one: jobs go on, the counts stay true.
 * A world of another layout is left to those who live in it. */
static int upgrade(ErlNifEnv *env, void **priv, void **old_priv, ERL_NIF_TERM load_info)
{
    tb_world *old = *old_priv;

    if (!tb_world_known(old))
        return load(env, priv, load_info);
    tb_term_load(env);
    tb_codecs_load();
    if (!tb_handle_load(env))
        return 2;
    *priv = tb_world_hold(old);
    tb_pool_open();
    return 0;
}

static void unload(ErlNifEnv *env, void *priv)
{
    (void)env;
    tb_pool_close();
    tb_world_drop(priv);
}

static ErlNifFunc functions[] = {
    {"run", 2, run, 0},
    {"explain", 2, explain, 0},
    {"info", 2, info, 0},
    {"resume", 2, tb_lane_resume, 0},
    {"cancel", 1, cancel, 0},
    {"stats", 0, stats, 0},
    {"capabilities", 0, capabilities, ERL_NIF_DIRTY_JOB_CPU_BOUND},
    {"default_limits", 0, default_limits, 0},
};

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* ERL_NIF_INIT makes its own */
ERL_NIF_INIT(Elixir.Thumbelina.Native, functions, load, NULL, upgrade, unload)
