/* test_default.c - tests lina_init, lina_shutdown and the calls without an arena argument. */
#include "../helpers.h"

static int create(const char *name) {
    return lina_create_array(name, F64, 1, SHAPE(16), LINA_LAYOUT_C, NULL);
}

/* Calls lina_signal, which returns nothing, and returns the code of the last error. */
static int code_of_signal(const char *name) {
    lina_clear_error();
    lina_signal(name);
    return lina_last_error_code();
}

static void check_no_arena(int code) {
    lina_desc_t d = {.name = "x"};
    size_t n;
    void *p;
    uint64_t value;
    lina_view_t view;
    CHECK_ERR(create("x"), code, "default arena");
    CHECK_ERR(lina_open("x", &d), code, "default arena");
    CHECK_ERR(lina_resolve_ptr(&d, &p), code, "default arena");
    CHECK_ERR(lina_list(NULL, 0, &n), code, "default arena");
    CHECK_ERR(lina_reclaim("x"), code, "default arena");
    CHECK_ERR(lina_try_wait("s"), code, "default arena");
    CHECK_ERR(lina_wait_for("s", 0), code, "default arena");
    CHECK_ERR(lina_wait_value("s", 1, 0), code, "default arena");
    CHECK_ERR(lina_signal_value("s", &value), code, "default arena");
    CHECK_ERR(lina_acquire(NULL, "x", &view), code, "default arena");
    CHECK_ERR(lina_loan(NULL, "x", F64, 0, NULL, 0, &view), code, "default arena");
    CHECK_ERR(lina_remove(NULL, "x"), code, "default arena");
    CHECK_ERR(lina_check_arena(NULL), code, "default arena");
    CHECK_ERR(lina_arena_close(NULL), code, "default arena");
    CHECK_EQ(code_of_signal("s"), code);
    lina_clear_error();
    lina_wait("s"); /* returns at once, because there is no arena */
    CHECK_EQ(lina_last_error_code(), code);
    lina_clear_error();
    lina_clear("s");
    CHECK_EQ(lina_last_error_code(), code);
    CHECK(lina_shared_base() == NULL);
    CHECK_EQ(lina_shared_size(), 0);
    CHECK(lina_arena_default() == NULL);
}

TEST("before there is an arena every call says NOT_READY, after it CLOSED") {
    check_no_arena(LINA_ERR_NOT_READY);
    lina_init();
    check_no_arena(LINA_ERR_NOT_READY);
    CHECK_OK(lina_alloc_shared_memory(4096));
    CHECK_OK(create("x"));
    lina_shutdown();
    check_no_arena(LINA_ERR_CLOSED);
    lina_init();
    check_no_arena(LINA_ERR_NOT_READY);
}

TEST("the basic calls on the default arena work together") {
    lina_init();
    CHECK_OK(lina_alloc_shared_memory(1 << 20));
    uint64_t shape[] = {16};
    lina_desc_t d, again;
    void *p;
    CHECK_OK(lina_create_array("input", LINA_DTYPE_F64, 1, shape, LINA_LAYOUT_C, &d));
    CHECK_EQ(d.offset, 0);
    CHECK_OK(lina_resolve_ptr(&d, &p));
    CHECK(p == lina_shared_base());
    ((double *)p)[0] = 42.0;
    lina_signal("data_ready");
    CHECK_EQ(lina_try_wait("data_ready"), 1);
    lina_wait("data_ready");
    CHECK_OK(lina_open("input", &again));
    CHECK_EQ(memcmp(&again, &d, sizeof d), 0);
    lina_clear("data_ready");
    CHECK_EQ(lina_try_wait("data_ready"), 0);
    CHECK_EQ(lina_shared_size(), 1 << 20);
    size_t n;
    CHECK_OK(lina_list(&again, 1, &n));
    CHECK_EQ(n, 1);
    CHECK_OK(lina_reclaim("input"));
    uint64_t value;
    CHECK_OK(lina_signal_value("data_ready", &value));
    CHECK_EQ(value, 1);
    lina_shutdown();
}

