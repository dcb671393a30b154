/* test_streams.cpp - streams and members in C++; prints TAP. */
#include <atomic>
#include <csignal>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "tap.hpp"

namespace {

void publish(const lina::stream &frames, double value) {
    auto next = frames.loan<double, 2>({2, 3});
    next(1, 2) = value;
    next.publish();
}

/* Runs `work` in a process of its own, and returns its number. */
template <class Work> pid_t in_child(Work work) {
    std::fflush(stdout);
    pid_t child = fork();
    if (child != 0)
        return child;
    try {
        work();
    } catch (const std::exception &e) {
        std::fprintf(stderr, "# in a child: %s\n", e.what());
        _exit(1);
    }
    _exit(0);
}
int status_of(pid_t child) {
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child);
    return status;
}

template <class Condition> void until(Condition holds) {
    while (!holds())
        std::this_thread::sleep_for(1ms);
}

TEST("a loop takes each generation once and in order, and ends with the stream") {
    lina::session session(1 << 20);
    lina::stream frames("frames", 2);
    lina::reader<const double, 2> reader("frames");
    std::thread camera([&] {
        lina::producer hold = frames.produce();
        for (int i = 1; i <= 100; i++)
            publish(frames, i);
    });
    double expected = 1;
    std::uint64_t sequence = 1;
    for (auto frame : reader) {
        static_assert(std::is_same_v<decltype(frame), lina::array<const double, 2>>);
        CHECK(frame(1, 2) == expected++ && frame.sequence() == sequence++);
    }
    camera.join();
    CHECK(expected == 101 && reader.ended() && reader.sequence() == 100 && reader.lost() == 0);
    CHECK(!reader.next(0s).has_value());
}

TEST("after a loop was left early, the next one goes on where it was") {
    lina::session session(1 << 20);
    lina::stream frames("frames", 4);
    auto reader = frames.follow<double, 2>();
    for (int i = 1; i <= 3; i++)
        publish(frames, i);
    for (auto frame : reader)
        if (frame(1, 2) == 2)
            break;
    CHECK(frames.info().unread == 1);
    auto moved = std::move(reader);
    auto third = moved.next(0s);
    CHECK(third.has_value() && (*third)(1, 2) == 3);
    CHECK(!moved.next(1ms).has_value() && !moved.ended());
}

TEST("each iteration of a loop gives its array back, and arrays that are kept count as held") {
    lina::session session(1 << 20);
    lina::stream frames("frames", 3);
    lina::reader_options one = lina::reader_options::oldest();
    one.max_held = 1;
    for (int i = 1; i <= 3; i++)
        publish(frames, i);
    auto reader = frames.follow<const double, 2>(one);
    double sum = 0;
    auto first = reader.next();
    CHECK(throws([&] { (void)reader.next(); }, LINA_ERR_BUSY, "1 views"));
    sum += (*first)(1, 2);
    first.reset();
    auto it = reader.begin();
    sum += (*it)(1, 2); /* it stays in the iterator */
    ++it;
    sum += (*it)(1, 2);
    CHECK(sum == 6);
}

TEST("a reader begins with the newest, the oldest that is kept, or a given sequence") {
    lina::session session(1 << 20);
    lina::stream frames("frames", 3);
    for (int i = 1; i <= 5; i++)
        publish(frames, i);
    using options = lina::reader_options;
    CHECK((*frames.follow<double, 2>(options::latest()).next(0s))(1, 2) == 5);
    CHECK((*frames.follow<double, 2>(options::oldest()).next(0s))(1, 2) == 3);
    CHECK((*frames.follow<double, 2>(options::from(4)).next(0s))(1, 2) == 4);
    CHECK(frames.follow<double, 2>(options::from(1)).lost() == 2);
    CHECK(!frames.follow<double, 2>().next(0s).has_value());
    CHECK(throws([&] { (void)frames.follow<double, 2>(options::from(9)); }, LINA_ERR_INVALID,
                 "\"frames\""));
}

TEST("a publish waits for the slowest reader, and after a time-out the loan is still a loan") {
    lina::session session(1 << 20);
    lina::stream frames("frames", 1);
    auto reader = frames.follow<double>();
    frames.loan<double>({1}).publish();
    auto next = frames.loan<double>({1});
    next(0) = 2;
    CHECK(!next.publish(0s) && !next.publish(1ms) && static_cast<bool>(next));
    CHECK(std::strstr(lina_last_error(), "\"frames\"") != nullptr);
    CHECK(frames.readers().size() == 1 && frames.readers()[0].unread == 1);
    std::thread other([&] { (void)reader.next(); });
    next.publish();
    other.join();
    CHECK((*reader.next())(0) == 2);
    lina::loan<double> plain("plain", {1}); /* no stream, so there is no reader to wait for */
    CHECK(plain.publish(0s));
}

