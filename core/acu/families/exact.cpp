// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/families/family.h"

namespace axp::family {

namespace {

Result<AcuPtr> make(const std::string& name, const Values& values) {
    AXP_TRY(const Request wanted, request("exact", name, values));
    const auto same = [](std::int64_t x) { return x; };
    return separable(wanted, same, same, "exact multiplier");
}

}  // namespace

Definition exact() { return {{"exact", "Exact multiplier", withWidths({}), make}, ""}; }

}  // namespace axp::family
