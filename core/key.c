/* key.c - see key.h. */
#include "key.h"

#include <string.h>

#include "error.h"

/* One step of a hash over 64-bit words. It combines both halves of a 128-bit product, as wyhash does (Wang Yi). */
static uint64_t mix(uint64_t hash, uint64_t word) {
    unsigned __int128 product = (unsigned __int128)(hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load_word(const char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static uint64_t load_half(const char *bytes) {
    uint32_t half;
    memcpy(&half, bytes, sizeof half);
    return half;
}

/* The last `length` % 8 bytes of a name, padded with zeroes. Overlapping loads replace a loop over bytes. */
static uint64_t load_rest(const char *name, size_t length) {
    const uint8_t *bytes = (const uint8_t *)name;
    size_t rest = length % 8 * 8;
    if (rest == 0)
        return 0;
    if (length > 8)
        return load_word(name + length - 8) >> (64 - rest);
    if (length >= 4)
        return load_half(name) | load_half(name + length - 4) << (rest - 32);
    return (uint64_t)bytes[length - 1] << (rest - 8) |
           (uint64_t)bytes[length / 2] << length / 2 * 8 | bytes[0];
}

/* Stores the name word by word, because lina_key_equals loads words: the processor cannot forward single bytes that
 * were just stored to the load of a word, so the load would have to wait. */
static void key_fill(struct lina_key *key, const char *name, size_t length) {
    size_t whole = length / 8;
    uint64_t hash = length;
    memset(key->words, 0, sizeof key->words);
    for (size_t i = 0; i < whole; i++) {
        key->words[i] = load_word(name + i * 8);
        hash = mix(hash, key->words[i]);
    }
    key->words[whole] = load_rest(name, length);
    key->length = (uint32_t)length;
    key->hash = (uint32_t)mix(hash, key->words[whole]);
}

/* The number of bytes before the zero, or LINA_MAX_NAME. Names are short, so an inline loop is faster than strnlen. */
static size_t length_of(const char *name) {
    size_t length = 0;
#pragma GCC unroll 8
    for (; length < LINA_MAX_NAME; length++)
        if (name[length] == '\0')
            break;
    return length;
}

int lina_key_make(struct lina_key *key, const char *what, const char *name) {
    if (name == NULL)
        return lina_fail(LINA_ERR_INVALID, "%s name is NULL", what);
    size_t length = length_of(name);
    if (length == LINA_MAX_NAME)
        return lina_fail(LINA_ERR_INVALID, "%s name \"%.24s...\" is longer than %d bytes", what,
                         name, LINA_MAX_NAME - 1);
    key_fill(key, name, length);
    return LINA_OK;
}

void lina_key_of(struct lina_key *key, const char *name) {
    key_fill(key, name, strnlen(name, LINA_MAX_NAME - 1));
}

/* The length of the UTF-8 character at `s`, or 0 if it is not well-formed (Unicode 15, table 3-7). */
static uint32_t utf8_length(const unsigned char *s) {
    static const struct {
        unsigned char first, last, low, high, length;
    } forms[] = {
        {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (s[0] < forms[i].first || s[0] > forms[i].last)
            continue;
        if (forms[i].length > 1 && (s[1] < forms[i].low || s[1] > forms[i].high))
            return 0;
        for (uint32_t k = 2; k < forms[i].length; k++)
            if (s[k] < 0x80 || s[k] > 0xbf)
                return 0;
        return forms[i].length;
    }
    return 0;
}

/* True if all bytes of a word are printable ASCII. */
static bool is_plain(uint64_t word) {
    const uint64_t ones = UINT64_MAX / 0xff; /* times n: n in each byte */
    return ((word | (word - ones * 0x20) | (word + ones)) & ones * 0x80) == 0;
}

/* The same for a whole name. The zeroes that pad its last word are taken for blanks. */
static bool is_plain_name(const struct lina_key *key) {
    uint32_t last = key->length / 8;
    for (uint32_t i = 0; i < last; i++)
        if (!is_plain(key->words[i]))
            return false;
    uint64_t blanks = UINT64_MAX / 0xff * 0x20 << key->length % 8 * 8;
    return is_plain(key->words[last] | blanks);
}

int lina_key_check(const struct lina_key *key, const char *what) {
    const unsigned char *s = (const unsigned char *)key->text;
    if (key->length == 0)
        return lina_fail(LINA_ERR_INVALID, "%s name is empty", what);
    if (is_plain_name(key))
        return LINA_OK;
    for (uint32_t i = 0; i < key->length;) {
        if (s[i] >= 0x20 && s[i] < 0x7f) {
            i++;
            continue;
        }
        uint32_t step = utf8_length(s + i);
        bool c1 = s[i] == 0xc2 && s[i + 1] < 0xa0;
        if (step == 0)
            return lina_fail(LINA_ERR_INVALID, "%s name is not UTF-8 at byte %u", what, i);
        if (s[i] < 0x20 || s[i] == 0x7f || c1)
            return lina_fail(LINA_ERR_INVALID, "%s name has a control character at byte %u", what,
                             i);
        i += step;
    }
    return LINA_OK;
}

int lina_key_take(struct lina_key *key, const char *what, const char *name) {
    int rc = lina_key_make(key, what, name);
    return rc == LINA_OK ? lina_key_check(key, what) : rc;
}
