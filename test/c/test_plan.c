/* test_plan.c - which stages a plan becomes, and with what. */
#include "../../c_src/plan.h"
#include "profiles.h"

static tb_picture in;
static tb_pipe pipes[4];
static tb_result results[4];
static tb_plan plan = {.picture = &in, .pictures = 1, .pipe = pipes, .result = results, .pipes = 1};
static tb_route route;
static tb_error error;

static void picture(tb_format format, int w, int h, int channels, int orientation)
{
    in = (tb_picture){.limits = tb_default_limits, .orient = true};
    in.header = (tb_header){.format = format,
                            .width = w,
                            .height = h,
                            .channels = channels,
                            .components = format == TB_JPEG ? 1 : channels, /* not by planes */
                            .orientation = orientation,
                            .frames = 1};
    pipes[0].count = 0;
    pipes[0].output = (tb_output){.quality = 80};
}

static void ask(tb_op op)
{
    pipes[0].op[pipes[0].count++] = op;
}

static void ask_resize(int w, int h, tb_fit fit)
{
    tb_op op = {.kind = TB_OP_RESIZE};
    op.resize = (tb_resize_op){.width = {w, false},
                               .height = {h, false},
                               .fit = fit,
                               .kernel = TB_LANCZOS3,
                               .gravity = {0.5, 0.5, false},
                               .dpr = 1,
                               .enlarge = true,
                               .reduce = true,
                               .background = {{255, 255, 255, 0}, true}};
    ask(op);
}

static void ask_crop(int x, int y, int w, int h)
{
    tb_op op = {.kind = TB_OP_CROP};
    op.crop = (tb_crop_op){.x.n = x, .y.n = y, .width.n = w, .height.n = h};
    ask(op);
}

static void ask_flip(tb_direction d)
{
    tb_op op = {.kind = TB_OP_FLIP};
    op.flip.direction = d;
    ask(op);
}

static void ask_rotate(int angle)
{
    tb_op op = {.kind = TB_OP_ROTATE};
    op.rotate.angle = angle;
    ask(op);
}

static tb_status find(void)
{
    route = (tb_route){0};
    error = (tb_error){0};
    return tb_plan_route(&plan, false, &route, &error);
}

/* The names of the stages, in order. */
static void check_stages(const char *expected, int line)
{
    char names[400] = "";
    CHECK(find() == TB_MORE);
    for (int i = 0; i < route.count; i++) {
        strcat(names, i ? " " : "");
        strcat(names, route.node[i].ops->name);
    }
    if (strcmp(names, expected)) {
        printf("line %d: %s, not %s\n", line, names, expected);
        exit(1);
    }
}
#define STAGES(expected) check_stages(expected, __LINE__)

static bool decodes(int shrink, int x, int y, int w, int h)
{
    tb_decode d = route.node[0].decode;
    return d.shrink == shrink && d.region.x == x && d.region.y == y && d.region.width == w &&
           d.region.height == h;
}

static bool gives(int w, int h, int c)
{
    return results[0].shape.width == w && results[0].shape.height == h && results[0].shape.channels == c;
}

static void most_of_a_shrink_is_done_while_decoding(void)
{
    picture(TB_JPEG, 4000, 3000, 3, 1);
    ask_resize(400, 0, TB_FIT_COVER);
    STAGES("jpeg resize jpeg");
    CHECK(decodes(4, 0, 0, 1000, 750) && gives(400, 300, 3));
    picture(TB_JPEG, 4001, 2999, 3, 1); /* sides are rounded up */
    ask_resize(100, 0, TB_FIT_COVER);
    CHECK(find() == TB_MORE && decodes(8, 0, 0, 501, 375));
    picture(TB_JPEG, 200, 200, 3, 1);
    ask_resize(64, 64, TB_FIT_COVER);
    CHECK(find() == TB_MORE && decodes(2, 0, 0, 100, 100));
    picture(TB_JPEG, 200, 200, 3, 1);
    ask_resize(134, 134, TB_FIT_COVER); /* too little would be left to the kernel */
    CHECK(find() == TB_MORE && decodes(1, 0, 0, 200, 200));
    picture(TB_PNG, 4000, 3000, 3, 1);
    ask_resize(400, 0, TB_FIT_COVER);
    CHECK(find() == TB_MORE && decodes(1, 0, 0, 4000, 3000));
    picture(TB_JPEG, 4000, 3000, 3, 1); /* the DCT knows nothing of light */
    ask_resize(400, 0, TB_FIT_COVER);
    plan.pipe[0].op[0].resize.linear = true;
    CHECK(find() == TB_MORE && decodes(1, 0, 0, 4000, 3000) && route.node[1].resize.linear);
}

