// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

namespace axp {

/// Path of bubblewrap (bwrap(1)), "" when it is not installed.
std::string bubblewrapProgram();
/// The words that stand before those of a program: namespaces of its own, the system's programs and libraries for reading, `folder` for writing and
/// as working folder, no capabilities. bubblewrap reads the seccomp program from descriptor `filter` and applies it last.
std::vector<std::string> bubblewrapWords(const std::string& folder, int filter);

}  // namespace axp
