/* bulk.c - all elements at once: fill, map, sum, min, max, and copies from another array. */
#include "bulk.h"
#include "reduce.h"
#include "walk.h"

#include <stdlib.h>
#include <string.h>

/* ---- fill ------------------------------------------------------------------------------------------- */

/* Copies a block that stays in the cache again and again. memcpy uses the widest stores. */
static void fill_densely(char *at, size_t nbytes, const char *element, size_t size) {
    char block[4096];
    size_t length = nbytes < sizeof block ? nbytes : sizeof block;
    for (size_t i = 0; i < length; i += size)
        memcpy(block + i, element, size);
    for (; nbytes > length; nbytes -= length, at += length)
        memcpy(at, block, length);
    memcpy(at, block, nbytes);
}

static void fill_run(char *at, int64_t stride, uint64_t n, const char *element, size_t size) {
    if (stride == (int64_t)size) {
        fill_densely(at, n * size, element, size);
        return;
    }
#define FILL(bytes)                                                                                \
    case bytes:                                                                                    \
        for (; n > 0; n--, at += stride)                                                           \
            memcpy(at, element, bytes);                                                            \
        break
    switch (size) {
        FILL(1);
        FILL(2);
        FILL(4);
        FILL(8);
        FILL(16);
    }
#undef FILL
}

void array_fill(lua_State *L, const struct array *self, int index) {
    char element[MOST_BYTES];
    struct runs runs;
    array_store(L, self, index, element);
    for (runs_start(&runs, self); runs.walk.left > 0; runs_next(&runs))
        fill_run(runs.walk.at, runs.stride, runs.length, element, self->itemsize);
}

static int bulk_fill(lua_State *L) {
    const struct array *self = writable_argument(L, 1);
    if (lua_isnoneornil(L, 2))
        raise_type(L, 2, "value");
    array_fill(L, self, 2);
    lua_settop(L, 1);
    return 1;
}

/* ---- map -------------------------------------------------------------------------------------------- */

/* The address of an element, after the function was called, which may have ended the array. */
static char *still_there(lua_State *L, const struct array *self, int64_t offset) {
    array_argument(L, 1);
    return array_data(self) + offset;
}

static int bulk_map(lua_State *L) {
    const struct array *self = writable_argument(L, 1);
    if (lua_type(L, 2) != LUA_TFUNCTION)
        raise_type(L, 2, "function");
    lua_settop(L, 2);
    int values = (int)self->kind->values;
    struct walk walk;
    for (walk_start(&walk, self); walk.left > 0; walk_next(&walk, self)) {
        int64_t offset = walk.at - array_data(self);
        lua_pushvalue(L, 2);
        self->kind->load(L, walk.at);
        lua_call(L, values, values);
        array_store(L, self, 3, still_there(L, self, offset));
        lua_settop(L, 2);
    }
    lua_settop(L, 1);
    return 1;
}

/* ---- copies ----------------------------------------------------------------------------------------- */

static bool is_same_shape(const struct array *a, const struct array *b) {
    return a->ndim == b->ndim && memcmp(a->shape, b->shape, a->ndim * sizeof *a->shape) == 0;
}

/* True if a write to one array may change elements that are still to be read from the other. Two equal windows are no
 * problem. */
static bool may_overlap(const struct array *a, const struct array *b) {
    bool same = array_data(a) == array_data(b) &&
                memcmp(a->strides, b->strides, a->ndim * sizeof *a->strides) == 0;
    const char *low[2], *high[2];
    const struct array *arrays[2] = {a, b};
    for (int i = 0; i < 2; i++) {
        low[i] = high[i] = array_data(arrays[i]);
        for (uint32_t d = 0; d < arrays[i]->ndim; d++) {
            int64_t reach = (int64_t)(arrays[i]->shape[d] - 1) * arrays[i]->strides[d];
            *(reach < 0 ? &low[i] : &high[i]) += reach;
        }
        high[i] += arrays[i]->itemsize;
    }
    return !same && low[0] < high[1] && low[1] < high[0];
}

static void copy_elements(const struct array *to, const struct array *from) {
    struct walk w, r;
    walk_start(&r, from);
    for (walk_start(&w, to); w.left > 0; walk_next(&w, to), walk_next(&r, from))
        memcpy(w.at, r.at, to->itemsize);
}

