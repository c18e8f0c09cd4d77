// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

namespace axp {

/// Whether the kernel has Landlock (5.13 and later, when it is switched on).
bool fileRulesWork();
/// A Landlock rule set (landlock(7)): reading and running what is under /usr, /lib and their like, everything in `folder`, nothing else; where the
/// kernel knows how, no TCP either. Returns its descriptor, which belongs to the caller, or -1 without Landlock.
int makeFileRules(const std::string& folder);
/// Applies it to the calling thread. Async-signal-safe.
bool restrictToFileRules(int rules);

}  // namespace axp
