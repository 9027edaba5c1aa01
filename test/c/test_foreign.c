/* test_foreign.c - whole jobs through libvips, where this build has it. */
#include "../../c_src/job.h"
#include "../../c_src/worker/pool.h"
#include "alone.h"
#include "files.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A picture as a PPM. */
static file ppm(image in)
{
    char head[40];
    size_t n = (size_t)snprintf(head, sizeof head, "P%d\n%d %d\n255\n", in.c == 1 ? 5 : 6, in.w, in.h);
    file f = keep_file((file){malloc(n + image_size(in)), n + image_size(in)});

    memcpy(f.data, head, n);
    memcpy(f.data + n, in.px, image_size(in));
    return f;
}

/* Into another format. */
static tb_status convert(file in, tb_format to, bool lossless, long stop_at, file *out, tb_error *err)
{
    tb_job *job = calloc(1, sizeof *job);
    tb_status status = TB_FAIL;
    bool normal = false; /* a slice there, first: nothing of libvips may run on it */

    CHECK(job);
    if (tb_job_open(job, &test_heap, 1, 1)) {
        job->plan.picture->limits = tb_default_limits;
        job->plan.picture->limits.formats = 0;
        job->plan.pipe->output = (tb_output){.format = to,
                                             .quality = 80,
                                             .lossless = lossless,
                                             .effort = 3,
                                             .bitdepth = 8,
                                             .level = 1,
                                             .dither = 1};
        tb_job_give(job, 0, in.data, in.size);
        do {
            steps_budget b = slice_of(7);
            b.base.long_ok = normal;
            b.stop_at = stop_at;
            status = tb_job_run(job, &b.base);
            normal = status == TB_LONG;
        } while (status == TB_MORE || status == TB_LONG);
    }
    *err = job->error;
    if (status == TB_DONE && out)
        *out = file_of_bytes(&job->plan.result->bytes);
    tb_job_close(job);
    CHECK(job->mem.used == 0 && atomic_load(&test_heap.used) == 0);
    free(job);
    return status;
}

static bool here(void)
{
    char why[TB_WHY];

    return tb_foreign_wait(NULL, why);
}

static void without_libvips_it_is_said(void)
{
    file in = ppm(gradient(5, 4, 3));
    tb_error err;

    if (!here()) {
        CHECK(convert(in, TB_PNG, false, 0, NULL, &err) == TB_FAIL && err.code == TB_E_UNSUPPORTED);
        CHECK(strstr(err.text, "libvips"));
    }
}

/* A package, or what to do instead. */
static bool helps(const char *text)
{
    return strstr(text, "(Debian: lib") || strstr(text, "ImageMagick") || strstr(text, "format: :png");
}

static void what_is_missing_is_named(const char *package)
{
    static const char why[] = "libvips could not be loaded (Debian: libvips42)";

    for (int f = TB_GIF; f < TB_FORMATS; f++)
        for (int written = 0; written < 2; written++) {
            tb_error err = {0};
            CHECK(tb_foreign_lacks(&err, "walk", (tb_format)f, written, NULL) == TB_FAIL);
            CHECK(err.code == TB_E_UNSUPPORTED && helps(err.text) && strlen(err.text) < sizeof err.text - 1);
            CHECK(strncmp(err.text, tb_format_name((tb_format)f), 3) == 0);
            CHECK(f != TB_JXL || strstr(err.text, package));
            CHECK(f != TB_AVIF || !tb_foreign() || strstr(err.text, written ? "aomenc" : "dav1d"));
            err = (tb_error){0};
            tb_foreign_lacks(&err, "walk", (tb_format)f, written, why);
            CHECK(helps(err.text) && (f != TB_JXL || tb_foreign() || strstr(err.text, why)));
        }
    tb_error err = {0};
    CHECK(tb_foreign_needed(&err, "palette", why) == TB_FAIL && strstr(err.text, why));
}