static void copy_same_dtype(const struct array *to, const struct array *from) {
    bool dense =
        (array_is_contiguous(to, LINA_LAYOUT_C) && array_is_contiguous(from, LINA_LAYOUT_C)) ||
        (array_is_contiguous(to, LINA_LAYOUT_F) && array_is_contiguous(from, LINA_LAYOUT_F));
    if (dense)
        memmove(array_data(to), array_data(from), array_size(to) * to->itemsize);
    else
        copy_elements(to, from);
}

/* Converts each element to a Lua value and back, so that Lua's rules say what fits. */
static void convert_elements(lua_State *L, const struct array *to, const struct array *from) {
    struct walk w, r;
    int top = lua_gettop(L);
    walk_start(&r, from);
    for (walk_start(&w, to); w.left > 0; walk_next(&w, to), walk_next(&r, from)) {
        array_check_open(L, from);
        from->kind->load(L, r.at);
        array_check_open(L, to);
        array_store(L, to, top + 1, w.at);
        lua_settop(L, top);
    }
}

/* Copies the elements of `from` to memory of Lua, as an array in C order. The memory is pushed. */
static struct array copy_aside(lua_State *L, const struct array *from, struct hold *aside) {
    struct array copy = *from;
    int64_t stride = (int64_t)from->itemsize;
    aside->view.data = new_userdata(L, array_size(from) * from->itemsize + 1);
    array_check_open(L, from); /* a finalizer may have run */
    copy.hold = aside;
    copy.offset = 0;
    for (uint32_t d = copy.ndim; d-- > 0; stride *= (int64_t)copy.shape[d])
        copy.strides[d] = stride;
    copy_elements(&copy, from);
    return copy;
}

void array_copy(lua_State *L, const struct array *to, const struct array *from) {
    struct hold aside = {0};
    if (!is_same_shape(to, from))
        raise_text(L, LINA_ERR_INVALID, to->name,
                   "array \"%s\": the array \"%s\" has another shape", to->name, from->name);
    if (to->kind->values < from->kind->values)
        raise_text(L, LINA_ERR_INVALID, to->name,
                   "array \"%s\": the elements of \"%s\" are complex", to->name, from->name);
    if (array_size(to) == 0)
        return;
    array_check_open(L, to); /* finalizers may have run since it was checked */
    struct array source = may_overlap(to, from) ? copy_aside(L, from, &aside) : *from;
    array_check_open(L, to);
    if (to->dtype == from->dtype)
        copy_same_dtype(to, &source);
    else
        convert_elements(L, to, &source);
}

/* ---- reductions ------------------------------------------------------------------------------------- */

typedef void (*reducer)(const char *at, int64_t stride, uint64_t n, struct found *found);

static struct found reduce(const struct array *self, reducer each) {
    struct found found = {0};
    struct runs runs;
    for (runs_start(&runs, self); runs.walk.left > 0; runs_next(&runs))
        each(runs.walk.at, runs.stride, runs.length, &found);
    return found;
}

static int bulk_sum(lua_State *L) {
    const struct array *self = elements_argument(L, 1);
    struct found found = reduce(self, self->kind->reduction->add);
    self->kind->reduction->push_sum(L, &found);
    return (int)self->kind->values;
}

static int extreme(lua_State *L, bool greatest, const char *what) {
    const struct array *self = elements_argument(L, 1);
    const struct reduction *reduction = self->kind->reduction;
    if (reduction->least == NULL)
        raise_text(L, LINA_ERR_INVALID, self->name, "array \"%s\": %s has no order", self->name,
                   core.dtype_name(self->dtype));
    if (array_size(self) == 0)
        raise_text(L, LINA_ERR_INVALID, self->name, "array \"%s\": an empty array has no %s",
                   self->name, what);
    struct found found = reduce(self, greatest ? reduction->greatest : reduction->least);
    reduction->push_extreme(L, &found);
    return 1;
}

static int bulk_min(lua_State *L) { return extreme(L, false, "minimum"); }
static int bulk_max(lua_State *L) { return extreme(L, true, "maximum"); }

const luaL_Reg bulk_methods[] = {
    {"fill", bulk_fill}, {"map", bulk_map}, {"sum", bulk_sum},
    {"min", bulk_min},   {"max", bulk_max}, {NULL, NULL},
};
