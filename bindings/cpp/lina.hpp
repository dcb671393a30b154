/* lina.hpp - Lina for C++17 and later, in one header over lina.h.                 SPDX: MIT
 *
 *     lina::session session(1 << 20);                       // joins LINA_ARENA's arena, or makes one
 *     auto x = lina::create<double, 2>("input", {2, 3});    // zeroes, and a view of them
 *     x(1, 2) = 42;                                         // element (1, 2) in every language
 *     lina::signal("data_ready");
 *
 *     auto next = lina::loan<double, 2>("input", {4, 3});   // no other view can show it yet
 *     next(0, 0) = 1;
 *     next.publish();                                       // in one step; x still shows the old one
 *
 *     lina::stream frames("frames", 8);                     // keeps its last 8 generations, in order
 *     for (auto frame : frames.follow<const double, 2>())   // each once, until the stream ends
 *         use(frame.sequence(), frame(0, 0));
 *
 *  - A view can be moved, not copied. It keeps its generation in place, and no other; share() makes a second hold.
 *  - A call that fails throws lina::error: code(), name(), and a sentence that names the array or signal.
 *    A time-out is an answer, not an error: a wait that timed out returns false.
 *  - Shapes count elements. Offsets and strides count bytes, as everywhere in Lina. Nothing is copied.
 *  - An array, a loan, a reader or a signal_handle belongs to one thread at a time. All other functions may be
 *    called from any thread. lina.h says what blocks, and what a fork does.
 *  - Free functions use the default arena. lina::arena has the same functions as members. */
#ifndef LINA_HPP
#define LINA_HPP

#include <array>
#include <cassert>
#include <chrono>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>
#if __has_include(<version>)
#include <version>
#endif
#ifdef __cpp_lib_span
#include <span>
#endif
#ifdef __cpp_lib_mdspan
#include <mdspan>
#endif
#ifdef __STDCPP_FLOAT16_T__
#include <stdfloat>
#endif

#include "lina.h"

namespace lina {

/* ---- errors ------------------------------------------------------------------------------------ */

class error : public std::runtime_error {
  public:
    /* The calling thread's last failure. */
    explicit error(int code) : error(code, lina_last_error()) {}
    error(int code, const std::string &sentence) : std::runtime_error(sentence), code_(code) {}
    int code() const noexcept { return code_; }                          /* LINA_ERR_* */
    const char *name() const noexcept { return lina_error_name(code_); } /* "NOT_FOUND" */

  private:
    int code_;
};

namespace detail {
inline int check(int result) {
    if (result < 0)
        throw error(result);
    return result;
}
[[noreturn]] inline void refuse(int code, const lina_desc_t &desc, const std::string &why) {
    throw error(code, "array \"" + std::string(desc.name) + "\": " + why);
}
} // namespace detail

/* ---- dtypes ------------------------------------------------------------------------------------ */

namespace detail {
constexpr std::uint32_t dtype_code(std::uint32_t code, std::size_t nbytes) {
    return code | static_cast<std::uint32_t>(nbytes * 8) << 8 | std::uint32_t{1} << 16;
}
template <class T> struct is_complex : std::false_type {};
template <class T> struct is_complex<std::complex<T>> : std::is_floating_point<T> {};

template <class T> constexpr std::uint32_t dtype_of() {
    if constexpr (std::is_same_v<T, bool>)
        return LINA_DTYPE_BOOL;
    else if constexpr (std::is_same_v<T, std::byte>)
        return LINA_DTYPE_U8;
#ifdef __STDCPP_BFLOAT16_T__
    else if constexpr (std::is_same_v<T, std::bfloat16_t>)
        return LINA_DTYPE_BF16;
#endif
    else if constexpr (std::is_integral_v<T>)
        return dtype_code(std::is_signed_v<T> ? 0 : 1, sizeof(T));
    else if constexpr (std::is_floating_point_v<T> && sizeof(T) <= 8)
        return dtype_code(2, sizeof(T));
    else if constexpr (is_complex<T>::value && sizeof(T) <= 16)
        return dtype_code(5, sizeof(T));
    else
        static_assert(sizeof(T) == 0, "no dtype of Lina has this element type");
}
inline std::string dtype_name(std::uint32_t dtype) {
    const char *name = lina_dtype_name(dtype);
    return name != nullptr ? name : "dtype " + std::to_string(dtype);
}
} // namespace detail

/* The dtype of an element type. The size and sign of an integer type count, so long and long long are both i64. */
template <class T> inline constexpr std::uint32_t dtype = detail::dtype_of<std::remove_cv_t<T>>();

enum class order : std::uint32_t { C = LINA_LAYOUT_C, F = LINA_LAYOUT_F };

template <std::size_t N> using shape_t = std::array<std::uint64_t, N>;

/* ---- views ------------------------------------------------------------------------------------- */

/* A hold on one generation, of any dtype and shape. */
class view {
  public:
    view() noexcept = default;
    /* Takes over a view that C functions filled, and empties it. */
    explicit view(lina_view_t &&taken) noexcept { take(taken); }
    view(view &&other) noexcept { take(other.view_); }
    view &operator=(view &&other) noexcept {
        if (this != &other) {
            lina_release(&view_);
            take(other.view_);
        }
        return *this;
    }
    ~view() { lina_release(&view_); }