TEST("a lossy reader can tell how many generations it lost") {
    lina::session session(1 << 20);
    lina::stream frames("frames", 2);
    lina::reader_options lossy;
    lossy.lossy = true;
    auto reader = frames.follow<double, 2>(lossy);
    for (int i = 1; i <= 5; i++)
        publish(frames, i);
    CHECK((*reader.next())(1, 2) == 4 && reader.lost() == 3);
}

TEST("an array of another type is an error that names the stream") {
    lina::session session(1 << 20);
    lina::stream frames("frames", 2);
    auto reader = frames.follow<float, 2>();
    publish(frames, 1);
    CHECK(throws([&] { (void)reader.next(); }, LINA_ERR_INVALID, "\"frames\""));
    CHECK(!reader.next(0s).has_value()); /* it counts as taken */
}

TEST("closing a reader ends the wait of another thread") {
    lina::session session(1 << 20);
    lina::stream frames("frames", 2);
    auto reader = frames.follow<double>();
    std::thread other(
        [&] { CHECK(throws([&] { (void)reader.next(); }, LINA_ERR_CLOSED, "\"frames\"")); });
    reader.close();
    other.join();
    CHECK(frames.info().readers == 0);
}

TEST("readers get DIED from a killed producer, and not from one that ended its stream") {
    lina::session session(1 << 20);
    lina::stream frames("frames", 2);
    auto reader = frames.follow<double, 2>();
    pid_t child = in_child([&] {
        lina::producer hold("frames");
        publish(frames, 1);
        pause();
    });
    CHECK((*reader.next())(1, 2) == 1);
    kill(child, SIGKILL);
    CHECK(throws([&] { (void)reader.next(); }, LINA_ERR_DIED, "\"frames\""));
    CHECK(status_of(child) == SIGKILL);
    child = in_child([&] {
        lina::producer hold = frames.produce();
        publish(frames, 2);
        hold.end();
        hold.end(); /* does nothing */
    });
    CHECK(status_of(child) == 0);
    CHECK((*reader.next())(1, 2) == 2 && !reader.next().has_value() && reader.ended());
}

TEST("a notification reports the next generation, and another one room") {
    lina::session session(1 << 20);
    lina::stream frames("frames", 1);
    auto reader = frames.follow<double>();
    std::atomic<std::uint64_t> heard{0};
    std::atomic<bool> room{false};
    auto next = frames.notify(
        1, [&](int status, std::uint64_t value) { heard = status == LINA_OK ? value : 99; });
    frames.loan<double>({1}).publish();
    until([&] { return heard != 0; });
    CHECK(heard == 1 && frames.head().value() == 1);
    auto space = frames.notify_room([&](int status, std::uint64_t) { room = status == LINA_OK; });
    CHECK(!room);
    (void)reader.next();
    until([&] { return room.load(); });
}

TEST("a wait for any of several can include streams") {
    lina::session session(1 << 20);
    lina::stream frames("frames", 2);
    CHECK(!lina::wait_any({"s", lina::wait_entry::of_stream("frames", 1)}, 1ms).has_value());
    publish(frames, 1);
    CHECK(lina::wait_any({"s", lina::wait_entry::of_stream("frames", 1)}) == 1);
    CHECK(lina::arena_ref().streams().size() == 1);
}

TEST("members have names, and a wait that depends on one ends with it") {
    lina::session session(1 << 20);
    lina::set_member_name("host");
    CHECK(throws([] { lina::stream("none"); }, LINA_ERR_NOT_FOUND, "\"none\""));
    {
        lina::arena script = lina::arena::join(lina::arena_ref());
        script.set_member_name("script");
        CHECK(throws([&] { script.set_member_name("host"); }, LINA_ERR_EXISTS, "\"host\""));
        CHECK(lina::members().size() == 2);
        CHECK(!lina::wait("done", lina::member("script"), 1ms));
        CHECK(!lina::arena_ref().wait_gone(lina::member("script"), 0s));
        lina::signal("done");
        lina::wait("done", lina::member("script"));
        lina::clear("done");
    }
    CHECK(throws([] { lina::wait("done", lina::member("script")); }, LINA_ERR_DIED, "\"script\""));
    lina::arena_ref().wait_gone(lina::member("script"));
    CHECK(lina::members().size() == 1 && std::string(lina::members()[0].name) == "host");
}

} // namespace
