/* array.c - the type lina.Array: its life, its attributes, loans. index.c reads and writes its elements. */
#include "binding.h"

#include <stdlib.h>
#include <string.h>

static const char array_mark;
const void *const array_magic = &array_mark;

/* The holds of closed arrays. They have no data and are never freed. */
static struct hold closed_hold, passed_hold;

/* ---- life ------------------------------------------------------------------------------------------- */

struct array *array_push(lua_State *L) {
    struct array *self = new_userdata(L, sizeof *self);
    memset(self, 0, sizeof *self);
    self->magic = array_magic;
    self->hold = &closed_hold;
    luaL_getmetatable(L, ARRAY_TYPE);
    lua_setmetatable(L, -2);
    return self;
}

void array_show(struct array *self, struct hold *hold) {
    const lina_desc_t *desc = &hold->view.desc;
    self->hold = hold;
    self->kind = kind_of(desc->dtype);
    self->dtype = desc->dtype;
    self->ndim = desc->ndim;
    self->layout = desc->layout;
    self->itemsize = core.dtype_size(desc->dtype);
    memcpy(self->shape, desc->shape, sizeof self->shape);
    memcpy(self->strides, desc->strides, sizeof self->strides);
    memcpy(self->name, desc->name, sizeof self->name);
}

struct array *array_share(lua_State *L, const struct array *base) {
    struct array *self = array_push(L);
    array_check_open(L, base); /* a finalizer may have run */
    *self = *base;
    self->hold->arrays++;
    return self;
}

static void leave(struct array *self, struct hold *for_good) {
    struct hold *hold = self->hold;
    if (hold == &closed_hold || hold == &passed_hold)
        return;
    self->hold = for_good;
    hold_drop(hold);
}

void array_pass(struct array *self) {
    if (!self->hold->kept)
        leave(self, &passed_hold);
}

static int array_gc(lua_State *L) {
    struct array *self = to_array(L, 1);
    if (self != NULL)
        leave(self, &closed_hold);
    return 0;
}

/* ---- use -------------------------------------------------------------------------------------------- */

struct array *to_array(lua_State *L, int index) {
    struct array *self = lua_touserdata(L, index);
    bool fits = self != NULL && lua_rawlen(L, index) == sizeof *self;
    return fits && self->magic == array_magic ? self : NULL;
}

static struct array *any_array_argument(lua_State *L, int arg) {
    struct array *self = to_array(L, arg);
    if (self == NULL)
        raise_type(L, arg, ARRAY_TYPE);
    return self;
}

void array_check_open(lua_State *L, const struct array *self) {
    if (self->hold->view.data == NULL)
        raise_text(L, LINA_ERR_CLOSED, self->name,
                   self->hold == &closed_hold ? "array \"%s\": it was closed"
                   : self->hold == &passed_hold
                       ? "array \"%s\": its reader moved on; x:keep() keeps it"
                       : "array \"%s\": the loan was published or discarded",
                   self->name);
}

struct array *array_argument(lua_State *L, int arg) {
    struct array *self = any_array_argument(L, arg);
    array_check_open(L, self);
    return self;
}

struct array *elements_argument(lua_State *L, int arg) {
    struct array *self = array_argument(L, arg);
    if (self->kind == NULL)
        raise_text(L, LINA_ERR_INVALID, self->name,
                   "array \"%s\": Lua has no elements of dtype %d: use lina.buffer for its bytes",
                   self->name, (int)self->dtype);
    return self;
}

void array_check_writable(lua_State *L, const struct array *self) {
    if ((self->hold->view.flags & LINA_VIEW_READ_ONLY) != 0)
        raise_text(L, LINA_ERR_READ_ONLY, self->name, "array \"%s\": it is attached read-only",
                   self->name);
}

struct array *writable_argument(lua_State *L, int arg) {
    struct array *self = elements_argument(L, arg);
    array_check_writable(L, self);
    return self;
}

uint64_t array_size(const struct array *self) {
    uint64_t size = 1;
    for (uint32_t d = 0; d < self->ndim; d++)
        size *= self->shape[d];
    return size;
}

