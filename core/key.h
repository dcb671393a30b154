/* key.h - checks, compares and hashes the names of arrays, signals, streams and members. */
#ifndef LINA_KEY_H
#define LINA_KEY_H

#include "atomic.h"
#include "lina.h"

/* A name as the tables store it, padded with zeroes, and its hash. */
struct lina_key {
    union {
        char text[LINA_MAX_NAME];
        uint64_t words[LINA_MAX_NAME / 8];
    };
    uint32_t length;
    uint32_t hash;
};

/* Makes a key for a look-up, which needs no more checks. INVALID if the name is NULL or too long. `what` is "array",
 * "signal" or the like, for the error. */
int lina_key_make(struct lina_key *key, const char *what, const char *name);
/* INVALID unless the name is 1 to 63 bytes of UTF-8 without control characters. A call that creates something checks
 * its name first. A look-up checks only after it has failed, to explain why. */
int lina_key_check(const struct lina_key *key, const char *what);
/* Makes a key and checks it. */
int lina_key_take(struct lina_key *key, const char *what, const char *name);

/* Makes the key of a name in shared memory. Reads at most 63 bytes, and accepts any. */
void lina_key_of(struct lina_key *key, const char *name);

static inline bool lina_key_equals(const struct lina_key *key, const char *name) {
    const uint64_t *words = (const uint64_t *)(const void *)name;
    for (uint32_t i = 0; i <= key->length / 8; i++)
        if (load_relaxed_u64(&words[i]) != key->words[i])
            return false;
    return true;
}

#endif
