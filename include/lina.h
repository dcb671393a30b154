/* lina.h - one arena of bytes, many languages.                                  SPDX: MIT
 *
 * Lina publishes named descriptors for regions of a shared arena. Every language builds its own
 * native view over the same bytes; nothing is copied, and named signals say when to look.
 *
 *     lina_init();                                        // writer
 *     lina_alloc_shared_memory(1 << 20);
 *     uint64_t shape[] = {16};
 *     lina_desc_t d;
 *     void *p;
 *     lina_create_array("input", LINA_DTYPE_F64, 1, shape, LINA_LAYOUT_C, &d);
 *     lina_resolve_ptr(&d, &p);
 *     ((double *)p)[0] = 42.0;
 *     lina_signal("data_ready");                          // readers see what was written so far ...
 *
 *     lina_wait("data_ready");                            // ... once this wait returns
 *     lina_open("input", &d);
 *
 * Contents
 *      1  Conventions            2  Descriptors and dtypes     3  Errors and versions
 *      4  The default arena      5  Arrays                     6  Signals
 *      7  Arenas by handle       8  Views that hold            9  Next generations
 *     10  Handles for hot paths 11  Event loops               12  Translators
 *     13  Looking inside        14  Streams                  15  Members
 *     16  Caveats
 *
 * 1 - Conventions
 * ---------------
 *  - Functions that return `int` return LINA_OK (0) or a negative LINA_ERR_*. On failure they leave
 *    out-parameters untouched (but lists may be half written), and lina_last_error() has a sentence
 *    that names the array, signal or arena. The caller owns all structs that it passes. The library
 *    never prints, aborts, exits or installs a signal handler.
 *  - Every function may be called from any thread and any process that has the arena, unless its
 *    own comment says otherwise. A lina_view_t, lina_array_t or lina_signal_t belongs to one thread
 *    at a time.
 *  - An arena argument of NULL means the default arena. Names are 1 to 63 bytes of UTF-8 without
 *    control characters; arrays and signals are two separate spaces.
 *  - Sizes, offsets and strides are in bytes. A time-out is in nanoseconds of the monotonic clock, and
 *    bounds all waiting of its call. LINA_FOREVER never ends. With 0 the call only looks: it makes
 *    nothing and does not wait. A negative time-out is over, so it does the same as 0.
 *  - Functions with a time-out, and lina_wait, sleep until then. These may wait as well:
 *      - Functions that change arrays, lina_list, lina_check_arena and the first use of a signal's
 *        name. An arena runs one of them at a time. Each waits for its turn. If the thread whose turn
 *        it is has died, the next one goes on; if it lives and makes no progress for a second, they
 *        answer BUSY. Attaching, and the first call of a child after fork, may wait like this, too.
 *      - Closing an arena waits until other threads have left their waits and the running callback has
 *        returned. lina_notify_cancel waits for its callback.
 *      - Making arenas, attaching to them, ending them, lina_arena_fd and fork: a process runs one of
 *        them at a time.
 *    Nothing else blocks: looking, holding views and raising an existing signal never wait.
 *  - Each comment lists its function's own errors. In addition, a bad argument is INVALID, a missing
 *    default arena is NOT_READY (CLOSED after the last lina_shutdown), shared bytes that cannot be
 *    right are CORRUPT, and memory that the system does not give is NO_MEMORY.
 */
#ifndef LINA_H
#define LINA_H

#if !defined(__GNUC__) || !defined(__ATOMIC_SEQ_CST)
#error "Lina needs a compiler with the atomics of GNU C, such as gcc or clang"
#elif !defined(__linux__)
#error "Lina needs Linux: memfd, futex, and locks on open file descriptions"
#elif __SIZEOF_POINTER__ != 8
#error "Lina needs a 64-bit program: leave out -m32 or -mx32"
#elif __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Lina needs a little-endian machine: its arenas are laid out so"
#endif

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LINA_API __attribute__((visibility("default")))

/* A function whose body is in this header, and also in the library, for programs that load it by name. */
#if defined(__GNUC_GNU_INLINE__) && !defined(__cplusplus)
#define LINA_INLINE extern __inline__ /* what C before 1999 calls it */
#else
#define LINA_INLINE __inline__
#endif

/* 2 - Descriptors and dtypes
 * --------------------------
 * A descriptor says where bytes lie and how to read them. It is 240 bytes, has the same layout in
 * every process and language, and never changes once published: a new shape is a new generation. */

#define LINA_MAX_NAME 64 /* with the terminating zero */
#define LINA_MAX_DIMS 8

typedef struct lina_desc_t {
    char name[LINA_MAX_NAME];       /* zero-padded UTF-8 */
    uint64_t offset;                /* of element (0, 0, ...), from lina_shared_base() */
    uint64_t nbytes;                /* elements x item size: the logical payload */
    uint64_t capacity_bytes;        /* reserved for it, >= nbytes */
    uint32_t dtype;                 /* LINA_DTYPE_* */
    uint32_t ndim;                  /* 0 (one element) to LINA_MAX_DIMS */
    uint64_t shape[LINA_MAX_DIMS];  /* extents; any may be 0; unused ones are 0 */
    int64_t strides[LINA_MAX_DIMS]; /* bytes from one element to the next, always filled in */
    uint32_t layout;                /* LINA_LAYOUT_* */
    uint32_t generation;            /* 1, then one more per republish; skips 0 when it wraps */
    uint32_t flags;                 /* LINA_FLAG_* */
    uint32_t reserved;              /* tells apart arrays that shared a name; 0 means unknown */
} lina_desc_t;

/* A dtype is DLPack's DLDataType, bit for bit: code | bits << 8 | lanes << 16. The dtypes below have a
 * name in every language. Any other with bits and lanes above zero can be stored and viewed as bytes. */
#define LINA_DTYPE_I8 UINT32_C(0x00010800)
#define LINA_DTYPE_I16 UINT32_C(0x00011000)
#define LINA_DTYPE_I32 UINT32_C(0x00012000)
#define LINA_DTYPE_I64 UINT32_C(0x00014000)
#define LINA_DTYPE_U8 UINT32_C(0x00010801)
#define LINA_DTYPE_U16 UINT32_C(0x00011001)
#define LINA_DTYPE_U32 UINT32_C(0x00012001)
#define LINA_DTYPE_U64 UINT32_C(0x00014001)
#define LINA_DTYPE_F16 UINT32_C(0x00011002)
#define LINA_DTYPE_F32 UINT32_C(0x00012002)
#define LINA_DTYPE_F64 UINT32_C(0x00014002)
#define LINA_DTYPE_BF16 UINT32_C(0x00011004)
#define LINA_DTYPE_C64 UINT32_C(0x00014005)  /* two f32 */
#define LINA_DTYPE_C128 UINT32_C(0x00018005) /* two f64 */
#define LINA_DTYPE_BOOL UINT32_C(0x00010806) /* one byte, 0 or 1 */

