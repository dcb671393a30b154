/* test_shape.c - compares strides and spans with a walk over every element. */
#include "../helpers.h"
#include "../random.h"
#include "shape.h"

static lina_desc_t strided(uint32_t dtype, uint32_t ndim, const uint64_t *shape,
                           const int64_t *strides) {
    lina_desc_t d = {.name = "x"};
    CHECK_OK(lina_shape_fill_strided(&d, dtype, ndim, shape, strides));
    return d;
}

/* Finds the lowest and the highest byte by walking over all elements. */
static void walk(const lina_desc_t *d, uint32_t dim, int64_t at, int64_t *low, int64_t *high) {
    if (dim == d->ndim) {
        int64_t end = at + (int64_t)lina_dtype_size(d->dtype);
        *low = at < *low ? at : *low;
        *high = end > *high ? end : *high;
        return;
    }
    for (uint64_t i = 0; i < d->shape[dim]; i++)
        walk(d, dim + 1, at + (int64_t)i * d->strides[dim], low, high);
}

TEST("the reach of ten thousand random slices is that of their elements") {
    uint64_t random = 1;
    for (int i = 0; i < 10000; i++) {
        uint64_t shape[4];
        int64_t strides[4], low = 0, high = 0, from, to;
        uint32_t ndim = (uint32_t)random_below(&random, 5);
        for (uint32_t k = 0; k < ndim; k++) {
            shape[k] = random_below(&random, 5);
            strides[k] = (int64_t)random_below(&random, 41) - 20;
        }
        lina_desc_t d = strided(LINA_DTYPE_I32, ndim, shape, strides);
        CHECK(lina_shape_span(&d, &from, &to));
        walk(&d, 0, 0, &low, &high);
        CHECK_EQ(from, low);
        CHECK_EQ(to, high);
        for (uint64_t size = 0; size < 400; size += 13)
            for (d.offset = 0; d.offset < 300; d.offset += 17) {
                bool inside = d.offset <= size && (int64_t)d.offset + low >= 0 &&
                              (int64_t)d.offset + high <= (int64_t)size;
                CHECK_EQ(lina_shape_plausible(&d, size), inside);
            }
    }
}

TEST("strides of C and F order are those of the definition") {
    uint64_t random = 1;
    for (int i = 0; i < 1000; i++) {
        uint64_t shape[8], c = 4, f = 4;
        uint32_t ndim = (uint32_t)random_below(&random, 9);
        for (uint32_t k = 0; k < ndim; k++)
            shape[k] = 1 + random_below(&random, 4);
        lina_desc_t in_c = {.name = "c"}, in_f = {.name = "f"};
        CHECK_OK(lina_shape_fill(&in_c, LINA_DTYPE_F32, ndim, shape, LINA_LAYOUT_C));
        CHECK_OK(lina_shape_fill(&in_f, LINA_DTYPE_F32, ndim, shape, LINA_LAYOUT_F));
        for (uint32_t k = 0; k < ndim; k++) {
            CHECK_EQ(in_f.strides[k], f);
            CHECK_EQ(in_c.strides[ndim - 1 - k], c);
            f *= shape[k];
            c *= shape[ndim - 1 - k];
        }
        CHECK_EQ(in_c.nbytes, c);
        CHECK_EQ(in_f.nbytes, f);
    }
}

TEST("an extent of zero counts as one in the strides and makes the array empty") {
    lina_desc_t d = {.name = "x"};
    CHECK_OK(lina_shape_fill(&d, LINA_DTYPE_F64, 3, SHAPE(2, 0, 3), LINA_LAYOUT_C));
    CHECK_EQ(d.nbytes, 0);
    CHECK_EQ(d.strides[0], 24);
    CHECK_EQ(d.strides[1], 24);
    CHECK_EQ(d.strides[2], 8);
}

TEST("the largest payload is 2^63 - 1 bytes") {
    lina_desc_t d = {.name = "x"};
    CHECK_OK(lina_shape_fill(&d, U8, 1, SHAPE(INT64_MAX), LINA_LAYOUT_C));
    CHECK_ERR(lina_shape_fill(&d, U8, 1, SHAPE((uint64_t)INT64_MAX + 1), LINA_LAYOUT_C),
              LINA_ERR_INVALID, "\"x\"");
    CHECK_ERR(lina_shape_fill(&d, F64, 1, SHAPE(INT64_MAX / 8 + 1), LINA_LAYOUT_C),
              LINA_ERR_INVALID, "\"x\"");
}

TEST("the strides of an extent of one do not decide the layout") {
    CHECK_EQ(strided(F64, 2, SHAPE(1, 5), STRIDES(12345, 8)).layout, LINA_LAYOUT_C);
    CHECK_EQ(strided(F64, 2, SHAPE(5, 1), STRIDES(8, -9)).layout, LINA_LAYOUT_C);
    CHECK_EQ(strided(F64, 2, SHAPE(2, 3), STRIDES(8, 16)).layout, LINA_LAYOUT_F);
    CHECK_EQ(strided(F64, 2, SHAPE(2, 3), STRIDES(8, 17)).layout, LINA_LAYOUT_STRIDED);
    CHECK_EQ(strided(F64, 2, SHAPE(2, 3), NULL).layout, LINA_LAYOUT_C);
}

TEST("a reach that does not fit 63 bits is no reach") {
    int64_t low, high;
    lina_desc_t d = {.dtype = U8, .ndim = 2, .shape = {3, 3}, .strides = {INT64_MAX / 2, 1}};
    CHECK(lina_shape_span(&d, &low, &high) == false);
    d.strides[0] = INT64_MIN / 2;
    CHECK(lina_shape_span(&d, &low, &high));
    CHECK_EQ(low, INT64_MIN);
    d.nbytes = 9;
    CHECK(!lina_shape_plausible(&d, INT64_MAX));
    d.strides[1] = -1;
    CHECK(lina_shape_span(&d, &low, &high) == false);
    d.shape[0] = UINT64_MAX;
    d.strides[0] = 0;
    CHECK(lina_shape_span(&d, &low, &high) == false);
}
