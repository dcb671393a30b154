/* lookup.cpp - P5, P6, P7: measures getting a descriptor or a view by name or by handle.
 *
 * The limit of a look-up is what a program would do without sharing: look in a hash map of this process, and copy the
 * descriptor. Names are looked up in random order. */
#include <algorithm>
#include <atomic>
#include <random>
#include <unordered_map>

#include "fixture.hpp"
#include "harness.hpp"
#include "peers.hpp"

using namespace bench;

/* Calls `f` with `n` names, one after the other. Begins with the name after that of the last call. */
class names_in_turn {
  public:
    explicit names_in_turn(const std::vector<std::string> &names) : names_(&names) {}
    template <typename F> void operator()(uint64_t n, F f) {
        const std::vector<std::string> &names = *names_;
        size_t at = at_, count = names.size();
        for (; n > 0; n--) {
            f(names[at]);
            at = at + 1 < count ? at + 1 : 0;
        }
        at_ = at;
    }

  private:
    const std::vector<std::string> *names_;
    size_t at_ = 0;
};

/* True if all elements of a descriptor lie within `size` bytes. A reader must check this for each copy, because a
 * peer may have written any descriptor. This is the bare form of the check, without negative strides. */
static bool leads_inside(const lina_desc_t &desc, uint64_t size) {
    uint64_t item = (desc.dtype >> 8 & 0xff) / 8, nbytes = item, end = item;
    if (desc.ndim > LINA_MAX_DIMS)
        return false;
    for (uint32_t d = 0; d < desc.ndim; d++) {
        uint64_t reach;
        if (__builtin_mul_overflow(nbytes, desc.shape[d], &nbytes) ||
            __builtin_mul_overflow(desc.shape[d] - 1, uint64_t(desc.strides[d]), &reach) ||
            __builtin_add_overflow(end, reach, &end))
            return false;
    }
    return nbytes == desc.nbytes && nbytes <= desc.capacity_bytes && desc.offset <= size &&
           end <= size - desc.offset;
}

/* The least work for a view. It keeps its generation and its mapping in place, which takes one counter each. It
 * copies the descriptor `source`, and checks that this does not lead outside. */
class promises {
  public:
    explicit promises(uint64_t size) : size_(size) {}
    void hold_and_let_go(const lina_desc_t &source, lina_desc_t &desc) {
        pins_.fetch_add(1);
        holds_.fetch_add(1);
        desc = source;
        clobber();
        if (!leads_inside(desc, size_))
            die("a descriptor leads outside");
        holds_.fetch_sub(1);
        pins_.fetch_sub(1);
    }

  private:
    uint64_t size_;
    std::atomic<uint64_t> pins_{0}, holds_{0};
};

static void look_up(uint32_t count) {
    const std::string what = std::to_string(count) + " names";
    race open("P5", "open, " + what), acquire("P7", "acquire + release, " + what);
    if (!open.wanted() && !acquire.wanted())
        return;
    std::vector<std::string> names = make_names(count);
    arena shared(uint64_t(count) * 64, count, 1);
    std::unordered_map<std::string, lina_desc_t> map;
    for (const std::string &name : names) {
        shared.create(name, 8);
        check(lina_arena_open(shared, name.c_str(), &map[name]));
        lina_view_t view; /* the first write to a page costs a page fault */
        check(lina_acquire(shared, name.c_str(), &view));
        lina_release(&view);
    }
    std::shuffle(names.begin(), names.end(), std::mt19937(1));

    lina_desc_t desc;
    use(&desc);
    names_in_turn by_lina(names), by_map(names), acquire_lina(names), acquire_map(names);

    open.add("Lina", [&](uint64_t n) {
        by_lina(n, [&](const std::string &name) { lina_arena_open(shared, name.c_str(), &desc); });
    });
    open.add("limit", [&](uint64_t n) {
        by_map(n, [&](const std::string &name) {
            desc = map.find(name)->second;
            clobber();
        });
    });
    boost_look_up(open, names);
    posix_look_up(open);
    python_attach(open);
    open.run();

    acquire.add("Lina", [&](uint64_t n) {
        acquire_lina(n, [&](const std::string &name) {
            lina_view_t view;
            lina_acquire(shared, name.c_str(), &view);
            lina_release(&view);
        });
    });
    std::atomic<uint64_t> pins{0};
    acquire.add("bare, without Lina's promises", [&](uint64_t n) {
        acquire_map(n, [&](const std::string &name) {
            desc = map.find(name)->second;
            clobber();
            pins.fetch_add(1);
            pins.fetch_sub(1);
        });
    });
    promises promised(lina_arena_size(shared));
    acquire.add("limit, with Lina's promises", [&](uint64_t n) {
        acquire_map(n, [&](const std::string &name) {
            promised.hold_and_let_go(map.find(name)->second, desc);
        });
    });
    acquire.add("Lina open + two additions", [&](uint64_t n) {
        by_lina(n, [&](const std::string &name) {
            lina_arena_open(shared, name.c_str(), &desc);
            pins.fetch_add(1);
            pins.fetch_sub(1);
        });
    });
    acquire.run();
}

/* The source and the target of a copied descriptor. The lowest 12 bits of their addresses differ: by these bits a
 * core first guesses whether a load must wait for a store. Lina's slot is at the beginning of a page, like
 * `source`. */
struct alignas(4096) two_places {
    lina_desc_t source;
    char between[2048];
    lina_desc_t desc;
};

static void by_handle() {
    arena shared(4096, 1, 1);
    shared.create("array", 8);
    lina_array_t handle;
    static two_places places;
    lina_desc_t &source = places.source, &desc = places.desc;
    check(lina_array_find(shared, "array", &handle));
    check(lina_array_open(&handle, &source));
    use(&source);
    use(&desc);

    race open("P6", "open by handle");
    open.add("Lina", [&](uint64_t n) {
        for (; n > 0; n--)
            lina_array_open(&handle, &desc);
    });
    open.add("limit", [&](uint64_t n) {
        for (; n > 0; n--) {
            desc = source;
            clobber();
        }
    });
    open.run();

    race acquire("P7", "acquire + release by handle");
    acquire.add("Lina", [&](uint64_t n) {
        for (; n > 0; n--) {
            lina_view_t view;
            lina_array_acquire(&handle, &view);
            lina_release(&view);
        }
    });
    std::atomic<uint64_t> pins{0}, holds{0};
    acquire.add("limit, four locked operations", [&](uint64_t n) {
        for (; n > 0; n--) {
            pins.fetch_add(1);
            holds.fetch_add(1);
            holds.fetch_sub(1);
            pins.fetch_sub(1);
        }
    });
    promises promised(lina_arena_size(shared));
    acquire.add("bare, with Lina's promises", [&](uint64_t n) {
        for (; n > 0; n--)
            promised.hold_and_let_go(source, desc);
    });
    acquire.run();
}

int main(int argc, char **argv) {
    begin(argc, argv);
    settle(place::one_core, 0);
    for (uint32_t count : {10u, 1000u, 100000u})
        look_up(count);
    by_handle();
}
