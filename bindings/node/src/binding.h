/* binding.h - what the files of the add-on share.
 *
 * The add-on is thin: it calls liblina_core and wraps memory. The JavaScript in ../lib checks arguments, and has the
 * classes, errors and promises. It is the add-on's only caller.
 *
 *   call       the arguments of a function, which are read one by one in their order
 *   env        what one environment of Node owns (the main thread, or a worker)
 *   exchange   bytes that both C and JavaScript see: shapes on the way in, descriptors on the way out
 *   arena      a lina_arena_t, or the process's default arena
 *   region     one generation of an array, held for one ArrayBuffer over its bytes
 *   notice     one wait of the event loop
 *
 * A function returns what its comment says. If it fails, it returns a negative number: Lina's code, or one of those
 * below. lib/errors.js makes an error of it. */
#ifndef LINA_NODE_BINDING_H
#define LINA_NODE_BINDING_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "core.h"

#define NO_ARENA (-1001)    /* the arena was closed, or there is no default arena yet */
#define NO_EXTERNAL (-1002) /* the runtime forbids ArrayBuffers over foreign memory */
#define TOO_LARGE (-1003)   /* more bytes than an ArrayBuffer of the runtime can have */
#define NO_RUNTIME (-1004)  /* a call of Node failed unexpectedly */

struct region;
struct notice;

/* JavaScript reads and writes these bytes as 32-bit words: lib/native.js has the same offsets. */
struct exchange {
    lina_desc_t desc;               /* out: the descriptor that was acquired or read */
    uint64_t shape[LINA_MAX_DIMS];  /* in */
    int64_t strides[LINA_MAX_DIMS]; /* in */
    uint64_t number;                /* a count, an offset or a signal's value, in or out */
    uint64_t region;                /* out: the number of the region */
    uint64_t start;                 /* out: the offset of element (0, 0, ...) in its ArrayBuffer */
    uint32_t view_flags;            /* out: LINA_VIEW_* */
    uint32_t unused;
    uint64_t sequence; /* out: of the view's generation */
};

#define TABLE 256u /* number of lists in each hash table */

struct env {
    napi_env js;
    struct env *next_env; /* in the list of all environments of the process */
    pthread_t thread;
    struct arena *arenas;
    uint32_t users; /* the environment itself, and regions that outlive it for a moment */
    struct exchange *exchange;
    napi_ref exchange_buffer;
    double largest; /* most bytes that an ArrayBuffer may have */
    uint64_t next_region, next_notice;
    struct region *by_number[TABLE], *by_address[TABLE];
    struct region *spare;
    uint32_t views, many; /* generations held; the number at which to run the collector */
    struct notice *notices[TABLE];
    napi_threadsafe_function bell;
    napi_ref on_notice; /* a function, called with a notice's number and its outcome */
    uint32_t waiting;   /* number of waits that keep the process alive */
};

/* A struct of an external value begins with a mark, so that no external value is taken for another kind. */
#define ARENA_MARK UINT64_C(0x616e6572612e6e6c)
#define SIGNAL_MARK UINT64_C(0x6c616e6769732e6c)
#define READER_MARK UINT64_C(0x7265646165722e6c)

struct signal {
    uint64_t mark;
    lina_signal_t handle;
};

struct reader {
    uint64_t mark;
    lina_reader_t reader; /* knows its own address, which must not change */
};

struct arena {
    uint64_t mark;
    struct env *env;
    struct arena *next;
    lina_arena_t *handle; /* NULL for the default arena, and after a close */
    bool is_default, is_closed;
};

struct call {
    napi_env js;
    struct env *env;
    size_t next, count;
    napi_value arguments[8];
};

/* ---- values.c ------------------------------------------------------------------------------------ */

/* Reads the arguments of a function that was called. */
void call_begin(napi_env js, napi_callback_info info, struct call *call);
/* Read the next argument as the type that lib/ passes. If it has another type, they return zero. */
napi_value next_value(struct call *call);
double next_number(struct call *call);
uint32_t next_word(struct call *call);
bool next_bool(struct call *call);
/* The next argument as an arena, or NULL if it has another type. */
struct arena *next_arena(struct call *call);
const lina_signal_t *next_signal(struct call *call);
lina_reader_t *next_reader(struct call *call);
/* The bytes of a string, cut to the size of `out`. NULL for any other type. */
#define TEXT 4096
const char *next_text(struct call *call, char *out, size_t size);

