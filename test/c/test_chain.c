/* test_chain.c - the loop: trees and joins, early ends, hunger, long steps, lost memory. */
#include "stages.h"

static void an_empty_chain_is_done(void)
{
    graph g;
    graph_new(&g);
    CHECK(run_chain(&g.c, 1, &g.err) == TB_DONE);
    graph_free(&g);
}

static void a_tree_feeds_every_sink_at_its_own_speed(void)
{
    for (long steps = 1; steps < 30; steps++) {
        graph g;
        graph_new(&g);
        int a = add_source(&g, noise(5, 23, 3), 0);
        int slow = add_box(&g, add_box(&g, a, 4, 1), 2, 3), fast = add_pick(&g, a, 0, 3, 99);
        int whole = add_hoard(&g, fast);
        add_sink(&g, a, 99);
        add_sink(&g, slow, 99);
        add_sink(&g, whole, 99);
        add_sink(&g, add_box(&g, fast, 1, 2), 99);
        add_sink(&g, slow, 3);
        CHECK(run_fed(&g, steps) == TB_DONE);
        check_sinks(&g);
        CHECK(run_fed(&g, steps) == TB_DONE); /* and stays done */
        graph_free(&g);
    }
}

static void windows_and_bursts_of_every_size_fit_their_rings(void)
{
    for (int h = 1; h < 14; h++)
        for (int radius = 0; radius < 8; radius++)
            for (int burst = 1; burst < 18; burst += 1 + burst / 4) {
                graph g;
                graph_new(&g);
                int a = add_box(&g, add_source(&g, noise(3, h, 1), 0), radius, burst);
                add_sink(&g, add_box(&g, a, burst % 3, 1 + radius), 99);
                CHECK(run_fed(&g, 7) == TB_DONE);
                check_sinks(&g);
                graph_free(&g);
            }
}

static void memory_grows_with_the_width_alone(void)
{
    size_t peak[2];
    for (int i = 0; i < 2; i++) {
        graph g;
        graph_new(&g);
        int a = add_box(&g, add_source(&g, noise(16, i ? 2000 : 100, 3), 0), 3, 2);
        add_sink(&g, add_pick(&g, a, 1, 5, 1 << 20), 1 << 20);
        CHECK(run_fed(&g, 1 << 20) == TB_DONE);
        peak[i] = g.mem.peak;
        graph_free(&g);
    }
    CHECK(peak[0] == peak[1]);
}

static void rows_nobody_wants_do_not_block_the_ring(void)
{
    for (int start = 0; start < 40; start += 3)
        for (int every = 1; every < 30; every += 4) {
            graph g;
            graph_new(&g);
            int a = add_source(&g, noise(2, 41, 1), 0);
            add_sink(&g, add_pick(&g, a, start, every, 99), 99);
            CHECK(run_fed(&g, 3) == TB_DONE);
            check_sinks(&g);
            graph_free(&g);
        }
}

static void a_sink_that_ends_early_stops_the_source(void)
{
    for (int most = 1; most < 20; most++) {
        graph g;
        graph_new(&g);
        add_sink(&g, add_box(&g, add_source(&g, noise(4, 1000, 1), 0), 2, 1), most);
        seen.steps = 0;
        CHECK(run_fed(&g, 5) == TB_DONE);
        CHECK(seen.steps <= 3 * most + 24); /* whatever the order: the rings' worth too many */
        for (int i = 0; i < g.c.count; i++)
            CHECK(g.c.stage[i].done);
        check_sinks(&g);
        graph_free(&g);
    }
}

static void an_early_end_leaves_the_other_branches_alone(void)
{
    for (int most = 1; most < 40; most += 3) {
        graph g;
        graph_new(&g);
        int a = add_source(&g, noise(4, 37, 1), 5);
        int cut = add_pick(&g, a, 0, 1, most);
        add_sink(&g, cut, 99);
        add_sink(&g, add_box(&g, a, 3, 2), 99);
        add_sink(&g, a, most / 2 + 1);
        CHECK(run_fed(&g, 4) == TB_DONE);
        check_sinks(&g);
        graph_free(&g);
    }
}

