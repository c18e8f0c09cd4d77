// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>

namespace axp {

/// 65536 -> "65,536"
std::string grouped(std::int64_t number);
/// "1 file", "3 files"
std::string counted(std::int64_t number, const std::string& noun);
/// At most `digits` significant digits: "12.3", "0.0064", "1.2e+09".
std::string shortNumber(double value, int digits = 6);

}  // namespace axp