/* The samples of an axis: does output o lie where it does in the whole picture? */
static bool lies(tb_mapping m, int o, int whole, int out, int shrink)
{
    double at = (double)(m.a * o + m.b) / (double)m.d;

    return fabs(at + 0.5 - (o + 0.5) * whole / out / shrink) < 1e-9;
}

static void what_is_rounded_up_while_decoding_moves_nothing(void)
{
    picture(TB_JPEG, 4001, 2999, 3, 1);
    ask_resize(100, 0, TB_FIT_COVER);
    CHECK(find() == TB_MORE && decodes(8, 0, 0, 501, 375));
    tb_resize_args *r = &route.node[1].resize;
    CHECK(lies(r->along, 0, 4001, 100, 8) && lies(r->along, 99, 4001, 100, 8));
    CHECK(lies(r->down, 0, 2999, 75, 8) && lies(r->down, 74, 2999, 75, 8));
    picture(TB_JPEG, 4001, 2999, 3, 1);
    ask_crop(801, 599, 3200, 2400); /* that decoder cannot begin there */
    ask_resize(100, 0, TB_FIT_COVER);
    CHECK(find() == TB_MORE && decodes(1, 801, 599, 3200, 2400) && route.node[1].resize.along.d == 0);
    picture(TB_JPEG, 4001, 2999, 3, 1);
    ask_crop(800, 600, 3201, 2399);
    ask_resize(100, 75, TB_FIT_FILL);
    CHECK(find() == TB_MORE && decodes(8, 100, 75, 401, 300));
    CHECK(lies(r->along, 99, 3201, 100, 8) && lies(r->down, 74, 2399, 75, 8));
}

static void planes_that_stay_apart_may_be_shrunk_more(void)
{
    picture(TB_JPEG, 5600, 4200, 3, 1);
    in.header.chroma_x = 2;
    in.header.chroma_y = 1;
    ask_resize(400, 0, TB_FIT_COVER);
    CHECK(find() == TB_MORE && route.planes && decodes(8, 0, 0, 700, 525));
    pipes[0].op[0].resize.fit = TB_FIT_CONTAIN; /* with a border they do not */
    pipes[0].op[0].resize.height = (tb_length){400, false};
    CHECK(find() == TB_MORE && !route.planes && decodes(4, 0, 0, 1400, 1050));
    pipes[0].output.format = TB_PNG;
    CHECK(find() == TB_MORE && !route.planes && decodes(4, 0, 0, 1400, 1050));
}

static bool shrinks_chroma(int step, int width, int by)
{
    picture(TB_JPEG, 4000, 3000, 3, 1);
    in.header.components = 3;
    in.header.chroma_x = in.header.chroma_y = step;
    ask_crop(0, 0, width, width);
    ask_resize(width / 10, 0, TB_FIT_COVER);
    return find() == TB_MORE && route.planes && route.node[0].decode.chroma_shrink == by;
}

static void no_sample_of_chroma_is_of_what_is_cut_off(void)
{
    CHECK(shrinks_chroma(1, 2400, 8) && shrinks_chroma(2, 2400, 4));
    CHECK(shrinks_chroma(1, 2404, 4) && shrinks_chroma(2, 2404, 2));
    CHECK(shrinks_chroma(1, 2402, 2) && shrinks_chroma(2, 2402, 1));
    CHECK(shrinks_chroma(1, 2401, 1) && shrinks_chroma(2, 2401, 1));
}

/* To PNG, of a crop that wide. */
static bool shrinks(int chroma_x, int chroma_y, int width, int to, int by)
{
    picture(TB_JPEG, 4000, 3000, 3, 1);
    in.header.components = 3;
    in.header.chroma_x = chroma_x;
    in.header.chroma_y = chroma_y;
    ask_crop(0, 0, width, 3000);
    ask_resize(to, 0, TB_FIT_COVER);
    pipes[0].output.format = TB_PNG;
    return find() == TB_MORE && route.node[0].decode.shrink == by;
}

