/* attach.cpp - P13: joining an arena that is there, and leaving it; what a fresh one occupies. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.hpp"
#include "peers.hpp"

using namespace bench;

static const size_t page = 4096;

static int open_file(const std::string &path) {
    int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0)
        die("cannot open " + path);
    return fd;
}

/* What Lina promises on top: a page without access behind the data and one before it, a lock that a
 * forked child does not keep up, and an entry in the table of members. */
static void promise(const std::string &path, char *map, size_t bytes, int &fd) {
    mprotect(map + bytes, page, PROT_NONE);
    mprotect(map + bytes / page / 2 * page, page, PROT_NONE);
    close(fd);
    fd = open_file(path);
    static_cast<void>(*static_cast<volatile char *>(map + page)); /* brings the page */
}

/* What joining and leaving ask of the system at least: the file is found, measured and mapped, and a
 * lock on a byte of it tells the others that somebody lives. */
static void join_barely(const std::string &path, bool with_promises) {
    struct stat st;
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_start = lock.l_len = 1;
    int fd = open_file(path);
    fstat(fd, &st);
    size_t bytes = static_cast<size_t>(st.st_size);
    void *map = mmap(nullptr, bytes + page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        die("cannot map " + path);
    if (with_promises)
        promise(path, static_cast<char *>(map), bytes, fd);
    fcntl(fd, F_OFD_SETLK, &lock);
    munmap(map, bytes + page);
    close(fd);
}

static void attach(uint32_t arrays) {
    const std::string name = "lina-bench-" + std::to_string(getpid());
    const std::string where = "shm:" + name, path = "/dev/shm/lina." + name;
    arena there(16 << 20, 16384, 16, where.c_str());
    for (const std::string &array : make_names(arrays))
        there.create(array, 8);

    race race("P13", "attach + close, " + std::to_string(arrays) + " arrays");
    race.add("Lina", [&](uint64_t n) {
        for (; n > 0; n--)
            arena joined(where.c_str());
    });
    race.add("limit", [&](uint64_t n) {
        for (; n > 0; n--)
            join_barely(path, false);
    });
    race.add("limit with Lina's promises", [&](uint64_t n) {
        for (; n > 0; n--)
            join_barely(path, true);
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
