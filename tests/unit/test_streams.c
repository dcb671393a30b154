/* test_streams.c - tests streams: order, starts, back-pressure, ends, deaths, limits, and damage. */
#include "helpers.h"

#include "kept.h"
#include "members.h"
#include "named.h"
#include "platform.h"

/* ---- helpers ----------------------------------------------------------------------------------- */

/* The memory of readers that a case leaves open, so that LeakSanitizer does not report it. */
static void *left_open[200];

static int remember(int rc, const lina_reader_t *reader) {
    static size_t count;
    if (rc == LINA_OK)
        left_open[count++ % 200] = reader->held;
    return rc;
}
#define lina_reader_open(arena, name, options, reader)                                             \
    remember(lina_reader_open(arena, name, options, reader), reader)

static void publish(lina_arena_t *arena, const char *name, int byte) {
    publish_bytes(arena, name, 8, byte);
}

static int try_publish(lina_arena_t *arena, const char *name, int byte) {
    lina_view_t loan = borrow(&loan, arena, name, U8, 8);
    memset(loan.data, byte, 8);
    int rc = lina_publish(&loan);
    lina_release(&loan);
    return rc;
}

static int open_reader(lina_reader_t *reader, lina_arena_t *arena, uint32_t start, uint64_t at,
                       uint32_t flags) {
    lina_reader_options_t options = {.start = start, .at = at, .flags = flags};
    return lina_reader_open(arena, "s", &options, reader);
}

/* Checks that the reader's next generation has this number, and that all its bytes are `byte`. */
#define CHECK_NEXT(reader, number, byte)                                                           \
    do {                                                                                           \
        lina_view_t next_;                                                                         \
        CHECK_OK(lina_reader_next(reader, SECONDS(20), &next_));                                   \
        CHECK_EQ(next_.sequence, number);                                                          \
        CHECK(all_are(next_.data, next_.desc.nbytes, byte));                                       \
        lina_release(&next_);                                                                      \
    } while (0)

static int next_code(lina_reader_t *reader, int64_t timeout_ns) {
    lina_view_t view;
    int rc = lina_reader_next(reader, timeout_ns, &view);
    if (rc == LINA_OK)
        lina_release(&view);
    return rc;
}

static lina_arena_t *with_stream(uint32_t depth) {
    lina_arena_t *arena = new_arena(MIB);
    CHECK_OK(lina_stream_open(arena, "s", depth));
    return arena;
}

static struct lina_channel channel(lina_arena_t *arena) {
    struct lina_key key;
    CHECK_OK(lina_key_make(&key, "stream", "s"));
    return lina_streams_find(arena, &key);
}

static lina_stream_info_t stream_info(lina_arena_t *arena) {
    lina_stream_info_t info;
    CHECK_OK(lina_stream_info(arena, "s", &info));
    return info;
}

/* ---- order and starts -------------------------------------------------------------------------- */

TEST("a reader takes the generations one after the other, each once") {
    lina_arena_t *a = with_stream(4);
    lina_reader_t r;
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    for (int i = 1; i <= 3; i++)
        publish(a, "s", i);
    for (int i = 1; i <= 3; i++)
        CHECK_NEXT(&r, i, i);
    CHECK_EQ(next_code(&r, 0), LINA_ERR_TIMEOUT);
    CHECK_EQ(lina_reader_sequence(&r), 3);
    CHECK_EQ(lina_reader_lost(&r), 0);
    CHECK_OK(lina_check_arena(a));
}

TEST("a reader begins with the next, the newest, the oldest kept, or where it is told") {
    lina_arena_t *a = with_stream(3);
    lina_reader_t r;
    for (int i = 1; i <= 5; i++)
        publish(a, "s", i);
    CHECK_OK(open_reader(&r, a, LINA_START_LATEST, 0, 0));
    CHECK_NEXT(&r, 5, 5);
    lina_reader_close(&r);
    CHECK_OK(open_reader(&r, a, LINA_START_OLDEST, 0, 0));
    CHECK_NEXT(&r, 3, 3);
    lina_reader_close(&r);
    CHECK_OK(open_reader(&r, a, LINA_START_AT, 4, 0));
    CHECK_NEXT(&r, 4, 4);
    lina_reader_close(&r);
    CHECK_OK(open_reader(&r, a, LINA_START_AT, 1, 0));
    CHECK_EQ(lina_reader_lost(&r), 2);
    CHECK_NEXT(&r, 3, 3);
    lina_reader_close(&r);
    CHECK_OK(open_reader(&r, a, LINA_START_AT, 6, 0));
    CHECK_EQ(next_code(&r, 0), LINA_ERR_TIMEOUT);
    publish(a, "s", 6);
    CHECK_NEXT(&r, 6, 6);
    lina_reader_close(&r);
    CHECK_OK(open_reader(&r, a, LINA_START_NEXT, 0, 0));
    CHECK_EQ(next_code(&r, 0), LINA_ERR_TIMEOUT);
    lina_reader_close(&r);
    CHECK_ERR(open_reader(&r, a, LINA_START_AT, 8, 0), LINA_ERR_INVALID, "8");
    CHECK_ERR(open_reader(&r, a, LINA_START_AT, 0, 0), LINA_ERR_INVALID, "\"s\"");
    CHECK_ERR(open_reader(&r, a, 9, 0, 0), LINA_ERR_INVALID, "start 9");
    CHECK_EQ(stream_info(a).readers, 0);
}

