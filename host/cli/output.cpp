#include "output.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <clocale>
#include <cwchar>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lina_cli {

namespace {
const std::size_t most_kept = 1 << 20; // of text that a screen cannot show yet
const Lines *unfinished = nullptr;     // the stream whose last line on the terminal has no end yet

// Opens a pipe or a terminal again, so that a write to it never waits. The flag belongs to an open file description, and
// others use that of the descriptor. If it cannot be opened, the descriptor itself must do.
int open_again(int descriptor) {
    struct stat status;
    if (fstat(descriptor, &status) != 0 || (!S_ISFIFO(status.st_mode) && !isatty(descriptor)))
        return descriptor;
    std::string path = "/proc/self/fd/" + std::to_string(descriptor);
    int again = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return again < 0 ? descriptor : again;
}
} // namespace

bool is_one_place(int descriptor, int other) {
    struct stat one, two;
    return fstat(descriptor, &one) == 0 && fstat(other, &two) == 0 && one.st_dev == two.st_dev &&
           one.st_ino == two.st_ino;
}

Screen::Screen(int descriptor) : descriptor_(open_again(descriptor)) {}

void Screen::put(const std::string &text, const Lines *part) {
    if (isatty(descriptor_)) {
        if (unfinished != nullptr && unfinished != part)
            kept_ += "\n";
        unfinished = text.back() == '\n' || text.back() == '\r' ? nullptr : part;
    }
    kept_ += text;
    flush();
}

bool Screen::is_full() const { return kept_.size() > most_kept; }

// A pipe that is ready takes PIPE_BUF bytes at once, so the write does not block.
void Screen::flush() {
    std::size_t at = 0;
    pollfd room = {descriptor_, POLLOUT, 0};
    while (at < kept_.size() && poll(&room, 1, 0) > 0) {
        ssize_t n = write(descriptor_, kept_.data() + at,
                          std::min<std::size_t>(kept_.size() - at, PIPE_BUF));
        if (n > 0) {
            at += static_cast<std::size_t>(n);
        } else if (errno != EINTR) {
            error_ = errno == EAGAIN ? 0 : errno;
            break;
        }
    }
    kept_.erase(0, error_ == 0 ? at : kept_.size());
}

std::size_t columns_of(const std::string &text) {
    static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    const locale_t before = uselocale(utf8);
    std::size_t columns = 0;
    std::mbstate_t state{};
    for (std::size_t at = 0; at < text.size();) {
        wchar_t sign;
        std::size_t used = std::mbrtowc(&sign, text.data() + at, text.size() - at, &state);
        bool is_text = used > 0 && used <= text.size() - at; // otherwise a byte that is not UTF-8
        columns += is_text ? static_cast<std::size_t>(std::max(0, wcwidth(sign))) : 1;
        at += is_text ? used : 1;
        if (!is_text)
            state = {};
    }
    uselocale(before);
    return columns;
}

// "\r\n", which a terminal writes, is one end of a line. A "\r" alone is that of a progress bar.
void Lines::add(const char *bytes, std::size_t n) {
    if (prefix_.empty()) {
        screen_->put(std::string(bytes, n));
        return;
    }
    std::size_t at = 0,
                next = pending_.empty() ? 0 : pending_.size() - 1; // a "\r" may be its last byte
    pending_.append(bytes, n);
    for (std::size_t end; (end = pending_.find_first_of("\r\n", next)) != std::string::npos;
         at = next) {
        if (pending_[end] == '\r' && end + 1 == pending_.size())
            break; // what comes next decides
        bool progress = pending_[end] == '\r' && pending_[end + 1] != '\n';
        next = end + (pending_[end] == '\r' && !progress ? 2 : 1);
        write(pending_.substr(at, end - at), progress ? "\r" : "\n");
    }
    pending_.erase(0, at);
    if (at_once_ && !pending_.empty() && pending_.back() != '\r') {
        write(pending_, "");
        pending_.clear();
    } else if (pending_.size() > longest_line) {
        write(pending_, "\n");
        pending_.clear();
    }
    show();
}

void Lines::finish() {
    if (!pending_.empty() && pending_.back() == '\r')
        pending_.pop_back();
    if (!pending_.empty() || unfinished == this)
        write(pending_, "\n");
    pending_.clear();
    show();
}

void Lines::write(const std::string &line, const char *end) {
    ready_ += (ready_.empty() && unfinished == this ? "" : prefix_) + line + end;
}

void Lines::show() {
    if (!ready_.empty())
        screen_->put(ready_, at_once_ ? this : nullptr);
    ready_.clear();
}

} // namespace lina_cli
