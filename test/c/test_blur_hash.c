/* test_blur_hash.c - BlurHash. */
#include "looking.h"
#include <math.h>

#define PI 3.14159265358979323846

static tb_blur_hash_args components(int across, int down)
{
    return (tb_blur_hash_args){&found, across, down};
}

/* Made by version 2.0.5 of the npm package `blurhash`, by the format's authors, from the same pixels. */
static const struct {
    int formula, w, h, across, down;
    const char *hash;
} vectors[] = {
    {0, 1, 1, 3, 7, "uJ02oWhahahahahahahahahahahahahahahahahahahaha"},
    {0, 1, 1, 4, 3, "LJ02oWhahahahahahahahahahaha"},
    {0, 1, 9, 3, 7, "ua9Qjw_4_4F.F.F.aeaeaewPwPwPS0S0S0oyoyoyS0S0S0"},
    {0, 1, 9, 4, 3, "La9Qjw_4_4_4F.F.F.F.aeaeaeae"},
    {0, 1, 9, 5, 1, "4a9Qjw_4_4_4_4"},
    {0, 5, 2, 3, 7, "u~9k%Fi^aJtTW+awM{TBbYtTW+aw%%i^aJtTW+awM{TBbY"},
    {0, 5, 2, 4, 3, "Ld9k%Fm,VrtmyGSsW9ssIBO~bqm]"},
    {0, 5, 2, 5, 1, "4I9k%FqtQ,yZQk"},
    {2, 1, 1, 3, 7, "u~05]EhZhZhZhZhZhZhZhZhZhZhZhZhZhZhZhZhZhZhZhZ"},
    {2, 1, 1, 4, 3, "L~05]EhZhZhZhZhZhZhZhZhZhZhZ"},
    {2, 1, 1, 5, 1, "4~05]EhZhZhZhZ"},
    {2, 1, 9, 3, 7, "u~Gb^v~q~qGYGYGYGgGgGg-5-5-5IxIxIxw0w0w0Z%Z%Z%"},
    {2, 1, 9, 4, 3, "L~Gb^v~q~q~qGYGYGYGYGgGgGgGg"},
    {2, 1, 9, 5, 1, "4~Gb^v~q~q~q~q"},
    {2, 100, 100, 3, 7, "u2HVF=-n*;%LspoOX8a8v-yoS6v.rtR:TC%rXBmcKOTHOm"},
    {2, 100, 100, 4, 3, "L1HVF=?X.$Q6-:s;oOXMXRVivoki"},
    {2, 100, 100, 5, 1, "41HVF=?X.$Q6S?"},
    {2, 100, 7, 3, 7, "uFHCDwXTR._Mj@bXnUaMnj_4nUbEOAk8o2_NotjIWFnnkR"},
    {2, 100, 7, 4, 3, "LEHCDwXTRoTD_Nj@bXbanUaMnjjK"},
    {2, 100, 7, 5, 1, "43HCDwPCIdHKKi"},
    {2, 11, 13, 1, 1, "00HLxY"},
    {2, 11, 13, 4, 3, "LDHLxYu6o?.ky,Zr#PGhBUGGf{L7"},
    {2, 11, 13, 5, 1, "4DHLxYu6o?.kny"},
    {2, 37, 100, 3, 7, "u2Hewb?drM-po|$xiUraa7yXXwTJR.TZga%4nCv$COO+JW"},
    {2, 37, 100, 4, 3, "L3Hewb-?rf*F%3kWxCnnimrta7XQ"},
    {2, 37, 100, 5, 1, "43Hewb-?rf*Fnp"},
    {2, 5, 2, 3, 7, "u~Hn5st[GN?0xnOirf#ZwG?0xnOi~Xt[GN?0xnOirf#ZwG"},
    {2, 5, 2, 4, 3, "L;Hn5syKB]PB^UxnOhS_rf#ZwGRz"},
    {2, 64, 48, 3, 7, "u3HVI^[hO-%~z#PIPfVgTXyYNtNuILTmw1|7G%vX*=CaVg"},
    {2, 64, 48, 4, 3, "L2HVI^{sKv[~.mziL7vqPxREP4sm"},
    {2, 64, 48, 5, 1, "42HVI^{sKv[~oG"},
    {2, 64, 48, 9, 9,
     "|3HVI^[hO-;qj:?SEmuM*Y%~z#PIv:TDW0n+Xx+QPfVgTXsmf|NMs$TDZSyYNtNuR.oaNOrYOtt1ILTmw1N|+cRqkBRWTB|7G%"
     "vXKam[bVXerfOs*=CaVgPJNOV[n5e[tR^8LArMS^NN%COHs%V#Q|TBTBo@NfaaM:X3gN"},
    {4, 1, 1, 3, 7, "u~TP#z~q~q~q~q~q~q~q~q~q~q~q~q~q~q~q~q~q~q~q~q"},
    {4, 1, 1, 4, 3, "L~TP#z~q~q~q~q~q~q~q~q~q~q~q"},
    {4, 1, 1, 5, 1, "4~TP#z~q~q~q~q"},
    {4, 1, 9, 3, 7, "u~N9zx~q~q}d}d}d$R$R$Rx@x@x@xHxHxH$,$,$,w}w}w}"},
    {4, 1, 9, 4, 3, "L~N9zx~q~q~q}d}d}d}d$R$R$R$R"},
    {4, 1, 9, 5, 1, "4~N9zx~q~q~q~q"},
    {4, 100, 100, 3, 7, "uWIzt{^,o#}[:vnns:nmjbt3S^bFoLj@fQspr^jboLjbfQ"},
    {4, 100, 100, 4, 3, "LWIzt{^,o#oz}[:vnnS^s:nmjbbF"},
    {4, 100, 100, 5, 1, "4RIzt{~Xo#o|kC"},
    {4, 100, 7, 3, 7, "uoJZ;,?Iog}[+*nm$*r_jb-nbtbGxar^jb-Vw#jvxar^jb"},
    {4, 100, 7, 4, 3, "LoJZ;,?IogkV}[+*nmS^$*r_jbX5"},
    {4, 100, 7, 5, 1, "4UJZ;,~Eo#kpkC"},
    {4, 11, 13, 1, 1, "00JZ_1"},
    {4, 11, 13, 3, 7, "ujJZ_1^,tS}[;Br_xar^jb%0XhbYs:n,jb$*sEn,s:n,jb"},
    {4, 11, 13, 4, 3, "LjJZ_1^,tS%L}[;Br_bsxar^jbbY"},
    {4, 11, 13, 5, 1, "4bJZ_1~Xxv%LtR"},
    {4, 37, 100, 3, 7, "uXI;Ir_3t8}[:vnns:nmjbt3S^bFoLj[fQspr^jboLjbfR"},
    {4, 37, 100, 4, 3, "LXI;Ir_3t8tQ}[:vnnS^s:nmjbbF"},
    {4, 37, 100, 5, 1, "4SI;Ir~Xt8tQoz"},
    {4, 5, 2, 3, 7, "u~Ly[o^+xv~V=#xI];:[w5~V=#xI~q^+xv~V=#xI];:[w5"},
    {4, 5, 2, 4, 3, "L~Ly[o^+xv-o~V=#xIxt];:[w5bt"},
    {4, 5, 2, 5, 1, "4xLy[o~Wx]?Gxv"},
    {4, 5, 2, 9, 9,
     "|~Ly[o^+xv-oxu-oxu-oxv~V=#xIxts=$+s=xtxI];:[w5btr_wOr_btw5~V=#xIxts=$+s=xtxI~q^+xv-oxu-oxu-oxv~V=#"
     "xIxts=$+s=xtxI];:[w5btr_wOr_btw5~V=#xIxts=$+s=xtxI~q^+xv-oxu-oxu-oxv"},
    {4, 64, 48, 3, 7, "uYI;Ir^,o#}[:]nns:r^jbtNS^bFoej[fQs;r^jboLn+jb"},
    {4, 64, 48, 4, 3, "LYI;Ir^,o#o|}[:]nnS^s:r^jbbF"},
    {4, 64, 48, 5, 1, "4RI;Ir~Xt8tQog"},
    {4, 64, 48, 9, 9,
     "|YI;Ir^,o#o|ofs:ofofkC}[:]nnS^j[r^n+X5j[s:r^jbbFfQjbjabFfQtNS^bFnlfQbFbFjbfQoej[fQfQfQfQfQfQfQs;r^"
     "jbbFfQjbjbbFfQoLn+jbbFfQjbfQbGfQt5X5bFjbfQbFfjjbfQoLj[fQfQfQfQfQfQfQ"},
};

