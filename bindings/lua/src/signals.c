/* signals.c - the functions for signals that do not wait.
 *
 * If a name was used before, a call costs a comparison of pointers and a load, without a look-up or a hash. */
#include "binding.h"

#include <string.h>

#define POLLED 16u /* after so many looks, a name is opened */

/* ---- the cache -------------------------------------------------------------------------------------- */

void signals_forget(lua_State *L, struct arena *self) {
    memset(self->signals, 0, sizeof self->signals);
    lua_rawgeti(L, LUA_REGISTRYINDEX, self->anchors);
    for (int i = 1; lua_istable(L, -1) && i <= SIGNAL_CACHE; i++) {
        lua_pushnil(L);
        lua_rawseti(L, -2, i);
    }
    lua_pop(L, 1);
}

/* An address that only this string has, because equal short strings are one object. No key of an entry equals that
 * of a value of another type: `anchors` keeps the entries' strings alive. */
static inline const void *key_of(lua_State *L, int arg) {
#if LUA_VERSION_NUM >= 504
    return lua_topointer(L, arg);
#else
    return lua_type(L, arg) == LUA_TSTRING ? lua_tostring(L, arg) : NULL;
#endif
}

static inline struct signal_entry *entry_of(struct arena *self, const void *key) {
    uintptr_t at = (uintptr_t)key >> 3;
    return &self->signals[(at ^ at >> 6) % SIGNAL_CACHE];
}

/* A signal's words, read without a call, as section 10 of lina.h describes. */
struct words {
    uint64_t value, cleared;
};

/* False if the signal was removed: then its slot may have another signal. */
static inline bool read_words(const lina_signal_t *signal, struct words *out) {
    out->value = __atomic_load_n(signal->word, __ATOMIC_ACQUIRE) >> 1;
    out->cleared = __atomic_load_n(signal->cleared, __ATOMIC_ACQUIRE);
    return __atomic_load_n(signal->current, __ATOMIC_RELAXED) == signal->incarnation;
}

/* True if the entry has an open handle for this name in the present arena. */
static inline bool is_hit(const struct arena *self, const struct signal_entry *entry,
                          const void *key, struct words *words) {
    return entry->key == key && entry->handle.word != NULL &&
           (!self->is_default || core.arena_default() == self->handle) &&
           read_words(&entry->handle, words);
}

/* Gives the entry to the name. The name is kept alive, so that no other string can get its address. */
static lina_arena_t *prepare(lua_State *L, struct arena *self, int arg, const char *text) {
    lina_arena_t *arena = arena_handle(L, self, text);
    const void *key = key_of(L, arg);
    struct signal_entry *entry = entry_of(self, key);
    if (entry->key == key && entry->handle.word == NULL)
        return arena;
    lua_rawgeti(L, LUA_REGISTRYINDEX, self->anchors);
    lua_pushvalue(L, arg);
    lua_rawseti(L, -2, (int)(entry - self->signals) + 1);
    lua_pop(L, 1);
    *entry = (struct signal_entry){.key = key};
    return arena;
}

const lina_signal_t *signal_handle(lua_State *L, struct arena *self, int arg) {
    const char *text = text_argument(L, arg);
    const void *key = key_of(L, arg);
    struct signal_entry *entry = entry_of(self, key);
    struct words words;
    if (is_hit(self, entry, key, &words))
        return &entry->handle;
    int code = core.signal_open(prepare(L, self, arg, text), text, &entry->handle);
    if (code != LINA_OK)
        raise_code(L, code, text);
    return &entry->handle;
}

/* ---- looking ---------------------------------------------------------------------------------------- */

/* Opening a signal makes it, and looks must not fill the arena's table with names that nobody signals. So the first
 * looks go by name, and only a name that is polled often is opened. Returns 1 if the signal is set, otherwise 0. */
