/* worker.c - see worker.h. */
#include "worker.h"

#define NAME_ROOM 16

static void name_of(char *name, const char *kind, uint32_t k) {
    snprintf(name, NAME_ROOM, "%s%u", kind, k);
}

/* The name of a random array of any kind. */
static void any_name(struct worker *w, char *name) {
    static const struct {
        const char *kind;
        uint32_t count;
    } kinds[] = {{"last", LASTING}, {"fleet", FLEETING}, {"slice", SLICES}};
    uint32_t i = random_below(&w->random, 3);
    name_of(name, kinds[i].kind, random_below(&w->random, kinds[i].count));
}

/* Fails unless `rc` is OK, or one of two errors that other members can cause. */
static bool done(int rc, int or_this, int or_that, const char *what) {
    if (rc != LINA_OK && rc != or_this && rc != or_that)
        FAIL("%s answered %s", what, lina_error_name(rc));
    return rc == LINA_OK;
}

static uint64_t new_tag(struct worker *w) { return atomic_fetch_add(&w->witness->next_tag, 1) + 1; }

/* ---- loans ------------------------------------------------------------------------------------- */

static bool loan(struct worker *w, const char *name, lina_view_t *view) {
    uint64_t tag = new_tag(w), length = payload_length(tag);
    int rc = lina_loan(w->arena, name, LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C, view);
    if (!done(rc, LINA_ERR_FULL, LINA_ERR_NO_MEMORY, "loan"))
        return false;
    payload_fill(view, tag);
    return true;
}

static void publish(struct worker *w, const char *name) {
    lina_view_t view, second;
    if (!loan(w, name, &view))
        return;
    bool twice = random_below(&w->random, 4) == 0;
    if (twice)
        CHECK_OK(lina_retain(&view, &second));
    CHECK_OK(lina_publish(&view));
    if (twice) {
        payload_check(&second);
        lina_release(&second);
    }
}

void worker_read_lasting(struct worker *w, uint32_t k) {
    char name[NAME_ROOM];
    lina_view_t view;
    name_of(name, "last", k);
    uint64_t confirmed = atomic_load(&w->witness->confirmed[k]);
    CHECK_OK(lina_acquire(w->arena, name, &view));
    payload_check(&view);
    uint64_t generation = view.desc.generation;
    lina_release(&view);
    if (generation < confirmed)
        FAIL("array \"%s\": generation %llu was there, now it is %llu", name,
             (unsigned long long)confirmed, (unsigned long long)generation);
    while (confirmed < generation &&
           !atomic_compare_exchange_weak(&w->witness->confirmed[k], &confirmed, generation))
        ;
}

void worker_publish_lasting(struct worker *w, uint32_t k) {
    char name[NAME_ROOM];
    name_of(name, "last", k);
    publish(w, name);
    worker_read_lasting(w, k);
}

static void publish_lasting(struct worker *w) {
    worker_publish_lasting(w, random_below(&w->random, LASTING));
}

static void publish_fleeting(struct worker *w) {
    char name[NAME_ROOM];
    name_of(name, "fleet", random_below(&w->random, FLEETING));
    publish(w, name);
}

static void discard(struct worker *w) {
    char name[NAME_ROOM];
    lina_view_t view;
    any_name(w, name);
    if (loan(w, name, &view))
        CHECK_OK(lina_discard(&view));
}

/* ---- create, remove, alias --------------------------------------------------------------------- */

static void create(struct worker *w) {
    char name[NAME_ROOM];
    lina_desc_t desc;
    /* Sometimes so large that it is zeroed outside the writer's section. */
    uint64_t length =
        random_below(&w->random, 8) == 0 ? 3000 : 1 + random_below(&w->random, PAYLOAD_MOST);
    name_of(name, "fleet", random_below(&w->random, FLEETING));
    lina_desc_t *out = random_below(&w->random, 4) == 0 ? &desc : NULL;
    int rc =
        lina_arena_create_array(w->arena, name, LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C, out);
    if (rc != LINA_ERR_EXISTS)
        done(rc, LINA_ERR_FULL, LINA_ERR_NO_MEMORY, "create");
}

static void republish(struct worker *w) {
    char name[NAME_ROOM];
    uint64_t length = 1 + random_below(&w->random, PAYLOAD_MOST);
    name_of(name, "fleet", random_below(&w->random, FLEETING));
    done(lina_republish(w->arena, name, LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_F, NULL),
         LINA_ERR_FULL, LINA_ERR_NO_MEMORY, "republish");
}

static void take_away(struct worker *w) {
    char name[NAME_ROOM];
    bool slice = random_below(&w->random, 2) == 0;
    name_of(name, slice ? "slice" : "fleet", random_below(&w->random, slice ? SLICES : FLEETING));
    done(lina_remove(w->arena, name), LINA_ERR_NOT_FOUND, LINA_OK, "remove");
}

