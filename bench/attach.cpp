/* attach.cpp - P13: measures joining and leaving an arena that exists, and the memory of a new arena. */
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

static char *map_file(int fd, size_t bytes) {
    void *map = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        die("cannot map");
    return static_cast<char *>(map);
}

static void lock_byte(int fd, short type) {
    struct flock lock = {};
    lock.l_type = type;
    lock.l_start = lock.l_len = 1;
    fcntl(fd, F_OFD_SETLK, &lock);
}

/* The least that joining and leaving ask of the system: to open the file, get its size and map it, and to lock a
 * byte, by which other members see that this one lives. */
static void join_barely(const std::string &path) {
    struct stat st;
    int fd = open_file(path);
    fstat(fd, &st);
    size_t bytes = static_cast<size_t>(st.st_size);
    char *map = map_file(fd, bytes);
    lock_byte(fd, F_WRLCK);
    munmap(map, bytes);
    close(fd);
}

/* The same, with what Lina promises in addition. It reads the header before it maps by the header's numbers. It
 * makes a page before the data inaccessible (behind the data, the end of the file costs nothing). The lock is on a
 * description of its own, so a forked child does not keep it. It checks that the name still leads to the file, and
 * it makes an entry in the table of members. */
static void join_as_promised(const std::string &path) {
    struct stat st;
    char header[64];
    int fd = open_file(path);
    fstat(fd, &st);
    size_t bytes = static_cast<size_t>(st.st_size);
    if (pread(fd, header, sizeof header, 0) != sizeof header)
        die("cannot read " + path);
    char *map = map_file(fd, bytes + page);
    mprotect(map + bytes / page / 8 * page, page, PROT_NONE);
    close(fd);
    fd = open_file(path);
    fstat(fd, &st); /* is it the same file? */
    lock_byte(fd, F_WRLCK);
    *static_cast<volatile char *>(map) = 'L'; /* a read would bring neighbouring pages, too */
    *static_cast<volatile char *>(map + page) = 1;
    fstat(fd, &st); /* does it still have a name? */
    lock_byte(fd, F_UNLCK);
    munmap(map, bytes + page);
    close(fd);
}

static void use_first_byte(const arena &joined) {
    (void)*static_cast<volatile char *>(lina_arena_base(joined));
}

static void resident(const char *what, const char *where, uint64_t bytes) {
    lina_arena_info_t info;
    arena fresh(bytes, 0, 0, where);
    check(lina_arena_info(fresh, &info));
    print_value("size", what, "KiB", double(info.resident_bytes) / 1024);
}

static void attach(uint32_t arrays) {
    race race("P13", "attach + close, " + std::to_string(arrays) + " arrays");
    if (!race.wanted())
        return;
    const std::string name = "lina-bench-" + std::to_string(getpid());
    const std::string where = "shm:" + name, path = "/dev/shm/lina." + name;
    arena there(16 << 20, 16384, 16, where.c_str());
    for (const std::string &array : make_names(arrays))
        there.create(array, 8);

    race.add("Lina", [&](uint64_t n) {
        for (; n > 0; n--)
            use_first_byte(arena(where.c_str()));
    });
    race.add("limit", [&](uint64_t n) {
        for (; n > 0; n--)
            join_barely(path);
    });
    race.add("limit with Lina's promises", [&](uint64_t n) {
        for (; n > 0; n--)
            join_as_promised(path);
    });
    python_attach(race);
    race.run();
}

int main(int argc, char **argv) {
    begin(argc, argv);
    settle(place::one_core, 0);
    for (uint32_t arrays : {0u, 10000u})
        attach(arrays);

    const std::string where = "shm:lina-bench-fresh-" + std::to_string(getpid());
    resident("resident bytes of a fresh arena of 1 MiB", nullptr, 1 << 20);
    resident("resident bytes of an empty arena of 256 MiB with a name", where.c_str(), 256 << 20);
}
