/* replay.c - runs a fuzz target without libFuzzer: replay [-random COUNT SEED] FILE...
 *
 * Runs each file as an input. With -random, runs COUNT random inputs made from the files: a file with some bytes
 * altered, cut off, or followed by those of another file. */
#include "fuzz.h"

#define LONGEST 4096
#define FILES_MOST 4096

struct file {
    uint8_t bytes[LONGEST];
    size_t size;
};

static struct file *read_all(char **names, int count) {
    struct file *files = calloc((size_t)count + 1, sizeof *files);
    CHECK(files != NULL);
    for (int i = 0; i < count; i++) {
        FILE *f = fopen(names[i], "rb");
        if (f == NULL)
            FAIL("cannot read %s", names[i]);
        files[i].size = fread(files[i].bytes, 1, LONGEST, f);
        fclose(f);
    }
    return files;
}

/* Runs one input. */
static void run(const struct file *input) {
    uint8_t *exact = malloc(input->size + 1); /* so that a sanitizer sees reads past the end */
    CHECK(exact != NULL);
    memcpy(exact, input->bytes, input->size);
    LLVMFuzzerTestOneInput(exact, input->size);
    free(exact);
}

static void alter(struct file *input, const struct file *other, uint64_t *random) {
    if (random_below(random, 3) == 0 && input->size + other->size <= LONGEST) {
        memcpy(input->bytes + input->size, other->bytes, other->size);
        input->size += other->size;
    }
    for (uint32_t i = 1 + random_below(random, 8); i > 0 && input->size > 0; i--)
        input->bytes[random_below(random, (uint32_t)input->size)] = (uint8_t)random_next(random);
    if (random_below(random, 8) == 0)
        input->size = random_below(random, (uint32_t)input->size + 1);
}

static void run_random(const struct file *files, int count, uint64_t inputs, uint64_t seed) {
    uint64_t random = seed, began = now_ns();
    for (uint64_t i = 0; i < inputs; i++) {
        struct file input = files[random_below(&random, (uint32_t)count)];
        alter(&input, &files[random_below(&random, (uint32_t)count)], &random);
        run(&input);
    }
    printf("%llu random inputs, %.0f a second\n", (unsigned long long)inputs,
           (double)inputs / ((double)(now_ns() - began) / 1e9));
}

int main(int argc, char **argv) {
    bool random = argc > 3 && strcmp(argv[1], "-random") == 0;
    int first = random ? 4 : 1, count = argc - first;
    if (count < 1 || count > FILES_MOST)
        FAIL("usage: %s [-random COUNT SEED] FILE...", argv[0]);
    struct file *files = read_all(argv + first, count);
    for (int i = 0; i < count; i++)
        run(&files[i]);
    printf("%d inputs replayed\n", count);
    if (random)
        run_random(files, count, argument(argc, argv, 2, 0), argument(argc, argv, 3, 1));
    free(files);
    return 0;
}
