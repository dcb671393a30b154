/* test_translate.c - tests the exports to DLPack and Arrow: all fields, refusals and lifetimes. */
#include <stddef.h>

#include "../helpers.h"
#include "translate.h"

typedef struct DLManagedTensor plain_t;
typedef struct DLManagedTensorVersioned versioned_t;
typedef struct ArrowSchema schema_t;
typedef struct ArrowArray array_t;

/* The layouts on a 64-bit machine, from the specifications. */
_Static_assert(sizeof(struct DLTensor) == 48, "DLTensor");
_Static_assert(offsetof(struct DLTensor, dtype) == 20, "DLTensor.dtype");
_Static_assert(offsetof(struct DLTensor, byte_offset) == 40, "DLTensor.byte_offset");
_Static_assert(sizeof(plain_t) == 64, "DLManagedTensor");
_Static_assert(offsetof(versioned_t, deleter) == 16, "DLManagedTensorVersioned.deleter");
_Static_assert(offsetof(versioned_t, dl_tensor) == 32, "DLManagedTensorVersioned.dl_tensor");
_Static_assert(sizeof(schema_t) == 72 && sizeof(array_t) == 80, "Arrow");

static uint64_t held(lina_arena_t *arena) { return info_of(arena).held; }

/* ---- DLPack ------------------------------------------------------------------------------------ */

TEST("a versioned tensor describes the view's bytes in elements") {
    lina_arena_t *arena = new_arena(MIB);
    CHECK_OK(lina_arena_create_array(arena, "x", LINA_DTYPE_I16, 3, SHAPE(4, 3, 2), LINA_LAYOUT_F,
                                     NULL));
    lina_view_t view = hold(&view, arena, "x");
    versioned_t *t;
    CHECK_OK(lina_export_dlpack_versioned(&view, &t));
    CHECK_EQ(t->major, 1);
    CHECK_EQ(t->minor, 0);
    CHECK_EQ(t->flags, 0);
    CHECK(t->dl_tensor.data == view.data);
    CHECK_EQ(t->dl_tensor.byte_offset, 0);
    CHECK_EQ(t->dl_tensor.device_type, 1);
    CHECK_EQ(t->dl_tensor.device_id, 0);
    CHECK_EQ(t->dl_tensor.ndim, 3);
    const unsigned char *dtype = (const unsigned char *)&t->dl_tensor.dtype;
    CHECK(dtype[0] == 0 && dtype[1] == 16 && dtype[2] == 1 && dtype[3] == 0);
    CHECK(memcmp(t->dl_tensor.shape, SHAPE(4, 3, 2), 24) == 0);
    CHECK(memcmp(t->dl_tensor.strides, STRIDES(1, 4, 12), 24) == 0);
    t->deleter(t);
    lina_release(&view);
}

TEST("an unversioned tensor says the same") {
    lina_arena_t *arena = new_arena(MIB);
    CHECK_OK(
        lina_arena_create_array(arena, "x", LINA_DTYPE_C128, 2, SHAPE(2, 3), LINA_LAYOUT_C, NULL));
    lina_view_t view = hold(&view, arena, "x");
    plain_t *t;
    CHECK_OK(lina_export_dlpack(&view, &t));
    CHECK(t->dl_tensor.data == view.data);
    CHECK_EQ(t->dl_tensor.dtype, LINA_DTYPE_C128);
    CHECK(memcmp(t->dl_tensor.strides, STRIDES(3, 1), 16) == 0);
    t->deleter(t);
    lina_release(&view);
}

TEST("no dimensions are one element, and no elements are NULL") {
    lina_arena_t *arena = new_arena(MIB);
    CHECK_OK(lina_arena_create_array(arena, "one", F64, 0, NULL, LINA_LAYOUT_C, NULL));
    CHECK_OK(lina_arena_create_array(arena, "none", F64, 2, SHAPE(0, 3), LINA_LAYOUT_C, NULL));
    lina_view_t one = hold(&one, arena, "one"), none = hold(&none, arena, "none");
    versioned_t *t;
    CHECK_OK(lina_export_dlpack_versioned(&one, &t));
    CHECK(t->dl_tensor.ndim == 0 && t->dl_tensor.data == one.data);
    t->deleter(t);
    CHECK_OK(lina_export_dlpack_versioned(&none, &t));
    CHECK(t->dl_tensor.ndim == 2 && t->dl_tensor.data == NULL && t->dl_tensor.shape[0] == 0);
    t->deleter(t);
}

