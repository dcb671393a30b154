/* binding.h - what the files of the module lina.core share.
 *
 * One C source for Lua 5.1 to 5.4 and LuaJIT. Here are the objects whose speed or lifetime needs C;
 * what only composes them is Lua, in lina/init.lua.
 *
 *   Arena   an arena by handle, or the process's default one. The module's functions are its methods
 *           with the default arena as their upvalue
 *   Array   a window (offset, shape, strides) on a hold; slices are Arrays on the same hold
 *   hold    one lina_view_t, counted by the Arrays on it; never moved in memory
 *   Watch   a file descriptor that becomes readable when a signal is set
 *
 * A lua_State belongs to one thread at a time, and so does all that hangs on it: nothing here is
 * locked. Only `core` is shared by the states of a process.
 *
 * An error in Lua is a longjmp. So nothing is kept in C while one can be raised: memory belongs to a
 * userdata that is on the stack before it is filled. */
#ifndef LINA_LUA_BINDING_H
#define LINA_LUA_BINDING_H

#include "compat.h"
#include "core.h"

/* ---- flavour.c ------------------------------------------------------------------------------------ */

/* Raises an error in `L` unless this module is bound to the Lua whose code is at `caller`. */
void flavour_check(lua_State *L, const void *caller);

/* ---- errors.c ------------------------------------------------------------------------------------- */

#define ERROR_TYPE "lina.LinaError"

/* Makes the metatable of errors, and leaves it on the stack. */
void errors_open(lua_State *L);
/* Raises `code` with Lina's last sentence; `name` is the array's, signal's or arena's, or "". */
__attribute__((noreturn)) int raise_code(lua_State *L, int code, const char *name);
/* The same, of a loan that could not be published, which the error's field `loan` has. */
__attribute__((noreturn)) int raise_with_loan(lua_State *L, int code, const char *name, int loan);
/* The same with a sentence of our own, in the format of lua_pushfstring. */
__attribute__((noreturn)) int raise_text(lua_State *L, int code, const char *name,
                                         const char *format, ...);
/* bad argument #n to 'function' (reason). INVALID. `arg` is an index of the stack. */
__attribute__((noreturn)) int raise_argument(lua_State *L, int arg, const char *format, ...);
/* The same for a wrong type: string expected, got nil. */
__attribute__((noreturn)) int raise_type(lua_State *L, int arg, const char *expected);
/* A value, or a count, as a message shows it; pushes it. */
const char *push_shown(lua_State *L, int index);
const char *push_digits(lua_State *L, uint64_t count);

/* ---- arguments.c ---------------------------------------------------------------------------------- */

/* The name of an array or a signal, or other text without zeroes. */
const char *text_argument(lua_State *L, int arg);
/* What a caller may say about a new array: (name, dtype, shape [, order] [, options]). */
struct geometry {
    const char *name;
    uint32_t dtype, ndim, layout;
    uint64_t shape[LINA_MAX_DIMS];
    int next; /* the argument after these */
};
uint32_t dtype_argument(lua_State *L, int arg);
void geometry_arguments(lua_State *L, int arg, struct geometry *out);
/* An integer, or a table of them, none below zero. */
void shape_argument(lua_State *L, int arg, int index, const char *what, uint64_t *shape,
                    uint32_t *ndim);
void strides_argument(lua_State *L, int arg, int index, uint32_t ndim, int64_t *strides);
/* An integer from 0 to `most`. */
uint64_t count_argument(lua_State *L, int arg, uint64_t most);
/* Seconds, or nil for ever, or {timeout = seconds}, as nanoseconds. */
int64_t timeout_argument(lua_State *L, int arg);
/* The option of that name of a table, for ever where it is not there. */
int64_t timeout_option(lua_State *L, int arg);
/* As timeout_argument, with {member = name}, which is kept above the argument; NULL without. */
int64_t wait_argument(lua_State *L, int arg, const char **member);
/* Raises unless the argument is nil or a table with no other names than those, which end with NULL. */
bool options_argument(lua_State *L, int arg, const char *const *names);
/* Of such a table: a boolean, false where it is not there. */
bool flag_option(lua_State *L, int arg, const char *name);
uint64_t count_option(lua_State *L, int arg, const char *name, uint64_t most);

/* ---- integers.c ----------------------------------------------------------------------------------- */

/* An integer of 64 bits, signed or not. */
struct integer {
    uint64_t bits;
    bool is_unsigned; /* above INT64_MAX, or of LuaJIT's uint64_t */
};
void integers_open(lua_State *L);
/* A number without a fraction, or LuaJIT's int64_t and uint64_t. */
bool to_integer(lua_State *L, int index, struct integer *out);
bool to_int64(lua_State *L, int index, int64_t *out);
/* Exactly: as int64_t or uint64_t in LuaJIT, in Lua 5.1 an error above 2^53. */
void push_int64(lua_State *L, int64_t value);
void push_uint64(lua_State *L, uint64_t value);
/* A size, an offset, a count: a number where it can be exact, else as push_uint64. */
void push_count(lua_State *L, uint64_t value);