    explicit operator bool() const noexcept { return view_.arena != nullptr; }
    const lina_desc_t &desc() const noexcept { return view_.desc; }
    const char *name() const noexcept { return view_.desc.name; }
    std::uint32_t generation() const noexcept { return view_.desc.generation; }
    /* The generation's number in a count of its name that does not wrap. In a stream: its sequence. */
    std::uint64_t sequence() const noexcept { return view_.sequence; }
    std::uint32_t ndim() const noexcept { return view_.desc.ndim; }
    bool is_current() const noexcept { return lina_view_is_current(&view_) != 0; }
    bool is_read_only() const noexcept { return (view_.flags & LINA_VIEW_READ_ONLY) != 0; }
    /* The address of element (0, 0, ...). */
    void *address() const noexcept { return view_.data; }
    /* The view of the C API, for functions of lina.h such as the exports to DLPack and Arrow. */
    lina_view_t *handle() noexcept { return &view_; }
    const lina_view_t *handle() const noexcept { return &view_; }
    /* Makes a second hold on the same generation. */
    view share() const {
        lina_view_t second;
        detail::check(lina_retain(&view_, &second));
        return view(std::move(second));
    }

  private:
    void take(lina_view_t &other) noexcept {
        if (other.arena != nullptr)
            lina_view_move(&other, &view_);
        else
            view_ = {};
    }