static void where_it_has_fewer_samples_more_is_left_of_it(void)
{
    CHECK(shrinks(2, 2, 4000, 400, 4) && shrinks(2, 2, 2408, 240, 4));
    CHECK(shrinks(2, 1, 4000, 400, 4) && shrinks(2, 1, 2408, 240, 1)); /* it is smoothed across the edge */
    CHECK(shrinks(2, 1, 2408, 60, 4) && shrinks(2, 1, 2404, 60, 2) && shrinks(2, 1, 2402, 60, 1));
    CHECK(shrinks(1, 2, 2402, 60, 2) && shrinks(1, 2, 2408, 60, 8));
    CHECK(shrinks(0, 0, 4000, 400, 2) && shrinks(0, 0, 2408, 240, 1)); /* it may be 4:1:1 */
}

static void a_first_crop_is_left_to_the_decoder(void)
{
    picture(TB_JPEG, 4000, 3000, 3, 1);
    ask_crop(1000, 500, 400, 300);
    ask_crop(10, 20, 100, 200);
    STAGES("jpeg jpeg");
    CHECK(decodes(1, 1010, 520, 100, 200) && gives(100, 200, 3));
    picture(TB_JPEG, 4000, 3000, 3, 1);
    ask_crop(800, 400, 1600, 1600);
    ask_resize(200, 200, TB_FIT_COVER);
    STAGES("jpeg resize jpeg");
    CHECK(decodes(4, 200, 100, 400, 400));
    picture(TB_JPEG, 4000, 3000, 3, 1); /* 802 is no multiple of 4: half is the most */
    ask_crop(802, 400, 1600, 1600);
    ask_resize(200, 200, TB_FIT_COVER);
    CHECK(find() == TB_MORE && decodes(2, 401, 200, 800, 800));
    picture(TB_JPEG, 4000, 3000, 3, 6); /* upright it is 3000 x 4000 */
    ask_crop(0, 0, 3000, 100);
    STAGES("jpeg turn jpeg");
    CHECK(decodes(1, 0, 0, 100, 3000) && gives(3000, 100, 3));
    picture(TB_PNG, 50, 50, 3, 1);
    ask_crop(0, 0, 50, 50);
    STAGES("png png");
}

static void grey_does_not_keep_the_decoder_from_shrinking(void)
{
    picture(TB_JPEG, 4000, 3000, 3, 6);
    ask((tb_op){.kind = TB_OP_GREYSCALE});
    ask_flip(TB_VERTICAL);
    ask_resize(300, 0, TB_FIT_COVER);
    STAGES("jpeg convert resize turn jpeg");
    CHECK(decodes(4, 0, 0, 1000, 750) && gives(300, 400, 1));
    CHECK(route.node[2].resize.along.d > 0 && route.node[2].resize.down.d > 0); /* knows of it */
    picture(TB_JPEG, 40, 30, 3, 1);
    ask((tb_op){.kind = TB_OP_GREYSCALE});
    ask_resize(300, 0, TB_FIT_COVER); /* larger: the sooner the better */
    STAGES("jpeg convert resize jpeg");
    picture(TB_PNG, 4000, 3000, 3, 1);
    ask((tb_op){.kind = TB_OP_GREYSCALE});
    ask_resize(300, 0, TB_FIT_COVER);
    STAGES("png convert resize png");
    picture(TB_JPEG, 40, 30, 3, 1);
    ask((tb_op){.kind = TB_OP_GREYSCALE});
    STAGES("jpeg convert jpeg");
}

static void a_resize_goes_on_to_a_smaller_size(void)
{
    picture(TB_JPEG, 4000, 3000, 3, 6);
    ask_resize(1200, 0, TB_FIT_COVER);
    ask_flip(TB_VERTICAL);
    ask_resize(300, 0, TB_FIT_COVER);
    STAGES("jpeg resize turn jpeg");
    CHECK(route.node[1].resize.width == 400 && route.node[1].resize.height == 300 && gives(300, 400, 3));
    picture(TB_PNG, 4000, 3000, 3, 1); /* but not to a larger one: what is lost is lost */
    ask_resize(40, 0, TB_FIT_COVER);
    ask_resize(400, 0, TB_FIT_COVER);
    STAGES("png resize resize png");
}

static void flips_and_turns_are_one_turn_at_the_end(void)
{
    picture(TB_JPEG, 4000, 3000, 3, 6);
    ask_resize(300, 0, TB_FIT_COVER);
    STAGES("jpeg resize turn jpeg");
    CHECK(route.node[1].resize.width == 400 && route.node[1].resize.height == 300);
    CHECK(route.node[2].turn.orientation == 6 && gives(300, 400, 3));
    picture(TB_JPEG, 40, 30, 3, 1);
    ask_flip(TB_HORIZONTAL);
    ask_rotate(180);
    ask_flip(TB_VERTICAL);
    STAGES("jpeg jpeg");
    picture(TB_JPEG, 40, 30, 3, 8);
    ask_rotate(90);
    STAGES("jpeg jpeg");
    picture(TB_JPEG, 40, 30, 3, 6);
    in.orient = false;
    STAGES("jpeg jpeg");
}

