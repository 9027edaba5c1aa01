/* drain.h - the end of a fuzzed chain: reads all rows, in slices of some steps. */
#ifndef DRAIN_H
#define DRAIN_H

#include "../../c_src/chain.h"

static inline tb_status drain_open(tb_stage *s, tb_error *err)
{
    (void)err;
    s->in[0].window = s->in[0].want = 1;
    return TB_MORE;
}

/* Reads every byte, so that none may be missing. */
static inline tb_status drain_step(tb_stage *s, tb_error *err)
{
    tb_in *in = &s->in[0];
    tb_shape shape = in->rows->shape;
    const uint8_t *row = tb_row(in, in->first);
    volatile uint8_t sum = 0;

    (void)err;
    for (int i = 0; i < shape.width * shape.channels; i++)
        sum = (uint8_t)(sum + row[i]);
    tb_advance(in, in->first + 1, in->first + 2);
    return in->first == shape.height ? TB_DONE : TB_MORE;
}

static const tb_stage_ops drain = {.name = "drain", .ins = 1, .open = drain_open, .step = drain_step};

typedef struct {
    tb_budget base;
    int steps;
} drain_budget;

static inline bool drain_left(tb_budget *b)
{
    return --((drain_budget *)(void *)b)->steps > 0;
}

static inline bool drain_never(tb_stop *stop)
{
    (void)stop;
    return false;
}

/* Runs the chain for as long as it can move. */
static inline tb_status drain_run(tb_chain *c, int steps, tb_error *err)
{
    tb_status status;

    do {
        drain_budget b = {{{.asked = drain_never}, drain_left, true}, steps};
        status = tb_chain_run(c, &b.base, err);
    } while (status == TB_MORE);
    return status;
}

#endif