/* Ports that differ in height, one of which has lost its reader, and one that never had any. */
static void a_port_without_readers_does_not_block_the_others(void)
{
    for (int h = 1; h < 40; h += 2)
        for (int most = 1; most < 10; most += 4) {
            graph g;
            graph_new(&g);
            image a = noise(4, h, 1);
            tb_chain_add(&g.c, &planes, &a, -1);
            g.want[0] = a;
            add_sink(&g, 0, 99);
            g.want[0] = naive_pick(a, (pick_args){0, 2, 99});
            int half = add_sink(&g, 0, most);
            tb_chain_link(&g.c, half, 0, 0, 1);
            CHECK(run_fed(&g, 2) == TB_DONE);
            check_sinks(&g);
            graph_free(&g);
        }
}

static void hunger_pauses_and_loses_nothing(void)
{
    for (int hunger = 1; hunger < 9; hunger++)
        for (long steps = 1; steps < 20; steps++) {
            graph g;
            graph_new(&g);
            int a = add_source(&g, noise(6, 17, 2), hunger), times = 0;
            add_sink(&g, add_box(&g, a, 2, 1), 99);
            add_sink(&g, a, 99);
            tb_status status;
            while ((status = run_chain(&g.c, steps, &g.err)) == TB_HUNGRY)
                times++;
            CHECK(status == TB_DONE);
            CHECK(times <= (17 + hunger - 1) / hunger && (times > 0 || steps < 19));
            check_sinks(&g);
            graph_free(&g);
        }
}

static void two_sources_may_be_hungry_in_turns(void)
{
    for (int one = 1; one < 5; one++)
        for (int two = 1; two < 7; two++) {
            graph g;
            graph_new(&g);
            int a = add_source(&g, noise(3, 11, 1), one), b = add_source(&g, gradient(3, 11, 1), two);
            int sum = add_sum(&g, add_box(&g, a, 1, 1), b);
            add_sink(&g, sum, 99);
            CHECK(run_fed(&g, 100) == TB_DONE);
            check_sinks(&g);
            graph_free(&g);
        }
}

/* One branch hoards the picture while the other must wait for it. */
static int tangle(graph *g, int w, int h, int kind)
{
    int a = add_source(g, noise(w, h, 1), 0);
    switch (kind) {
    case 0:
        return add_sum(g, a, add_hoard(g, a));
    case 1:
        return add_sum(g, add_hoard(g, a), add_box(g, a, 2, 3));
    case 2:
        return add_sum(g, a, add_box(g, add_box(g, add_box(g, a, 5, 1), 5, 4), 5, 1));
    case 3: {
        int b = add_sum(g, a, add_hoard(g, a));
        return add_sum(g, add_box(g, a, 1, 1), add_hoard(g, b));
    }
    default:
        return add_sum(g, add_sum(g, a, a), add_box(g, add_hoard(g, add_hoard(g, a)), 1, 2));
    }
}

/* Hunger of a source that nobody reads any more is not the chain's. */
static void a_source_no_longer_read_is_not_hungry(void)
{
    graph g;
    graph_new(&g);
    int a = add_source(&g, noise(3, 11, 1), 4);
    add_sink(&g, tangle(&g, 3, 30, 0), 99);
    add_sink(&g, a, 4);
    CHECK(run_chain(&g.c, 1 << 20, &g.err) == TB_HUNGRY); /* before the first row */
    CHECK(run_chain(&g.c, 1 << 20, &g.err) == TB_DONE);
    check_sinks(&g);
    graph_free(&g);
}

static void branches_that_meet_again_never_lock(void)
{
    for (int kind = 0; kind < 5; kind++)
        for (int h = 1; h < 70; h += 1 + h / 3)
            for (long steps = 1; steps < 200; steps = steps * 3 + 1) {
                graph g;
                graph_new(&g);
                add_sink(&g, tangle(&g, 7, h, kind), 99);
                CHECK(run_fed(&g, steps) == TB_DONE);
                check_sinks(&g);
                graph_free(&g);
            }
}

static void a_ring_too_large_to_move_in_a_step_waits_for_a_long_slice(void)
{
    graph g;
    graph_new(&g);
    add_sink(&g, tangle(&g, 50000, 40, 0), 99);
    tb_status status;
    int times = 0;
    do {
        steps_budget b = slice_of(50);
        b.base.long_ok = false;
        status = tb_chain_run(&g.c, &b.base, &g.err);
        if (status == TB_LONG) {
            times++;
            b = slice_of(1);
            status = tb_chain_run(&g.c, &b.base, &g.err);
        }
    } while (status == TB_MORE);
    CHECK(status == TB_DONE && times > 0 && times < 10);
    check_sinks(&g);
    graph_free(&g);
}

