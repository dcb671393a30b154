// parse.cpp - reads the values of options: sizes, arrays, orders of start, durations.
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "plan.hpp"

namespace lina_cli {

namespace {

const std::uint64_t largest_arena = std::uint64_t{63} << 40; // the core's limit is a page below 64T

std::string quoted(const std::string &text) { return "\"" + text + "\""; }

// Reads the whole number that begins at `at`, and moves `at` behind it.
std::uint64_t number(const std::string &text, std::size_t &at, const std::string &whole) {
    std::uint64_t value = 0;
    std::size_t first = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; at++) {
        if (value > (UINT64_MAX - 9) / 10)
            throw Refusal(quoted(whole) + ": the number is too large");
        value = value * 10 + static_cast<std::uint64_t>(text[at] - '0');
    }
    if (at == first)
        throw Refusal(quoted(whole) + ": a number is missing at " + quoted(text.substr(at)));
    return value;
}

} // namespace

std::uint64_t parse_size(const std::string &text) {
    std::size_t at = 0;
    std::uint64_t value = number(text, at, text);
    const std::string units = "KMGT", unit = text.substr(at);
    std::size_t power = unit.empty() ? std::string::npos : units.find(unit[0]);
    bool good = unit.empty() ||
                (power != std::string::npos && (unit.size() == 1 || unit.substr(1) == "iB"));
    if (!good)
        throw Refusal(quoted(text) + " is no size: write 4096, 64K, 64M, 2G or 1T");
    unsigned shift = unit.empty() ? 0 : 10 * static_cast<unsigned>(power + 1);
    if (value == 0 || value > (largest_arena >> shift))
        throw Refusal(quoted(text) + " is no size of an arena, which has 1 byte to 63T");
    return value << shift;
}

Array parse_array(const std::string &text) {
    const std::string form = ": write NAME=DTYPE:SHAPE as in input=f64:16 or frame=u8:480x640:F";
    Array array;
    std::size_t equals = text.find('='),
                colon = text.find(':', equals == std::string::npos ? 0 : equals);
    if (equals == 0 || equals == std::string::npos || colon == std::string::npos)
        throw Refusal(quoted(text) + form);
    array.name = text.substr(0, equals);
    array.dtype = text.substr(equals + 1, colon - equals - 1);
    std::uint32_t dtype;
    if (lina_dtype_from_name(array.dtype.c_str(), &dtype) != LINA_OK)
        throw Refusal(quoted(text) + ": there is no dtype " + quoted(array.dtype) +
                      "; there are u8 i64 f64 bool i8 i16 i32 u16 u32 u64 f16 bf16 f32 c64 c128");
    std::size_t at = colon;
    do {
        at++;
        array.shape.push_back(number(text, at, text));
    } while (at < text.size() && text[at] == 'x');
    std::string rest = text.substr(at);
    if ((rest != "" && rest != ":F" && rest != ":C") || array.shape.size() > LINA_MAX_DIMS)
        throw Refusal(quoted(text) + form);
    array.fortran = rest == ":F";
    return array;
}

After parse_after(const std::string &text) {
    std::size_t equals = text.find('='), colon = text.rfind(':');
    if (equals == std::string::npos || colon == std::string::npos || colon < equals ||
        equals == 0 || colon == equals + 1 || colon + 1 == text.size())
        throw Refusal(quoted(text) + ": write SCRIPT=FIRST:SIGNAL as in b.jl=a.py:ready");
    return {text.substr(0, equals), text.substr(equals + 1, colon - equals - 1),
            text.substr(colon + 1)};
}

Restart parse_restart(const std::string &text) {
    const std::string form =
        ": write NAME=on-failure:5/60s (at most 5 times in 60 s), NAME=on-failure or NAME=always";
    Restart restart;
    std::size_t equals = text.find('='),
                colon = text.find(':', equals == std::string::npos ? 0 : equals);
    if (equals == 0 || equals == std::string::npos)
        throw Refusal(quoted(text) + form);
    restart.script = text.substr(0, equals);
    std::string when = text.substr(equals + 1, colon == std::string::npos ? std::string::npos
                                                                          : colon - equals - 1);
    if (when != "on-failure" && when != "always")
        throw Refusal(quoted(text) + form);
    restart.always = when == "always";
    if (colon == std::string::npos)
        return restart;
    std::size_t at = colon + 1;
    std::uint64_t most = number(text, at, text);
    if (most == 0 || most > 1000000 || at >= text.size() || text[at] != '/')
        throw Refusal(quoted(text) + form);
    restart.most = static_cast<unsigned>(most);
    restart.window = parse_seconds(text.substr(at + 1));
    if (restart.window == 0)
        throw Refusal(quoted(text) + form);
    return restart;
}

Debug parse_debug(const std::string &text) {
    std::size_t colon = text.rfind(':');
    if (colon == std::string::npos)
        return {text, -1};
    std::size_t at = colon + 1;
    std::uint64_t port = number(text, at, text);
    if (at != text.size() || port > 65535)
        throw Refusal(quoted(text) + ": write NAME or NAME:PORT");
    return {text.substr(0, colon), static_cast<int>(port)};
}

Prefix parse_prefix(const std::string &text) {
    std::size_t equals = text.find('=');
    std::istringstream rest(equals == std::string::npos ? "" : text.substr(equals + 1));
    Prefix prefix = {text.substr(0, equals), {}};
    for (std::string word; rest >> word;)
        prefix.words.push_back(word);
    if (prefix.script.empty() || prefix.words.empty())
        throw Refusal(quoted(text) + ": write NAME=PROGRAM as in a.jl='gdb --args'");
    return prefix;
}

double parse_seconds(const std::string &text) {
    char *end = nullptr;
    double value = std::strtod(text.c_str(), &end);
    std::string unit = end;
    double factor = unit == "" || unit == "s" ? 1
                    : unit == "ms"            ? 1e-3
                    : unit == "us"            ? 1e-6
                    : unit == "m"             ? 60
                    : unit == "h"             ? 3600
                                              : NAN;
    if (end == text.c_str() || !std::isfinite(value * factor) || value < 0)
        throw Refusal(quoted(text) + " is no duration: write 5, 5s, 500ms or 2m");
    return value * factor;
}

} // namespace lina_cli