/* ---- element.c, narrow.c -------------------------------------------------------------------------- */

/* How Lua sees the elements of a dtype. */
struct kind {
    uint32_t dtype;
    uint32_t values;                            /* in Lua for one element: two for complex ones */
    void (*load)(lua_State *L, const char *at); /* pushes them */
    /* Reads them from `index` on. NULL, or why they do not fit. */
    const char *(*store)(lua_State *L, int index, char *at);
    const struct reduction *reduction; /* NULL where sums make no sense */
};
/* NULL for a dtype without a name: its arrays are bytes to Lua. */
const struct kind *kind_of(uint32_t dtype);

/* The binary formats of 16 bits. */
double half_to_double(uint16_t bits);
double brain_to_double(uint16_t bits);
uint16_t double_to_half(double value);
uint16_t double_to_brain(double value);

/* ---- arena.c -------------------------------------------------------------------------------------- */

#define ARENA_TYPE "lina.Arena"

/* A signal's handle, by the very string that named it: names in code are constants, so that comparing
 * pointers finds them again. The arena's `anchors` keep the strings. */
#define SIGNAL_CACHE 64
struct signal_entry {
    const char *text;
    lina_signal_t handle; /* word NULL: looked at, not opened yet */
    uint32_t looks;
};

struct arena {
    const void *magic;
    uint64_t epoch;       /* counts the handles: lina/ffi.lua compares it at each use of one */
    lina_arena_t *handle; /* for the default arena: as last seen */
    bool is_default;      /* closing gives back this state's lina_init */
    bool closed;
    bool collected;   /* at the state's end other finalizers may still call: it stays closed then */
    int trouble_code; /* why LINA_ARENA could not be attached, until there is a default arena */
    char trouble[256];
    int anchors; /* in the registry, a table: strings of `signals`, and the watches */
    struct watch *watches;
    uint64_t size;                       /* hold.c: of the arena, 0 before it is needed */
    double weight;                       /* what the collector has still to be told of */
    uint64_t serials_seen[SIGNAL_CACHE]; /* generations that it was told of, by slot */
    struct signal_entry signals[SIGNAL_CACHE];
};

void arena_open(lua_State *L);
/* NULL for other values. */
struct arena *to_arena(lua_State *L, int index);
/* The arena that a function or method is about; `first` becomes the index of the argument after it. */
struct arena *arena_argument(lua_State *L, int *first);
/* Its handle for a new call about the array or signal `name`. Raises if it is closed. */
lina_arena_t *arena_handle(lua_State *L, struct arena *self, const char *name);
/* A new, closed Arena on the stack. */
struct arena *arena_push(lua_State *L);
/* Gives back what the arena has: from __gc, too. */
void arena_end(lua_State *L, struct arena *self);
extern const luaL_Reg arena_own_methods[];

/* ---- making.c -------------------------------------------------------------------------------------- */

/* This state's object for the process's default arena, on the stack. */
struct arena *default_arena_push(lua_State *L);
extern const luaL_Reg default_functions[], arena_constructors[], naming_functions[];

/* ---- signals.c, waiting.c, watch.c ------------------------------------------------------------------ */

/* The handle of a signal that is going to be used: makes the signal if it is not there. Valid until Lua
 * code runs. */
const lina_signal_t *signal_handle(lua_State *L, struct arena *self, int arg);
void signals_forget(lua_State *L, struct arena *self);
/* Whether it is set, or its counter is at least `target` if that is not NULL. */
bool signal_look(lua_State *L, struct arena *self, int arg, const uint64_t *target);
uint64_t target_argument(lua_State *L, int arg);
extern const luaL_Reg signal_methods[], waiting_methods[], any_methods[], watch_methods[];
/* Remembers the main coroutine, whose hook tells of Ctrl-C. */
void waiting_open(lua_State *L);
/* Waits are cut into naps. Before the first: so that an interrupt that came already is noticed. */
void waiting_let_hooks_run(lua_State *L);
int64_t waiting_deadline(int64_t timeout_ns);
/* How long the next may be; not above 0 after the deadline. */
int64_t waiting_nap(int64_t deadline);
/* After one that ended with `code`, which is not OK: raises unless the wait goes on. */
void waiting_go_on(lua_State *L, int code, struct arena *self, const char *name,
                   lina_arena_t *handle);
/* For a nap in which there is nothing to wait for. */
void waiting_sleep(int64_t ns);
void watch_open(lua_State *L);
/* A descriptor for the reader whose object is argument 1, and the watch, on the stack. */
int watch_stream(lua_State *L, struct arena *arena, const char *name, const lina_reader_t *reader);
/* Closes the arena's watches. */
void watches_end(lua_State *L, struct arena *self);

/* ---- several.c -------------------------------------------------------------------------------------- */

/* Signals, and streams that readers wait for, each of which depends on the same member, or none. */
struct several {
    uint32_t n;
    lina_wait_t all[LINA_WAIT_MOST];
    bool revives[LINA_WAIT_MOST]; /* a reader that waits for another producer after a death */
    char why[256];                /* what the core said of the last nap, where that failed */
};

