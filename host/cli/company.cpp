#include "company.hpp"

#include <algorithm>
#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

#include "hosts.hpp"

namespace lina_cli {

Company::Company(lina_arena_t *arena, std::string own, const std::vector<std::string> &hosts)
    : arena_(arena), own_(std::move(own)), descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    for (const std::string &host : hosts) {
        lina_arena_signal_remove(arena_, ended_signal(host).c_str()); // of an earlier run
        if (host == own_)
            continue;
        others_.push_back(host);
        lina_notify_id_t id;
        if (lina_notify_fd(arena_, ended_signal(host).c_str(), 1, descriptor_, &id) != LINA_OK)
            throw Refusal(lina_last_error());
    }
}

void Company::take() {
    eventfd_t ignored;
    eventfd_read(descriptor_, &ignored);
}

void Company::tell_end(int status) {
    if (!has_told_)
        lina_arena_signal_add(arena_, ended_signal(own_).c_str(),
                              1 + static_cast<std::uint64_t>(status));
    has_told_ = true;
}

// -1 before its end.
int Company::status_of(const std::string &host) const {
    std::uint64_t value = 0;
    lina_arena_signal_value(arena_, ended_signal(host).c_str(), &value);
    return static_cast<int>(std::min<std::uint64_t>(value, 256)) - 1;
}

bool Company::is_over() const {
    return has_told_ && std::all_of(others_.begin(), others_.end(),
                                    [&](const std::string &host) { return status_of(host) == 0; });
}

std::optional<Company::Failure> Company::failure() const {
    for (const std::string &host : others_)
        if (int status = status_of(host); status > 0)
            return Failure{host, status};
    return {};
}

} // namespace lina_cli
