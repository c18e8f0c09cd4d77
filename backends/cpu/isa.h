// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "backends/cpu/kernels.h"
#include "backends/cpu/mac.h"

namespace axp::cpu {

/// The best instruction set of this processor, whatever AXP_ISA says. Avx512Vnni means AVX-512 F, BW, DQ, VL, VNNI and VBMI (Ice Lake
/// and Zen 4 onwards); processors with only some of them work as Avx2.
Isa detectedIsa();
/// What activeIsa() makes of a value of AXP_ISA (nullptr: unset). An unknown or unavailable value is ignored, and
/// `complaint`, when given, receives a line that says so.
Isa chooseIsa(const char* wish, Isa detected, std::string* complaint);
/// All instruction sets of this processor, ascending.
std::vector<Isa> availableIsas();
/// Kernels for operands of up to 8 bits, or, `wide`, of up to 16 bits.
const KernelSet& kernelSet(Isa isa, bool wide = false);

}  // namespace axp::cpu
