/* index.c - elements by their indexes, which start at 1: a[i], a:get(i, j), a:set(i, j, v), a:iter(). */
#include "binding.h"

#include <math.h>
#include <string.h>

/* ---- from an index to an address -------------------------------------------------------------------- */

/* Converts an index to a row, counted from 0. False if there is no such row. */
static inline bool row_of(lua_State *L, int index, uint64_t extent, uint64_t *row) {
#if HAS_INTEGERS
    if (lua_isinteger(L, index)) {
        *row = (uint64_t)lua_tointeger(L, index) - 1;
        return *row < extent;
    }
    /* Most often it is the name of a method. lua_tointegerx would try to read it as a number. */
    if (lua_type(L, index) != LUA_TNUMBER)
        return false;
    int is_integer; /* also true for 2.0 */
    *row = (uint64_t)lua_tointegerx(L, index, &is_integer) - 1;
    return is_integer != 0 && *row < extent;
#else
    if (lua_type(L, index) == LUA_TNUMBER) {
        lua_Number number = lua_tonumber(L, index);
        *row = number >= 1 && number < 0x1p63 ? (uint64_t)number - 1 : UINT64_MAX;
        return *row < extent && (lua_Number)(*row + 1) == number;
    }
    int64_t i;
    *row = to_int64(L, index, &i) ? (uint64_t)i - 1 : UINT64_MAX;
    return *row < extent;
#endif
}

static void raise_index(lua_State *L, const struct array *self, int index, uint64_t extent) {
    int64_t i;
    if (lua_type(L, index) != LUA_TNUMBER && lua_type(L, index) != TYPE_CDATA)
        raise_text(L, LINA_ERR_INVALID, self->name, "array \"%s\": %s is no index", self->name,
                   push_shown(L, index));
    lua_Number number = lua_tonumber(L, index);
    if (!to_int64(L, index, &i) && number != floor(number))
        raise_text(L, LINA_ERR_INVALID, self->name, "array \"%s\": index %s is no integer",
                   self->name, push_shown(L, index));
    raise_text(L, LINA_ERR_INVALID, self->name, "array \"%s\": index %s is outside 1..%s",
               self->name, push_shown(L, index), push_digits(L, extent));
}

/* The address of the element that the arguments from `first` on choose. */
static char *element_argument(lua_State *L, const struct array *self, int first, uint32_t given) {
    if (given != self->ndim)
        raise_text(L, LINA_ERR_INVALID, self->name, "array \"%s\": %d indexes for %d dimensions",
                   self->name, (int)given, (int)self->ndim);
    int64_t offset = 0;
    for (uint32_t d = 0; d < self->ndim; d++) {
        uint64_t row;
        int arg = first + (int)d;
        if (!row_of(L, arg, self->shape[d], &row)) {
            int64_t i;
            if (!to_int64(L, arg, &i))
                raise_type(L, arg, "integer");
            raise_argument(L, arg, "index %s is outside 1..%s", push_shown(L, arg),
                           push_digits(L, self->shape[d]));
        }
        offset += (int64_t)row * self->strides[d];
    }
    array_check_open(L, self); /* reading an index that is cdata calls Lua */
    return array_data(self) + offset;
}

/* Stores the value at `index`. Returns NULL, or why the value does not fit. Converting a cdata value calls Lua, where
 * a hook or a finalizer may end the hold. So only other values are converted in place. */
static const char *store(lua_State *L, const struct array *self, int index, char *at) {
    char element[MOST_BYTES];
    int type = lua_type(L, index);
    if ((type == LUA_TNUMBER || type == LUA_TBOOLEAN) && self->kind->values == 1)
        return self->kind->store(L, index, at);
    const char *why = self->kind->store(L, index, element);
    if (why != NULL)
        return why;
    array_check_open(L, self);
    memcpy(at, element, self->itemsize);
    return NULL;
}

