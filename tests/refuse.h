/* refuse.h - pretends that the system lacks something. A seccomp filter makes the system calls of one kind fail with
 * an errno that the test chooses, for the rest of the process, also if the C library makes them. */
#ifndef TEST_REFUSE_H
#define TEST_REFUSE_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "test.h"

#define REFUSE_ENDS (-1) /* instead of an errno: the call kills the process */

/* Refuses the system call `number` if its argument has all of `bits`. With 0 bits, always. */
static inline void refuse_where(long number, unsigned argument, uint32_t bits, int error) {
    uint32_t verdict =
        error == REFUSE_ENDS ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | (uint32_t)error;
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 (uint32_t)offsetof(struct seccomp_data, args) + argument * 8),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, bits, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, verdict),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        SKIP("this system has no seccomp filters");
}

static inline void refuse(long number, int error) { refuse_where(number, 0, 0, error); }

/* Pretends to be a file system that cannot make a file without a name. */
static inline void refuse_nameless_files(void) {
    const uint32_t bit = 020000000; /* the bit of O_TMPFILE that O_DIRECTORY lacks */
    refuse_where(SYS_openat, 2, bit, 95 /* EOPNOTSUPP */);
#ifdef SYS_open /* arm64 has only openat */
    refuse_where(SYS_open, 1, bit, 95);
#endif
}

/* Pretends to be a file system without hard links. */
static inline void refuse_hard_links(void) {
    refuse(SYS_linkat, 1 /* EPERM */);
#ifdef SYS_link
    refuse(SYS_link, 1);
#endif
}

#endif
