/* fixture.hpp - an arena that exists as long as its scope. */
#ifndef LINA_BENCH_FIXTURE_HPP
#define LINA_BENCH_FIXTURE_HPP

#include <cstdio>
#include <string>
#include <vector>

#include "harness.hpp"
#include "lina.h"

namespace bench {

inline std::vector<std::string> make_names(uint32_t count) {
    std::vector<std::string> names;
    for (uint32_t i = 0; i < count; i++) {
        char text[20];
        std::snprintf(text, sizeof text, "array_%06u", i);
        names.emplace_back(text);
    }
    return names;
}

inline std::string size_name(uint64_t nbytes) {
    return nbytes < 1024      ? std::to_string(nbytes) + " B"
           : nbytes < 1 << 20 ? std::to_string(nbytes >> 10) + " KiB"
                              : std::to_string(nbytes >> 20) + " MiB";
}

/* An anonymous arena, or one at `where`, with tables for `arrays` and `signals`. */
class arena {
  public:
    arena(uint64_t bytes, uint32_t arrays, uint32_t signals, const char *where = nullptr) {
        lina_arena_options_t options = {};
        options.flags = where != nullptr ? LINA_ARENA_REPLACE | LINA_ARENA_TEMPORARY : 0;
        options.max_arrays = arrays;
        options.max_signals = signals;
        check(lina_arena_create(where, bytes, &options, &handle_));
    }
    /* A further membership of this process. */
    explicit arena(const char *where) { check(lina_arena_attach(where, 0, &handle_)); }
    arena(const arena &) = delete;
    arena &operator=(const arena &) = delete;
    ~arena() { lina_arena_close(handle_); }

    operator lina_arena_t *() const { return handle_; }

    void create(const std::string &name, uint64_t nbytes) const {
        check(lina_arena_create_array(handle_, name.c_str(), LINA_DTYPE_U8, 1, &nbytes,
                                      LINA_LAYOUT_C, nullptr));
    }

  private:
    lina_arena_t *handle_;
};

} // namespace bench

#endif
