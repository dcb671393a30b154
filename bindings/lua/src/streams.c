/* streams.c - the functions for streams, producers and members. readers.c reads streams. */
#include "binding.h"

#include <stdlib.h>

static lina_arena_t *named_argument(lua_State *L, int *first, const char **name) {
    struct arena *arena = arena_argument(L, first);
    *name = text_argument(L, *first);
    return arena_handle(L, arena, *name);
}

/* stream(name [, depth or {depth = n}]): without a depth, the name must be a stream already. */
static int streams_stream(lua_State *L) {
    static const char *const names[] = {"depth", NULL};
    int first;
    const char *name;
    uint64_t depth = 0;
    named_argument(L, &first, &name);
    if (lua_type(L, first + 1) == LUA_TNUMBER)
        depth = count_argument(L, first + 1, UINT32_MAX);
    else if (options_argument(L, first + 1, names))
        depth = count_option(L, first + 1, "depth", UINT32_MAX);
    lina_arena_t *handle =
        named_argument(L, &first, &name); /* again: an option may have closed the arena */
    int code = core.stream_open(handle, name, (uint32_t)depth);
    if (code != LINA_OK)
        raise_code(L, code, name);
    return 0;
}

static void set_count(lua_State *L, const char *field, uint64_t value) {
    push_count(L, value);
    lua_setfield(L, -2, field);
}

static int streams_info(lua_State *L) {
    static const char *const states[] = {"new", "produced", "ended", "died"};
    int first;
    const char *name;
    lina_stream_info_t info;
    lina_arena_t *handle = named_argument(L, &first, &name);
    int code = core.stream_info(handle, name, &info);
    if (code != LINA_OK)
        raise_code(L, code, name);
    lua_createtable(L, 0, 8);
    lua_pushstring(L, info.name);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, states[info.state % 4]);
    lua_setfield(L, -2, "state");
    set_count(L, "depth", info.depth);
    set_count(L, "kept", info.kept);
    set_count(L, "sequence", info.sequence);
    set_count(L, "readers", info.readers);
    set_count(L, "producers", info.producers);
    set_count(L, "unread", info.unread);
    return 1;
}

/* produce(name [, f]): returns the name, and f, which code in Lua then calls. */
static int streams_produce(lua_State *L) {
    int first;
    const char *name;
    lina_arena_t *handle = named_argument(L, &first, &name);
    if (!lua_isfunction(L, first + 1) && !lua_isnoneornil(L, first + 1))
        raise_type(L, first + 1, "function");
    int code = core.stream_produce(handle, name);
    if (code != LINA_OK)
        raise_code(L, code, name);
    lua_settop(L, first + 1);
    return 2;
}

static int streams_end(lua_State *L) {
    int first;
    const char *name;
    lina_arena_t *handle = named_argument(L, &first, &name);
    int code = core.stream_end(handle, name);
    if (code != LINA_OK)
        raise_code(L, code, name);
    return 0;
}

/* ---- members ---------------------------------------------------------------------------------------- */

/* set_member_name(name): with nil, the member has no name any more. */
static int members_name(lua_State *L) {
    int first;
    struct arena *arena = arena_argument(L, &first);
    const char *name = NULL;
    if (!lua_isnil(L, first))
        name = text_argument(L, first);
    const char *shown = name == NULL ? "" : name;
    int code = core.member_set_name(arena_handle(L, arena, shown), name);
    if (code != LINA_OK)
        raise_code(L, code, shown);
    return 0;
}

static void push_member(lua_State *L, const lina_member_info_t *member) {
    lua_createtable(L, 0, 6);
    lua_pushstring(L, member->name);
    lua_setfield(L, -2, "name");
    set_count(L, "member", member->member);
    set_count(L, "pid", member->pid);
    push_uint64(L, member->incarnation);
    lua_setfield(L, -2, "incarnation");
    lua_pushnumber(L, (lua_Number)member->since / 1e9);
    lua_setfield(L, -2, "since");
    lua_pushboolean(L, member->self != 0);
    lua_setfield(L, -2, "self");
}

static int members_list(lua_State *L) {
    int first, code;
    struct arena *arena = arena_argument(L, &first);
    size_t n = 0, room, total = 0;
    lina_member_info_t *all;
    do { /* again, if members have joined meanwhile */
        room = total + 16;
        all = new_userdata(L, room * sizeof *all);
        code = core.member_list(arena_handle(L, arena, ""), all, room, &n, &total);
    } while (code == LINA_OK && total > room);
    if (code != LINA_OK)
        raise_code(L, code, "");
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        push_member(L, &all[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    return 1;
}

const luaL_Reg stream_methods[] = {
    {"stream", streams_stream},
    {"stream_info", streams_info},
    {"produce", streams_produce},
    {"end_stream", streams_end},
    {"set_member_name", members_name},
    {"members", members_list},
    {NULL, NULL},
};