static void a_cover_is_cut_and_a_contain_is_padded(void)
{
    picture(TB_PNG, 800, 600, 3, 1);
    ask_resize(200, 200, TB_FIT_COVER);
    STAGES("png resize crop png");
    CHECK(route.node[2].crop.x == 34 && route.node[2].crop.width == 200 && gives(200, 200, 3));
    picture(TB_PNG, 800, 600, 3, 6);
    ask_resize(200, 200, TB_FIT_CONTAIN);
    STAGES("png resize turn pad png");
    CHECK(route.node[3].pad.x == 25 && route.node[3].pad.y == 0 && gives(200, 200, 3));
}

static void a_border_is_laid_upright(void)
{
    picture(TB_PNG, 80, 60, 3, 6); /* upright it is 60 x 80 */
    ask((tb_op){.kind = TB_OP_EXTEND, .extend = {1, 2, 3, 4, TB_EXTEND_MIRROR, {{0}, false}}});
    STAGES("png turn pad png");
    CHECK(route.node[2].pad.x == 1 && route.node[2].pad.y == 3 && gives(63, 87, 3));
    CHECK(route.node[2].pad.extend == TB_EXTEND_MIRROR);
    double memory = route.memory;
    pipes[0].op[0].extend.mode = TB_EXTEND_REPEAT; /* keeps all of it */
    CHECK(find() == TB_MORE && route.memory == memory + 76 * 60 * 3);
    picture(TB_PNG, 80, 60, 3, 1);
    ask((tb_op){.kind = TB_OP_PAD, .pad = {100, 50, {1, 1, false}, {{255, 255, 255, 0}, true}}});
    STAGES("png pad png");
    CHECK(route.node[1].pad.x == 20 && route.node[1].pad.y == 0 && gives(100, 60, 3));
    pipes[0].op[0].pad.width = 80; /* never cuts */
    STAGES("png png");
    CHECK(gives(80, 60, 3));
    pipes[0].op[0].pad.width = 20000;
    CHECK(find() == TB_FAIL && error.code == TB_E_LIMIT);
}

static void a_background_is_shown_as_it_is(void)
{
    static const struct {
        int channels;
        tb_background background;
        int comes;
    } cases[] = {
        {3, {{255, 255, 255, 0}, true}, 3},  {1, {{9, 8, 7, 0}, true}, 1},    {3, {{9, 8, 7, 255}, false}, 3},
        {3, {{9, 8, 7, 254}, false}, 4},     {1, {{9, 9, 9, 255}, false}, 1}, {1, {{9, 8, 9, 255}, false}, 3},
        {1, {{255, 255, 255, 0}, false}, 2}, {1, {{9, 8, 9, 99}, false}, 4},  {2, {{9, 8, 9, 255}, false}, 4},
        {2, {{9, 9, 9, 0}, false}, 2},       {4, {{9, 9, 9, 255}, false}, 4},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        picture(TB_PNG, 80, 60, cases[i].channels, 1);
        ask((tb_op){.kind = TB_OP_PAD, .pad = {100, 50, {1, 1, false}, cases[i].background}});
        CHECK(find() == TB_MORE && gives(100, 60, cases[i].comes));
    }
    picture(TB_PNG, 80, 60, 1, 1); /* shows none of it */
    ask((tb_op){.kind = TB_OP_EXTEND, .extend = {1, 2, 3, 4, TB_EXTEND_COPY, {{1, 2, 3, 4}, false}}});
    STAGES("png pad png");
}

static void rounding_gives_alpha(void)
{
    picture(TB_PNG, 80, 60, 3, 1);
    ask((tb_op){.kind = TB_OP_ROUND, .round.radius = {10, false}});
    STAGES("png convert round png");
    CHECK(gives(80, 60, 4) && route.node[2].round.radius == 10);
    pipes[0].op[0].round.radius = (tb_length){0.25, true};
    CHECK(find() == TB_MORE && route.node[2].round.radius == 15);
    pipes[0].op[0].round.radius.n = 1; /* no rounder than can be */
    CHECK(find() == TB_MORE && route.node[2].round.radius == 30);
    pipes[0].output.format = TB_JPEG;
    STAGES("png convert round flatten jpeg");
    picture(TB_PNG, 80, 61, 2, 8);
    ask((tb_op){.kind = TB_OP_CIRCLE});
    STAGES("png round turn png");
    CHECK(decodes(1, 9, 0, 61, 61) && gives(61, 61, 2) && route.node[1].round.radius == 30.5);
}

