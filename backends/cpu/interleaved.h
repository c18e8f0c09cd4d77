// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>

#include "backends/cpu/acu_kernel.h"

namespace axp::cpu {

/// The products of a table without byteTables: [257][256], the last row zero.
const std::int32_t* numbersOf(const KernelTable& table);

}  // namespace axp::cpu
