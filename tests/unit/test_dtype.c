/* test_dtype.c - tests the table of dtypes. */
#include "../helpers.h"

/* DLPack's codes: int 0, uint 1, float 2, bfloat 4, complex 5, bool 6. */
static const struct {
    const char *name;
    uint32_t dtype, code, bits;
} all[] = {
    {"u8", LINA_DTYPE_U8, 1, 8},       {"i64", LINA_DTYPE_I64, 0, 64},
    {"f64", LINA_DTYPE_F64, 2, 64},    {"bool", LINA_DTYPE_BOOL, 6, 8},
    {"i8", LINA_DTYPE_I8, 0, 8},       {"i16", LINA_DTYPE_I16, 0, 16},
    {"i32", LINA_DTYPE_I32, 0, 32},    {"u16", LINA_DTYPE_U16, 1, 16},
    {"u32", LINA_DTYPE_U32, 1, 32},    {"u64", LINA_DTYPE_U64, 1, 64},
    {"f16", LINA_DTYPE_F16, 2, 16},    {"bf16", LINA_DTYPE_BF16, 4, 16},
    {"f32", LINA_DTYPE_F32, 2, 32},    {"c64", LINA_DTYPE_C64, 5, 64},
    {"c128", LINA_DTYPE_C128, 5, 128},
};
#define ALL (sizeof all / sizeof *all)

TEST("a dtype is DLPack's code, bits and lanes in one number") {
    for (size_t i = 0; i < ALL; i++)
        CHECK_EQ(all[i].dtype, all[i].code | all[i].bits << 8 | 1u << 16);
}

TEST("each named dtype has a short name, from which it is found again") {
    for (size_t i = 0; i < ALL; i++) {
        uint32_t dtype;
        CHECK_STR(lina_dtype_name(all[i].dtype), all[i].name);
        CHECK_OK(lina_dtype_from_name(all[i].name, &dtype));
        CHECK_EQ(dtype, all[i].dtype);
        CHECK_EQ(lina_dtype_size(dtype), all[i].bits / 8);
    }
}

TEST("a dtype without a short name gives NULL, and a name without a dtype is INVALID") {
    uint32_t dtype = 77;
    CHECK(lina_dtype_name(0) == NULL);
    CHECK(lina_dtype_name(LINA_DTYPE_F64 + 0x10000) == NULL); /* two lanes */
    CHECK_ERR(lina_dtype_from_name("f63", &dtype), LINA_ERR_INVALID, "\"f63\"");
    CHECK_ERR(lina_dtype_from_name("", &dtype), LINA_ERR_INVALID, "\"\"");
    CHECK_ERR(lina_dtype_from_name("F64", &dtype), LINA_ERR_INVALID, "\"F64\"");
    CHECK_ERR(lina_dtype_from_name(NULL, &dtype), LINA_ERR_INVALID, "NULL");
    CHECK_ERR(lina_dtype_from_name("f64", NULL), LINA_ERR_INVALID, "NULL");
    CHECK_EQ(dtype, 77);
}

TEST("an element's size is its bits times lanes in whole bytes") {
    CHECK_EQ(lina_dtype_size(0 | 4 << 8 | 1u << 16), 1);
    CHECK_EQ(lina_dtype_size(0 | 4 << 8 | 2u << 16), 1);
    CHECK_EQ(lina_dtype_size(0 | 4 << 8 | 3u << 16), 2);
    CHECK_EQ(lina_dtype_size(2 | 32 << 8 | 4u << 16), 16);
    CHECK_EQ(lina_dtype_size(0xffffffff), (size_t)255 * 65535 / 8 + 1);
    CHECK_EQ(lina_dtype_size(0), 0);
    CHECK_EQ(lina_dtype_size(0x4002), 0);
    CHECK_EQ(lina_dtype_size(0x10002), 0);
}