TEST("a name that has an array becomes a stream, with its sequence, and is taken away again") {
    lina_arena_t *a = new_arena(MIB);
    lina_reader_t r;
    publish(a, "s", 1);
    publish(a, "s", 2);
    CHECK_ERR(lina_stream_open(a, "s", 0), LINA_ERR_NOT_FOUND, "\"s\"");
    CHECK_OK(lina_stream_open(a, "s", 2));
    CHECK_OK(lina_stream_open(a, "s", 2));
    CHECK_OK(lina_stream_open(a, "s", 0));
    CHECK_ERR(lina_stream_open(a, "s", 3), LINA_ERR_EXISTS, "depth of 2");
    CHECK_OK(open_reader(&r, a, LINA_START_OLDEST, 0, 0));
    CHECK_NEXT(&r, 2, 2);
    publish(a, "s", 3);
    CHECK_NEXT(&r, 3, 3);
    CHECK_OK(lina_remove(a, "s"));
    CHECK_ERR(next_code(&r, LINA_FOREVER), LINA_ERR_ENDED, "\"s\"");
    CHECK_EQ(count_arrays(a), 0);
    CHECK_EQ(info_of(a).used_bytes, 0);
    CHECK_ERR(lina_remove(a, "s"), LINA_ERR_NOT_FOUND, "\"s\"");
    publish(a, "s", 4); /* a plain array again */
    publish(a, "s", 5);
    CHECK_EQ(info_of(a).kept, 0);
    CHECK_OK(lina_check_arena(a));
}

TEST("calls for arrays see a stream's newest generation, and what they make is published") {
    lina_arena_t *a = with_stream(2);
    lina_reader_t r;
    lina_desc_t desc;
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    CHECK_OK(make(a, "s", U8, 8));
    CHECK_OK(lina_republish(a, "s", U8, 1, SHAPE(8), LINA_LAYOUT_C, NULL));
    lina_view_t newest = hold(&newest, a, "s");
    CHECK_EQ(newest.desc.generation, 2);
    CHECK_EQ(newest.sequence, 2);
    lina_release(&newest);
    CHECK_OK(lina_arena_open(a, "s", &desc));
    CHECK_EQ(desc.generation, 2);
    CHECK_EQ(count_arrays(a), 1);
    CHECK_ERR(make(a, "s", U8, 8), LINA_ERR_EXISTS, "\"s\"");
    CHECK_ERR(lina_republish(a, "s", U8, 1, SHAPE(8), LINA_LAYOUT_C, NULL), LINA_ERR_BEHIND,
              "\"s\"");
    CHECK_NEXT(&r, 1, 0);
    CHECK_NEXT(&r, 2, 0);
    CHECK_OK(lina_republish(a, "s", U8, 1, SHAPE(40000), LINA_LAYOUT_C, NULL)); /* zeroes outside */
    CHECK_NEXT(&r, 3, 0);
    CHECK_ERR(lina_alias(a, "s", "s", 0, 1, SHAPE(1), NULL), LINA_ERR_EXISTS, "\"s\"");
    CHECK_OK(lina_check_arena(a));
}

TEST("a slice of a stream's generation keeps it in place, and a slice cannot become a stream") {
    lina_arena_t *a = with_stream(1);
    publish(a, "s", 1);
    CHECK_OK(lina_alias(a, "part", "s", 2, 1, SHAPE(4), NULL));
    CHECK_ERR(lina_stream_open(a, "part", 2), LINA_ERR_EXISTS, "\"part\"");
    publish(a, "s", 2);
    publish(a, "s", 3);
    lina_view_t part = hold(&part, a, "part");
    CHECK(all_are(part.data, 4, 1));
    lina_release(&part);
    CHECK_OK(lina_check_arena(a));
}

/* ---- back-pressure ----------------------------------------------------------------------------- */

TEST("publishing beyond the unread depth is BEHIND, names the slowest, and the loan stays a loan") {
    lina_arena_t *a = with_stream(2);
    lina_reader_t quick, slow;
    lina_reader_info_t readers[2];
    size_t count;
    CHECK_OK(lina_member_set_name(a, "camera"));
    CHECK_OK(lina_reader_open(a, "s", NULL, &quick));
    CHECK_OK(lina_reader_open(a, "s", NULL, &slow));
    publish(a, "s", 1);
    publish(a, "s", 2);
    CHECK_NEXT(&quick, 1, 1);
    lina_view_t loan = borrow(&loan, a, "s", U8, 8);
    memset(loan.data, 3, 8);
    CHECK_ERR(lina_publish(&loan), LINA_ERR_BEHIND, "\"camera\" has 2 generations unread");
    CHECK(strstr(lina_last_error(), "process ") != NULL);
    CHECK_ERR(lina_publish_within(&loan, 1000000), LINA_ERR_TIMEOUT, "2 generations unread");
    CHECK_ERR(lina_publish_within(&loan, -1), LINA_ERR_BEHIND, "\"s\"");
    CHECK_OK(lina_reader_list(a, "s", readers, 2, &count, NULL));
    CHECK_EQ(count, 2);
    CHECK_EQ(readers[0].unread, 1);
    CHECK_EQ(readers[1].unread, 2);
    CHECK_EQ(readers[1].pid, getpid());
    CHECK_STR(readers[1].member_name, "camera");
    CHECK_NEXT(&slow, 1, 1);
    CHECK_OK(lina_publish(&loan));
    CHECK_NEXT(&slow, 2, 2);
    CHECK_NEXT(&slow, 3, 3);
    lina_reader_close(&slow);
    lina_reader_close(&quick);
    for (int i = 4; i < 20; i++) /* publishers no longer wait */
        publish(a, "s", i);
    CHECK_OK(lina_check_arena(a));
}

