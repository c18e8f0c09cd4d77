// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/file_rules.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace axp {

namespace {

// Rights by the version of Landlock that knows them; Debian 12's header has those of version 2.
constexpr std::uint64_t kVersion1 = (std::uint64_t{1} << 13) - 1, kRefer = std::uint64_t{1} << 13, kTruncate = std::uint64_t{1} << 14, kDeviceControl = std::uint64_t{1} << 15;
constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kOnFiles = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate | kDeviceControl;

/// struct landlock_ruleset_attr of version 4.
struct RulesetAttributes {
    std::uint64_t files, network;
};

long version() {
    static const long number = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return number;
}

std::uint64_t handled() {
    return kVersion1 | (version() >= 2 ? kRefer : 0) | (version() >= 3 ? kTruncate : 0) | (version() >= 5 ? kDeviceControl : 0);
}

void admit(int rules, const char* path, std::uint64_t access) {
    landlock_path_beneath_attr rule{};
    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0) return;
    struct stat status {};
    const bool isFolder = fstat(rule.parent_fd, &status) == 0 && S_ISDIR(status.st_mode);
    rule.allowed_access = access & handled() & (isFolder ? ~std::uint64_t{0} : kOnFiles);
    // A rule that cannot be added takes a right away, never gives one.
    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
}

}  // namespace

bool fileRulesWork() { return version() >= 1; }

int makeFileRules(const std::string& folder) {
    if (!fileRulesWork()) return -1;
    const RulesetAttributes attributes{handled(), 3};  // TCP: bind, connect
    const std::size_t size = version() >= 4 ? sizeof attributes : sizeof attributes.files;
    const int rules = static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, size, 0));
    if (rules < 0) return -1;
    for (const char* path : kSystemPaths) admit(rules, path, kRead);
    admit(rules, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
    admit(rules, folder.c_str(), ~kDeviceControl);
    return rules;
}

bool restrictToFileRules(int rules) { return syscall(SYS_landlock_restrict_self, rules, 0) == 0; }

}  // namespace axp