TEST("a slice with negative and zero strides keeps them, counted in elements") {
    lina_arena_t *arena = new_arena(MIB);
    CHECK_OK(make(arena, "x", F64, 10));
    CHECK_OK(lina_alias(arena, "s", "x", 72, 2, SHAPE(5, 3), STRIDES(-16, 0)));
    lina_view_t view = hold(&view, arena, "s");
    versioned_t *t;
    CHECK_OK(lina_export_dlpack_versioned(&view, &t));
    CHECK(t->dl_tensor.data == view.data);
    CHECK(memcmp(t->dl_tensor.strides, STRIDES(-2, 0), 16) == 0);
    t->deleter(t);
}

TEST("what DLPack cannot say is refused in a sentence that names the array") {
    lina_arena_t *arena = new_arena(MIB), *looking = join_arena(arena, LINA_ATTACH_READ_ONLY);
    plain_t *plain = NULL;
    versioned_t *versioned = NULL;
    lina_view_t view, empty = {0};
    CHECK_OK(make(arena, "bytes", U8, 64));
    CHECK_OK(make(arena, "nibbles", UINT32_C(0x00010401), 8));
    CHECK_OK(make(arena, "records", UINT32_C(0x00034001), 8)); /* three u64 each */
    CHECK_OK(lina_alias(arena, "thirds", "records", 0, 1, SHAPE(4), STRIDES(28)));
    view = hold(&view, arena, "thirds");
    CHECK_ERR(lina_export_dlpack(&view, &plain), LINA_ERR_INVALID, "\"thirds\": stride 0");
    CHECK_ERR(lina_export_dlpack_versioned(&view, &versioned), LINA_ERR_INVALID, "28 bytes");
    view = hold(&view, arena, "nibbles");
    CHECK_ERR(lina_export_dlpack(&view, &plain), LINA_ERR_INVALID, "\"nibbles\"");
    CHECK_OK(lina_alias(arena, "odd", "records", 4, 1, SHAPE(2), STRIDES(24)));
    view = hold(&view, arena, "odd");
    CHECK_ERR(lina_export_dlpack(&view, &plain), LINA_ERR_INVALID, "\"odd\": its first element");
    view = hold(&view, looking, "bytes");
    CHECK_ERR(lina_export_dlpack(&view, &plain), LINA_ERR_READ_ONLY, "\"bytes\"");
    CHECK_ERR(lina_export_dlpack(&view, NULL), LINA_ERR_INVALID, "\"bytes\"");
    CHECK_ERR(lina_export_dlpack_versioned(&view, NULL), LINA_ERR_INVALID, "\"bytes\"");
    CHECK_ERR(lina_export_dlpack(&empty, &plain), LINA_ERR_INVALID, "view");
    CHECK_ERR(lina_export_dlpack_versioned(NULL, &versioned), LINA_ERR_INVALID, "view");
    CHECK(plain == NULL && versioned == NULL);
    CHECK_OK(lina_export_dlpack_versioned(&view, &versioned));
    CHECK_EQ(versioned->flags, DLPACK_READ_ONLY);
    versioned->deleter(versioned);
}

/* ---- Arrow ------------------------------------------------------------------------------------- */

