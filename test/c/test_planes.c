/* test_planes.c - JPEG to JPEG on the planes shows what the way through RGB shows. */
#include "plane_jobs.h"

static tb_op op_of(tb_op_kind kind)
{
    return (tb_op){.kind = kind};
}

static wish wish_of(tb_op op)
{
    return (wish){.op = {op}, .count = 1, .output = {.quality = 100, .chroma = TB_CHROMA_444}};
}

/* As Y, Cb, Cr, a sample of each at every pixel. */
static image ycc(file f)
{
    struct jpeg_decompress_struct j;
    struct jpeg_error_mgr errors;

    j.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&j);
    jpeg_mem_src(&j, f.data, f.size);
    jpeg_read_header(&j, TRUE);
    j.out_color_space = JCS_YCbCr;
    jpeg_start_decompress(&j);
    image out = image_new((int)j.output_width, (int)j.output_height, 3);
    while (j.output_scanline < j.output_height) {
        JSAMPROW row = out.px + (size_t)j.output_scanline * (size_t)out.w * 3;
        jpeg_read_scanlines(&j, &row, 1);
    }
    jpeg_destroy_decompress(&j);
    return out;
}

/* How far two pictures are apart: Y at worst, Cb and Cr in dB. */
typedef struct {
    int luma;
    double luma_db, chroma_db;
} distance;

static distance compare(image a, image b)
{
    double sum[2] = {0, 0};
    distance d = {0};

    CHECK(a.w == b.w && a.h == b.h);
    for (size_t i = 0; i < image_size(a); i++) {
        int apart = abs(a.px[i] - b.px[i]);
        sum[i % 3 > 0] += apart * apart;
        d.luma = i % 3 == 0 && apart > d.luma ? apart : d.luma;
    }
    double n = a.w * a.h;
    d.luma_db = decibels(sum[0] / n);
    d.chroma_db = decibels(sum[1] / n / 2);
    return d;
}

static const int chromas[][2] = {{1, 1}, {2, 1}, {2, 2}, {1, 2}};

static file jpeg(image i, int chroma, bool progressive)
{
    return ref_encode(
        i, (recipe){
               .quality = 100, .h = chromas[chroma][0], .v = chromas[chroma][1], .progressive = progressive});
}

/* Each file has its own roundings: a level in the pixels, one in the coefficients. */
static void check_alike(file f, wish w, bool must)
{
    bool planes, rgb;
    w.rgb = false;
    file one = result_of(f, &w, &planes);
    w.rgb = true;
    file two = result_of(f, &w, &rgb);
    distance d = compare(ycc(one), ycc(two));

    CHECK(!rgb && (planes || !must));
    if (d.luma > 4 || d.luma_db < 50 || d.chroma_db < 48) {
        printf("orientation %d, chroma %d, %d ops, first %d: luma %d, %.1f dB, chroma %.1f dB\n",
               w.orientation, w.output.chroma, w.count, w.op[0].kind, d.luma, d.luma_db, d.chroma_db);
        exit(1);
    }
}

static int between(uint32_t *seed, int low, int high)
{
    return low + (int)(next_random(seed) % (uint32_t)(high - low + 1));
}

static void each_operation_shows_what_rgb_shows(void)
{
    for (int chroma = 0; chroma < 4; chroma++)
        for (int odd = 0; odd < 2; odd++)
            for (int orientation = 1; orientation <= 8; orientation++) {
                image i = waves(160 + odd, 120 + odd);
                file f = jpeg(i, chroma, odd);
                wish some[] = {wish_of(resize_to(0, 60)),
                               wish_of(resize_to(37, 0)),
                               wish_of(resize_to(250, 0)),
                               wish_of(crop_to(0, 0, 110, 110)),
                               wish_of(flip_to(TB_HORIZONTAL)),
                               wish_of(flip_to(TB_VERTICAL)),
                               wish_of(turn_by(90)),
                               wish_of(turn_by(180)),
                               wish_of(crop_to(5, 3, 101, 99)),
                               wish_of(blur_by(3))};
                for (int n = 0; n < (int)(sizeof some / sizeof *some); n++) {
                    some[n].orientation = orientation;
                    some[n].output.chroma = (tb_chroma)((n + orientation) % 3);
                    check_alike(f, some[n], some[n].op[0].kind != TB_OP_BLUR || chroma % 2 == 0);
                }
                images_free();
                files_free();
            }
}