TEST("lina_init is counted: the last lina_shutdown closes, and a further one does no harm") {
    lina_init();
    lina_init();
    CHECK_OK(lina_alloc_shared_memory(4096));
    lina_shutdown();
    CHECK_OK(create("x"));
    lina_shutdown();
    CHECK_ERR(create("y"), LINA_ERR_CLOSED, "closed");
    lina_shutdown();
    lina_shutdown();
    lina_init();
    CHECK_OK(lina_alloc_shared_memory(4096));
    CHECK_OK(create("x"));
    lina_shutdown();
}

TEST("making an arena counts as a lina_init if there was none before") {
    CHECK_OK(lina_alloc_shared_memory(4096));
    CHECK_OK(create("x"));
    lina_shutdown();
    CHECK_ERR(create("y"), LINA_ERR_CLOSED, "closed");
    static _Alignas(64) char memory[4096];
    lina_register_shared_memory(memory, sizeof memory);
    CHECK(lina_shared_base() == memory);
    CHECK_OK(create("x"));
    lina_shutdown();
    CHECK_ERR(create("y"), LINA_ERR_CLOSED, "closed");
}

TEST("there is one default arena at a time") {
    static _Alignas(64) char memory[4096];
    lina_arena_t *other = new_arena(4096);
    CHECK_OK(lina_alloc_shared_memory(4096));
    void *base = lina_shared_base();
    CHECK_ERR(lina_alloc_shared_memory(4096), LINA_ERR_EXISTS, "default");
    CHECK_ERR(lina_arena_set_default(other), LINA_ERR_EXISTS, "default");
    lina_clear_error();
    lina_register_shared_memory(memory, sizeof memory);
    CHECK_EQ(lina_last_error_code(), LINA_ERR_EXISTS);
    CHECK(lina_shared_base() == base);
    CHECK_ERR(lina_arena_set_default(NULL), LINA_ERR_INVALID, "NULL");
    CHECK_OK(lina_arena_close(NULL));
    CHECK(lina_arena_default() == NULL);
    CHECK_OK(lina_arena_set_default(other));
    CHECK(lina_arena_default() == other);
    CHECK_OK(create("x"));
    CHECK_EQ(count_arrays(other), 1);
    CHECK_OK(lina_arena_close(other)); /* then there is no default arena */
    CHECK_ERR(create("x"), LINA_ERR_CLOSED, "closed");
}

TEST("memory that cannot be registered leaves no arena and says why") {
    lina_clear_error();
    lina_register_shared_memory(NULL, 4096);
    CHECK_EQ(lina_last_error_code(), LINA_ERR_INVALID);
    CHECK_ERR(lina_alloc_shared_memory(0), LINA_ERR_INVALID, "0 bytes");
    CHECK_ERR(create("x"), LINA_ERR_NOT_READY, "lina_alloc_shared_memory");
    CHECK_OK(lina_alloc_shared_memory(4096));
}

TEST("lina_init attaches to the arena that LINA_ARENA names") {
    const char *where = unique_shm();
    lina_arena_options_t options = {.flags = LINA_ARENA_TEMPORARY};
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(where, MIB, &options, &a));
    publish_bytes(a, "x", 10, 5);
    setenv("LINA_ARENA", where, 1);
    pid_t pid = spawn();
    if (pid == 0) {
        lina_init();
        CHECK_EQ(lina_last_error_code(), LINA_OK);
        lina_view_t view = hold(&view, NULL, "x");
        CHECK(all_are(view.data, 10, 5));
        lina_init();                     /* attaches once */
        CHECK_EQ(info_of(a).members, 3); /* parent, this child's copy of `a`, the default */
        lina_shutdown();
        lina_shutdown();
        CHECK(all_are(view.data, 10, 5));
        lina_release(&view);
        done();
    }
    CHECK_EQ(reap(pid), 0);
    CHECK_OK(lina_arena_close(a));
}

