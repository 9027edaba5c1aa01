/* jpeg_mem.h - libjpeg's memory, taken from the job's. */
#ifndef TB_JPEG_MEM_H
#define TB_JPEG_MEM_H

#include "../../mem.h"
#include <stdio.h> /* for jpeglib.h */

#include <jpeglib.h>

struct tb_jpeg_block;

typedef struct {
    struct jpeg_memory_mgr methods;  /* first: all that libjpeg sees */
    struct jpeg_memory_mgr *library; /* libjpeg's own; holds what jpeg_create_* made */
    tb_mem *mem;                     /* borrowed */
    struct tb_jpeg_block *blocks[JPOOL_NUMPOOLS];
    struct tb_jpeg_block *chunk[JPOOL_NUMPOOLS]; /* the one of them small objects are cut from */
    jvirt_barray_ptr arrays;                     /* coefficients of the whole picture */
    size_t touched;                              /* their bytes that are in use */
    int chroma_size; /* set by the owner: samples that a block of Cb or Cr becomes; or 0 */
} tb_jpeg_mem;

/* From now on `jpeg`, which was just created, allocates from `mem`; jpeg_destroy
 * gives all back.  What fails is libjpeg's JERR_OUT_OF_MEMORY. */
void tb_jpeg_mem_take(tb_jpeg_mem *m, j_common_ptr jpeg, tb_mem *mem);

/* Clears some of the coefficients that the rows of blocks up to this one of so many have;
 * true if there were none to be cleared.  It need not be asked, then they are all at once. */
bool tb_jpeg_mem_ready(j_common_ptr jpeg, JDIMENSION row, JDIMENSION total);

#endif
