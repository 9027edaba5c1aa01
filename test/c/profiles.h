/* profiles.h - ICC profiles, made by lcms2. */
#ifndef PROFILES_H
#define PROFILES_H

#include "samples.h"
#include <lcms2.h>
#include <math.h>

typedef struct {
    double x, y;
} chroma;

typedef struct {
    chroma white, red, green, blue;
} primaries;

static const primaries p3 = {{0.3127, 0.3290}, {0.680, 0.320}, {0.265, 0.690}, {0.150, 0.060}},
                       adobe = {{0.3127, 0.3290}, {0.64, 0.33}, {0.21, 0.71}, {0.15, 0.06}},
                       rec709 = {{0.3127, 0.3290}, {0.64, 0.33}, {0.30, 0.60}, {0.15, 0.06}},
                       prophoto = {{0.3457, 0.3585}, {0.7347, 0.2653}, {0.1596, 0.8404}, {0.0366, 0.0001}};

static inline blob *saved(cmsHPROFILE p)
{
    blob *b = blob_new();
    cmsUInt32Number size = 0;

    CHECK(p && cmsSaveProfileToMem(p, NULL, &size));
    put_zeros(b, size);
    CHECK(cmsSaveProfileToMem(p, b->data, &size) && size == b->size);
    cmsCloseProfile(p);
    return b;
}

static inline cmsToneCurve *srgb_tone(void)
{
    const double p[] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
    return cmsBuildParametricToneCurve(NULL, 4, p);
}

/* A curve of so many values: x to the gamma. */
static inline cmsToneCurve *table_tone(double gamma, int count)
{
    uint16_t v[4096];

    CHECK(count <= 4096);
    for (int i = 0; i < count; i++)
        v[i] = (uint16_t)(65535 * pow((double)i / (count - 1), gamma) + 0.5);
    return cmsBuildTabulatedToneCurve16(NULL, (cmsUInt32Number)count, v);
}

/* All three curves alike; the curve is freed. */
static inline blob *rgb_profile(const primaries *p, cmsToneCurve *tone, double version)
{
    cmsCIExyY white = {p->white.x, p->white.y, 1};
    cmsCIExyYTRIPLE colours = {
        {p->red.x, p->red.y, 1}, {p->green.x, p->green.y, 1}, {p->blue.x, p->blue.y, 1}};
    cmsToneCurve *const three[] = {tone, tone, tone};
    cmsHPROFILE h = cmsCreateRGBProfile(&white, &colours, three);

    cmsFreeToneCurve(tone);
    cmsSetProfileVersion(h, version);
    return saved(h);
}

static inline blob *grey_profile(cmsToneCurve *tone)
{
    cmsHPROFILE h = cmsCreateGrayProfile(cmsD50_xyY(), tone);

    cmsFreeToneCurve(tone);
    return saved(h);
}

static cmsInt32Number swap_red_and_blue(CMSREGISTER const cmsUInt16Number in[],
                                        CMSREGISTER cmsUInt16Number out[], CMSREGISTER void *to_lab)
{
    const cmsUInt16Number swapped[] = {in[2], in[1], in[0]};
    cmsDoTransform(to_lab, swapped, out, 1);
    return TRUE;
}

static cmsInt32Number from_lab_swapped(CMSREGISTER const cmsUInt16Number in[],
                                       CMSREGISTER cmsUInt16Number out[], CMSREGISTER void *from_lab)
{
    cmsUInt16Number plain[3];
    cmsDoTransform(from_lab, in, plain, 1);
    out[0] = plain[2], out[1] = plain[1], out[2] = plain[0];
    return TRUE;
}

/* From Lab; as fine as it may be, for sRGB is a small part of it. */
static inline void put_way_back(cmsHPROFILE h, cmsHPROFILE srgb, cmsHPROFILE lab)
{
    cmsHTRANSFORM from_lab = cmsCreateTransform(lab, TYPE_LabV2_16, srgb, TYPE_RGB_16,
                                                INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_NOOPTIMIZE);
    cmsPipeline *lut = cmsPipelineAlloc(NULL, 3, 3);
    cmsStage *grid = cmsStageAllocCLut16bit(NULL, 33, 3, 3, NULL);

    CHECK(from_lab && lut && grid && cmsStageSampleCLut16bit(grid, from_lab_swapped, from_lab, 0));
    CHECK(cmsPipelineInsertStage(lut, cmsAT_END, grid) && cmsWriteTag(h, cmsSigBToA0Tag, lut));
    cmsPipelineFree(lut);
    cmsDeleteTransform(from_lab);
}

/* A profile of tables: sRGB with red and blue swapped, through a grid; as of a scanner, or, with a way back, of
 * a display. */
static inline blob *table_profile_of(bool both_ways)
{
    cmsHPROFILE srgb = cmsCreate_sRGBProfile(), lab = cmsCreateLab2Profile(NULL);
    cmsHPROFILE h = cmsCreateProfilePlaceholder(NULL);
    cmsHTRANSFORM to_lab = cmsCreateTransform(srgb, TYPE_RGB_16, lab, TYPE_LabV2_16,
                                              INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_NOOPTIMIZE);
    cmsPipeline *lut = cmsPipelineAlloc(NULL, 3, 3);
    cmsStage *grid = cmsStageAllocCLut16bit(NULL, 17, 3, 3, NULL);

    CHECK(h && to_lab && lut && grid && cmsStageSampleCLut16bit(grid, swap_red_and_blue, to_lab, 0));
    cmsSetProfileVersion(h, 2.4);
    cmsSetDeviceClass(h, both_ways ? cmsSigDisplayClass : cmsSigInputClass);
    cmsSetColorSpace(h, cmsSigRgbData);
    cmsSetPCS(h, cmsSigLabData);
    CHECK(cmsPipelineInsertStage(lut, cmsAT_END, grid) && cmsWriteTag(h, cmsSigAToB0Tag, lut));
    CHECK(cmsWriteTag(h, cmsSigMediaWhitePointTag, cmsD50_XYZ()));
    if (both_ways)
        put_way_back(h, srgb, lab);
    cmsPipelineFree(lut);
    cmsDeleteTransform(to_lab);
    cmsCloseProfile(srgb);
    cmsCloseProfile(lab);
    return saved(h);
}

static inline blob *table_profile(void)
{
    return table_profile_of(false);
}

#endif
