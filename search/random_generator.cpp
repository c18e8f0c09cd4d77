// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/random_generator.h"

#include <bit>

namespace axp {

RandomGenerator::RandomGenerator(std::uint64_t seed) {
    for (auto& word : m_state) {
        seed += 0x9e3779b97f4a7c15u;
        std::uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        word = z ^ (z >> 31);
    }
}

std::uint64_t RandomGenerator::next() {
    auto& s = m_state;
    const std::uint64_t result = std::rotl(s[1] * 5, 7) * 9;
    const std::uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = std::rotl(s[3], 45);
    return result;
}

std::uint64_t RandomGenerator::below(std::uint64_t bound) {
    // The first 2^64 mod bound numbers would make small results more frequent.
    const std::uint64_t skipped = (0 - bound) % bound;
    for (;;)
        if (const std::uint64_t number = next(); number >= skipped) return number % bound;
}

double RandomGenerator::unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

}  // namespace axp
