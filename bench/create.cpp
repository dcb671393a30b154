/* create.cpp - P8: measures create and remove in memory that was used before; P9: loan and publish.
 *
 * The limit of a create takes an offset from a bump pointer, stores a descriptor of 256 bytes, and zeroes the
 * payload in the cheapest way: by stores, or by giving its pages back. Each array is written to before it is
 * removed, as a user would do. */
#include <algorithm>
#include <atomic>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <sys/mman.h>
#include <unistd.h>

#include "fixture.hpp"
#include "peers.hpp"

using namespace bench;

namespace {

/* Writes a byte in each page. */
void dirty(char *payload, uint64_t nbytes) {
    for (uint64_t at = 0; at < nbytes; at += 4096)
        payload[at] = 1;
    clobber();
}

class lina_side {
  public:
    lina_side(const std::vector<std::string> &names, uint64_t nbytes)
        : names_(names), nbytes_(nbytes), arena_(names.size() * nbytes, uint32_t(names.size()), 1) {
    }
    double time(uint64_t n, timed what) {
        double ns[2] = {0, 0};
        for (uint64_t done = 0; done < n; done += names_.size()) {
            double start = cpu_ns();
            for (const std::string &name : names_)
                arena_.create(name, nbytes_);
            ns[0] += cpu_ns() - start;
            dirty(static_cast<char *>(lina_arena_base(arena_)), names_.size() * nbytes_);
            start = cpu_ns();
            for (const std::string &name : names_)
                check(lina_remove(arena_, name.c_str()));
            ns[1] += cpu_ns() - start;
        }
        return what == timed::both ? ns[0] + ns[1] : ns[what == timed::remove];
    }

  private:
    const std::vector<std::string> &names_;
    uint64_t nbytes_;
    arena arena_;
};

/* What sharing needs beyond the bare minimum: a lock, a table of names in which a name is looked up and entered, and
 * a cache line for each array that says which bytes it has. */
class bare_tables {
  public:
    /* `count` is a power of two. */
    explicit bare_tables(size_t count) : index_(4 * count), lines_(count) {}
    void enter(const std::string &name, const std::vector<std::string> &names, uint64_t offset,
               uint64_t nbytes) {
        lock_.exchange(1);
        size_t at = std::hash<std::string>()(name) & (index_.size() - 1);
        while (index_[at] != 0 && names[index_[at] - 1] != name)
            at = (at + 1) & (index_.size() - 1);
        lines_[used_++] = {offset, nbytes, {}};
        index_[at] = used_;
        lock_.exchange(0);
    }
    void clear() {
        std::fill(index_.begin(), index_.end(), 0);
        used_ = 0;
    }

  private:
    struct line {
        uint64_t offset, nbytes, others[6];
    };
    std::atomic<uint32_t> lock_{0};
    uint32_t used_ = 0;
    std::vector<uint32_t> index_;
    std::vector<line> lines_;
};

/* The bare minimum, on its own shared memory. */
class bump_side {
  public:
    bump_side(const std::vector<std::string> &names, uint64_t nbytes, bool punch, bool promises)
        : names_(names), count_(names.size()), nbytes_(nbytes), punch_(punch), promises_(promises),
          tables_(names.size()), fd_(memfd_create("limit", MFD_CLOEXEC)),
          bytes_(count_ * (nbytes + sizeof(slot))) {
        void *p = ftruncate(fd_, off_t(bytes_)) == 0
                      ? mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0)
                      : MAP_FAILED;
        if (p == MAP_FAILED)
            die("no memory for the limit");
        payload_ = static_cast<char *>(p);
        slots_ = reinterpret_cast<slot *>(payload_ + count_ * nbytes);
        std::memset(p, 1, bytes_);
    }
    ~bump_side() {
        munmap(payload_, bytes_);
        close(fd_);
    }
    double time(uint64_t n) {
        double ns = 0;
        for (uint64_t done = 0; done < n; done += count_) {
            tables_.clear();
            double start = cpu_ns();
            next_ = 0;
            for (uint64_t i = 0; i < count_; i++)
                create(i);
            ns += cpu_ns() - start;
            dirty(payload_, count_ * nbytes_);
        }
        return ns;
    }

