#include "perfetto.hpp"

#include <algorithm>

namespace lina_cli {

namespace {

// The numbers of the fields and values of Perfetto's .proto files.
namespace trace {
const unsigned packet = 1;
}
namespace packet {
const unsigned timestamp = 8, sequence_id = 10, track_event = 11, track_descriptor = 60;
}
namespace descriptor {
const unsigned uuid = 1, name = 2, parent_uuid = 5;
}
namespace event {
const unsigned type = 9, track_uuid = 11, category = 22, name = 23, flow = 47, last_flow = 48;
enum { slice_begin = 1, slice_end = 2, instant = 3 };
} // namespace event

const std::uint64_t sequence = 1; // all packets are of one writer

} // namespace

void Message::varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7)
        bytes_ += static_cast<char>(0x80 | (value & 0x7f));
    bytes_ += static_cast<char>(value);
}

void Message::number(unsigned field, std::uint64_t value) {
    varint(field << 3);
    varint(value);
}

void Message::fixed(unsigned field, std::uint64_t value) {
    varint(field << 3 | 1);
    for (int i = 0; i < 8; i++)
        bytes_ += static_cast<char>(value >> (8 * i));
}

void Message::text(unsigned field, const std::string &value) {
    varint(field << 3 | 2);
    varint(value.size());
    bytes_ += value;
}

Track PerfettoTrace::add_track(const std::string &name, Track parent) {
    Message track, whole;
    track.number(descriptor::uuid, ++tracks_);
    track.text(descriptor::name, name);
    if (parent != 0)
        track.number(descriptor::parent_uuid, parent);
    whole.number(packet::sequence_id, sequence);
    whole.message(packet::track_descriptor, track);
    packets_.push_back({0, whole.bytes()});
    return tracks_;
}

void PerfettoTrace::add_event(std::uint64_t time, const Message &event) {
    Message whole;
    whole.number(packet::timestamp, time);
    whole.number(packet::sequence_id, sequence);
    whole.message(packet::track_event, event);
    packets_.push_back({time, whole.bytes()});
}

void PerfettoTrace::slice(Track track, const std::string &category, const std::string &name,
                          std::uint64_t begin, std::uint64_t end,
                          const std::vector<std::uint64_t> &arrows) {
    Message first, last;
    first.number(event::type, event::slice_begin);
    first.number(event::track_uuid, track);
    first.text(event::category, category);
    first.text(event::name, name);
    for (std::uint64_t arrow : arrows)
        first.fixed(event::flow, arrow);
    last.number(event::type, event::slice_end);
    last.number(event::track_uuid, track);
    add_event(begin, first);
    add_event(end, last);
}

void PerfettoTrace::end_arrow(Track track, const std::string &name, std::uint64_t at,
                              std::uint64_t arrow) {
    Message mark;
    mark.number(event::type, event::instant);
    mark.number(event::track_uuid, track);
    mark.text(event::name, name);
    mark.fixed(event::last_flow, arrow);
    add_event(at, mark);
}

std::string PerfettoTrace::bytes() {
    std::stable_sort(packets_.begin(), packets_.end(),
                     [](const Packet &a, const Packet &b) { return a.time < b.time; });
    Message whole;
    for (const Packet &one : packets_)
        whole.text(trace::packet, one.bytes);
    return whole.bytes();
}

} // namespace lina_cli
