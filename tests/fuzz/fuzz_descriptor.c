/* fuzz_descriptor.c - makes calls with arbitrary arguments: shapes, strides, dtypes, whole descriptors.
 *
 * An array that is accepted must reach no byte outside the arena (check_reach, in 128 bits), and a slice none
 * outside its base. A call that is refused must leave the arena sound. */
#include "fuzz.h"

static lina_arena_t *arena;

static void begin(void) {
    uint64_t shape[] = {4, 6, 5};
    int64_t strides[] = {-240, 40, 8};
    static const lina_arena_options_t options = {.max_arrays = 8, .max_members = 2};
    CHECK_OK(lina_arena_create(NULL, 64 << 10, &options, &arena));
    CHECK_OK(lina_arena_create_array(arena, "base", LINA_DTYPE_F64, 3, shape, LINA_LAYOUT_C, NULL));
    CHECK_OK(lina_arena_create_array(arena, "f", LINA_DTYPE_U16, 2, shape, LINA_LAYOUT_F, NULL));
    CHECK_OK(lina_alias(arena, "mirror", "base", 3 * 240, 3, shape, strides));
}

/* A length that is small, or so large that products nearly overflow. */
static uint64_t eat_length(struct input *in) {
    uint8_t kind = eat_u8(in);
    if (kind < 192)
        return kind % 16;
    return kind < 240 ? (UINT64_C(1) << kind % 64) + eat_u8(in) - 128 : eat_u64(in);
}

static void check_array(const char *name) {
    lina_view_t view;
    CHECK_OK(lina_acquire(arena, name, &view));
    check_reach(arena, &view.desc, view.data);
    lina_release(&view);
}

static void fuzz_resolve(struct input *in) {
    static const char *const names[] = {"base", "f", "mirror"};
    lina_desc_t desc;
    void *p;
    CHECK_OK(lina_arena_open(arena, names[eat_u8(in) % 3], &desc));
    while (in->left > 0) {
        size_t at = eat_u8(in) % (sizeof desc / 4) * 4;
        uint64_t value = eat_length(in);
        memcpy((char *)&desc + at, &value, at + 8 <= sizeof desc && at % 8 == 0 ? 8 : 4);
    }
    if (lina_arena_resolve_ptr(arena, &desc, &p) == LINA_OK)
        check_reach(arena, &desc, p);
}

static void fuzz_create(struct input *in) {
    uint64_t shape[LINA_MAX_DIMS];
    uint32_t dtype, ndim = eat_u8(in) % 12, layout = eat_u8(in) % 4;
    char name[80];
    eat(in, &dtype, sizeof dtype);
    for (int d = 0; d < LINA_MAX_DIMS; d++)
        shape[d] = eat_length(in);
    eat(in, name, sizeof name - 1);
    name[sizeof name - 1] = '\0';
    if (name[0] == '\0')
        strcpy(name, "new");
    if (lina_arena_create_array(arena, name, dtype, ndim, shape, layout, NULL) == LINA_OK) {
        check_array(name);
        CHECK_OK(lina_remove(arena, name));
    }
}

/* Checks that the span of a slice lies in the span of its base. */
static void check_slice(const char *base_name) {
    lina_view_t base, slice;
    CHECK_OK(lina_acquire(arena, "slice", &slice));
    CHECK_OK(lina_acquire(arena, base_name, &base));
    int64_t low = 0, high = (int64_t)lina_dtype_size(slice.desc.dtype);
    for (uint32_t d = 0; slice.desc.nbytes > 0 && d < slice.desc.ndim; d++) {
        int64_t reach = ((int64_t)slice.desc.shape[d] - 1) * slice.desc.strides[d];
        *(reach < 0 ? &low : &high) += reach;
    }
    const char *first = (char *)slice.data + low, *from = base.data;
    if (strcmp(base_name, "mirror") == 0)
        from -= 3 * 240;
    if (slice.desc.nbytes > 0 && (first < from || first + (high - low) > from + base.desc.nbytes))
        abort();
    lina_release(&base);
    lina_release(&slice);
}

static void fuzz_alias(struct input *in) {
    static const char *const names[] = {"base", "f", "mirror"};
    uint64_t shape[LINA_MAX_DIMS], offset = eat_length(in);
    int64_t strides[LINA_MAX_DIMS];
    const char *base = names[eat_u8(in) % 3];
    uint32_t ndim = eat_u8(in) % 10;
    for (int d = 0; d < LINA_MAX_DIMS; d++) {
        shape[d] = eat_length(in);
        uint8_t sign = eat_u8(in);
        int64_t stride = (int64_t)(eat_length(in) * (sign < 128 ? 8 : 1));
        strides[d] = sign % 2 == 0 || stride == INT64_MIN ? stride : -stride;
    }
    const int64_t *given = eat_u8(in) % 8 == 0 ? NULL : strides;
    if (lina_alias(arena, "slice", base, offset, ndim, shape, given) != LINA_OK)
        return;
    check_array("slice");
    check_slice(base);
    CHECK_OK(lina_remove(arena, "slice"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const targets[])(struct input *) = {fuzz_resolve, fuzz_create, fuzz_alias};
    struct input in = {data, size};
    if (arena == NULL)
        begin();
    targets[eat_u8(&in) % 3](&in);
    CHECK_OK(lina_check_arena(arena));
    return 0;
}
