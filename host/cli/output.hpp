// output.hpp - lines of many scripts on one screen, each with its script's name.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

namespace lina_cli {

// The command keeps a line until it ends, so a longer one is shown, and logged, in pieces.
const std::size_t longest_line = 1 << 20;

class Lines;

// Writes all text that is shown. It never waits for a reader that takes nothing, such as a pager: it keeps the text, and
// the supervisor calls `flush` when there is room.
class Screen {
  public:
    explicit Screen(int descriptor);
    // Text of `part` may be a part of a line. Other text then begins on a new line.
    void put(const std::string &text, const Lines *part = nullptr);
    void flush();
    // The descriptor that has no room for the text that is kept, or -1.
    int awaited() const { return kept_.empty() ? -1 : descriptor_; }
    // Whether so much text is kept that the scripts must wait.
    bool is_full() const;
    // Why the text cannot be written, or 0. EPIPE: the reader has ended, as in lina run ... | head.
    int error() const { return error_; }

  private:
    int descriptor_, error_ = 0;
    std::string kept_;
};

// Whether both descriptors lead to the same file, pipe or terminal.
bool is_one_place(int descriptor, int other);

// How many columns of a terminal the text takes.
std::size_t columns_of(const std::string &text);

// One stream of one script. Whole lines are shown when they end, and the last part when the script does. An
// empty prefix shows every byte as it comes. `at_once` shows parts of lines as they come: prompts, for a script whose
// user types at the terminal.
class Lines {
  public:
    Lines(Screen &screen, std::string prefix, bool at_once)
        : screen_(&screen), prefix_(std::move(prefix)), at_once_(at_once) {}
    void add(const char *bytes, std::size_t n);
    void finish();
    bool must_wait() const { return screen_->is_full(); }

  private:
    void write(const std::string &line, const char *end);
    void show();
    Screen *screen_;
    std::string prefix_, pending_, ready_; // ready_: lines that are shown together
    bool at_once_;
};

} // namespace lina_cli
