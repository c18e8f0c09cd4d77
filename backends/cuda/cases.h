// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "backends/cuda/device.h"
#include "backends/cuda/ordered_kernel.h"
#include "core/acu/table.h"

// Random layers and matrix products with what plain loops give for them: the same cases drive the kernels on an emulated grid (unit
// test, which also compares these loops with the product's oracle) and on a device (axp_cuda_selftest).
namespace axp::cuda {

using Random = std::mt19937_64;
std::int64_t pick(Random& random, std::int64_t low, std::int64_t high);

struct NamedTable {
    std::string name;
    ProductTable table;
};
/// Exact, truncated, low rank with wide factors, products beyond 16 bits, narrow and rectangular, M(0,0) != 0, not commutative, random.
std::vector<NamedTable> caseTables();

struct ConvCase {
    ConvGeometry geometry;
    std::int64_t batch = 1;
    std::array<std::int64_t, 3> in{1, 1, 1};
    bool padThrough = true;
};
/// Operands above 8 bits by table and by factors, accumulators of limited width and with approximate adders, zero points, sums beyond 31
/// bits: what the kernels of ordered_kernel.h are for.
struct NamedMultiplier {
    std::string name;
    DeviceMultiplier multiplier;
};
std::vector<NamedMultiplier> caseMultipliers();

ConvCase linearCase(std::int64_t rows, std::int64_t depth, std::int64_t columns);
/// 1 to 3 dimensions, stride, dilation, any padding, groups and depthwise; sizes that fill no tile.
ConvCase randomConv(Random& random);
/// Transposed, with output padding.
ConvCase randomTransposed(Random& random);
std::string describe(const ConvCase& c);

/// Operands and results. Inputs hold NaN, infinities, exact halves and numbers beyond the range; codes hold the extremes.
struct ConvData {
    Quantizer quantizer;
    std::vector<float> x, scale, bias;
    std::vector<std::int8_t> codes, weights;
    std::vector<std::int32_t> acc;
    std::vector<float> y;
};
ConvData makeData(const ProductTable& table, const ConvCase& c, Random& random);

/// The same for multipliers of any kind; sums come from orderedSum() on the host, which unit tests hold against the product's oracle.
struct OrderedData {
    Quantizer quantizer;
    std::vector<float> x, scale, bias;
    std::vector<std::int16_t> codes, weights;
    std::vector<std::int64_t> acc;
    std::vector<float> y;
};
OrderedData makeOrderedData(const DeviceMultiplier& multiplier, const ConvCase& c, Random& random);
/// The product with its factors or table in host memory; `factors` holds them side by side.
ProductView hostProduct(const DeviceMultiplier& multiplier, std::array<std::vector<std::int32_t>, 2>& factors);

/// A batch of products [m, k] x [k, n] of strided matrices at any places in their buffers; several may read the same matrix.
struct ProductCase {
    std::int64_t batches = 1, m = 1, k = 1, n = 1;
    std::int64_t aRow = 1, aColumn = 1, bRow = 1, bColumn = 1, yRow = 1;
    std::vector<std::int64_t> aOffsets, bOffsets, yOffsets;
};
ProductCase randomProduct(Random& random, std::int64_t largest);
std::string describe(const ProductCase& c);

struct ProductData {
    Quantizer quantA, quantB;
    float scale = 1;
    std::vector<float> a, b;
    std::vector<std::int32_t> acc;  ///< [batch][m][n]
    std::vector<float> y;           ///< with the strides of the case; untouched places are 0
};
ProductData makeData(const ProductTable& table, const ProductCase& c, Random& random);

/// The first place where two lists differ (bit patterns for floats) as a sentence; empty when they are equal.
std::string firstDifference(const char* what, const std::vector<std::int32_t>& got, const std::vector<std::int32_t>& wanted);
std::string firstDifference(const char* what, const std::vector<std::int64_t>& got, const std::vector<std::int64_t>& wanted);
std::string firstDifference(const char* what, const std::vector<float>& got, const std::vector<float>& wanted);

}  // namespace axp::cuda
