/* test.h - test cases whose names are sentences. Each case runs in its own process. The output is TAP.
 *
 *     TEST("a name is taken once") {
 *         CHECK_OK(create("x"));
 *         CHECK_ERR(create("x"), LINA_ERR_EXISTS, "x");
 *     }
 *
 * The first check that fails ends its case. With an argument, only the cases run whose names contain it. */
#ifndef TEST_H
#define TEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lina.h"

enum { TEST_SKIPPED = 77, TEST_SECONDS = 120 /* then a case counts as hung */ };

struct test_case {
    const char *name;
    void (*run)(void);
    struct test_case *next;
};
static struct test_case *test_first, **test_last = &test_first;
static char *test_reason; /* why a case is skipped; in memory shared with the case's process */

#define TEST_NAMED(name, id) TEST_UNIQUE(name, id)
#define TEST_UNIQUE(sentence, id)                                                                  \
    static void test_run_##id(void);                                                               \
    __attribute__((constructor)) static void test_add_##id(void) {                                 \
        static struct test_case self = {sentence, test_run_##id, NULL};                            \
        *test_last = &self;                                                                        \
        test_last = &self.next;                                                                    \
    }                                                                                              \
    static void test_run_##id(void)
#define TEST(sentence) TEST_NAMED(sentence, __COUNTER__)

__attribute__((noreturn, format(printf, 3, 4))) static inline void
test_fail(const char *file, int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("# %s:%d: ", file, line);
    vprintf(format, arguments);
    printf("\n#   lina_last_error: %s\n", lina_last_error());
    fflush(stdout);
    _exit(1);
}

#define SKIP(...) (snprintf(test_reason, 4096, __VA_ARGS__), exit(TEST_SKIPPED))
#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)
#define CHECK(condition) ((condition) ? (void)0 : FAIL("%s", #condition))
#define CHECK_EQ(a, b)                                                                             \
    do {                                                                                           \
        long long a_ = (long long)(a), b_ = (long long)(b);                                        \
        if (a_ != b_)                                                                              \
            FAIL("%s is %lld, %s is %lld", #a, a_, #b, b_);                                        \
    } while (0)
#define CHECK_STR(a, b)                                                                            \
    ((a) != NULL && strcmp(a, b) == 0 ? (void)0 : FAIL("%s is \"%s\", not \"%s\"", #a, a, b))
#define CHECK_OK(call) CHECK_EQ(call, LINA_OK)
/* Checks that a call fails with this code, and that its error contains these words. */
#define CHECK_ERR(call, code, words)                                                               \
    do {                                                                                           \
        CHECK_EQ(call, code);                                                                      \
        CHECK_EQ(lina_last_error_code(), code);                                                    \
        if (strstr(lina_last_error(), words) == NULL)                                              \
            FAIL("the error does not say \"%s\"", words);                                          \
    } while (0)

static inline int test_run(const struct test_case *test, int number) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        alarm(TEST_SECONDS);
        test->run();
        exit(0);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    bool skipped = WIFEXITED(status) && WEXITSTATUS(status) == TEST_SKIPPED;
    if (WIFSIGNALED(status))
        printf("# ended by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
    printf("%sok %d - %s%s%s\n", status == 0 || skipped ? "" : "not ", number, test->name,
           skipped ? " # SKIP " : "", skipped ? test_reason : "");
    return status == 0 || skipped ? 0 : 1;
}

int main(int count, char **arguments) {
    int cases = 0, failed = 0;
    unsetenv("LINA_ARENA");
    test_reason = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (const struct test_case *t = test_first; t != NULL; t = t->next)
        if (count < 2 || strstr(t->name, arguments[1]) != NULL)
            failed += test_run(t, ++cases);
    printf("1..%d\n", cases);
    return failed == 0 ? 0 : 1;
}

#endif
