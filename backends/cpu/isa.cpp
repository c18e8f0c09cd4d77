// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cpu/isa.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace axp {

const char* strategyName(Strategy strategy) {
    switch (strategy) {
        case Strategy::Auto: return "auto";
        case Strategy::Factorised: return "factorised";
        case Strategy::Table: return "table";
        case Strategy::ErrorTable: return "error-table";
        case Strategy::Functional: return "functional";
        case Strategy::Reference: return "reference";
    }
    return "unknown";
}

Result<Strategy> strategyFromName(const std::string& name) {
    for (const Strategy strategy : {Strategy::Auto, Strategy::Factorised, Strategy::Table, Strategy::ErrorTable, Strategy::Functional, Strategy::Reference})
        if (name == strategyName(strategy)) return strategy;
    return badInput("there is no strategy \"" + name + "\"", {}, "Use auto, factorised, table, error-table, functional or reference.");
}

const char* isaName(Isa isa) {
    switch (isa) {
        case Isa::Scalar: return "scalar";
        case Isa::Avx2: return "avx2";
        case Isa::Avx512Vnni: return "avx512";
    }
    return "unknown";
}

Isa activeIsa() {
    static const Isa isa = [] {
        std::string complaint;
        const Isa chosen = cpu::chooseIsa(std::getenv("AXP_ISA"), cpu::detectedIsa(), &complaint);
        if (!complaint.empty()) std::fprintf(stderr, "%s\n", complaint.c_str());
        return chosen;
    }();
    return isa;
}

namespace cpu {

Isa detectedIsa() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi"))
        return Isa::Avx512Vnni;
    if (__builtin_cpu_supports("avx2")) return Isa::Avx2;
#endif
    return Isa::Scalar;
}

Isa chooseIsa(const char* wish, Isa detected, std::string* complaint) {
    if (wish == nullptr || *wish == '\0') return detected;
    for (const Isa isa : {Isa::Scalar, Isa::Avx2, Isa::Avx512Vnni}) {
        if (std::strcmp(wish, isaName(isa)) != 0) continue;
        if (isa <= detected) return isa;
        if (complaint)
            *complaint = std::string("AXP_ISA=") + wish + " is ignored: this processor has only " + isaName(detected) + ".";
        return detected;
    }
    if (complaint)
        *complaint = std::string("AXP_ISA=") + wish + " is ignored: the values are scalar, avx2 and avx512. Using " +
                     isaName(detected) + ".";
    return detected;
}

std::vector<Isa> availableIsas() {
    std::vector<Isa> isas;
    for (const Isa isa : {Isa::Scalar, Isa::Avx2, Isa::Avx512Vnni})
        if (isa <= detectedIsa()) isas.push_back(isa);
    return isas;
}

const KernelSet& kernelSet(Isa isa, bool wide) {
#if defined(__x86_64__)
    if (isa == Isa::Avx512Vnni) return wide ? wideAvx512Kernels() : avx512Kernels();
    if (isa == Isa::Avx2) return wide ? wideAvx2Kernels() : avx2Kernels();
#endif
    (void)isa;
    return wide ? wideScalarKernels() : scalarKernels();
}

}  // namespace cpu
}  // namespace axp
