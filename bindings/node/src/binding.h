/* binding.h - what the files of the add-on share.
 *
 * The add-on is thin: it calls liblina_core and wraps memory. Checking what a user passes, classes,
 * errors and promises are JavaScript, in ../lib, which is the add-on's only caller.
 *
 *   call       a function's arguments, read one by one in the order in which they were passed
 *   env        what one environment of Node (the main thread, a worker) owns
 *   exchange   bytes that C and JavaScript both see: shapes on the way in, descriptors on the way out
 *   arena      a lina_arena_t, or the process's default one
 *   region     one generation of an array, held for one ArrayBuffer over its bytes
 *   notice     one wait of the event loop
 *
 * A function returns what its comment says, or on failure a negative number: Lina's code, or one of
 * those below. lib/errors.js makes an error of it. */
#ifndef LINA_NODE_BINDING_H
#define LINA_NODE_BINDING_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "core.h"

#define NO_ARENA (-1001)    /* the arena was closed, or there is no default one yet */
#define NO_EXTERNAL (-1002) /* the runtime forbids ArrayBuffers over memory that is not its own */
#define TOO_LARGE (-1003)   /* more bytes than the runtime's ArrayBuffers can have */
#define NO_RUNTIME (-1004)  /* Node refused something that it should not */

struct region;
struct notice;

/* JavaScript reads and writes these bytes as 32-bit words: lib/native.js has the same offsets. */
struct exchange {
    lina_desc_t desc;               /* out: what was acquired, or looked at */
    uint64_t shape[LINA_MAX_DIMS];  /* in */
    int64_t strides[LINA_MAX_DIMS]; /* in */
    uint64_t number;                /* a count, an offset or a signal's value, in or out */
    uint64_t region;                /* out: the number of the region that was given */
    uint64_t start;                 /* out: where in its ArrayBuffer element (0, 0, ...) lies */
    uint32_t view_flags;            /* out: LINA_VIEW_* */
    uint32_t unused;
    uint64_t sequence; /* out: of the view's generation */
};

#define TABLE 256u /* lists in each hash table */

struct env {
    napi_env js;
    struct env *next_env; /* of those in the process */
    pthread_t thread;
    struct arena *arenas;
    uint32_t users; /* the environment itself, and each region that outlives it for a moment */
    struct exchange *exchange;
    napi_ref exchange_buffer;
    double largest; /* bytes that an ArrayBuffer may have */
    uint64_t next_region, next_notice;
    struct region *by_number[TABLE], *by_address[TABLE];
    struct region *spare;
    uint32_t views, many; /* generations held; how many make it worth while to collect */
    struct notice *notices[TABLE];
    napi_threadsafe_function bell;
    napi_ref on_notice; /* called with a notice's number and its outcome */
    uint32_t waiting;   /* waits that keep the process alive */
};

/* What external values of JavaScript point to begins with its mark, so that none passes for another. */
#define ARENA_MARK UINT64_C(0x616e6572612e6e6c)
#define SIGNAL_MARK UINT64_C(0x6c616e6769732e6c)
#define READER_MARK UINT64_C(0x7265646165722e6c)

struct signal {
    uint64_t mark;
    lina_signal_t handle;
};

struct reader {
    uint64_t mark;
    lina_reader_t reader; /* it knows its address */
};

struct arena {
    uint64_t mark;
    struct env *env;
    struct arena *next;
    lina_arena_t *handle; /* NULL for the default arena, and for one that was closed */
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
/* The next argument, as the type that lib/ is known to pass; zero where it is something else. */
napi_value next_value(struct call *call);
double next_number(struct call *call);
uint32_t next_word(struct call *call);
bool next_bool(struct call *call);
/* NULL where it is something else. */
struct arena *next_arena(struct call *call);
const lina_signal_t *next_signal(struct call *call);
lina_reader_t *next_reader(struct call *call);
/* The bytes of a string, cut to what `out` holds; NULL for anything else. */
#define TEXT 4096
const char *next_text(struct call *call, char *out, size_t size);

napi_value number_of(napi_env js, double value);
napi_value code_of(napi_env js, int code);
napi_value text_of(napi_env js, const char *text);
napi_value bool_of(napi_env js, bool value);

/* ---- arenas.c ------------------------------------------------------------------------------------ */

/* The handle for a new call; NULL where there is none (NO_ARENA). */
lina_arena_t *arena_handle(const struct arena *arena);

/* The next two arguments: an arena, and the name of a thing in it. */
struct named {
    lina_arena_t *arena; /* NULL: NO_ARENA */
    const char *name;
    char text[TEXT];
};
void next_named(struct call *call, struct named *named);
/* The whole of a function that takes these two and answers a code. */
napi_value code_by_name(napi_env js, napi_callback_info info,
                        int (*function)(lina_arena_t *, const char *));

/* Closes those of the environment that are open. */
void arenas_end(struct env *env);

/* ---- regions.c ----------------------------------------------------------------------------------- */

/* One user less; the last frees it. */
void env_leave(struct env *env);
/* Has V8 collect soon. */
void env_collect(struct env *env);
/* A region whose view is to be filled in; NULL without memory. */
struct region *region_prepare(struct env *env);
lina_view_t *region_view(struct region *region);
/* Gives a prepared region back, whether or not it has a view. */
void region_abandon(struct env *env, struct region *region);
/* The ArrayBuffer of the view: that of a region which shows the same bytes already, or a new one.
 * A failure's code in its place; the region is taken over either way. */
napi_value region_show(struct env *env, struct region *region);
struct region *region_find(struct env *env, uint64_t number);
/* Puts a second view, which is held already, in the place of the first, which has ended. */
lina_view_t *region_other_view(struct region *region);
void region_switch_views(struct region *region);
/* Whether another ArrayBuffer than its own has the bytes by now. */
bool region_is_transferred(struct env *env, struct region *region);
/* Takes the bytes away from JavaScript and ends the hold. */
void region_end(struct env *env, struct region *region);

/* Ends all holds of the environment, without Node: JavaScript does not run any more. */
void regions_end(struct env *env);

/* ---- waits.c ------------------------------------------------------------------------------------- */

bool waits_begin(struct env *env);
/* After it Lina's helper thread has none of the environment's notices. */
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