static void a_long_step_waits_until_it_may_run(void)
{
    for (int row = 0; row < 9; row++)
        for (long steps = 1; steps < 20; steps++) {
            graph g;
            graph_new(&g);
            int a = add_source(&g, noise(6, 9, 1), 0), longs = 0;
            moody_args how = {.bad_row = -1, .long_row = row};
            int b = tb_chain_add(&g.c, &moody, &how, a);
            g.want[b] = g.want[a];
            add_sink(&g, b, 99);
            tb_status status;
            do {
                steps_budget budget = slice_of(steps);
                budget.base.long_ok = false;
                status = tb_chain_run(&g.c, &budget.base, &g.err);
                if (status != TB_LONG)
                    continue;
                CHECK(g.c.stage[b].out[0].end == row && tb_chain_run(&g.c, &budget.base, &g.err) == TB_LONG);
                budget = slice_of(1);
                status = tb_chain_run(&g.c, &budget.base, &g.err);
                longs++;
            } while (status == TB_MORE);
            CHECK(status == TB_DONE && longs == 1);
            check_sinks(&g);
            graph_free(&g);
        }
}

static void a_failing_open_leaves_the_rest_closed(void)
{
    graph g;
    graph_new(&g);
    int a = add_source(&g, noise(6, 9, 1), 0);
    moody_args how = {.bad_open = true, .bad_row = -1, .long_row = -1};
    int b = tb_chain_add(&g.c, &moody, &how, a);
    g.want[b] = g.want[a];
    add_sink(&g, b, 99);
    seen.opened = seen.closed = seen.steps = 0;
    CHECK(run_fed(&g, 3) == TB_FAIL);
    CHECK(g.err.code == TB_E_UNSUPPORTED && !strcmp(g.err.text, "will not open"));
    CHECK(seen.opened == 2 && seen.steps == 0);
    graph_free(&g);
    CHECK(seen.closed == 2);
}

static void a_failure_is_final(void)
{
    for (int row = 0; row < 9; row++) {
        graph g;
        graph_new(&g);
        int a = add_source(&g, noise(6, 9, 1), 0);
        moody_args how = {.bad_row = row, .long_row = -1};
        int b = tb_chain_add(&g.c, &moody, &how, a);
        g.want[b] = g.want[a];
        add_sink(&g, b, 99);
        CHECK(run_fed(&g, 3) == TB_FAIL && g.err.code == TB_E_CORRUPT);
        long steps = seen.steps;
        CHECK(run_fed(&g, 3) == TB_FAIL && seen.steps == steps);
        CHECK(!strcmp(g.err.stage, "moody") && strstr(g.err.text, "row"));
        graph_free(&g);
    }
}

static tb_status quitter_step(tb_stage *s, tb_error *err)
{
    (void)s;
    (void)err;
    return TB_DONE;
}

static void a_stage_that_ends_short_is_an_error_not_a_hang(void)
{
    static const tb_stage_ops quitter = {"quitter", 0, 0, 1, source_open, quitter_step, count_close};
    graph g;
    graph_new(&g);
    source_args a = {noise(3, 5, 1), 0};
    g.want[0] = a.picture;
    tb_chain_add(&g.c, &quitter, &a, -1);
    add_sink(&g, 0, 99);
    CHECK(run_fed(&g, 3) == TB_FAIL && !strcmp(g.err.stage, "chain"));
    graph_free(&g);
}

static tb_status greedy_open(tb_stage *s, tb_error *err)
{
    (void)err;
    seen.opened++;
    s->in[0].window = 1;
    s->in[0].want = 9;
    return TB_MORE;
}

static void a_stage_that_wants_more_than_its_window_is_an_error(void)
{
    static const tb_stage_ops greedy = {"greedy", 0, 1, 0, greedy_open, quitter_step, count_close};
    graph g;
    graph_new(&g);
    tb_chain_add(&g.c, &greedy, NULL, add_source(&g, noise(3, 20, 1), 0));
    CHECK(run_fed(&g, 3) == TB_FAIL && !strcmp(g.err.stage, "chain"));
    graph_free(&g);
}

