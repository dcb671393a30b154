/* dtype.c - the one table of dtypes that have a name in every language. */
#include <string.h>

#include "error.h"
#include "lina.h"

/* The names lie in the table, because each pointer needs a relocation of 24 bytes. */
static const struct {
    uint32_t dtype;
    char name[8];
} named[] = {
    {LINA_DTYPE_U8, "u8"},     {LINA_DTYPE_I64, "i64"}, {LINA_DTYPE_F64, "f64"},
    {LINA_DTYPE_BOOL, "bool"}, {LINA_DTYPE_I8, "i8"},   {LINA_DTYPE_I16, "i16"},
    {LINA_DTYPE_I32, "i32"},   {LINA_DTYPE_U16, "u16"}, {LINA_DTYPE_U32, "u32"},
    {LINA_DTYPE_U64, "u64"},   {LINA_DTYPE_F16, "f16"}, {LINA_DTYPE_BF16, "bf16"},
    {LINA_DTYPE_F32, "f32"},   {LINA_DTYPE_C64, "c64"}, {LINA_DTYPE_C128, "c128"},
};
#define NAMED (sizeof named / sizeof *named)

const char *lina_dtype_name(uint32_t dtype) {
    for (size_t i = 0; i < NAMED; i++)
        if (named[i].dtype == dtype)
            return named[i].name;
    return NULL;
}

int lina_dtype_from_name(const char *name, uint32_t *out) {
    if (name == NULL || out == NULL)
        return lina_fail(LINA_ERR_INVALID, "dtype name: NULL argument");
    for (size_t i = 0; i < NAMED; i++)
        if (strcmp(named[i].name, name) == 0) {
            *out = named[i].dtype;
            return LINA_OK;
        }
    return lina_fail(LINA_ERR_INVALID,
                     "dtype \"%.32s\" has no meaning; u8, i64, f64 and the like do", name);
}

size_t lina_dtype_size(uint32_t dtype) {
    size_t bits = (dtype >> 8) & 0xff, lanes = dtype >> 16;
    return (bits * lanes + 7) / 8;
}
