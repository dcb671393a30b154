/* named.h - makes arenas with a name, and reads and writes a number in an array. */
#ifndef TEST_NAMED_H
#define TEST_NAMED_H

#include "../helpers.h"

static inline const char *path_of(const char *where) {
    static char path[256];
    bool shm = strncmp(where, "shm:", 4) == 0;
    snprintf(path, sizeof path, "%s%s", shm ? "/dev/shm/lina." : "", where + (shm ? 4 : 5));
    return path;
}

static inline bool exists(const char *where) { return access(path_of(where), F_OK) == 0; }

static inline lina_arena_t *create_named(const char *where, uint32_t flags) {
    lina_arena_options_t options = {.flags = flags};
    lina_arena_t *arena;
    CHECK_OK(lina_arena_create(where, MIB, &options, &arena));
    return arena;
}

static inline lina_arena_t *attach(const char *where) {
    lina_arena_t *arena;
    CHECK_OK(lina_arena_attach(where, 0, &arena));
    return arena;
}

static inline void write_f64(lina_arena_t *arena, const char *name, double value) {
    lina_view_t loan = borrow(&loan, arena, name, F64, 16);
    for (int i = 0; i < 16; i++)
        ((double *)loan.data)[i] = value;
    CHECK_OK(lina_publish(&loan));
}

static inline double read_f64(lina_arena_t *arena, const char *name) {
    lina_view_t view = hold(&view, arena, name);
    double value = ((const double *)view.data)[15];
    lina_release(&view);
    return value;
}

#endif