bool array_is_contiguous(const struct array *self, uint32_t layout) {
    int64_t expected = (int64_t)self->itemsize;
    for (uint32_t k = 0; k < self->ndim; k++) {
        uint32_t d = layout == LINA_LAYOUT_F ? k : self->ndim - 1 - k;
        if (self->shape[d] == 0)
            return true;
        if (self->shape[d] != 1 && self->strides[d] != expected)
            return false;
        expected *= (int64_t)self->shape[d];
    }
    return true;
}

/* ---- attributes ------------------------------------------------------------------------------------- */

static int array_name(lua_State *L) {
    lua_pushstring(L, any_array_argument(L, 1)->name);
    return 1;
}

static int array_dtype(lua_State *L) {
    push_dtype(L, any_array_argument(L, 1)->dtype);
    return 1;
}

static int array_shape(lua_State *L) {
    const struct array *self = any_array_argument(L, 1);
    push_shape(L, self->shape, self->ndim);
    return 1;
}

static int array_strides(lua_State *L) {
    const struct array *self = any_array_argument(L, 1);
    push_strides(L, self->strides, self->ndim);
    return 1;
}

static int array_ndim(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)any_array_argument(L, 1)->ndim);
    return 1;
}

static int array_count(lua_State *L) {
    push_count(L, array_size(any_array_argument(L, 1)));
    return 1;
}

static int array_nbytes(lua_State *L) {
    const struct array *self = any_array_argument(L, 1);
    push_count(L, array_size(self) * self->itemsize);
    return 1;
}

/* By the strides, as for a slice there is no descriptor. */
static int array_layout(lua_State *L) {
    const struct array *self = any_array_argument(L, 1);
    bool c = array_is_contiguous(self, LINA_LAYOUT_C), f = array_is_contiguous(self, LINA_LAYOUT_F);
    uint32_t layout = c && f ? self->layout
                      : c    ? LINA_LAYOUT_C
                      : f    ? LINA_LAYOUT_F
                             : LINA_LAYOUT_STRIDED;
    lua_pushstring(L, layout_name(layout));
    return 1;
}

static int array_generation(lua_State *L) {
    push_count(L, array_argument(L, 1)->hold->view.desc.generation);
    return 1;
}

static int array_is_current(lua_State *L) {
    lua_pushboolean(L, core.view_is_current(&array_argument(L, 1)->hold->view) == 1);
    return 1;
}

static int array_is_read_only(lua_State *L) {
    lua_pushboolean(L, (array_argument(L, 1)->hold->view.flags & LINA_VIEW_READ_ONLY) != 0);
    return 1;
}

static int array_is_loan(lua_State *L) {
    const lina_view_t *view = &any_array_argument(L, 1)->hold->view;
    lua_pushboolean(L, view->data != NULL && (view->flags & LINA_VIEW_LOAN) != 0);
    return 1;
}

static int array_is_closed(lua_State *L) {
    lua_pushboolean(L, any_array_argument(L, 1)->hold->view.data == NULL);
    return 1;
}

static int array_pointer(lua_State *L) {
    lua_pushlightuserdata(L, array_data(array_argument(L, 1)));
    return 1;
}

/* For lina/pointers.lua and lina/ffi.lua: returns the addresses of the elements and of the view that holds them, as
 * numbers, because a lightuserdata of LuaJIT cannot have every address. */
static int array_addresses(lua_State *L) {
    const struct array *self = array_argument(L, 1);
    lua_pushnumber(L, (lua_Number)(uintptr_t)array_data(self));
    lua_pushnumber(L, (lua_Number)(uintptr_t)&self->hold->view);
    return 2;
}

/* ---- loans ------------------------------------------------------------------------------------------ */

static struct array *loan_argument(lua_State *L) {
    struct array *self = array_argument(L, 1);
    if ((self->hold->view.flags & LINA_VIEW_LOAN) == 0)
        raise_text(L, LINA_ERR_INVALID, self->name, "array \"%s\": it is not an unpublished loan",
                   self->name);
    return self;
}

