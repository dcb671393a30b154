/* streaming.c - reads a stream for an importer. Its reader is reliable, so the exporter's producer waits for the
 * importer. The reader is closed when the link is lost, so that the producer does not wait for a lost host. */
#include "outlet.h"

#define RETRY UINT64_C(50000000)

static lina_arena_t *arena_of(const struct outlet *outlet) {
    return outlet->link->bridge->config->arena;
}

static void tell_end(struct outlet *outlet, uint32_t state) {
    if (outlet->told_end == state)
        return;
    outlet->told_end = state;
    struct frame_end frame = {{FRAME_END, outlet->index}, state};
    link_send(outlet->link, &frame, sizeof frame);
}

/* The reader goes on after the last generation that arrived. For a new importer it begins with the newest. */
static int open_reader(struct outlet *outlet) {
    lina_reader_options_t options = {.start = LINA_START_LATEST};
    if (outlet->acknowledged > 0) {
        options.start = LINA_START_AT;
        options.at = outlet->acknowledged + 1;
    }
    return lina_reader_open(arena_of(outlet), outlet_name(outlet), &options, &outlet->reader);
}

/* The stream was removed. The next stream of this name counts from 1. */
static void begin_anew(struct outlet *outlet) {
    announcing_give_up(outlet);
    outlet->acknowledged = 0;
}

/* Tells the importer if the name is that of an array and not of a stream. */
static void refuse_array(struct outlet *outlet) {
    lina_view_t view;
    if (lina_acquire(arena_of(outlet), outlet_name(outlet), &view) != LINA_OK)
        return;
    lina_release(&view);
    outlet_refuse(outlet, "is no stream: import it as a snapshot");
}

/* Whether a stream of this name has something to read. A stream that was removed and made again begins anew. */
static bool is_worth_opening(struct outlet *outlet) {
    lina_stream_info_t info;
    int code = lina_stream_info(arena_of(outlet), outlet_name(outlet), &info);
    if (code == LINA_ERR_NOT_FOUND) {
        begin_anew(outlet);
        refuse_array(outlet);
    }
    if (code != LINA_OK)
        return false;
    outlet->depth = info.depth;
    if (info.sequence < outlet->acknowledged)
        begin_anew(outlet);
    return info.state != LINA_STREAM_ENDED || info.sequence != outlet->acknowledged ||
           outlet->told_end == 0;
}

static bool has_reader(struct outlet *outlet) {
    if (outlet->has_reader)
        return true;
    if (outlet->link->bridge->now < outlet->retry)
        return false;
    outlet->retry = outlet->link->bridge->now + RETRY;
    outlet->has_reader = is_worth_opening(outlet) && open_reader(outlet) == LINA_OK;
    if (outlet->has_reader && lina_reader_lost(&outlet->reader) > 0)
        bridge_say(outlet->link->bridge, "%s has missed %llu generations of \"%s\"",
                   outlet->link->host, (unsigned long long)lina_reader_lost(&outlet->reader),
                   outlet_name(outlet));
    return outlet->has_reader;
}

bool streaming_next(struct outlet *outlet, lina_view_t *view) {
    if (!has_reader(outlet))
        return false;
    int code = lina_reader_next(&outlet->reader, 0, view);
    if (code == LINA_OK) {
        outlet->told_end = 0;
        return true;
    }
    if (code == LINA_ERR_DIED)
        tell_end(outlet, LINA_STREAM_DIED);
    if (code == LINA_ERR_ENDED) { /* the stream was ended or removed */
        tell_end(outlet, LINA_STREAM_ENDED);
        streaming_stop(outlet);
    }
    return false;
}

uint64_t streaming_newest(const struct outlet *outlet) {
    lina_signal_t head;
    bool is_there = lina_stream_head(arena_of(outlet), outlet_name(outlet), &head) == LINA_OK;
    return is_there ? lina_signal_read(&head) : 0;
}

void streaming_stop(struct outlet *outlet) {
    if (outlet->has_reader)
        lina_reader_close(&outlet->reader);
    outlet->has_reader = false;
}