  private:
    struct slot {
        char bytes[256];
    };
    void create(uint64_t i) {
        uint64_t offset = next_;
        next_ += nbytes_;
        if (promises_)
            tables_.enter(names_[i], names_, offset, nbytes_);
        std::memset(&slots_[i], int(offset), sizeof(slot));
        if (!punch_)
            std::memset(payload_ + offset, 0, nbytes_);
        else if (fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, off_t(offset),
                           off_t(nbytes_)) != 0)
            die("cannot give pages back");
        clobber();
    }

    const std::vector<std::string> &names_;
    uint64_t count_, nbytes_, next_ = 0;
    bool punch_, promises_;
    bare_tables tables_;
    int fd_;
    uint64_t bytes_;
    char *payload_;
    slot *slots_;
};

} // namespace

static void create_and_remove(uint64_t nbytes, uint32_t count) {
    race create("P8", "create, " + size_name(nbytes)), remove("P8", "remove, " + size_name(nbytes));
    if (!create.wanted() && !remove.wanted())
        return;
    const bool is_small = nbytes < 4096;
    const std::vector<std::string> names = make_names(count);
    auto lina = std::make_shared<lina_side>(names, nbytes);
    auto create_lina = [lina](uint64_t n) { return lina->time(n, timed::create); };

    create.add_timed("Lina", create_lina);
    auto add_bare = [&](const char *name, bool punch, bool promises) {
        auto side = std::make_shared<bump_side>(names, nbytes, punch, promises);
        create.add_timed(name, [side](uint64_t n) { return side->time(n); });
    };
    /* For small arrays, most of the cost is the name. */
    add_bare(is_small ? "bare, zeroing" : "limit, zeroing", false, false);
    if (nbytes >= 4096)
        add_bare("limit, pages back", true, false);
    add_bare(is_small ? "limit, with Lina's promises" : "bare, with Lina's promises", false, true);
    if (nbytes <= 1 << 20) {
        boost_create(create, names, nbytes, timed::create);
        posix_create(create, names, nbytes, timed::create);
    }
    create.run(count);

    remove.add_timed("Lina", [lina](uint64_t n) { return lina->time(n, timed::remove); });
    remove.add_timed("limit, Lina's create", create_lina);
    if (nbytes <= 1 << 20) {
        boost_create(remove, names, nbytes, timed::remove);
        posix_create(remove, names, nbytes, timed::remove);
    }
    remove.run(count);

    if (nbytes >= 100 << 20) {
        race both("P8", "create + remove, " + size_name(nbytes));
        both.add_timed("Lina", [lina](uint64_t n) { return lina->time(n, timed::both); });
        auto zeroing = std::make_shared<bump_side>(names, nbytes, false, false);
        both.add_timed("limit, zeroing", [zeroing](uint64_t n) { return zeroing->time(n); });
        both.run(count);
    }
}

/* The reader is another member. It holds an older generation. */
static void loan_and_publish(uint64_t nbytes) {
    race race("P9", "loan + publish, " + size_name(nbytes) + ", one thread");
    if (!race.wanted())
        return;
    arena writer(8 * nbytes, 16, 1);
    int fd;
    check(lina_arena_fd(writer, &fd));
    arena reader(("fd:" + std::to_string(fd)).c_str());
    writer.create("frame", nbytes);
    lina_view_t seen = {};

    race.add_timed("Lina", [&](uint64_t n) {
        lina_release(&seen);
        check(lina_acquire(reader, "frame", &seen));
        double start = cpu_ns();
        for (; n > 0; n--) {
            lina_view_t loan;
            check(lina_loan(writer, "frame", LINA_DTYPE_U8, 1, &nbytes, LINA_LAYOUT_C, &loan));
            char *bytes = static_cast<char *>(loan.data);
            bytes[0] = bytes[nbytes - 1] = 1;
            check(lina_publish(&loan));
        }
        return cpu_ns() - start;
    });
    iceoryx_publish(race, nbytes);
    iceoryx2_publish(race, nbytes);
    race.run();
    lina_release(&seen);
}

int main(int argc, char **argv) {
    begin(argc, argv);
    settle(place::one_core, 0);
    create_and_remove(64, 4096);
    create_and_remove(4096, 1024);
    create_and_remove(1 << 20, 16);
    create_and_remove(100 << 20, 2);
    loan_and_publish(1 << 10);
    loan_and_publish(100 << 20);
}
