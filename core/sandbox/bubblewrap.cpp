// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/bubblewrap.h"

#include <unistd.h>

#include "core/sandbox/file_rules.h"

namespace axp {

std::string bubblewrapProgram() {
    constexpr const char* kPath = "/usr/bin/bwrap";
    return access(kPath, X_OK) == 0 ? kPath : "";
}

std::vector<std::string> bubblewrapWords(const std::string& folder, int filter) {
    std::vector<std::string> words = {bubblewrapProgram(), "--unshare-all", "--die-with-parent", "--cap-drop", "ALL", "--seccomp", std::to_string(filter)};
    for (const char* path : kSystemPaths) words.insert(words.end(), {"--ro-bind-try", path, path});
    words.insert(words.end(), {"--dev-bind", "/dev/null", "/dev/null", "--bind", folder, folder, "--chdir", folder, "--"});
    return words;
}

}  // namespace axp
