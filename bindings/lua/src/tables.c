/* tables.c - converts arrays to Lua values and back: nested tables, strings of bytes, and text. */
#include "bulk.h"
#include "walk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A row of an array, as a C struct only. */
static struct array row_at(const struct array *self, uint64_t row) {
    struct array part = *self;
    part.offset += (int64_t)row * self->strides[0];
    part.ndim--;
    memmove(part.shape, part.shape + 1, (LINA_MAX_DIMS - 1) * sizeof *part.shape);
    memmove(part.strides, part.strides + 1, (LINA_MAX_DIMS - 1) * sizeof *part.strides);
    return part;
}

/* ---- to tables -------------------------------------------------------------------------------------- */

static void push_value(lua_State *L, const struct array *self) {
    self->kind->load(L, array_data(self));
    if (self->kind->values == 1)
        return;
    lua_createtable(L, 2, 0);
    lua_insert(L, -3); /* the table, re, im */
    lua_rawseti(L, -3, 2);
    lua_rawseti(L, -2, 1);
}

static void push_nested(lua_State *L, const struct array *self) {
    if (self->ndim == 0) {
        push_value(L, self);
        return;
    }
    luaL_checkstack(L, 6, "an array as a table");
    lua_createtable(L, self->shape[0] < 1 << 26 ? (int)self->shape[0] : 0, 0);
    for (uint64_t row = 0; row < self->shape[0]; row++) {
        struct array part = row_at(self, row);
        array_check_open(L, self);
        push_nested(L, &part);
        lua_rawseti(L, -2, (int)row + 1);
    }
}

static int tables_totable(lua_State *L) {
    const struct array *self = elements_argument(L, 1);
    for (uint32_t d = 0; d < self->ndim; d++)
        if (self->shape[d] > INT32_MAX)
            raise_text(L, LINA_ERR_INVALID, self->name, "array \"%s\": too large for a table",
                       self->name);
    push_nested(L, array_share(L, self)); /* the share stays valid, whatever finalizers do */
    return 1;
}

/* ---- from tables ------------------------------------------------------------------------------------ */

static void take_nested(lua_State *L, const struct array *self, int index) {
    if (self->ndim == 0) {
        array_store(L, self, index, array_data(self));
        return;
    }
    if (!lua_istable(L, index))
        raise_text(L, LINA_ERR_INVALID, self->name, "array \"%s\": table expected, got %s",
                   self->name, push_shown(L, index));
    if (lua_rawlen(L, index) != self->shape[0])
        raise_text(L, LINA_ERR_INVALID, self->name,
                   "array \"%s\": a table of %s expected, not of %s", self->name,
                   push_digits(L, self->shape[0]), push_digits(L, lua_rawlen(L, index)));
    luaL_checkstack(L, 6, "an array from a table");
    for (uint64_t row = 0; row < self->shape[0]; row++) {
        struct array part = row_at(self, row);
        lua_rawgeti(L, index, (int)row + 1);
        take_nested(L, &part, lua_gettop(L));
        lua_pop(L, 1);
    }
}

static void take_bytes(lua_State *L, const struct array *self, int index) {
    size_t length;
    const char *bytes = lua_tolstring(L, index, &length);
    uint64_t nbytes = array_size(self) * self->itemsize;
    if (!array_is_contiguous(self, LINA_LAYOUT_C) && !array_is_contiguous(self, LINA_LAYOUT_F))
        raise_text(L, LINA_ERR_INVALID, self->name, "array \"%s\": its bytes are not contiguous",
                   self->name);
    if (length != nbytes)
        raise_text(L, LINA_ERR_INVALID, self->name,
                   "array \"%s\": a string of %s bytes expected, not of %s", self->name,
                   push_digits(L, nbytes), push_digits(L, length));
    memcpy(array_data(self), bytes, length);
}

void array_assign(lua_State *L, const struct array *self, int index) {
    const struct array *to =
        array_share(L, self); /* keeps the bytes in place, whatever finalizers do */
    if (to_array(L, index) != NULL)
        array_copy(L, to, array_share(L, elements_argument(L, index)));
    else if (lua_istable(L, index))
        take_nested(L, to, index);
    else if (lua_type(L, index) == LUA_TSTRING)
        take_bytes(L, to, index);
    else
        array_fill(L, to, index);
}