struct late {
    lina_arena_t *arena;
    lina_view_t loan;
    int64_t timeout_ns;
    uint32_t started;
    int rc;
};

static void *publish_late(void *context) {
    struct late *late = context;
    store_release_u32(&late->started, 1);
    late->rc = lina_publish_within(&late->loan, late->timeout_ns);
    return NULL;
}

/* Starts a publisher that sleeps until there is room in "s". */
static pthread_t block_publisher(struct late *late, lina_arena_t *arena) {
    late->arena = arena;
    late->timeout_ns = late->timeout_ns != 0 ? late->timeout_ns : LINA_FOREVER;
    late->loan = borrow(&late->loan, arena, "s", U8, 8);
    memset(late->loan.data, 9, 8);
    struct lina_channel c = channel(arena);
    pthread_t thread = start(publish_late, late);
    while ((load_acquire_u64(&arena->signals[lina_room_slot(arena, c.number)].word) &
            SIGNAL_WAITERS) == 0)
        pause_ms(1);
    return thread;
}

TEST("a publisher that waits goes on when the slowest reader takes, or closes") {
    for (int closes = 0; closes < 2; closes++) {
        lina_arena_t *a = with_stream(1);
        struct late late = {.rc = 1};
        lina_reader_t r;
        CHECK_OK(lina_reader_open(a, "s", NULL, &r));
        publish(a, "s", 1);
        pthread_t publisher = block_publisher(&late, a);
        if (closes)
            lina_reader_close(&r);
        else
            CHECK_NEXT(&r, 1, 1);
        join(publisher);
        CHECK_OK(late.rc);
        CHECK(late.loan.data == NULL);
        CHECK_EQ(stream_info(a).sequence, 2);
    }
}

TEST("a waiting publisher gets NOT_FOUND if the stream is removed, CLOSED if the arena is closed, "
     "and keeps its loan") {
    lina_arena_t *a = with_stream(1), *own;
    struct late late = {.rc = 1}, other = {.rc = 1};
    lina_reader_t r;
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    publish(a, "s", 1);
    pthread_t publisher = block_publisher(&late, a);
    CHECK_OK(lina_remove(a, "s"));
    join(publisher);
    CHECK_EQ(late.rc, LINA_ERR_NOT_FOUND);
    CHECK_OK(lina_publish(&late.loan)); /* "s" is an array without a stream now */
    CHECK_OK(lina_stream_open(a, "s", 1));
    lina_reader_close(&r);
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    publish(a, "s", 2);
    CHECK_OK(lina_arena_join(a, &own));
    publisher = block_publisher(&other, own);
    CHECK_OK(lina_arena_close(own));
    join(publisher);
    CHECK_EQ(other.rc, LINA_ERR_CLOSED);
    CHECK_EQ(other.loan.flags & LINA_VIEW_LOAN, LINA_VIEW_LOAN);
    lina_release(&other.loan);
    CHECK_OK(lina_check_arena(a));
}

TEST("a reader in the producer's own thread is waited for until the time-out, no longer") {
    lina_arena_t *a = with_stream(1);
    lina_reader_t r;
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    publish(a, "s", 1);
    lina_view_t loan = borrow(&loan, a, "s", U8, 8);
    CHECK_ERR(lina_publish_within(&loan, 20000000), LINA_ERR_TIMEOUT, "\"s\"");
    CHECK_NEXT(&r, 1, 1);
    CHECK_OK(lina_publish_within(&loan, 20000000));
}

TEST("a reader that holds as many views as it may gets BUSY, and producers go on") {
    lina_arena_t *a = with_stream(2);
    lina_reader_options_t options = {.max_held = 1};
    lina_reader_t r, s;
    lina_view_t kept[3], more;
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    CHECK_OK(lina_reader_open(a, "s", &options, &s));
    for (int i = 0; i < 2; i++) {
        publish(a, "s", i);
        CHECK_OK(lina_reader_next(&r, 0, &kept[i]));
    }
    CHECK_NEXT(&s, 1, 0);
    CHECK_NEXT(&s, 2, 1);
    publish(a, "s", 2);
    CHECK_ERR(lina_reader_next(&r, 0, &more), LINA_ERR_BUSY, "holds 2 views");
    CHECK_OK(lina_retain(&kept[0], &kept[2]));
    lina_release(&kept[0]);
    CHECK_ERR(lina_reader_next(&r, 0, &more), LINA_ERR_BUSY, "holds 2 views");
    CHECK_OK(lina_view_move(&kept[2], &kept[0]));
    lina_release(&kept[0]);
    CHECK_NEXT(&r, 3, 2);
    CHECK_OK(lina_reader_next(&s, 0, &more));
    lina_reader_close(&s); /* its view stays */
    CHECK(all_are(more.data, 8, 2));
    lina_release(&more);
    lina_release(&kept[1]);
    lina_reader_close(&r);
    CHECK_OK(lina_check_arena(a));
}

/* ---- lossy readers ----------------------------------------------------------------------------- */

TEST("a lossy reader is passed over, goes on at the oldest kept, and is told what it lost") {
    lina_arena_t *a = with_stream(2);
    lina_reader_t r;
    CHECK_OK(open_reader(&r, a, LINA_START_NEXT, 0, LINA_READER_LOSSY));
    publish(a, "s", 1);
    CHECK_NEXT(&r, 1, 1);
    for (int i = 2; i <= 9; i++)
        publish(a, "s", i);
    CHECK_NEXT(&r, 8, 8);
    CHECK_EQ(lina_reader_lost(&r), 6);
    CHECK_NEXT(&r, 9, 9);
    CHECK_EQ(lina_reader_lost(&r), 6);
    CHECK_EQ(stream_info(a).readers, 0);
}