static void the_reference_says_the_same(void)
{
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        tb_blur_hash_args a = components(vectors[i].across, vectors[i].down);
        look_at(painted(vectors[i].formula, vectors[i].w, vectors[i].h, 3), &tb_blur_hash, &a, 9);
        if (strcmp(found.blur_hash, vectors[i].hash))
            printf("%zu: %s, not %s\n", i, found.blur_hash, vectors[i].hash);
        CHECK(!strcmp(found.blur_hash, vectors[i].hash));
        images_free();
    }
}

/* --- the naive one: each component by itself, over the whole picture; in 83s, each digit by division */

static double light(int v)
{
    return v <= 10 ? v / 255.0 / 12.92 : pow((v / 255.0 + 0.055) / 1.055, 2.4);
}

static double component(image i, int cx, int cy, int k)
{
    double sum = 0;
    for (int x = 0; x < i.w; x++)
        for (int y = 0; y < i.h; y++)
            sum += cos(PI * cx * x / i.w) * cos(PI * cy * y / i.h) * light(*px(i, x, y, k));
    return sum / i.w / i.h * (cx || cy ? 2 : 1);
}

static int digit_at(const char *hash, int i)
{
    static const char *all =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
    const char *at = hash[i] ? strchr(all, hash[i]) : NULL;
    CHECK(at && strlen(all) == 83);
    return (int)(at - all);
}