static int tables_copy_from(lua_State *L) {
    const struct array *self = writable_argument(L, 1);
    bool ok = lua_istable(L, 2) || lua_type(L, 2) == LUA_TSTRING || to_array(L, 2) != NULL;
    if (!ok)
        raise_type(L, 2, "table, " ARRAY_TYPE " or string of bytes");
    lua_settop(L, 2);
    array_assign(L, self, 2);
    lua_settop(L, 1);
    return 1;
}

/* ---- strings ---------------------------------------------------------------------------------------- */

/* Pushes an array with a hold of its own, for bytes that must stay in place even if a finalizer publishes the loan. */
static const struct array *push_kept(lua_State *L, const struct array *self) {
    struct array *kept = array_push(L);
    kept->hold = hold_new(L);
    array_check_open(L, self);
    int code = core.retain(&self->hold->view, &kept->hold->view);
    if (code != LINA_OK)
        raise_code(L, code, self->name);
    kept->offset = self->offset;
    return kept;
}

/* string(): returns a copy of the bytes. */
static int tables_string(lua_State *L) {
    const struct array *self = array_argument(L, 1);
    if (!array_is_contiguous(self, LINA_LAYOUT_C) && !array_is_contiguous(self, LINA_LAYOUT_F))
        raise_text(L, LINA_ERR_INVALID, self->name, "array \"%s\": its bytes are not contiguous",
                   self->name);
    /* Before 5.3, Lua runs the collector before it copies the bytes. */
    lua_pushlstring(L, array_data(push_kept(L, self)), array_size(self) * self->itemsize);
    return 1;
}

#define SHOWN 6 /* elements that tostring shows */

/* Pushes the text of an element. C makes the text if a Lua number would not be exact. */
static void push_text(lua_State *L, const struct array *self, const char *at) {
    char digits[24];
    uint64_t bits;
    if (self->dtype == LINA_DTYPE_I64 || self->dtype == LINA_DTYPE_U64) {
        memcpy(&bits, at, sizeof bits);
        snprintf(digits, sizeof digits, self->dtype == LINA_DTYPE_I64 ? "%" PRId64 : "%" PRIu64,
                 bits);
        lua_pushstring(L, digits);
        return;
    }
    self->kind->load(L, at);
    if (lua_isboolean(L, -1)) {
        lua_pushstring(L, lua_toboolean(L, -1) ? "true" : "false");
        lua_remove(L, -2);
    } else if (self->kind->values == 2) {
        lua_pushfstring(L, "(%s, %s)", lua_tostring(L, -2), lua_tostring(L, -1));
        lua_replace(L, -3);
        lua_pop(L, 1);
    }
}

static void push_shape_text(lua_State *L, const struct array *self) {
    lua_pushliteral(L, "{");
    for (uint32_t d = 0; d < self->ndim; d++) {
        lua_pushstring(L, d == 0 ? "" : ", ");
        push_digits(L, self->shape[d]);
        lua_concat(L, 3);
    }
    lua_pushliteral(L, "}");
    lua_concat(L, 2);
}

/* lina.Array "x" f64 {2, 3} [1.0, 2.0, 3.0, ...] */
int array_tostring(lua_State *L) {
    const struct array *self = to_array(L, 1);
    if (self == NULL)
        raise_type(L, 1, ARRAY_TYPE);
    if (self->hold->view.data == NULL) {
        lua_pushfstring(L, ARRAY_TYPE " \"%s\" (closed)", self->name);
        return 1;
    }
    lua_settop(L, 1);
    array_share(L, self);
    push_dtype(L, self->dtype);
    lua_pushfstring(L, ARRAY_TYPE " \"%s\" %s ", self->name, lua_tostring(L, -1));
    lua_replace(L, -2);
    push_shape_text(L, self);
    lua_pushliteral(L, " [");
    struct walk walk;
    walk_start(&walk, self);
    for (int i = 0; self->kind != NULL && i < SHOWN && walk.left > 0; i++) {
        lua_pushstring(L, i == 0 ? "" : ", ");
        array_check_open(L, self);
        push_text(L, self, walk.at);
        lua_concat(L, 3);
        walk_next(&walk, self);
    }
    lua_pushstring(L, walk.left == 0 ? "]" : ", ...]");
    lua_concat(L, lua_gettop(L) - 2);
    return 1;
}

const luaL_Reg table_methods[] = {
    {"totable", tables_totable},
    {"copy_from", tables_copy_from},
    {"string", tables_string},
    {NULL, NULL},
};