TEST("a read-only member may open only lossy readers, and may not make a stream") {
    lina_arena_t *a = with_stream(2);
    lina_arena_t *looker = join_arena(a, LINA_ATTACH_READ_ONLY);
    lina_reader_t r;
    CHECK_ERR(lina_reader_open(looker, "s", NULL, &r), LINA_ERR_READ_ONLY, "lossy");
    CHECK_ERR(lina_stream_open(looker, "t", 2), LINA_ERR_READ_ONLY, "\"t\"");
    CHECK_ERR(lina_stream_produce(looker, "s"), LINA_ERR_READ_ONLY, "\"s\"");
    CHECK_OK(lina_stream_open(looker, "s", 0));
    CHECK_OK(open_reader(&r, looker, LINA_START_NEXT, 0, LINA_READER_LOSSY));
    for (int i = 1; i <= 3; i++)
        publish(a, "s", i);
    CHECK_NEXT(&r, 2, 2);
    lina_reader_close(&r);
    CHECK_OK(lina_arena_close(looker));
}

/* ---- ends and deaths --------------------------------------------------------------------------- */

TEST("a reader gets ENDED after the last producer's last generation, and from then on") {
    lina_arena_t *a = with_stream(4), *b;
    lina_reader_t r, late;
    CHECK_OK(lina_arena_join(a, &b));
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    CHECK_EQ(next_code(&r, 0), LINA_ERR_TIMEOUT); /* no member has produced yet */
    publish(a, "s", 1);                           /* a bare publish makes no producer */
    CHECK_NEXT(&r, 1, 1);
    CHECK_EQ(next_code(&r, 0), LINA_ERR_TIMEOUT);
    CHECK_OK(lina_stream_produce(a, "s"));
    CHECK_OK(lina_stream_produce(a, "s"));
    CHECK_OK(lina_stream_produce(b, "s"));
    publish(a, "s", 2);
    CHECK_OK(lina_stream_end(a, "s"));
    CHECK_OK(lina_stream_end(a, "s"));
    CHECK_ERR(lina_stream_end(a, "s"), LINA_ERR_INVALID, "does not produce");
    CHECK_NEXT(&r, 2, 2);
    CHECK_EQ(next_code(&r, 0), LINA_ERR_TIMEOUT); /* of two producers one ended */
    publish(b, "s", 3);
    CHECK_OK(lina_stream_end(b, "s"));
    CHECK_NEXT(&r, 3, 3);
    CHECK_ERR(next_code(&r, LINA_FOREVER), LINA_ERR_ENDED, "\"s\"");
    CHECK_OK(lina_stream_produce(b, "s")); /* a member produces again */
    publish(b, "s", 4);
    CHECK_ERR(next_code(&r, LINA_FOREVER), LINA_ERR_ENDED, "\"s\"");
    for (int i = 5; i < 12; i++) /* publishers no longer wait for the reader */
        publish(b, "s", i);
    CHECK_OK(open_reader(&late, a, LINA_START_LATEST, 0, 0));
    CHECK_NEXT(&late, 11, 11);
}

TEST("closing a producing handle is its death: readers get DIED until a member produces again") {
    lina_arena_t *a = with_stream(4), *b, *c;
    lina_reader_t r, patient;
    CHECK_OK(lina_arena_join(a, &b));
    CHECK_OK(lina_arena_join(a, &c));
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    CHECK_OK(open_reader(&patient, a, LINA_START_NEXT, 0, LINA_READER_REVIVE));
    CHECK_OK(lina_stream_produce(b, "s"));
    publish(b, "s", 1);
    CHECK_OK(lina_arena_close(b));
    CHECK_NEXT(&r, 1, 1);
    CHECK_ERR(next_code(&r, LINA_FOREVER), LINA_ERR_DIED, "\"s\"");
    CHECK_ERR(next_code(&r, 0), LINA_ERR_DIED, "\"s\"");
    CHECK_NEXT(&patient, 1, 1);
    CHECK_EQ(next_code(&patient, 0), LINA_ERR_TIMEOUT);
    CHECK_OK(lina_stream_produce(c, "s"));
    CHECK_EQ(next_code(&r, 0), LINA_ERR_TIMEOUT);
    publish(c, "s", 2);
    CHECK_NEXT(&r, 2, 2);
    CHECK_NEXT(&patient, 2, 2);
    CHECK_OK(lina_check_arena(a));
}

TEST("a reader gets DIED after it took all generations of a producer that was killed") {
    lina_arena_t *a = with_stream(4);
    lina_reader_t r;
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    pid_t pid = spawn();
    if (pid == 0) {
        CHECK_OK(lina_stream_produce(a, "s"));
        publish(a, "s", 1);
        publish(a, "s", 2);
        pause();
    }
    uint32_t which;
    lina_wait_t second = {.name = "s", .target = 2, .flags = LINA_WAIT_STREAM};
    CHECK_OK(lina_wait_any(a, &second, 1, SECONDS(60), &which));
    CHECK_NEXT(&r, 1, 1);
    kill_and_reap(pid);
    CHECK_NEXT(&r, 2, 2);
    CHECK_ERR(next_code(&r, LINA_FOREVER), LINA_ERR_DIED, "\"s\"");
    CHECK_EQ(stream_info(a).state, LINA_STREAM_DIED);
    CHECK_EQ(stream_info(a).producers, 0);
}

