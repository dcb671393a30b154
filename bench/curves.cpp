/* curves.cpp - measures costs that must not grow with the number of names, the arena's size, or the number of
 * members. */
#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <sys/mman.h>
#include <unistd.h>

#include "fixture.hpp"

using namespace bench;

namespace {

/* An arena with arrays and signals of the same names. There is room for three generations of each array: the current
 * one, the last one, whose memory the next loan takes, and one that lina_open exposed, which stays. */
class world {
  public:
    world(uint32_t names, uint64_t bytes, uint32_t members)
        : names_(make_names(names)), arena_(bytes, 3 * names + 8, names) {
        for (const std::string &name : names_) {
            arena_.create(name, 8);
            signals_.emplace_back();
            check(lina_signal_open(arena_, name.c_str(), &signals_.back()));
        }
        signals_.resize(std::min<size_t>(signals_.size(),
                                         1000)); /* a program has no more handles than hot paths */
        int fd;
        check(lina_arena_fd(arena_, &fd));
        for (uint32_t i = 1; i < members; i++)
            members_.push_back(std::make_unique<arena>(("fd:" + std::to_string(fd)).c_str()));
        std::shuffle(names_.begin(), names_.end(), std::mt19937(1));
        read_and_publish(16 * members); /* so that the first page faults are not measured */
    }
    const char *next_name() { return names_[at_ = at_ + 1 < names_.size() ? at_ + 1 : 0].c_str(); }
    void look_up(uint64_t n) {
        lina_desc_t desc;
        for (; n > 0; n--)
            check(lina_arena_open(arena_, next_name(), &desc));
    }
    void create(uint64_t n) {
        for (; n > 0; n--) {
            arena_.create("one more", 8);
            check(lina_remove(arena_, "one more"));
        }
    }
    void signal(uint64_t n) {
        for (; n > 0; n--)
            check(lina_arena_signal(arena_, next_name()));
    }
    void signal_by_handle(uint64_t n) {
        for (; n > 0; n--)
            lina_signal_raise(&signals_[at_ = at_ + 1 < signals_.size() ? at_ + 1 : 0]);
    }
    /* One of the members, in turn, reads each generation before the next is published. */
    void read_and_publish(uint64_t n) {
        const uint64_t shape[] = {8};
        for (; n > 0; n--) {
            const char *name = next_name();
            read(name);
            lina_view_t loan;
            check(lina_loan(arena_, name, LINA_DTYPE_U8, 1, shape, LINA_LAYOUT_C, &loan));
            check(lina_publish(&loan));
        }
    }

  private:
    void read(const char *name) {
        lina_view_t view;
        lina_arena_t *reader = members_.empty() ? static_cast<lina_arena_t *>(arena_)
                                                : *members_[turn_++ % members_.size()];
        check(lina_acquire(reader, name, &view));
        lina_release(&view);
    }

    std::vector<std::string> names_;
    std::vector<lina_signal_t> signals_;
    arena arena_;
    std::vector<std::unique_ptr<arena>> members_;
    size_t at_ = 0, turn_ = 0;
};

/* What any shared look-up must load: an entry of an index, and then a descriptor, in random order. The tables are as
 * large as Lina's. The growth of this cost is the growth of memory accesses alone. */
class bare {
  public:
    explicit bare(uint32_t names) : names_(names), mask_(entries(names) - 1) {
        size_t bytes = index_bytes() + names * sizeof(slot);
        int fd = memfd_create("bare", MFD_CLOEXEC);
        void *p = ftruncate(fd, off_t(bytes)) == 0
                      ? mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
                      : MAP_FAILED;
        if (p == MAP_FAILED)
            die("no memory for the bare tables");
        close(fd);
        index_ = static_cast<uint64_t *>(p);
        slots_ = reinterpret_cast<slot *>(static_cast<char *>(p) + index_bytes());
        std::mt19937 random(1);
        std::vector<uint32_t> places(mask_ + 1);
        for (uint32_t i = 0; i <= mask_; i++)
            places[i] = i;
        std::shuffle(places.begin(), places.end(), random);
        for (uint32_t i = 0; i < names; i++) {
            index_[places[i]] = i;
            slots_[i].desc.offset = i;
        }
        places.resize(names);
        places_ = std::move(places);
        std::shuffle(places_.begin(), places_.end(), random);
    }
    bare(const bare &) = delete;
    bare &operator=(const bare &) = delete;
    ~bare() { munmap(index_, index_bytes() + names_ * sizeof(slot)); }
    void look_up(uint64_t n) {
        lina_desc_t desc;
        for (; n > 0; n--) {
            at_ = at_ + 1 < names_ ? at_ + 1 : 0;
            desc = slots_[index_[places_[at_]]].desc;
            use(&desc);
        }
    }

