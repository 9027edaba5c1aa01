/* process.h - a program of ours that runs beside this process, started and killed. */
#ifndef TB_PROCESS_H
#define TB_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int pid;
    int fd; /* Linux: names it, also when another has its number; else -1 */
} tb_process;

/* The file lies beside the library, or the program, that this function is in.  It has `socket` and `desk` as
 * wire.h says, what it prints goes to `words`, and there is little else: no other file, hardly any
 * environment, signals as for any program.  0, or what errno says. */
int tb_process_start(tb_process *p, const char *file, int socket, int desk, int words);

void tb_process_kill(const tb_process *p); /* at once, whatever it does */

/* Waits for its end, so many milliseconds.  True once, when it has come and all is forgotten. */
bool tb_process_ended(tb_process *p, int ms);

uint64_t tb_process_cpu(const tb_process *p); /* ns that it has used; 0 = not known */

#endif
