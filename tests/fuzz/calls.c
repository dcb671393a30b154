/* calls.c - see calls.h. */
#include "calls.h"
#include "tables.h"

#include "../../core/translate.h"

static const char *const array_names[] = {"a",     "b",         "slice", "new",
                                          "newer", TABLES_LONG, "large", "mirror"};
static const char *const signal_names[] = {"p", TABLES_LONG, "r", "s"};

#define MOMENT INT64_C(10000)
#define U4 UINT32_C(0x00010401) /* half a byte */

static void hold(struct caller *c, int rc, lina_view_t *view) {
    if (rc != LINA_OK)
        return;
    check_reach(c->arena, &view->desc, view->data);
    lina_view_is_current(view);
    lina_release(&c->held);
    lina_view_move(view, &c->held);
}

static void call_views(struct caller *c) {
    lina_view_t view = {.slot = 0};
    switch (c->number % 4) {
    case 0:
        hold(c, lina_acquire(c->arena, c->array, &view), &view);
        break;
    case 1:
        if (c->handle.arena != NULL || lina_array_find(c->arena, c->array, &c->handle) == LINA_OK)
            hold(c, lina_array_acquire(&c->handle, &view), &view);
        break;
    case 2:
        if (c->held.arena != NULL && lina_retain(&c->held, &view) == LINA_OK)
            lina_release(&view);
        break;
    default:
        lina_release(&c->held);
    }
}

static void call_open(struct caller *c) {
    void *p;
    if (lina_arena_resolve_ptr(c->arena, &c->seen, &p) == LINA_OK)
        check_reach(c->arena, &c->seen, p);
    if (c->number % 2 == 0)
        lina_arena_open(c->arena, c->array, &c->seen);
    else if (c->handle.arena != NULL)
        lina_array_open(&c->handle, &c->seen);
    if (c->number % 4 == 3)
        lina_array_find(c->arena, c->other, &c->handle);
    if (lina_arena_resolve_ptr(c->arena, &c->seen, &p) == LINA_OK)
        check_reach(c->arena, &c->seen, p);
}

static void call_list(struct caller *c) {
    lina_desc_t all[16];
    size_t written;
    if (lina_arena_list(c->arena, all, c->number % 16, &written, NULL) != LINA_OK)
        return;
    for (size_t i = 0; i < written; i++) {
        if (memchr(all[i].name, 0, sizeof all[i].name) == NULL)
            abort();
        check_reach(c->arena, &all[i], (char *)lina_arena_base(c->arena) + all[i].offset);
    }
    if (c->number % 4 == 0)
        lina_arena_list(c->arena, NULL, 0, &written, NULL);
}

static void call_create(struct caller *c) {
    static const uint64_t lengths[] = {0, 1, 8, 100, 2560, 40000, 600000, TABLES_DATA / 8};
    static const uint32_t dtypes[] = {LINA_DTYPE_U64, LINA_DTYPE_F32, LINA_DTYPE_C128, U4};
    uint64_t shape[] = {lengths[c->number % 8], 1};
    lina_desc_t desc, *out = c->number % 3 == 0 ? &desc : NULL;
    int rc = c->number / 8 % 2 == 0
                 ? lina_arena_create_array(c->arena, c->array, dtypes[c->number / 16 % 4], 2, shape,
                                           LINA_LAYOUT_F, out)
                 : lina_republish(c->arena, c->array, LINA_DTYPE_U8, 1, shape, LINA_LAYOUT_C, out);
    if (rc == LINA_OK && out != NULL)
        check_reach(c->arena, &desc, (char *)lina_arena_base(c->arena) + desc.offset);
}

static void call_loan(struct caller *c) {
    uint64_t length = c->number * UINT64_C(3);
    if (c->loan.arena == NULL) {
        if (lina_loan(c->arena, c->array, LINA_DTYPE_U64, 1, &length, LINA_LAYOUT_C, &c->loan) !=
            LINA_OK)
            return;
        check_reach(c->arena, &c->loan.desc, c->loan.data);
        memset(c->loan.data, 1, c->loan.desc.nbytes);
    } else if (c->number % 3 == 0 ? lina_discard(&c->loan) : lina_publish(&c->loan)) {
        lina_release(&c->loan);
    }
}

