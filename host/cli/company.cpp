#include "company.hpp"

#include <algorithm>
#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

#include "plan.hpp"

namespace lina_cli {

std::string ended_signal(const std::string &host) { return host + ".ended"; }

Company::Company(lina_arena_t *arena, std::string own, const std::vector<std::string> &hosts)
    : arena_(arena), own_(std::move(own)), descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    for (const std::string &host : hosts) {
        lina_arena_signal_remove(arena_, ended_signal(host).c_str()); // of an earlier run
        if (host == own_)
            continue;
        others_.push_back(host);
        for (std::uint64_t word : {ended, over}) {
            lina_notify_id_t id;
            if (lina_notify_fd(arena_, ended_signal(host).c_str(), word, descriptor_, &id) !=
                LINA_OK)
                throw Refusal(lina_last_error());
        }
    }
}

void Company::take() {
    eventfd_t ignored;
    eventfd_read(descriptor_, &ignored);
}

void Company::tell(std::uint64_t word) {
    if (word <= told_)
        return;
    const std::string signal = ended_signal(own_);
    for (int tries = 1; lina_arena_signal_add(arena_, signal.c_str(), word - told_) != LINA_OK;
         tries++)
        if (lina_last_error_code() != LINA_ERR_BUSY || tries == 10) // each try waits for seconds
            throw Refusal(lina_last_error());
    told_ = word;
}

void Company::tell_end(int status) {
    tell(status == 0 ? ended : over + static_cast<std::uint64_t>(status));
}

std::uint64_t Company::word_of(const std::string &host) const {
    std::uint64_t word = 0;
    lina_arena_signal_value(arena_, ended_signal(host).c_str(), &word);
    return word;
}

bool Company::all_have_said(std::uint64_t word) const {
    return std::all_of(others_.begin(), others_.end(),
                       [&](const std::string &host) { return word_of(host) >= word; });
}

bool Company::is_over() {
    if (told_ == ended && all_have_said(ended))
        tell(over);
    return told_ >= over;
}

bool Company::may_leave() const { return all_have_said(told_ > over ? over + 1 : over); }

std::optional<Company::Failure> Company::failure() const {
    for (const std::string &host : others_)
        if (std::uint64_t word = word_of(host); word > over)
            return Failure{host, static_cast<int>(std::min<std::uint64_t>(word - over, 255))};
    return {};
}

} // namespace lina_cli