static void channels_are_what_the_format_takes(void)
{
    picture(TB_PNG, 80, 60, 4, 1);
    pipes[0].output.format = TB_JPEG;
    STAGES("png flatten jpeg");
    picture(TB_PNG, 80, 60, 2, 1);
    pipes[0].output.format = TB_WEBP;
    STAGES("png convert webp");
    CHECK(gives(80, 60, 4));
    picture(TB_WEBP, 80, 60, 4, 1);
    pipes[0].output.format = TB_PNG;
    ask((tb_op){.kind = TB_OP_GREYSCALE});
    STAGES("webp convert png");
    CHECK(gives(80, 60, 2));
}

static int from(int node)
{
    return route.node[node].from;
}

static void what_two_pipes_do_alike_is_done_once(void)
{
    picture(TB_PNG, 80, 60, 3, 6);
    ask_resize(20, 0, TB_FIT_COVER);
    ask_flip(TB_VERTICAL);
    pipes[1] = pipes[0];
    pipes[1].output.format = TB_WEBP;
    pipes[2] = pipes[0];
    pipes[2].op[1].flip.direction = TB_HORIZONTAL;
    plan.pipes = 3;
    STAGES("png resize turn png webp turn png");
    CHECK(from(0) == -1 && from(1) == 0 && from(2) == 1 && from(3) == 2 && from(4) == 2 && from(5) == 1 &&
          from(6) == 5);
    plan.pipes = 1;
}

static void a_decoder_does_what_every_pipe_can_bear(void)
{
    picture(TB_JPEG, 4000, 3000, 3, 1);
    plan.pipes = 2;
    pipes[1] = pipes[0];
    ask_resize(200, 0, TB_FIT_COVER);
    pipes[1].op[0] = pipes[0].op[0];
    pipes[1].op[0].resize.width = (tb_length){700, false};
    pipes[1].count = 1;
    STAGES("jpeg resize jpeg resize jpeg");
    CHECK(decodes(2, 0, 0, 2000, 1500));
    pipes[1].count = 0;
    STAGES("jpeg resize jpeg jpeg");
    CHECK(decodes(1, 0, 0, 4000, 3000));
    ask_crop(0, 0, 100, 100); /* after the resize: its own matter */
    pipes[1].op[0].kind = TB_OP_CROP;
    pipes[1].op[0].crop =
        (tb_crop_op){.x = {.n = 8}, .y = {.n = 8}, .width = {.n = 100}, .height = {.n = 100}};
    pipes[1].count = 1;
    STAGES("jpeg resize crop jpeg crop jpeg");
    CHECK(decodes(1, 0, 0, 4000, 3000));
    plan.pipes = 1;
}

static void a_pipe_that_leads_nowhere_leaves_nothing_behind(void)
{
    picture(TB_PNG, 80, 60, 3, 1);
    plan.pipes = 2;
    pipes[1] = pipes[0];
    ask_resize(20, 0, TB_FIT_COVER);
    ask_crop(0, 0, 100, 100);
    STAGES("png png");
    CHECK(results[0].error.code == TB_E_LIMIT && results[1].error.code == TB_E_NONE);
    pipes[1] = pipes[0];
    CHECK(find() == TB_FAIL && error.code == TB_E_LIMIT);
    plan.pipes = 1;
}

/* --- colours */

static const blob *display_p3, *srgb, *grey_gamma;

/* The picture has a profile. */
static void check_colours(const blob *icc, const char *expected, bool keeps, int line)
{
    in.meta = (tb_meta){.icc = icc->data, .icc_size = icc->size};
    check_stages(expected, line);
    CHECK(!(route.node[route.count - 1].encode.keep & TB_KEEP_ICC) == !keeps);
    in.meta = (tb_meta){0};
}
#define COLOURS(icc, expected, keeps) check_colours(icc, expected, keeps, __LINE__)

