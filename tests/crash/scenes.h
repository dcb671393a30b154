/* scenes.h - the calls in which step.c lets a process die at every instruction. */
#ifndef LINA_TEST_SCENES_H
#define LINA_TEST_SCENES_H

#include "../torture.h"

/* The arena and views of a scene. The survivor fills in the struct, and the process that dies has a copy by fork. */
struct stage {
    lina_arena_t *arena;
    char where[32];
    lina_view_t view;     /* `prepare` makes it for `act` */
    lina_view_t kept;     /* a view of the survivor, which must stay whole */
    lina_reader_t reader; /* the survivor's, if it has taken all of the stream "a" */
};

struct scene {
    const char *name;
    void (*set)(struct stage *);     /* runs in the survivor; may be NULL */
    void (*prepare)(struct stage *); /* runs in the process that dies, unstepped; may be NULL */
    void (*act)(struct stage *);     /* the call that is stepped */
    const char *dies_before; /* a scene in which another process died half-way before; or NULL */
};

extern const struct scene scenes[];
extern const size_t scene_count;

const struct scene *scene_named(const char *name);

/* The names that scenes use. Each call changes at most one of them, and only once. */
extern const char *const scene_names[];
extern const size_t scene_name_count;

/* Makes a small arena in which every scene begins. It has "a", published twice; "b"; a slice of "a"; and a signal. */
void stage_open(struct stage *stage);
void stage_close(struct stage *stage);

/* Publishes the next generation of a name with this tag. */
void stage_publish(lina_arena_t *arena, const char *name, uint64_t tag);

#endif