TEST("a reader that is killed is forgotten, and a publisher that waits for it goes on") {
    lina_arena_t *a = with_stream(1);
    struct late late = {.rc = 1};
    pid_t pid = spawn();
    if (pid == 0) {
        lina_reader_t r;
        CHECK_OK(lina_reader_open(a, "s", NULL, &r));
        CHECK_OK(lina_arena_signal(a, "open"));
        pause();
    }
    CHECK_OK(lina_arena_wait_for(a, "open", SECONDS(60)));
    publish(a, "s", 1);
    pthread_t publisher = block_publisher(&late, a);
    kill_and_reap(pid);
    join(publisher);
    CHECK_OK(late.rc);
    CHECK_EQ(stream_info(a).readers, 0);
    CHECK_OK(lina_check_arena(a));
}

TEST("a member's number that comes back is another member to a stream") {
    lina_arena_t *a = with_stream(1), *b;
    lina_reader_t r;
    CHECK_OK(lina_arena_join(a, &b));
    uint32_t number = info_of(b).member;
    CHECK_OK(lina_reader_open(b, "s", NULL, &r));
    CHECK_OK(lina_stream_produce(b, "s"));
    CHECK_OK(lina_arena_close(b)); /* the reader keeps the member number taken */
    lina_reader_close(&r);
    CHECK_OK(lina_arena_join(a, &b));
    CHECK_EQ(info_of(b).member, number);
    publish(a, "s", 1);
    CHECK_OK(try_publish(a, "s", 2));
    CHECK_ERR(lina_stream_end(b, "s"), LINA_ERR_INVALID, "does not produce");
    CHECK_EQ(stream_info(a).producers, 0);
}

/* ---- closing, copying, forking ------------------------------------------------------------------ */

struct waiter {
    lina_reader_t *reader;
    int rc;
};

static void *take_next(void *context) {
    struct waiter *w = context;
    w->rc = next_code(w->reader, LINA_FOREVER);
    return NULL;
}

static pthread_t block_reader(struct waiter *w, lina_arena_t *arena) {
    struct lina_channel c = channel(arena);
    pthread_t thread = start(take_next, w);
    while ((load_acquire_u64(&arena->signals[lina_head_slot(arena, c.number)].word) &
            SIGNAL_WAITERS) == 0)
        pause_ms(1);
    return thread;
}

TEST("closing a reader ends the wait of another thread in it with CLOSED") {
    lina_arena_t *a = with_stream(1);
    lina_reader_t r;
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    struct waiter w = {.reader = &r};
    pthread_t thread = block_reader(&w, a);
    CHECK_ERR(next_code(&r, 0), LINA_ERR_BUSY, "another thread");
    lina_reader_close(&r);
    join(thread);
    CHECK_EQ(w.rc, LINA_ERR_CLOSED);
    CHECK_ERR(next_code(&r, 0), LINA_ERR_CLOSED, "\"s\"");
    lina_reader_close(&r);
    CHECK_EQ(stream_info(a).readers, 0);
}

TEST("a waiting reader gets ENDED if the stream is removed, and CLOSED if the arena is closed") {
    lina_arena_t *a = with_stream(1), *own;
    lina_reader_t r, s;
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    struct waiter w = {.reader = &r}, v = {.reader = &s};
    pthread_t thread = block_reader(&w, a);
    CHECK_OK(lina_remove(a, "s"));
    join(thread);
    CHECK_EQ(w.rc, LINA_ERR_ENDED);
    CHECK_OK(lina_stream_open(a, "s", 1));
    CHECK_OK(lina_arena_join(a, &own));
    CHECK_OK(lina_reader_open(own, "s", NULL, &s));
    thread = block_reader(&v, own);
    CHECK_OK(lina_arena_close(own));
    join(thread);
    CHECK_EQ(v.rc, LINA_ERR_CLOSED);
    lina_reader_close(&s); /* safe after the arena was closed */
    publish(a, "s", 1);
    CHECK_OK(try_publish(a, "s", 2));
}

TEST("a reader that is copied or inherited is refused, and closing it changes nothing") {
    lina_arena_t *a = with_stream(2);
    lina_reader_t r, copy;
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    copy = r;
    CHECK_ERR(next_code(&copy, 0), LINA_ERR_INVALID, "copy");
    lina_reader_close(&copy);
    pid_t pid = spawn();
    if (pid == 0) {
        CHECK_ERR(next_code(&r, 0), LINA_ERR_STALE, "fork");
        lina_reader_close(&r);
        done();
    }
    CHECK_EQ(reap(pid), 0);
    publish(a, "s", 1);
    CHECK_NEXT(&r, 1, 1);
    lina_reader_close(&r);
    memset(&r, 0, sizeof r);
    CHECK_ERR(next_code(&r, 0), LINA_ERR_INVALID, "not open");
    lina_reader_close(&r);
    lina_reader_close(NULL);
}

TEST("a closed reader leaves no memory behind, once its views are released") {
    lina_arena_t *a = with_stream(2);
    lina_reader_t r;
    lina_view_t view;
    publish(a, "s", 1);
    CHECK_OK((lina_reader_open)(a, "s", &(lina_reader_options_t){.start = LINA_START_OLDEST}, &r));
    CHECK_OK(lina_reader_next(&r, 0, &view));
    lina_reader_close(&r);
    lina_release(&view); /* a leak would end a build with AddressSanitizer */
}