static void colours_become_srgb_behind_the_first_shrink(void)
{
    picture(TB_JPEG, 4000, 3000, 3, 6);
    COLOURS(display_p3, "jpeg turn icc jpeg", false);
    ask_resize(300, 0, TB_FIT_COVER);
    COLOURS(display_p3, "jpeg resize icc turn jpeg", false);
    CHECK(route.node[2].icc.icc == display_p3->data && route.node[2].icc.size == display_p3->size);
    COLOURS(srgb, "jpeg resize turn jpeg", false);
    ask((tb_op){.kind = TB_OP_BRIGHTEN, .brighten.add = 9});
    ask_resize(100, 0, TB_FIT_COVER);
    COLOURS(display_p3, "jpeg resize icc point resize turn jpeg", false);
}

static void colours_are_srgb_before_anything_looks_at_them(void)
{
    picture(TB_PNG, 40, 30, 4, 1);
    ask((tb_op){.kind = TB_OP_BRIGHTEN, .brighten.add = 9});
    ask_resize(20, 0, TB_FIT_COVER);
    COLOURS(display_p3, "png icc point resize png", false);
    picture(TB_PNG, 40, 30, 4, 1);
    ask_resize(80, 0, TB_FIT_COVER); /* larger: later */
    ask((tb_op){.kind = TB_OP_GREYSCALE});
    COLOURS(display_p3, "png resize icc convert png", false);
    picture(TB_PNG, 40, 30, 4, 1);
    pipes[0].output.format = TB_JPEG;
    COLOURS(display_p3, "png icc flatten jpeg", false);
    picture(TB_PNG, 40, 30, 2, 1);
    pipes[0].output.format = TB_WEBP;
    COLOURS(grey_gamma, "png icc convert webp", false);
}

static void a_profile_that_is_kept_keeps_the_pixels(void)
{
    picture(TB_JPEG, 80, 60, 3, 1);
    pipes[0].output.keep = TB_KEEP_ICC;
    COLOURS(display_p3, "jpeg jpeg", true);
    COLOURS(srgb, "jpeg jpeg", true);
    ask_resize(40, 0, TB_FIT_COVER);
    ask((tb_op){.kind = TB_OP_BRIGHTEN, .brighten.add = 9});
    COLOURS(display_p3, "jpeg resize point jpeg", true);
}

static void a_picture_laid_on_another_becomes_srgb_too(void)
{
    static tb_picture two[2];
    static tb_pipe layers[2];

    picture(TB_PNG, 80, 60, 3, 1);
    two[0] = two[1] = in;
    two[1].meta = (tb_meta){.icc = display_p3->data, .icc_size = display_p3->size};
    ask((tb_op){.kind = TB_OP_COMPOSITE, .composite = {.picture = 1, .opacity = 1}});
    plan.picture = two, plan.pictures = 2, plan.layer = layers;
    STAGES("png png icc convert composite png");
    two[0].meta = two[1].meta;
    two[1].meta = (tb_meta){0};
    STAGES("png png convert icc composite png");
    plan.picture = &in, plan.pictures = 1, plan.layer = NULL;
}

/* A profile of colour is none of grey, nor the other way round. */
static void a_profile_that_cannot_be_kept_is_converted(void)
{
    picture(TB_JPEG, 80, 60, 3, 1);
    pipes[0].output.keep = TB_KEEP_ALL;
    ask((tb_op){.kind = TB_OP_GREYSCALE});
    COLOURS(display_p3, "jpeg icc convert jpeg", false);
    COLOURS(srgb, "jpeg convert jpeg", false);
    CHECK(route.node[route.count - 1].encode.keep == (TB_KEEP_ALL & ~TB_KEEP_ICC));
    pipes[0].output.format = TB_WEBP; /* grey, then colour again */
    COLOURS(display_p3, "jpeg icc convert convert webp", false);
    picture(TB_PNG, 80, 60, 1, 1);
    pipes[0].output.keep = TB_KEEP_ICC;
    pipes[0].output.format = TB_WEBP;
    COLOURS(grey_gamma, "png icc convert webp", false);
    pipes[0].output.format = TB_JPEG;
    COLOURS(grey_gamma, "png jpeg", true);
}

static void check_refused(tb_code code, const char *part, int line)
{
    if (find() != TB_FAIL || error.code != code || !strstr(error.text, part)) {
        printf("line %d: %d %s\n", line, error.code, error.text);
        exit(1);
    }
}
#define REFUSED(code, part) check_refused(code, part, __LINE__)

