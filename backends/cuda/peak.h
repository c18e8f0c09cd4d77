// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace axp::cuda {

/// Dense int8 tensor-core operations (two a multiply-accumulate) of one multiprocessor in a clock, from the published peaks: A100
/// 624 TOPS (108 at 1.41 GHz), RTX 3090 284 (82 at 1.695), RTX 4090 661 (128 at 2.52), H100 SXM 1979 (132 at 1.83), RTX 5090 838
/// (170 at 2.407). 0 for others.
constexpr double int8OperationsPerClock(int major, int minor) {
    if (major == 9) return 8192;
    if (major == 8 && minor == 0) return 4096;
    if ((major == 8 && (minor == 6 || minor == 9)) || major == 12) return 2048;
    return 0;
}

}  // namespace axp::cuda
