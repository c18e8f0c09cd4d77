// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>

#include "backends/cuda/hd.h"

// The integer tensor-core instruction mma.sync.m16n8k32.s32.s8.s8.s32 (PTX ISA, "Matrix fragments for mma.m16n8k32"): a warp
// multiplies 16 x 32 by 32 x 8 signed bytes into int32, which wraps (no .satfinite).
namespace axp::cuda {

constexpr int kImmaRows = 16, kImmaColumns = 8, kImmaDepth = 32;

/// Where a lane's registers lie in the matrices. A register of A or B holds four consecutive k, least significant byte first.
struct ImmaLayout {
    AXP_HD static int aRow(int lane, int reg) { return lane / 4 + (reg & 1) * 8; }
    AXP_HD static int aDepth(int lane, int reg) { return lane % 4 * 4 + (reg >> 1) * 16; }
    AXP_HD static int bColumn(int lane) { return lane / 4; }
    AXP_HD static int bDepth(int lane, int reg) { return lane % 4 * 4 + reg * 16; }
    AXP_HD static int cRow(int lane, int reg) { return lane / 4 + (reg >> 1) * 8; }
    AXP_HD static int cColumn(int lane, int reg) { return lane % 4 * 2 + (reg & 1); }
};

/// A lane's part of MT x NT neighbouring tiles.
template <int MT, int NT>
struct Fragments {
    std::uint32_t a[MT][4];
    std::uint32_t b[NT][2];
    std::int32_t acc[MT][NT][4];
};

#if defined(__CUDACC__)

__device__ __forceinline__ void immaOnDevice(std::int32_t (&acc)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
    asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+r"(acc[0]), "+r"(acc[1]), "+r"(acc[2]), "+r"(acc[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

#else

/// The same for one tile of a warp's 32 lanes: unpacks the fragments, multiplies, packs.
template <int MT, int NT>
void immaOnHost(Fragments<MT, NT>* lanes, int i, int j) {
    std::int8_t a[kImmaRows][kImmaDepth], b[kImmaDepth][kImmaColumns];
    for (int lane = 0; lane < 32; ++lane)
        for (int byte = 0; byte < 4; ++byte) {
            for (int reg = 0; reg < 4; ++reg)
                a[ImmaLayout::aRow(lane, reg)][ImmaLayout::aDepth(lane, reg) + byte] = static_cast<std::int8_t>(lanes[lane].a[i][reg] >> (8 * byte));
            for (int reg = 0; reg < 2; ++reg)
                b[ImmaLayout::bDepth(lane, reg) + byte][ImmaLayout::bColumn(lane)] = static_cast<std::int8_t>(lanes[lane].b[j][reg] >> (8 * byte));
        }
    for (int lane = 0; lane < 32; ++lane)
        for (int reg = 0; reg < 4; ++reg) {
            std::int32_t& acc = lanes[lane].acc[i][j][reg];
            for (int k = 0; k < kImmaDepth; ++k) acc = wrapAdd(acc, a[ImmaLayout::cRow(lane, reg)][k] * b[k][ImmaLayout::cColumn(lane, reg)]);
        }
}

#endif

}  // namespace axp::cuda
