/* region.h - memory that a job and its worker see.
 *
 * It is made here, of a size that nobody can change any more: what is mapped stays mapped,
 * whatever the other side does. */
#ifndef TB_REGION_H
#define TB_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint8_t *data; /* mapped; NULL = none */
    size_t size;
    int fd;
} tb_region;

/* All zero.  False if the system has none; then r is empty. */
bool tb_region_open(tb_region *r, size_t size);
void tb_region_close(tb_region *r); /* an empty one is fine */

#endif
