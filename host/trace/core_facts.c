/* core_facts.c - the only file of the tracer that includes the core's own headers. */
#include "../../core/platform.h"
#include "../../core/signals.h"

#include "tracer.h"

const char *tracer_signal_name(const lina_signal_t *signal, char text[LINA_MAX_NAME]) {
    struct lina_signal_place place = {signal->incarnation, (uint32_t)signal->slot};
    return lina_signal_name(signal->arena, place, text);
}

int tracer_is_eventfd(int descriptor) { return platform_is_eventfd(descriptor); }