/* The short name that all languages use ("f64"), or NULL for a dtype that has none. */
LINA_API const char *lina_dtype_name(uint32_t dtype);
/* The dtype of a short name. INVALID for an unknown name. */
LINA_API int lina_dtype_from_name(const char *name, uint32_t *out);
/* Bytes of one element, rounded up to whole bytes; 0 if bits or lanes are zero. */
LINA_API size_t lina_dtype_size(uint32_t dtype);

#define LINA_LAYOUT_C UINT32_C(0)       /* last index fastest: NumPy's default */
#define LINA_LAYOUT_F UINT32_C(1)       /* first index fastest: Julia's, Fortran's, BLAS's */
#define LINA_LAYOUT_STRIDED UINT32_C(2) /* any byte strides: only from lina_alias */

#define LINA_FLAG_ALIAS UINT32_C(1) /* a named slice: its bytes belong to another array */

/* 3 - Errors and versions
 * ----------------------- */

#define LINA_OK 0
#define LINA_ERR_INVALID (-1)      /* bad argument */
#define LINA_ERR_NOT_FOUND (-2)    /* no array, signal or arena of that name */
#define LINA_ERR_EXISTS (-3)       /* the name is taken */
#define LINA_ERR_NO_MEMORY (-4)    /* no room in the arena, or on the machine */
#define LINA_ERR_FULL (-5)         /* a table of the arena is full */
#define LINA_ERR_STALE (-6)        /* the descriptor's generation was replaced or removed */
#define LINA_ERR_TIMEOUT (-7)      /* the time-out passed first */
#define LINA_ERR_NOT_READY (-8)    /* no arena yet */
#define LINA_ERR_CLOSED (-9)       /* the arena was closed */
#define LINA_ERR_VERSION (-10)     /* the arena was laid out by another ABI */
#define LINA_ERR_CORRUPT (-11)     /* shared bytes that cannot be right */
#define LINA_ERR_PERMISSION (-12)  /* the system refuses */
#define LINA_ERR_READ_ONLY (-13)   /* attached without the right to write */
#define LINA_ERR_BUSY (-14)        /* still in use, or no member slot is free */
#define LINA_ERR_INTERRUPTED (-15) /* a signal handler ran during the wait */
#define LINA_ERR_SYSTEM (-16)      /* a system call failed: errno is in the message */
#define LINA_ERR_ENDED (-17)       /* the stream is over */
#define LINA_ERR_DIED (-18)        /* the member that the call depends on is gone */
#define LINA_ERR_BEHIND (-19)      /* a reliable reader has the whole depth of the stream unread */

/* Fixed text for a code ("no room in the arena"); never NULL, never freed. */
LINA_API const char *lina_strerror(int code);
/* The code's bare name ("NO_MEMORY"), for bindings that build exceptions from it. */
LINA_API const char *lina_error_name(int code);
/* The calling thread's last failure in one sentence, or "". Valid until its next failure. */
LINA_API const char *lina_last_error(void);
/* The code of that failure, or LINA_OK. void functions report their errors only here. */
LINA_API int lina_last_error_code(void);
/* Forgets that failure. Call it before a void function whose outcome you want to know. */
LINA_API void lina_clear_error(void);

#define LINA_VERSION "0.1.0"
#define LINA_VERSION_MAJOR 0
#define LINA_VERSION_MINOR 1
#define LINA_VERSION_PATCH 0
/* The ABI number goes up when a layout or a signature changes. A new function does not change it. */
#define LINA_ABI_VERSION UINT32_C(1)
/* The same two numbers of the library that is loaded. */
LINA_API const char *lina_version(void);
LINA_API uint32_t lina_abi_version(void);

typedef struct lina_arena_t lina_arena_t; /* section 7 */

/* 4 - The default arena
 * ---------------------
 * Calls without an arena argument use the default arena. lina_init and lina_shutdown are counted: each
 * thread or library calls lina_init before it uses Lina and lina_shutdown after. If the environment
 * variable LINA_ARENA is set, lina_init attaches to the arena that it names (section 7 has the
 * spelling); lina_last_error_code tells the outcome. After the last lina_shutdown, new calls answer
 * CLOSED and waits that have begun end with CLOSED. Views that are held stay valid; the mapping ends
 * with the last one. */
LINA_API void lina_init(void);
LINA_API void lina_shutdown(void);

/* Makes an anonymous arena of `bytes` and makes it the default. If no lina_init came before, this counts
 * as one, and so does lina_register_shared_memory. EXISTS if there is a default already, NO_MEMORY,
 * SYSTEM. */
LINA_API int lina_alloc_shared_memory(size_t bytes);
/* The same over the host's own memory. It must be 16-byte aligned and outlive the arena; Lina never
 * frees it. No other process can attach to it. */
LINA_API void lina_register_shared_memory(void *ptr, size_t bytes);

/* Where the data of the default arena begins in this process, and its size. NULL and 0 if there is no
 * default arena. */
LINA_API void *lina_shared_base(void);
LINA_API size_t lina_shared_size(void);

/* 5 - Arrays
 * ----------
 * Every array but an alias begins at a multiple of 64 bytes from the base. The base is the start of a
 * page; in registered memory it is aligned as the host aligned it. */

/* Publishes a new array of zeroes. `shape` has `ndim` extents, in elements. `layout` is C or F. `out` may
 * be NULL; otherwise the array's memory stays in place as after lina_open.
 * EXISTS, NO_MEMORY, FULL, INVALID, READ_ONLY, BUSY. */
LINA_API int lina_create_array(const char *name, uint32_t dtype, uint32_t ndim,
                               const uint64_t *shape, uint32_t layout, lina_desc_t *out);

/* A snapshot of the current generation. The caller may turn it into a raw pointer, which Lina cannot
 * see. So Lina does not move or reuse the memory of a generation that was returned here before
 * lina_shutdown or lina_reclaim. The views of lina_acquire need no such promise. NOT_FOUND. */
LINA_API int lina_open(const char *name, lina_desc_t *out);

/* The address of the descriptor's element (0, 0, ...) in this process, valid as after lina_open. Checks the
 * descriptor against the arena first:
 * INVALID if it does not describe this arena, STALE if its generation was replaced or removed. */
LINA_API int lina_resolve_ptr(const lina_desc_t *desc, void **out_ptr);

/* Writes at most `cap` descriptors of live arrays, in no order, and their number to *written. With
 * `out` NULL and `cap` 0, *written is the number of live arrays. BUSY. */