static void call_remove(struct caller *c) {
    if (c->number % 8 == 3) /* then publishes by other members fail */
        lina_name_own(c->arena, c->other);
    else if (c->number % 8 == 5)
        lina_name_disown(c->arena, c->other);
    lina_remove(c->arena, c->array);
    if (c->number % 2 == 0)
        lina_arena_reclaim(c->arena, c->other);
}

static void call_alias(struct caller *c) {
    uint64_t shape[] = {c->number % 4, 2};
    int64_t strides[] = {8 * (c->number % 5 - 2), 16};
    lina_alias(c->arena, c->array, c->other, c->number % 7 * 8, 2, shape, strides);
}

/* Any answer is right, as long as the wait ends and `which` is one of the waits. */
static void wait_any(struct caller *c) {
    lina_wait_t waits[4];
    uint32_t n = c->number % 4 + 1, which = 0;
    for (uint32_t i = 0; i < n; i++)
        waits[i] = (lina_wait_t){.name = signal_names[(c->number / 4 + i) % 4],
                                 .target = i % 2 == 0 ? LINA_WAIT_SET : c->number};
    int rc = lina_wait_any(c->arena, waits, n, c->number % 3 == 0 ? 0 : MOMENT, &which);
    if (rc == LINA_OK && which >= n)
        abort();
}

static void call_signal_more(struct caller *c) {
    lina_signal_t signal;
    int rc = lina_signal_open(c->arena, c->signal, &signal);
    lina_arena_signal_add(c->arena, c->signal, c->number / 8);
    if (c->number % 2 == 0)
        lina_arena_signal_remove(c->arena, c->signal);
    if (c->number % 8 == 0)
        lina_arena_signal(c->arena, signal_names[c->number / 8 % 4]);
    wait_any(c);
    if (rc != LINA_OK)
        return;
    lina_signal_raise_by(&signal, c->number);
    lina_signal_raise(&signal);
    lina_signal_is_set(&signal);
    lina_signal_clear(&signal);
    lina_signal_wait_value(&signal, c->number, MOMENT);
}

static void call_signal(struct caller *c) {
    lina_signal_t signal;
    uint64_t value = 0;
    lina_arena_signal(c->arena, c->signal);
    lina_arena_clear(c->arena, c->signal);
    lina_arena_try_wait(c->arena, c->signal);
    lina_arena_signal_value(c->arena, c->signal, &value);
    if (lina_signal_open(c->arena, c->signal, &signal) != LINA_OK)
        return;
    lina_signal_raise(&signal);
    lina_signal_read(&signal);
    switch (c->number / 4 % 4) {
    case 0:
        lina_arena_wait_for(c->arena, c->signal, MOMENT);
        break;
    case 1:
        lina_arena_wait_value(c->arena, c->signal, value + 3, MOMENT);
        break;
    case 2:
        lina_signal_clear(&signal);
        lina_signal_wait(&signal, MOMENT);
        break;
    default:
        lina_signal_wait_value(&signal, value, MOMENT);
    }
}

static void read_tensor(const struct DLTensor *tensor) {
    const volatile uint8_t *first = tensor->data;
    if (first != NULL)
        (void)*first;
}

static void call_export(struct caller *c) {
    struct DLManagedTensor *tensor;
    struct DLManagedTensorVersioned *versioned;
    struct ArrowSchema schema;
    struct ArrowArray array;
    if (c->number % 3 == 0 && lina_export_dlpack(&c->held, &tensor) == LINA_OK) {
        read_tensor(&tensor->dl_tensor);
        tensor->deleter(tensor);
    }
    if (c->number % 3 == 1 && lina_export_dlpack_versioned(&c->held, &versioned) == LINA_OK) {
        read_tensor(&versioned->dl_tensor);
        versioned->deleter(versioned);
    }
    if (c->number % 3 == 2 && lina_export_arrow(&c->held, &schema, &array) == LINA_OK) {
        schema.release(&schema);
        array.release(&array);
    }
}

static void ignore(void *context, int status, uint64_t value) {
    (void)context, (void)status, (void)value;
}

