// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "core/acu/library.h"

namespace axp {

/// Parses and makes a family member such as "trunc:bits=8:a=2:b=2"; parameters that are left out have their defaults. The text
/// before the first ':' must name a family.
Result<AcuPtr> makeFamilyMember(const std::string& name);

}  // namespace axp