LINA_API int lina_list(lina_desc_t *out, size_t cap, size_t *written);

/* The caller promises that no process has a raw pointer to a generation of `name` that is no longer
 * current. Lina may then reuse their memory. OK also if there was no such generation. READ_ONLY, BUSY. */
LINA_API int lina_reclaim(const char *name);

/* 6 - Signals
 * -----------
 * A signal is a counter of 63 bits. Its first use makes it, and it starts at 0. It is set if it was
 * signalled after its last clear. A wait does not change it. What a thread wrote before lina_signal, a
 * thread of any process sees after the wait that this signal ended. No wake-up is lost, even if a
 * waiter or a signaller dies, or if the signal is cleared before the waiter could look. The first use
 * of a name may be FULL or BUSY. */
LINA_API void lina_signal(const char *name);  /* adds one; wakes all waiters */
LINA_API void lina_wait(const char *name);    /* until set; signal handlers do not end it */
LINA_API int lina_try_wait(const char *name); /* 1 set, 0 not set, or an error */
LINA_API void lina_clear(const char *name);   /* unsets; the counter keeps its value */

/* Adds `n` at once; 0 changes nothing. INVALID, and nothing is added, if the counter would pass
 * 2^63 - 1. (lina_signal wraps to 0 there.) FULL, BUSY. */
LINA_API int lina_signal_add(const char *name, uint64_t n);

#define LINA_FOREVER INT64_MAX
/* Waits until the signal is set. TIMEOUT. INTERRUPTED if a handler of a system signal ended the sleep
 * (not if it ran in the microseconds before the sleep). NOT_FOUND if the signal is removed during the
 * wait and was not set before. CLOSED. FULL and BUSY as lina_signal, but not with a time-out that only
 * looks. */
LINA_API int lina_wait_for(const char *name, int64_t timeout_ns);
/* Waits until the counter is at least `target`: for broadcasts, barriers and pipelines, which never clear
 * the signal. Errors as lina_wait_for. */
LINA_API int lina_wait_value(const char *name, uint64_t target, int64_t timeout_ns);
/* The counter; 0 for a signal that does not exist. */
LINA_API int lina_signal_value(const char *name, uint64_t *value);

/* One of the things that lina_wait_any waits for. */
typedef struct lina_wait_t {
    const char *name; /* of a signal, or of a stream */
    /* The value that the counter must reach, or LINA_WAIT_SET. For a stream, the sequence that it must reach. */
    uint64_t target;
    const char *member; /* the name of a member that must not die meanwhile (section 15), or NULL */
    uint32_t flags;     /* LINA_WAIT_STREAM: the name is a stream's */
    uint32_t reserved;  /* 0 */
} lina_wait_t;

#define LINA_WAIT_SET UINT64_MAX /* until it is set, as lina_wait_for */
#define LINA_WAIT_STREAM UINT32_C(1)
#define LINA_WAIT_MOST 64u /* things at once */

/* Waits until one of `n` waits is over (1 to LINA_WAIT_MOST), and stores its index in *which: the lowest, if several
 * are. Otherwise as lina_wait_for. If none is over: NOT_FOUND once one of the signals or streams is removed, DIED
 * once one of the members named is gone, ENDED or DIED once one of the streams has no producer any more. NOT_FOUND
 * also for a stream that does not exist. */
LINA_API int lina_wait_any(lina_arena_t *arena, const lina_wait_t *waits, uint32_t n,
                           int64_t timeout_ns, uint32_t *which);

/* Removes the signal and frees its place in the table. Waits and notifications that have begun end with
 * NOT_FOUND. Those whose signal came before the removal still end with it, unless they look so late
 * that the place is in use again. From then on, handles of the signal (section 10) answer NOT_FOUND,
 * even if a new signal has the name. The caller promises that no program reads the signal's words
 * without a handle's check any more. NOT_FOUND if there is no such signal, BUSY. */
LINA_API int lina_signal_remove(const char *name);

/* 7 - Arenas by handle
 * --------------------
 * `where` names an arena:  "shm:NAME"   shared memory of this machine, mode 0600
 *                          "file:PATH"  a file that keeps its arrays over a restart, mode 0600;
 *                                       its name without folders has at most 220 bytes
 *                          "fd:N"       an open descriptor (attach only; N stays the caller's)
 *
 * A process that has an arena is one of its members. The kernel tells when a member dies. The next
 * member that needs them gives back the dead one's pins, loans and locks. After fork, the child becomes
 * a new member with its first call that needs one, and owns none of its parent's views and loans. */
#define LINA_ARENA_RESERVE UINT32_C(1)   /* take every page now: a full machine answers NO_MEMORY */
#define LINA_ARENA_INHERIT UINT32_C(2)   /* lina_arena_fd survives exec */
#define LINA_ARENA_REPLACE UINT32_C(4)   /* remove an orphan of the same name first */
#define LINA_ARENA_TEMPORARY UINT32_C(8) /* the last member to close removes the name */
#define LINA_ARENA_JOIN UINT32_C(16)     /* create, or join the arena that has the name */
/* Puts all of an anonymous arena on huge pages of the system's pool (vm.nr_hugepages). NO_MEMORY if the
 * pool has too few, SYSTEM if there is no pool. */
#define LINA_ARENA_HUGE UINT32_C(32)

/* Zero in a field means its default. The reserved words must be zero. */
typedef struct lina_arena_options_t {
    uint32_t flags;       /* LINA_ARENA_* */
    uint32_t max_arrays;  /* live, loaned and held generations; by size, 1,024 to 65,536 */
    uint32_t max_signals; /* 1,024 */
    uint32_t max_members; /* 1,024, which is also the most */
    uint32_t mode;        /* of a named arena's file: 0600, 0660 or 0666; ignores the umask */
    uint32_t unused;
    uint64_t reserved[5];
} lina_arena_options_t;

/* Makes an arena with `bytes` of data. That may be far more than the machine's memory, since pages are
 * taken when touched. If `where` is NULL the arena is anonymous, and others reach it by its descriptor.
 * `options` may be NULL.
 *
 * With LINA_ARENA_JOIN several processes may make the same arena at once: one makes it, and the others
 * join. An existing arena keeps its own size and limits; INVALID if it is smaller than `bytes`.
 *
 * Making a "shm:" arena also removes this user's temporary arenas whose members are all dead.
 *
 * EXISTS (the sentence says whether the arena has members), NOT_FOUND (its folder), NO_MEMORY,
 * PERMISSION, SYSTEM, BUSY (LINA_ARENA_REPLACE found a living member). */
LINA_API int lina_arena_create(const char *where, uint64_t bytes,
                               const lina_arena_options_t *options, lina_arena_t **out);