/* ---- memory ------------------------------------------------------------------------------------ */

TEST("closing a reader again does nothing, though its arena has gone") {
    lina_arena_t *a = new_arena(64 << 10);
    lina_reader_t r;
    lina_view_t view;
    CHECK_OK(lina_stream_open(a, "s", 2));
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    CHECK_OK(lina_arena_close(a));
    lina_reader_close(&r);
    lina_reader_close(&r);
    CHECK_ERR(lina_reader_next(&r, 0, &view), LINA_ERR_CLOSED, "\"s\"");
}

TEST("kept generations that no reader has still to take make room, the oldest first") {
    lina_arena_t *a = new_arena(MIB);
    uint64_t part = MIB / 8;
    CHECK_OK(lina_stream_open(a, "s", 6));
    CHECK_OK(lina_stream_open(a, "t", 6));
    publish_bytes(a, "t", 64, 1);
    for (int i = 1; i <= 5; i++)
        publish_bytes(a, "s", part, i);
    publish_bytes(a, "t", 64, 2);
    CHECK_OK(make(a, "large", U8, MIB / 2)); /* drops four of "s", and older ones of "t" */
    lina_stream_info_t info = stream_info(a);
    CHECK_EQ(info.sequence, 5);
    CHECK(info.kept <= 3);
    CHECK_OK(lina_check_arena(a));
    CHECK_ERR(make(a, "larger", U8, MIB), LINA_ERR_NO_MEMORY, "\"larger\"");
    CHECK_EQ(stream_info(a).kept, 1);
    lina_view_t newest = hold(&newest, a, "s");
    CHECK(all_are(newest.data, part, 5));
    lina_release(&newest);
}

TEST("kept generations of 100 MiB that no reader needs make room for loans and arrays") {
    lina_arena_t *a = new_arena(350 * MIB);
    uint64_t large = 100 * MIB;
    CHECK_OK(lina_stream_open(a, "s", 8));
    for (int i = 1; i <= 20; i++) {
        lina_view_t view = borrow(&view, a, "s", U8, large);
        ((char *)view.data)[0] = ((char *)view.data)[large - 1] = (char)i;
        CHECK_OK(lina_publish(&view));
    }
    CHECK_EQ(stream_info(a).sequence, 20);
    CHECK(stream_info(a).kept <= 3);
    CHECK_OK(make(a, "large", U8, large)); /* one of them makes room */
    CHECK(stream_info(a).kept <= 2);
    lina_view_t newest = hold(&newest, a, "s");
    CHECK(((char *)newest.data)[0] == 20 && ((char *)newest.data)[large - 1] == 20);
    lina_release(&newest);
    CHECK_OK(lina_check_arena(a));
}

TEST("generations that a reliable reader has not taken yet stay, though others need room") {
    lina_arena_t *a = new_arena(MIB);
    lina_reader_t r;
    CHECK_OK(lina_stream_open(a, "s", 4));
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    for (int i = 1; i <= 3; i++)
        publish_bytes(a, "s", MIB / 4, i);
    CHECK_ERR(make(a, "large", U8, MIB / 2), LINA_ERR_NO_MEMORY, "\"large\"");
    CHECK_NEXT(&r, 1, 1);
    CHECK_NEXT(&r, 2, 2);
    CHECK_OK(make(a, "large", U8, MIB / 2));
    CHECK_NEXT(&r, 3, 3);
    CHECK_OK(lina_check_arena(a));
}

TEST("kept generations of streams are dropped when all slots are in use") {
    lina_arena_t *a;
    lina_arena_options_t options = {.max_arrays = 8};
    CHECK_OK(lina_arena_create(NULL, MIB, &options, &a));
    CHECK_OK(lina_stream_open(a, "s", 8));
    CHECK_ERR(lina_stream_open(a, "t", 9), LINA_ERR_INVALID, "depth of 9");
    for (int i = 0; i < 20; i++)
        publish(a, "s", i);
    for (int i = 0; i < 7; i++) {
        char name[8];
        snprintf(name, sizeof name, "n%d", i);
        CHECK_OK(make(a, name, U8, 8));
    }
    CHECK_ERR(make(a, "more", U8, 8), LINA_ERR_FULL, "\"more\"");
    CHECK_OK(lina_check_arena(a));
}

TEST("views that are acquired and released in a loop take no more memory") {
    lina_arena_t *a = with_stream(2);
    for (int i = 0; i < 1000; i++) {
        publish_bytes(a, "s", 4096, i);
        lina_view_t view = hold(&view, a, "s");
        lina_release(&view);
    }
    CHECK_EQ(info_of(a).used_bytes, 2 * 4096);
    CHECK_EQ(info_of(a).kept, 1);
}

/* ---- limits ------------------------------------------------------------------------------------ */

