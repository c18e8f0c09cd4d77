// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/result.h"

namespace axp {

std::string Error::text() const {
    std::string line;
    if (!where.empty()) line += where + ": ";
    line += what;
    if (!remedy.empty()) {
        if (!line.empty() && line.back() != '.') line += '.';
        line += ' ' + remedy;
    }
    return line;
}

}  // namespace axp
