/* arrays.c - the functions for arrays by name: functions of the module, and methods of Arena. */
#include "binding.h"

#include <stdlib.h>
#include <string.h>

/* ---- looking ---------------------------------------------------------------------------------------- */

/* Pushes an array of the name's current generation. */
static struct array *acquire(lua_State *L, struct arena *arena, const char *name) {
    struct array *array = array_push(L);
    lina_arena_t *handle = arena_handle(L, arena, name);
    struct hold *hold = hold_new(L);
    int code = core.acquire(handle, name, &hold->view);
    if (code != LINA_OK) {
        free(hold);
        raise_code(L, code, name);
    }
    array_show(array, hold);
    hold_weigh(L, arena, &hold->view);
    return array;
}

static int arrays_array(lua_State *L) {
    int first;
    struct arena *arena = arena_argument(L, &first);
    acquire(L, arena, text_argument(L, first));
    return 1;
}

/* buffer(name): returns the payload as an array of u8. */
static int arrays_buffer(lua_State *L) {
    int first;
    struct arena *arena = arena_argument(L, &first);
    const char *name = text_argument(L, first);
    struct array *self = acquire(L, arena, name);
    if (!array_is_contiguous(self, LINA_LAYOUT_C) && !array_is_contiguous(self, LINA_LAYOUT_F))
        raise_text(L, LINA_ERR_INVALID, name, "array \"%s\": its bytes are not contiguous", name);
    self->dtype = LINA_DTYPE_U8;
    self->kind = kind_of(LINA_DTYPE_U8);
    self->shape[0] = array_size(self) * self->itemsize;
    self->strides[0] = 1;
    self->itemsize = 1;
    self->ndim = 1;
    self->layout = LINA_LAYOUT_C;
    return 1;
}

static int arrays_open_desc(lua_State *L) {
    int first;
    struct arena *arena = arena_argument(L, &first);
    const char *name = text_argument(L, first);
    lina_arena_t *handle = arena_handle(L, arena, name);
    lina_view_t view = {0};
    int code = core.acquire(handle, name, &view);
    if (code != LINA_OK)
        raise_code(L, code, name);
    lina_desc_t desc = view.desc;
    core.release(&view);
    push_description(L, &desc);
    return 1;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const lina_desc_t *)a)->name, ((const lina_desc_t *)b)->name);
}