static void every_slice_ends_when_its_budget_does(void)
{
    for (long n = 1; n < 12; n++) {
        graph g;
        graph_new(&g);
        add_sink(&g, add_box(&g, add_source(&g, noise(3, 40, 1), 0), 1, 1), 99);
        steps_budget b = slice_of(6); /* opens three, lays three rings */
        CHECK(tb_chain_run(&g.c, &b.base, &g.err) == TB_MORE);
        seen.steps = 0;
        b = slice_of(n);
        CHECK(tb_chain_run(&g.c, &b.base, &g.err) == TB_MORE);
        CHECK(seen.steps == n && b.steps == 0);
        CHECK(last_stop == &b.base.stop);
        graph_free(&g);
    }
}

static void closing_half_way_gives_all_back(void)
{
    bool over = false;
    for (long n = 0; !over; n++) {
        graph g;
        graph_new(&g);
        add_sink(&g, tangle(&g, 5, 13, 3), 99);
        add_sink(&g, add_pick(&g, 0, 3, 4, 99), 99);
        seen.opened = seen.closed = 0;
        if (n > 0) {
            steps_budget b = slice_of(n);
            over = tb_chain_run(&g.c, &b.base, &g.err) == TB_DONE;
        }
        graph_free(&g);
        CHECK(seen.opened == seen.closed);
        tb_chain_close(&g.c); /* twice is fine */
    }
}

static void every_lost_allocation_is_survived(void)
{
    for (int on = 0; on < 2; on++) {
        fail_on = on;
        for (long n = 0; lose_next(&n);) {
            graph g;
            graph_new(&g);
            seen.opened = seen.closed = 0;
            int a = add_source(&g, noise(5, 13, 1), 0), b, d;
            bool built = a >= 0 && (b = add_hoard(&g, a)) >= 0 && (d = add_sum(&g, a, b)) >= 0 &&
                         add_sink(&g, add_box(&g, d, 2, 2), 99) >= 0;
            for (int i = 0; built && i < 8; i++) /* so that the table has to grow */
                built = add_sink(&g, a, 99) >= 0;
            tb_status status = built ? run_fed(&g, 1000) : TB_FAIL;
            CHECK(status == (lost() ? TB_FAIL : TB_DONE));
            CHECK(!lost() || !built || g.err.code == TB_E_NOMEM);
            if (!lost())
                check_sinks(&g);
            graph_free(&g);
            CHECK(seen.opened == seen.closed);
        }
    }
}

static void a_chain_takes_so_many_stages_and_no_more(void)
{
    graph g;
    graph_new(&g);
    source_args a = {noise(3, 5, 1), 0};
    pick_args all = {0, 1, 99};
    image out = image_new(3, 5, 1);
    sink_args s = {&out, 99};
    tb_chain_add(&g.c, &source, &a, -1);
    for (int i = 1; i < TB_MAX_STAGES - 1; i++)
        CHECK(tb_chain_add(&g.c, &pick_rows, &all, i - 1) == i);
    CHECK(tb_chain_add(&g.c, &sink, &s, TB_MAX_STAGES - 2) == TB_MAX_STAGES - 1);
    CHECK(tb_chain_add(&g.c, &sink, &s, 0) == -1);
    CHECK(run_chain(&g.c, 10, &g.err) == TB_DONE);
    CHECK_SAME(out, a.picture);
    tb_chain_close(&g.c);
    CHECK(g.mem.used == 0);
    images_free();
}

static void a_hundred_stages_come_to_the_same(void)
{
    image in = noise(9, 31, 3), want = in, got = image_new(9, 31, 3);
    static box_args a[100];
    source_args first = {in, 7};
    sink_args last = {&got, 99};
    for (long steps = 1; steps < 2000; steps = steps * 7 + 2) {
        graph g;
        graph_new(&g);
        tb_chain_add(&g.c, &source, &first, -1);
        want = in;
        for (int i = 0; i < 100; i++) {
            a[i] = (box_args){i % 3, 1 + i % 2};
            CHECK(tb_chain_add(&g.c, &box, &a[i], i) == i + 1);
            want = naive_box(want, i % 3);
        }
        tb_chain_add(&g.c, &sink, &last, 100);
        CHECK(run_fed(&g, steps) == TB_DONE);
        CHECK_SAME(got, want);
        tb_chain_close(&g.c);
        CHECK(g.mem.used == 0);
    }
    images_free();
}

