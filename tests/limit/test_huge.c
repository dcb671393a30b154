/* test_huge.c - tests memory files on the system's pool of huge pages. To make such a pool, run
 * `sysctl vm.nr_hugepages=16` as root. */
#include "../helpers.h"
#include "platform.h"

static uint64_t free_pages(void) {
    char text[4096];
    CHECK(platform_read_text("/proc/meminfo", text, sizeof text));
    const char *all = strstr(text, "HugePages_Free:"), *kept = strstr(text, "HugePages_Rsvd:");
    return all == NULL ? 0 : strtoull(all + 15, NULL, 10) - strtoull(kept + 15, NULL, 10);
}

static uint64_t need_pages(uint64_t count) {
    if (platform_huge_page() == 0 || free_pages() < count)
        SKIP("the system's pool has fewer than %d huge pages (vm.nr_hugepages)", (int)count);
    return platform_huge_page();
}

TEST("a memory file on huge pages is mapped by several, and what is behind is inaccessible") {
    uint64_t page = need_pages(8), bytes = 4 * page, before = free_pages();
    struct platform_file file, other;
    struct platform_stat st;
    void *a, *b;
    CHECK_EQ(platform_anonymous(bytes, true, &file), 0);
    CHECK(platform_is_sealed(file));
    CHECK_EQ(platform_map(file, bytes, true, &a), 0);
    CHECK_EQ((uintptr_t)a % page, 0);
    CHECK_EQ(platform_reopen(file, false, &other), 0);
    CHECK_EQ(platform_map(other, bytes, true, &b), 0);
    memset(a, 7, bytes);
    CHECK(all_are(b, bytes, 7));
    CHECK_EQ(platform_stat(file, &st), 0);
    CHECK_EQ(st.bytes, bytes);
    pid_t pid = spawn();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL); /* sanitizers print and exit otherwise */
        ((volatile char *)a)[bytes] = 1;
        done();
    }
    CHECK_EQ(reap(pid), 1000 + SIGSEGV);
    CHECK_EQ(platform_protect((char *)a + page, page, false), 0); /* a guard of one page */
    CHECK_EQ(platform_punch(file, 2 * page, page), 0);
    CHECK(all_are((char *)b + 2 * page, page, 0));
    CHECK(all_are((char *)b + 3 * page, page, 7));
    platform_unmap(a, bytes);
    platform_unmap(b, bytes);
    platform_close(other);
    platform_close(file);
    CHECK_EQ(free_pages(), before);
}

/* Few arrays and members, so that the tables take only some huge pages. */
static const lina_arena_options_t few = {
    .flags = LINA_ARENA_HUGE, .max_arrays = 64, .max_signals = 16, .max_members = 4};

static bool lies_on_huge_pages(const void *at) {
    char line[512];
    unsigned long from, end;
    uint64_t page = 0;
    bool found = false;
    FILE *file = fopen("/proc/self/smaps", "r");
    while (page == 0 && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "%lx-%lx ", &from, &end) == 2)
            found = (uintptr_t)at >= from && (uintptr_t)at < end;
        else if (found && strncmp(line, "KernelPageSize:", 15) == 0)
            page = strtoull(line + 15, NULL, 10) * 1024;
    fclose(file);
    return page == platform_huge_page();
}

TEST("an arena on huge pages works as any other, for several members") {
    uint64_t page = need_pages(12), before = free_pages();
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(NULL, 4 * page, &few, &a));
    CHECK(free_pages() < before);
    lina_arena_t *b = join_arena(a, 0), *r = join_arena(a, LINA_ATTACH_READ_ONLY);
    CHECK(lies_on_huge_pages(lina_arena_base(a)));
    CHECK(lies_on_huge_pages(lina_arena_base(b)));
    for (int round = 0; round < 5; round++) {
        CHECK_OK(make(b, "large", U8, 2 * page + 100));
        publish_bytes(a, "x", 1000, round);
        lina_view_t view = hold(&view, r, "x"), large = hold(&large, r, "large");
        CHECK(all_are(view.data, 1000, round));
        CHECK(all_are(large.data, 2 * page + 100, 0));
        lina_release(&view);
        lina_release(&large);
        large = hold(&large, a, "large");
        memset(large.data, 9, large.desc.nbytes);
        lina_release(&large);
        CHECK_OK(lina_remove(a, "large"));
    }
    pid_t pid = spawn();
    if (pid == 0) {
        publish_bytes(a, "of a child", 1000, 1);
        signal(SIGSEGV, SIG_DFL); /* sanitizers print and exit otherwise */
        ((volatile char *)lina_arena_base(a))[-1] = 1;
        done();
    }
    CHECK_EQ(reap(pid), 1000 + SIGSEGV);
    CHECK_OK(lina_check_arena(a));
    CHECK_OK(lina_arena_close(b));
    CHECK_OK(lina_arena_close(r));
    CHECK_OK(lina_arena_close(a));
    CHECK_EQ(free_pages(), before);
}

TEST("an array for which the pool of huge pages has no room is NO_MEMORY, never SIGBUS, and fits "
     "later") {
    uint64_t page = need_pages(8), pages = free_pages();
    lina_arena_t *a;
    CHECK_OK(lina_arena_create(NULL, 2 * pages * page, &few, &a));
    for (int round = 0; round < 3; round++) {
        char name[16];
        int n = 0, rc;
        for (;; n++) {
            snprintf(name, sizeof name, "n%d", n);
            rc = make(a, name, U8, 2 * page);
            if (rc != LINA_OK)
                break;
            lina_view_t view = hold(&view, a, name);
            memset(view.data, 0xaa, view.desc.nbytes); /* every page must exist */
            lina_release(&view);
        }
        CHECK_ERR(rc, LINA_ERR_NO_MEMORY, name);
        CHECK(n > 0);
        while (n-- > 0) {
            snprintf(name, sizeof name, "n%d", n);
            CHECK_OK(lina_remove(a, name));
        }
    }
    CHECK_OK(lina_check_arena(a));
    CHECK_OK(lina_arena_close(a));
    CHECK_EQ(free_pages(), pages);
}

TEST("an arena that the pool of huge pages has no room for is NO_MEMORY, a named one INVALID") {
    lina_arena_options_t options = {.flags = LINA_ARENA_HUGE | LINA_ARENA_RESERVE};
    lina_arena_t *a;
    CHECK_ERR(lina_arena_create(unique_shm(), MIB, &options, &a), LINA_ERR_INVALID, "anonymous");
    if (platform_huge_page() == 0)
        SKIP("this system knows no huge pages");
    uint64_t bytes = (free_pages() + 1) * platform_huge_page();
    CHECK_ERR(lina_arena_create(NULL, bytes, &options, &a), LINA_ERR_NO_MEMORY, "reserve");
    CHECK_OK(lina_arena_create(NULL, MIB, NULL, &a));
}
