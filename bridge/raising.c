/* raising.c - raises the signals that a link receives, each after the generations that its frame names. A counter here
 * grows by as much as the exporter's. */
#include "importer.h"
#include "inlet.h"

/* If the counter is smaller than before, the signal was removed at the exporter and made again. */
static void raise_to(struct inlet *inlet, uint64_t value) {
    lina_arena_t *arena = inlet_arena(inlet);
    const char *name = inlet->import->name;
    uint64_t here = 0;
    if (!inlet->has_received && lina_arena_signal_value(arena, name, &here) == LINA_OK)
        inlet->received = here < value ? here : value;
    uint64_t base = value < inlet->received ? 0 : inlet->received;
    if (lina_arena_signal_add(arena, name, value - base) != LINA_OK)
        bridge_say(inlet->link->bridge, "cannot raise \"%s\": %s", name, lina_last_error());
    inlet->received = value;
    inlet->has_received = true;
    board_arrived(&inlet->link->bridge->board, inlet->row, 0);
}

/* True until the generation is published or skipped. */
static bool is_arriving(struct link *link, const struct frame_after *after) {
    const struct inlet *inlet = after->ticket == 0 ? NULL : inlet_find(link, after->index);
    return inlet != NULL && inlet->stage != STAGE_IDLE && inlet->ticket == after->ticket;
}

static void raise_if_due(struct inlet *inlet) {
    for (uint32_t i = 0; i < FRAME_AFTER_MOST; i++)
        if (is_arriving(inlet->link, &inlet->held.after[i]))
            return;
    inlet->is_held = false;
    raise_to(inlet, inlet->held.value);
}

void raising_go_on(struct link *link) {
    for (uint32_t i = 0; i < link->inlets->n; i++)
        if (link->inlets->all[i].is_held)
            raise_if_due(&link->inlets->all[i]);
}

void importer_signal(struct link *link, const struct frame_signal *signal) {
    struct inlet *inlet = inlet_find(link, signal->head.index);
    if (inlet == NULL || !inlet_is_signal(inlet)) {
        link_fail(link, "it raised a signal that nobody asked for");
        return;
    }
    inlet->held = *signal;
    inlet->is_held = true;
    raise_if_due(inlet);
}
