// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/compiled.h"

namespace axp {

std::string driverText(const CompiledRequest& request, const std::string& file) {
    const CircuitSource& circuit = *request.circuit;
    const auto operand = [&](const std::string& name, int bits, const std::string& from) {
        const std::string shift = std::to_string(64 - bits);
        // Up and down again: the sign of a signed operand comes along.
        const std::string type = circuit.isSigned ? "long long" : "unsigned long long";
        return "    const " + type + " " + name + " = (" + type + ")((" + from + ") << " + shift + ") >> " + shift + ";\n";
    };
    std::string text = "#include \"" + file + "\"\n";
    text += "void axpFill(long long *to, unsigned long long first, unsigned long long count) {\n";
    text += "  for (unsigned long long axpI = first; axpI < first + count; ++axpI) {\n";
    if (request.sampled) {
        text += "    unsigned long long axpZ = (axpI + 1) * 0x9e3779b97f4a7c15ull;\n"
                "    axpZ = (axpZ ^ (axpZ >> 30)) * 0xbf58476d1ce4e5b9ull;\n"
                "    axpZ = (axpZ ^ (axpZ >> 27)) * 0x94d049bb133111ebull;\n"
                "    axpZ ^= axpZ >> 31;\n";
        text += operand("axpA", circuit.bitsA, "axpZ") + operand("axpB", circuit.bitsB, "axpZ >> 32");
    } else {
        text += operand("axpA", circuit.bitsA, "axpI >> " + std::to_string(circuit.bitsB)) + operand("axpB", circuit.bitsB, "axpI");
    }
    text += "    to[axpI - first] = (long long)" + circuit.name + (circuit.swapped ? "(axpB, axpA);\n" : "(axpA, axpB);\n");
    return text + "  }\n}\n";
}

/// Runs under the sandbox's own filter. Arguments: for each circuit the library, the descriptor of its memory (a page for messages, then the
/// products) and their number. Prints "INDEX STATUS" of each child.
std::string_view runnerText() {
    return R"(
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct message {
    volatile long long stage, call;
    char text[200];
};
static struct message *shared;

static void onCall(int number, siginfo_t *info, void *context) {
    (void)number; (void)context;
    shared->call = info->si_syscall;
    _exit(43);
}

/* Everything but these calls, and opening files for reading if `opens`, ends the process through onCall. */
static void restrictTo(const int *calls, int count, int opens) {
    struct sock_filter code[128];
    int n = 0;
    code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    if (opens) {
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 4);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 16);
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_ACCMODE | O_CREAT | O_TRUNC, 1, 0);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    }
    for (int i = 0; i < count; ++i) {
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], 0, 1);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    struct sock_fprog program = {(unsigned short)n, code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) _exit(44);
}

static void compute(const char *library, int descriptor, unsigned long long count) {
    static const int loading[] = {SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_futex, SYS_getrandom, SYS_exit_group, SYS_exit, SYS_rt_sigreturn,
                                  SYS_read, SYS_pread64, SYS_lseek, SYS_close, SYS_fstat, SYS_newfstatat, SYS_getcwd, SYS_prctl, SYS_readlinkat,
#ifdef SYS_readlink
                                  SYS_readlink,
#endif
    };
    static const int computing[] = {SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_futex, SYS_getrandom, SYS_exit_group, SYS_exit, SYS_rt_sigreturn};
    const unsigned long long bytes = 4096 + count * 8;
    char *memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory == MAP_FAILED) _exit(45);
    shared = (struct message *)memory;
    long long *products = (long long *)(memory + 4096);
    /* The memory of other circuits is not for this one. */
    if (syscall(SYS_close_range, 3, ~0u, 0) != 0) _exit(45);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = onCall;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSYS, &action, 0);
    restrictTo(loading, sizeof loading / sizeof *loading, 1);
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        strncpy(shared->text, dlerror(), sizeof shared->text - 1);
        _exit(46);
    }
    void (*fill)(long long *, unsigned long long, unsigned long long);
    *(void **)&fill = dlsym(handle, "axpFill");
    if (!fill) _exit(46);
    shared->stage = 1;
    restrictTo(computing, sizeof computing / sizeof *computing, 0);
    fill(products, 0, count);
    /* A function of its operands gives the same again. */
    const unsigned long long again = count < 4096 ? count : 4096, starts[2] = {0, count - again};
    for (int part = 0; part < 2; ++part)
        for (unsigned long long i = again; i-- > 0;) {
            long long product;
            fill(&product, starts[part] + i, 1);
            if (product != products[starts[part] + i]) _exit(47);
        }
    shared->stage = 2;
    _exit(42);
}

int main(int argc, char **argv) {
    for (int i = 1; i + 2 < argc; i += 3) {
        const pid_t child = fork();
        if (child == 0) compute(argv[i], atoi(argv[i + 1]), strtoull(argv[i + 2], 0, 10));
        int status = 0;
        if (child < 0 || waitpid(child, &status, 0) < 0) return 1;
        printf("%d %d\n", (i - 1) / 3, status);
        fflush(stdout);
    }
    return 0;
}
)";
}

}  // namespace axp
