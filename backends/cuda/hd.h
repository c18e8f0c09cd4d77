// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// Code for host and device. Index arithmetic and rounding are plain inline functions for both (AXP_HD). Kernel bodies are
// templates over the block they run in (block.h): nvcc compiles them for the device only, the ordinary compiler for the host,
// where tests walk the whole grid. So what the tests prove and what the device runs is one source.
#include <cstdint>

#if defined(__CUDACC__)
#define AXP_HD __host__ __device__ __forceinline__
#define AXP_KERNEL_BODY __device__ __forceinline__
#else
#define AXP_HD inline
#define AXP_KERNEL_BODY inline
#endif

#if defined(__CUDA_ARCH__)
#define AXP_UNROLL _Pragma("unroll")
#else
#define AXP_UNROLL
#endif

namespace axp::cuda {

/// Division of numbers below 2^31 by a constant that is known at launch: one multiplication and a shift, exact (Granlund and
/// Montgomery, "Division by invariant integers using multiplication", 1994).
struct FastDiv {
    std::uint32_t divisor = 1, multiplier = std::uint32_t{1} << 31, shift = 31;

    /// `divisor` in 1 .. 2^31.
    static FastDiv of(std::int64_t divisor) {
        FastDiv result;
        result.divisor = static_cast<std::uint32_t>(divisor);
        while ((std::int64_t{1} << (result.shift - 31)) < divisor) ++result.shift;
        const auto power = static_cast<unsigned __int128>(1) << result.shift;
        result.multiplier = static_cast<std::uint32_t>((power + result.divisor - 1) / result.divisor);
        return result;
    }
    AXP_HD std::int32_t quotient(std::int32_t n) const {
        return static_cast<std::int32_t>((static_cast<std::uint64_t>(static_cast<std::uint32_t>(n)) * multiplier) >> shift);
    }
    AXP_HD std::int32_t remainder(std::int32_t n, std::int32_t quotient) const { return n - quotient * static_cast<std::int32_t>(divisor); }
};

AXP_HD constexpr std::int64_t roundUp(std::int64_t value, std::int64_t step) { return (value + step - 1) / step * step; }

/// Sums wrap modulo 2^32 and never saturate, on the host as on the device; signed overflow would be undefined.
AXP_HD std::int32_t wrapAdd(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}
AXP_HD std::int32_t wrapShift(std::int32_t a, std::int32_t bits) { return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) << bits); }

/// Sixteen bytes, moved at once; addresses are multiples of 16.
struct Quad {
    std::uint32_t word[4];
};

AXP_HD Quad loadQuad(const void* from) {
    Quad quad;
#if defined(__CUDA_ARCH__)
    const uint4 value = *static_cast<const uint4*>(from);
    quad = {{value.x, value.y, value.z, value.w}};
#else
    const auto* words = static_cast<const std::uint32_t*>(from);
    quad = {{words[0], words[1], words[2], words[3]}};
#endif
    return quad;
}

AXP_HD void storeQuad(void* to, const Quad& quad) {
#if defined(__CUDA_ARCH__)
    *static_cast<uint4*>(to) = make_uint4(quad.word[0], quad.word[1], quad.word[2], quad.word[3]);
#else
    auto* words = static_cast<std::uint32_t*>(to);
    for (int i = 0; i < 4; ++i) words[i] = quad.word[i];
#endif
}

}  // namespace axp::cuda