/* Publishes, and waits in naps until the stream has room. A reader that is garbage may be in the way, so this runs
 * the collector. */
static int publish_within(lua_State *L, struct array *self, int64_t timeout) {
    int64_t deadline = waiting_deadline(timeout > 0 ? timeout : 0), ns;
    int code = core.publish(&self->hold->view), naps = 0;
    while ((code == LINA_ERR_BEHIND || code == LINA_ERR_TIMEOUT || code == LINA_ERR_INTERRUPTED) &&
           (ns = waiting_nap(deadline)) > 0) {
        waiting_let_hooks_run(L);
        if (naps++ == 1)
            lua_gc(L, LUA_GCCOLLECT, 0);
        loan_argument(L); /* raises if a hook or a finalizer has ended the loan */
        code = core.publish_within(&self->hold->view, ns);
    }
    return code;
}

/* publish([timeout]): without a time-out, uses the one of the loan. */
static int array_publish(lua_State *L) {
    int64_t timeout = loan_argument(L)->hold->timeout;
    if (!lua_isnoneornil(L, 2))
        timeout = timeout_argument(L, 2);
    struct array *self = loan_argument(L); /* again: an option may have ended the loan */
    int code = publish_within(L, self, timeout);
    if (code != LINA_OK)
        raise_with_loan(L, code, self->name, 1);
    return 0;
}

static int array_discard(lua_State *L) {
    struct array *self = loan_argument(L);
    int code = core.discard(&self->hold->view);
    if (code != LINA_OK)
        raise_code(L, code, self->name);
    return 0;
}

/* keep(): keeps the array valid when the reader that gave it moves on. */
static int array_keep(lua_State *L) {
    array_argument(L, 1)->hold->kept = true;
    lua_settop(L, 1);
    return 1;
}

static int array_sequence(lua_State *L) {
    push_count(L, array_argument(L, 1)->hold->view.sequence);
    return 1;
}

/* ---- the type --------------------------------------------------------------------------------------- */

const luaL_Reg array_own_methods[] = {
    {"name", array_name},
    {"dtype", array_dtype},
    {"shape", array_shape},
    {"strides", array_strides},
    {"ndim", array_ndim},
    {"size", array_count},
    {"nbytes", array_nbytes},
    {"layout", array_layout},
    {"generation", array_generation},
    {"is_current", array_is_current},
    {"is_read_only", array_is_read_only},
    {"is_loan", array_is_loan},
    {"is_closed", array_is_closed},
    {"pointer", array_pointer},
    {"_addresses", array_addresses},
    {"sequence", array_sequence},
    {"keep", array_keep},
    {"publish", array_publish},
    {"discard", array_discard},
    {"close", array_gc},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__newindex", array_newindex}, {"__tostring", array_tostring},
    {"__len", array_length},        {"__pairs", array_iterate},
    {"__ipairs", array_iterate},    {"__gc", array_gc},
    {"__close", array_gc},          {NULL, NULL},
};

/* Makes the type, and leaves the table of its methods on the stack. lina/init.lua adds more methods. */
void array_open(lua_State *L) {
    luaL_newmetatable(L, ARRAY_TYPE);
    lua_pushnil(L);
    lua_insert(L, -2);
    set_functions(L, metamethods);
    lua_pushliteral(L, ARRAY_TYPE);
    lua_setfield(L, -2, "__name");
    lua_pushliteral(L, ARRAY_TYPE);
    lua_setfield(L, -2, "__metatable");
    lua_pushnil(L);
    lua_newtable(L);
    set_functions(L, array_own_methods);
    set_functions(L, index_methods);
    set_functions(L, slice_methods);
    set_functions(L, bulk_methods);
    set_functions(L, table_methods);
    lua_remove(L, -2);
    lua_pushvalue(L, -1);
    lua_pushliteral(L, "__index");
    lua_pushcclosure(L, array_index, 2);
    lua_setfield(L, -3, "__index");
    lua_replace(L, -3);
    lua_pop(L, 1);
}