    lina_view_t view_{};
};

/* A hold on one generation with N dimensions and elements of type T. T is const if the elements are only read. */
template <class T, std::size_t N = 1> class array {
    static_assert(N <= LINA_MAX_DIMS, "Lina has at most eight dimensions");

  public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;
    static constexpr std::size_t rank() noexcept { return N; }

    array() noexcept = default;
    /* Throws if the view has another dtype or ndim, or if it is read-only and T is not const. */
    explicit array(view held) : view_(std::move(held)) { require(); }

    explicit operator bool() const noexcept { return static_cast<bool>(view_); }
    const char *name() const noexcept { return view_.name(); }
    const lina_desc_t &desc() const noexcept { return view_.desc(); }
    std::uint32_t generation() const noexcept { return view_.generation(); }
    std::uint64_t sequence() const noexcept { return view_.sequence(); }
    bool is_current() const noexcept { return view_.is_current(); }
    array share() const { return array(view_.share()); }
    view &untyped() noexcept { return view_; }
    const view &untyped() const noexcept { return view_; }

    T *data() const noexcept { return static_cast<T *>(view_.address()); }
    std::size_t extent(std::size_t d) const noexcept {
        return static_cast<std::size_t>(desc().shape[d]);
    }
    std::array<std::size_t, N> shape() const noexcept { return copy<std::size_t>(desc().shape); }
    /* In bytes, from one element to the next. */
    std::array<std::ptrdiff_t, N> strides() const noexcept {
        return copy<std::ptrdiff_t>(desc().strides);
    }
    std::size_t size() const noexcept {
        return static_cast<std::size_t>(desc().nbytes / sizeof(value_type));
    }
    /* True if the elements lie side by side, in C or F order. */
    bool is_contiguous() const noexcept { return desc().layout != LINA_LAYOUT_STRIDED; }

    /* Takes one index for each dimension, and does not check them. */
    template <class... I> T &operator()(I... index) const noexcept {
        static_assert(sizeof...(I) == N, "one index for each dimension");
        static_assert((std::is_integral_v<I> && ...), "indexes are integers");
        std::ptrdiff_t at = 0;
        [[maybe_unused]] std::size_t d = 0;
        ((at += static_cast<std::ptrdiff_t>(index) * desc().strides[d++]), ...);
        using byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;
        return *reinterpret_cast<T *>(reinterpret_cast<byte *>(data()) + at);
    }
    /* The same, with a check: throws std::out_of_range. */
    template <class... I> T &at(I... index) const {
        [[maybe_unused]] std::size_t d = 0;
        if (!((static_cast<std::uint64_t>(index) < desc().shape[d++]) && ...))
            throw std::out_of_range("array \"" + std::string(name()) + "\": index out of range");
        return (*this)(index...);
    }

    /* All elements in the order in which they lie in memory. Throws if there are gaps between them. */
    T *begin() const {
        require_contiguous();
        return data();
    }
    T *end() const { return begin() + size(); }
#ifdef __cpp_lib_span
    std::span<T> span() const { return {begin(), size()}; }
#endif
#ifdef __cpp_lib_mdspan
    using mdspan_t = std::mdspan<T, std::dextents<std::size_t, N>, std::layout_stride>;
    /* Throws if a stride is not a positive number of elements: mdspan cannot express it. */
    mdspan_t mdspan() const {
        std::array<std::size_t, N> steps{};
        for (std::size_t d = 0; d < N; d++) {
            if (desc().strides[d] <= 0 || desc().strides[d] % std::int64_t{sizeof(T)} != 0)
                detail::refuse(LINA_ERR_INVALID, desc(), "std::mdspan cannot say its strides");
            steps[d] = static_cast<std::size_t>(desc().strides[d]) / sizeof(T);
        }
        return mdspan_t(data(), {std::dextents<std::size_t, N>(shape()), steps});
    }
#endif

  private:
    template <class E, class From> static std::array<E, N> copy(const From &from) noexcept {
        std::array<E, N> out{};
        for (std::size_t d = 0; d < N; d++)
            out[d] = static_cast<E>(from[d]);
        return out;
    }
    void require() const {
        const lina_desc_t &d = desc();
        if (d.dtype != dtype<T>)
            detail::refuse(LINA_ERR_INVALID, d,
                           "it holds " + detail::dtype_name(d.dtype) + ", not " +
                               detail::dtype_name(dtype<T>));
        if (d.ndim != N)
            detail::refuse(LINA_ERR_INVALID, d,
                           "it has " + std::to_string(d.ndim) + " dimensions, not " +
                               std::to_string(N));
        if (!std::is_const_v<T> && view_.is_read_only())
            detail::refuse(LINA_ERR_READ_ONLY, d, "it is read-only: ask for const elements");
        bool aligned = reinterpret_cast<std::uintptr_t>(view_.address()) % alignof(T) == 0;
        for (std::size_t i = 0; i < N; i++)
            aligned = aligned &&
                      (d.shape[i] < 2 || d.strides[i] % std::int64_t{alignof(value_type)} == 0);
        if (!aligned)
            detail::refuse(LINA_ERR_INVALID, d, "its elements are not aligned for C++");
    }
    void require_contiguous() const {
        if (!is_contiguous())
            detail::refuse(LINA_ERR_INVALID, desc(), "there are gaps between its elements");
    }

    view view_;
};

/* ---- waiting ----------------------------------------------------------------------------------- */

/* The member that a wait depends on. If the member is gone, the wait throws DIED. */
struct member {
    std::string name;
    explicit member(std::string name_) : name(std::move(name_)) {}
};

/* One of the things that wait_any waits for: that a signal is set, or that its counter is at least `target`. With
 * of_stream(): that a stream's last sequence is at least `sequence`. With depends_on(): the wait also throws DIED if
 * the member is gone. */
struct wait_entry {
    std::string name;
    std::uint64_t target = LINA_WAIT_SET;
    std::string partner; /* a member's name, or "" */
    std::uint32_t flags = 0;
    wait_entry(const char *name_, std::uint64_t target_ = LINA_WAIT_SET)
        : name(name_), target(target_) {}
    wait_entry(std::string name_, std::uint64_t target_ = LINA_WAIT_SET)
        : name(std::move(name_)), target(target_) {}
    wait_entry depends_on(const member &on) && {
        partner = on.name;
        return std::move(*this);
    }
    static wait_entry of_stream(std::string name, std::uint64_t sequence) {
        wait_entry entry(std::move(name), sequence);
        entry.flags = LINA_WAIT_STREAM;
        return entry;
    }
};

namespace detail {
inline std::vector<lina_wait_t> c_waits(const std::vector<wait_entry> &entries) {
    std::vector<lina_wait_t> out;
    for (const wait_entry &entry : entries)
        out.push_back({entry.name.c_str(), entry.target,
                       entry.partner.empty() ? nullptr : entry.partner.c_str(), entry.flags, 0});
    return out;
}
/* Nanoseconds for the C functions. A negative time becomes 0. A time of more than 9e9 seconds, which they could not
 * count, becomes forever. */
template <class Rep, class Period>
std::int64_t timeout_ns(std::chrono::duration<Rep, Period> time) {
    using seconds = std::chrono::duration<double>;
    if (time <= time.zero())
        return 0;
    if (std::chrono::duration_cast<seconds>(time).count() > 9e9)
        return LINA_FOREVER;
    return std::chrono::ceil<std::chrono::nanoseconds>(time).count();
}
/* Calls a `void` function of C, which reports a failure only by lina_last_error_code, and throws the failure. */
template <class Call> void check_void(Call call) {
    lina_clear_error();
    call();
    check(lina_last_error_code());
}
/* The index of what ended the wait, or nothing if it timed out. */
inline std::optional<std::size_t>
wait_any(lina_arena_t *arena, const std::vector<lina_wait_t> &waits, std::int64_t timeout) {
    std::uint32_t which = 0;
    int result = lina_wait_any(arena, waits.data(), static_cast<std::uint32_t>(waits.size()),
                               timeout, &which);
    if (result == LINA_ERR_TIMEOUT)
        return std::nullopt;
    check(result);
    return which;
}
/* False if the wait timed out. */
inline bool waited(int result) {
    return result == LINA_ERR_TIMEOUT ? false : (check(result), true);
}
} // namespace detail

/* A handle of a signal, which needs no look-up of the name. It is valid until the arena is closed or the signal is
 * removed. After a removal, calls throw NOT_FOUND, even if another signal has the name. */
class signal_handle {
  public:
    explicit signal_handle(const lina_signal_t &handle) noexcept : handle_(handle) {}
    /* Adds one. If the signal was removed, this does nothing, and does not throw: ask is_there(). */
    void signal() const noexcept { lina_signal_raise(&handle_); }
    void add(std::uint64_t n) const { detail::check(lina_signal_raise_by(&handle_, n)); }
    bool is_there() const noexcept {
        return __atomic_load_n(handle_.current, __ATOMIC_ACQUIRE) == handle_.incarnation;
    }
    bool try_wait() const { return detail::check(lina_signal_is_set(&handle_)) != 0; }
    void clear() const {
        detail::check_void([this] { lina_signal_clear(&handle_); });
    }
    std::uint64_t value() const {
        std::uint64_t out = 0;
        detail::check_void([this, &out] { out = lina_signal_read(&handle_); });
        return out;
    }
    void wait() const { detail::check(lina_signal_wait(&handle_, LINA_FOREVER)); }
    template <class R, class P> [[nodiscard]] bool wait(std::chrono::duration<R, P> timeout) const {
        return detail::waited(lina_signal_wait(&handle_, detail::timeout_ns(timeout)));
    }
    void wait_value(std::uint64_t target) const {
        detail::check(lina_signal_wait_value(&handle_, target, LINA_FOREVER));
    }
    template <class R, class P>
    [[nodiscard]] bool wait_value(std::uint64_t target, std::chrono::duration<R, P> timeout) const {
        return detail::waited(
            lina_signal_wait_value(&handle_, target, detail::timeout_ns(timeout)));
    }