#define LINA_ATTACH_READ_ONLY UINT32_C(1) /* data is mapped without write permission */
/* Attaches also to a named arena of another user, who can truncate its file. */
#define LINA_ATTACH_OTHER_USER UINT32_C(2)

/* Joins an arena. A read-only member can look, hold views, signal and wait. Calls that change arrays
 * answer READ_ONLY.
 * NOT_FOUND, VERSION, CORRUPT, PERMISSION, NO_MEMORY, SYSTEM, BUSY (also if no member number is free). */
LINA_API int lina_arena_attach(const char *where, uint32_t flags, lina_arena_t **out);
/* Makes an arena over the host's own memory: see lina_register_shared_memory. INVALID if the memory is not
 * aligned, NO_MEMORY. */
LINA_API int lina_arena_register(void *ptr, size_t bytes, lina_arena_t **out);
/* Ends the membership at once: others no longer count this member. Waits end with CLOSED. The caller
 * must not use the handle again. Views that are held keep the mapping and the member's number until the
 * last one is released. If this was the default arena, there is none afterwards.
 * CLOSED if the arena is closed already and views still keep it (after the last view the handle is
 * invalid, as after free). BUSY in a notification's callback. */
LINA_API int lina_arena_close(lina_arena_t *arena);

/* The default arena, or NULL. */
LINA_API lina_arena_t *lina_arena_default(void);
/* Makes `arena` the default; the last lina_shutdown closes it. EXISTS if there is a default already. */
LINA_API int lina_arena_set_default(lina_arena_t *arena);

/* A file descriptor of the arena. Another process that inherits it, or gets it over a Unix socket, attaches
 * to it as "fd:N". Lina owns the descriptor: duplicate it to keep it. INVALID for registered memory. */
LINA_API int lina_arena_fd(lina_arena_t *arena, int *out_fd);

typedef struct lina_arena_info_t {
    uint64_t size;           /* bytes of data */
    uint64_t used_bytes;     /* of data, in live, loaned and held arrays */
    uint64_t resident_bytes; /* in pages that the system has taken, tables included */
    uint32_t arrays;         /* live */
    uint32_t held;           /* old generations that a view, alias or raw pointer keeps */
    uint32_t signals;
    uint32_t members; /* alive, this process included */
    uint32_t max_arrays;
    uint32_t max_signals;
    uint32_t max_members;
    uint32_t member;    /* this member's number, from 0 */
    uint32_t read_only; /* 1 when attached so */
    uint32_t orphan;    /* lina_arena_inspect only: 1 when no member is alive */
    uint32_t loans;     /* handed out and not published yet */
    uint32_t kept;      /* generations that streams keep, besides the newest */
    char where[256];    /* as given; "" for anonymous; cut when longer */
    uint64_t reserved[8];
} lina_arena_info_t;

/* Describes the arena. Takes no lock, so numbers that others change meanwhile may not agree with each other. */
LINA_API int lina_arena_info(lina_arena_t *arena, lina_arena_info_t *out);
/* Writes a "file:" arena from memory to its file, and waits until the disk has it. Other arenas do not need it.
 * SYSTEM. */
LINA_API int lina_arena_sync(lina_arena_t *arena);
/* lina_arena_info without joining the arena: for tools that look for orphans. Errors as lina_arena_attach. */
LINA_API int lina_arena_inspect(const char *where, lina_arena_info_t *out);
/* Removes a named arena's name. BUSY while a member is alive, NOT_FOUND, PERMISSION, SYSTEM; CORRUPT for a
 * "file:" that is no arena. */
LINA_API int lina_arena_unlink(const char *where);

/* Sections 4 to 6 with a handle. */
LINA_API void *lina_arena_base(lina_arena_t *arena);
LINA_API size_t lina_arena_size(lina_arena_t *arena);
LINA_API int lina_arena_create_array(lina_arena_t *arena, const char *name, uint32_t dtype,
                                     uint32_t ndim, const uint64_t *shape, uint32_t layout,
                                     lina_desc_t *out);
LINA_API int lina_arena_open(lina_arena_t *arena, const char *name, lina_desc_t *out);
LINA_API int lina_arena_resolve_ptr(lina_arena_t *arena, const lina_desc_t *desc, void **out_ptr);
/* *total is the number of live arrays, even if `cap` is smaller. `total` may be NULL. */
LINA_API int lina_arena_list(lina_arena_t *arena, lina_desc_t *out, size_t cap, size_t *written,
                             size_t *total);
LINA_API int lina_arena_reclaim(lina_arena_t *arena, const char *name);
LINA_API int lina_arena_signal(lina_arena_t *arena, const char *name);
LINA_API int lina_arena_wait(lina_arena_t *arena, const char *name);
LINA_API int lina_arena_try_wait(lina_arena_t *arena, const char *name);
LINA_API int lina_arena_clear(lina_arena_t *arena, const char *name);
LINA_API int lina_arena_wait_for(lina_arena_t *arena, const char *name, int64_t timeout_ns);
LINA_API int lina_arena_wait_value(lina_arena_t *arena, const char *name, uint64_t target,
                                   int64_t timeout_ns);
LINA_API int lina_arena_signal_value(lina_arena_t *arena, const char *name, uint64_t *value);
LINA_API int lina_arena_signal_add(lina_arena_t *arena, const char *name, uint64_t n);
LINA_API int lina_arena_signal_remove(lina_arena_t *arena, const char *name);

/* 8 - Views that hold
 * -------------------
 * A view keeps its own generation in place until it is released, even if another generation is
 * published or the array is removed or the arena closed. A view knows its own address, so do not copy the
 * struct: lina_retain makes a second hold, and lina_view_move moves a hold to another struct. Releasing
 * a copy does nothing and leaves INVALID as the last error. */
typedef struct lina_view_t {
    lina_desc_t desc; /* of the generation held */
    void *data;       /* its element (0, 0, ...) in this process */
    uint32_t flags;   /* LINA_VIEW_* */
    uint32_t slot;    /* from here on Lina's own */
    uint64_t serial;
    lina_arena_t *arena;
    uint64_t epoch;
    const void *self; /* where this struct lies */
    void *held;       /* by the reader of a stream that gave it */
    /* For you: the generation's number in a count of its name that does not wrap. */
    uint64_t sequence;
    uint64_t reserved[2];
} lina_view_t;

#define LINA_VIEW_READ_ONLY UINT32_C(1) /* the bytes are mapped without write permission */
#define LINA_VIEW_LOAN UINT32_C(2)      /* not published yet: nobody else can see it */

