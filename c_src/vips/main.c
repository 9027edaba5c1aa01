/* main.c - the worker: a program that is started by the library beside it, and by nobody else.
 *
 * It goes apart, starts libvips, shuts itself in, says hello, and answers questions until nobody is there to ask. */
#define _GNU_SOURCE /* syscall, POLLRDHUP */
#include "domain.h"
#include "heap.h"
#include "heif.h"
#include "limits.h"
#include "load.h"
#include "sandbox.h"
#include "save.h"
#include "serve.h"
#include "words.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

/* Nothing that the VM has open is ours. */
static void close_the_rest(void)
{
    const int first = TB_FD_DESK + 1;
    long most;

#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, ~0u, 0) == 0)
        return;
#endif
    most = sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd < most && fd < 100000; fd++)
        close(fd);
}

/* ------------------------------------------------------------------- its end */

static void print(const char *text)
{
    if (write(2, text, strlen(text)) < 0)
        _exit(1);
}

/* Whoever started us would not be told otherwise. */
static void crashed(int number)
{
    const char digits[] = {(char)('0' + number / 10 % 10), (char)('0' + number % 10), '\n', 0};

    print("\n" TB_CRASHED);
    print(digits);
    if (tb_heap_failed())
        print("out of memory\n");
    _exit(1);
}

static void watch_for_crashes(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGFPE, SIGILL, SIGSYS};
    static char stack[1 << 16];
    const stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction how = {.sa_handler = crashed, .sa_flags = SA_ONSTACK};

    sigaltstack(&other, NULL);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &how, NULL);
}

/* In the midst of a picture, too. */
static void *end_with_them(void *arg)
{
#ifdef POLLRDHUP
    struct pollfd end = {.fd = TB_FD_SOCKET, .events = POLLRDHUP};
#else
    struct pollfd end = {.fd = TB_FD_SOCKET};
#endif

    for (;;)
        if (poll(&end, 1, -1) > 0)
            _exit(0);
    return arg;
}

static bool start_watching(void)
{
    pthread_attr_t attr;
    pthread_t thread;
    int failed;

    if (pthread_attr_init(&attr))
        return false;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, 1 << 17);
    failed = pthread_create(&thread, &attr, end_with_them, NULL);
    pthread_attr_destroy(&attr);
    return !failed;
}

/* ------------------------------------------------------------------- libvips */

/* Only what is asked for by name is used; what libvips calls untrusted is blocked but for those. */
static void allow(void)
{
    static const char *const classes[] = {"VipsForeignLoadSvg", "VipsForeignLoadJp2k", "VipsForeignLoadJxl",
                                          "VipsForeignLoadPdf", "VipsForeignLoadPpm",  "VipsForeignSaveJxl"};

    vips_block_untrusted_set(TRUE);
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        vips_operation_block_set(classes[i], FALSE);
}

/* No cache: each job's images are its own. */
static bool start_libvips(void)
{
    if (vips_init("thumbelina"))
        return false;
    allow();
    vips_cache_set_max(0);
    vips_leak_set(FALSE);
    tb_words_open();
    return true;
}

static uint32_t bit(tb_format f, const char *operation, bool codec)
{
    return codec && operation && vips_type_find("VipsOperation", operation) != 0 ? 1u << f : 0;
}

static bool say_hello(void)
{
    tb_hello hello = {.layout = TB_WIRE_LAYOUT};

    for (int i = 0; i < 3; i++)
        hello.libvips[i] = vips_version(i);
    for (int i = 0; i < TB_FORMATS; i++) {
        tb_format f = (tb_format)i;
        hello.reads |= bit(f, tb_loader_of(f), tb_heif_decodes(f));
        hello.writes |= bit(f, tb_saver_of(f), tb_heif_encodes(f));
    }
    return send(TB_FD_SOCKET, &hello, sizeof hello, 0) == (ssize_t)sizeof hello;
}

/* ----------------------------------------------------------------- questions */

static int file_with(struct msghdr *message)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(message);
    int fd = -1;

    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

/* False when nobody asks any longer. */
static bool next(tb_request *r, int *fd)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } with;
    struct iovec part = {r, sizeof *r};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &with, .msg_controllen = sizeof with.room};
    ssize_t n;

    do
        n = recvmsg(TB_FD_SOCKET, &message, MSG_WAITALL);
    while (n < 0 && errno == EINTR);
    *fd = n > 0 ? file_with(&message) : -1;
    return n == (ssize_t)sizeof *r;
}

int main(void)
{
    tb_request r;
    tb_reply a;
    int fd;

    close_the_rest();
    tb_domain_enter(); /* before there are other threads */
    umask(077);
    watch_for_crashes();
    if (!start_libvips() || !tb_serve_open() || !start_watching())
        return 1;
    tb_limits_open();
    tb_sandbox_close();
    if (!say_hello())
        return 1;
    while (next(&r, &fd))
        if (tb_serve(&r, fd, &a) && send(TB_FD_SOCKET, &a, sizeof a, 0) != (ssize_t)sizeof a)
            return 1;
    _exit(0);
}
