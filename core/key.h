/* key.h - names of arrays and signals, as they are compared and hashed. */
#ifndef LINA_KEY_H
#define LINA_KEY_H

#include "atomic.h"
#include "lina.h"

/* A name as the tables keep it, zero-padded, with its hash. */
struct lina_key {
    union {
        char text[LINA_MAX_NAME];
        uint64_t words[LINA_MAX_NAME / 8];
    };
    uint32_t length;
    uint32_t hash;
};

/* For look-ups: INVALID for NULL and for what is longer than any name. */
int lina_key_make(struct lina_key *key, const char *what, const char *name);
/* For what creates, and to explain a failed look-up: INVALID unless 1 to 63 bytes of UTF-8 without
 * control characters. `what` is "array" or "signal". */
int lina_key_check(const struct lina_key *key, const char *what);
/* Both: the key of a name that the caller must have written well. */
int lina_key_take(struct lina_key *key, const char *what, const char *name);

/* The key of a name in the tables, of which 63 bytes are looked at whatever they are. */
void lina_key_of(struct lina_key *key, const char *name);

static inline bool lina_key_equals(const struct lina_key *key, const char *name) {
    const uint64_t *words = (const uint64_t *)(const void *)name;
    for (uint32_t i = 0; i <= key->length / 8; i++)
        if (load_relaxed_u64(&words[i]) != key->words[i])
            return false;
    return true;
}

#endif
