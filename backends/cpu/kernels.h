// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// The raw interface between the portable code and the translation units that are compiled for one instruction set. Only plain
// data and function pointers: an inline function or template here could be compiled for AVX-512 and kept by the linker for all.
#include <cstddef>
#include <cstdint>

namespace axp::cpu {

/// One column panel times a run of rows of the expanded integer product, with the epilogue.
///
/// Operands are cut into dwords: four unsigned bytes times four signed bytes, or two signed 16-bit numbers each. A row is a base
/// pointer; segment s of a row is `segmentDwords` dwords from base + segmentOffset[s]. The panel holds
/// [segment][dword][ceil(columns / 16) * 16] dwords. Before segment s the accumulators are shifted left by segmentShift[s] (Horner).
/// acc = multiplier * (sum + compensation[column]), modulo 2^32.
struct GemmPanel {
    const unsigned char* const* rows;
    std::int64_t rowCount;
    const std::int64_t* segmentOffset;
    const std::int32_t* segmentShift;
    std::int64_t segments, segmentDwords;
    const void* panel;
    const std::int32_t* compensation;  ///< as many as the panel has columns, padded to 16
    std::int32_t multiplier;
    std::int64_t columns;  ///< 1 .. KernelSet::panelColumns
    std::int32_t* acc;     ///< may be null
    std::int64_t accStride;
    float* y;  ///< may be null; y = float(acc) * scale[column] (+ bias[column])
    std::int64_t yStride;
    const float* scale;
    const float* bias;  ///< may be null
};

/// Sums of table look-ups, many lanes at a time: out[lane] += (sum over entries e of T[row e][lanes[k e][lane]]) << shift.
struct TableSum {
    const std::uint32_t* entries;  ///< k << 8 | row
    std::int64_t count;
    const unsigned char* lanes;  ///< [k][laneStride] column patterns
    std::int64_t laneStride;
    std::int64_t laneCount;      ///< 1 .. 256; lanes and out can be read and written up to the next multiple of 64
    const void* table;       ///< [row][planes][256] bytes (unsigned, least first)
    std::int32_t planes;     ///< 1 or 2
    std::int32_t period;     ///< 64, 128 or 256: bytes after which a plane repeats
    std::int64_t rowBytes;   ///< distance of table rows
    std::int32_t shift;
    std::int32_t* out;
};

/// The product of GemmPanel for operands of more than 8 bits: two signed 16-bit numbers a dword, 32-bit sums that are emptied into
/// 64-bit accumulators before they can overflow. acc = sum over segments s of (sum of segment s << segmentShift[s]).
struct WidePanel {
    const unsigned char* const* rows;
    std::int64_t rowCount;
    const std::int64_t* segmentOffset;
    const std::int32_t* segmentShift;   ///< 0 .. 62
    const std::int64_t* segmentBudget;  ///< dwords whose 32-bit sum cannot overflow, at least 1
    std::int64_t segments, segmentDwords;
    const void* panel;
    std::int64_t columns;  ///< 1 .. KernelSet::panelColumns
    std::int64_t* acc;     ///< may be null
    std::int64_t accStride;
    float* y;  ///< may be null; y = float(acc) * scale[column] (+ bias[column])
    std::int64_t yStride;
    const float* scale;
    const float* bias;  ///< may be null
};

/// Look-ups for eight rows of an 8-bit table at once: out[lane][i] += sum over k of table[rows[k][i]][lanes[k][lane] / 8]. The eight rows of a k
/// are interleaved first, so that one vector load looks up all eight; that pays from some 30 lanes on.
struct InterleavedSum {
    const std::uint16_t* rows;   ///< [count][8] rows of the table; row 256 is zero
    const std::uint16_t* lanes;  ///< [count][laneStride] column patterns times 8; 2048: no product
    std::int64_t count, laneStride, laneCount;
    const std::int32_t* table;   ///< [257][256]
    std::int32_t* out;           ///< [laneCount][8], aligned to 32 bytes
};

/// Look-ups in tables of any width: out[lane] += sum over entries e of table[rows[e]][lanes[places[e]][lane]].
struct GatherSum {
    const std::uint32_t* rows;    ///< [count] rows of the table
    const std::uint32_t* places;  ///< [count] rows of `lanes`
    std::int64_t count;
    const std::uint16_t* lanes;   ///< [..][laneStride] column patterns
    std::int64_t laneStride;      ///< a multiple of 16
    std::int64_t laneCount;       ///< 1 .. 64; lanes and out can be read and written up to the next multiple of 16
    const std::int32_t* table;
    std::int64_t columns;         ///< of the table
    std::int64_t budget;          ///< products whose 32-bit sum cannot overflow, at least 1
    std::int64_t* out;
};

/// Lanes that KernelSet::stepSum works on together.
constexpr int kStepLanes = 64;

/// Products added one after the other into registers of limited width or with an approximate adder: for every lane and ascending entries
/// sum = AccumulatorModel::add(sum, product) (core/acu/accumulator.h, with the same bits, saturate and approximateBits).
struct StepSum {
    const void* products;  ///< [count][kStepLanes] numbers of 64 bits, or of 32 bits when `narrow`
    std::int64_t count;
    int bits, approximateBits;
    bool saturate;
    bool narrow;  ///< the caller has seen to it that no sum with a product passes 31 bits
    void* sums;   ///< [kStepLanes] of the same kind
};

/// The kernels of one instruction set, for operands of up to 8 bits (codes of one byte) or up to 16 bits (two bytes).
struct KernelSet {
    int codeBytes;
    int elementBytes;  ///< 1: u8 x s8; 2: s16 x s16
    int panelColumns;
    bool byteTables;
    void (*gemm)(const GemmPanel& panel);      ///< codeBytes 1, else null
    void (*wideGemm)(const WidePanel& panel);  ///< codeBytes 2, else null
    void (*quantize)(const float* x, std::int64_t n, float scale, std::int32_t lo, std::int32_t hi, void* codes);
    /// out[t][i] = lut[t][codes[i] & (patterns - 1)]; elements of elementBytes, planes planeBytes apart; 256 patterns when codeBytes is 1.
    void (*expand)(const void* codes, std::int64_t n, const void* luts, std::int64_t patterns, int terms, std::int64_t planeBytes, void* out);
    /// quantize, then expand.
    void (*quantizeExpand)(const float* x, std::int64_t n, float scale, std::int32_t lo, std::int32_t hi, const void* luts,
                           std::int64_t patterns, int terms, std::int64_t planeBytes, void* out);
    void (*tableSum)(const TableSum& sum);     ///< byteTables only, else null
    void (*interleavedSum)(const InterleavedSum& sum);  ///< codeBytes 1 without byteTables, else null
    void (*gatherSum)(const GatherSum& sum);   ///< codeBytes 2, else null
    void (*stepSum)(const StepSum& sum);       ///< codeBytes 2, else null
    /// y = float(acc) * scale[i] (+ bias[i]).
    void (*dequantize)(const std::int32_t* acc, std::int64_t n, const float* scale, const float* bias, float* y);
    /// out[i] (dwords) from four (two) rows of elements: row j at src + j * rowBytes; only `valid` rows exist, the rest are zero.
    void (*interleave)(const void* src, std::int64_t rowBytes, int valid, std::int64_t n, void* out);
};

const KernelSet& scalarKernels();
const KernelSet& avx2Kernels();
const KernelSet& avx512Kernels();
const KernelSet& wideScalarKernels();
const KernelSet& wideAvx2Kernels();
const KernelSet& wideAvx512Kernels();

}  // namespace axp::cpu