  private:
    struct slot {
        char before[16];
        lina_desc_t desc;
    };
    static uint32_t entries(uint32_t names) {
        uint32_t n = 16;
        while (n < 4 * names)
            n *= 2;
        return n;
    }
    size_t index_bytes() const { return (mask_ + size_t(1)) * sizeof *index_; }

    uint32_t names_, mask_, at_ = 0;
    uint64_t *index_;
    slot *slots_;
    std::vector<uint32_t> places_;
};

} // namespace

static const struct {
    const char *name;
    void (world::*work)(uint64_t n);
} operations[] = {{"open by name", &world::look_up},
                  {"signal by name", &world::signal},
                  {"signal by handle", &world::signal_by_handle},
                  {"create + remove", &world::create},
                  {"read + publish by name", &world::read_and_publish}};

/* Work that costs the same at every point. The points of a curve are measured one after the other, and meanwhile the
 * machine may become half as fast. */
static void yardstick(uint64_t n) {
    static lina_desc_t from, to;
    static std::atomic<uint64_t> word;
    for (; n > 0; n--) {
        to = from;
        clobber();
        word.fetch_add(1);
    }
}

/* Measures a point of each operation's curve. `make` makes the world for it. */
template <typename Make>
static void measure(const std::string &axis, uint64_t at, Make make, uint32_t names_of_bare) {
    std::vector<race> races;
    for (const auto &operation : operations)
        races.emplace_back(operation.name, axis, at);
    if (std::none_of(races.begin(), races.end(), [](const race &r) { return r.wanted(); }))
        return;
    std::unique_ptr<world> w = make();
    std::unique_ptr<bare> tables;
    if (names_of_bare > 0)
        tables = std::make_unique<bare>(names_of_bare);
    for (size_t i = 0; i < races.size(); i++) {
        races[i].add("Lina", [&, work = operations[i].work](uint64_t n) { (*w.*work)(n); });
        if (tables != nullptr)
            races[i].add("limit, bare loads", [&](uint64_t n) { tables->look_up(n); });
        races[i].add("bare yardstick", yardstick);
        races[i].run();
    }
}

int main(int argc, char **argv) {
    begin(argc, argv);
    settle(place::one_core, 0);
    for (uint32_t names : {10u, 100u, 1000u, 10000u, 100000u})
        measure(
            "names", names, [&] { return std::make_unique<world>(names, UINT64_C(1) << 30, 1); },
            names);
    for (uint64_t bytes : {UINT64_C(1) << 10, UINT64_C(1) << 15, UINT64_C(1) << 20,
                           UINT64_C(1) << 25, UINT64_C(1) << 30, UINT64_C(1) << 36})
        measure(
            "bytes", bytes, [&] { return std::make_unique<world>(4, bytes, 1); }, 0);
    for (uint32_t members : {1u, 2u, 4u, 8u, 16u, 32u, 64u})
        measure(
            "members", members, [&] { return std::make_unique<world>(10, 1 << 20, members); }, 0);
}
