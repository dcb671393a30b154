/* attach.cpp - P13: joining an arena that is there, and leaving it; what a fresh one occupies. */
#include <unistd.h>

#include "fixture.hpp"
#include "peers.hpp"

using namespace bench;

static void attach(uint32_t arrays) {
    const std::string where = "shm:lina-bench-" + std::to_string(getpid());
    arena there(16 << 20, 16384, 16, where.c_str());
    for (const std::string &name : make_names(arrays))
        there.create(name, 8);

    race race("P13", "attach + close, " + std::to_string(arrays) + " arrays");
    race.add("Lina", [&](uint64_t n) {
        for (; n > 0; n--)
            arena joined(where.c_str());
    });
    python_attach(race);
    race.run();
}

int main(int argc, char **argv) {
    begin(argc, argv);
    settle(place::one_core, 0);
    for (uint32_t arrays : {0u, 10000u})
        attach(arrays);

    lina_arena_t *fresh;
    lina_arena_info_t info;
    check(lina_arena_create(nullptr, 1 << 20, nullptr, &fresh));
    check(lina_arena_info(fresh, &info));
    print_value("size", "resident bytes of a fresh 1 MiB arena", "KiB",
                double(info.resident_bytes) / 1024);
    lina_arena_close(fresh);
}