  private:
    lina_signal_t handle_;
};

/* A callback that Lina's helper thread runs once. It must not block or throw. The destructor of this object cancels the
 * callback, and waits while it runs; so the callback itself must not destroy the object. The callback gets LINA_OK and
 * the counter, or the code that ended the wait: LINA_ERR_CLOSED; LINA_ERR_NOT_FOUND if the signal or stream was removed;
 * LINA_ERR_ENDED or LINA_ERR_DIED if a stream has no producer any more. */
class notification {
  public:
    using callback = std::function<void(int status, std::uint64_t value)>;
    notification() noexcept = default;
    notification(lina_arena_t *arena, const std::string &name, std::uint64_t target, callback run)
        : notification(std::move(run), [&](lina_notify_fn fn, void *context, lina_notify_id_t *id) {
              return lina_notify(arena, name.c_str(), target, fn, context, id);
          }) {}
    /* Calls `start` with the arguments that all lina_notify functions share; `start` adds what to wait for. */
    template <class Start>
    notification(callback run, Start start) : run_(std::make_unique<callback>(std::move(run))) {
        detail::check(start(call, run_.get(), &id_));
    }
    notification(notification &&other) noexcept
        : run_(std::move(other.run_)), id_(std::exchange(other.id_, 0)) {}
    notification &operator=(notification &&other) noexcept {
        if (this != &other) {
            cancel();
            run_ = std::move(other.run_);
            id_ = std::exchange(other.id_, 0);
        }
        return *this;
    }
    ~notification() { cancel(); }
    /* Returns true if the callback was still pending. Once this has returned, the callback does not run any more. */
    bool cancel() noexcept { return lina_notify_cancel(std::exchange(id_, 0)) == LINA_OK; }

  private:
    static void call(void *run, int status, std::uint64_t value) noexcept {
        (*static_cast<callback *>(run))(status, value);
    }
    std::unique_ptr<callback> run_;
    lina_notify_id_t id_ = 0;
};

/* ---- loans ------------------------------------------------------------------------------------- */

/* Memory that no other view can show until publish() makes it the next generation of its name. It is not zeroed. If a
 * loan was not published, its destructor gives the memory back. */
template <class T, std::size_t N = 1> class loan : public array<T, N> {
  public:
    loan(const std::string &name, const shape_t<N> &shape, order o = order::C,
         lina_arena_t *arena = nullptr)
        : array<T, N>(borrow(arena, name, shape, o)) {}
    /* Publishes, and ends the loan. To go on reading its memory, call share() before. On a stream, waits for the slowest
     * reader. */
    void publish() { detail::check(publish_within(LINA_FOREVER)); }
    /* The same. Returns false if the time is over; this is then still a loan. With 0, it does not wait. */
    template <class R, class P> [[nodiscard]] bool publish(std::chrono::duration<R, P> timeout) {
        int result = publish_within(detail::timeout_ns(timeout));
        return result == LINA_ERR_BEHIND ? false : detail::waited(result);
    }
    void discard() { detail::check(lina_discard(this->untyped().handle())); }

  private:
    int publish_within(std::int64_t timeout) {
        return lina_publish_within(this->untyped().handle(), timeout);
    }
    static view borrow(lina_arena_t *arena, const std::string &name, const shape_t<N> &shape,
                       order o) {
        lina_view_t out;
        detail::check(lina_loan(arena, name.c_str(), dtype<T>, N, shape.data(),
                                static_cast<std::uint32_t>(o), &out));
        return view(std::move(out));
    }
};

/* ---- streams ----------------------------------------------------------------------------------- */

namespace detail {
/* Returns everything that `call(out, cap, &written)` lists. */
template <class T, class Call> std::vector<T> list_all(Call call) {
    std::vector<T> out;
    std::size_t count = 0;
    do { /* again, if there are more items by now than `out` has room for */
        check(call(nullptr, std::size_t{0}, &count));
        out.resize(count + 1);
        check(call(out.data(), out.size(), &count));
    } while (count == out.size());
    out.resize(count);
    return out;
}
} // namespace detail

/* Where a reader begins, and how it reads. */
struct reader_options {
    std::uint32_t start = LINA_START_NEXT; /* LINA_START_* */
    std::uint64_t at = 0;                  /* the sequence, with LINA_START_AT */
    bool lossy = false;                    /* producers do not wait for it */
    bool revive = false;                   /* if all producers died, it waits for the next one */
    std::uint32_t max_held = 0;            /* most arrays in use at once; 0: the stream's depth */

    static reader_options oldest() { return starting(LINA_START_OLDEST); }
    static reader_options latest() { return starting(LINA_START_LATEST); }
    static reader_options from(std::uint64_t sequence) { return starting(LINA_START_AT, sequence); }

