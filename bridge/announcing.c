/* announcing.c - sends signals to an importer. A signal is sent once everything that it announces was sent. Its frame
 * names the arrays that the importer has not acknowledged yet, and the importer raises the signal after those. So the
 * exporter need not wait for acknowledgements. */
#include <string.h>

#include "exporter.h"
#include "outlet.h"

static struct outlet *of_row(const struct outlets *outlets, uint32_t row) {
    for (uint32_t i = 0; i < outlets->n; i++)
        if (outlets->all[i] != NULL && outlets->all[i]->row == row)
            return outlets->all[i];
    return NULL;
}

/* The ticket of the newest generation. It must arrive before a signal whose counter was read before this call. */
static uint64_t needed_now(struct outlet *outlet) {
    outlet_look(outlet);
    if (outlet->mode == BRIDGE_STREAM)
        return streaming_newest(outlet);
    bool is_newest = outlet->view.data == NULL || lina_view_is_current(&outlet->view);
    return is_newest ? outlet->ticket : outlet->ticket + 1;
}

static const struct bridge_export *export_of(const struct outlet *outlet) {
    return &outlet->link->bridge->config->exports[outlet->row];
}

/* Sets the tickets of generations that have arrived to 0: the signal needs them no more. */
static void settle(const struct outlets *outlets, struct outlet *signal) {
    const struct bridge_export *export = export_of(signal);
    for (uint32_t i = 0; i < export->n_announces; i++) {
        const struct outlet *announced = of_row(outlets, export->announces[i]);
        if (announced == NULL || announced->acknowledged >= signal->needed[i])
            signal->needed[i] = 0;
    }
}

/* True if the importer has not acknowledged everything that the last value of this signal announced. */
static bool is_waiting(const struct outlet *signal) {
    for (uint32_t i = 0; i < export_of(signal)->n_announces; i++)
        if (signal->needed[i] != 0)
            return true;
    return false;
}

/* Reads the counter first, and then looks at the generations. So it finds every generation that was published before
 * the signal. The next value waits until the importer has raised the last one. Otherwise, the importer might never
 * raise a signal that is raised all the time here. */
static void look_at_signal(const struct outlets *outlets, struct outlet *signal) {
    const struct bridge_export *export = export_of(signal);
    uint64_t value = 0;
    if (signal->is_sending ||
        lina_arena_signal_value(outlets->link->bridge->config->arena, export->name, &value) !=
            LINA_OK ||
        value == signal->ticket || is_waiting(signal))
        return;
    signal->ticket = value;
    signal->is_sending = true;
    for (uint32_t i = 0; i < export->n_announces; i++) {
        struct outlet *announced = of_row(outlets, export->announces[i]);
        signal->needed[i] = announced == NULL ? 0 : needed_now(announced);
    }
}

/* Fills in the generations that the importer must wait for. False if one of them was not sent yet, or if there are more
 * than a frame can name. */
static bool list_needed(const struct outlets *outlets, const struct outlet *signal,
                        struct frame_signal *frame) {
    const struct bridge_export *export = export_of(signal);
    uint32_t n = 0;
    for (uint32_t i = 0; i < export->n_announces; i++) {
        const struct outlet *announced = of_row(outlets, export->announces[i]);
        if (announced == NULL || signal->needed[i] == 0)
            continue;
        if (n == FRAME_AFTER_MOST || announced->ticket < signal->needed[i] ||
            !announced->has_sent_all)
            return false;
        frame->after[n++] = (struct frame_after){announced->index, 0, announced->ticket};
    }
    return true;
}

static bool take_signal(const struct outlets *outlets, struct outlet *signal,
                        struct frame_signal *frame) {
    *frame = (struct frame_signal){.head = {FRAME_SIGNAL, signal->index}, .value = signal->ticket};
    if (!signal->is_sending || !list_needed(outlets, signal, frame))
        return false;
    signal->is_sending = false;
    link_note_sent(outlets->link);
    board_arrived(&outlets->link->bridge->board, signal->row, 0);
    return true;
}

static struct outlet *signal_at(const struct outlets *outlets, uint32_t i) {
    struct outlet *outlet = outlets->all[i];
    return outlet != NULL && outlet->mode == BRIDGE_SIGNAL ? outlet : NULL;
}

void announcing_look(const struct outlets *outlets) {
    for (uint32_t i = 0; i < outlets->n; i++)
        if (signal_at(outlets, i) != NULL)
            settle(outlets, outlets->all[i]);
    for (uint32_t i = 0; i < outlets->n; i++)
        if (signal_at(outlets, i) != NULL)
            look_at_signal(outlets, outlets->all[i]);
}

void announcing_give_up(const struct outlet *gone) {
    const struct outlets *outlets = gone->link->outlets;
    for (uint32_t i = 0; i < outlets->n; i++) {
        const struct outlet *signal = signal_at(outlets, i);
        for (uint32_t j = 0; signal != NULL && j < export_of(signal)->n_announces; j++)
            if (export_of(signal)->announces[j] == gone->row)
                signal->needed[j] = 0;
    }
}

bool announcing_take(const struct outlets *outlets, struct frame_signal *frame) {
    for (uint32_t i = 0; i < outlets->n; i++)
        if (signal_at(outlets, i) != NULL && take_signal(outlets, outlets->all[i], frame))
            return true;
    return false;
}

void announcing_send(const struct outlets *outlets) {
    struct frame_signal frame;
    while (announcing_take(outlets, &frame))
        link_send(outlets->link, &frame, sizeof frame);
}

bool exporter_owes_signals(const struct link *link) {
    const struct outlets *outlets = link->outlets;
    for (uint32_t i = 0; i < outlets->n; i++) {
        const struct outlet *signal = signal_at(outlets, i);
        uint64_t value = 0;
        if (signal == NULL)
            continue;
        lina_arena_signal_value(link->bridge->config->arena, outlet_name(signal), &value);
        if (signal->is_sending || value != signal->ticket || is_waiting(signal))
            return true;
    }
    return false;
}
