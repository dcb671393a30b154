/* calls.c - see calls.h. */
#include "calls.h"

static const char *const array_names[] = {
    "a", "b", "slice", "new", "newer", "long name, of more words", "large", "gone"};
static const char *const signal_names[] = {"p", "q", "r", "s"};

static void hold(struct caller *c, int rc, lina_view_t *view) {
    if (rc != LINA_OK)
        return;
    check_reach(c->arena, &view->desc, view->data);
    lina_view_is_current(view);
    lina_release(&c->held);
    c->held = *view;
}

static void call_views(struct caller *c) {
    lina_view_t view = {.slot = 0};
    lina_array_t array;
    switch (c->number % 4) {
    case 0:
        hold(c, lina_acquire(c->arena, c->array, &view), &view);
        break;
    case 1:
        if (lina_array_find(c->arena, c->array, &array) == LINA_OK)
            hold(c, lina_array_acquire(&array, &view), &view);
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
    lina_desc_t desc, all[16];
    lina_array_t array;
    void *p;
    size_t written;
    if (lina_arena_open(c->arena, c->array, &desc) == LINA_OK &&
        lina_arena_resolve_ptr(c->arena, &desc, &p) == LINA_OK)
        check_reach(c->arena, &desc, p);
    if (lina_array_find(c->arena, c->other, &array) == LINA_OK)
        lina_array_open(&array, &desc);
    if (lina_arena_list(c->arena, all, c->number % 16, &written) != LINA_OK)
        return;
    for (size_t i = 0; i < written; i++) {
        if (memchr(all[i].name, 0, sizeof all[i].name) == NULL)
            abort();
        check_reach(c->arena, &all[i], (char *)lina_arena_base(c->arena) + all[i].offset);
    }
    lina_arena_list(c->arena, NULL, 0, &written);
}

static void call_create(struct caller *c) {
    static const uint64_t lengths[] = {0, 1, 8, 100, 2560, 40000, 130000, 1 << 20};
    uint64_t shape[] = {lengths[c->number % 8], 1};
    lina_desc_t desc;
    lina_arena_create_array(c->arena, c->array, LINA_DTYPE_U64, 2, shape, LINA_LAYOUT_F,
                            c->number % 3 == 0 ? &desc : NULL);
    if (c->number % 2 == 0)
        lina_republish(c->arena, c->other, LINA_DTYPE_U8, 1, shape, LINA_LAYOUT_C, NULL);
}

static void call_loan(struct caller *c) {
    uint64_t length = c->number * UINT64_C(37);
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
    lina_remove(c->arena, c->array);
    if (c->number % 2 == 0)
        lina_arena_reclaim(c->arena, c->other);
}

static void call_alias(struct caller *c) {
    uint64_t shape[] = {c->number % 4, 2};
    int64_t strides[] = {8 * (c->number % 5 - 2), 16};
    lina_alias(c->arena, c->array, c->other, c->number % 7 * 8, 2, shape, strides);
}

static void call_signal(struct caller *c) {
    lina_signal_t signal;
    uint64_t value;
    lina_arena_signal(c->arena, c->signal);
    lina_arena_wait_for(c->arena, c->signal, 1000000);
    lina_arena_clear(c->arena, c->signal);
    lina_arena_try_wait(c->arena, c->signal);
    lina_arena_signal_value(c->arena, c->signal, &value);
    lina_arena_wait_value(c->arena, c->signal, value + c->number % 2, 1000000);
    if (lina_signal_open(c->arena, c->signal, &signal) != LINA_OK)
        return;
    lina_signal_raise(&signal);
    lina_signal_read(&signal);
    lina_signal_clear(&signal);
    lina_signal_wait(&signal, 1000000);
}

static void call_look(struct caller *c) {
    lina_arena_info_t info;
    lina_signal_info_t signals[4];
    size_t written;
    lina_check_arena(c->arena);
    if (lina_arena_info(c->arena, &info) == LINA_OK && info.members > info.max_members)
        abort();
    if (lina_signal_list(c->arena, signals, 4, &written) == LINA_OK && written > 4)
        abort();
}

void caller_call(struct caller *c, uint8_t which, uint8_t number) {
    static void (*const calls[])(struct caller *) = {
        call_views,  call_open,  call_create, call_loan,
        call_remove, call_alias, call_signal, call_look,
    };
    c->number = number;
    c->array = array_names[number % 8];
    c->other = array_names[which / 8 % 8];
    c->signal = signal_names[number % 4];
    calls[which % 8](c);
}

void caller_rest(struct caller *c) {
    lina_release(&c->held);
    lina_release(&c->loan);
}