void array_store(lua_State *L, const struct array *self, int index, char *at) {
    const char *why = store(L, self, index, at);
    if (why != NULL)
        raise_text(L, LINA_ERR_INVALID, self->name, "array \"%s\": %s %s", self->name,
                   push_shown(L, index), why);
}

/* Pushes an element as one value. A complex element is {re, im}. */
static void push_element(lua_State *L, const struct array *self, const char *at) {
    self->kind->load(L, at);
    if (self->kind->values == 1)
        return;
    lua_createtable(L, 2, 0);
    lua_insert(L, -3); /* the table, re, im */
    lua_rawseti(L, -3, 2);
    lua_rawseti(L, -2, 1);
}

/* ---- a[i] ------------------------------------------------------------------------------------------- */

struct array *array_row(lua_State *L, const struct array *self, uint64_t row) {
    struct array *part = array_share(L, self);
    part->offset += (int64_t)row * self->strides[0];
    part->ndim--;
    memmove(part->shape, part->shape + 1, (LINA_MAX_DIMS - 1) * sizeof *part->shape);
    memmove(part->strides, part->strides + 1, (LINA_MAX_DIMS - 1) * sizeof *part->strides);
    return part;
}

/* All but the common case: other dtypes, rows, and errors. */
static int index_slowly(lua_State *L) {
    struct array *self = elements_argument(L, 1);
    uint64_t row;
    if (self->ndim == 0)
        raise_text(L, LINA_ERR_INVALID, self->name,
                   "array \"%s\": it has no dimensions: use a:get()", self->name);
    if (!row_of(L, 2, self->shape[0], &row))
        raise_index(L, self, 2, self->shape[0]);
    array_check_open(L, self); /* reading an index that is cdata calls Lua */
    if (self->ndim > 1)
        array_row(L, self, row);
    else
        push_element(L, self, array_data(self) + (int64_t)row * self->strides[0]);
    return 1;
}

/* The array of a metamethod. Only Lua itself can call a metamethod, because __metatable hides it. So the argument is
 * an array and needs no check. */
static inline const struct array *own_array(lua_State *L) {
    const struct array *self = lua_touserdata(L, 1);
    return self != NULL && self->magic == array_magic ? self : NULL;
}

/* True if the array's elements are doubles in one dimension, which can be used directly, and the index is a number. */
static inline bool is_common(lua_State *L, const struct array *a) {
    return a != NULL && a->dtype == LINA_DTYPE_F64 && a->ndim == 1 && a->hold->view.data != NULL &&
           lua_type(L, 2) == LUA_TNUMBER;
}

