// output.hpp - lines of many scripts on one screen, each with its script's name.
#pragma once

#include <string>
#include <utility>

namespace lina_cli {

// Writes all text that is shown. `broken` becomes true when the reader has ended, as in lina run ... | head.
class Screen {
  public:
    explicit Screen(int descriptor) : descriptor_(descriptor) {}
    void put(const std::string &text);
    bool broken() const { return broken_; }

  private:
    int descriptor_;
    bool broken_ = false;
};

// How many columns of a terminal the text takes.
std::size_t columns_of(const std::string &text);

// One stream of one script. Whole lines are shown when they end, and the last part when the script does. An
// empty prefix shows every byte as it comes.
class Lines {
  public:
    Lines(Screen &screen, std::string prefix) : screen_(&screen), prefix_(std::move(prefix)) {}
    void add(const char *bytes, std::size_t n);
    void finish();

  private:
    void show(std::string line, const char *end);
    Screen *screen_;
    std::string prefix_, pending_;
};

} // namespace lina_cli
