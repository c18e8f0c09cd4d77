// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <linux/filter.h>

#include <vector>

namespace axp {

/// The seccomp program of the sandbox (linux/seccomp.h). Everything that it does not know fails with EPERM; a foreign calling convention
/// (32-bit system calls) kills the process.
const std::vector<sock_filter>& sandboxFilter();

}  // namespace axp