static void there_and_back_is_the_same(void)
{
    static const tb_format formats[] = {TB_TIFF, TB_JP2, TB_JXL};
    tb_error err;

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        for (int c = 1; c <= 3; c += 2) {
            file in = ppm(noise(45, 37, c)), there, direct, back;
            if (!tb_foreign()->writes(formats[i]))
                continue;
            CHECK(convert(in, formats[i], true, 0, &there, &err) == TB_DONE);
            CHECK(convert(there, TB_PNG, false, 0, &back, &err) == TB_DONE);
            CHECK(convert(in, TB_PNG, false, 0, &direct, &err) == TB_DONE);
            CHECK_SAME_FILE(back, direct);
        }
}

static void every_allocation_may_fail(void)
{
    file in = ppm(noise(45, 37, 3));
    tb_error err;

    for (long n = 0; lose_next(&n);)
        CHECK_LOSS(convert(in, TB_TIFF, false, 0, NULL, &err), &err);
}

/* At the first look, in the midst of it, or too late. */
static void it_stops_when_asked(void)
{
    file in = ppm(noise(1200, 900, 3));
    tb_error err;

    for (long at = 1; at < 30; at += 9) {
        tb_status status = convert(in, TB_JP2, false, at, NULL, &err);
        CHECK(status == TB_DONE || err.code == TB_E_CANCELLED);
    }
}

static void what_is_cut_off_is_an_error(void)
{
    file in = ppm(noise(45, 37, 3)), tiff;
    tb_error err;

    CHECK(convert(in, TB_TIFF, false, 0, &tiff, &err) == TB_DONE);
    for (size_t size = 3; size < tiff.size; size += 1 + tiff.size / 60)
        CHECK(convert((file){tiff.data, size}, TB_PNG, false, 0, NULL, &err) == TB_FAIL && err.text[0]);
}

/* Nobody takes another one, and nobody waits. */
static void one_that_is_killed_is_forgotten(void)
{
    char why[TB_WHY];
    tb_hello hello;
    tb_worker *w = tb_pool_start(&hello, NULL, why);
    pid_t pid = w ? w->process.pid : 0;
    int ms = 0;

    CHECK(pid > 0 && kill(pid, 0) == 0);
    tb_pool_kill(w, 0);
    while (kill(pid, 0) == 0 && ms++ < 20000)
        poll(NULL, 0, 1);
    CHECK(kill(pid, 0) < 0 && errno == ESRCH);
}

/* ------------------------------------------------------------------- another worker */

#ifdef __GLIBC__
/* It lies beside a program that is called as if it were in a directory of ours, and is a script: it notes that it was
 * started, and does what it is told here. */
static char dir[] = "/tmp/thumbelina_XXXXXX";