static void what_cannot_be_is_refused(void)
{
    picture(TB_JPEG, 4000, 3000, 3, 1);
    ask_resize(20000, 0, TB_FIT_COVER);
    REFUSED(TB_E_LIMIT, "20000x15000; the limit is 16383 a side (max_side_out)");
    picture(TB_JPEG, 40, 30, 3, 6);
    ask_crop(0, 0, 40, 30);
    REFUSED(TB_E_LIMIT, "40x30 at 0,0 leaves the picture, which is 30x40");
    picture(TB_JPEG, 40, 30, 3, 1);
    in.header.components = 4;
    REFUSED(TB_E_UNSUPPORTED, "a CMYK jpeg is not read: this build is without libvips");
    picture(TB_GIF, 40, 30, 3, 1);
    REFUSED(TB_E_UNSUPPORTED, "gif is not read: ");
    picture(TB_WEBP, 40, 30, 3, 1);
    in.header.animated = true;
    REFUSED(TB_E_UNSUPPORTED, "an animated webp is not read: ");
    picture(TB_PNG, 40, 30, 3, 6);
    for (int i = 0; i < TB_MAX_OPS; i++) /* each becomes resize, turn and pad */
        if (i % 2)
            ask_rotate(90);
        else
            ask_resize(20 + i, 50, TB_FIT_CONTAIN);
    CHECK(find() == TB_MORE || error.code == TB_E_LIMIT);
}

/* A larger job never costs less. */
static void cost_grows_with_the_picture(void)
{
    tb_format formats[] = {TB_JPEG, TB_PNG, TB_WEBP};
    for (int f = 0; f < 3; f++) {
        double before = 0;
        for (int side = 100; side < 8000; side *= 2) {
            picture(formats[f], side, side, 3, 1);
            ask_resize(50, 50, TB_FIT_COVER);
            CHECK(find() == TB_MORE && route.cost > before);
            before = route.cost;
        }
    }
}

/* Nothing but means is read of a progressive picture that is shrunk by 8. */
static void what_is_skipped_costs_nothing(void)
{
    double cost[2];

    for (int k = 0; k < 2; k++) {
        picture(TB_JPEG, 4000, 3000, 3, 1);
        in.header.progressive = true;
        ask_resize(k ? 200 : 400, 0, TB_FIT_INSIDE);
        CHECK(find() == TB_MORE && decodes(k ? 8 : 4, 0, 0, k ? 500 : 1000, k ? 375 : 750));
        cost[k] = route.cost;
    }
    CHECK(cost[1] < cost[0] / 2);
}

static void ask_look(tb_op_kind kind, double by)
{
    tb_op op = {.kind = kind};
    op.look = (tb_look_op){.by = by, .saturation = by, .angle = by, .colour = {200, 100, 50}};
    ask(op);
}

static int points_of(int node)
{
    CHECK(route.node[node].ops == &tb_point);
    return route.node[node].point.count;
}

static void steps_on_single_pixels_share_a_stage(void)
{
    picture(TB_PNG, 40, 30, 3, 1);
    ask_look(TB_OP_CONTRAST, 1.5);
    ask_look(TB_OP_SATURATION, 0.5);
    ask_flip(TB_HORIZONTAL); /* is put off */
    ask_look(TB_OP_SEPIA, 1);
    STAGES("png point turn png");
    CHECK(points_of(1) == 3);
    CHECK(route.node[1].point.step[1].kind == TB_POINT_MODULATE);
    ask_resize(20, 15, TB_FIT_FILL);
    ask_look(TB_OP_INVERT, 0);
    STAGES("png point resize point turn png");
    for (int i = 0; i < TB_POINT_STEPS + 1; i++)
        ask_look(TB_OP_GAMMA, 2);
    STAGES("png point resize point point turn png");
    CHECK(points_of(3) == TB_POINT_STEPS && points_of(4) == 2);
}

static void steps_that_change_nothing_are_left_out(void)
{
    picture(TB_PNG, 40, 30, 1, 1);
    ask_look(TB_OP_CONTRAST, 1);
    ask_look(TB_OP_BRIGHTNESS, 1);
    ask_look(TB_OP_SATURATION, 3); /* grey stays grey */
    ask_look(TB_OP_HUE, 90);
    ask_look(TB_OP_OPACITY, 1);
    ask_look(TB_OP_SEPIA, 0);
    ask_look(TB_OP_FLATTEN, 0);
    ask((tb_op){.kind = TB_OP_BRIGHTEN});
    STAGES("png png");
}