static int look_by_name(lua_State *L, struct arena *self, int arg, const char *text,
                        uint64_t *value) {
    lina_arena_t *arena = prepare(L, self, arg, text);
    struct signal_entry *entry = entry_of(self, key_of(L, arg));
    if (++entry->looks > POLLED && core.signal_open(arena, text, &entry->handle) != LINA_OK)
        entry->looks = 0; /* the table is full, so looks go by name */
    int set = value == NULL ? core.arena_try_wait(arena, text)
                            : core.arena_signal_value(arena, text, value);
    if (set < 0)
        raise_code(L, set, text);
    return set;
}

static uint64_t look_for_value(lua_State *L, struct arena *self, int arg) {
    const void *key = key_of(L, arg);
    struct words words;
    if (is_hit(self, entry_of(self, key), key, &words))
        return words.value;
    uint64_t value = 0;
    look_by_name(L, self, arg, text_argument(L, arg), &value);
    return value;
}

static inline bool look_whether_set(lua_State *L, struct arena *self, int arg) {
    const void *key = key_of(L, arg);
    struct words words;
    if (is_hit(self, entry_of(self, key), key, &words))
        return words.value != words.cleared;
    return look_by_name(L, self, arg, text_argument(L, arg), NULL) != 0;
}

bool signal_look(lua_State *L, struct arena *self, int arg, const uint64_t *target) {
    return target != NULL ? look_for_value(L, self, arg) >= *target
                          : look_whether_set(L, self, arg);
}

/* ---- the functions ---------------------------------------------------------------------------------- */

static int signals_try_wait(lua_State *L) {
    int first;
    struct arena *self = arena_argument(L, &first);
    lua_pushboolean(L, look_whether_set(L, self, first));
    return 1;
}

static int signals_value(lua_State *L) {
    int first;
    struct arena *self = arena_argument(L, &first);
    push_count(L, look_for_value(L, self, first));
    return 1;
}

/* signal(name [, n]): adds n, by default 1. */
static int signals_signal(lua_State *L) {
    int first, code;
    struct arena *self = arena_argument(L, &first);
    uint64_t n = lua_isnoneornil(L, first + 1) ? 1 : count_argument(L, first + 1, INT64_MAX);
    do /* again if the signal was removed in between */
        code = core.signal_raise_by(signal_handle(L, self, first), n);
    while (code == LINA_ERR_NOT_FOUND);
    if (code != LINA_OK)
        raise_code(L, code, lua_tostring(L, first));
    return 0;
}

static int signals_by_name(lua_State *L, int (*act)(lina_arena_t *, const char *)) {
    int first;
    struct arena *self = arena_argument(L, &first);
    const char *text = text_argument(L, first);
    int code = act(arena_handle(L, self, text), text);
    if (code != LINA_OK)
        raise_code(L, code, text);
    return 0;
}

static int signals_clear(lua_State *L) { return signals_by_name(L, core.arena_clear); }
static int signals_remove(lua_State *L) { return signals_by_name(L, core.arena_signal_remove); }

/* signals(): lists names, values, and whether each is set. */
static int signals_list(lua_State *L) {
    int first;
    struct arena *self = arena_argument(L, &first);
    size_t n = 0;
    int code = core.signal_list(arena_handle(L, self, ""), NULL, 0, &n, NULL);
    size_t room = n + 16;
    lina_signal_info_t *all = new_userdata(L, room * sizeof *all);
    if (code == LINA_OK) /* the handle again: a finalizer may have closed the arena */
        code = core.signal_list(arena_handle(L, self, ""), all, room, &n, NULL);
    if (code != LINA_OK)
        raise_code(L, code, "");
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_createtable(L, 0, 3);
        lua_pushstring(L, all[i].name);
        lua_setfield(L, -2, "name");
        push_count(L, all[i].value);
        lua_setfield(L, -2, "value");
        lua_pushboolean(L, all[i].value != all[i].cleared);
        lua_setfield(L, -2, "set");
        lua_rawseti(L, -2, (int)i + 1);
    }
    return 1;
}

const luaL_Reg signal_methods[] = {
    {"signal", signals_signal},
    {"clear", signals_clear},
    {"try_wait", signals_try_wait},
    {"value", signals_value},
    {"remove_signal", signals_remove},
    {"signals", signals_list},
    {NULL, NULL},
};
