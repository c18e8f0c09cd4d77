// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "backends/cuda/arithmetic.h"
#include "backends/cuda/conv_map.h"
#include "backends/cuda/hd.h"
#include "backends/cuda/imma.h"

// Convolutions and matrix products over expanded operands on the tensor cores, as an implicit GEMM: rows are gathered from the
// expanded image on their way into shared memory, so no im2col matrix exists. A block makes a tile of 128 rows by 64 or 128 columns,
// 64 bytes of depth at a time; the next 64 are on their way from global memory in registers meanwhile.
namespace axp::cuda {

constexpr int kImmaThreads = 256;
constexpr int kImmaTileRows = 128, kImmaTileDepth = 64;
/// Bytes from row to row of a tile in shared memory. 80 = 20 banks: the eight rows and four words that a warp reads together lie in
/// 32 different banks, and rows stay aligned to 16.
constexpr int kImmaPitch = 80;
constexpr int kGreatestSegments = 32;  // shifts are 0 .. 31

AXP_HD constexpr std::int64_t immaSharedBytes(int tileColumns) { return std::int64_t{kImmaTileRows + tileColumns} * kImmaPitch; }

/// Terms of one common shift. Depth runs over (tap, term, input); `shift` applies to the sums before the segment.
struct ImmaSegment {
    std::int32_t termOffset = 0;    ///< first term * paddedInputs: bytes into a pixel's group
    std::int32_t width = 0;         ///< terms of the segment * paddedInputs: bytes of one tap
    std::int32_t weightOffset = 0;  ///< bytes into a row of weights
    std::int32_t shift = 0;
    FastDiv byWidth;
};

struct ImmaParams {
    ConvMap map;
    const std::int8_t* image = nullptr;    ///< expanded operand A
    std::int64_t imageSlice = 0;           ///< bytes from slice to slice: a group's bytes, or those of a matrix
    std::int64_t rowBytes = 0;             ///< bytes of a pixel, all groups
    std::int64_t paddingPixel = 0;         ///< the row that padding reads
    const std::int8_t* weights = nullptr;  ///< expanded operand B, depth contiguous
    std::int64_t weightSlice = 0, weightPitch = 0;
    std::int64_t slices = 1;
    std::int32_t columns = 0;              ///< of a slice
    std::int32_t segments = 1;
    ImmaSegment segment[kGreatestSegments];
    Epilogue epilogue;

    AXP_HD std::int32_t depth(std::int32_t s) const { return map.taps() * segment[s].width; }
};

/// Address of depth position `d` (a multiple of `Chunk`) of a row of A.
AXP_HD const std::int8_t* immaSource(const ImmaParams& p, const ImmaSegment& segment, std::int64_t slice, const ConvMap::Origin& origin,
                                     std::int32_t d) {
    const std::int32_t tap = segment.byWidth.quotient(d);
    const std::int32_t pixel = p.map.pixel(origin, tap);
    const std::int64_t row = pixel < 0 ? p.paddingPixel : pixel;
    return p.image + slice * p.imageSlice + row * p.rowBytes + segment.termOffset + segment.byWidth.remainder(d, tap);
}

/// Sixteen bytes of a row of A, gathered in pieces of `Chunk` (16 or 4) bytes; zeros beyond the depth.
template <int Chunk>
AXP_HD Quad gatherQuad(const ImmaParams& p, const ImmaSegment& segment, std::int64_t slice, const ConvMap::Origin& origin, std::int32_t d,
                       std::int32_t depth) {
    Quad quad = {{0, 0, 0, 0}};
    if constexpr (Chunk == 16) {
        if (d < depth) quad = loadQuad(immaSource(p, segment, slice, origin, d));
    } else {
        AXP_UNROLL
        for (int i = 0; i < 4; ++i)
            if (d + 4 * i < depth)
                quad.word[i] = *reinterpret_cast<const std::uint32_t*>(immaSource(p, segment, slice, origin, d + 4 * i));
    }
    return quad;
}

template <int Chunk>
AXP_HD Quad weightQuad(const std::int8_t* row, std::int32_t d, std::int32_t depth) {
    Quad quad = {{0, 0, 0, 0}};
    if constexpr (Chunk == 16) {
        if (d < depth) quad = loadQuad(row + d);
    } else {
        AXP_UNROLL
        for (int i = 0; i < 4; ++i)
            if (d + 4 * i < depth) quad.word[i] = *reinterpret_cast<const std::uint32_t*>(row + d + 4 * i);
    }
    return quad;
}

/// How a block's 8 warps share the tile: warps of 32 rows by half the columns.
template <int TileColumns>
struct ImmaTiling {
    static constexpr int kWarpRows = 32, kWarpColumns = TileColumns / 2;
    static constexpr int kMT = kWarpRows / kImmaRows, kNT = kWarpColumns / kImmaColumns;
    static constexpr int kRowQuads = kImmaTileRows * 4 / kImmaThreads, kColumnQuads = TileColumns * 4 / kImmaThreads;
    using Tile = Fragments<kMT, kNT>;

