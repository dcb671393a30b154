/* slice.c - makes parts of an array, over the same bytes. */
#include "binding.h"

#include <string.h>

/* A range of one dimension, counted from 0. */
struct range {
    int64_t from, step;
    uint64_t count;
};

/* Field `n` of the table {from, to, step}, or `otherwise`. */
static int64_t range_field(lua_State *L, int arg, int n, int64_t otherwise) {
    static const char *const names[] = {"", "from", "to", "step"};
    lua_rawgeti(L, arg, n);
    int64_t value = otherwise;
    if (!lua_isnil(L, -1) && !to_int64(L, -1, &value))
        raise_argument(L, arg, "%s: integer expected, got %s", names[n], push_shown(L, -1));
    lua_pop(L, 1);
    return value;
}

static void check_inside(lua_State *L, int arg, const char *what, int64_t i, uint64_t extent) {
    if (i >= 1 && (uint64_t)i <= extent)
        return;
    lua_pushinteger(L, (lua_Integer)i);
    const char *shown = lua_tostring(L, -1);
    raise_argument(L, arg, "%s: %s is outside 1..%s", what, shown, push_digits(L, extent));
}

/* Reads {from, to, step}; `to` is included. An empty range ends one before its beginning. */
static struct range range_argument(lua_State *L, int arg, uint64_t extent) {
    int64_t step = range_field(L, arg, 3, 1);
    if (step == 0 || step == INT64_MIN)
        raise_argument(L, arg, "step: must not be 0");
    int64_t last = (int64_t)extent;
    int64_t from = range_field(L, arg, 1, step > 0 ? 1 : last);
    int64_t to = range_field(L, arg, 2, step > 0 ? last : 1);
    bool empty = step > 0 ? to < from : to > from;
    if (empty) {
        /* An empty range, such as {4, 3} of three elements, or {1} of none. */
        if (from < 0 || from > last + 1 || to < 0 || to > last + 1)
            check_inside(L, arg, "from", from < 0 || from > last + 1 ? from : to, extent);
        return (struct range){0, 1, 0};
    }
    check_inside(L, arg, "from", from, extent);
    check_inside(L, arg, "to", to, extent);
    uint64_t span = (uint64_t)(step > 0 ? to - from : from - to);
    return (struct range){from - 1, step, span / (uint64_t)(step > 0 ? step : -step) + 1};
}

/* Adds dimension `d` of `whole` to `part`, as the argument says. */
static void take_dimension(lua_State *L, int arg, const struct array *whole, uint32_t d,
                           struct array *part) {
    int type = lua_type(L, arg);
    struct range range = {0, 1, whole->shape[d]};
    if (type == LUA_TTABLE) {
        range = range_argument(L, arg, whole->shape[d]);
    } else if (type == LUA_TNUMBER || type == TYPE_CDATA) {
        int64_t i;
        if (!to_int64(L, arg, &i))
            raise_argument(L, arg, "%s has no integer representation", push_shown(L, arg));
        check_inside(L, arg, "index", i, whole->shape[d]);
        part->offset += (i - 1) * whole->strides[d];
        return;
    } else if (type != LUA_TNIL) {
        raise_type(L, arg, "index, {from, to, step} or nil");
    }
    /* The start of an empty part must lie inside as well. */
    part->offset += range.count > 0 ? range.from * whole->strides[d] : 0;
    part->shape[part->ndim] = range.count;
    part->strides[part->ndim] =
        range.count > 1 ? range.step * whole->strides[d] : whole->strides[d];
    part->ndim++;
}

/* slice(...): takes for each dimension an index, which removes the dimension; {from, to, step}; or nil for all. */
static int array_slice(lua_State *L) {
    const struct array *self = array_argument(L, 1);
    uint32_t given = (uint32_t)lua_gettop(L) - 1;
    if (given > self->ndim)
        raise_argument(L, (int)self->ndim + 2, "the array has only %d dimensions", (int)self->ndim);
    lua_settop(L, (int)self->ndim + 1); /* nil for missing arguments */
    struct array *part = array_share(L, self);
    part->ndim = 0;
    memset(part->shape, 0, sizeof part->shape);
    memset(part->strides, 0, sizeof part->strides);
    for (uint32_t d = 0; d < self->ndim; d++)
        take_dimension(L, (int)d + 2, self, d, part);
    return 1;
}

const luaL_Reg slice_methods[] = {{"slice", array_slice}, {NULL, NULL}};