static void any_plan_shows_what_rgb_shows(void)
{
    uint32_t seed = 11;

    for (int n = 0; n < 400; n++) {
        image i = waves(between(&seed, 90, 160), between(&seed, 90, 160));
        file f = jpeg(i, n % 4, n % 8 == 5);
        wish w = {.output = {.quality = 100, .chroma = (tb_chroma)(n / 4 % 3)}};
        w.orientation = between(&seed, 1, 8);
        for (int k = 0; k < 4; k++)
            switch (next_random(&seed) % 6) {
            case 0:
                add(&w, resize_to(between(&seed, 40, 150), between(&seed, 40, 150)));
                break;
            case 1:
                add(&w, crop_to(between(&seed, 0, 3), between(&seed, 0, 3), between(&seed, 12, 19),
                                between(&seed, 12, 19)));
                k = 4;
                break;
            case 2:
                add(&w, flip_to(next_random(&seed) % 2 ? TB_VERTICAL : TB_HORIZONTAL));
                break;
            case 3:
                add(&w, turn_by(90 * between(&seed, 1, 3)));
                break;
            case 4:
                add(&w, blur_by(between(&seed, 5, 30) / 10.0));
                break;
            default:
                add(&w, resize_to(between(&seed, 40, 90), 0));
            }
        check_alike(f, w, false);
        images_free();
        files_free();
    }
}

static void chroma_that_fits_is_not_touched(void)
{
    image i = picture(64, 48, 3);
    wish w = wish_of(crop_to(16, 8, 40, 40));
    bool planes;
    file f = ref_encode(i, (recipe){.h = 2, .v = 2, .quality = 80});

    w.output = (tb_output){.quality = 80};
    w.count = 0;
    image again = ycc(result_of(f, &w, &planes)), was = ycc(f);
    CHECK(planes);
    CHECK(compare(again, was).chroma_db > 50);
    images_free();
    files_free();
}

static void the_slicing_does_not_show(void)
{
    wish w = wish_of(resize_to(50, 50));
    file f = jpeg(waves(161, 121), 2, false);

    add(&w, turn_by(90));
    w.output.chroma = TB_CHROMA_420;
    check_slicings(f, w);
    images_free();
    files_free();
}

static void any_failed_allocation_is_survived(void)
{
    job_survives_no_memory(jpeg(waves(81, 61), 2, false), wish_of(resize_to(50, 50)));
    images_free();
    files_free();
}

/* ------------------------------------------------------------------ the rule */

static bool takes_planes(file f, wish w)
{
    bool planes;

    result_of(f, &w, &planes);
    return planes;
}

static void only_what_mixes_pixels_goes_by_planes(void)
{
    file f = jpeg(waves(80, 60), 2, false);
    tb_op nearest = resize_to(40, 0), linear = resize_to(40, 0), brighten = op_of(TB_OP_BRIGHTEN);
    wish png = wish_of(resize_to(40, 0)), two;

    CHECK(takes_planes(f, wish_of(resize_to(40, 0))));
    nearest.resize.kernel = TB_NEAREST;
    linear.resize.linear = true;
    brighten.brighten.add = 20;
    CHECK(!takes_planes(f, wish_of(nearest)));
    CHECK(!takes_planes(f, wish_of(linear)));
    CHECK(!takes_planes(f, wish_of(brighten)));
    CHECK(!takes_planes(f, wish_of(op_of(TB_OP_GREYSCALE))));
    CHECK(!takes_planes(f, wish_of(blur_by(0.15)))); /* too little for Cb, Cr */
    png.output.format = TB_PNG;
    CHECK(!takes_planes(f, png));
    two = wish_of(resize_to(40, 0));
    add(&two, brighten);
    CHECK(!takes_planes(f, two));
    CHECK(takes_planes(f, wish_of(crop_to(3, 3, 40, 30))));
    CHECK(!takes_planes(f, wish_of(crop_to(3, 3, 39, 30)))); /* most columns would be for nothing */
    images_free();
    files_free();
}

static void only_usual_jpegs_go_by_planes(void)
{
    image i = waves(80, 60), grey = picture(80, 60, 1);
    wish w = wish_of(resize_to(40, 0));

    for (int s = 0; s < SAMPLINGS; s++) {
        file f = ref_encode(i, sampled(s));
        CHECK(takes_planes(f, w) == (s < 4 || s == 6 || s == 7)); /* those are of 2 and 1, too */
    }
    CHECK(!takes_planes(ref_encode(i, (recipe){.space = JCS_RGB}), w));
    CHECK(!takes_planes(ref_encode(grey, (recipe){0}), w));
    images_free();
    files_free();
}

int main(void)
{
    each_operation_shows_what_rgb_shows();
    any_plan_shows_what_rgb_shows();
    chroma_that_fits_is_not_touched();
    the_slicing_does_not_show();
    any_failed_allocation_is_survived();
    only_what_mixes_pixels_goes_by_planes();
    only_usual_jpegs_go_by_planes();
    return 0;
}
