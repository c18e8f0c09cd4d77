// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace axp {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the sandbox knows the system calls of x86-64 and ARM64 only"
#endif

/// What compilers, linkers, yosys and computations call.
const std::vector<int>& allowed() {
    static const std::vector<int> calls = {
        SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_lseek, SYS_openat, SYS_close, SYS_close_range, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_statfs,
        SYS_faccessat, SYS_faccessat2, SYS_readlinkat, SYS_getdents64, SYS_getcwd, SYS_chdir, SYS_fcntl, SYS_dup, SYS_dup3, SYS_pipe2, SYS_ftruncate, SYS_fallocate,
        SYS_fadvise64, SYS_fsync, SYS_unlinkat, SYS_renameat2, SYS_mkdirat, SYS_fchmodat, SYS_fchmod, SYS_umask, SYS_utimensat,
        SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_futex, SYS_set_tid_address, SYS_set_robust_list, SYS_rseq,
        SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_execve, SYS_wait4, SYS_waitid, SYS_exit, SYS_exit_group,
        SYS_getpid, SYS_getppid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getpgid, SYS_uname, SYS_sysinfo, SYS_getrusage, SYS_times,
        SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_clock_nanosleep, SYS_nanosleep, SYS_sched_yield, SYS_sched_getaffinity, SYS_getrandom,
        SYS_restart_syscall, SYS_ppoll, SYS_pselect6, SYS_seccomp, SYS_membarrier,
#if defined(__x86_64__)
        SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_dup2, SYS_pipe, SYS_unlink, SYS_rename, SYS_mkdir, SYS_rmdir, SYS_chmod, SYS_fork, SYS_vfork,
        SYS_arch_prctl, SYS_poll, SYS_select, SYS_getpgrp, SYS_time, SYS_getrlimit, SYS_setrlimit,
#endif
    };
    return calls;
}

constexpr std::uint32_t kEnough = offsetof(seccomp_data, args);

class Program {
public:
    std::vector<sock_filter> code;
    void load(std::size_t offset) { code.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset))); }
    void give(std::uint32_t action) { code.push_back(BPF_STMT(BPF_RET | BPF_K, action)); }
    /// If the loaded word is `value`, what `inner` adds.
    template <class F>
    void ifEqual(std::uint32_t value, F inner) {
        const std::size_t jump = code.size();
        code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 0));
        inner();
        code[jump].jf = static_cast<std::uint8_t>(code.size() - jump - 1);
    }
};

std::vector<sock_filter> build() {
    Program p;
    const std::uint32_t refused = SECCOMP_RET_ERRNO | EPERM;
    p.load(offsetof(seccomp_data, arch));
    p.code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
    p.give(SECCOMP_RET_KILL_PROCESS);
    p.load(offsetof(seccomp_data, nr));
    for (const int call : allowed()) p.ifEqual(static_cast<std::uint32_t>(call), [&] { p.give(SECCOMP_RET_ALLOW); });
    // Processes yes, new namespaces no. glibc goes on with clone() when clone3(), whose flags cannot be seen here, is missing.
    p.ifEqual(SYS_clone3, [&] { p.give(SECCOMP_RET_ERRNO | ENOSYS); });
    p.ifEqual(SYS_clone, [&] {
        p.load(kEnough);
        p.code.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x7e020080, 0, 1));  // CLONE_NEW*
        p.give(refused);
        p.give(SECCOMP_RET_ALLOW);
    });
    // Own limits only, which cannot be raised.
    p.ifEqual(SYS_prlimit64, [&] {
        p.load(kEnough);
        p.ifEqual(0, [&] { p.give(SECCOMP_RET_ALLOW); });
        p.give(refused);
    });
    p.ifEqual(SYS_prctl, [&] {
        p.load(kEnough);
        for (const std::uint32_t option : {PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_SET_NAME, PR_GET_NAME})
            p.ifEqual(option, [&] { p.give(SECCOMP_RET_ALLOW); });
        p.give(refused);
    });
    // Terminals are asked for and found missing.
    p.ifEqual(SYS_ioctl, [&] { p.give(SECCOMP_RET_ERRNO | ENOTTY); });
    p.give(refused);
    return p.code;
}

}  // namespace

const std::vector<sock_filter>& sandboxFilter() {
    static const std::vector<sock_filter> program = build();
    return program;
}

}  // namespace axp