  private:
    static reader_options starting(std::uint32_t start, std::uint64_t at = 0) {
        reader_options out;
        out.start = start;
        out.at = at;
        return out;
    }
};

/* Takes the generations of a stream one after the other, as arrays of N dimensions of T.
 *
 *     lina::reader<const double, 2> reader("frames");
 *     for (auto frame : reader)        // ends with the stream; each iteration gives its frame back
 *         use(frame);
 *
 * If you leave a loop early, the reader stays where it is. After the reader's end, or close(), producers no longer
 * wait for it. next() and loops throw DIED if the last producer is gone and did not end the stream, and BUSY if
 * max_held arrays are in use. If an array has another type, they throw, and the array counts as taken. */
template <class T, std::size_t N = 1> class reader {
  public:
    class iterator;

    explicit reader(const std::string &name, const reader_options &options = {},
                    lina_arena_t *arena = nullptr)
        : handle_(new lina_reader_t{}) {
        lina_reader_options_t c = {};
        c.start = options.start;
        c.at = options.at;
        c.flags =
            (options.lossy ? LINA_READER_LOSSY : 0) | (options.revive ? LINA_READER_REVIVE : 0);
        c.max_held = options.max_held;
        detail::check(lina_reader_open(arena, name.c_str(), &c, handle_.get()));
    }

    /* Waits for the next generation. Returns nothing when the stream has ended. */
    std::optional<array<T, N>> next() { return take(LINA_FOREVER); }
    /* The same. Returns nothing if the time is over as well: ended() tells the two apart. */
    template <class R, class P>
    [[nodiscard]] std::optional<array<T, N>> next(std::chrono::duration<R, P> timeout) {
        return take(detail::timeout_ns(timeout));
    }
    bool ended() const noexcept { return ended_; }

    iterator begin() { return iterator(this); }
    iterator end() noexcept { return iterator(); }

    /* How many generations a lossy reader missed, and how many were gone before the reader began. */
    std::uint64_t lost() const noexcept { return lina_reader_lost(handle_.get()); }
    /* The sequence of the generation taken last. reader_options::from(sequence() + 1) goes on after it. */
    std::uint64_t sequence() const noexcept { return lina_reader_sequence(handle_.get()); }
    /* May be called from any thread. If another thread waits in next(), that throws CLOSED. Arrays stay valid. */
    void close() noexcept { lina_reader_close(handle_.get()); }

  private:
    struct closer {
        void operator()(lina_reader_t *handle) const noexcept {
            lina_reader_close(handle);
            delete handle;
        }
    };

    std::optional<array<T, N>> take(std::int64_t timeout) {
        lina_view_t out;
        int result = lina_reader_next(handle_.get(), timeout, &out);
        ended_ = result == LINA_ERR_ENDED;
        if (ended_ || !detail::waited(result))
            return std::nullopt;
        return array<T, N>(view(std::move(out)));
    }

    std::unique_ptr<lina_reader_t, closer> handle_; /* on the heap, because it must not move */
    bool ended_ = false;
};

/* What a range-based for needs. The iterator owns its current array until the loop moves the array out. */
template <class T, std::size_t N> class reader<T, N>::iterator {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = array<T, N>;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = array<T, N> &&;

    iterator() noexcept = default;
    reference operator*() noexcept { return std::move(*at_); }
    iterator &operator++() {
        at_.reset(); /* before the reader takes the next one, because max_held counts it */
        at_ = from_->next();
        return *this;
    }
    void operator++(int) { ++*this; }
    /* Only a comparison with end() is meaningful. */
    friend bool operator==(const iterator &a, const iterator &b) noexcept {
        return a.at_.has_value() == b.at_.has_value();
    }
    friend bool operator!=(const iterator &a, const iterator &b) noexcept { return !(a == b); }

  private:
    friend class reader;
    explicit iterator(reader *from) : from_(from), at_(from->next()) {}

    reader *from_ = nullptr;
    std::optional<array<T, N>> at_;
};

/* This member produces a stream while the object lives. When the last producer has ended, readers get the remaining
 * generations, and then their loops end. */
class producer {
  public:
    explicit producer(std::string name, lina_arena_t *arena = nullptr)
        : arena_(arena), name_(std::move(name)) {
        detail::check(lina_stream_produce(arena_, name_.c_str()));
        produces_ = true;
    }
    producer(producer &&other) noexcept
        : arena_(other.arena_), name_(std::move(other.name_)),
          produces_(std::exchange(other.produces_, false)) {}
    producer &operator=(producer &&) = delete;
    ~producer() {
        if (produces_)
            lina_stream_end(arena_, name_.c_str());
    }
    /* Ends the production now, and throws if that fails. The destructor does not throw. */
    void end() {
        if (std::exchange(produces_, false))
            detail::check(lina_stream_end(arena_, name_.c_str()));
    }

  private:
    lina_arena_t *arena_;
    std::string name_;
    bool produces_ = false;
};

/* A name whose last `depth` generations are kept in order. Producers and readers open it with the same depth, in any
 * order: the first one makes the stream. With a depth of 0, the name must be a stream already. */
class stream {
  public:
    explicit stream(std::string name, std::uint32_t depth = 0, lina_arena_t *arena = nullptr)
        : arena_(arena), name_(std::move(name)) {
        detail::check(lina_stream_open(arena_, name_.c_str(), depth));
    }
    const std::string &name() const noexcept { return name_; }

    [[nodiscard]] producer produce() const { return producer(name_, arena_); }
    template <class T, std::size_t N = 1>
    lina::loan<T, N> loan(const shape_t<N> &shape, order o = order::C) const {
        return lina::loan<T, N>(name_, shape, o, arena_);
    }
    /* Opens a reader. It misses nothing that is published after this has returned. */
    template <class T, std::size_t N = 1>
    [[nodiscard]] reader<T, N> follow(const reader_options &options = {}) const {
        return reader<T, N>(name_, options, arena_);
    }

    lina_stream_info_t info() const {
        lina_stream_info_t out;
        detail::check(lina_stream_info(arena_, name_.c_str(), &out));
        return out;
    }
    /* The reliable readers: their members, and how much each has unread. */
    std::vector<lina_reader_info_t> readers() const {
        return detail::list_all<lina_reader_info_t>(
            [this](lina_reader_info_t *out, std::size_t cap, std::size_t *written) {
                return lina_reader_list(arena_, name_.c_str(), out, cap, written, nullptr);
            });
    }
    /* The head: a signal whose counter is the last sequence. */
    signal_handle head() const {
        lina_signal_t out;
        detail::check(lina_stream_head(arena_, name_.c_str(), &out));
        return signal_handle(out);
    }
    /* Calls back once the last sequence is at least `target`. */
    [[nodiscard]] notification notify(std::uint64_t target, notification::callback run) const {
        return notification(
            std::move(run), [&](lina_notify_fn fn, void *context, lina_notify_id_t *id) {
                return lina_notify_stream(arena_, name_.c_str(), target, fn, context, id);
            });
    }
    /* Calls back once publish(0s) may succeed. So an event loop can wait for room. */
    [[nodiscard]] notification notify_room(notification::callback run) const {
        return notification(std::move(run),
                            [&](lina_notify_fn fn, void *context, lina_notify_id_t *id) {
                                return lina_notify_room(arena_, name_.c_str(), fn, context, id);
                            });
    }

