/* domain.c - Landlock: who has entered a domain may look into no process outside of it.
 *
 * A filter of system calls cannot tell one path from another.  This can, and asks for no privilege. */
#define _GNU_SOURCE /* syscall */
#include "domain.h"

#ifdef __linux__
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The superuser's would let it look into all the same. */
static void drop_capabilities(void)
{
    const struct __user_cap_header_struct of_this_thread = {_LINUX_CAPABILITY_VERSION_3, 0};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

    syscall(SYS_capset, &of_this_thread, none);
}

#if defined(SYS_landlock_create_ruleset) && __has_include(<linux/landlock.h>)
#include <linux/landlock.h>

/* A domain refuses something that is done by paths, too: what no worker does, whatever the version. */
#define REFUSED                                                                                              \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |           \
     LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |              \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |           \
     LANDLOCK_ACCESS_FS_MAKE_SYM)

static void restrict_paths(void)
{
    const struct landlock_ruleset_attr rules = {.handled_access_fs = REFUSED};
    int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules.handled_access_fs, 0);

    if (fd < 0)
        return;
    syscall(SYS_landlock_restrict_self, fd, 0);
    close(fd);
}
#else
static void restrict_paths(void)
{
}
#endif

/* Where the system does without, so do we. */
void tb_domain_enter(void)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    drop_capabilities();
    restrict_paths();
}
#else
void tb_domain_enter(void)
{
}
#endif
