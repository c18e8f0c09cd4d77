// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

namespace axp {

/// Where the system's programs and libraries lie; what is missing is left out.
inline constexpr const char* kSystemPaths[] = {"/usr", "/lib", "/lib32", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives"};
/// Whether the kernel has Landlock (5.13 and later, when it is switched on).
bool fileRulesWork();
/// A Landlock rule set (landlock(7)): reading and running what is under kSystemPaths, everything in `folder`, nothing else; where the
/// kernel knows how, no TCP either. Returns its descriptor, which belongs to the caller, or -1 without Landlock.
int makeFileRules(const std::string& folder);
/// Applies it to the calling thread. Async-signal-safe.
bool restrictToFileRules(int rules);

}  // namespace axp