static void call_notify(struct caller *c) {
    lina_notify_id_t id, other;
    int rc = lina_notify(c->arena, c->signal, c->number, ignore, NULL, &id);
    if (rc == LINA_OK && c->number % 2 == 0)
        lina_arena_signal(c->arena, c->signal);
    if (rc == LINA_OK && c->number % 8 == 1)
        lina_arena_signal_remove(c->arena, c->signal);
    if (rc == LINA_OK &&
        lina_notify(c->arena, c->signal, UINT64_MAX, ignore, NULL, &other) == LINA_OK)
        lina_notify_cancel(other);
    if (rc == LINA_OK)
        lina_notify_cancel(id);
}

static void take(struct caller *c) {
    lina_view_t view = {.slot = 0};
    if (c->reader.arena != NULL)
        hold(c, lina_reader_next(&c->reader, c->number % 2 == 0 ? 0 : MOMENT, &view), &view);
}

static void open_reader(struct caller *c) {
    lina_reader_options_t options = {.start = c->number / 8 % 4, .flags = c->number / 32 % 4};
    options.at = options.start == LINA_START_AT ? 2 : 0;
    lina_reader_close(&c->reader);
    c->reader.arena = NULL;
    lina_reader_open(c->arena, c->array, &options, &c->reader);
}

static void ask_about_stream(struct caller *c) {
    lina_stream_info_t infos[2];
    lina_reader_info_t readers[2];
    lina_notify_id_t id;
    size_t written;
    lina_stream_info(c->arena, c->array, infos);
    if (lina_stream_list(c->arena, infos, 2, &written, NULL) == LINA_OK && written > 2)
        abort();
    if (lina_reader_list(c->arena, c->array, readers, 2, &written, NULL) == LINA_OK && written > 2)
        abort();
    if (lina_notify_stream(c->arena, c->array, c->number, ignore, NULL, &id) == LINA_OK)
        lina_notify_cancel(id);
    if (lina_notify_room(c->arena, c->array, ignore, NULL, &id) == LINA_OK)
        lina_notify_cancel(id);
}

static void call_stream(struct caller *c) {
    switch (c->number % 8) {
    case 0:
        lina_stream_open(c->arena, c->array, c->number / 8 % 5);
        break;
    case 1:
        open_reader(c);
        break;
    case 2:
        lina_stream_produce(c->arena, c->array);
        break;
    case 3:
        lina_stream_end(c->arena, c->array);
        break;
    case 4:
        if (c->loan.arena != NULL && lina_publish_within(&c->loan, MOMENT) != LINA_OK)
            lina_release(&c->loan);
        break;
    case 5:
        ask_about_stream(c);
        break;
    default:
        take(c);
    }
}

static void call_look(struct caller *c) {
    lina_arena_info_t info;
    lina_signal_info_t signals[4];
    size_t written, total;
    lina_check_arena(c->arena);
    int rc =
        c->number % 8 == 0 ? lina_arena_inspect(c->where, &info) : lina_arena_info(c->arena, &info);
    if (rc == LINA_OK && (info.members > info.max_members || info.arrays > info.max_arrays))
        abort();
    if (lina_signal_list(c->arena, signals, 4, &written, &total) != LINA_OK || written > 4 ||
        written > total)
        abort();
    for (size_t i = 0; i < written; i++)
        if (memchr(signals[i].name, 0, sizeof signals[i].name) == NULL)
            abort();
}

void caller_call(struct caller *c, uint8_t which, uint8_t number) {
    static void (*const calls[CALLER_KINDS])(struct caller *) = {
        call_views, call_open,        call_list,   call_create, call_export,
        call_loan,  call_remove,      call_alias,  call_signal, call_notify,
        call_look,  call_signal_more, call_stream,
    };
    c->number = number;
    c->array = array_names[which / CALLER_KINDS % 8];
    c->other = array_names[number / 32];
    c->signal = signal_names[which / CALLER_KINDS % 4];
    calls[which % CALLER_KINDS](c);
}

void caller_rest(struct caller *c) {
    lina_reader_close(&c->reader);
    lina_release(&c->held);
    lina_release(&c->loan);
}
