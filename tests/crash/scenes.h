/* scenes.h - the calls that step.c lets die at every instruction. */
#ifndef LINA_TEST_SCENES_H
#define LINA_TEST_SCENES_H

#include "../torture.h"

/* Where a scene plays. The same struct serves the survivor and, after fork, the one that dies. */
struct stage {
    lina_arena_t *arena;
    char where[32];
    lina_view_t view; /* what `prepare` leaves to `act` */
    lina_view_t kept; /* a view of the survivor's: stays whole, whoever dies */
};

struct scene {
    const char *name;
    void (*set)(struct stage *);     /* in the survivor; NULL for nothing */
    void (*prepare)(struct stage *); /* in the one that dies, before it is stepped; or NULL */
    void (*act)(struct stage *);     /* stepped */
    const char *dies_before; /* a scene in which another died half-way, just before; or NULL */
};

extern const struct scene scenes[];
extern const size_t scene_count;

const struct scene *scene_named(const char *name);

/* The names that scenes use: each call changes one of them at most, once. */
extern const char *const scene_names[];
extern const size_t scene_name_count;

/* A new small arena with what every scene finds: "a", published twice, "b", a slice of "a", and a
 * signal. */
void stage_open(struct stage *stage);
void stage_close(struct stage *stage);

/* Publishes the next generation of a name, with the tag given. */
void stage_publish(lina_arena_t *arena, const char *name, uint64_t tag);

#endif
