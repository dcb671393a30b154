// trace_story.cpp - finds out to which script each event of a trace belongs, what ended each wait, and how long each
// script waited.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <utility>

#include "perfetto.hpp"
#include "trace.hpp"

namespace lina_cli {

namespace {

const std::uint64_t longest_gap = 2000000; // nanoseconds between two naps of one wait

using Thread = std::pair<std::uint32_t, std::uint32_t>; // process and thread
Thread thread_of(const lina_trace_event &event) { return {event.pid, event.tid}; }

// A label has room for the end of a long text only.
std::string label_of(const std::string &text) {
    return text.size() < LINA_MAX_NAME ? text : text.substr(text.size() - LINA_MAX_NAME + 1);
}

bool waits(const lina_trace_event &event) {
    return event.kind == LINA_TRACE_WAIT || event.kind == LINA_TRACE_NOTICE;
}

bool continues(const lina_trace_event &nap, const lina_trace_event &next) {
    return nap.kind == LINA_TRACE_WAIT && next.kind == LINA_TRACE_WAIT &&
           nap.result == LINA_ERR_TIMEOUT && std::strcmp(nap.name, next.name) == 0 &&
           next.begin - nap.end < longest_gap;
}

// The event that ended a wait: the last that gave its signal or generation before the wait's end. SIZE_MAX if none did.
class Causes {
  public:
    explicit Causes(const Events &events) : events_(events) {
        for (std::size_t i = 0; i < events.size(); i++)
            if (!waits(events[i]) && events[i].result == LINA_OK)
                of_name_[events[i].name].push_back(i);
    }
    std::size_t find(const lina_trace_event &wait) const {
        auto found = of_name_.find(wait.name);
        if (!waits(wait) || wait.result != LINA_OK || found == of_name_.end())
            return SIZE_MAX;
        const std::vector<std::size_t> &all = found->second; // sorted by their beginnings
        auto after = std::upper_bound(
            all.begin(), all.end(), wait.end,
            [&](std::uint64_t end, std::size_t i) { return end < events_[i].begin; });
        for (auto at = after; at != all.begin();)
            if (fits(events_[*--at], wait))
                return *at;
        return SIZE_MAX;
    }

  private:
    // A reader waits for the generation with one sequence number. Any raise of a signal may end a wait for that signal.
    static bool fits(const lina_trace_event &cause, const lina_trace_event &wait) {
        return cause.kind == LINA_TRACE_RAISE || cause.value == 0 || cause.value == wait.value;
    }
    const Events &events_;
    std::map<std::string, std::vector<std::size_t>> of_name_;
};

class Drawing {
  public:
    Drawing(const std::vector<Script> &scripts, const Events &events)
        : scripts_(scripts), events_(events), arrows_(events.size()) {
        for (const Script &script : scripts)
            tracks_.push_back(trace_.add_track(script.name));
        find_arrows();
    }
    std::string draw(const std::vector<std::vector<Life>> &lives);

  private:
    void find_arrows();
    void draw_event(std::size_t number);
    Track track_of(const lina_trace_event &event);
    Track parent_of(const lina_trace_event &event);
    Track lane_of(const lina_trace_event &event);

