/* test_sandbox.c - what a worker that was taken over cannot do. */
#include "../../c_src/vips/domain.c"
#include "../../c_src/vips/sandbox.c"
#include "check.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* All that would say of an argument that it is wrong say it is not allowed instead. */
static const struct {
    long call, a, b, c;
} asked[] = {
    {SYS_fcntl, 0, F_SETOWN, 1},
    {SYS_fcntl, 0, F_SETOWN_EX, 0},
    {SYS_fcntl, 0, F_SETSIG, SIGKILL},
    {SYS_fcntl, 0, F_SETFL, O_ASYNC},
    {SYS_fcntl, 0, F_SETFL, O_ASYNC | O_NONBLOCK},
    {SYS_fcntl, 0, F_SETLEASE, F_RDLCK},
    {SYS_fcntl, 0, F_NOTIFY, 0},
    {SYS_fcntl, 0, F_SETLK, 0},
    {SYS_fcntl, 0, F_SETLKW, 0},
    {SYS_fcntl, 0, F_OFD_SETLK, 0},
    {SYS_fcntl, 0, F_OFD_SETLKW, 0},
    {SYS_ioctl, 0, TIOCSTI, 0},
    {SYS_ioctl, 0, TIOCLINUX, 0},
    {SYS_ioctl, 0, FIOASYNC, 0},
    {SYS_ioctl, 0, FIOSETOWN, 0},
    {SYS_ioctl, 0, SIOCSPGRP, 0},
    {SYS_setpriority, PRIO_USER, 0, 1},
    {SYS_setpriority, PRIO_PROCESS, 1, 1},
    {SYS_ioprio_set, 3, 0, 0},
    {SYS_sched_setaffinity, 1, 0, 0},
    {SYS_sched_setscheduler, 1, 0, 0},
    {SYS_sched_setparam, 1, 0, 0},
    {SYS_sched_setattr, 1, 0, 0},
    {SYS_prlimit64, 1, 0, 0},
    {SYS_kill, 1, 0, 0},
    {SYS_tgkill, 1, 1, 0},
    {SYS_execve, 0, 0, 0},
    {SYS_clone, SIGCHLD, 0, 0},
    {SYS_socket, AF_UNIX, SOCK_STREAM, 0},
    {SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0},
    {SYS_openat, AT_FDCWD, 0, O_WRONLY},
    {SYS_utimensat, AT_FDCWD, 0, 0},
    {SYS_setxattr, 0, 0, 0},
    {SYS_lsetxattr, 0, 0, 0},
    {SYS_fsetxattr, 0, 0, 0},
    {SYS_removexattr, 0, 0, 0},
    {SYS_lremovexattr, 0, 0, 0},
    {SYS_fremovexattr, 0, 0, 0},
    {SYS_open_by_handle_at, 0, 0, 0},
    {SYS_migrate_pages, 1, 0, 0},
    {SYS_move_pages, 1, 0, 0},
    {SYS_process_vm_writev, 1, 0, 0},
    {SYS_flock, 0, 0, 0},
    {SYS_shmget, 0, 0, 0},
    {SYS_unshare, 0, 0, 0},
#ifdef __x86_64__
    {SYS_open, 0, O_RDWR, 0},
    {SYS_utime, 0, 0, 0},
    {SYS_utimes, 0, 0, 0},
    {SYS_futimesat, 0, 0, 0},
#endif
#ifdef SYS_fchmodat2
    {SYS_fchmodat2, 0, 0, 0},
#endif
#ifdef SYS_process_madvise
    {SYS_process_madvise, 0, 0, 0},
#endif
};

/* Whatever they are asked: of some the system's owner alone would notice. */
static const unsigned never[] = {
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_execveat,
    SYS_ptrace,
    SYS_tkill,
    SYS_truncate,
    SYS_unlinkat,
    SYS_renameat2,
    SYS_linkat,
    SYS_symlinkat,
    SYS_mkdirat,
    SYS_mknodat,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_fchownat,
    SYS_shmat,
    SYS_shmctl,
    SYS_msgget,
    SYS_msgsnd,
    SYS_msgrcv,
    SYS_msgctl,
    SYS_semget,
    SYS_semop,
    SYS_semtimedop,
    SYS_semctl,
    SYS_mq_open,
    SYS_mq_unlink,
    SYS_setns,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_syslog,
    SYS_userfaultfd,
    SYS_vhangup,
    SYS_fanotify_init,
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setfsuid,
    SYS_setfsgid,
    SYS_setgroups,
    SYS_capset,
    SYS_bpf,
    SYS_keyctl,
    SYS_add_key,
    SYS_perf_event_open,
    SYS_process_vm_readv,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
#ifdef __x86_64__
    SYS_creat,
    SYS_fork,
    SYS_vfork,
    SYS_unlink,
    SYS_rename,
    SYS_renameat,
    SYS_link,
    SYS_symlink,
    SYS_mkdir,
    SYS_rmdir,
    SYS_mknod,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_iopl,
    SYS_ioperm,
#endif
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef SYS_open_tree
    SYS_open_tree,
    SYS_move_mount,
    SYS_fsopen,
    SYS_fsmount,
    SYS_fspick,
#endif
#ifdef SYS_mount_setattr
    SYS_mount_setattr,
#endif
#ifdef SYS_setxattrat
    SYS_setxattrat,
    SYS_removexattrat,
#endif
#ifdef SYS_pidfd_send_signal
    SYS_pidfd_send_signal,
#endif
#ifdef SYS_pidfd_getfd
    SYS_pidfd_getfd,
#endif
};