static void what_is_laid_out_upright_is_turned_first(void)
{
    picture(TB_PNG, 40, 30, 3, 6);
    ask((tb_op){.kind = TB_OP_SHARPEN});
    ask((tb_op){.kind = TB_OP_MEDIAN});
    STAGES("png sharpen median turn png");
    ask((tb_op){.kind = TB_OP_PIXELATE, .pixelate.size = 1});
    STAGES("png sharpen median turn png");
    ask((tb_op){.kind = TB_OP_PIXELATE, .pixelate.size = 4});
    STAGES("png sharpen median turn pixelate png");
    picture(TB_PNG, 40, 30, 3, 6);
    ask((tb_op){.kind = TB_OP_CONVOLVE});
    STAGES("png turn convolve png");
    CHECK(route.node[2].stencil.kernel == &pipes[0].op[0].convolve);
}

static void channels_come_and_go_as_the_step_needs(void)
{
    picture(TB_PNG, 40, 30, 2, 1);
    ask_look(TB_OP_TINT, 1);
    STAGES("png convert point png");
    CHECK(results[0].shape.channels == 4);
    ask_look(TB_OP_THRESHOLD, 100);
    STAGES("png convert point convert point png");
    CHECK(results[0].shape.channels == 2);
    ask_look(TB_OP_FLATTEN, 0);
    ask_look(TB_OP_OPACITY, 0.5);
    STAGES("png convert point convert point flatten convert point png");
    CHECK(results[0].shape.channels == 2 && route.node[5].flatten.background[0] == 200);
}

/* The core alone has none. */
static void what_takes_libvips_is_told_where_there_is_none(void)
{
    tb_op ops[] = {
        {.kind = TB_OP_AFFINE}, {.kind = TB_OP_CLAHE}, {.kind = TB_OP_EQUALISE}, {.kind = TB_OP_CROP}};

    ops[0].affine.how = (tb_affine_args){.a = 2, .d = 1};
    ops[1].clahe = (tb_clahe_op){{9, false}, {9, false}, 3};
    ops[3].crop = (tb_crop_op){{-1, false},       {-1, false},      {9, false}, {9, false},
                               {0.5, 0.5, false}, TB_SMART_ENTROPY, {0}};
    for (int i = 0; i < 4; i++) {
        picture(TB_PNG, 100, 80, 3, 6);
        ask(ops[i]);
        CHECK(find() == TB_FAIL && error.code == TB_E_UNSUPPORTED && strstr(error.text, "libvips"));
    }
    picture(TB_PNG, 100, 80, 3, 6); /* nothing to do: none is needed */
    ops[0].affine.how.a = 1;
    ask(ops[0]);
    ops[3].crop.width.n = 80;
    ops[3].crop.height.n = 100;
    ask(ops[3]);
    STAGES("png turn png");
}

int main(void)
{
    what_takes_libvips_is_told_where_there_is_none();
    steps_on_single_pixels_share_a_stage();
    steps_that_change_nothing_are_left_out();
    channels_come_and_go_as_the_step_needs();
    what_is_laid_out_upright_is_turned_first();
    most_of_a_shrink_is_done_while_decoding();
    what_is_rounded_up_while_decoding_moves_nothing();
    planes_that_stay_apart_may_be_shrunk_more();
    no_sample_of_chroma_is_of_what_is_cut_off();
    where_it_has_fewer_samples_more_is_left_of_it();
    a_first_crop_is_left_to_the_decoder();
    grey_does_not_keep_the_decoder_from_shrinking();
    a_resize_goes_on_to_a_smaller_size();
    flips_and_turns_are_one_turn_at_the_end();
    a_cover_is_cut_and_a_contain_is_padded();
    a_border_is_laid_upright();
    a_background_is_shown_as_it_is();
    rounding_gives_alpha();
    channels_are_what_the_format_takes();
    what_two_pipes_do_alike_is_done_once();
    a_decoder_does_what_every_pipe_can_bear();
    a_pipe_that_leads_nowhere_leaves_nothing_behind();
    display_p3 = rgb_profile(&p3, srgb_tone(), 4.3);
    srgb = rgb_profile(&rec709, srgb_tone(), 4.3);
    grey_gamma = grey_profile(cmsBuildGamma(NULL, 1.8));
    colours_become_srgb_behind_the_first_shrink();
    colours_are_srgb_before_anything_looks_at_them();
    a_profile_that_is_kept_keeps_the_pixels();
    a_picture_laid_on_another_becomes_srgb_too();
    a_profile_that_cannot_be_kept_is_converted();
    what_cannot_be_is_refused();
    cost_grows_with_the_picture();
    what_is_skipped_costs_nothing();
    blobs_free();
    return 0;
}
