/* words.h - what libvips says: errors and warnings, as those of a job. */
#ifndef TB_WORDS_H
#define TB_WORDS_H

#include "../error.h"
#include "../header.h"

/* Takes the log of libvips; once. */
void tb_words_open(void);

/* Before each question: from now on warnings go to err. */
void tb_words_begin(tb_error *err);

/* Something failed: with what libvips has said of it, if it was about that format (TB_UNKNOWN: any). */
tb_status tb_words_fail(tb_error *err, tb_format f, const char *what);

#endif
