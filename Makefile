# make c-test         all C tests, each in both orders of the loop, under ASan and UBSan
# make c-test-NAME    one: test/c/test_NAME.c

CORE  := $(filter-out c_src/nif.c c_src/term.c c_src/lane.c,$(wildcard c_src/*.c c_src/codecs/*.c c_src/ops/*.c))
TESTS := $(patsubst test/c/test_%.c,%,$(wildcard test/c/test_*.c))
OUT   := _build/c
LIBS  := -ljpeg -lpng -lz -lwebp -lwebpmux -lm
WARN  := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wframe-larger-than=4096
BASE  := -std=c11 -D_POSIX_C_SOURCE=200809L $(WARN) -fPIC -fvisibility=hidden
SAN   := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

c-test: $(TESTS:%=c-test-%)
c-test-%: test/c/test_%.c
	@mkdir -p $(OUT)
	$(CC) $(BASE) -Wno-unused-function -Wno-unused-variable $(SAN) -o $(OUT)/test_$* $< $(CORE) $(LIBS) && $(OUT)/test_$*
	$(CC) $(BASE) -Wno-unused-function -Wno-unused-variable $(SAN) -DTB_EAGER -o $(OUT)/test_$*-eager $< $(CORE) $(LIBS) && $(OUT)/test_$*-eager

.PHONY: c-test