/* Every component that can be read from the hash is the one the picture has, as near as a digit can say it. */
static void what_is_read_from_the_hash_is_what_the_picture_has(void)
{
    for (int i = 0; i < SIZES; i++) {
        int across = 1 + i % 9, down = 1 + i * 4 % 9;
        image in = painted(2 * (i % 3), sizes[i].w, sizes[i].h, 3);
        tb_blur_hash_args a = components(across, down);
        look_at(in, &tb_blur_hash, &a, 5);
        CHECK((int)strlen(found.blur_hash) == 4 + 2 * across * down);
        CHECK(digit_at(found.blur_hash, 0) == across - 1 + 9 * (down - 1));
        double most = (digit_at(found.blur_hash, 1) + 1) / 166.0;
        for (int at = 1; at < across * down; at++) {
            int v = digit_at(found.blur_hash, 4 + 2 * at) * 83 + digit_at(found.blur_hash, 5 + 2 * at);
            for (int k = 2; k >= 0; k--, v /= 19) {
                double want = component(in, at % across, at / across, k) / most;
                double lost = (want < 0 ? -1 : 1) * sqrt(fabs(want)) - (v % 19 - 9) / 9.0;
                CHECK(fabs(lost) <= 0.5 / 9 + 1e-9 || fabs(want) > 1);
                CHECK(fabs(want) <= 1 + 0.5 / 166 / most + 1e-9 ||
                      most == 0.5); /* that is the most it can say */
            }
        }
        images_free();
    }
}

/* Characters 2 to 5 are the mean, of linear light, in sRGB. */
static void a_plain_picture_is_its_colour(void)
{
    for (int v = 0; v < 256; v++) {
        image in = image_new(7, 5, 3);
        memset(in.px, v, image_size(in));
        tb_blur_hash_args a = components(4, 3);
        look_at(in, &tb_blur_hash, &a, 5);
        int dc = 0;
        for (int i = 2; i < 6; i++)
            dc = dc * 83 + digit_at(found.blur_hash, i);
        CHECK(dc == v * 0x10101);
        images_free();
    }
}

static void every_slicing_gives_the_same_hash(void)
{
    for (int i = 0; i < SIZES; i++) {
        tb_blur_hash_args a = components(9, 9);
        check_slicings(painted(2, sizes[i].w, sizes[i].h, 3), &tb_blur_hash, &a);
        images_free();
    }
    tb_blur_hash_args a = components(9, 9);
    check_slicings(painted(2, 256, 256, 3), &tb_blur_hash, &a);
    CHECK(strlen(found.blur_hash) == TB_BLUR_HASH_SIZE);
    images_free();
}

static void what_it_does_not_take_is_refused(void)
{
    static const int bad[][2] = {{0, 3}, {10, 3}, {4, 0}, {4, 10}, {-1, -1}};
    tb_blur_hash_args a = components(4, 3);
    for (int c = 1; c <= 4; c++)
        if (c != 3)
            check_look_refused(noise(5, 4, c), &tb_blur_hash, &a, TB_E_UNSUPPORTED);
    check_look_refused(noise(257, 4, 3), &tb_blur_hash, &a, TB_E_LIMIT);
    check_look_refused(noise(4, 257, 3), &tb_blur_hash, &a, TB_E_LIMIT);
    for (int i = 0; i < 5; i++) {
        a = components(bad[i][0], bad[i][1]);
        check_look_refused(noise(4, 5, 3), &tb_blur_hash, &a, TB_E_LIMIT);
    }
    images_free();
}

int main(void)
{
    tb_blur_hash_args a = components(4, 3);

    the_reference_says_the_same();
    what_is_read_from_the_hash_is_what_the_picture_has();
    a_plain_picture_is_its_colour();
    every_slicing_gives_the_same_hash();
    what_it_does_not_take_is_refused();
    look_survives_no_memory(noise(20, 20, 3), &tb_blur_hash, &a);
    images_free();
    return 0;
}
