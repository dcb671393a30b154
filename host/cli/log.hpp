// log.hpp - the output of one script as JSON, a line for each line, for --log-dir.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

namespace lina_cli {

class Log {
  public:
    // Appends to FOLDER/SCRIPT.jsonl. Throws Refusal.
    Log(const std::string &folder, const std::string &script, const std::string &stream);
    // Both throw Refusal if the file cannot be written.
    void add(const char *bytes, std::size_t n);
    void finish(); // writes the last line, or its part, if no "\n" has ended it

  private:
    void write(const std::string &line);
    [[noreturn]] void refuse() const;
    std::string script_, stream_, path_, pending_;
    std::unique_ptr<std::FILE, int (*)(std::FILE *)> file_;
};

} // namespace lina_cli
