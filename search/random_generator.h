// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>

namespace axp {

/// xoshiro256** 1.0 seeded by splitmix64 (Blackman and Vigna, https://prng.di.unimi.it). A seed means the same numbers on every
/// machine and with every compiler, which the distributions of <random> do not promise.
class RandomGenerator {
public:
    explicit RandomGenerator(std::uint64_t seed);
    /// The four state words themselves; not all 0.
    explicit RandomGenerator(const std::array<std::uint64_t, 4>& state) : m_state(state) {}
    std::uint64_t next();
    /// Uniform in [0, bound), without bias; bound > 0.
    std::uint64_t below(std::uint64_t bound);
    /// Uniform in [0, 1), 53 bits.
    double unit();

private:
    std::array<std::uint64_t, 4> m_state;
};

}  // namespace axp
