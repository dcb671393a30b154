/* frames.c - see frames.h. */
#include "frames.h"

/* ---- producers --------------------------------------------------------------------------------- */

static void loan_frame(struct stage *s, uint64_t tag, lina_view_t *view) {
    uint64_t length = payload_length(tag);
    CHECK_OK(lina_loan(s->arena, "frames", LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C, view));
    payload_fill(view, tag);
}

/* Publishes. Waits for room inside the call, or tries again and again. */
static void publish_frame(struct stage *s, lina_view_t *view) {
    int64_t patience = random_below(&s->random, 2) == 0 ? LINA_FOREVER : 0;
    int rc;
    while ((rc = lina_publish_within(view, patience)) == LINA_ERR_BEHIND)
        patience = 1000000;
    while (rc == LINA_ERR_TIMEOUT)
        rc = lina_publish_within(view, LINA_FOREVER);
    CHECK_OK(rc);
}

void produce_frames(struct stage *s, uint32_t producer) {
    uint64_t life = atomic_load(&s->frames->life[producer]);
    _Atomic uint64_t *published = &s->frames->published[producer][life % LIVES];
    CHECK_OK(lina_stream_produce(s->arena, "frames"));
    for (uint64_t count = 1;; count++) {
        lina_view_t view, spare;
        CHECK(count < UINT64_C(1) << COUNT_BITS);
        if (random_below(&s->random, 64) == 0) {
            loan_frame(s, 0, &spare);
            CHECK_OK(lina_discard(&spare));
        }
        loan_frame(s, frame_tag(producer, life, count), &view);
        publish_frame(s, &view);
        atomic_store(published, count);
    }
}

/* ---- readers ----------------------------------------------------------------------------------- */

/* Checks that this frame is the one after the last that this reader saw of its producer. */
static void follow_on(const struct stage *s, struct followed *all, uint64_t tag) {
    uint64_t producer = tag >> (LIFE_BITS + COUNT_BITS);
    uint64_t life = tag >> COUNT_BITS & ((UINT64_C(1) << LIFE_BITS) - 1);
    uint64_t count = tag & ((UINT64_C(1) << COUNT_BITS) - 1);
    CHECK(producer < PRODUCERS);
    struct followed *last = &all[producer];
    if (life == last->life) {
        if (count != last->count + 1)
            FAIL("producer %llu: frame %llu of life %llu came after %llu",
                 (unsigned long long)producer, (unsigned long long)count, (unsigned long long)life,
                 (unsigned long long)last->count);
        last->count = count;
        return;
    }
    /* All frames that were published before the death must have been seen. A life may have ended before its first
     * frame. */
    for (uint64_t gone = last->life; gone < life; gone++) {
        uint64_t made = atomic_load(&s->frames->published[producer][gone % LIVES]);
        uint64_t had = gone == last->life ? last->count : 0;
        if (had != made && had != made + 1)
            FAIL("producer %llu: life %llu published %llu frames, and %llu came",
                 (unsigned long long)producer, (unsigned long long)gone, (unsigned long long)made,
                 (unsigned long long)had);
    }
    if (life < last->life || count != 1)
        FAIL("producer %llu: frame %llu of life %llu came after life %llu",
             (unsigned long long)producer, (unsigned long long)count, (unsigned long long)life,
             (unsigned long long)last->life);
    *last = (struct followed){life, count};
}

/* Takes the next frame. DIED is no failure: another producer follows. */
static void next_frame(struct stage *s, lina_reader_t *reader, lina_view_t *view) {
    int rc;
    while ((rc = lina_reader_next(reader, LINA_FOREVER, view)) == LINA_ERR_DIED) {
        atomic_fetch_add(&s->frames->deaths, 1);
        sleep_ns(100000);
    }
    CHECK_OK(rc);
}

void read_all_frames(struct stage *s) {
    struct followed last[PRODUCERS] = {{0, 0}};
    lina_reader_t reader;
    CHECK_OK(lina_reader_open(s->arena, "frames", NULL, &reader));
    atomic_store(&s->frames->reading, 1);
    for (uint64_t sequence = 1;; sequence++) {
        lina_view_t view;
        next_frame(s, &reader, &view);
        if (view.sequence != sequence)
            FAIL("sequence %llu came where %llu had to", (unsigned long long)view.sequence,
                 (unsigned long long)sequence);
        follow_on(s, last, payload_check(&view));
        lina_release(&view);
        atomic_store(&s->frames->seen, sequence);
    }
}

static lina_reader_options_t any_options(struct stage *s) {
    static const uint32_t starts[] = {LINA_START_NEXT, LINA_START_LATEST, LINA_START_OLDEST};
    lina_reader_options_t options = {.start = starts[random_below(&s->random, 3)]};
    options.flags = random_below(&s->random, 4) == 0 ? LINA_READER_LOSSY : 0;
    options.max_held = 1 + random_below(&s->random, 3);
    return options;
}

/* Reads some frames, one after the other. Some readers hold each until the next. Returns the last sequence. */
static uint64_t read_some(struct stage *s, const lina_reader_options_t *options) {
    lina_reader_t reader;
    lina_view_t view, before = {.data = NULL};
    CHECK_OK(lina_reader_open(s->arena, "frames", options, &reader));
    bool keeps = options->max_held > 1;
    uint64_t last = lina_reader_sequence(&reader), began_lost = lina_reader_lost(&reader);
    for (uint32_t n = random_below(&s->random, 2000); n > 0; n--) {
        next_frame(s, &reader, &view);
        payload_check(&view);
        uint64_t passed = lina_reader_lost(&reader) - began_lost;
        CHECK(view.sequence == last + 1 + passed);
        CHECK(passed == 0 || (options->flags & LINA_READER_LOSSY) != 0);
        began_lost += passed;
        last = view.sequence;
        lina_release(&before);
        if (keeps)
            CHECK_OK(lina_view_move(&view, &before));
        else
            lina_release(&view);
        atomic_fetch_add(&s->frames->others_seen, 1);
    }
    lina_release(&before);
    atomic_fetch_add(&s->frames->lost, lina_reader_lost(&reader));
    lina_reader_close(&reader);
    return last;
}

void read_frames(struct stage *s) {
    lina_reader_options_t options = any_options(s);
    for (;;) {
        uint64_t last = read_some(s, &options);
        options = any_options(s);
        if (random_below(&s->random, 2) == 0) {
            options.start = LINA_START_AT;
            options.at = last + 1;
        }
    }
}
