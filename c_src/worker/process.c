/* process.c - posix_spawn, which is safe where there are many threads.
 *
 * The VM may be told to ignore the ends of its children; then the system forgets them by itself, and
 * the number of one that has ended may soon be another's.  So where the system has handles of
 * processes, these are used. */
#define _GNU_SOURCE /* dladdr, syscall */
#include "process.h"
#include "wire.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#define LONGEST 1024
#define NAMES   24 /* of its environment */

extern char **environ;

static bool beside_us(char path[LONGEST], const char *file)
{
    Dl_info us;
    const char *slash;
    int n;

    if (!dladdr((void *)(uintptr_t)&beside_us, &us) || !us.dli_fname)
        return false;
    slash = strrchr(us.dli_fname, '/');
    n = slash ? (int)(slash - us.dli_fname) + 1 : 0;
    return snprintf(path, LONGEST, "%.*s%s", n, us.dli_fname, file) < LONGEST;
}

/* What the loader, the fonts and the codecs' plugins are found by; the rest is nobody's business.  One heap for
 * all threads: others would reserve addresses, which are counted.  No files for large pictures, and no
 * service that knows other file systems. */
static void choose_environment(char *to[NAMES + 1])
{
    static const char *const names[] = {"HOME=",
                                        "LANG=",
                                        "LC_ALL=",
                                        "LC_CTYPE=",
                                        "FONTCONFIG_FILE=",
                                        "FONTCONFIG_PATH=",
                                        "FONTCONFIG_SYSROOT=",
                                        "XDG_DATA_HOME=",
                                        "XDG_DATA_DIRS=",
                                        "XDG_CACHE_HOME=",
                                        "XDG_CONFIG_HOME=",
                                        "LD_LIBRARY_PATH=",
                                        "DYLD_LIBRARY_PATH=",
                                        "DYLD_FALLBACK_LIBRARY_PATH=",
                                        "LIBHEIF_PLUGIN_PATH=",
                                        "VIPSHOME=",
                                        NULL};
    static char arenas[] = "MALLOC_ARENA_MAX=1", disc[] = "VIPS_DISC_THRESHOLD=1000g",
                gio[] = "GIO_USE_VFS=local";
    int n = 0;

    to[n++] = arenas;
    to[n++] = disc;
    to[n++] = gio;
    for (char **e = environ; e && *e; e++)
        for (const char *const *name = names; *name && n < NAMES; name++)
            if (strncmp(*e, *name, strlen(*name)) == 0)
                to[n++] = *e;
    to[n] = NULL;
}

/* A session of its own, or at least a group: what is typed at a terminal is not for it, and it cannot type there. */
#ifdef POSIX_SPAWN_SETSID
#define APART POSIX_SPAWN_SETSID
#else
#define APART POSIX_SPAWN_SETPGROUP
#endif

static int set_attributes(posix_spawnattr_t *a)
{
    static const int ours[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD, SIGFPE};
    sigset_t none, all;

    sigemptyset(&none);
    sigemptyset(&all);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        sigaddset(&all, ours[i]);
    posix_spawnattr_setsigmask(a, &none);
    posix_spawnattr_setsigdefault(a, &all);
    posix_spawnattr_setpgroup(a, 0); /* where it has no session */
    return posix_spawnattr_setflags(a, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | APART);
}

static int set_files(posix_spawn_file_actions_t *f, int socket, int desk, int words)
{
    int failed = posix_spawn_file_actions_addopen(f, 0, "/dev/null", O_RDONLY, 0);

    failed |= posix_spawn_file_actions_addopen(f, 1, "/dev/null", O_WRONLY, 0);
    failed |= posix_spawn_file_actions_adddup2(f, words, 2);
    failed |= posix_spawn_file_actions_adddup2(f, socket, TB_FD_SOCKET);
    failed |= posix_spawn_file_actions_adddup2(f, desk, TB_FD_DESK);
    return failed;
}

static void name(tb_process *p)
{
    p->fd = -1;
#ifdef SYS_pidfd_open
    p->fd = (int)syscall(SYS_pidfd_open, p->pid, 0);
#endif
}

int tb_process_start(tb_process *p, const char *file, int socket, int desk, int words)
{
    char path[LONGEST], *env[NAMES + 1], *argv[] = {path, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    int failed = ENOMEM;

    assert(socket > TB_FD_DESK && desk > TB_FD_DESK && words > TB_FD_DESK);
    if (!beside_us(path, file))
        return ENOENT;
    choose_environment(env);
    if (posix_spawn_file_actions_init(&files))
        return failed;
    if (posix_spawnattr_init(&attr) == 0) {
        if (!set_attributes(&attr) && !set_files(&files, socket, desk, words))
            failed = posix_spawn(&p->pid, path, &files, &attr, argv, env);
        posix_spawnattr_destroy(&attr);
    }
    posix_spawn_file_actions_destroy(&files);
    if (!failed)
        name(p);
    return failed;
}

void tb_process_kill(const tb_process *p)
{
#ifdef SYS_pidfd_send_signal
    if (p->fd >= 0 && (syscall(SYS_pidfd_send_signal, p->fd, SIGKILL, NULL, 0) == 0 || errno == ESRCH))
        return;
#endif
    kill(p->pid, SIGKILL);
}

static bool reaped(const tb_process *p)
{
    int got = waitpid(p->pid, NULL, WNOHANG);

    if (got != 0)
        return got == p->pid || errno == ECHILD;
    return false;
}

bool tb_process_ended(tb_process *p, int ms)
{
    struct pollfd end = {.fd = p->fd, .events = POLLIN};

    if (p->fd >= 0 && ms > 0)
        poll(&end, 1, ms);
    while (!reaped(p)) {
        if (p->fd >= 0 || --ms < 0)
            return false;
        poll(NULL, 0, 1);
    }
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
    return true;
}

uint64_t tb_process_cpu(const tb_process *p)
{
    struct timespec t;
    clockid_t clock;

    if (clock_getcpuclockid(p->pid, &clock) || clock_gettime(clock, &t))
        return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