  private:
    lina_arena_t *arena_;
    std::string name_;
};

/* ---- arenas ------------------------------------------------------------------------------------ */

/* An arena that other code keeps open; without a handle, the default arena. The functions have the names of lina.h, which
 * has the details: view and acquire are lina_acquire, list is lina_arena_list, and so on. */
class arena_ref {
  public:
    explicit arena_ref(lina_arena_t *handle = nullptr) noexcept : handle_(handle) {}
    lina_arena_t *handle() const noexcept { return handle_; }

    /* Holds the current generation, whatever its dtype and shape are. */
    lina::view view(const std::string &name) const {
        lina_view_t out;
        detail::check(lina_acquire(handle_, name.c_str(), &out));
        return lina::view(std::move(out));
    }
    /* Holds the current generation. Throws INVALID if its dtype or number of dimensions differs. */
    template <class T, std::size_t N = 1> array<T, N> acquire(const std::string &name) const {
        return array<T, N>(view(name));
    }
    /* Creates an array of zeroes, and holds it. Throws EXISTS if the name has an array. */
    template <class T, std::size_t N = 1>
    array<T, N> create(const std::string &name, const shape_t<N> &shape, order o = order::C) const {
        detail::check(lina_arena_create_array(handle_, name.c_str(), dtype<T>, N, shape.data(),
                                              static_cast<std::uint32_t>(o), nullptr));
        return acquire<T, N>(name);
    }
    /* Holds the array of this name. If there is none, creates it. Throws EXISTS if its dtype, shape or order
     * differs. */
    template <class T, std::size_t N = 1>
    array<T, N> ensure(const std::string &name, const shape_t<N> &shape, order o = order::C) const {
        detail::check(lina_ensure_array(handle_, name.c_str(), dtype<T>, N, shape.data(),
                                        static_cast<std::uint32_t>(o), nullptr));
        return acquire<T, N>(name);
    }
    /* Publishes a generation of zeroes, and holds it. Views of the old generation stay valid. */
    template <class T, std::size_t N = 1>
    array<T, N> republish(const std::string &name, const shape_t<N> &shape,
                          order o = order::C) const {
        detail::check(lina_republish(handle_, name.c_str(), dtype<T>, N, shape.data(),
                                     static_cast<std::uint32_t>(o), nullptr));
        return acquire<T, N>(name);
    }
    template <class T, std::size_t N = 1>
    lina::loan<T, N> loan(const std::string &name, const shape_t<N> &shape,
                          order o = order::C) const {
        return lina::loan<T, N>(name, shape, o, handle_);
    }
    /* Removes the array or the stream. Views of it stay valid. */
    void remove(const std::string &name) const {
        detail::check(lina_remove(handle_, name.c_str()));
    }
    /* Gives part of `base` a name of its own. It begins at `offset` bytes and may have any strides, in bytes. */
    template <std::size_t N>
    void alias(const std::string &name, const std::string &base, std::uint64_t offset,
               const std::uint64_t (&shape)[N], const std::int64_t (&strides)[N]) const {
        detail::check(lina_alias(handle_, name.c_str(), base.c_str(), offset, N, shape, strides));
    }
    /* The same, with elements of type T: for a field of records, for instance. */
    template <class T, std::size_t N>
    void alias_as(const std::string &name, const std::string &base, std::uint64_t offset,
                  const std::uint64_t (&shape)[N], const std::int64_t (&strides)[N]) const {
        detail::check(lina_alias_as(handle_, name.c_str(), base.c_str(), offset, dtype<T>, N, shape,
                                    strides));
    }
    /* The descriptors of all live arrays, in no order. */
    std::vector<lina_desc_t> list() const {
        return detail::list_all<lina_desc_t>(
            [this](lina_desc_t *out, std::size_t cap, std::size_t *written) {
                return lina_arena_list(handle_, out, cap, written, nullptr);
            });
    }
    /* Writes the memory of a "file:" arena to the disk, and returns when the disk has it. */
    void sync() const { detail::check(lina_arena_sync(handle_)); }
    lina_arena_info_t info() const {
        lina_arena_info_t out;
        detail::check(lina_arena_info(handle_, &out));
        return out;
    }
    /* A file descriptor of the arena. Another process that inherits it or gets it over a Unix socket attaches to
     * "fd:N". Lina owns it: duplicate it to keep it, and do not close it. */
    int fd() const {
        int out;
        detail::check(lina_arena_fd(handle_, &out));
        return out;
    }

