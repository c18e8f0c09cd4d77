// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstring>
#include <limits>

#include "backends/cpu/acu_kernel.h"
#include "backends/cpu/interleaved.h"
#include "backends/cpu/ordered_sum.h"
#include "backends/cpu/panels.h"
#include "backends/cpu/table_product.h"
#include "backends/reference/reference.h"

namespace axp {
namespace cpu {
namespace {

enum Slot { kLeft = 24, kRight, kRightPlanes, kPanels, kCompensation, kRows, kSegments, kShifts, kScale, kCodes, kSums, kBaseSums, kLine };

struct Shape {
    std::int64_t m, k, n;
};

template <class T>
T* slot(Workspace& workspace, int number, std::int64_t count) {
    return static_cast<T*>(workspace.get(number, static_cast<std::size_t>(std::max<std::int64_t>(count, 1)) * sizeof(T) + 64));
}

/// Codes of a strided matrix as [rows][columns], quantizing along the contiguous direction. `transposed` tells that the result is
/// [columns][rows] instead, because the columns are the contiguous ones.
template <class Code>
Code* quantizeView(const KernelSet& kernels, const MatrixView& view, std::int64_t rows, std::int64_t columns, const Quantizer& q,
                          Workspace& workspace, int number, bool& transposed) {
    auto* codes = slot<Code>(workspace, number, rows * columns);
    transposed = view.columnStride != 1 && view.rowStride == 1;
    const std::int64_t lines = transposed ? columns : rows, length = transposed ? rows : columns;
    const std::int64_t lineStride = transposed ? view.columnStride : view.rowStride;
    const std::int64_t step = transposed ? view.rowStride : view.columnStride;
    float* line = step == 1 ? nullptr : slot<float>(workspace, kLine, length);
    for (std::int64_t i = 0; i < lines; ++i) {
        const float* source = view.data + i * lineStride;
        if (step != 1) {
            for (std::int64_t j = 0; j < length; ++j) line[j] = source[j * step];
            source = line;
        }
        kernels.quantize(source, length, q.scale, q.lo, q.hi, codes + i * length);
    }
    return codes;
}

/// The same in a fixed orientation.
template <class Code>
Code* quantizeRows(const KernelSet& kernels, const MatrixView& view, std::int64_t rows, std::int64_t columns, const Quantizer& q,
                          Workspace& workspace, int number, int scratch) {
    bool transposed = false;
    auto* codes = quantizeView<Code>(kernels, view, rows, columns, q, workspace, scratch, transposed);
    if (!transposed) return codes;
    auto* turned = slot<Code>(workspace, number, rows * columns);
    for (std::int64_t i = 0; i < rows; ++i)
        for (std::int64_t j = 0; j < columns; ++j) turned[i * columns + j] = codes[j * rows + i];
    return turned;
}

/// Panels from codes [k][n]: expand each row by the right factors, then interleave the rows of a dword.
class RightPacker {
public:
    RightPacker(const KernelImpl& acu, const PanelLayout& layout, const Shape& shape, Workspace& workspace)
        : m_acu(acu), m_terms(acu.terms()), m_layout(layout), m_shape(shape), m_workspace(workspace),
          m_panels(slot<unsigned char>(workspace, kPanels, layout.bytes())),
          m_compensation(slot<std::int32_t>(workspace, kCompensation, layout.paddedColumns())) {
        std::memset(m_panels, 0, static_cast<std::size_t>(layout.bytes()));
        std::memset(m_compensation, 0, static_cast<std::size_t>(layout.paddedColumns()) * 4);
    }

    template <class Code>
    void packRows(const Code* codes) {
        const std::int64_t perDword = 4 / m_layout.elementBytes, bytes = m_layout.elementBytes;
        auto* rows = slot<unsigned char>(m_workspace, kRightPlanes, perDword * m_shape.n * bytes);
        for (int t = 0; t < m_terms.terms; ++t)
            for (std::int64_t d = 0; d < m_layout.segmentDwords; ++d) {
                const std::int64_t k = d * perDword, valid = std::min(perDword, m_shape.k - k);
                expandRight(codes + k * m_shape.n, valid * m_shape.n, t, rows);
                compensateRows(rows, valid, t);
                for (std::int64_t p = 0; p < m_layout.panelCount(); ++p) {
                    const std::int64_t column = p * m_layout.panelColumns;
                    const std::int64_t width = std::min(m_layout.panelColumns, m_shape.n - column);
                    m_acu.kernels().interleave(rows + column * bytes, m_shape.n * bytes, static_cast<int>(valid), width,
                                               m_panels + m_layout.elementOffset(column, t, k));
                }
            }
    }