static int arrays_list(lua_State *L) {
    int first;
    struct arena *arena = arena_argument(L, &first);
    size_t room = 0, n = 0;
    lina_desc_t *all = NULL;
    int code = core.arena_list(arena_handle(L, arena, ""), NULL, 0, &n, NULL);
    do { /* again, if there are more arrays by now */
        room = n + 16;
        all = new_userdata(L, room * sizeof *all);
        if (code == LINA_OK)
            code = core.arena_list(arena_handle(L, arena, ""), all, room, &n, NULL);
        if (code != LINA_OK)
            raise_code(L, code, "");
    } while (n == room);
    qsort(all, n, sizeof *all, by_name);
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        push_description(L, &all[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    return 1;
}

/* ---- making ----------------------------------------------------------------------------------------- */

static const char *const create_options[] = {"exist_ok", NULL};
static const char *const no_options[] = {NULL}, *const loan_options[] = {"timeout", NULL};

/* create_array(name, dtype, shape [, order] [, {exist_ok = true}]) */
static int arrays_create(lua_State *L) {
    int first, attempts = 0, code;
    struct arena *arena = arena_argument(L, &first);
    struct geometry g;
    geometry_arguments(L, first, &g);
    options_argument(L, g.next, create_options);
    bool exist_ok = flag_option(L, g.next, "exist_ok");
    do {
        lina_arena_t *handle = arena_handle(L, arena, g.name);
        code = (exist_ok ? core.ensure_array : core.arena_create_array)(
            handle, g.name, g.dtype, g.ndim, g.shape, g.layout, NULL);
    } while (collect_for_room(L, code, &attempts));
    if (code != LINA_OK)
        raise_code(L, code, g.name);
    acquire(L, arena, g.name);
    return 1;
}

/* republish(name, dtype, shape [, order]): publishes a new generation of zeroes. */
static int arrays_republish(lua_State *L) {
    int first, attempts = 0, code;
    struct arena *arena = arena_argument(L, &first);
    struct geometry g;
    geometry_arguments(L, first, &g);
    options_argument(L, g.next, no_options);
    do {
        lina_arena_t *handle = arena_handle(L, arena, g.name);
        code = core.republish(handle, g.name, g.dtype, g.ndim, g.shape, g.layout, NULL);
    } while (collect_for_room(L, code, &attempts));
    if (code != LINA_OK)
        raise_code(L, code, g.name);
    acquire(L, arena, g.name);
    return 1;
}

/* loan(name, dtype, shape [, order] [, f] [, options]): returns the loan, and f, which code in Lua then calls: f may
 * yield if its caller is in Lua, but not if it is in C. */
static int arrays_loan(lua_State *L) {
    int first, attempts = 0, code;
    struct arena *arena = arena_argument(L, &first);
    struct geometry g;
    geometry_arguments(L, first, &g);
    bool has_function = lua_isfunction(L, g.next);
    if (!has_function && !lua_isnoneornil(L, g.next) && !lua_istable(L, g.next))
        raise_type(L, g.next, "function");
    int options = has_function ? g.next + 1 : g.next;
    options_argument(L, options, loan_options);
    int64_t timeout = timeout_option(L, options);
    struct array *array = array_push(L);
    struct hold *hold = hold_new(L);
    hold->timeout = timeout;
    array->hold = hold; /* the array owns it from here on */
    do {
        lina_arena_t *handle = arena_handle(L, arena, g.name);
        code = core.loan(handle, g.name, g.dtype, g.ndim, g.shape, g.layout, &hold->view);
    } while (collect_for_room(L, code, &attempts));
    if (code != LINA_OK)
        raise_code(L, code, g.name);
    array_show(array, hold);
    if (has_function)
        lua_pushvalue(L, g.next);
    else
        lua_pushnil(L);
    return 2;
}

/* ---- names ------------------------------------------------------------------------------------------ */

static int arrays_remove(lua_State *L) {
    int first;
    struct arena *arena = arena_argument(L, &first);
    const char *name = text_argument(L, first);
    int code = core.remove(arena_handle(L, arena, name), name);
    if (code != LINA_OK)
        raise_code(L, code, name);
    return 0;
}

static int arrays_reclaim(lua_State *L) {
    int first;
    struct arena *arena = arena_argument(L, &first);
    const char *name = text_argument(L, first);
    int code = core.arena_reclaim(arena_handle(L, arena, name), name);
    if (code != LINA_OK)
        raise_code(L, code, name);
    return 0;
}

/* The part of its base that an alias shows. */
struct part {
    const char *base;
    uint64_t offset, shape[LINA_MAX_DIMS];
    int64_t strides[LINA_MAX_DIMS];
    uint32_t ndim, dtype; /* 0: the base's */
    bool has_strides;
};

static void part_of_array(lua_State *L, int arg, const char *name, lina_arena_t *handle,
                          struct part *part) {
    const struct array *array = array_argument(L, arg);
    if (array->hold->view.arena != handle)
        raise_argument(L, arg, "it is of another arena");
    if (array->dtype != array->hold->view.desc.dtype)
        raise_argument(L, arg, "the bytes of an array have another dtype than the array");
    if (core.view_is_current(&array->hold->view) != 1)
        raise_text(L, LINA_ERR_STALE, name, "array \"%s\": its generation %d was replaced",
                   array->name, (int)array->hold->view.desc.generation);
    part->base = array->name;
    part->offset = (uint64_t)array->offset;
    part->ndim = array->ndim;
    part->has_strides = true;
    memcpy(part->shape, array->shape, sizeof part->shape);
    memcpy(part->strides, array->strides, sizeof part->strides);
}

/* {offset = bytes, shape = {...}, strides = {bytes, ...}, dtype = "f64"} */
static void part_of_options(lua_State *L, int arg, struct part *part) {
    static const char *const names[] = {"offset", "shape", "strides", "dtype", NULL};
    if (!options_argument(L, arg, names))
        raise_type(L, arg, "table of options");
    part->offset = count_option(L, arg, "offset", UINT64_MAX);
    lua_getfield(L, arg, "shape");
    if (lua_isnil(L, -1))
        raise_argument(L, arg, "an alias by name needs a shape");
    shape_argument(L, arg, -1, "shape", part->shape, &part->ndim);
    lua_getfield(L, arg, "strides");
    part->has_strides = !lua_isnil(L, -1);
    if (part->has_strides)
        strides_argument(L, arg, -1, part->ndim, part->strides);
    lua_getfield(L, arg, "dtype");
    if (!lua_isnil(L, -1))
        part->dtype = dtype_option(L, arg, -1);
    lua_pop(L, 3);
}

/* alias(name, array) or alias(name, base, options) */
static int arrays_alias(lua_State *L) {
    int first;
    struct arena *arena = arena_argument(L, &first);
    const char *name = text_argument(L, first);
    struct part part = {0};
    if (to_array(L, first + 1) != NULL) {
        if (!lua_isnoneornil(L, first + 2))
            raise_argument(L, first + 2, "a slice has its offset, shape and strides");
        part_of_array(L, first + 1, name, arena_handle(L, arena, name), &part);
    } else if (lua_type(L, first + 1) == LUA_TSTRING) {
        part.base = text_argument(L, first + 1);
        part_of_options(L, first + 2, &part);
    } else {
        raise_type(L, first + 1, "name or " ARRAY_TYPE);
    }
    const int64_t *strides = part.has_strides ? part.strides : NULL;
    lina_arena_t *handle =
        arena_handle(L, arena, name); /* the options may have closed it: they may be methods */
    int code = part.dtype == 0 ? core.alias(handle, name, part.base, part.offset, part.ndim,
                                            part.shape, strides)
                               : core.alias_as(handle, name, part.base, part.offset, part.dtype,
                                               part.ndim, part.shape, strides);
    if (code != LINA_OK)
        raise_code(L, code, name);
    return 0;
}

const luaL_Reg arrays_methods[] = {
    {"array", arrays_array},
    {"buffer", arrays_buffer},
    {"open_desc", arrays_open_desc},
    {"list", arrays_list},
    {"create_array", arrays_create},
    {"republish", arrays_republish},
    {"loan", arrays_loan},
    {"remove", arrays_remove},
    {"reclaim", arrays_reclaim},
    {"alias", arrays_alias},
    {NULL, NULL},
};
