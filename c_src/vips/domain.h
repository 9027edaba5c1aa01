/* domain.h - the processes beside this one, and what they would tell it. */
#ifndef TB_DOMAIN_H
#define TB_DOMAIN_H

/* From now on, where Linux has Landlock, this thread and those it starts are apart from all processes but its
 * own: their memory, environment and files are not to be had by /proc, even if they are of the same user.
 * If that is the superuser, it is as any other: its capabilities are gone. */
void tb_domain_enter(void);

#endif