/* A look at one of them: OK once it is reached, or its stream is over; else TIMEOUT, or an error. */
int several_look(lina_arena_t *arena, const struct several *waits, uint32_t i);
/* Waits for the first of them, in naps; its index. */
uint32_t wait_for_any(lua_State *L, struct arena *self, struct several *waits, int64_t timeout);

/* ---- hold.c --------------------------------------------------------------------------------------- */

struct hold {
    lina_view_t view; /* its data is NULL once it ended: the arrays on it are closed then */
    uint32_t arrays;  /* on it */
    bool kept;        /* of a stream's generation: it stays when its reader moves on */
    int64_t timeout;  /* of a loan: nanoseconds that publishing waits for room in a stream */
};

/* Empty, for one array. Raises for want of memory. */
struct hold *hold_new(lua_State *L);
/* One array less; the last one ends the view. */
void hold_drop(struct hold *hold);
/* Tells the collector, which sees small objects, how much of the arena they keep. */
void hold_weigh(lua_State *L, struct arena *arena, const lina_view_t *view);
/* True once, when garbage may be why there is no room: it has been collected then. */
bool collect_for_room(lua_State *L, int code, int *attempts);

/* ---- array.c, index.c, slice.c, bulk.c, tables.c -------------------------------------- */

#define ARRAY_TYPE "lina.Array"

struct array {
    const void *magic;
    struct hold *hold;       /* never NULL: closed arrays have one without data */
    const struct kind *kind; /* NULL for a dtype without a name */
    int64_t offset;          /* of element (1, 1, ...) from the hold's data */
    uint32_t dtype, ndim, layout;
    size_t itemsize;
    uint64_t shape[LINA_MAX_DIMS];
    int64_t strides[LINA_MAX_DIMS];
    char name[LINA_MAX_NAME];
};

extern const void *const array_magic;
void array_open(lua_State *L);
/* A new array on the stack, closed. */
struct array *array_push(lua_State *L);
/* Lets it show the whole of the hold, which has a view. */
void array_show(struct array *self, struct hold *hold);
/* Ends it because its reader moves on, unless it is to be kept. */
void array_pass(struct array *self);
/* Another array on the same hold, on the stack. */
struct array *array_share(lua_State *L, const struct array *base);
/* NULL for other values. */
struct array *to_array(lua_State *L, int index);
/* Raises for others, and for closed ones. */
struct array *array_argument(lua_State *L, int arg);
/* The same, for arrays whose elements Lua can read; and write. */
struct array *elements_argument(lua_State *L, int arg);
struct array *writable_argument(lua_State *L, int arg);
void array_check_writable(lua_State *L, const struct array *self);
/* Raises if it was closed. In loops that make values of Lua: a finalizer may end the hold meanwhile. */
void array_check_open(lua_State *L, const struct array *self);
bool array_is_contiguous(const struct array *self, uint32_t layout);
uint64_t array_size(const struct array *self);
static inline char *array_data(const struct array *self) {
    return (char *)self->hold->view.data + self->offset;
}
/* Row `row`, counted from 0, on the stack. */
struct array *array_row(lua_State *L, const struct array *self, uint64_t row);
/* Stores the value at `index`, which must be absolute, into the element at `at`. */
void array_store(lua_State *L, const struct array *self, int index, char *at);

extern const luaL_Reg index_methods[], slice_methods[], bulk_methods[], table_methods[];
int array_index(lua_State *L);
int array_length(lua_State *L);
int array_newindex(lua_State *L);
int array_tostring(lua_State *L);
int array_iterate(lua_State *L);
/* Puts what is at `index` (a table, an array, a string of bytes, or one element) into all of `self`. */
void array_assign(lua_State *L, const struct array *self, int index);
/* The elements as nested tables, on the stack. */
void array_to_table(lua_State *L, const struct array *self);

/* ---- streams.c, readers.c ---------------------------------------------------------------------------- */

#define READER_TYPE "lina.Reader"

/* Leaves the table of the methods on the stack, as __index has it. */
void reader_open(lua_State *L);
/* What a reader waits for, and its arena; NULL for other values. Raises for a closed one. */
struct arena *reader_wish(lua_State *L, int index, lina_wait_t *out, bool *revives);
extern const luaL_Reg stream_methods[], reader_methods[];

/* ---- arrays.c, describe.c -------------------------------------------------------------------------- */

extern const luaL_Reg arrays_methods[];
/* Tables on the stack. */
void push_description(lua_State *L, const lina_desc_t *desc);
void push_info(lua_State *L, const lina_arena_info_t *info);
void push_dtype(lua_State *L, uint32_t dtype);
void push_shape(lua_State *L, const uint64_t *shape, uint32_t ndim);
void push_strides(lua_State *L, const int64_t *strides, uint32_t ndim);
const char *layout_name(uint32_t layout);

#endif
