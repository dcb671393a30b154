// perfetto.hpp - writes the parts of Perfetto's trace format that `lina run --trace` needs.
//
// A trace is a message of protocol buffers: https://perfetto.dev/docs/reference/trace-packet-proto. Debian has no library
// that writes it, and this file is shorter than code that uses a generator would be.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lina_cli {

// A message of protocol buffers, field by field.
class Message {
  public:
    void number(unsigned field, std::uint64_t value);
    void fixed(unsigned field, std::uint64_t value); // fixed64
    void text(unsigned field, const std::string &value);
    void message(unsigned field, const Message &value) { text(field, value.bytes()); }
    const std::string &bytes() const { return bytes_; }

  private:
    void varint(std::uint64_t value);
    std::string bytes_;
};

using Track = std::uint64_t; // its number; 0: none

class PerfettoTrace {
  public:
    Track add_track(const std::string &name, Track parent = 0);
    // A slice of time. The arrows begin here, and end_arrow ends each. Slices of one track must not overlap.
    void slice(Track track, const std::string &category, const std::string &name,
               std::uint64_t begin, std::uint64_t end,
               const std::vector<std::uint64_t> &arrows = {});
    void end_arrow(Track track, const std::string &name, std::uint64_t at, std::uint64_t arrow);
    // All packets, in the order of their times.
    std::string bytes();

  private:
    struct Packet {
        std::uint64_t time;
        std::string bytes;
    };
    void add_event(std::uint64_t time, const Message &event);
    std::uint64_t tracks_ = 0;
    std::vector<Packet> packets_;
};

} // namespace lina_cli