napi_value number_of(napi_env js, double value);
napi_value code_of(napi_env js, int code);
napi_value text_of(napi_env js, const char *text);
napi_value bool_of(napi_env js, bool value);

/* ---- arenas.c ------------------------------------------------------------------------------------ */

/* The handle for a new call, or NULL if there is none (NO_ARENA). */
lina_arena_t *arena_handle(const struct arena *arena);

/* The next two arguments: an arena, and the name of an array, signal or stream in it. */
struct named {
    lina_arena_t *arena; /* NULL: NO_ARENA */
    const char *name;
    char text[TEXT];
};
void next_named(struct call *call, struct named *named);
/* Does a whole function that takes these two arguments and returns a code. */
napi_value code_by_name(napi_env js, napi_callback_info info,
                        int (*function)(lina_arena_t *, const char *));

/* Closes all open arenas of the environment. */
void arenas_end(struct env *env);

/* ---- regions.c ----------------------------------------------------------------------------------- */

/* Counts one user less. The last one frees the environment. */
void env_leave(struct env *env);
/* Makes V8 run its garbage collector soon. */
void env_collect(struct env *env);
/* Makes a region. The caller fills in its view. NULL if there is no memory. */
struct region *region_prepare(struct env *env);
lina_view_t *region_view(struct region *region);
/* Frees a prepared region, which may have a view. */
void region_abandon(struct env *env, struct region *region);
/* Returns the ArrayBuffer of the region's view: that of another region with the same bytes, or a new one. Returns a
 * code if it fails. Takes the region over in both cases. */
napi_value region_show(struct env *env, struct region *region);
struct region *region_find(struct env *env, uint64_t number);
/* Returns the place for a second view, which replaces the first one after that has ended. */
lina_view_t *region_other_view(struct region *region);
void region_switch_views(struct region *region);
/* True if the bytes were transferred to another ArrayBuffer. */
bool region_is_transferred(struct env *env, struct region *region);
/* Detaches the ArrayBuffer from the bytes, and ends the hold. */
void region_end(struct env *env, struct region *region);

/* Ends all holds of the environment. Called when JavaScript does not run any more, so it does not use Node. */
void regions_end(struct env *env);

/* ---- waits.c ------------------------------------------------------------------------------------- */

bool waits_begin(struct env *env);
/* Cancels all notices of the environment. Afterwards, Lina's helper thread has none of them. */
void waits_cancel(struct env *env);
void waits_end(struct env *env);

/* ---- the functions that JavaScript calls --------------------------------------------------------- */

/* clang-format off */
#define FUNCTIONS(X)                                                                            \
    X(setLimits) X(lastError) X(errorName) X(version) X(library) X(defaultArena)                \
    X(beginDefault) X(endDefault) X(setDefault) X(createArena) X(attachArena) X(closeArena)     \
    X(arenaInfo) X(inspectArena) X(unlinkArena) X(arenaFd) X(checkArena) X(syncArena)           \
    X(createArray) X(ensureArray)                                                               \
    X(republish) X(remove) X(reclaim) X(alias) X(describe) X(list) X(acquire) X(isCurrent)      \
    X(pinRegion) X(closeRegion) X(addressOf) X(views) X(copyOut) X(copyIn) X(loan)              \
    X(publish) X(discard) X(openSignal) X(signalWords) X(raise) X(removeSignal) X(clear)        \
    X(isSet) X(read) X(tryWait) X(value) X(waitFor) X(waitForAny) X(onNotice) X(notify)         \
    X(cancel) X(keepAlive) X(notifyStream) X(notifyRoom) X(openStream) X(streamInfo)            \
    X(produce) X(endStream) X(openReader) X(nextOf) X(readerState) X(closeReader)               \
    X(publishWithin) X(setMemberName) X(members) X(collect)
/* clang-format on */

#define DECLARE(name) napi_value js_##name(napi_env js, napi_callback_info info);
FUNCTIONS(DECLARE)
#undef DECLARE

#endif