    /* Adds one to the signal's counter, and wakes all waiters. */
    void signal(const std::string &name) const {
        detail::check(lina_arena_signal(handle_, name.c_str()));
    }
    /* True if the signal is set. Does not wait. */
    bool try_wait(const std::string &name) const {
        return detail::check(lina_arena_try_wait(handle_, name.c_str())) != 0;
    }
    /* Unsets the signal. Its counter keeps its value. */
    void clear(const std::string &name) const {
        detail::check(lina_arena_clear(handle_, name.c_str()));
    }
    /* The signal's counter; 0 if there is no such signal. */
    std::uint64_t value(const std::string &name) const {
        std::uint64_t out;
        detail::check(lina_arena_signal_value(handle_, name.c_str(), &out));
        return out;
    }
    /* Waits until the signal is set. With a time-out, returns false if the time is over, and throws INTERRUPTED if a
     * handler of a system signal ran. */
    void wait(const std::string &name) const {
        detail::check(lina_arena_wait(handle_, name.c_str()));
    }
    template <class R, class P>
    [[nodiscard]] bool wait(const std::string &name, std::chrono::duration<R, P> timeout) const {
        return detail::waited(
            lina_arena_wait_for(handle_, name.c_str(), detail::timeout_ns(timeout)));
    }
    /* Waits until the signal's counter is at least `target`. */
    void wait_value(const std::string &name, std::uint64_t target) const {
        detail::check(lina_arena_wait_value(handle_, name.c_str(), target, LINA_FOREVER));
    }
    template <class R, class P>
    [[nodiscard]] bool wait_value(const std::string &name, std::uint64_t target,
                                  std::chrono::duration<R, P> timeout) const {
        return detail::waited(
            lina_arena_wait_value(handle_, name.c_str(), target, detail::timeout_ns(timeout)));
    }
    /* Adds `n` to the counter at once. */
    void signal(const std::string &name, std::uint64_t n) const {
        detail::check(lina_arena_signal_add(handle_, name.c_str(), n));
    }
    /* Removes the signal. Its name is then unused. */
    void remove_signal(const std::string &name) const {
        detail::check(lina_arena_signal_remove(handle_, name.c_str()));
    }
    /* Waits for any of 1 to 64 entries. Returns the lowest index that was reached. With a time-out, returns nothing if
     * the time is over. */
    std::size_t wait_any(const std::vector<wait_entry> &entries) const {
        return *detail::wait_any(handle_, detail::c_waits(entries), LINA_FOREVER);
    }
    template <class R, class P>
    [[nodiscard]] std::optional<std::size_t> wait_any(const std::vector<wait_entry> &entries,
                                                      std::chrono::duration<R, P> timeout) const {
        return detail::wait_any(handle_, detail::c_waits(entries), detail::timeout_ns(timeout));
    }
    /* Waits until the signal is set. Throws DIED if the member is gone. */
    void wait(const std::string &name, const member &on) const {
        wait_any({wait_entry(name).depends_on(on)});
    }
    template <class R, class P>
    [[nodiscard]] bool wait(const std::string &name, const member &on,
                            std::chrono::duration<R, P> timeout) const {
        return wait_any({wait_entry(name).depends_on(on)}, timeout).has_value();
    }
    /* Makes a handle of the signal, and the signal too if it does not exist. */
    signal_handle open_signal(const std::string &name) const {
        lina_signal_t out;
        detail::check(lina_signal_open(handle_, name.c_str(), &out));
        return signal_handle(out);
    }
    /* Calls back once the signal's counter is at least `target`. Keep the result: its destructor cancels. */
    [[nodiscard]] notification notify(const std::string &name, std::uint64_t target,
                                      notification::callback run) const {
        return notification(handle_, name, target, std::move(run));
    }

    lina::stream stream(const std::string &name, std::uint32_t depth = 0) const {
        return lina::stream(name, depth, handle_);
    }
    std::vector<lina_stream_info_t> streams() const {
        return detail::list_all<lina_stream_info_t>(
            [this](lina_stream_info_t *out, std::size_t cap, std::size_t *written) {
                return lina_stream_list(handle_, out, cap, written, nullptr);
            });
    }

    /* Gives this member a name that no other living member has. */
    void set_member_name(const std::string &name) const {
        detail::check(lina_member_set_name(handle_, name.c_str()));
    }
    std::vector<lina_member_info_t> members() const {
        return detail::list_all<lina_member_info_t>(
            [this](lina_member_info_t *out, std::size_t cap, std::size_t *written) {
                return lina_member_list(handle_, out, cap, written, nullptr);
            });
    }
    /* Waits until the member is gone. */
    void wait_gone(const member &who) const {
        detail::check(lina_member_wait(handle_, who.name.c_str(), LINA_FOREVER));
    }
    template <class R, class P>
    [[nodiscard]] bool wait_gone(const member &who, std::chrono::duration<R, P> timeout) const {
        return detail::waited(
            lina_member_wait(handle_, who.name.c_str(), detail::timeout_ns(timeout)));
    }

  protected:
    lina_arena_t *handle_;
};

/* An arena that this object owns and closes. Views outlive it. */
class arena : public arena_ref {
  public:
    /* Makes an arena: "shm:NAME", "file:PATH", or "" for an anonymous one. */
    explicit arena(std::uint64_t bytes, const std::string &where = "",
                   const lina_arena_options_t &options = {})
        : arena_ref(make(bytes, where, options)) {}
    /* Attaches to an arena: "shm:NAME", "file:PATH" or "fd:N". `other_user` allows a named arena of another user. */
    static arena attach(const std::string &where, bool read_only = false, bool other_user = false) {
        lina_arena_t *out;
        std::uint32_t flags =
            (read_only ? LINA_ATTACH_READ_ONLY : 0) | (other_user ? LINA_ATTACH_OTHER_USER : 0);
        detail::check(lina_arena_attach(where.c_str(), flags, &out));
        return arena(arena_ref(out));
    }
    /* Attaches to the arena of that name, or makes it. Several processes may call this at once. */
    static arena join(std::uint64_t bytes, const std::string &where,
                      lina_arena_options_t options = {}) {
        options.flags |= LINA_ARENA_JOIN;
        return arena(bytes, where, options);
    }
    /* Makes a further member on the memory of an arena, with a name, readers and producers of its own. */
    static arena join(const arena_ref &there) {
        lina_arena_t *out;
        detail::check(lina_arena_join(there.handle(), &out));
        return arena(arena_ref(out));
    }
    /* Makes it the default arena of the process, which lina_shutdown closes. */
    void make_default() && {
        detail::check(lina_arena_set_default(handle_));
        handle_ = nullptr;
    }
    arena(arena &&other) noexcept : arena_ref(std::exchange(other.handle_, nullptr)) {}
    arena &operator=(arena &&other) noexcept {
        if (this != &other) {
            end();
            handle_ = std::exchange(other.handle_, nullptr);
        }
        return *this;
    }
    ~arena() { end(); }

