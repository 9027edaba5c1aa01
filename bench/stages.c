/* stages.c - one stage by itself over a picture of 640x480, for the count of its instructions.
 *
 *     stages          tells the names
 *     stages NAME     does it once */
#include "../c_src/ops/ops.h"
#include "../test/c/check.h"

typedef struct {
    const char *name;
    const tb_stage_ops *ops;
    const void *args;
    int channels; /* of the picture */
} trial;

static const tb_resize_args quarter = {.width = 160, .height = 120, .kernel = TB_LANCZOS3};
static const tb_resize_args linear = {.width = 160, .height = 120, .kernel = TB_LANCZOS3, .linear = true};
static const tb_resize_args a_little = {.width = 600, .height = 450, .kernel = TB_CUBIC};
static const tb_resize_args twice = {.width = 1280, .height = 960, .kernel = TB_LANCZOS3};
static const tb_stencil_kernel edges = {.side = 3, .weight = {-1, -1, -1, -1, 8, -1, -1, -1, -1}, .scale = 1};
static const tb_point_args vivid = {1, {{TB_POINT_MODULATE, {0}, {1.1f, 1.5f, 20}}}};
static const tb_point_args lighter = {1, {{TB_POINT_GAMMA, {0}, {1.5f}}}};
static const tb_sharpen_args sharper = {0.5f, 0, 3, 2, 10, 20};

static const trial trials[] = {
    {"shrink", &tb_resize, &quarter, 3},
    {"shrink-alpha", &tb_resize, &quarter, 4},
    {"shrink-grey", &tb_resize, &quarter, 1},
    {"shrink-linear", &tb_resize, &linear, 3},
    {"shrink-a-little", &tb_resize, &a_little, 3},
    {"enlarge", &tb_resize, &twice, 3},
    {"blur-small", &tb_blur, &(const tb_blur_args){0.8}, 3},
    {"blur-large", &tb_blur, &(const tb_blur_args){5}, 3},
    {"blur-alpha", &tb_blur, &(const tb_blur_args){5}, 4},
    {"sharpen", &tb_sharpen, &sharper, 3},
    {"convolve", &tb_stencil, &(const tb_stencil_args){&edges}, 3},
    {"median", &tb_median, NULL, 3},
    {"modulate", &tb_point, &vivid, 3},
    {"gamma", &tb_point, &lighter, 3},
    {"grey", &tb_convert, &(const tb_convert_args){1}, 3},
    {"flatten", &tb_flatten, &(const tb_flatten_args){{255, 255, 255}}, 4},
    {"quarter-turn", &tb_turn, &(const tb_turn_args){6}, 3},
};

#define TRIALS (sizeof trials / sizeof *trials)

/* What is counted. */
__attribute__((noinline)) static void counted(const trial *t, image in)
{
    run(in, t->ops, t->args, 1 << 30);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; i < TRIALS; i++) {
        if (argc < 2) {
            printf("%s\n", trials[i].name);
        } else if (strcmp(argv[1], trials[i].name) == 0) {
            counted(&trials[i], noise(640, 480, trials[i].channels));
            images_free();
            return 0;
        }
    }
    return argc > 1;
}