/* Holds the current generation of `name`. Lock-free; about the cost of lina_open. NOT_FOUND. */
LINA_API int lina_acquire(lina_arena_t *arena, const char *name, lina_view_t *view);
/* Makes a second hold on the same generation. Any thread may call it while the first is held. STALE for
 * a view that was inherited through fork. */
LINA_API int lina_retain(const lina_view_t *view, lina_view_t *out);
/* Moves the hold of *from to *to and empties *from. `to` need not be initialised; a hold that it had is
 * not released. INVALID for an empty view and for a copy. */
LINA_API int lina_view_move(lina_view_t *from, lina_view_t *to);
/* Ends a hold and empties the view: its `data` becomes NULL. Any thread may call it, also after
 * lina_shutdown. It does nothing to a view that is empty, zero, or inherited through fork. The last hold
 * on an unpublished loan discards the loan. It never waits for writers. But the last hold on a removed
 * array of 4 MiB or more may give its pages back to the system: some 15 ms for 100 MiB. And the
 * last one in this process on a closed arena unmaps the arena; for that it may have to wait while
 * another thread makes an arena or attaches to one. INVALID as the last error if the view is a copy. */
LINA_API void lina_release(lina_view_t *view);
/* 1 while the view's generation is the current one, else 0. Costs one load. */
LINA_API int lina_view_is_current(const lina_view_t *view);

/* 9 - Next generations
 * --------------------
 * A reader sees the whole old generation or the whole new one, never a mix. The memory of an old one is
 * free again when its last view, in any process, is released. */

/* Lends memory for the next (or first) generation of `name`. Nobody else can see it. It is not zeroed. The
 * view holds the loan until lina_publish or lina_discard. Loans of one name may be published in any order.
 * NO_MEMORY, FULL, INVALID, READ_ONLY, BUSY. */
LINA_API int lina_loan(lina_arena_t *arena, const char *name, uint32_t dtype, uint32_t ndim,
                       const uint64_t *shape, uint32_t layout, lina_view_t *view);
/* Makes the loan the current generation, and ends the view. To keep looking, retain the view before. (Its
 * desc.generation is the number that the loan foresaw. If others have published since, the array's number
 * is larger.) INVALID if the view is no loan any more, STALE if it was inherited through fork, PERMISSION if
 * another member owns the name, BEHIND if a reliable reader of the stream has the whole depth unread
 * (lina_publish_within in section 14 waits for that), BUSY, CLOSED. After the last four it is still a loan. */
LINA_API int lina_publish(lina_view_t *view);
/* Gives the loan back unpublished, and ends the view as lina_release does. INVALID, STALE as above. */
LINA_API int lina_discard(lina_view_t *view);
/* Publishes a generation of zeroes. `out` may be NULL and is as lina_create_array's.
 * NO_MEMORY, FULL, INVALID, PERMISSION, READ_ONLY, BUSY. */
LINA_API int lina_republish(lina_arena_t *arena, const char *name, uint32_t dtype, uint32_t ndim,
                            const uint64_t *shape, uint32_t layout, lina_desc_t *out);
/* Creates the array as lina_create_array does. If there is one with the same dtype, shape and layout,
 * returns that; if there is another, EXISTS says what differs. `out` may be NULL and is as
 * lina_create_array's.
 * NO_MEMORY, FULL, INVALID, READ_ONLY, BUSY. */
LINA_API int lina_ensure_array(lina_arena_t *arena, const char *name, uint32_t dtype, uint32_t ndim,
                               const uint64_t *shape, uint32_t layout, lina_desc_t *out);
/* Removes the array. Views of it stay valid. NOT_FOUND, PERMISSION, READ_ONLY, BUSY. */
LINA_API int lina_remove(lina_arena_t *arena, const char *name);
/* Gives a part of the array `base` a name of its own. The part has the same dtype. Its element (0, 0, ...)
 * is `offset` bytes into the base. Its byte strides may be negative or zero, as long as every element is
 * inside the base. The alias keeps the base's generation in place. `strides` NULL means C order.
 * EXISTS, NOT_FOUND, INVALID, READ_ONLY, FULL, BUSY. */
LINA_API int lina_alias(lina_arena_t *arena, const char *name, const char *base, uint64_t offset,
                        uint32_t ndim, const uint64_t *shape, const int64_t *strides);
/* The same with another dtype: for fields of records, for the same bytes as another type, for parts of
 * arrays whose dtype has no name. Elements may be unaligned. */
LINA_API int lina_alias_as(lina_arena_t *arena, const char *name, const char *base, uint64_t offset,
                           uint32_t dtype, uint32_t ndim, const uint64_t *shape,
                           const int64_t *strides);

/* Makes this member the owner of the array or stream `name`. Then publishing, lina_republish and lina_remove of
 * that name answer PERMISSION to all other members, until the owner calls lina_name_disown, closes its handle, dies or
 * removes the name. A loan that may not be published stays a loan. The owner may call it again. It keeps mistakes out,
 * not hostile members: the bytes stay writable. NOT_FOUND, PERMISSION if another member owns it, READ_ONLY, BUSY. */
LINA_API int lina_name_own(lina_arena_t *arena, const char *name);
/* Gives the name up. INVALID if this member does not own it, otherwise as above. */
LINA_API int lina_name_disown(lina_arena_t *arena, const char *name);

/* 10 - Handles for hot paths
 * --------------------------
 * Calls with a handle skip the look-up of the name. An array handle follows its name from generation to
 * generation. A handle need not be closed, and is valid while the arena is open. */
typedef struct lina_array_t {
    char name[LINA_MAX_NAME];
    lina_arena_t *arena; /* from here on Lina's own */
    uint64_t serial;
    uint32_t slot;
    uint32_t last;    /* the slot before that */
    lina_desc_t desc; /* of the generation with this serial; checked */
} lina_array_t;

/* Makes a handle of an array. NOT_FOUND, CORRUPT. */
LINA_API int lina_array_find(lina_arena_t *arena, const char *name, lina_array_t *out);
/* lina_open and lina_acquire by handle. NOT_FOUND once the name has no array any more. */
LINA_API int lina_array_open(lina_array_t *array, lina_desc_t *out);
LINA_API int lina_array_acquire(lina_array_t *array, lina_view_t *view);

/* A runtime may read a signal without a call. The three words are aligned 64-bit integers in native byte
 * order on one cache line. They stay in place while the arena is open or a view of it is held:
 *     value  = *word >> 1             (the lowest bit says that a thread waits)
 *     is set = *word >> 1 != *cleared
 *     is there = *current == incarnation
 * Load each word by one atomic load, and `word` with acquire. Then the reader also sees what was written
 * before the lina_signal that made the value. Never write the words: only lina_signal_raise wakes
 * waiters. If the signal may be removed, load `word` and `cleared` first, both with acquire, then
 * `current`. If that is the handle's incarnation, the words were this signal's. A cache of handles by
 * name makes this comparison at each use. */