    AXP_HD static int warpRow(int thread) { return thread / 32 % 4 * kWarpRows; }
    AXP_HD static int warpColumn(int thread) { return thread / 128 * kWarpColumns; }
    /// The i-th quad that a thread brings: row of the tile and byte within it.
    AXP_HD static int quadRow(int thread, int i) { return (thread + i * kImmaThreads) / 4; }
    AXP_HD static int quadByte(int thread) { return thread % 4 * 16; }
};

/// Reads the fragments of one step of 32 of depth from the tiles in shared memory.
template <int TileColumns>
AXP_HD void readFragments(const unsigned char* tileA, const unsigned char* tileB, int thread, int step, typename ImmaTiling<TileColumns>::Tile& f) {
    using Tiling = ImmaTiling<TileColumns>;
    const int lane = thread % 32;
    AXP_UNROLL
    for (int i = 0; i < Tiling::kMT; ++i)
        AXP_UNROLL
        for (int reg = 0; reg < 4; ++reg) {
            const int row = Tiling::warpRow(thread) + i * kImmaRows + ImmaLayout::aRow(lane, reg);
            f.a[i][reg] = *reinterpret_cast<const std::uint32_t*>(tileA + row * kImmaPitch + step * kImmaDepth + ImmaLayout::aDepth(lane, reg));
        }
    AXP_UNROLL
    for (int j = 0; j < Tiling::kNT; ++j)
        AXP_UNROLL
        for (int reg = 0; reg < 2; ++reg) {
            const int column = Tiling::warpColumn(thread) + j * kImmaColumns + ImmaLayout::bColumn(lane);
            f.b[j][reg] = *reinterpret_cast<const std::uint32_t*>(tileB + column * kImmaPitch + step * kImmaDepth + ImmaLayout::bDepth(lane, reg));
        }
}

/// What a thread keeps besides fragments: where its rows of A begin, its columns of B, and the quads on their way.
template <int TileColumns>
struct ImmaStage {
    ConvMap::Origin origin[ImmaTiling<TileColumns>::kRowQuads];
    const std::int8_t* weights[ImmaTiling<TileColumns>::kColumnQuads];
    Quad a[ImmaTiling<TileColumns>::kRowQuads], b[ImmaTiling<TileColumns>::kColumnQuads];
};

/// Rows and columns beyond the matrix repeat the last one: their sums are not stored.
template <int TileColumns>
AXP_HD void beginStage(const ImmaParams& p, const TilePlace& place, int thread, ImmaStage<TileColumns>& stage) {
    using Tiling = ImmaTiling<TileColumns>;
    AXP_UNROLL
    for (int i = 0; i < Tiling::kRowQuads; ++i) {
        const std::int64_t row = place.row + Tiling::quadRow(thread, i), last = p.map.rows() - 1;
        stage.origin[i] = p.map.origin(static_cast<std::int32_t>(row < last ? row : last));
    }
    AXP_UNROLL
    for (int i = 0; i < Tiling::kColumnQuads; ++i) {
        const std::int64_t column = place.column + Tiling::quadRow(thread, i), last = p.columns - 1;
        stage.weights[i] = p.weights + place.slice * p.weightSlice + (column < last ? column : last) * p.weightPitch;
    }
}

template <int TileColumns, int Chunk>
AXP_HD void fetchStage(const ImmaParams& p, const TilePlace& place, std::int32_t s, std::int32_t depth, int thread, ImmaStage<TileColumns>& stage) {
    using Tiling = ImmaTiling<TileColumns>;
    const std::int32_t end = p.depth(s), d = depth + Tiling::quadByte(thread);
    AXP_UNROLL
    for (int i = 0; i < Tiling::kRowQuads; ++i) stage.a[i] = gatherQuad<Chunk>(p, p.segment[s], place.slice, stage.origin[i], d, end);
    AXP_UNROLL
    for (int i = 0; i < Tiling::kColumnQuads; ++i) stage.b[i] = weightQuad<Chunk>(stage.weights[i] + p.segment[s].weightOffset, d, end);
}

template <int TileColumns>
AXP_HD void storeTile(const ImmaParams& p, const TilePlace& place, int thread, const typename ImmaTiling<TileColumns>::Tile& f) {
    using Tiling = ImmaTiling<TileColumns>;
    const int lane = thread % 32;
    AXP_UNROLL
    for (int i = 0; i < Tiling::kMT; ++i)
        AXP_UNROLL
        for (int j = 0; j < Tiling::kNT; ++j)
            AXP_UNROLL
            for (int reg = 0; reg < 4; ++reg) {
                const std::int64_t row = place.row + Tiling::warpRow(thread) + i * kImmaRows + ImmaLayout::cRow(lane, reg);
                const std::int64_t column = place.column + Tiling::warpColumn(thread) + j * kImmaColumns + ImmaLayout::cColumn(lane, reg);
                if (row < p.map.rows() && column < p.columns) p.epilogue.store(place.slice, row, column, f.acc[i][j][reg]);
            }
}

/// One tile per block.
template <int TileColumns, int Chunk, class Block>
AXP_KERNEL_BODY void immaKernel(Block& block, const ImmaParams& p) {
    using Tiling = ImmaTiling<TileColumns>;
    const TilePlace place = tilePlace(block.index(), p.map.rows(), p.columns, kImmaTileRows, TileColumns);
    unsigned char* tileA = block.shared();
    unsigned char* tileB = tileA + kImmaTileRows * kImmaPitch;
    auto stages = block.template registers<ImmaStage<TileColumns>>();
    auto fragments = block.template registers<typename Tiling::Tile>();
    block.eachFree([&](int thread) {
        beginStage<TileColumns>(p, place, thread, stages[thread]);
        fetchStage<TileColumns, Chunk>(p, place, 0, 0, thread, stages[thread]);
    });
    for (std::int32_t s = 0; s < p.segments; ++s) {
        if (s > 0)
            block.eachFree([&](int thread) {
                AXP_UNROLL
                for (auto& row : fragments[thread].acc)
                    AXP_UNROLL
                    for (auto& tile : row)
                        AXP_UNROLL
                        for (auto& sum : tile) sum = wrapShift(sum, p.segment[s].shift);
            });
        for (std::int32_t depth = 0; depth < p.depth(s); depth += kImmaTileDepth) {
            block.each([&](int thread) {
                AXP_UNROLL
                for (int i = 0; i < Tiling::kRowQuads; ++i)
                    storeQuad(tileA + Tiling::quadRow(thread, i) * kImmaPitch + Tiling::quadByte(thread), stages[thread].a[i]);
                AXP_UNROLL
                for (int i = 0; i < Tiling::kColumnQuads; ++i)
                    storeQuad(tileB + Tiling::quadRow(thread, i) * kImmaPitch + Tiling::quadByte(thread), stages[thread].b[i]);
            });
            const bool more = depth + kImmaTileDepth < p.depth(s);
            if (more || s + 1 < p.segments)
                block.eachFree([&](int thread) {
                    fetchStage<TileColumns, Chunk>(p, place, more ? s : s + 1, more ? depth + kImmaTileDepth : 0, thread, stages[thread]);
                });
            AXP_UNROLL
            for (int step = 0; step < kImmaTileDepth / kImmaDepth; ++step) {
                block.eachFree([&](int thread) { readFragments<TileColumns>(tileA, tileB, thread, step, fragments[thread]); });
                block.multiply(fragments);
            }
            block.barrier();  // the tiles are written anew
        }
    }
    block.eachFree([&](int thread) { storeTile<TileColumns>(p, place, thread, fragments[thread]); });
}

}  // namespace axp::cuda