TEST("lina_init reports a LINA_ARENA that does not exist, and makes no arena instead") {
    setenv("LINA_ARENA", "shm:lina-test-nowhere", 1);
    lina_init();
    CHECK_EQ(lina_last_error_code(), LINA_ERR_NOT_FOUND);
    CHECK(strstr(lina_last_error(), "lina-test-nowhere") != NULL);
    CHECK_ERR(create("x"), LINA_ERR_NOT_READY, "default arena");
    setenv("LINA_ARENA", "", 1); /* empty counts as unset */
    lina_init();
    CHECK_EQ(lina_last_error_code(), LINA_OK);
}

TEST("live views stay valid after the last lina_shutdown, also beside the next default arena") {
    CHECK_OK(lina_alloc_shared_memory(1 << 20));
    publish_bytes(NULL, "x", 1000, 7);
    lina_view_t view = hold(&view, NULL, "x");
    lina_shutdown();
    CHECK(all_are(view.data, 1000, 7));
    CHECK_OK(lina_alloc_shared_memory(1 << 20)); /* the next default arena, beside the old one */
    publish_bytes(NULL, "x", 1000, 8);
    CHECK(all_are(view.data, 1000, 7));
    lina_release(&view);
    lina_shutdown();
}

/* ---- threads ----------------------------------------------------------------------------------- */

static void *init_use_shutdown(void *unused) {
    (void)unused;
    for (int i = 0; i < 2000; i++) {
        lina_init();
        int rc = lina_alloc_shared_memory(4096);
        CHECK(rc == LINA_OK || rc == LINA_ERR_EXISTS);
        lina_signal("s");
        CHECK_EQ(lina_try_wait("s"), 1);
        lina_shutdown();
    }
    return NULL;
}

TEST("threads that call lina_init before and lina_shutdown after their use find no closed arena") {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = start(init_use_shutdown, NULL);
    for (int i = 0; i < 4; i++)
        join(threads[i]);
    CHECK(lina_arena_default() == NULL);
}

static void *wait_until_closed(void *unused) {
    (void)unused;
    lina_clear_error();
    do
        lina_wait("never");
    while (lina_last_error_code() == LINA_OK);
    CHECK_EQ(lina_last_error_code(), LINA_ERR_CLOSED);
    return NULL;
}

TEST("lina_shutdown ends waits with CLOSED, whether under way or about to begin") {
    for (int i = 0; i < 300; i++) {
        CHECK_OK(lina_alloc_shared_memory(4096));
        pthread_t one = start(wait_until_closed, NULL), two = start(wait_until_closed, NULL);
        if (i % 3 == 0)
            pause_ms(i % 7);
        lina_shutdown();
        join(one);
        join(two);
    }
}

static uint32_t stop;

static void *init_and_shutdown(void *unused) {
    (void)unused;
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        lina_init();
        if (lina_alloc_shared_memory(4096) == LINA_OK)
            lina_wait_for("s", 0);
        lina_shutdown();
    }
    return NULL;
}

TEST("a child that is forked while another thread is in a call of Lina can use Lina") {
    pthread_t thread = start(init_and_shutdown, NULL);
    for (int i = 0; i < 300; i++) {
        pid_t pid = spawn();
        if (pid == 0) {
            alarm(60);
            lina_arena_t *inherited = lina_arena_default();
            if (inherited != NULL)
                CHECK_OK(lina_arena_close(NULL));
            CHECK_OK(lina_alloc_shared_memory(4096));
            CHECK_OK(create("x"));
            CHECK_ERR(lina_wait_for("s", 0), LINA_ERR_TIMEOUT, "\"s\"");
            lina_shutdown();
            done();
        }
        CHECK_EQ(reap(pid), 0);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    join(thread);
}
