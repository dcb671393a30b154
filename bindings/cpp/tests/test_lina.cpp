/* test_lina.cpp - lina.hpp from end to end; prints TAP, one line for each case. */
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "tap.hpp"

struct DLManagedTensor { /* as in dlpack.h, whose DLTensor has 48 bytes */
    unsigned char dl_tensor[48];
    void *manager_ctx;
    void (*deleter)(DLManagedTensor *self);
};

namespace {

/* ---- before there is an arena ------------------------------------------------------------------ */

TEST("without an arena an error says so") {
    CHECK(throws([] { lina::acquire<double>("x"); }, LINA_ERR_NOT_READY, "default arena"));
    setenv("LINA_ARENA", "shm:lina-test-nobody-has-this", 1);
    CHECK(throws([] { lina::session session; }, LINA_ERR_NOT_FOUND, "nobody-has-this"));
    unsetenv("LINA_ARENA");
}

/* ---- arrays ------------------------------------------------------------------------------------ */

template <class T> void check_dtype(std::uint32_t dtype) {
    static_assert(lina::dtype<T> == lina::dtype<const T>, "const is not part of a dtype");
    CHECK(lina::dtype<T> == dtype);
    CHECK(lina_dtype_size(dtype) == sizeof(T));
}

TEST("each element type has its dtype") {
    check_dtype<bool>(LINA_DTYPE_BOOL);
    check_dtype<std::byte>(LINA_DTYPE_U8);
    check_dtype<std::int8_t>(LINA_DTYPE_I8);
    check_dtype<std::uint8_t>(LINA_DTYPE_U8);
    check_dtype<std::int16_t>(LINA_DTYPE_I16);
    check_dtype<std::uint16_t>(LINA_DTYPE_U16);
    check_dtype<std::int32_t>(LINA_DTYPE_I32);
    check_dtype<std::uint32_t>(LINA_DTYPE_U32);
    check_dtype<long>(LINA_DTYPE_I64);
    check_dtype<long long>(LINA_DTYPE_I64);
    check_dtype<unsigned long>(LINA_DTYPE_U64);
    check_dtype<unsigned long long>(LINA_DTYPE_U64);
    check_dtype<float>(LINA_DTYPE_F32);
    check_dtype<double>(LINA_DTYPE_F64);
    check_dtype<std::complex<float>>(LINA_DTYPE_C64);
    check_dtype<std::complex<double>>(LINA_DTYPE_C128);
}

TEST("a new array has zeroes, and every later view sees what was written") {
    lina::session session(1 << 20);
    auto x = lina::create<double, 2>("x", {2, 3});
    CHECK(std::accumulate(x.begin(), x.end(), 0.0) == 0);
    x(1, 2) = 42;
    auto y = lina::acquire<const double, 2>("x");
    static_assert(std::is_same_v<decltype(y(0, 0)), const double &>, "only read");
    CHECK(y(1, 2) == 42 && &y(0, 0) == x.data() && y.data()[5] == 42);
    CHECK(y.size() == 6 && y.rank() == 2 && y.is_contiguous() && y.is_current());
    CHECK((y.shape() == std::array<std::size_t, 2>{2, 3}) && y.extent(1) == 3);
    CHECK((y.strides() == std::array<std::ptrdiff_t, 2>{24, 8}));
    CHECK(y.generation() == 1 && std::string(y.name()) == "x");
    CHECK(y.at(1, 2) == 42);
    try {
        y.at(1, 3);
        CHECK(false);
    } catch (const std::out_of_range &e) {
        CHECK(std::strstr(e.what(), "\"x\"") != nullptr);
    }
}

TEST("F order has the same indexes") {
    lina::session session(1 << 20);
    auto x = lina::create<std::int32_t, 3>("x", {2, 3, 4}, lina::order::F);
    CHECK((x.strides() == std::array<std::ptrdiff_t, 3>{4, 8, 24}));
    x(1, 2, 3) = 7;
    CHECK(x.data()[1 + 2 * 2 + 6 * 3] == 7);
}

TEST("an array without dimensions has one element, and an empty one has none") {
    lina::session session(1 << 20);
    auto one = lina::create<double, 0>("one", {});
    one() = 3;
    CHECK(one.size() == 1 && *one.begin() == 3 && one.at() == 3);
    auto none = lina::create<double, 2>("none", {0, 3});
    CHECK(none.size() == 0 && none.begin() == none.end());
}

TEST("a view of another dtype or ndim is refused, and the sentence names the array") {
    lina::session session(1 << 20);
    lina::create<double, 2>("x", {2, 3});
    CHECK(throws([] { lina::acquire<float, 2>("x"); }, LINA_ERR_INVALID,
                 "\"x\": it holds f64, not f32"));
    CHECK(throws([] { lina::acquire<double>("x"); }, LINA_ERR_INVALID,
                 "\"x\": it has 2 dimensions, not 1"));
    CHECK(throws([] { lina::acquire<double>("y"); }, LINA_ERR_NOT_FOUND, "\"y\""));
    CHECK(throws([] { lina::create<double>("x", {1}); }, LINA_ERR_EXISTS, "\"x\""));
    CHECK(throws([] { lina::create<double>("", {1}); }, LINA_ERR_INVALID, "array"));
    CHECK(throws([] { lina::remove("y"); }, LINA_ERR_NOT_FOUND, "\"y\""));
    CHECK(lina::list().size() == 1); /* the refused views hold nothing */
}

TEST("an alias has its own strides, and does not count as contiguous") {
    lina::session session(1 << 20);
    auto frame = lina::create<std::uint8_t, 3>("frame", {4, 5, 3});
    lina::alias("green", "frame", 1, {4, 5}, {15, 3});
    auto green = lina::acquire<std::uint8_t, 2>("green");
    green(3, 4) = 9;
    CHECK(frame(3, 4, 1) == 9 && !green.is_contiguous());
    CHECK(throws([&] { green.begin(); }, LINA_ERR_INVALID, "\"green\": there are gaps"));
    lina::alias("backwards", "frame", 59, {60}, {-1});
    CHECK(lina::acquire<std::uint8_t>("backwards")(0) == frame(3, 4, 2));
    lina::create<double>("numbers", {4});
    lina::alias("odd", "numbers", 4, {2}, {8});
    CHECK(throws([] { lina::acquire<double>("odd"); }, LINA_ERR_INVALID, "\"odd\": its elements"));
}

TEST("spans show the same memory") {
    lina::session session(1 << 20);
    auto x = lina::create<float, 2>("x", {2, 3});
    for (float &value : x)
        value = 1;
    CHECK(x(1, 2) == 1);
#ifdef __cpp_lib_span
    std::span<float> all = x.span();
    all[5] = 6;
    CHECK(all.size() == 6 && x(1, 2) == 6);
#endif
#ifdef __cpp_lib_mdspan
    auto grid = x.mdspan();
    CHECK(grid.extent(0) == 2 && grid.extent(1) == 3 && (&grid[std::array{1, 2}] == &x(1, 2)));
    lina::alias("backwards", "x", 20, {6}, {-4});
    auto backwards = lina::acquire<float>("backwards");
    CHECK(throws([&] { backwards.mdspan(); }, LINA_ERR_INVALID, "\"backwards\""));
#endif
}

/* ---- holding ----------------------------------------------------------------------------------- */

TEST("a view holds its generation, a shared one holds it too, and a moved one holds nothing") {
    lina::arena arena(1 << 20);
    auto old = arena.create<double>("x", {100});
    old(0) = 1;
    auto next = arena.republish<double>("x", {50});
    CHECK(!old.is_current() && next.is_current() && next.generation() == 2 && old(0) == 1);
    CHECK(arena.info().held == 1);
    auto shared = old.share();
    auto moved = std::move(old);
    CHECK(!old && moved && shared.data() == moved.data());
    moved = {};
    CHECK(arena.info().held == 1 && shared(0) == 1);
    shared = std::move(next);
    CHECK(arena.info().held == 0 && shared.size() == 50);
    {
        auto brief = shared.share();
        arena.remove("x");
        shared = {};
        CHECK(arena.info().held == 1 && brief.size() == 50);
    }
    CHECK(arena.info().held == 0);
    static_assert(!std::is_copy_constructible_v<lina::array<double>>, "a copy would need share()");
    static_assert(std::is_nothrow_move_constructible_v<lina::array<double>>, "for containers");
}

TEST("a view outlives its arena") {
    lina::array<double> x;
    {
        lina::arena arena(1 << 20);
        x = arena.create<double>("x", {10});
        x(9) = 5;
    }
    CHECK(x(9) == 5);
}

TEST("a loan is seen when it is published, and never before") {
    lina::session session(1 << 22);
    {
        lina::loan<double, 2> unseen("x", {2, 2});
        unseen(0, 0) = 1;
    }
    CHECK(throws([] { lina::acquire<double, 2>("x"); }, LINA_ERR_NOT_FOUND, "\"x\""));
    auto l = lina::loan<double, 2>("x", {480, 640});
    l(0, 0) = 1;
    auto kept = l.share();
    l.publish();
    CHECK(!l && kept(0, 0) == 1);
    CHECK(lina::acquire<double, 2>("x").data() == kept.data());
    CHECK(throws([&] { l.publish(); }, LINA_ERR_INVALID, "view"));
    auto other = lina::loan<double, 2>("x", {1, 1}, lina::order::F);
    other.discard();
    CHECK(lina::acquire<double, 2>("x").size() == 480 * 640);
}

TEST("a read-only member must ask for const elements") {
    lina::arena arena(1 << 20);
    arena.create<double>("x", {3})(2) = 4;
    auto looking = lina::arena::attach("fd:" + std::to_string(arena.fd()), true);
    CHECK(looking.acquire<const double>("x")(2) == 4);
    CHECK(throws([&] { looking.acquire<double>("x"); }, LINA_ERR_READ_ONLY, "\"x\""));
    CHECK(throws([&] { looking.create<double>("y", {1}); }, LINA_ERR_READ_ONLY, "\"y\""));
}

TEST("an untyped view has any dtype, and can be exported by lina.h") {
    lina::arena arena(1 << 20);
    arena.create<std::int16_t>("x", {7});
    lina::view view = arena.view("x");
    CHECK(view.desc().dtype == LINA_DTYPE_I16 && view.ndim() == 1 && view.address() != nullptr);
    lina::array<std::int16_t> typed(view.share());
    CHECK(typed.data() == view.address());
    DLManagedTensor *tensor = nullptr;
    CHECK(lina_export_dlpack(view.handle(), &tensor) == LINA_OK);
    tensor->deleter(tensor);
}

/* ---- signals ----------------------------------------------------------------------------------- */

TEST("a wait sees a signal, with and without a time-out") {
    lina::session session(1 << 20);
    CHECK(!lina::try_wait("s") && lina::value("s") == 0);
    CHECK(!lina::wait("s", 1ms) && !lina::wait("s", 0s) && !lina::wait("s", -5min));
    CHECK(!lina::wait_value("s", 1, std::chrono::duration<double>(0.001)));
    lina::signal("s");
    lina::wait("s");
    CHECK(lina::try_wait("s") && lina::wait("s", 1h) && lina::wait("s", std::chrono::hours::max()));
    lina::clear("s");
    CHECK(!lina::try_wait("s") && lina::value("s") == 1);
    std::thread other([] { lina::signal("s"); });
    lina::wait_value("s", 2);
    other.join();
    CHECK(throws([] { lina::signal(""); }, LINA_ERR_INVALID, "signal"));
}

TEST("a signal's handle does the same without the name") {
    lina::arena arena(1 << 20);
    auto s = arena.open_signal("s");
    CHECK(!s.try_wait() && !s.wait(1ms) && !s.wait_value(1, 1ms));
    s.signal();
    s.wait();
    s.wait_value(1);
    CHECK(s.try_wait() && s.value() == 1 && arena.value("s") == 1);
    s.clear();
    CHECK(!s.try_wait());
}

TEST("an addition counts several at once, and a removed signal begins anew") {
    lina::session session(1 << 16);
    lina::signal("s", 5);
    lina::signal("s", 0);
    auto s = lina::arena_ref().open_signal("s");
    s.add(2);
    CHECK(lina::value("s") == 7 && s.value() == 7 && s.is_there());
    CHECK(throws([&] { s.add(UINT64_MAX); }, LINA_ERR_INVALID, "\"s\""));
    lina::remove_signal("s");
    CHECK(!s.is_there());
    CHECK(throws([&] { s.value(); }, LINA_ERR_NOT_FOUND, "\"s\""));
    CHECK(throws([&] { s.clear(); }, LINA_ERR_NOT_FOUND, "\"s\""));
    CHECK(throws([&] { s.try_wait(); }, LINA_ERR_NOT_FOUND, "\"s\""));
    CHECK(throws([&] { s.wait(); }, LINA_ERR_NOT_FOUND, "\"s\""));
    s.signal();
    CHECK(lina::value("s") == 0);
    CHECK(throws([] { lina::remove_signal("s"); }, LINA_ERR_NOT_FOUND, "\"s\""));
}

TEST("a wait for any of several says which was reached") {
    using namespace std::chrono_literals;
    lina::session session(1 << 16);
    CHECK(!lina::wait_any({"a", {"b", 2}}, 1ms).has_value());
    CHECK(!lina::wait_any({"a", {"b", 2}}, -1ms).has_value());
    lina::signal("b");
    CHECK(!lina::wait_any({"a", {"b", 2}}, 0ms).has_value());
    lina::signal("b");
    CHECK(lina::wait_any({"a", {"b", 2}}, 1s) == std::size_t{1});
    std::thread other([] { lina::signal("c"); });
    CHECK(lina::wait_any({"a", "c"}) == 1);
    other.join();
    CHECK(throws([] { lina::wait_any({}); }, LINA_ERR_INVALID, "0 signals"));
}

TEST("a notification calls back, unless it was cancelled") {
    lina::arena arena(1 << 20);
    std::atomic<std::uint64_t> heard{0}, never{0};
    auto first = arena.notify("s", 2, [&](int status, std::uint64_t value) {
        CHECK(status == LINA_OK);
        heard = value;
    });
    auto second = arena.notify("s", 2, [&](int, std::uint64_t) { never = 1; });
    auto third = std::move(second);
    CHECK(third.cancel() && !third.cancel());
    {
        auto ended = arena.notify("s", 1, [&](int, std::uint64_t) { never = 1; });
    }
    arena.signal("s");
    arena.signal("s");
    for (int i = 0; heard == 0 && i < 60000; i++)
        std::this_thread::sleep_for(1ms);
    CHECK(heard == 2 && never == 0 && !first.cancel());
    lina::notification closed;
    {
        lina::arena brief(1 << 16);
        closed = brief.notify(
            "s", 1, [&](int status, std::uint64_t) { never = status == LINA_ERR_CLOSED; });
    }
    CHECK(never == 1);
}

TEST("a list has every array, but no removed one") {
    lina::session session(1 << 20);
    for (int i = 0; i < 20; i++)
        lina::create<int>(std::to_string(i), {1});
    lina::remove("7");
    CHECK(lina::list().size() == 19);
}

TEST("programs that start at the same time share the arena of a name") {
    const std::string where = "shm:cpp-session-" + std::to_string(getpid());
    lina_arena_options_t options = {};
    options.flags = LINA_ARENA_TEMPORARY;
    options.mode = 0660;
    lina::session session(1 << 16, where, options);
    lina::ensure<double, 2>("x", {2, 3})(1, 2) = 42.0;
    struct stat file;
    CHECK(stat(("/dev/shm/lina." + where.substr(4)).c_str(), &file) == 0);
    CHECK((file.st_mode & 0777) == 0660);
    { /* as another program would */
        lina::arena other = lina::arena::join(1 << 12, where);
        CHECK((other.ensure<double, 2>("x", {2, 3})(1, 2) == 42.0));
        CHECK(throws([&] { (void)other.ensure<float, 2>("x", {2, 3}); }, LINA_ERR_EXISTS, "\"x\""));
    }
    CHECK(throws([&] { lina::arena::join(1 << 20, where); }, LINA_ERR_INVALID, where.c_str()));
    lina::session again(1 << 12, where); /* there is a default arena already */
    CHECK(lina::list().size() == 1);
}

TEST("an alias reads bytes as elements of another type") {
    lina::arena arena(1 << 16);
    arena.create<std::uint8_t, 2>("records", {4, 12}); /* {double; int32} four times, packed */
    arena.alias_as<std::int32_t, 1>("id", "records", 8, {4}, {12});
    lina::array<std::int32_t> id = arena.acquire<std::int32_t>("id");
    id(2) = 7;
    CHECK((arena.acquire<std::uint8_t, 2>("records")(2, 8) == 7));
    arena.sync(); /* nothing to write */
}

} // namespace
