/* binding.h - what the files of the module lina.core share.
 *
 * The same C source serves Lua 5.1 to 5.4 and LuaJIT. It has the objects whose speed or lifetime needs C.
 * lina/init.lua builds on them in Lua.
 *
 *   Arena   an arena by handle, or the process's default one. The module's functions are its methods,
 *           with the default arena as their upvalue
 *   Array   a window (offset, shape, strides) on a hold; slices are Arrays on the same hold
 *   hold    one lina_view_t, with a count of the Arrays on it; it never moves in memory
 *   Watch   a file descriptor that becomes readable when a signal is set
 *
 * A lua_State and its objects belong to one thread at a time, so there are no locks here. The states of a process
 * share only `core`.
 *
 * An error in Lua is a longjmp, so no memory may be owned only by C variables while an error can be raised. Memory
 * belongs to a userdata, which is on the stack before it is filled. */
#ifndef LINA_LUA_BINDING_H
#define LINA_LUA_BINDING_H

#include "compat.h"
#include "core.h"

/* ---- flavour.c ------------------------------------------------------------------------------------ */

/* Raises an error in `L` unless this module is bound to the Lua whose code is at `caller`. */
void flavour_check(lua_State *L, const void *caller);

/* ---- errors.c ------------------------------------------------------------------------------------- */

#define ERROR_TYPE "lina.LinaError"

/* Makes the metatable of errors and leaves it on the stack. */
void errors_open(lua_State *L);
/* Raises `code` with the text of lina_last_error. `name` is the array's, signal's or arena's, or "". */
__attribute__((noreturn)) int raise_code(lua_State *L, int code, const char *name);
/* The same for a loan that could not be published. The error's field `loan` is the loan. */
__attribute__((noreturn)) int raise_with_loan(lua_State *L, int code, const char *name, int loan);
/* The same with another text, in the format of lua_pushfstring. */
__attribute__((noreturn)) int raise_text(lua_State *L, int code, const char *name,
                                         const char *format, ...);
/* Raises INVALID: bad argument #n to 'function' (reason). `arg` is an index of the stack. */
__attribute__((noreturn)) int raise_argument(lua_State *L, int arg, const char *format, ...);
/* The same for a wrong type: string expected, got nil. */
__attribute__((noreturn)) int raise_type(lua_State *L, int arg, const char *expected);
/* Pushes the text of a value, or of a count, for an error message. */
const char *push_shown(lua_State *L, int index);
const char *push_digits(lua_State *L, uint64_t count);

/* ---- arguments.c ---------------------------------------------------------------------------------- */

/* Reads the name of an array or a signal, or other text without zeroes. */
const char *text_argument(lua_State *L, int arg);
/* What a caller says about a new array: (name, dtype, shape [, order] [, options]). */
struct geometry {
    const char *name;
    uint32_t dtype, ndim, layout;
    uint64_t shape[LINA_MAX_DIMS];
    int next; /* the index of the next argument */
};
uint32_t dtype_argument(lua_State *L, int arg);
/* Reads the value at `index`, which is part of the argument `arg`. */
uint32_t dtype_option(lua_State *L, int arg, int index);
void geometry_arguments(lua_State *L, int arg, struct geometry *out);
/* Reads an integer, or a table of integers, none below zero. */
void shape_argument(lua_State *L, int arg, int index, const char *what, uint64_t *shape,
                    uint32_t *ndim);
void strides_argument(lua_State *L, int arg, int index, uint32_t ndim, int64_t *strides);
/* Reads an integer from 0 to `most`. */
uint64_t count_argument(lua_State *L, int arg, uint64_t most);
/* Reads seconds, nil for ever, or {timeout = seconds}, as nanoseconds. */
int64_t timeout_argument(lua_State *L, int arg);
/* Reads the option `timeout` of a table. Without it, for ever. */
int64_t timeout_option(lua_State *L, int arg);
/* As timeout_argument, but also reads {member = name}. The name is left above the argument; NULL without. */
int64_t wait_argument(lua_State *L, int arg, const char **member);
/* Raises unless the argument is nil, or a table with no other fields than `names`, which end with NULL. */
bool options_argument(lua_State *L, int arg, const char *const *names);
/* Reads a boolean of such a table. Without it, false. */
bool flag_option(lua_State *L, int arg, const char *name);
uint64_t count_option(lua_State *L, int arg, const char *name, uint64_t most);