typedef struct lina_signal_t {
    uint64_t *word;
    const uint64_t *cleared;
    lina_arena_t *arena;
    uint64_t slot;
    const uint64_t *current; /* the incarnation that is in the place now */
    uint64_t incarnation;    /* of this handle's signal */
    uint64_t reserved[2];
} lina_signal_t;

/* Makes the signal if it does not exist. FULL, INVALID, BUSY. */
LINA_API int lina_signal_open(lina_arena_t *arena, const char *name, lina_signal_t *out);
/* Wakes the waiters. Only lina_signal_raise calls it. */
LINA_API void lina_signal_wake(const lina_signal_t *signal);
/* lina_signal, inline: one addition, and a call only if the word's lowest bit says that a thread waits.
 *
 * On a removed signal it does nothing, and leaves NOT_FOUND as the last error. A call that races with
 * the removal comes before it or after it, with one exception. If the thread is stopped between
 * comparing and adding, and meanwhile the signal is removed and its place used again, the thread adds
 * one to the new signal. This is rare: a removed place rests until 64 others have been removed after it, or
 * the table has no other. */
LINA_API LINA_INLINE void lina_signal_raise(const lina_signal_t *signal) {
    /* Fetches the cache line for writing. The comparison alone would fetch it for reading first. */
#if defined(__x86_64__)
    __asm__ __volatile__("prefetchw %0" : : "m"(*signal->word));
#else
    __builtin_prefetch(signal->word, 1);
#endif
    if (__atomic_load_n(signal->current, __ATOMIC_RELAXED) != signal->incarnation ||
        (__atomic_fetch_add(signal->word, 2, __ATOMIC_SEQ_CST) & 1) != 0)
        lina_signal_wake(signal);
}
/* lina_signal_add. INVALID, NOT_FOUND. */
LINA_API int lina_signal_raise_by(const lina_signal_t *signal, uint64_t n);
LINA_API int lina_signal_is_set(const lina_signal_t *signal); /* lina_try_wait: 1 or 0; NOT_FOUND */
/* The counter. On a removed signal 0, with NOT_FOUND as the last error. */
LINA_API uint64_t lina_signal_read(const lina_signal_t *signal);
/* lina_clear. On a removed signal it does nothing, and leaves NOT_FOUND as the last error. */
LINA_API void lina_signal_clear(const lina_signal_t *signal);
/* lina_wait_for and lina_wait_value. NOT_FOUND also if the signal was removed before the call. */
LINA_API int lina_signal_wait(const lina_signal_t *signal, int64_t timeout_ns);
LINA_API int lina_signal_wait_value(const lina_signal_t *signal, uint64_t target,
                                    int64_t timeout_ns);

/* 11 - Event loops
 * ----------------
 * A notification waits without a thread of its own: one helper thread in a process serves thousands. It
 * starts with the first notification, and ends with the arena or a tenth of a second after the last
 * notification. No handler of a system signal runs on it. A forked child has none of its parent's
 * notifications. */
typedef uint64_t lina_notify_id_t; /* never 0 */

/* Runs once, on the helper thread. `status` is LINA_OK, with the counter's value; CLOSED; or NOT_FOUND if
 * the signal was removed. It must not block, and may call any function of this header except
 * lina_shutdown and lina_arena_close. */
typedef void (*lina_notify_fn)(void *context, int status, uint64_t value);

/* Calls `callback` once, when the signal's counter is at least `target`.
 * CLOSED, FULL, BUSY, INVALID, NO_MEMORY; SYSTEM if the helper thread cannot start. */
LINA_API int lina_notify(lina_arena_t *arena, const char *name, uint64_t target,
                         lina_notify_fn callback, void *context, lina_notify_id_t *out);
/* Adds one to the caller's eventfd instead, also if the arena is closed or the signal removed. The
 * descriptor must stay open until then, or until the cancel. The same errors, and INVALID if it is no
 * eventfd. */
LINA_API int lina_notify_fd(lina_arena_t *arena, const char *name, uint64_t target, int eventfd,
                            lina_notify_id_t *out);
/* After it returns, the callback will not run. It is not running either, unless the callback itself is the
 * caller. Do not hold a lock that the callback waits for. OK if it was still pending, NOT_FOUND if it had
 * fired. */
LINA_API int lina_notify_cancel(lina_notify_id_t id);

/* 12 - Translators
 * ----------------
 * Each export makes its own hold on the view's generation. The consumer's deleter ends it, on any thread,
 * also after lina_shutdown. The structures are those of the published specifications. */
struct DLManagedTensor;
struct DLManagedTensorVersioned;
struct ArrowSchema;
struct ArrowArray;

/* DLPack. INVALID if a stride is not a whole number of elements. The unversioned form cannot express that
 * a view is read-only, so it answers READ_ONLY for one. All exports: STALE if the view was inherited through
 * fork, NO_MEMORY. */
LINA_API int lina_export_dlpack(const lina_view_t *view, struct DLManagedTensor **out);
LINA_API int lina_export_dlpack_versioned(const lina_view_t *view,
                                          struct DLManagedTensorVersioned **out);
/* Arrow C Data Interface: for one-dimensional contiguous numbers. For others, INVALID says why. */
LINA_API int lina_export_arrow(const lina_view_t *view, struct ArrowSchema *schema,
                               struct ArrowArray *array);

/* 13 - Looking inside
 * ------------------- */

typedef struct lina_signal_info_t {
    char name[LINA_MAX_NAME];
    uint64_t value;
    uint64_t cleared; /* the value at the last clear: set while the two differ */
    uint64_t reserved[4];
} lina_signal_info_t;

/* lina_list for signals, in no order. *total is the number of signals, even if `cap` is smaller; `total`
 * may be NULL. It takes no lock: a signal that is removed and made again meanwhile may be listed twice or
 * not at all. */
LINA_API int lina_signal_list(lina_arena_t *arena, lina_signal_info_t *out, size_t cap,
                              size_t *written, size_t *total);
/* Checks every invariant of the arena's tables, and keeps other writers out meanwhile. OK, or CORRUPT with
 * the first invariant that does not hold. Takes time in proportion to the tables. BUSY, NO_MEMORY. */
LINA_API int lina_check_arena(lina_arena_t *arena);

