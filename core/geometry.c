/* geometry.c - see geometry.h. */
#include "geometry.h"

#include <string.h>

#include "error.h"
#include "key.h"
#include "platform.h"

static uint32_t power_of_two(uint32_t at_least) {
    uint32_t n = 16;
    while (n < at_least)
        n *= 2;
    return n;
}

static uint64_t place(uint64_t *at, uint64_t count, uint64_t size, uint64_t unit) {
    uint64_t here = lina_round_up(*at, unit);
    *at = here + count * size;
    return here;
}

static uint64_t place_table(uint64_t *at, uint64_t count, uint64_t size) {
    return place(at, count, size, LINA_PAGE);
}

static bool in_bounds(uint64_t n, uint64_t most) { return n > 0 && n <= most; }

uint64_t lina_geometry_unit(uint32_t flags) {
    return (flags & LINA_ARENA_HUGE) != 0 ? platform_huge_page() : 0;
}

bool lina_geometry_compute(struct lina_geometry *geo) {
    uint64_t at = LINA_PAGE;
    if (!in_bounds(geo->data_size, LINA_MAX_DATA) || !in_bounds(geo->max_arrays, LINA_MAX_SLOTS) ||
        !in_bounds(geo->max_signals, LINA_MAX_SLOTS) ||
        !in_bounds(geo->max_members, LINA_MAX_MEMBERS))
        return false;
    geo->unit = lina_max(geo->unit, LINA_BIG_PAGE);
    geo->index_size = power_of_two(4 * geo->max_arrays);
    geo->max_streams = lina_min_u32(geo->max_arrays, LINA_MAX_STREAMS);
    geo->signal_slots = geo->max_signals + 2 * geo->max_streams;
    geo->signal_index_size = power_of_two(4 * (geo->max_signals + geo->max_streams));
    geo->ledger_size = 2 * geo->max_arrays + 2;
    geo->steps = (geo->max_arrays + LINA_STEP - 1) / LINA_STEP;
    geo->members = place_table(&at, geo->max_members, sizeof(struct lina_member));
    geo->rows = place_table(&at, geo->steps, sizeof(struct lina_rows));
    geo->index = place_table(&at, geo->index_size, sizeof(uint64_t));
    geo->signal_index = place_table(&at, geo->signal_index_size, sizeof(uint64_t));
    geo->signals = place_table(&at, geo->signal_slots, sizeof(struct lina_signal_slot));
    geo->slots = place_table(&at, geo->max_arrays, sizeof(struct lina_slot));
    geo->ledger = place_table(&at, geo->ledger_size, sizeof(struct lina_ledger));
    geo->pins =
        place_table(&at, (uint64_t)geo->steps * geo->max_members, LINA_STEP * sizeof(uint32_t));
    geo->streams = place_table(&at, geo->max_streams, sizeof(struct lina_stream));
    geo->guard = place(&at, 1, geo->unit, geo->unit);
    geo->data = place(&at, 1, geo->data_size, geo->unit);
    geo->file_size = lina_round_up(at, lina_geometry_is_huge(geo) ? geo->unit : LINA_PAGE);
    return true;
}