TEST("a stream has 64 reliable readers and as many producers, an arena as many streams as it can") {
    lina_arena_t *a;
    lina_arena_options_t options = {.max_arrays = 5};
    static lina_reader_t readers[65];
    lina_reader_t lossy;
    CHECK_OK(lina_arena_create(NULL, MIB, &options, &a));
    CHECK_OK(lina_stream_open(a, "s", 2));
    for (int i = 0; i < 64; i++)
        CHECK_OK(lina_reader_open(a, "s", NULL, &readers[i]));
    CHECK_ERR(lina_reader_open(a, "s", NULL, &readers[64]), LINA_ERR_FULL, "64 reliable");
    CHECK_OK(open_reader(&lossy, a, LINA_START_NEXT, 0, LINA_READER_LOSSY));
    lina_reader_close(&readers[7]);
    CHECK_OK(lina_reader_open(a, "s", NULL, &readers[7]));
    for (int i = 0; i < 4; i++) {
        char name[8];
        snprintf(name, sizeof name, "n%d", i);
        CHECK_OK(lina_stream_open(a, name, 1));
    }
    CHECK_ERR(lina_stream_open(a, "more", 1), LINA_ERR_FULL, "all 5 streams");
    CHECK_OK(lina_remove(a, "n3"));
    CHECK_OK(lina_stream_open(a, "more", 1));
    lina_stream_info_t all[8];
    size_t count, total;
    CHECK_OK(lina_stream_list(a, all, 2, &count, &total));
    CHECK_EQ(count, 2);
    CHECK_EQ(total, 5);
    CHECK_OK(lina_check_arena(a));
}

TEST("200 members each produce, 64 at a time") {
    lina_arena_t *a = with_stream(1);
    static lina_arena_t *members[200];
    for (int i = 0; i < 200; i++)
        CHECK_OK(lina_arena_join(a, &members[i]));
    for (int i = 0; i < 64; i++)
        CHECK_OK(lina_stream_produce(members[i], "s"));
    CHECK_ERR(lina_stream_produce(members[64], "s"), LINA_ERR_FULL, "64 members");
    for (int i = 0; i < 64; i++)
        CHECK_OK(lina_arena_close(members[i]));
    for (int i = 64; i < 128; i++) /* dead members make room */
        CHECK_OK(lina_stream_produce(members[i], "s"));
    CHECK_EQ(stream_info(a).producers, 64);
    CHECK_OK(lina_check_arena(a));
}

/* ---- hostile bytes, and writers that die --------------------------------------------------------- */

TEST("a damaged cursor counts only until the next step of its reader, which mends it") {
    lina_arena_t *a = with_stream(2);
    lina_reader_t r;
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    struct lina_cursor *cursor = &channel(a).record->cursors[0];
    publish(a, "s", 1);
    cursor->cursor = UINT64_MAX;
    publish(a, "s", 2);
    CHECK_NEXT(&r, 1, 1);
    CHECK_EQ(cursor->cursor, 1);
    publish(a, "s", 3);
    CHECK_EQ(try_publish(a, "s", 4), LINA_ERR_BEHIND);
    cursor->cursor = 0;
    CHECK_EQ(try_publish(a, "s", 4), LINA_ERR_BEHIND);
    CHECK_NEXT(&r, 2, 2);
    CHECK_OK(try_publish(a, "s", 4));
    CHECK_NEXT(&r, 3, 3);
    CHECK_NEXT(&r, 4, 4);
    CHECK_EQ(lina_reader_lost(&r), 0);
}

TEST(
    "a head that counts what is not there is CORRUPT to a reader, and mended by the next publish") {
    lina_arena_t *a = with_stream(2);
    lina_reader_t r;
    lina_signal_t head;
    if (PARANOID)
        SKIP("a paranoid build ends at the first damage");
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    publish(a, "s", 1);
    CHECK_OK(lina_stream_head(a, "s", &head));
    CHECK_EQ(lina_signal_read(&head), 1);
    lina_signal_raise(&head);
    CHECK_NEXT(&r, 1, 1);
    CHECK_ERR(next_code(&r, LINA_FOREVER), LINA_ERR_CORRUPT, "\"s\"");
    publish(a, "s", 2);
    CHECK_NEXT(&r, 2, 2);
    CHECK_OK(lina_check_arena(a));
}

TEST("after a writer died the chains are found anew, and readers lose nothing") {
    lina_arena_t *a = with_stream(3);
    lina_reader_t r;
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    for (int i = 1; i <= 3; i++)
        publish(a, "s", i);
    CHECK_NEXT(&r, 1, 1);
    struct lina_channel c = channel(a);
    c.record->oldest = 77; /* recovery does not believe an index */
    c.record->newest = LINA_NIL;
    c.record->kept = 5;
    a->signals[lina_head_slot(a, c.number)].word = 2 * 2;
    a->header->dirty = 1;
    publish(a, "other", 1);
    CHECK_OK(lina_check_arena(a));
    CHECK_NEXT(&r, 2, 2);
    CHECK_NEXT(&r, 3, 3);
    publish(a, "s", 4);
    CHECK_NEXT(&r, 4, 4);
    c.record->removing = 1; /* recovery finishes a removal */
    a->header->dirty = 1;
    publish(a, "other", 2);
    CHECK_OK(lina_check_arena(a));
    CHECK_ERR(next_code(&r, LINA_FOREVER), LINA_ERR_ENDED, "\"s\"");
    CHECK_ERR(lina_stream_open(a, "s", 0), LINA_ERR_NOT_FOUND, "\"s\"");
    CHECK_EQ(count_arrays(a), 1);
}

/* ---- files, waits, notifications ----------------------------------------------------------------- */