    struct Lane {
        Track track;
        std::uint64_t end; // of its last slice
    };
    const std::vector<Script> &scripts_;
    const Events &events_;
    PerfettoTrace trace_;
    std::vector<Track> tracks_; // of the scripts, and of what belongs to none
    std::map<Thread, Track> threads_;
    std::map<Track, std::vector<Lane>> lanes_;       // of event loops, whose waits overlap
    std::vector<std::vector<std::uint64_t>> arrows_; // that begin at each event
    std::vector<std::uint64_t> arrow_to_ = std::vector<std::uint64_t>(events_.size());
};

void Drawing::find_arrows() {
    Causes causes(events_);
    for (std::size_t i = 0; i < events_.size(); i++)
        if (std::size_t cause = causes.find(events_[i]); cause != SIZE_MAX) {
            arrow_to_[i] = i + 1;
            arrows_[cause].push_back(i + 1);
        }
}

Track Drawing::parent_of(const lina_trace_event &event) {
    std::size_t number = script_of(event, scripts_);
    if (number == tracks_.size())
        tracks_.push_back(trace_.add_track("other threads"));
    return tracks_[number];
}

// Waits of an event loop may overlap, but slices of a track must not. So each wait goes to a track that is free.
Track Drawing::lane_of(const lina_trace_event &event) {
    Track parent = parent_of(event);
    for (Lane &lane : lanes_[parent])
        if (lane.end <= event.begin) {
            lane.end = event.end;
            return lane.track;
        }
    Track track = trace_.add_track("event loop", parent);
    lanes_[parent].push_back({track, event.end});
    return track;
}

Track Drawing::track_of(const lina_trace_event &event) {
    if (event.kind == LINA_TRACE_NOTICE)
        return lane_of(event);
    Track &track = threads_[thread_of(event)];
    if (track == 0)
        track = trace_.add_track("thread " + std::to_string(event.tid), parent_of(event));
    return track;
}

void Drawing::draw_event(std::size_t number) {
    const lina_trace_event &event = events_[number];
    const char *word = waits(event)                       ? "wait "
                       : event.kind == LINA_TRACE_PUBLISH ? "publish "
                                                          : "signal ";
    std::string name = word + std::string(event.name);
    if (event.result != LINA_OK)
        name += std::string(": ") + lina_error_name(event.result);
    Track track = track_of(event);
    trace_.slice(track, waits(event) ? "wait" : word, name, event.begin, event.end,
                 arrows_[number]);
    if (arrow_to_[number] != 0)
        trace_.end_arrow(track, event.name, event.end, arrow_to_[number]);
}

std::string Drawing::draw(const std::vector<std::vector<Life>> &lives) {
    for (std::size_t i = 0; i < scripts_.size(); i++)
        for (const Life &life : lives[i])
            trace_.slice(tracks_[i], "script", scripts_[i].name, life.begin, life.end);
    for (std::size_t i = 0; i < events_.size(); i++)
        draw_event(i);
    return trace_.bytes();
}

// The time during which at least one thread of the script waited. The events are sorted by their beginnings.
std::uint64_t time_waited(const Events &events) {
    std::uint64_t sum = 0, until = 0;
    for (const lina_trace_event &event : events)
        if (waits(event) && event.end > until) {
            sum += event.end - std::max(event.begin, until);
            until = event.end;
        }
    return sum;
}

std::string count(const Events &events, bool (*is)(const lina_trace_event &), const char *what) {
    auto n = std::count_if(events.begin(), events.end(), is);
    return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

} // namespace

std::size_t script_of(const lina_trace_event &event, const std::vector<Script> &scripts) {
    auto find = [&](auto is) {
        auto found = std::find_if(scripts.begin(), scripts.end(), is);
        return static_cast<std::size_t>(found - scripts.begin());
    };
    std::string label = event.label;
    if (label.rfind("=", 0) == 0)
        return find([&](const Script &s) { return label_of("=" + s.name) == label; });
    std::size_t number =
        find([&](const Script &s) { return s.embedded && label_of(s.path) == label; });
    if (number < scripts.size())
        return number;
    // The label is the language of a runtime that has one script in the process. A JVM renames its threads, so they
    // have no label.
    std::string language = label.empty() ? "java" : label;
    return find([&](const Script &s) { return s.embedded && s.language == language; });
}

Events join_naps(Events events) {
    auto earlier = [](const auto &a, const auto &b) { return a.begin < b.begin; };
    std::stable_sort(events.begin(), events.end(), earlier);
    Events joined;
    std::map<Thread, std::size_t> last;
    for (const lina_trace_event &event : events) {
        auto before = last.find(thread_of(event));
        if (before != last.end() && continues(joined[before->second], event)) {
            std::uint64_t begin = joined[before->second].begin;
            joined[before->second] = event;
            joined[before->second].begin = begin;
        } else {
            if (event.kind != LINA_TRACE_NOTICE)
                last[thread_of(event)] = joined.size();
            joined.push_back(event);
        }
    }
    return joined;
}

std::string draw(const std::vector<Script> &scripts, const std::vector<std::vector<Life>> &lives,
                 const Events &events) {
    return Drawing(scripts, events).draw(lives);
}

std::string summary(const Script &script, const std::vector<Life> &lives, const Events &events) {
    std::uint64_t lived = 0, waited = time_waited(events);
    for (const Life &life : lives)
        lived += life.end - life.begin;
    char times[96];
    std::snprintf(times, sizeof times, " worked %.3f s and waited %.3f s (",
                  1e-9 * static_cast<double>(lived - std::min(lived, waited)),
                  1e-9 * static_cast<double>(waited));
    auto is_raise = [](const lina_trace_event &e) { return e.kind == LINA_TRACE_RAISE; };
    auto is_publish = [](const lina_trace_event &e) { return e.kind == LINA_TRACE_PUBLISH; };
    return script.name + times + count(events, waits, "wait") + ", " +
           count(events, is_raise, "signal") + ", " +
           std::to_string(std::count_if(events.begin(), events.end(), is_publish)) + " published)";
}

} // namespace lina_cli
