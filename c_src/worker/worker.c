/* worker.c - starts a worker, asks it, ends it. */
#define _GNU_SOURCE /* pipe2 */
#include "worker.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FILE_NAME "thumbelina_vips"
#define LOOK      2     /* ms between two looks at the stop */
#define PATIENCE  30000 /* ms until it has said hello, on a machine that is very busy */

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

/* ------------------------------------------------------------------- speaking */

static bool say(tb_worker *w, tb_request *r, int fd)
{
    struct iovec part = {r, sizeof *r};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } with = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    r->number = ++w->number;
    if (fd >= 0) {
        message.msg_control = &with;
        message.msg_controllen = sizeof with.room;
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    return sendmsg(w->socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof *r;
}

/* So many bytes; or until `stop` says so, or so many ms have gone. */
static tb_heard hear(const tb_worker *w, void *to, size_t size, tb_stop *stop, long ms)
{
    struct pollfd ready = {.fd = w->socket, .events = POLLIN};
    size_t got = 0;

    while (got < size) {
        ssize_t n = recv(w->socket, (char *)to + got, size - got, MSG_DONTWAIT);
        if (n > 0)
            got += (size_t)n;
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
            return TB_GONE;
        else if (poll(&ready, 1, LOOK) == 0 && ms > 0 && (ms -= LOOK) <= 0)
            return TB_GONE;
        if (got < size && stop && stop->asked(stop))
            return TB_STOPPED;
    }
    return TB_HEARD;
}

tb_heard tb_worker_ask(tb_worker *w, tb_request *r, int fd, tb_reply *reply, tb_stop *stop)
{
    uint64_t now;
    tb_heard heard = say(w, r, fd) ? hear(w, reply, sizeof *reply, stop, 0) : TB_GONE;

    if (heard == TB_HEARD && reply->number != w->number)
        heard = TB_GONE;
    now = heard == TB_HEARD ? reply->cpu : tb_process_cpu(&w->process);
    if (stop && now > w->cpu && r->what != TB_DO_BEGIN)
        stop->aside += now - w->cpu;
    if (now > w->cpu)
        w->cpu = now;
    return heard;
}

bool tb_worker_tell(tb_worker *w, tb_request *r)
{
    return say(w, r, -1);
}

size_t tb_worker_words(tb_worker *w, char *to, size_t room)
{
    char rest[2048];
    size_t got = 0;
    ssize_t n = 1;

    for (int i = 0; i < 64 && n > 0; i++) { /* a pipe holds no more, and it may print on */
        n = got < room ? read(w->words, to + got, room - got) : read(w->words, rest, sizeof rest);
        if (n > 0 && got < room)
            got += (size_t)n;
    }
    return got;
}

/* ------------------------------------------------------------------- beginning, ending */

/* Away from the numbers that it will have in the worker. */
static int high(int fd)
{
    int other = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 10);

    if (fd >= 0)
        close(fd);
    return other;
}

/* Who prints too much is not to wait for us, nor we for who does not. */
static bool open_pipe(int fd[2])
{
#ifdef __linux__
    if (pipe2(fd, O_CLOEXEC | O_NONBLOCK))
        return false;
#else
    if (pipe(fd))
        return false;
    for (int i = 0; i < 2; i++) {
        fcntl(fd[i], F_SETFD, FD_CLOEXEC);
        fcntl(fd[i], F_SETFL, O_NONBLOCK);
    }
#endif
    return true;
}

static bool open_socket(int fd[2])
{
#ifdef __linux__
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == 0;
#else
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
        return false;
    fcntl(fd[0], F_SETFD, FD_CLOEXEC);
    fcntl(fd[1], F_SETFD, FD_CLOEXEC);
#ifdef SO_NOSIGPIPE
    setsockopt(fd[0], SOL_SOCKET, SO_NOSIGPIPE, &(int){1}, sizeof(int));
#endif
    return true;
#endif
}

static void close_files(tb_worker *w)
{
    int *const all[] = {&w->socket, &w->words, &w->far_socket, &w->far_words};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (*all[i] >= 0)
            close(*all[i]);
        *all[i] = -1;
    }
}

static bool open_files(tb_worker *w)
{
    int socket[2], words[2];

    if (!open_socket(socket))
        return false;
    w->socket = socket[0];
    w->far_socket = high(socket[1]);
    if (!open_pipe(words))
        return false;
    w->words = words[0];
    w->far_words = high(words[1]);
    return w->far_socket >= 0 && w->far_words >= 0 && tb_region_open(&w->desk, TB_DESK);
}

tb_worker *tb_worker_new(void)
{
    tb_worker *w = calloc(1, sizeof *w); /* it outlives the job */

    if (!w)
        return NULL;
    w->socket = w->words = w->far_socket = w->far_words = w->process.fd = -1;
    if (open_files(w))
        return w;
    tb_worker_kill(w);
    tb_worker_free(w, 0);
    return NULL;
}

bool tb_worker_start(tb_worker *w, char why[TB_WHY])
{
    int desk = fcntl(w->desk.fd, F_DUPFD_CLOEXEC, 10);
    int failed =
        desk < 0 ? EMFILE : tb_process_start(&w->process, FILE_NAME, w->far_socket, desk, w->far_words);

    if (desk >= 0)
        close(desk);
    close(w->far_socket);
    close(w->far_words);
    w->far_socket = w->far_words = -1;
    if (failed == ENOENT)
        snprintf(why, TB_WHY, TB_WITHOUT);
    else if (failed)
        snprintf(why, TB_WHY, "the system starts no process for it");
    return !failed;
}

/* It ended without a word: the loader has said why, or it was killed. */
static void say_why(tb_worker *w, char *why)
{
    char words[300];
    size_t n = tb_worker_words(w, words, sizeof words - 1);

    words[n] = 0;
    if (strstr(words, "shared librar") || strstr(words, "Library not loaded"))
        snprintf(why, TB_WHY, "libvips could not be loaded (Debian: libvips42)");
    else
        snprintf(why, TB_WHY, "its process did not start");
}

tb_heard tb_worker_hello(tb_worker *w, tb_hello *hello, tb_stop *stop, char why[TB_WHY])
{
    tb_heard heard = hear(w, hello, sizeof *hello, stop, PATIENCE);

    if (heard == TB_GONE)
        say_why(w, why);
    else if (heard == TB_HEARD && hello->layout != TB_WIRE_LAYOUT) {
        snprintf(why, TB_WHY, "its program for libvips is of another build");
        heard = TB_GONE;
    }
    return heard;
}

void tb_worker_kill(tb_worker *w)
{
    if (w->process.pid > 0)
        tb_process_kill(&w->process);
    close_files(w);
    tb_region_close(&w->desk);
}

bool tb_worker_free(tb_worker *w, int ms)
{
    if (w->process.pid > 0 && !tb_process_ended(&w->process, ms))
        return false;
    free(w);
    return true;
}
