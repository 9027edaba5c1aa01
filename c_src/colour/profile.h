/* profile.h - what an ICC profile says of its colours. */
#ifndef TB_PROFILE_H
#define TB_PROFILE_H

#include "curve.h"

typedef enum {
    TB_PROFILE_BROKEN,
    TB_PROFILE_SRGB,   /* or so near that no one sees it */
    TB_PROFILE_GREY,   /* one curve */
    TB_PROFILE_MATRIX, /* three curves and the colours of the primaries */
    TB_PROFILE_TABLES  /* anything else: a matter for lcms2 */
} tb_profile_kind;

typedef struct {
    tb_profile_kind kind;
    tb_curve curve[3]; /* grey: the first; they borrow the profile's bytes */
    double mix[3][3];  /* linear RGB to linear sRGB: mix[to][from] */
} tb_profile;

/* Reads it; looks at no more than 100 tags.  Takes some microseconds. */
void tb_profile_read(tb_profile *p, const uint8_t *icc, size_t size);

/* It has a tag of that name, of four letters. */
bool tb_profile_has(const uint8_t *icc, size_t size, const char *tag);

#define TB_PROFILE_NAME 100

/* Its description, in UTF-8, without control characters; "" if there is none. */
void tb_profile_name(const uint8_t *icc, size_t size, char name[TB_PROFILE_NAME]);

#endif