static const char *in_dir(const char *name)
{
    static char path[100];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void worker_is(const char *script)
{
    FILE *f = fopen(in_dir("thumbelina_vips"), "w");

    CHECK(f && fprintf(f, "#!/bin/sh\necho $$ >>\"$0.starts\"\n%s\n", script) > 0 && fclose(f) == 0);
    CHECK(chmod(in_dir("thumbelina_vips"), 0700) == 0);
}

static long starts(void)
{
    struct stat is;

    return stat(in_dir("thumbelina_vips.starts"), &is) == 0 ? (long)is.st_size : 0;
}

static pid_t last_started(void)
{
    FILE *f = fopen(in_dir("thumbelina_vips.starts"), "r");
    int pid = 0;

    while (f && fscanf(f, "%d", &pid) == 1)
        continue;
    CHECK(f && fclose(f) == 0);
    return pid;
}

static bool never(tb_stop *stop)
{
    return stop == NULL;
}

/* All that wait for it share it. */
static void a_start_that_hangs_ends_with_the_last_who_waits(void)
{
    bool one = false, two = false;
    char why[TB_WHY];
    pid_t pid;

    worker_is("exec sleep 100");
    while (starts() == 0)
        CHECK(tb_foreign_start(&one, why) == TB_MORE && one);
    for (int i = 0; i < 20; i++)
        CHECK(tb_foreign_start(i % 2 ? &one : &two, why) == TB_MORE && !why[0]);
    pid = last_started();
    tb_foreign_leave(&one);
    CHECK(!one && kill(pid, 0) == 0);
    CHECK(tb_foreign_start(&two, why) == TB_MORE);
    tb_foreign_leave(&two);
    tb_foreign_leave(&two);
    while (kill(pid, 0) == 0)
        poll(NULL, 0, 1);
    CHECK(last_started() == pid);
}

/* The job is closed: its memory is back, and so is what it waited for. */
static void a_job_that_waits_for_it_can_end(void)
{
    file in = ppm(noise(9, 7, 3));
    tb_job *job = calloc(1, sizeof *job);
    long before = starts();

    CHECK(job && tb_job_open(job, &test_heap, 1, 1));
    job->plan.picture->limits = tb_default_limits;
    job->plan.picture->limits.formats = 0;
    tb_job_give(job, 0, in.data, in.size);
    while (starts() == before) {
        steps_budget b = slice_of(2);
        CHECK(tb_job_run(job, &b.base) == TB_MORE);
    }
    tb_job_close(job);
    free(job);
    while (kill(last_started(), 0) == 0)
        poll(NULL, 0, 1);
}

static void who_waits_for_all_of_it_is_left_when_told(void)
{
    steps_budget b = {.base.stop.asked = asked_to_stop, .stop_at = 5};
    char why[TB_WHY];

    CHECK(!tb_foreign_wait(&b.base.stop, why) && !why[0] && b.asked == 5);
}

static void one_that_failed_slowly_is_not_tried_again_at_once(void)
{
    tb_stop stop = {.asked = never};
    char why[TB_WHY], again[TB_WHY];
    file in = ppm(noise(9, 7, 3));
    long before;
    tb_error err;

    worker_is("sleep 2");
    CHECK(!tb_foreign_wait(&stop, why) && why[0]);
    before = starts();
    CHECK(!tb_foreign_wait(NULL, again) && strcmp(why, again) == 0);
    CHECK(convert(in, TB_PNG, false, 0, NULL, &err) == TB_FAIL && err.code == TB_E_UNSUPPORTED);
    CHECK(strstr(err.text, why) && starts() == before);
}

static int with_another_worker(const char *name)
{
    CHECK(strlen(name) > sizeof dir);
    memcpy(dir, name, sizeof dir - 1);
    a_start_that_hangs_ends_with_the_last_who_waits();
    a_job_that_waits_for_it_can_end();
    who_waits_for_all_of_it_is_left_when_told();
    one_that_failed_slowly_is_not_tried_again_at_once();
    images_free();
    files_free();
    return 0;
}

static void there_may_be_another_worker(char *program)
{
    int status = 1;
    pid_t child;

    CHECK(mkdtemp(dir));
    child = fork();
    if (child == 0) {
        execv(program, (char *[]){(char *)in_dir("test"), "another", NULL});
        _exit(1);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    unlink(in_dir("thumbelina_vips"));
    unlink(in_dir("thumbelina_vips.starts"));
    CHECK(rmdir(dir) == 0 && status == 0);
}
#else
static int with_another_worker(const char *name)
{
    return 0;
}

static void there_may_be_another_worker(char *program)
{
}
#endif

int main(int argc, char **argv)
{
    if (argc > 1)
        return with_another_worker(argv[0]);
    tb_pool_open();
    if (tb_foreign_may_read(TB_GIF))
        there_may_be_another_worker(argv[0]);
    what_is_missing_is_named("libvips-dev");
    without_libvips_it_is_said();
    if (here()) {
        what_is_missing_is_named("libvips42");
        there_and_back_is_the_same();
        every_allocation_may_fail();
        it_stops_when_asked();
        what_is_cut_off_is_an_error();
        one_that_is_killed_is_forgotten();
    }
    tb_pool_close();
    wait_until_alone();
    images_free();
    files_free();
    return 0;
}