static void alias(struct worker *w) {
    char name[NAME_ROOM], base[NAME_ROOM];
    any_name(w, base);
    name_of(name, "slice", random_below(&w->random, SLICES));
    uint64_t length = 1 + random_below(&w->random, 4);
    int64_t stride = 8 * (1 + (int64_t)random_below(&w->random, 3));
    uint64_t offset = 8 * random_below(&w->random, 4);
    int rc = lina_alias(w->arena, name, base, offset, 1, &length, &stride);
    if (rc != LINA_ERR_EXISTS &&
        rc != LINA_ERR_INVALID) /* INVALID: the slice is outside its base */
        done(rc, LINA_ERR_NOT_FOUND, LINA_ERR_FULL, "alias");
}

/* ---- looking ----------------------------------------------------------------------------------- */

static void release(lina_view_t *view) {
    if (view->arena == NULL)
        return;
    payload_check(view); /* the bytes of a view stay as they were */
    lina_release(view);
}

static void acquire(struct worker *w) {
    char name[NAME_ROOM];
    lina_view_t *view = &w->held[random_below(&w->random, HELD)];
    any_name(w, name);
    release(view);
    if (done(lina_acquire(w->arena, name, view), LINA_ERR_NOT_FOUND, LINA_OK, "acquire"))
        payload_check(view);
}

static void read_lasting(struct worker *w) {
    worker_read_lasting(w, random_below(&w->random, LASTING));
}

static void open_and_resolve(struct worker *w) {
    char name[NAME_ROOM];
    lina_desc_t desc;
    void *p;
    any_name(w, name);
    if (!done(lina_arena_open(w->arena, name, &desc), LINA_ERR_NOT_FOUND, LINA_OK, "open"))
        return;
    done(lina_arena_resolve_ptr(w->arena, &desc, &p), LINA_ERR_STALE, LINA_OK, "resolve");
    if (random_below(&w->random, 2) == 0)
        CHECK_OK(lina_arena_reclaim(w->arena, name));
}

static void list(struct worker *w) {
    lina_desc_t all[LASTING];
    size_t written;
    CHECK_OK(lina_arena_list(w->arena, all, LASTING, &written, NULL));
    CHECK(written == LASTING);
}

/* ---- signals ----------------------------------------------------------------------------------- */

static void signal_count(struct worker *w) {
    atomic_fetch_add(&w->witness->raising, 1);
    CHECK_OK(lina_arena_signal(w->arena, "count"));
    atomic_fetch_add(&w->witness->raised, 1);
}

static void wait_count(struct worker *w) {
    uint64_t value;
    CHECK_OK(lina_arena_signal_value(w->arena, "count", &value));
    int64_t timeout_ns = (int64_t)random_below(&w->random, 300) * 1000;
    done(lina_arena_wait_value(w->arena, "count", value + 2, timeout_ns), LINA_ERR_TIMEOUT, LINA_OK,
         "wait");
}

/* A signal with a new name is made in the writer's section. */
static void new_signal(struct worker *w) {
    char name[32];
    snprintf(name, sizeof name, "once%u", random_below(&w->random, 200));
    CHECK_OK(lina_arena_signal(w->arena, name));
    CHECK(lina_arena_try_wait(w->arena, name) >= 0);
    CHECK_OK(lina_arena_clear(w->arena, name));
}

/* ---- a second membership for a short time ------------------------------------------------------ */

static void join_and_leave(struct worker *w) {
    lina_arena_t *again;
    if (!done(lina_arena_attach(w->where, 0, &again), LINA_OK, LINA_OK, "attach"))
        return;
    lina_view_t view;
    CHECK_OK(lina_acquire(again, "last0", &view));
    payload_check(&view);
    lina_release(&view);
    CHECK_OK(lina_arena_close(again));
}

/* Stays in the writer's section longer than any other call. */
static void check(struct worker *w) { CHECK_OK(lina_check_arena(w->arena)); }

void worker_step(struct worker *w) {
    static void (*const calls[])(struct worker *) = {
        publish_lasting, publish_lasting, publish_fleeting, discard, create,
        republish,       take_away,       take_away,        alias,   acquire,
        acquire,         read_lasting,    open_and_resolve, list,    signal_count,
        new_signal,      check,
    };
    /* Calls that sleep or make long system calls are rare, so that most deaths happen inside the core. */
    uint32_t dice = random_below(&w->random, 512);
    if (dice < 2)
        (dice == 0 ? wait_count : join_and_leave)(w);
    else
        calls[dice % (sizeof calls / sizeof *calls)](w);
}

void worker_rest(struct worker *w) {
    for (int i = 0; i < HELD; i++)
        release(&w->held[i]);
}
