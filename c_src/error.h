/* error.h - why a job failed: a code, the stage that noticed, one sentence. */
#ifndef TB_ERROR_H
#define TB_ERROR_H

typedef enum {
    TB_MORE, /* call again */
    TB_DONE,
    TB_FAIL,
    TB_HUNGRY, /* needs bytes of input that are not here yet */
    TB_LONG,   /* the next step cannot be cut, and this slice is too short for it */
    TB_FULL,   /* a piece of output waits to be taken */
} tb_status;

typedef enum {
    TB_E_NONE,
    TB_E_CORRUPT,     /* the input breaks its own format */
    TB_E_TRUNCATED,   /* the input ends too early */
    TB_E_UNSUPPORTED, /* valid, but we do not handle it */
    TB_E_LIMIT,       /* a limit of the caller was reached */
    TB_E_NOMEM,
    TB_E_TIMEOUT,
    TB_E_CANCELLED, /* nobody waits for the answer any more */
} tb_code;

#define TB_WARNINGS 4 /* kept; all are counted */

typedef struct {
    tb_code code;
    const char *stage; /* static string */
    char text[200];
    unsigned warnings; /* how many there were */
    char warning[TB_WARNINGS][120];
} tb_error;

/* Records the first failure and returns TB_FAIL, so a stage can write
 * `return tb_fail(err, ...)`.  Later failures of the same job are ignored. */
tb_status tb_fail(tb_error *err, tb_code code, const char *stage, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Notes that something was not as it should be, though the picture can be made. */
void tb_warn(tb_error *err, const char *stage, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
