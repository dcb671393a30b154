/* peers_boost.cpp - Boost.Interprocess: named objects in a managed segment. */
#include <cstring>

#include "peers.hpp"

#ifdef HAVE_BOOST

#include <boost/interprocess/managed_shared_memory.hpp>

#include "lina.h"

namespace bench {
namespace {

namespace ipc = boost::interprocess;

/* A segment that exists as long as its scope. */
class segment {
  public:
    explicit segment(uint64_t nbytes)
        : removed_(ipc::shared_memory_object::remove(name)),
          memory_(ipc::create_only, name, nbytes) {}
    ~segment() { ipc::shared_memory_object::remove(name); }
    ipc::managed_shared_memory *operator->() { return &memory_; }

  private:
    static constexpr const char *name = "lina-bench-boost";
    bool removed_;
    ipc::managed_shared_memory memory_;
};

} // namespace

void boost_look_up(race &race, const std::vector<std::string> &names) {
    auto shared = std::make_shared<segment>((UINT64_C(1) << 20) + names.size() * 512);
    for (const std::string &name : names)
        (*shared)->construct<lina_desc_t>(name.c_str())();
    auto at = std::make_shared<size_t>(0);
    race.add("Boost.Interprocess", [shared, at, &names](uint64_t n) {
        lina_desc_t desc;
        for (; n > 0; n--) {
            desc = *(*shared)->find<lina_desc_t>(names[*at].c_str()).first;
            use(&desc);
            *at = *at + 1 < names.size() ? *at + 1 : 0;
        }
    });
}

void boost_create(race &race, const std::vector<std::string> &names, uint64_t nbytes, timed what) {
    auto shared = std::make_shared<segment>((UINT64_C(1) << 20) + names.size() * (nbytes + 512));
    race.add_timed("Boost.Interprocess", [shared, &names, nbytes, what](uint64_t n) {
        double ns[2] = {0, 0};
        for (uint64_t done = 0; done < n; done += names.size()) {
            double start = cpu_ns();
            for (const std::string &name : names)
                (*shared)->construct<char>(name.c_str())[nbytes](char(0));
            double middle = cpu_ns();
            for (const std::string &name : names)
                (*shared)->destroy<char>(name.c_str());
            ns[0] += middle - start;
            ns[1] += cpu_ns() - middle;
        }
        return ns[what == timed::remove];
    });
}

} // namespace bench

#else

static const char *why = "libboost-dev is not installed";

void bench::boost_look_up(race &race, const std::vector<std::string> &) {
    race.absent("Boost.Interprocess", why);
}

void bench::boost_create(race &race, const std::vector<std::string> &, uint64_t, timed) {
    race.absent("Boost.Interprocess", why);
}

#endif
