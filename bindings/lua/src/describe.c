/* describe.c - converts descriptors, and the numbers of arenas, to tables. */
#include "binding.h"

const char *layout_name(uint32_t layout) {
    return layout == LINA_LAYOUT_C ? "C" : layout == LINA_LAYOUT_F ? "F" : "strided";
}

void push_dtype(lua_State *L, uint32_t dtype) {
    const char *name = core.dtype_name(dtype);
    if (name != NULL)
        lua_pushstring(L, name);
    else
        push_count(L, dtype);
}

static void set_count(lua_State *L, const char *field, uint64_t value) {
    push_count(L, value);
    lua_setfield(L, -2, field);
}

static void set_text(lua_State *L, const char *field, const char *value) {
    lua_pushstring(L, value);
    lua_setfield(L, -2, field);
}

static void set_flag(lua_State *L, const char *field, bool value) {
    lua_pushboolean(L, value);
    lua_setfield(L, -2, field);
}

void push_shape(lua_State *L, const uint64_t *shape, uint32_t ndim) {
    lua_createtable(L, (int)ndim, 0);
    for (uint32_t d = 0; d < ndim; d++) {
        push_count(L, shape[d]);
        lua_rawseti(L, -2, (int)d + 1);
    }
}

void push_strides(lua_State *L, const int64_t *strides, uint32_t ndim) {
    lua_createtable(L, (int)ndim, 0);
    for (uint32_t d = 0; d < ndim; d++) {
        lua_pushinteger(L, (lua_Integer)strides[d]);
        lua_rawseti(L, -2, (int)d + 1);
    }
}

void push_description(lua_State *L, const lina_desc_t *desc) {
    lua_createtable(L, 0, 13);
    set_text(L, "name", desc->name);
    set_count(L, "offset", desc->offset);
    set_count(L, "nbytes", desc->nbytes);
    set_count(L, "capacity_bytes", desc->capacity_bytes);
    push_dtype(L, desc->dtype);
    lua_setfield(L, -2, "dtype");
    set_count(L, "dtype_code", desc->dtype);
    set_count(L, "ndim", desc->ndim);
    push_shape(L, desc->shape, desc->ndim);
    lua_setfield(L, -2, "shape");
    push_strides(L, desc->strides, desc->ndim);
    lua_setfield(L, -2, "strides");
    set_text(L, "layout", layout_name(desc->layout));
    set_count(L, "generation", desc->generation);
    set_count(L, "flags", desc->flags);
    set_count(L, "reserved", desc->reserved);
}

void push_info(lua_State *L, const lina_arena_info_t *info) {
    lua_createtable(L, 0, 14);
    set_text(L, "where", info->where);
    set_count(L, "size", info->size);
    set_count(L, "used_bytes", info->used_bytes);
    set_count(L, "resident_bytes", info->resident_bytes);
    set_count(L, "arrays", info->arrays);
    set_count(L, "held", info->held);
    set_count(L, "loans", info->loans);
    set_count(L, "signals", info->signals);
    set_count(L, "members", info->members);
    set_count(L, "max_arrays", info->max_arrays);
    set_count(L, "max_signals", info->max_signals);
    set_count(L, "max_members", info->max_members);
    set_count(L, "member", info->member);
    set_flag(L, "read_only", info->read_only != 0);
    set_flag(L, "orphan", info->orphan != 0);
}
