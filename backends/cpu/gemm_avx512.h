// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "backends/cpu/kernels.h"

namespace axp::cpu {

/// GemmPanel with elementBytes 1 and panels of up to 64 columns.
void gemmAvx512(const GemmPanel& panel);

}  // namespace axp::cpu