/* What the filter says to a call that nobody makes. */
static unsigned said(const filter *f, long call, long a, long b, long c)
{
    const struct seccomp_data d = {
        .nr = (int)call, .arch = ARCH, .args = {(unsigned long)a, (unsigned long)b, (unsigned long)c}};
    unsigned x = 0, to = 0;

    for (unsigned i = 0; i < f->n; i += to + 1) {
        const struct sock_filter *l = &f->line[i];
        to = 0;
        if (BPF_CLASS(l->code) == BPF_RET)
            return l->k;
        if (BPF_CLASS(l->code) == BPF_LD)
            memcpy(&x, (const char *)&d + l->k, sizeof x);
        else if (BPF_OP(l->code) == BPF_JEQ)
            to = x == l->k ? l->jt : l->jf;
        else if (BPF_OP(l->code) == BPF_JGE)
            to = x >= l->k ? l->jt : l->jf;
        else
            to = x & l->k ? l->jt : l->jf;
    }
    return 0; /* it has no end: that is no answer */
}

static void what_is_refused_is_refused_to_all(void)
{
    const unsigned no = SECCOMP_RET_ERRNO | EPERM;
    filter f = {.n = 0};

    make(&f);
    for (size_t i = 0; i < COUNT(asked); i++)
        CHECK(said(&f, asked[i].call, asked[i].a, asked[i].b, asked[i].c) == no);
    for (size_t i = 0; i < COUNT(never); i++)
        CHECK(said(&f, never[i], 0, 0, 0) == no && said(&f, never[i], -1, -1, -1) == no);
#ifdef SYS_clone3
    CHECK(said(&f, SYS_clone3, 0, 0, 0) == (SECCOMP_RET_ERRNO | ENOSYS));
#endif
#ifdef SYS_openat2
    CHECK(said(&f, SYS_openat2, 0, 0, 0) == (SECCOMP_RET_ERRNO | ENOSYS));
#endif
#ifdef SYS_io_uring_setup
    CHECK(said(&f, SYS_io_uring_setup, 0, 0, 0) == (SECCOMP_RET_ERRNO | ENOSYS));
#endif
}

static void what_is_needed_is_let_through(void)
{
    static const long calls[] = {SYS_read, SYS_mmap, SYS_futex, SYS_recvmsg, SYS_sendto, SYS_exit_group};
    const unsigned yes = SECCOMP_RET_ALLOW;
    filter f = {.n = 0};

    make(&f);
    for (size_t i = 0; i < COUNT(calls); i++)
        CHECK(said(&f, calls[i], 0, 0, 0) == yes && said(&f, calls[i], 7, 7, 7) == yes);
    CHECK(said(&f, SYS_openat, AT_FDCWD, 0, O_RDONLY | O_CLOEXEC) == yes);
    CHECK(said(&f, SYS_clone, CLONE_VM | CLONE_THREAD, 0, 0) == yes);
    CHECK(said(&f, SYS_fcntl, 3, F_SETFL, O_NONBLOCK) == yes && said(&f, SYS_fcntl, 3, F_GETFL, 0) == yes);
    CHECK(said(&f, SYS_fcntl, 3, F_DUPFD_CLOEXEC, O_ASYNC) == yes);
    CHECK(said(&f, SYS_tgkill, getpid(), 1, SIGABRT) == yes);
    CHECK(said(&f, SYS_prlimit64, 0, 0, 0) == yes && said(&f, SYS_sched_setaffinity, 0, 0, 0) == yes);
}

/* The number of the first that is not refused, and 1; 0 if all are. */
static int first_that_goes(void)
{
    for (size_t i = 0; i < COUNT(asked); i++)
        if (syscall(asked[i].call, asked[i].a, asked[i].b, asked[i].c, 0, 0) != -1 || errno != EPERM)
            return (int)i + 1;
    return 0;
}