/* FNV-1a, a number at a time. */
static uint64_t sum(const uint64_t *numbers, size_t count) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ numbers[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* The sum of the sizes of all structs in an arena, the place of a slot's state, the limits, the places of the tables in
 * a sample arena, and the hash of a sample name. Two builds that differ in one of these have different fingerprints. */
static uint64_t fingerprint(void) {
    struct lina_geometry sample = {
        .data_size = 1, .max_arrays = 1000, .max_signals = 1000, .max_members = LINA_MAX_MEMBERS};
    lina_geometry_compute(&sample);
    struct lina_key name;
    lina_key_of(&name, "a name, to tell how names are hashed");
    const uint64_t numbers[] = {
        sizeof(struct lina_header),
        sizeof(struct lina_member),
        sizeof(struct lina_rows),
        sizeof(struct lina_slot),
        offsetof(struct lina_slot, state),
        sizeof(struct lina_ledger),
        sizeof(struct lina_signal_slot),
        sizeof(struct lina_space),
        sizeof(struct lina_stream),
        LINA_PAGE,
        LINA_BIG_PAGE,
        LINA_STEP,
        LINA_ALIGN,
        LINA_MAX_MEMBERS,
        LINA_MAX_NAME,
        LINA_MAX_DIMS,
        LINA_SPARE_MOST,
        sample.index_size,
        sample.signal_index_size,
        sample.slots,
        sample.ledger,
        sample.index,
        sample.signal_index,
        sample.signals,
        sample.pins,
        sample.streams,
        sample.data,
        name.hash,
    };
    return sum(numbers, sizeof numbers / sizeof *numbers);
}

uint32_t lina_geometry_check(const struct lina_header *header) {
    const uint64_t numbers[] = {header->data_size, header->max_arrays, header->max_signals,
                                header->max_members, header->flags};
    return (uint32_t)(sum(numbers, sizeof numbers / sizeof *numbers) >> 32);
}

void lina_geometry_write(const struct lina_geometry *geo, uint32_t flags,
                         struct lina_header *header) {
    header->magic = LINA_MAGIC;
    header->abi = LINA_ABI_VERSION;
    header->byte_order = LINA_BYTE_ORDER;
    header->fingerprint = fingerprint();
    header->data_size = geo->data_size;
    header->max_arrays = geo->max_arrays;
    header->max_signals = geo->max_signals;
    header->max_members = geo->max_members;
    header->flags = flags;
    header->check = lina_geometry_check(header);
    header->next_serial = 1;
    header->free_head = header->pending_head = LINA_NIL;
    header->signal_first = header->signal_last = LINA_NIL;
}

static int check_version(const struct lina_header *header, const char *where) {
    if (header->magic != LINA_MAGIC)
        return lina_fail(LINA_ERR_CORRUPT, "arena \"%s\": no arena: it begins with 0x%016llx",
                         where, (unsigned long long)header->magic);
    if (header->byte_order != LINA_BYTE_ORDER)
        return lina_fail(LINA_ERR_VERSION, "arena \"%s\": its byte order is 0x%08x, ours 0x%08x",
                         where, header->byte_order, LINA_BYTE_ORDER);
    if (header->abi != LINA_ABI_VERSION || header->fingerprint != fingerprint())
        return lina_fail(LINA_ERR_VERSION,
                         "arena \"%s\": its ABI is %u with layout %016llx, ours %u with %016llx",
                         where, header->abi, (unsigned long long)header->fingerprint,
                         LINA_ABI_VERSION, (unsigned long long)fingerprint());
    return LINA_OK;
}

int lina_geometry_read(struct lina_geometry *geo, const struct lina_header *header,
                       uint64_t file_size, const char *where) {
    int rc = check_version(header, where);
    if (rc == LINA_OK && header->ready != LINA_READY)
        rc = lina_fail(LINA_ERR_CORRUPT, "arena \"%s\": its creator did not finish it", where);
    if (rc != LINA_OK)
        return rc;
    *geo = (struct lina_geometry){.data_size = header->data_size,
                                  .max_arrays = header->max_arrays,
                                  .max_signals = header->max_signals,
                                  .max_members = header->max_members,
                                  .unit = lina_geometry_unit(header->flags)};
    if (!lina_geometry_compute(geo) || geo->file_size > file_size)
        return lina_fail(LINA_ERR_CORRUPT,
                         "arena \"%s\": %llu bytes of data and %u arrays, %u signals, %u members "
                         "do not fit its %llu bytes",
                         where, (unsigned long long)header->data_size, header->max_arrays,
                         header->max_signals, header->max_members, (unsigned long long)file_size);
    if (header->check != lina_geometry_check(header))
        return lina_fail(LINA_ERR_CORRUPT,
                         "arena \"%s\": its numbers are not those that it was made with: they sum "
                         "to 0x%08x, not 0x%08x",
                         where, lina_geometry_check(header), header->check);
    return LINA_OK;
}