/* __index: a number gives an element or a row, and a string gives a method. */
int array_index(lua_State *L) {
    const struct array *self = own_array(L);
    uint64_t row;
    if (is_common(L, self) && row_of(L, 2, self->shape[0], &row)) {
        double value;
        memcpy(&value, array_data(self) + (int64_t)row * self->strides[0], sizeof value);
        lua_pushnumber(L, (lua_Number)value);
        return 1;
    }
    if (lua_type(L, 2) != LUA_TSTRING)
        return index_slowly(L);
    lua_settop(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
    return 1;
}

static int newindex_slowly(lua_State *L) {
    const struct array *self = writable_argument(L, 1);
    uint64_t row;
    lua_settop(L, 3);
    if (self->ndim == 0 || !row_of(L, 2, self->shape[0], &row))
        raise_index(L, self, 2, self->ndim == 0 ? 0 : self->shape[0]);
    array_check_open(L, self);
    if (self->ndim == 1)
        array_store(L, self, 3, array_data(self) + (int64_t)row * self->strides[0]);
    else
        array_assign(L, array_row(L, self, row), 3);
    return 0;
}

int array_newindex(lua_State *L) {
    const struct array *self = own_array(L);
    uint64_t row;
    if (!is_common(L, self) || (self->hold->view.flags & LINA_VIEW_READ_ONLY) != 0 ||
        lua_type(L, 3) != LUA_TNUMBER || !row_of(L, 2, self->shape[0], &row))
        return newindex_slowly(L);
    double value = (double)lua_tonumber(L, 3);
    memcpy(array_data(self) + (int64_t)row * self->strides[0], &value, sizeof value);
    return 0;
}

/* ---- methods ---------------------------------------------------------------------------------------- */

static int array_get(lua_State *L) {
    const struct array *self = elements_argument(L, 1);
    const char *at = element_argument(L, self, 2, (uint32_t)lua_gettop(L) - 1);
    self->kind->load(L, at);
    return (int)self->kind->values;
}

/* The value of a complex element may be one number, two, or {re, im}. */
static int array_set(lua_State *L) {
    const struct array *self = writable_argument(L, 1);
    uint32_t given = (uint32_t)lua_gettop(L) - 1;
    uint32_t values = self->kind->values == 2 && given == self->ndim + 2 ? 2 : 1;
    if (given < values)
        raise_type(L, 2, "value");
    char *at = element_argument(L, self, 2, given - values);
    int value = (int)self->ndim + 2;
    const char *why = store(L, self, value, at);
    if (why != NULL)
        raise_argument(L, value, "%s %s", push_shown(L, value), why);
    return 0;
}

int array_length(lua_State *L) {
    const struct array *self = array_argument(L, 1);
    if (self->ndim == 0)
        raise_text(L, LINA_ERR_INVALID, self->name,
                   "array \"%s\": it has no dimensions, so no length", self->name);
    push_count(L, self->shape[0]);
    return 1;
}

/* The iterator: returns the row after row `i`. */
static int iterate_next(lua_State *L) {
    const struct array *self = elements_argument(L, 1);
    uint64_t row = (uint64_t)lua_tointeger(L, 2);
    if (self->ndim == 0 || row >= self->shape[0])
        return 0;
    lua_pushinteger(L, (lua_Integer)row + 1);
    if (self->ndim > 1) {
        array_row(L, self, row);
        return 2;
    }
    self->kind->load(L, array_data(self) + (int64_t)row * self->strides[0]);
    return 1 + (int)self->kind->values;
}

int array_iterate(lua_State *L) {
    elements_argument(L, 1);
    lua_settop(L, 1);
    lua_pushnil(L);
    lua_pushliteral(L, "iter");
    lua_pushcclosure(L, iterate_next, 2);
    lua_insert(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

/* unpack(i, j): returns the elements from i to j, as table.unpack does. */
static int array_unpack(lua_State *L) {
    const struct array *self = elements_argument(L, 1);
    if (self->ndim != 1)
        raise_text(L, LINA_ERR_INVALID, self->name, "array \"%s\": unpack needs one dimension",
                   self->name);
    lua_settop(L, 3);
    uint64_t from = lua_isnil(L, 2) ? 1 : count_argument(L, 2, UINT64_MAX);
    uint64_t to = lua_isnil(L, 3) ? self->shape[0] : count_argument(L, 3, UINT64_MAX);
    if (from < 1 || to > self->shape[0])
        raise_argument(L, from < 1 ? 2 : 3, "index %s is outside 1..%s",
                       push_shown(L, from < 1 ? 2 : 3), push_digits(L, self->shape[0]));
    if (from > to)
        return 0;
    uint64_t values = (to - from + 1) * self->kind->values;
    if (values > 100000 || lua_checkstack(L, (int)values + 8) == 0)
        raise_text(L, LINA_ERR_INVALID, self->name, "array \"%s\": too many elements to unpack",
                   self->name);
    for (uint64_t row = from - 1; row < to; row++) {
        array_check_open(L, self);
        self->kind->load(L, array_data(self) + (int64_t)row * self->strides[0]);
    }
    return (int)values;
}

const luaL_Reg index_methods[] = {
    {"get", array_get},       {"set", array_set}, {"iter", array_iterate},
    {"unpack", array_unpack}, {NULL, NULL},
};