/* ---- integers.c ----------------------------------------------------------------------------------- */

/* An integer of 64 bits, signed or not. */
struct integer {
    uint64_t bits;
    bool is_unsigned; /* above INT64_MAX, or a uint64_t of LuaJIT */
};
void integers_open(lua_State *L);
/* Reads a number without a fraction, or LuaJIT's int64_t or uint64_t. */
bool to_integer(lua_State *L, int index, struct integer *out);
bool to_int64(lua_State *L, int index, int64_t *out);
/* Pushes the exact integer: as int64_t or uint64_t in LuaJIT. In Lua 5.1 and 5.2, raises above 2^53. */
void push_int64(lua_State *L, int64_t value);
void push_uint64(lua_State *L, uint64_t value);
/* Pushes a size, an offset or a count: as a number if that is exact, otherwise as push_uint64. */
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

/* A signal's handle, by the very string that named it: names in code are constants, so comparing
 * pointers finds them again. The arena's `anchors` keep the strings. */
#define SIGNAL_CACHE 64
struct signal_entry {
    const void *key;
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
/* Ends the arena's handle. Also called by __gc. */
void arena_end(lua_State *L, struct arena *self);
extern const luaL_Reg arena_own_methods[];

/* ---- making.c -------------------------------------------------------------------------------------- */

/* Pushes this state's object for the process's default arena. */
struct arena *default_arena_push(lua_State *L);
extern const luaL_Reg default_functions[], arena_constructors[], naming_functions[];

/* ---- signals.c, waiting.c, watch.c ------------------------------------------------------------------ */

/* Opens a signal, or makes it if there is none. The handle is valid until Lua code runs. */
const lina_signal_t *signal_handle(lua_State *L, struct arena *self, int arg);
void signals_forget(lua_State *L, struct arena *self);
/* True if the signal is set, or, with a `target`, if its counter is at least that. */
bool signal_look(lua_State *L, struct arena *self, int arg, const uint64_t *target);
uint64_t target_argument(lua_State *L, int arg);
extern const luaL_Reg signal_methods[], waiting_methods[], any_methods[], watch_methods[];
/* Remembers the main coroutine, whose hook tells of Ctrl-C. */
void waiting_open(lua_State *L);
/* A wait is a series of naps. Called before the first nap, to notice an interrupt that came already. */
void waiting_let_hooks_run(lua_State *L);
int64_t waiting_deadline(int64_t timeout_ns);
/* The length of the next nap; 0 or less after the deadline. */
int64_t waiting_nap(int64_t deadline);
/* Called after a nap that ended with `code`, which is not OK. Raises unless the wait goes on. `epoch` is the arena's
 * from before the first nap. */
void waiting_go_on(lua_State *L, int code, struct arena *self, const char *name, uint64_t epoch);
/* A nap without anything to wait for. */
void waiting_sleep(int64_t ns);
void watch_open(lua_State *L);
/* Pushes a descriptor for the reader whose object is argument 1, and the watch. */
int watch_stream(lua_State *L, struct arena *arena, const char *name, const lina_reader_t *reader);
/* Closes the arena's watches. */
void watches_end(lua_State *L, struct arena *self);

/* ---- several.c -------------------------------------------------------------------------------------- */

/* Signals, and streams of readers, in one wait. All depend on the same member, or on none. */
struct several {
    uint32_t n;
    lina_wait_t all[LINA_WAIT_MOST];
    bool revives[LINA_WAIT_MOST]; /* the reader waits for another producer after a death */
    char why[256];                /* the core's error text, if the last nap failed */
};

/* Looks at one of them: OK if it is reached, or if its stream is over; otherwise TIMEOUT, or an error. */
int several_look(lina_arena_t *arena, const struct several *waits, uint32_t i);
/* Waits for the first of them, in naps. Returns its index. */
uint32_t wait_for_any(lua_State *L, struct arena *self, struct several *waits, int64_t timeout);

/* ---- hold.c --------------------------------------------------------------------------------------- */

struct hold {
    lina_view_t view; /* its data is NULL after it has ended: then its arrays are closed */
    uint32_t arrays;  /* number of arrays on it */
    bool kept;        /* for a generation of a stream: it stays when the reader moves on */
    int64_t timeout;  /* for a loan: nanoseconds that publishing waits for room in a stream */
};

/* Makes an empty hold for one array. Raises if there is no memory. */
struct hold *hold_new(lua_State *L);
/* Counts one array less. The last one ends the view. */
void hold_drop(struct hold *hold);
/* Tells the collector how much of the arena its small objects keep. */
void hold_weigh(lua_State *L, struct arena *arena, const lina_view_t *view);
/* If there is no room, perhaps because of garbage, runs the collector and returns true; but only once. */
bool collect_for_room(lua_State *L, int code, int *attempts);

/* ---- array.c, index.c, slice.c, bulk.c, tables.c -------------------------------------- */

#define ARRAY_TYPE "lina.Array"

#define MOST_BYTES 16 /* in one element */

struct array {
    const void *magic;
    struct hold *hold;       /* never NULL: closed arrays have a hold without data */
    const struct kind *kind; /* NULL for a dtype without a name */
    int64_t offset;          /* bytes from the hold's data to element (1, 1, ...) */
    uint32_t dtype, ndim, layout;
    size_t itemsize;
    uint64_t shape[LINA_MAX_DIMS];
    int64_t strides[LINA_MAX_DIMS];
    char name[LINA_MAX_NAME];
};

extern const void *const array_magic;
void array_open(lua_State *L);
/* Pushes a new, closed array. */
struct array *array_push(lua_State *L);
/* Lets the array show the whole view of the hold. */
void array_show(struct array *self, struct hold *hold);
/* Ends the array because its reader moves on, unless keep() was called. */
void array_pass(struct array *self);
/* Pushes another array on the same hold. Raises if the array is closed. */
struct array *array_share(lua_State *L, const struct array *base);
/* The array at an index, or NULL for other values. */
struct array *to_array(lua_State *L, int index);
/* The same. Raises for other values and for closed arrays. */
struct array *array_argument(lua_State *L, int arg);
/* The same, for arrays whose elements Lua can read; and for those that it can also write. */
struct array *elements_argument(lua_State *L, int arg);
struct array *writable_argument(lua_State *L, int arg);
void array_check_writable(lua_State *L, const struct array *self);
/* Raises if the array was closed. For loops that make Lua values: a finalizer may run in them and end the hold. */
void array_check_open(lua_State *L, const struct array *self);
bool array_is_contiguous(const struct array *self, uint32_t layout);
uint64_t array_size(const struct array *self);
static inline char *array_data(const struct array *self) {
    return (char *)self->hold->view.data + self->offset;
}
/* Pushes row `row`, counted from 0. */
struct array *array_row(lua_State *L, const struct array *self, uint64_t row);
/* Stores the value at `index`, which must be absolute, into the element at `at`. */
void array_store(lua_State *L, const struct array *self, int index, char *at);

extern const luaL_Reg index_methods[], slice_methods[], bulk_methods[], table_methods[];
int array_index(lua_State *L);
int array_length(lua_State *L);
int array_newindex(lua_State *L);
int array_tostring(lua_State *L);
int array_iterate(lua_State *L);
/* Assigns the value at `index` (a table, an array, a string of bytes, or one element) to the whole array. */
void array_assign(lua_State *L, const struct array *self, int index);
/* Pushes the elements as nested tables. */
void array_to_table(lua_State *L, const struct array *self);

/* ---- streams.c, readers.c ---------------------------------------------------------------------------- */

#define READER_TYPE "lina.Reader"

/* Makes the type of readers, and leaves the table of its methods on the stack. */
void reader_open(lua_State *L);
/* Finds out what the reader at an index waits for, and its arena; NULL for other values. Raises for a closed
 * reader. */
struct arena *reader_wish(lua_State *L, int index, lina_wait_t *out, bool *revives);
extern const luaL_Reg stream_methods[], reader_methods[];

/* ---- arrays.c, describe.c -------------------------------------------------------------------------- */

extern const luaL_Reg arrays_methods[];
/* These push tables. */
void push_description(lua_State *L, const lina_desc_t *desc);
void push_info(lua_State *L, const lina_arena_info_t *info);
void push_dtype(lua_State *L, uint32_t dtype);
void push_shape(lua_State *L, const uint64_t *shape, uint32_t ndim);
void push_strides(lua_State *L, const int64_t *strides, uint32_t ndim);
const char *layout_name(uint32_t layout);

#endif