TEST("an Arrow array of each type of number has the view's bytes and no missing values") {
    static const struct {
        uint32_t dtype;
        const char *format;
    } types[] = {
        {LINA_DTYPE_I8, "c"},  {LINA_DTYPE_U8, "C"},  {LINA_DTYPE_I16, "s"}, {LINA_DTYPE_U16, "S"},
        {LINA_DTYPE_I32, "i"}, {LINA_DTYPE_U32, "I"}, {LINA_DTYPE_I64, "l"}, {LINA_DTYPE_U64, "L"},
        {LINA_DTYPE_F16, "e"}, {LINA_DTYPE_F32, "f"}, {LINA_DTYPE_F64, "g"},
    };
    lina_arena_t *arena = new_arena(MIB);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        schema_t schema;
        array_t array;
        CHECK_OK(make(arena, types[i].format, types[i].dtype, 7));
        lina_view_t view = hold(&view, arena, types[i].format);
        CHECK_OK(lina_export_arrow(&view, &schema, &array));
        CHECK_STR(schema.format, types[i].format);
        CHECK_STR(schema.name, types[i].format);
        CHECK(schema.metadata == NULL && schema.flags == 0 && schema.n_children == 0);
        CHECK(schema.children == NULL && schema.dictionary == NULL);
        CHECK(array.length == 7 && array.null_count == 0 && array.offset == 0);
        CHECK(array.n_buffers == 2 && array.n_children == 0);
        CHECK(array.buffers[0] == NULL && array.buffers[1] == view.data);
        CHECK(array.children == NULL && array.dictionary == NULL);
        array.release(&array);
        CHECK_STR(schema.name, types[i].format); /* schema and array are released separately */
        schema.release(&schema);
        CHECK(array.release == NULL && schema.release == NULL);
        lina_release(&view);
    }
}

TEST("what Arrow cannot say is refused in a sentence that says why") {
    lina_arena_t *arena = new_arena(MIB);
    schema_t schema = {0};
    array_t array = {0};
    lina_view_t view, empty = {0};
#define REFUSED(name, words)                                                                       \
    (view = hold(&view, arena, name));                                                             \
    CHECK_ERR(lina_export_arrow(&view, &schema, &array), LINA_ERR_INVALID, "\"" name "\": " words)
    CHECK_OK(make(arena, "flags", LINA_DTYPE_BOOL, 8));
    CHECK_OK(make(arena, "brain", LINA_DTYPE_BF16, 8));
    CHECK_OK(make(arena, "complex", LINA_DTYPE_C64, 8));
    CHECK_OK(make(arena, "line", F64, 8));
    CHECK_OK(lina_arena_create_array(arena, "point", F64, 0, NULL, LINA_LAYOUT_C, NULL));
    CHECK_OK(lina_arena_create_array(arena, "plane", F64, 2, SHAPE(2, 2), LINA_LAYOUT_C, NULL));
    CHECK_OK(lina_alias(arena, "gaps", "line", 0, 1, SHAPE(4), STRIDES(16)));
    CHECK_OK(lina_alias(arena, "backwards", "line", 56, 1, SHAPE(8), STRIDES(-8)));
    CHECK_OK(lina_alias(arena, "odd", "line", 4, 1, SHAPE(2), STRIDES(8)));
    REFUSED("flags", "Arrow packs eight bools into a byte");
    REFUSED("brain", "Arrow has no type");
    REFUSED("complex", "Arrow has no type");
    REFUSED("point", "it has 0 dimensions");
    REFUSED("plane", "it has 2 dimensions");
    REFUSED("gaps", "there are gaps");
    REFUSED("backwards", "there are gaps");
    REFUSED("odd", "its first element");
    view = hold(&view, arena, "line");
    CHECK_ERR(lina_export_arrow(&view, NULL, &array), LINA_ERR_INVALID, "\"line\"");
    CHECK_ERR(lina_export_arrow(&view, &schema, NULL), LINA_ERR_INVALID, "\"line\"");
    CHECK_ERR(lina_export_arrow(&empty, &schema, &array), LINA_ERR_INVALID, "view");
    CHECK(schema.release == NULL && array.release == NULL);
}