static void only_a_heavy_stage_makes_a_chain_heavy(void)
{
    for (int heavy = 0; heavy < 2; heavy++) {
        graph g;
        graph_new(&g);
        moody_args how = {.heavy = heavy, .bad_row = -1, .long_row = -1};
        int a = add_source(&g, noise(2, 2, 1), 0), b = tb_chain_add(&g.c, &moody, &how, a);
        g.want[b] = g.want[a];
        add_sink(&g, b, 99);
        CHECK(run_fed(&g, 1) == TB_DONE);
        CHECK(tb_chain_heavy(&g.c) == (heavy == 1));
        graph_free(&g);
        CHECK(!tb_chain_heavy(&g.c));
    }
}

static bool same_shape(image a, image b)
{
    return a.w == b.w && a.h == b.h && a.c == b.c;
}

static int below(uint32_t *seed, int n)
{
    return (int)(next_random(seed) >> 8) % n;
}

static void add_random_stage(graph *g, uint32_t *seed)
{
    int from = below(seed, g->c.count), other = below(seed, g->c.count), h = g->want[from].h;

    switch (below(seed, 6)) {
    case 0:
        add_hoard(g, from);
        break;
    case 1:
        add_pick(g, from, below(seed, h), 1 + below(seed, 4), 1 + below(seed, h));
        break;
    case 2:
    case 3:
        if (same_shape(g->want[from], g->want[other]))
            add_sum(g, from, other);
        break;
    default:
        add_box(g, from, below(seed, 5), 1 + below(seed, 4));
        break;
    }
}

/* Any graph comes to what its stages, each run over a whole picture, come to. */
static void random_graphs_equal_the_naive_ones(void)
{
    uint32_t seed = 1;
    for (int round = 0; round < 3000; round++) {
        graph g;
        graph_new(&g);
        int w = 1 + below(&seed, 9), h = 1 + below(&seed, 40), stages = 1 + below(&seed, 9);
        int sources = 1 + below(&seed, 2), sinks = 1 + below(&seed, 4);
        for (int i = 0; i < sources; i++)
            add_source(&g, noise(w, h, 1), below(&seed, 6));
        for (int i = 0; i < stages; i++)
            add_random_stage(&g, &seed);
        int made = g.c.count;
        for (int i = 0; i < sinks; i++)
            add_sink(&g, below(&seed, made), below(&seed, 3) ? 99 : 1 + below(&seed, h));
        for (int i = made - 1; i >= 0; i--) /* what nobody reads */
            if (g.c.stage[i].out[0].last == 0)
                add_sink(&g, i, 99);
        CHECK(run_fed(&g, 1 + below(&seed, 50)) == TB_DONE);
        check_sinks(&g);
        graph_free(&g);
    }
}

int main(void)
{
    an_empty_chain_is_done();
    a_tree_feeds_every_sink_at_its_own_speed();
    windows_and_bursts_of_every_size_fit_their_rings();
    memory_grows_with_the_width_alone();
    rows_nobody_wants_do_not_block_the_ring();
    a_sink_that_ends_early_stops_the_source();
    an_early_end_leaves_the_other_branches_alone();
    a_port_without_readers_does_not_block_the_others();
    hunger_pauses_and_loses_nothing();
    two_sources_may_be_hungry_in_turns();
    a_source_no_longer_read_is_not_hungry();
    branches_that_meet_again_never_lock();
    a_ring_too_large_to_move_in_a_step_waits_for_a_long_slice();
    a_long_step_waits_until_it_may_run();
    a_failing_open_leaves_the_rest_closed();
    a_failure_is_final();
    a_stage_that_ends_short_is_an_error_not_a_hang();
    a_stage_that_wants_more_than_its_window_is_an_error();
    every_slice_ends_when_its_budget_does();
    closing_half_way_gives_all_back();
    every_lost_allocation_is_survived();
    a_chain_takes_so_many_stages_and_no_more();
    a_hundred_stages_come_to_the_same();
    only_a_heavy_stage_makes_a_chain_heavy();
    random_graphs_equal_the_naive_ones();
    return 0;
}
