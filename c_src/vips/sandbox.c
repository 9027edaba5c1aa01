/* sandbox.c - a filter of system calls: those in the table fail with EPERM. */
#define _GNU_SOURCE
#include "sandbox.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include <asm/ioctls.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __x86_64__
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif

#define WRITES (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)

static const unsigned refused[] = {
    SYS_socket,
    SYS_socketpair, /* one may send to addresses */
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_kill,
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
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
    SYS_open_by_handle_at,
    SYS_setpriority, /* also of 0: of all of the user's */
    SYS_ioprio_set,
    SYS_migrate_pages,
    SYS_move_pages,
    SYS_flock, /* others may wait for it */
    SYS_shmget,
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
    SYS_unshare,
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
    SYS_process_vm_writev,
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
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
    SYS_iopl,
    SYS_ioperm,
#endif
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef SYS_fchmodat2
    SYS_fchmodat2,
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
#ifdef SYS_process_madvise
    SYS_process_madvise,
#endif
#ifdef SYS_pidfd_send_signal
    SYS_pidfd_send_signal,
#endif
#ifdef SYS_pidfd_getfd
    SYS_pidfd_getfd,
#endif
};

/* Those that say how in memory, where a filter cannot look: there are older ones for the same. */
static const unsigned unknown[] = {
#ifdef SYS_clone3
    SYS_clone3,
#endif
#ifdef SYS_openat2
    SYS_openat2,
#endif
#ifdef SYS_io_uring_setup
    SYS_io_uring_setup,
#endif
};

/* What would make a signal of what comes through a file, keep others from one, or type into a terminal. */
static const struct {
    unsigned call, argument, value;
} tricks[] = {
    {SYS_fcntl, 1, F_SETOWN},   {SYS_fcntl, 1, F_SETOWN_EX}, {SYS_fcntl, 1, F_SETSIG},
    {SYS_fcntl, 1, F_SETLEASE}, {SYS_fcntl, 1, F_NOTIFY},    {SYS_fcntl, 1, F_SETLK},
    {SYS_fcntl, 1, F_SETLKW},   {SYS_fcntl, 1, F_OFD_SETLK}, {SYS_fcntl, 1, F_OFD_SETLKW},
    {SYS_ioctl, 1, TIOCSTI},    {SYS_ioctl, 1, TIOCLINUX},   {SYS_ioctl, 1, FIOASYNC},
    {SYS_ioctl, 1, FIOSETOWN},  {SYS_ioctl, 1, SIOCSPGRP},
};

/* What can be done to another process as well, and the argument that says which; 0 is the own one. */
static const struct {
    unsigned call, argument;
} own_only[] = {
    {SYS_prlimit64, 0},          {SYS_sched_setattr, 0},     {SYS_sched_setparam, 0},
    {SYS_sched_setscheduler, 0}, {SYS_sched_setaffinity, 0},
};

enum { ROOM = 480 };

typedef struct {
    struct sock_filter line[ROOM];
    unsigned short n;
} filter;

#define COUNT(a)    (sizeof(a) / sizeof *(a))
#define ARGUMENT(n) ((unsigned)(offsetof(struct seccomp_data, args) + 8 * (n))) /* its lower half */

static void add(filter *f, unsigned code, unsigned k, unsigned yes, unsigned no)
{
    assert(f->n < ROOM);
    f->line[f->n++] = (struct sock_filter){(unsigned short)code, (unsigned char)yes, (unsigned char)no, k};
}

static void load(filter *f, unsigned from)
{
    add(f, BPF_LD | BPF_W | BPF_ABS, from, 0, 0);
}

static void answer(filter *f, unsigned what)
{
    add(f, BPF_RET | BPF_K, what, 0, 0);
}

static void refuse(filter *f, unsigned call, unsigned error)
{
    add(f, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
    answer(f, SECCOMP_RET_ERRNO | error);
}

/* The call is refused if an argument has one of the bits; or, with `has` false, if it has none. */
static void refuse_bits(filter *f, unsigned call, unsigned argument, unsigned bits, bool has)
{
    add(f, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4);
    load(f, ARGUMENT(argument));
    add(f, BPF_JMP | BPF_JSET | BPF_K, bits, has ? 0 : 1, has ? 1 : 0);
    answer(f, SECCOMP_RET_ERRNO | EPERM);
    answer(f, SECCOMP_RET_ALLOW);
}

/* ...if an argument is another than that. */
static void refuse_others(filter *f, unsigned call, unsigned argument, unsigned value)
{
    add(f, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4);
    load(f, ARGUMENT(argument));
    add(f, BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
    answer(f, SECCOMP_RET_ERRNO | EPERM);
    answer(f, SECCOMP_RET_ALLOW);
}

/* ...if its second argument is that, and the third has one of the bits. */
static void refuse_bits_of(filter *f, unsigned call, unsigned value, unsigned bits)
{
    add(f, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 6);
    load(f, ARGUMENT(1));
    add(f, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 3);
    load(f, ARGUMENT(2));
    add(f, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    answer(f, SECCOMP_RET_ERRNO | EPERM);
    load(f, offsetof(struct seccomp_data, nr));
}

/* ...if an argument is that; there may be more to be said of the call. */
static void refuse_value(filter *f, unsigned call, unsigned argument, unsigned value)
{
    add(f, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4);
    load(f, ARGUMENT(argument));
    add(f, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    answer(f, SECCOMP_RET_ERRNO | EPERM);
    load(f, offsetof(struct seccomp_data, nr));
}

static void make(filter *f)
{
    load(f, offsetof(struct seccomp_data, arch));
    add(f, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
    answer(f, SECCOMP_RET_KILL_PROCESS);
    load(f, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__ /* the calls of x32 have other numbers */
    add(f, BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);
    answer(f, SECCOMP_RET_KILL_PROCESS);
    refuse_bits(f, SYS_open, 1, WRITES, true);
#endif
    for (size_t i = 0; i < COUNT(refused); i++)
        refuse(f, refused[i], EPERM);
    for (size_t i = 0; i < COUNT(unknown); i++)
        refuse(f, unknown[i], ENOSYS);
    refuse_bits(f, SYS_openat, 2, WRITES, true);
    refuse_bits(f, SYS_clone, 0, CLONE_THREAD, false);
    refuse_others(f, SYS_tgkill, 0, (unsigned)getpid()); /* abort() */
    refuse_bits_of(f, SYS_fcntl, F_SETFL, O_ASYNC);
    for (size_t i = 0; i < COUNT(tricks); i++)
        refuse_value(f, tricks[i].call, tricks[i].argument, tricks[i].value);
    for (size_t i = 0; i < COUNT(own_only); i++)
        refuse_others(f, own_only[i].call, own_only[i].argument, 0);
    answer(f, SECCOMP_RET_ALLOW);
}

/* Where the system does without, so do we: the rest stands. */
void tb_sandbox_close(void)
{
    filter f = {.n = 0};

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    make(&f);
    struct sock_fprog program = {.len = f.n, .filter = f.line};
    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}
#else
void tb_sandbox_close(void)
{
}
#endif
