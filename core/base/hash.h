// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace axp {

/// Incremental SHA-256 (FIPS 180-4, OpenSSL's implementation).
class Sha256 {
public:
    Sha256();
    ~Sha256();
    void update(std::span<const std::byte> bytes);
    void update(std::string_view text);
    /// Lower-case hex digest; ends the computation.
    std::string hex();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

std::string sha256Hex(std::string_view text);
/// Of a file's bytes, read in pieces.
Result<std::string> sha256File(const std::string& path);

}  // namespace axp