  private:
    explicit arena(arena_ref taken) noexcept : arena_ref(taken) {}
    static lina_arena_t *make(std::uint64_t bytes, const std::string &where,
                              const lina_arena_options_t &options) {
        lina_arena_t *out;
        detail::check(
            lina_arena_create(where.empty() ? nullptr : where.c_str(), bytes, &options, &out));
        return out;
    }
    void end() noexcept {
        if (handle_ != nullptr)
            lina_arena_close(handle_);
    }
};

/* Calls lina_init. Its destructor calls lina_shutdown. */
class session {
  public:
    /* Joins the arena that the environment variable LINA_ARENA names, if it is set. */
    session() {
        lina_init();
        if (int code = lina_last_error_code(); code != LINA_OK) {
            error failure(code); /* made first, because lina_shutdown may replace the sentence */
            lina_shutdown();
            throw failure;
        }
    }
    /* The same. If that has joined no arena, makes an anonymous one of `bytes` and makes it the default. */
    explicit session(std::size_t bytes) : session() {
        if (lina_arena_default() == nullptr)
            detail::check(lina_alloc_shared_memory(bytes));
    }
    /* The same, but with a name, "shm:NAME" or "file:PATH": joins the arena of that name, or makes it. */
    session(std::size_t bytes, const std::string &where, const lina_arena_options_t &options = {})
        : session() {
        if (lina_arena_default() == nullptr)
            arena::join(bytes, where, options).make_default();
    }
    session(const session &) = delete;
    session &operator=(const session &) = delete;
    ~session() { lina_shutdown(); }
};

/* ---- the default arena ------------------------------------------------------------------------- */

template <class T, std::size_t N = 1> array<T, N> acquire(const std::string &name) {
    return arena_ref().acquire<T, N>(name);
}
template <class T, std::size_t N = 1>
array<T, N> create(const std::string &name, const shape_t<N> &shape, order o = order::C) {
    return arena_ref().create<T, N>(name, shape, o);
}
template <class T, std::size_t N = 1>
array<T, N> republish(const std::string &name, const shape_t<N> &shape, order o = order::C) {
    return arena_ref().republish<T, N>(name, shape, o);
}
template <class T, std::size_t N = 1>
array<T, N> ensure(const std::string &name, const shape_t<N> &shape, order o = order::C) {
    return arena_ref().ensure<T, N>(name, shape, o);
}
inline void remove(const std::string &name) { arena_ref().remove(name); }
template <std::size_t N>
void alias(const std::string &name, const std::string &base, std::uint64_t offset,
           const std::uint64_t (&shape)[N], const std::int64_t (&strides)[N]) {
    arena_ref().alias(name, base, offset, shape, strides);
}
inline std::vector<lina_desc_t> list() { return arena_ref().list(); }

inline void signal(const std::string &name) { arena_ref().signal(name); }
inline void signal(const std::string &name, std::uint64_t n) { arena_ref().signal(name, n); }
inline void remove_signal(const std::string &name) { arena_ref().remove_signal(name); }
inline std::size_t wait_any(const std::vector<wait_entry> &entries) {
    return arena_ref().wait_any(entries);
}
template <class R, class P>
[[nodiscard]] std::optional<std::size_t> wait_any(const std::vector<wait_entry> &entries,
                                                  std::chrono::duration<R, P> timeout) {
    return arena_ref().wait_any(entries, timeout);
}
inline void wait(const std::string &name, const member &on) { arena_ref().wait(name, on); }
template <class R, class P>
[[nodiscard]] bool wait(const std::string &name, const member &on,
                        std::chrono::duration<R, P> timeout) {
    return arena_ref().wait(name, on, timeout);
}
inline void set_member_name(const std::string &name) { arena_ref().set_member_name(name); }
inline std::vector<lina_member_info_t> members() { return arena_ref().members(); }
inline bool try_wait(const std::string &name) { return arena_ref().try_wait(name); }
inline void clear(const std::string &name) { arena_ref().clear(name); }
inline std::uint64_t value(const std::string &name) { return arena_ref().value(name); }
inline void wait(const std::string &name) { arena_ref().wait(name); }
template <class R, class P>
[[nodiscard]] bool wait(const std::string &name, std::chrono::duration<R, P> timeout) {
    return arena_ref().wait(name, timeout);
}
inline void wait_value(const std::string &name, std::uint64_t target) {
    arena_ref().wait_value(name, target);
}
template <class R, class P>
[[nodiscard]] bool wait_value(const std::string &name, std::uint64_t target,
                              std::chrono::duration<R, P> timeout) {
    return arena_ref().wait_value(name, target, timeout);
}
[[nodiscard]] inline notification notify(const std::string &name, std::uint64_t target,
                                         notification::callback run) {
    return arena_ref().notify(name, target, std::move(run));
}

} // namespace lina

#endif