/* 14 - Streams
 * ------------
 * A stream is a name whose last `depth` generations are kept, in order. Each generation has a sequence: 1 for the
 * first, then one more for each. Readers take the generations one after the other.
 *
 *     lina_stream_open(NULL, "frames", 8);                      // both sides, in any order
 *
 *     lina_stream_produce(NULL, "frames");                      // producer
 *     lina_loan(NULL, "frames", LINA_DTYPE_U8, 2, shape, LINA_LAYOUT_C, &view);
 *     ... fill view.data ...
 *     lina_publish_within(&view, LINA_FOREVER);                 // waits for the slowest reader
 *     lina_stream_end(NULL, "frames");
 *
 *     lina_reader_t reader;                                     // reader
 *     lina_reader_open(NULL, "frames", NULL, &reader);
 *     while (lina_reader_next(&reader, LINA_FOREVER, &view) == LINA_OK) {
 *         ... view.data, view.sequence ...
 *         lina_release(&view);
 *     }
 *     lina_reader_close(&reader);
 *
 * The calls of sections 5 and 8 work on streams as well: lina_open and lina_acquire give the newest generation. Every
 * call that makes a generation publishes it to the stream: lina_publish, lina_republish, lina_create_array. They
 * answer BEHIND while a reliable reader has the whole depth unread. When the arena is full, Lina drops kept
 * generations that no reliable reader still has to take, the oldest first. In a file, a stream outlives its members:
 * generations and sequences stay, and so do ENDED and DIED until a member produces again. Readers and producers do
 * not. */

/* Makes `name` a stream of this depth. If the name has an array, that becomes the first generation. If it is a stream
 * already, checks the depth; a depth of 0 only asks whether it is one. lina_remove removes a stream with all its
 * generations.
 * NOT_FOUND (depth 0), EXISTS (the stream has another depth, or the name is a slice), INVALID (the depth is more than
 * the arena's arrays), FULL (1,024 streams), NO_MEMORY, READ_ONLY, BUSY. */
LINA_API int lina_stream_open(lina_arena_t *arena, const char *name, uint32_t depth);

/* Publishes as lina_publish does, but first waits while a reliable reader of the stream has the whole depth unread.
 * With a time-out of 0 it does not wait, and answers BEHIND as lina_publish does. TIMEOUT if it waited in vain. The
 * error of either names the slowest reader. If the call fails, the loan stays a loan. NOT_FOUND if the stream is
 * removed during the wait; INTERRUPTED, CLOSED, BUSY, and the errors of lina_publish. */
LINA_API int lina_publish_within(lina_view_t *view, int64_t timeout_ns);

/* lina_stream_produce makes this member a producer. It stays one until it has called lina_stream_end as often, closes
 * the arena, or dies. When the last producer is gone, readers first take the generations that are left, and then get
 * ENDED or DIED. A member that is no producer may publish as well.
 * NOT_FOUND, FULL (64 members produce), READ_ONLY, BUSY. lina_stream_end: INVALID if this member does not produce. */
LINA_API int lina_stream_produce(lina_arena_t *arena, const char *name);
LINA_API int lina_stream_end(lina_arena_t *arena, const char *name);

/* Where a reader begins. */
#define LINA_START_NEXT UINT32_C(0)   /* with the first generation that is published from now on */
#define LINA_START_LATEST UINT32_C(1) /* with the newest generation, if there is one */
#define LINA_START_OLDEST UINT32_C(2) /* with the oldest generation that is kept */
#define LINA_START_AT UINT32_C(3)     /* with sequence `at`; dropped generations count as lost */

#define LINA_READER_LOSSY UINT32_C(1)  /* publishers do not wait for it: it may miss generations */
#define LINA_READER_REVIVE UINT32_C(2) /* instead of DIED, it waits for the next producer */

/* Zero in a field means its default. The reserved words must be zero. */
typedef struct lina_reader_options_t {
    uint32_t start; /* LINA_START_* */
    uint32_t flags; /* LINA_READER_* */
    uint64_t at;
    uint32_t max_held; /* limit of views taken and not yet released; default: the depth */
    uint32_t unused;
    uint64_t reserved[4];
} lina_reader_options_t;

/* A reader knows its own address: do not copy or move the struct before it is closed. All fields are Lina's own. */
typedef struct lina_reader_t {
    lina_arena_t *arena;
    const void *self;
    void *held;
    uint64_t epoch, incarnation, cursor, lost, serial, owner;
    uint32_t slot, stream, entry, flags, max_held, state;
    char name[LINA_MAX_NAME];
    uint64_t reserved[4];
} lina_reader_t;

/* Opens a reader of a stream. A reliable reader misses no generation; a stream has at most 64 of them. Publishers do
 * not know of a lossy reader, and a member that is attached read-only can open one. `options` may be NULL.
 * NOT_FOUND, FULL, INVALID (also if `at` is 0, or more than one past the last sequence), NO_MEMORY, READ_ONLY,
 * BUSY. */
LINA_API int lina_reader_open(lina_arena_t *arena, const char *name,
                              const lina_reader_options_t *options, lina_reader_t *reader);

/* Takes the next generation: `view` holds it, and the reader goes on after it. Waits while there is none.
 * ENDED: the last producer has called lina_stream_end, or the stream was removed. This reader gets nothing more.
 * DIED: the last producer died or closed the arena without that. Further calls answer DIED until a member produces.
 * BUSY: the reader has `max_held` views already, or another thread is in this call.
 * CLOSED: the reader or the arena was closed. STALE: the reader was opened before a fork, by the parent.
 * TIMEOUT, INTERRUPTED; NO_MEMORY if the system has no page in which to count this member's views. */
LINA_API int lina_reader_next(lina_reader_t *reader, int64_t timeout_ns, lina_view_t *view);

/* How many generations the reader has missed, including those dropped before it began with LINA_START_AT. */
LINA_API uint64_t lina_reader_lost(const lina_reader_t *reader);
/* The sequence that was taken last. A reader that starts at the one after it goes on where this reader was. */
LINA_API uint64_t lina_reader_sequence(const lina_reader_t *reader);

/* Closes the reader. Its views stay. Any thread may call this. If another thread is in lina_reader_next, that call
 * ends with CLOSED, and the struct must stay until it has returned. Never waits. A second call does nothing. */
LINA_API void lina_reader_close(lina_reader_t *reader);

/* The state of a stream. */
#define LINA_STREAM_NEW UINT32_C(0)      /* nobody has produced yet */
#define LINA_STREAM_PRODUCED UINT32_C(1) /* a member produces */
#define LINA_STREAM_ENDED UINT32_C(2)
#define LINA_STREAM_DIED UINT32_C(3)

typedef struct lina_stream_info_t {
    char name[LINA_MAX_NAME];
    uint32_t depth;
    uint32_t kept;     /* how many generations are kept, including the newest */
    uint64_t sequence; /* of the newest generation; 0 if there was none yet */
    uint32_t readers;  /* reliable ones */
    uint32_t producers;
    uint32_t state; /* LINA_STREAM_* */
    uint32_t unused;
    uint64_t unread; /* how many generations the slowest reliable reader still has to take */
    uint64_t reserved[4];
} lina_stream_info_t;

