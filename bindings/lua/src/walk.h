/* walk.h - walks over the elements of an array. */
#ifndef LINA_LUA_WALK_H
#define LINA_LUA_WALK_H

#include "binding.h"

/* A walk over elements one by one, in the order of their indexes. The last index changes first.
 *     for (walk_start(&w, a); w.left > 0; walk_next(&w, a)) ... w.at ... */
struct walk {
    char *at;
    uint64_t left;
    uint64_t index[LINA_MAX_DIMS]; /* from 0 */
};
void walk_start(struct walk *walk, const struct array *self);
void walk_next(struct walk *walk, const struct array *self);

/* A walk over runs of elements that are `stride` bytes apart. There are as few runs as possible, in no particular
 * order.
 *     for (runs_start(&r, a); r.walk.left > 0; runs_next(&r)) ... r.walk.at, r.stride, r.length ... */
struct runs {
    struct walk walk; /* over the starts of the runs */
    struct array outer;
    int64_t stride;
    uint64_t length;
};
void runs_start(struct runs *runs, const struct array *self);
void runs_next(struct runs *runs);

#endif
