/* test_error.c - the first failure wins, warnings are counted. */
#include "check.h"

static void the_first_failure_wins(void)
{
    tb_error err = {0};
    CHECK(tb_fail(&err, TB_E_TRUNCATED, "png", "ends in row %d of %d", 3, 7) == TB_FAIL);
    CHECK(tb_fail(&err, TB_E_CORRUPT, "jpeg", "something else") == TB_FAIL);
    CHECK(err.code == TB_E_TRUNCATED && !strcmp(err.stage, "png"));
    CHECK(!strcmp(err.text, "ends in row 3 of 7"));
}

static void a_sentence_too_long_is_cut(void)
{
    char line[600];
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = 0;
    tb_error err = {0};
    tb_fail(&err, TB_E_CORRUPT, "png", "%s", line);
    CHECK(strlen(err.text) == sizeof err.text - 1 && err.warnings == 0);
    tb_warn(&err, "png", "%s", line);
    tb_warn(&err, line, "%s", "text"); /* a stage's name that leaves no room */
    for (int i = 0; i < 2; i++)
        CHECK(strlen(err.warning[i]) == sizeof err.warning[i] - 1);
}

static void warnings_are_counted_and_the_first_few_kept(void)
{
    tb_error err = {0};
    for (unsigned i = 0; i < 1000; i++) {
        tb_warn(&err, "jpeg", "odd marker %u", i);
        CHECK(err.warnings == i + 1);
    }
    for (unsigned i = 0; i < TB_WARNINGS; i++) {
        char want[40];
        snprintf(want, sizeof want, "jpeg: odd marker %u", i);
        CHECK(!strcmp(err.warning[i], want));
    }
    CHECK(err.code == TB_E_NONE && !err.text[0]);
    tb_fail(&err, TB_E_CORRUPT, "jpeg", "too many");
    CHECK(err.warnings == 1000 && err.code == TB_E_CORRUPT);
}

int main(void)
{
    the_first_failure_wins();
    a_sentence_too_long_is_cut();
    warnings_are_counted_and_the_first_few_kept();
    return 0;
}
