/* streams.c - checks readers of a stream while others publish, come and go:
 *
 *   streams [TAKEN] [threads|processes] [lossy]
 *
 * Reliable readers get every generation, in order and whole; a lossy one gets whole ones in order, and the count
 * of those that it lost. Meanwhile others open readers and close them again, ask about the stream, and look at
 * the newest generation as if it were no stream. There is little space, so that memory is used again at once.
 *
 * With "lossy", there is one kept generation, one lossy reader, and a publisher that waits for nobody. */
#include "party.h"

static uint32_t depth = 3; /* set before the parties begin */

#define A_MOMENT                                                                                   \
    INT64_C(1000000) /* the longest wait, so that a party notices the end of the test */

static void publish(struct party *p, uint64_t tag) {
    lina_view_t view;
    uint64_t length = payload_length(tag);
    CHECK_OK(lina_loan(p->arena, "s", LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C, &view));
    payload_fill(&view, tag);
    int rc;
    do
        rc = lina_publish_within(&view, tag % 3 == 0 ? 0 : A_MOMENT);
    while ((rc == LINA_ERR_TIMEOUT || rc == LINA_ERR_BEHIND) && !party_over(p));
    if (rc == LINA_OK)
        party_did(p, 1);
    else
        CHECK_OK(lina_discard(&view));
}

static void publisher(struct party *p) {
    CHECK_OK(lina_stream_produce(p->arena, "s"));
    for (uint64_t tag = 1 + p->index; !party_over(p); tag += 7)
        publish(p, tag);
    CHECK_OK(lina_stream_end(p->arena, "s"));
}

/* Takes generations until the test is over, at most `most`. */
static void take(struct party *p, const lina_reader_options_t *options, uint64_t most) {
    lina_reader_t reader;
    CHECK_OK(lina_reader_open(p->arena, "s", options, &reader));
    uint64_t last = lina_reader_sequence(&reader), began = last, taken = 0;
    while (taken < most && !party_over(p)) {
        lina_view_t view;
        int rc = lina_reader_next(&reader, A_MOMENT, &view);
        if (rc == LINA_ERR_TIMEOUT)
            continue;
        if (rc == LINA_ERR_ENDED || rc == LINA_ERR_DIED)
            break; /* publishers have ended with the test, or others have not begun yet */
        CHECK_OK(rc);
        payload_check(&view);
        CHECK(view.sequence > last);
        taken++;
        last = view.sequence;
        CHECK(last == began + taken + lina_reader_lost(&reader));
        lina_release(&view);
        party_did(p, 1);
    }
    if ((options->flags & LINA_READER_LOSSY) == 0)
        CHECK(lina_reader_lost(&reader) == 0);
    lina_reader_close(&reader);
}

static void reliable(struct party *p) {
    lina_reader_options_t options = {.start = LINA_START_NEXT};
    take(p, &options, UINT64_MAX);
}

static void lossy(struct party *p) {
    lina_reader_options_t options = {.start = LINA_START_OLDEST, .flags = LINA_READER_LOSSY};
    take(p, &options, UINT64_MAX);
}

static void visitor(struct party *p) {
    while (!party_over(p)) {
        lina_reader_options_t options = {.start = random_below(&p->random, 3)};
        take(p, &options, random_below(&p->random, 20));
        lina_stream_info_t info;
        CHECK_OK(lina_stream_info(p->arena, "s", &info));
        CHECK(info.kept <= depth && info.unread <= depth && info.depth == depth);
        lina_view_t view;
        CHECK_OK(lina_acquire(p->arena, "s", &view));
        payload_check(&view);
        lina_release(&view);
    }
}

int main(int argc, char **argv) {
    static const char taken[] = "generations taken";
    static const struct role all[] = {
        {publisher, "publishes", 2, false},
        {reliable, taken, 2, true},
        {lossy, "taken by a lossy reader", 1, false},
        {visitor, "taken by visitors", 1, false},
    };
    static const struct role hasty[] = {
        {publisher, "publishes", 1, false},
        {lossy, taken, 1, true},
    };
    bool hurries = argc > 3 && strcmp(argv[3], "lossy") == 0;
    if (hurries)
        depth = 1;
    static const lina_arena_options_t options = {.max_members = 8};
    lina_arena_t *arena;
    uint64_t length = payload_length(0);
    CHECK_OK(lina_arena_create(NULL, 64 << 10, &options, &arena));
    CHECK_OK(lina_stream_open(arena, "s", depth));
    CHECK_OK(lina_republish(arena, "s", LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C, NULL));
    parties_run(arena, parties_as_processes(argc, argv), hurries ? hasty : all, hurries ? 2 : 4,
                argument(argc, argv, 1, 200000));
    CHECK_OK(lina_check_arena(arena));
    CHECK_OK(lina_remove(arena, "s"));
    lina_arena_info_t info;
    CHECK_OK(lina_arena_info(arena, &info));
    CHECK(info.arrays == 0 && info.held == 0 && info.kept == 0 && info.used_bytes == 0 &&
          info.members == 1);
    CHECK_OK(lina_arena_close(arena));
    return 0;
}