    /// From codes [n][k]: a column's elements are contiguous and move dword by dword.
    template <class Code>
    void packColumns(const Code* codes) {
        const std::int64_t dwords = m_layout.segmentDwords;
        auto* column = slot<unsigned char>(m_workspace, kRightPlanes, dwords * 4);
        for (int t = 0; t < m_terms.terms; ++t)
            for (std::int64_t n = 0; n < m_shape.n; ++n) {
                if (dwords > 0) std::memset(column + (dwords - 1) * 4, 0, 4);
                expandRight(codes + n * m_shape.k, m_shape.k, t, column);
                if (m_terms.offset[static_cast<std::size_t>(t)] != 0) compensate(n, t, sumOf(column, m_shape.k));
                unsigned char* target = m_panels + m_layout.elementOffset(n, t, 0);
                const std::int64_t stride = 4 * m_layout.panelWidth(n / m_layout.panelColumns);
                for (std::int64_t d = 0; d < dwords; ++d) std::memcpy(target + d * stride, column + 4 * d, 4);
            }
    }

    const unsigned char* panels() const { return m_panels; }
    const std::int32_t* compensation() const { return m_compensation; }

private:
    void expandRight(const void* codes, std::int64_t count, int term, unsigned char* out) const {
        m_acu.kernels().expand(codes, count, m_terms.rightElements(term), m_terms.rightPatterns, 1, 0, out);
    }
    std::int32_t element(const unsigned char* data, std::int64_t index) const {
        if (m_layout.elementBytes == 1) return static_cast<std::int8_t>(data[index]);
        std::int16_t value = 0;
        std::memcpy(&value, data + 2 * index, 2);
        return value;
    }
    std::int64_t sumOf(const unsigned char* data, std::int64_t count) const {
        std::int64_t sum = 0;
        for (std::int64_t i = 0; i < count; ++i) sum += element(data, i);
        return sum;
    }
    void compensate(std::int64_t column, int term, std::int64_t sum) {
        const auto t = static_cast<std::size_t>(term);
        const auto correction = static_cast<std::uint32_t>(m_terms.offset[t] * sum) << m_terms.shift[t];
        m_compensation[column] = static_cast<std::int32_t>(static_cast<std::uint32_t>(m_compensation[column]) - correction);
    }
    void compensateRows(const unsigned char* rows, std::int64_t valid, int term) {
        if (m_terms.offset[static_cast<std::size_t>(term)] == 0) return;
        for (std::int64_t n = 0; n < m_shape.n; ++n) {
            std::int64_t sum = 0;
            for (std::int64_t j = 0; j < valid; ++j) sum += element(rows, j * m_shape.n + n);
            compensate(n, term, sum);
        }
    }