TEST("an empty array, and one of one element with any stride, can be said in Arrow") {
    lina_arena_t *arena = new_arena(MIB);
    schema_t schema;
    array_t array;
    CHECK_OK(make(arena, "none", F64, 0));
    CHECK_OK(lina_alias(arena, "one", "none", 0, 1, SHAPE(0), STRIDES(24)));
    for (int i = 0; i < 2; i++) {
        lina_view_t view = hold(&view, arena, i == 0 ? "none" : "one");
        CHECK_OK(lina_export_arrow(&view, &schema, &array));
        CHECK_EQ(array.length, 0);
        array.release(&array);
        schema.release(&schema);
        lina_release(&view);
    }
}

/* ---- lifetimes --------------------------------------------------------------------------------- */

TEST("an export holds its generation until it is deleted, and no longer") {
    lina_arena_t *arena = new_arena(MIB);
    plain_t *plain;
    versioned_t *versioned;
    schema_t schema;
    array_t array;
    publish_bytes(arena, "x", 1000, 7);
    lina_view_t view = hold(&view, arena, "x");
    CHECK_OK(lina_export_dlpack(&view, &plain));
    CHECK_OK(lina_export_dlpack_versioned(&view, &versioned));
    CHECK_OK(lina_export_arrow(&view, &schema, &array));
    lina_release(&view);
    CHECK_STR(schema.name, "x");
    publish_bytes(arena, "x", 1000, 9);
    CHECK_EQ(held(arena), 1);
    CHECK(all_are(plain->dl_tensor.data, 1000, 7));
    plain->deleter(plain);
    CHECK_EQ(held(arena), 1);
    versioned->deleter(versioned);
    CHECK_EQ(held(arena), 1);
    CHECK(all_are(array.buffers[1], 1000, 7));
    array.release(&array);
    CHECK_EQ(held(arena), 0);
    schema.release(&schema);
    CHECK_OK(lina_check_arena(arena));
}

static void *delete_it(void *tensor) {
    plain_t *plain = tensor;
    plain->deleter(plain);
    return NULL;
}

TEST("a consumer may delete after lina_shutdown, and from another thread") {
    lina_view_t view;
    plain_t *plain;
    schema_t schema;
    array_t array;
    lina_init();
    CHECK_OK(lina_alloc_shared_memory(MIB));
    CHECK_OK(lina_create_array("x", U8, 1, SHAPE(1000), LINA_LAYOUT_C, NULL));
    CHECK_OK(lina_acquire(NULL, "x", &view));
    memset(view.data, 5, 1000);
    CHECK_OK(lina_export_dlpack(&view, &plain));
    CHECK_OK(lina_export_arrow(&view, &schema, &array));
    lina_release(&view);
    lina_shutdown();
    CHECK(all_are(plain->dl_tensor.data, 1000, 5)); /* the mapping still exists */
    join(start(delete_it, plain));
    CHECK(all_are(array.buffers[1], 1000, 5));
    array.release(&array);
    schema.release(&schema);
}

TEST("an export of a loan holds it through its publication") {
    lina_arena_t *arena = new_arena(MIB);
    versioned_t *t;
    lina_view_t loan = borrow(&loan, arena, "x", U8, 10);
    CHECK_OK(lina_export_dlpack_versioned(&loan, &t));
    memset(t->dl_tensor.data, 3, 10);
    CHECK_OK(lina_publish(&loan));
    lina_view_t view = hold(&view, arena, "x");
    CHECK(view.data == t->dl_tensor.data && all_are(view.data, 10, 3));
    t->deleter(t);
    lina_release(&view);
    CHECK_OK(lina_check_arena(arena));
}

TEST("in a forked child an export can be deleted and frees nothing of its parent's") {
    lina_arena_t *arena = new_arena(MIB);
    plain_t *plain;
    publish_bytes(arena, "x", 100, 1);
    lina_view_t view = hold(&view, arena, "x");
    CHECK_OK(lina_export_dlpack(&view, &plain));
    lina_release(&view);
    CHECK_OK(lina_remove(arena, "x"));
    pid_t pid = spawn();
    if (pid == 0) {
        plain->deleter(plain);
        done();
    }
    CHECK_EQ(reap(pid), 0);
    CHECK_EQ(held(arena), 1);
    plain->deleter(plain);
    CHECK_EQ(held(arena), 0);
}
