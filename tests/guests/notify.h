/* notify.h - what the tests of notifications share. */
#ifndef TEST_NOTIFY_H
#define TEST_NOTIFY_H

#include <dirent.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#include "../helpers.h"

#define LONGEST 60000 /* ms; then an event that did not come counts as lost */

/* Waits until another thread has made the condition true. */
#define EVENTUALLY(condition)                                                                      \
    do {                                                                                           \
        for (int waited_ = 0; !(condition); waited_++) {                                           \
            if (waited_ > LONGEST)                                                                 \
                FAIL("never came: %s", #condition);                                                \
            pause_ms(1);                                                                           \
        }                                                                                          \
    } while (0)

/* The arguments of a callback that runs once, and how often it ran. */
struct told {
    atomic_int calls;
    int status;
    uint64_t value;
    pthread_t thread;
};

static inline void tell(void *context, int status, uint64_t value) {
    struct told *told = context;
    told->status = status;
    told->value = value;
    told->thread = pthread_self();
    atomic_fetch_add(&told->calls, 1); /* last, when the other fields are complete */
}

static inline lina_notify_id_t ask(lina_arena_t *arena, const char *name, uint64_t target,
                                   struct told *told) {
    lina_notify_id_t id = 0;
    CHECK_OK(lina_notify(arena, name, target, tell, told, &id));
    CHECK(id != 0);
    return id;
}

static inline lina_arena_t *arena_of_signals(uint32_t max_signals) {
    lina_arena_options_t options = {.max_signals = max_signals};
    lina_arena_t *arena;
    CHECK_OK(lina_arena_create(NULL, 4096, &options, &arena));
    return arena;
}

/* The number of helper threads in this process, found by their name. */
static inline int count_helpers(void) {
    int n = 0;
    DIR *tasks = opendir("/proc/self/task");
    CHECK(tasks != NULL);
    for (const struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
        char path[320], name[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        FILE *file = fopen(path, "r");
        if (file == NULL)
            continue;
        n += fgets(name, sizeof name, file) != NULL && strcmp(name, "lina-notify\n") == 0;
        fclose(file);
    }
    closedir(tasks);
    return n;
}

/* ThreadSanitizer would end a child that starts threads of its own. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void) { return "die_after_fork=0"; }

#endif