static bool does_its_own(void)
{
    struct rlimit files;
    int fd = open("/dev/null", O_RDONLY);

    return fd >= 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) &&
           prlimit(0, RLIMIT_NOFILE, NULL, &files) == 0 && syscall(SYS_tgkill, getpid(), gettid(), 0) == 0;
}

static int own(void)
{
    return does_its_own() ? 0 : 1;
}

/* In a process of its own; -1 where the system lets none do so. */
static int in_child(bool (*shut_in)(void), int (*what)(void))
{
    int status;
    pid_t child = fork();

    if (child == 0)
        _exit(shut_in() ? what() : 255);
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status) == 255 ? -1 : WEXITSTATUS(status);
}

static bool shuts_itself_in(void)
{
    tb_sandbox_close();
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2;
}

static int in_there(int (*what)(void))
{
    return in_child(shuts_itself_in, what);
}

/* ---------------------------------------------------------------- processes */

#ifdef SYS_landlock_create_ruleset
static bool goes_apart(void)
{
    tb_domain_enter();
    return syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* its version */) > 0;
}
#else
static bool goes_apart(void)
{
    tb_domain_enter();
    return false;
}
#endif

/* What of a process is its own: the secrets of its environment, of its memory and of its files. */
static const char *const secrets[] = {"environ", "mem", "maps", "auxv", "root/etc/passwd", "cwd/.", "fd/9"};

static bool opens(pid_t pid, const char *what)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* The number of the first that can be seen, and 1. */
static int first_seen(pid_t pid)
{
    for (size_t i = 0; i < COUNT(secrets); i++)
        if (opens(pid, secrets[i]))
            return (int)i + 1;
    return 0;
}

static int all_seen(pid_t pid)
{
    for (size_t i = 0; i < COUNT(secrets); i++)
        if (!opens(pid, secrets[i]))
            return (int)i + 1;
    return 0;
}

static int first_seen_of_parent(void)
{
    return first_seen(getppid());
}

static int all_seen_of_parent(void)
{
    return all_seen(getppid());
}

static void *look_at_parent(void *first)
{
    *(int *)first = first_seen_of_parent();
    return NULL;
}

static int first_seen_by_a_thread(void)
{
    pthread_t thread;
    int first = 0;

    CHECK(pthread_create(&thread, NULL, look_at_parent, &first) == 0 && pthread_join(thread, NULL) == 0);
    return first;
}

/* Another worker. */
static pid_t other;

static int first_seen_of_other(void)
{
    return first_seen(other);
}

static pid_t start_other(void)
{
    int ready[2];
    char c = 0;

    CHECK(pipe(ready) == 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        goes_apart();
        CHECK(write(ready[1], &c, 1) == 1);
        for (;;)
            pause();
    }
    CHECK(read(ready[0], &c, 1) == 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

static int sees_itself(void)
{
    return all_seen(getpid());
}

static bool stays(void)
{
    return true;
}

static void the_secrets_of_other_processes_are_not_seen(void)
{
    CHECK(dup2(open("/dev/null", O_RDONLY), 9) == 9);
    if (in_child(stays, all_seen_of_parent) != 0)
        return; /* nobody sees them, on this system */
    CHECK(in_child(goes_apart, first_seen_of_parent) <= 0);
    CHECK(in_child(goes_apart, first_seen_by_a_thread) <= 0);
    other = start_other();
    CHECK(in_child(goes_apart, first_seen_of_other) <= 0);
    CHECK(kill(other, SIGKILL) == 0 && waitpid(other, NULL, 0) == other);
}

static int makes_files(void)
{
    char path[] = "/tmp/test_sandbox.XXXXXX";
    int fd = mkstemp(path);

    if (fd >= 0)
        unlink(path);
    return fd >= 0;
}

static void what_is_apart_goes_on_as_before(void)
{
    CHECK(in_child(goes_apart, sees_itself) <= 0 && in_child(goes_apart, own) <= 0);
    CHECK(in_child(goes_apart, makes_files) <= 0);
}

int main(void)
{
    int first = in_there(first_that_goes);

    what_is_refused_is_refused_to_all();
    what_is_needed_is_let_through();
    the_secrets_of_other_processes_are_not_seen();
    what_is_apart_goes_on_as_before();
    if (first > 0)
        printf("call %ld (%ld, %ld, %ld) is not refused\n", asked[first - 1].call, asked[first - 1].a,
               asked[first - 1].b, asked[first - 1].c);
    CHECK(first <= 0 && in_there(own) <= 0);
    return 0;
}
#else
int main(void)
{
    return 0;
}
#endif