TEST(
    "a file keeps a stream's generations and numbers over a restart, but no readers or producers") {
    const char *where = unique_file();
    lina_arena_t *a;
    lina_reader_t r;
    CHECK_OK(lina_arena_create(where, MIB, NULL, &a));
    CHECK_OK(lina_stream_open(a, "s", 2));
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    CHECK_OK(lina_stream_produce(a, "s"));
    for (int i = 1; i <= 2; i++)
        publish(a, "s", i);
    pid_t pid = spawn(); /* ends without closing anything */
    if (pid == 0) {
        lina_arena_t *b;
        CHECK_OK(lina_arena_attach(where, 0, &b));
        CHECK_OK(lina_reader_open(b, "s", NULL, &r));
        CHECK_OK(lina_stream_produce(b, "s"));
        _exit(0);
    }
    CHECK_EQ(reap(pid), 0);
    lina_reader_close(&r);
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_attach(where, 0, &a));
    CHECK_OK(open_reader(&r, a, LINA_START_OLDEST, 0, 0));
    CHECK_NEXT(&r, 1, 1);
    CHECK_NEXT(&r, 2, 2);
    lina_stream_info_t info = stream_info(a);
    CHECK_EQ(info.readers, 1);
    CHECK_EQ(info.producers, 0);
    publish(a, "s", 3);
    CHECK_NEXT(&r, 3, 3);
    lina_reader_close(&r);
    CHECK_OK(lina_arena_close(a));
    CHECK_OK(lina_arena_unlink(where));
}

TEST("a wait for any may name streams, and gets ENDED when one has ended") {
    lina_arena_t *a = with_stream(2);
    uint32_t which = 9;
    lina_wait_t waits[2] = {{.name = "signal", .target = 1},
                            {.name = "s", .target = 1, .flags = LINA_WAIT_STREAM}};
    CHECK_ERR(lina_wait_any(a, waits, 2, 1000, &which), LINA_ERR_TIMEOUT, "");
    publish(a, "s", 1);
    CHECK_OK(lina_wait_any(a, waits, 2, LINA_FOREVER, &which));
    CHECK_EQ(which, 1);
    waits[1].target = 2;
    CHECK_OK(lina_stream_produce(a, "s"));
    CHECK_OK(lina_stream_end(a, "s"));
    CHECK_ERR(lina_wait_any(a, waits, 2, LINA_FOREVER, &which), LINA_ERR_ENDED, "stream \"s\"");
    waits[1].name = "signal";
    CHECK_ERR(lina_wait_any(a, waits, 2, 0, &which), LINA_ERR_NOT_FOUND, "no stream");
    waits[1].target = LINA_WAIT_SET;
    CHECK_ERR(lina_wait_any(a, waits, 2, 0, &which), LINA_ERR_INVALID, "stream");
}

struct heard {
    uint32_t times;
    int status;
    uint64_t value;
};

static void hear(void *context, int status, uint64_t value) {
    struct heard *heard = context;
    heard->status = status;
    heard->value = value;
    add_sc_u32(&heard->times, 1);
}

static void await_heard(struct heard *heard, int status) {
    while (load_sc_u32(&heard->times) == 0)
        pause_ms(1);
    CHECK_EQ(heard->status, status);
    CHECK_EQ(heard->times, 1);
}

TEST("notifications tell of the next generation, of an end, a death and a removal") {
    lina_arena_t *a = with_stream(4), *b;
    lina_notify_id_t id;
    struct heard next = {0}, ended = {0}, died = {0}, removed = {0}, late = {0};
    CHECK_OK(lina_notify_stream(a, "s", 1, hear, &next, &id));
    publish(a, "s", 1);
    await_heard(&next, LINA_OK);
    CHECK_EQ(next.value, 1);
    CHECK_OK(lina_stream_produce(a, "s"));
    CHECK_OK(lina_notify_stream(a, "s", 2, hear, &ended, &id));
    CHECK_OK(lina_stream_end(a, "s"));
    await_heard(&ended, LINA_ERR_ENDED);
    CHECK_OK(lina_notify_stream(a, "s", 2, hear, &late, &id)); /* the stream is over already */
    await_heard(&late, LINA_ERR_ENDED);
    CHECK_OK(lina_arena_join(a, &b));
    CHECK_OK(lina_stream_produce(b, "s"));
    CHECK_OK(lina_notify_stream(a, "s", 2, hear, &died, &id));
    CHECK_OK(lina_arena_close(b));
    await_heard(&died, LINA_ERR_DIED);
    CHECK_OK(lina_stream_produce(a, "s"));
    CHECK_OK(lina_notify_stream(a, "s", 2, hear, &removed, &id));
    CHECK_OK(lina_remove(a, "s"));
    await_heard(&removed, LINA_ERR_NOT_FOUND);
    CHECK_ERR(lina_notify_stream(a, "s", 2, hear, &removed, &id), LINA_ERR_NOT_FOUND, "\"s\"");
}

TEST("a notification of room fires when a reader takes or dies, and at once if there is room") {
    lina_arena_t *a = with_stream(1), *b;
    lina_notify_id_t id;
    lina_reader_t r, dead;
    struct heard at_once = {0}, taken = {0}, died = {0};
    CHECK_OK(lina_notify_room(a, "s", hear, &at_once, &id));
    await_heard(&at_once, LINA_OK);
    CHECK_OK(lina_reader_open(a, "s", NULL, &r));
    publish(a, "s", 1);
    CHECK_OK(lina_notify_room(a, "s", hear, &taken, &id));
    CHECK_NEXT(&r, 1, 1);
    await_heard(&taken, LINA_OK);
    CHECK_OK(lina_arena_join(a, &b));
    CHECK_OK(lina_reader_open(b, "s", NULL, &dead));
    publish(a, "s", 2);
    CHECK_NEXT(&r, 2, 2);
    CHECK_OK(lina_notify_room(a, "s", hear, &died, &id));
    CHECK_OK(lina_arena_close(b));
    await_heard(&died, LINA_OK);
    CHECK_OK(try_publish(a, "s", 3));
    lina_reader_close(&dead);
}
