// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "core/acu/library.h"

namespace axp {

/// Parses and makes a family member such as "trunc:bits=8:a=2:b=2"; parameters that are left out have their defaults. The text
/// before the first ':' must name a family.
///
/// Every family takes bits (operand A), bits-b (operand B; 0, the default: as A) and signed. Its definition (paper, truncation, rounding,
/// what becomes of signs and odd widths) stands in its file in core/acu/families. Members above 24 operand bits have no table; their hash is that
/// of the member's name with every parameter written (bits-b only where the widths differ).
Result<AcuPtr> makeFamilyMember(const std::string& name);

/// The paper that defines the family of a member, as a citation; empty for "exact" and when `memberName` does not begin with the name of a family.
std::string familyCitation(const std::string& memberName);

}  // namespace axp
