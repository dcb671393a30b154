// output.hpp - lines of many scripts on one screen, each with its script's name.
#pragma once

#include <string>
#include <utility>

namespace lina_cli {

class Lines;

// Writes all text that is shown. `broken` becomes true when the reader has ended, as in lina run ... | head.
class Screen {
  public:
    explicit Screen(int descriptor) : descriptor_(descriptor) {}
    // Text of `part` may be a part of a line. Other text then begins on a new line.
    void put(const std::string &text, const Lines *part = nullptr);
    bool broken() const { return broken_; }

  private:
    void write_all(const std::string &text);
    int descriptor_;
    bool broken_ = false;
};

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

  private:
    void show(const std::string &line, const char *end);
    Screen *screen_;
    std::string prefix_, pending_;
    bool at_once_;
};

} // namespace lina_cli