    const KernelImpl& m_acu;
    const TermSet& m_terms;
    const PanelLayout& m_layout;
    Shape m_shape;
    Workspace& m_workspace;
    unsigned char* m_panels;
    std::int32_t* m_compensation;
};

template <class Code>
void matMulFactorised(const KernelImpl& acu, const Shape& shape, const Code* a, const Code* b, bool bTransposed,
                      const PanelOutput& output, Workspace& workspace) {
    const TermSet& terms = acu.terms();
    PanelLayout layout;
    layout.segments = terms.terms;
    layout.elementBytes = terms.elementBytes;
    layout.segmentDwords = (shape.k * terms.elementBytes + 3) / 4;
    layout.columns = shape.n;
    layout.panelColumns = acu.kernels().panelColumns;
    RightPacker packer(acu, layout, shape, workspace);
    if (bTransposed)
        packer.packColumns(b);
    else
        packer.packRows(b);
    const std::int64_t rowBytes = shape.k * terms.elementBytes, step = cacheBlockRows(rowBytes * terms.terms);
    auto* offsets = slot<std::int64_t>(workspace, kSegments, terms.terms);
    auto* shifts = slot<std::int32_t>(workspace, kShifts, terms.terms);
    auto** rows = slot<const unsigned char*>(workspace, kRows, step);
    auto* image = slot<unsigned char>(workspace, kRightPlanes, step * rowBytes * terms.terms);
    for (std::int64_t first = 0; first < shape.m; first += step) {
        const std::int64_t count = std::min(step, shape.m - first), planeBytes = count * rowBytes;
        acu.kernels().expand(a + first * shape.k, count * shape.k, terms.left.data(), terms.leftPatterns, terms.terms, planeBytes, image);
        for (std::int64_t i = 0; i < count; ++i) rows[i] = image + i * rowBytes;
        for (int t = 0; t < terms.terms; ++t) {
            offsets[t] = t * planeBytes;
            shifts[t] = terms.wide() ? terms.shift[static_cast<std::size_t>(t)] : terms.stepShift(t);
        }
        multiplyPanels(acu, layout, packer.panels(), packer.compensation(), {rows, count, count, offsets, shifts, terms.budget.data()}, output.fromRow(first));
    }
}

/// `start`: sums [m][n] that the look-ups are added to, or null.
void matMulTable(const KernelImpl& acu, const Shape& shape, const std::int8_t* a, const std::int8_t* b, bool bTransposed, const std::int32_t* start,
                 const PanelOutput& output, Workspace& workspace) {
    const std::int64_t laneStride = paddedLanes(shape.n);
    auto* lanes = slot<unsigned char>(workspace, kPanels, shape.k * laneStride);
    for (std::int64_t k = 0; k < shape.k; ++k) {
        if (bTransposed)
            for (std::int64_t n = 0; n < shape.n; ++n) lanes[k * laneStride + n] = static_cast<unsigned char>(b[n * shape.k + k]);
        else
            std::memcpy(lanes + k * laneStride, b + k * shape.n, static_cast<std::size_t>(shape.n));
        std::memset(lanes + k * laneStride + shape.n, 0, static_cast<std::size_t>(laneStride - shape.n));
    }
    for (std::int64_t first = 0; first < shape.m; first += kTableBlockRows) {
        TableLists lists(workspace, shape.k);
        for (std::int64_t row = first; row < std::min(shape.m, first + kTableBlockRows); ++row) {
            lists.beginRow();
            lists.add(0, a + row * shape.k, shape.k, acu.kernelTable().zeroRow.data());
            lists.endRow();
        }
        const TableOutput part{output.acc.from(first * output.accStride).narrow, output.accStride,
                               output.y ? output.y + first * output.yStride : nullptr, output.yStride, output.scale, nullptr,
                               start ? start + first * shape.n : nullptr, shape.n};
        tableProduct(acu, lists, lanes, laneStride, shape.n, part, workspace);
    }
}

/// matMulTable for kernel sets without byte tables: eight rows of A at a time.
void matMulInterleaved(const KernelImpl& acu, const Shape& shape, const std::int8_t* a, const std::int8_t* b, bool bTransposed,
                       const std::int32_t* start, const PanelOutput& output, Workspace& workspace) {
    auto* lanes = slot<std::uint16_t>(workspace, kPanels, shape.k * shape.n);
    for (std::int64_t k = 0; k < shape.k; ++k)
        for (std::int64_t n = 0; n < shape.n; ++n)
            lanes[k * shape.n + n] = static_cast<std::uint16_t>(8 * static_cast<unsigned char>(bTransposed ? b[n * shape.k + k] : b[k * shape.n + n]));
    auto* rows = slot<std::uint16_t>(workspace, kRows, shape.k * 8);
    auto* sums = slot<std::int32_t>(workspace, kRightPlanes, shape.n * 8);
    auto* row = slot<std::int32_t>(workspace, kSegments, shape.n);
    for (std::int64_t first = 0; first < shape.m; first += 8) {
        const std::int64_t count = std::min<std::int64_t>(8, shape.m - first);
        for (std::int64_t k = 0; k < shape.k; ++k)
            for (std::int64_t i = 0; i < 8; ++i) rows[8 * k + i] = i < count ? static_cast<unsigned char>(a[(first + i) * shape.k + k]) : std::uint16_t{256};
        std::fill_n(sums, shape.n * 8, 0);
        acu.kernels().interleavedSum({rows, lanes, shape.k, shape.n, shape.n, numbersOf(acu.kernelTable()), sums});
        for (std::int64_t i = 0; i < count; ++i) {
            const PanelOutput part = output.fromRow(first + i);
            for (std::int64_t n = 0; n < shape.n; ++n) row[n] = sums[8 * n + i];
            if (start) addSums(start + (first + i) * shape.n, shape.n, row);
            if (part.acc) std::copy_n(row, shape.n, part.acc.narrow);
            if (part.y) acu.kernels().dequantize(row, shape.n, part.scale, part.bias, part.y);
        }
    }
}

/// acc = sums of products found one by one: in wide tables, or in order where the accumulator asks for it or the multiplier is a function.
void matMulGathered(const KernelImpl& acu, const Shape& shape, const std::int16_t* a, const std::int16_t* b, bool bTransposed, bool gathers,
                    const SumOptions& options, std::int64_t* acc, Workspace& workspace) {
    const std::int64_t stride = (shape.n + kStepLanes - 1) / kStepLanes * kStepLanes;
    const std::uint32_t maskA = (1u << acu.multiplier().bitsA()) - 1, maskB = (1u << acu.multiplier().bitsB()) - 1;
    const OrderedSum ordered(acu, options);
    auto* lanes = slot<std::uint16_t>(workspace, kPanels, shape.k * stride);
    std::fill_n(lanes, shape.k * stride, std::uint16_t{0});
    for (std::int64_t k = 0; k < shape.k; ++k)
        for (std::int64_t n = 0; n < shape.n; ++n)
            lanes[k * stride + n] = static_cast<std::uint16_t>(static_cast<std::uint32_t>(bTransposed ? b[n * shape.k + k] : b[k * shape.n + n]) & maskB);
    auto* rows = slot<std::uint32_t>(workspace, kRows, shape.k);
    auto* places = slot<std::uint32_t>(workspace, kSegments, shape.k);
    auto* sums = slot<std::int64_t>(workspace, kRightPlanes, stride);
    const std::int64_t budget = std::max<std::int64_t>(1, std::numeric_limits<std::int32_t>::max() / std::max<std::int64_t>(1, acu.multiplier().greatest()));
    for (std::int64_t m = 0; m < shape.m; ++m) {
        for (std::int64_t k = 0; k < shape.k; ++k) {
            rows[k] = static_cast<std::uint32_t>(a[m * shape.k + k]) & maskA;
            places[k] = static_cast<std::uint32_t>(k);
        }
        if (!gathers) {
            ordered.sum({rows, places, shape.k, lanes, stride, shape.n}, acc + m * shape.n, workspace);
            continue;
        }
        std::fill_n(sums, stride, std::int64_t{0});
        gatherColumns(acu.kernels(), acu.wideTable(), {rows, places, shape.k, lanes, stride, shape.n, nullptr, 0, budget, sums});
        std::copy_n(sums, shape.n, acc + m * shape.n);
    }
}

void matMulReference(const KernelImpl& acu, const Shape& shape, const std::int16_t* a, const std::int16_t* b, bool bTransposed,
                     const SumOptions& options, std::int64_t* acc) {
    referenceMatMul(acu.multiplier(), shape.m, shape.k, shape.n, a, shape.k, 1, b, bTransposed ? 1 : shape.n, bTransposed ? shape.k : 1, acc,
                    {options.accumulator, options.affine, options.zeroA, options.zeroB});
}

/// What matMul() was asked for.
struct Request {
    Shape shape;
    MatrixView a;
    Quantizer quantA;
    MatrixView b;
    Quantizer quantB;
    float scale;
    float* y;
    std::int64_t yRowStride;
    std::int64_t* acc;
};

/// Sums of 32 bits, straight into y.
void multiplyNarrow(const KernelImpl& kernel, const Request& r, Workspace& workspace) {
    const auto [m, k, n] = r.shape;
    const auto* codesA = quantizeRows<std::int8_t>(kernel.kernels(), r.a, m, k, r.quantA, workspace, kLeft, kCodes);
    bool transposed = false;
    const auto* codesB = quantizeView<std::int8_t>(kernel.kernels(), r.b, k, n, r.quantB, workspace, kRight, transposed);
    float* scales = slot<float>(workspace, kScale, n);
    std::fill_n(scales, n, r.scale);
    std::int32_t* sums = r.acc ? slot<std::int32_t>(workspace, kSums, m * n) : nullptr;
    const PanelOutput output{{sums, nullptr}, n, r.y, r.yRowStride, scales, nullptr};
    std::int32_t* start = nullptr;
    if (kernel.base()) {
        start = slot<std::int32_t>(workspace, kBaseSums, m * n);
        matMulFactorised(*kernel.base(), r.shape, codesA, codesB, transposed, {{start, nullptr}, n, nullptr, 0, nullptr, nullptr}, workspace);
    }
    if (kernel.strategy() == Strategy::Factorised)
        matMulFactorised(kernel, r.shape, codesA, codesB, transposed, output, workspace);
    else if (kernel.kernels().byteTables)
        matMulTable(kernel, r.shape, codesA, codesB, transposed, start, output, workspace);
    else
        matMulInterleaved(kernel, r.shape, codesA, codesB, transposed, start, output, workspace);
    if (r.acc) std::copy_n(sums, m * n, r.acc);
}

/// Sums of 64 bits, then the accumulator's width, then y.
void multiplyWide(const KernelImpl& kernel, const Request& r, const SumOptions& options, Workspace& workspace) {
    const auto [m, k, n] = r.shape;
    const KernelSet& kernels = kernelSet(kernel.isa(), true);
    const auto* codesA = quantizeRows<std::int16_t>(kernels, r.a, m, k, r.quantA, workspace, kLeft, kCodes);
    bool transposed = false;
    const auto* codesB = quantizeView<std::int16_t>(kernels, r.b, k, n, r.quantB, workspace, kRight, transposed);
    std::int64_t* sums = r.acc ? r.acc : slot<std::int64_t>(workspace, kSums, m * n);
    const AccumulatorModel& accumulator = options.accumulator;
    const bool stepwise = accumulator.isOrdered() || (options.affine && !accumulator.isExact());
    if (!stepwise && kernel.wide() && kernel.strategy() == Strategy::Factorised)
        matMulFactorised(kernel, r.shape, codesA, codesB, transposed, {{nullptr, sums}, n, nullptr, 0, nullptr, nullptr}, workspace);
    else if (kernel.strategy() != Strategy::Reference)
        matMulGathered(kernel, r.shape, codesA, codesB, transposed, !stepwise && kernel.wide() && kernel.strategy() == Strategy::Table, options, sums, workspace);
    else
        matMulReference(kernel, r.shape, codesA, codesB, transposed, options, sums);
    if (!stepwise && kernel.strategy() != Strategy::Functional && kernel.strategy() != Strategy::Reference && !accumulator.isExact())
        for (std::int64_t i = 0; i < m * n; ++i) sums[i] = accumulator.limited(sums[i]);
    for (std::int64_t i = 0; r.y && i < m * n; ++i) r.y[i / n * r.yRowStride + i % n] = static_cast<float>(sums[i]) * r.scale;
}

}  // namespace
}  // namespace cpu

void matMul(const AcuKernel& acu, std::int64_t m, std::int64_t k, std::int64_t n, const MatrixView& a, const Quantizer& quantA,
            const MatrixView& b, const Quantizer& quantB, float scale, float* y, std::int64_t yRowStride, std::int64_t* acc,
            Workspace& workspace, const SumOptions& options) {
    if (m <= 0 || n <= 0) return;
    const auto& kernel = cpu::KernelImpl::of(acu);
    const cpu::Request request{{m, k, n}, a, quantA, b, quantB, scale, y, yRowStride, acc};
    const bool fast = kernel.strategy() == Strategy::Factorised || kernel.strategy() == Strategy::Table || kernel.strategy() == Strategy::ErrorTable;
    if (fast && !kernel.wide() && k <= kernel.depthLimit() && options.accumulator.isExact()) return cpu::multiplyNarrow(kernel, request, workspace);
    if (fast && !kernel.wide() && !options.accumulator.isOrdered())
        if (const auto widened = kernel.widened(); widened.ok()) return cpu::multiplyWide(**widened, request, options, workspace);
    cpu::multiplyWide(kernel, request, options, workspace);
}

}  // namespace axp
