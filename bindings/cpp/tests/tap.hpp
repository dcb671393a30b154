/* tap.hpp - test cases whose names are sentences. A file of cases includes it, and prints a line of TAP for each. */
#ifndef LINA_TESTS_TAP_HPP
#define LINA_TESTS_TAP_HPP

#include <cstdio>
#include <cstring>
#include <exception>

#include "lina.hpp"

using namespace std::chrono_literals;

namespace {

struct test_case {
    const char *name;
    void (*run)();
};
std::vector<test_case> &cases() {
    static std::vector<test_case> all;
    return all;
}
struct adder {
    adder(const char *name, void (*run)()) { cases().push_back({name, run}); }
};
#define TEST_AT(line, sentence)                                                                    \
    void run_##line();                                                                             \
    const adder add_##line(sentence, run_##line);                                                  \
    void run_##line()
#define TEST_LINE(line, sentence) TEST_AT(line, sentence)
#define TEST(sentence) TEST_LINE(__LINE__, sentence)

struct failed : std::runtime_error {
    using std::runtime_error::runtime_error;
};
/* Not in the macro, because its code would then be compiled for each of some hundred checks. */
[[noreturn]] void fail(const char *file, int line, const char *condition) {
    throw failed(std::string(file) + ":" + std::to_string(line) + ": " + condition);
}
#define CHECK(...) ((__VA_ARGS__) ? (void)0 : fail(__FILE__, __LINE__, #__VA_ARGS__))

/* Checks that a call throws lina::error with this code and these words. */
template <class Call> bool throws(Call call, int code, const char *words) {
    try {
        call();
    } catch (const lina::error &e) {
        bool right = e.code() == code && std::strstr(e.what(), words) != nullptr &&
                     std::strcmp(e.name(), lina_error_name(code)) == 0;
        if (!right)
            std::printf("# it threw %s: %s\n", e.name(), e.what());
        return right;
    }
    return false;
}

} // namespace

int main() {
    int number = 0, failures = 0;
    for (const test_case &test : cases()) {
        const char *verdict = "ok";
        try {
            test.run();
        } catch (const std::exception &e) {
            std::printf("# %s\n", e.what());
            verdict = "not ok";
            failures++;
        }
        std::printf("%s %d - %s\n", verdict, ++number, test.name);
    }
    std::printf("1..%d\n", number);
    return failures == 0 ? 0 : 1;
}

#endif