/* Describes a stream. NOT_FOUND, BUSY. */
LINA_API int lina_stream_info(lina_arena_t *arena, const char *name, lina_stream_info_t *out);
/* As lina_arena_list, for streams. BUSY. */
LINA_API int lina_stream_list(lina_arena_t *arena, lina_stream_info_t *out, size_t cap,
                              size_t *written, size_t *total);

/* One reliable reader. */
typedef struct lina_reader_info_t {
    char member_name[LINA_MAX_NAME]; /* "" if the member has no name */
    uint32_t member;                 /* the member's number */
    uint32_t pid;                    /* 0 if it is not known: see lina_member_info_t */
    uint64_t sequence;               /* of the generation that it took last */
    uint64_t unread;
    uint64_t reserved[4];
} lina_reader_info_t;

/* As lina_arena_list, for the reliable readers of a stream. NOT_FOUND, BUSY. */
LINA_API int lina_reader_list(lina_arena_t *arena, const char *name, lina_reader_info_t *out,
                              size_t cap, size_t *written, size_t *total);

/* The stream's head: a signal whose counter is the last sequence. Read it and wait for it, but do not raise it; if
 * it is raised by mistake, the next publish corrects it. After the stream was removed, the handle answers
 * NOT_FOUND. NOT_FOUND if there is no such stream. */
LINA_API int lina_stream_head(lina_arena_t *arena, const char *name, lina_signal_t *out);

/* As lina_notify and lina_notify_fd, with their errors; NOT_FOUND if there is no such stream. The callback runs with
 * OK once the last sequence is at least `target`, and otherwise with ENDED, DIED, CLOSED, or NOT_FOUND if the stream
 * was removed. */
LINA_API int lina_notify_stream(lina_arena_t *arena, const char *name, uint64_t target,
                                lina_notify_fn callback, void *context, lina_notify_id_t *out);
LINA_API int lina_notify_stream_fd(lina_arena_t *arena, const char *name, uint64_t target,
                                   int eventfd, lina_notify_id_t *out);
/* The same for room: the callback runs with OK once the stream has room for one more generation, or with CLOSED or
 * NOT_FOUND. */
LINA_API int lina_notify_room(lina_arena_t *arena, const char *name, lina_notify_fn callback,
                              void *context, lina_notify_id_t *out);
LINA_API int lina_notify_room_fd(lina_arena_t *arena, const char *name, int eventfd,
                                 lina_notify_id_t *out);

/* 15 - Members
 * ------------
 * Every open handle of an arena is a member. A member has a number, which may be used again later, and an
 * incarnation, which is never used again. A member is gone when its handle is closed or its process dies in any
 * way. */

/* Makes a further handle on the same mapping, and so a further member. A host can give each script that it runs a
 * member of its own, which ends with the script. Close the handle with lina_arena_close. INVALID for registered
 * memory; BUSY if no number is free; NO_MEMORY, SYSTEM. */
LINA_API int lina_arena_join(lina_arena_t *arena, lina_arena_t **out);

/* Gives this member a name. With NULL, it has none any more. EXISTS if another living member has the name. BUSY. */
LINA_API int lina_member_set_name(lina_arena_t *arena, const char *name);

typedef struct lina_member_info_t {
    char name[LINA_MAX_NAME]; /* "" if it has none */
    uint32_t member;          /* its number */
    uint32_t pid;             /* 0 if it is not known, as in another pid namespace */
    uint64_t incarnation;
    uint64_t since; /* when it joined, in nanoseconds since 1970 */
    uint32_t self;  /* 1 for this member, otherwise 0 */
    uint32_t unused;
    uint64_t reserved[4];
} lina_member_info_t;

/* As lina_arena_list, for the living members. */
LINA_API int lina_member_list(lina_arena_t *arena, lina_member_info_t *out, size_t cap,
                              size_t *written, size_t *total);

/* Waits until the member with that name is gone. A member that takes the name later is another member. If no member
 * ever had the name, the call waits for the first one that takes it. If the last member that had it is gone, the
 * call returns at once. TIMEOUT, INTERRUPTED, CLOSED.
 * A wait for a signal or a stream can depend on a member: see lina_wait_t.member. Such a wait finds the member by the
 * same rules. Once the member is gone, it answers DIED within 200 ms, unless its signal was set, or its generation
 * published, before the death. */
LINA_API int lina_member_wait(lina_arena_t *arena, const char *name, int64_t timeout_ns);

/* 16 - Caveats
 * ------------
 *  - Lina orders bytes by signals and generations. It does not lock the bytes of arrays. If one thread
 *    writes an array while another reads it, without a signal in between, that is a data race.
 *  - A raw pointer from lina_resolve_ptr or lina_shared_base is invalid after lina_shutdown. A view stays
 *    valid.
 *  - Any program that may open the arena may write any byte of it. Lina checks everything that it reads
 *    from shared tables. So a hostile member can spoil data and deny service, but not crash others. A
 *    program that truncates the file of an arena with a *name* can crash them: give untrusted programs
 *    "fd:N" of an anonymous arena, which is sealed. "fd:N" refuses a file without a name and a seal.
 *  - Do not call Lina from a handler of a system signal, nor between fork and exec in a process with
 *    several threads. Only lina_signal_raise of an existing signal is safe in both.
 *  - Lina needs its file descriptors. If the host closes them (closefrom, close_range), other members
 *    take this one for dead. Calls that need the file fail: new pages of a named arena, lina_arena_fd, a
 *    child after fork. Lina does not touch files that the host then opens at those numbers. The same
 *    holds for a thread with a table of descriptors of its own (unshare with CLONE_FILES), for arenas
 *    that it did not make or attach itself.
 *  - pthread_cancel does not end a thread inside Lina, but at its next cancellation point after the call.
 *    So it does not end an endless wait: give the wait a time-out. Asynchronous cancellation is not
 *    supported.
 *  - The calls without an arena argument share one default arena in a process. Two statically linked copies
 *    of Lina in one process have one each: link the shared library.
 *  - A member whose process writes a core dump still counts as alive until the kernel closes its
 *    files, or until Lina sees in /proc that it ends.
 *  - A named arena needs a file system with locks on open file descriptions and coherent shared mappings.
 *    NFS and other file systems that several machines share do not have both. If the file system has no
 *    fallocate and Linux is older than 5.14, a full file system ends a process with SIGBUS.
 */

#ifdef __cplusplus
}
#endif
#endif /* LINA_H */
