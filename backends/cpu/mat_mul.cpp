// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstring>

#include "backends/cpu/acu_kernel.h"
#include "backends/cpu/panels.h"
#include "backends/cpu/table_product.h"
#include "backends/reference/reference.h"

namespace axp {
namespace cpu {
namespace {

enum Slot { kLeft = 24, kRight, kRightPlanes, kPanels, kCompensation, kRows, kSegments, kShifts, kScale, kCodes };

struct Shape {
    std::int64_t m, k, n;
};

template <class T>
T* slot(Workspace& workspace, int number, std::int64_t count) {
    return static_cast<T*>(workspace.get(number, static_cast<std::size_t>(std::max<std::int64_t>(count, 1)) * sizeof(T) + 64));
}

/// Codes of a strided matrix as [rows][columns], quantizing along the contiguous direction. `transposed` tells that the result is
/// [columns][rows] instead, because the columns are the contiguous ones.
std::int8_t* quantizeView(const KernelImpl& acu, const MatrixView& view, std::int64_t rows, std::int64_t columns, const Quantizer& q,
                          Workspace& workspace, int number, bool& transposed) {
    auto* codes = slot<std::int8_t>(workspace, number, rows * columns);
    transposed = view.columnStride != 1 && view.rowStride == 1;
    const std::int64_t lines = transposed ? columns : rows, length = transposed ? rows : columns;
    const std::int64_t lineStride = transposed ? view.columnStride : view.rowStride;
    const std::int64_t step = transposed ? view.rowStride : view.columnStride;
    std::vector<float> line(step == 1 ? 0 : static_cast<std::size_t>(length));
    for (std::int64_t i = 0; i < lines; ++i) {
        const float* source = view.data + i * lineStride;
        if (step != 1) {
            for (std::int64_t j = 0; j < length; ++j) line[static_cast<std::size_t>(j)] = source[j * step];
            source = line.data();
        }
        acu.kernels().quantize(source, length, q.scale, q.lo, q.hi, codes + i * length);
    }
    return codes;
}

/// The same in a fixed orientation.
std::int8_t* quantizeRows(const KernelImpl& acu, const MatrixView& view, std::int64_t rows, std::int64_t columns, const Quantizer& q,
                          Workspace& workspace, int number, int scratch) {
    bool transposed = false;
    auto* codes = quantizeView(acu, view, rows, columns, q, workspace, scratch, transposed);
    if (!transposed) return codes;
    auto* turned = slot<std::int8_t>(workspace, number, rows * columns);
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

    void packRows(const std::int8_t* codes) {
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
    void packColumns(const std::int8_t* codes) {
        const std::int64_t dwords = m_layout.segmentDwords;
        auto* column = slot<unsigned char>(m_workspace, kRightPlanes, dwords * 4);
        for (int t = 0; t < m_terms.terms; ++t)
            for (std::int64_t n = 0; n < m_shape.n; ++n) {
                if (dwords > 0) std::memset(column + (dwords - 1) * 4, 0, 4);
                expandRight(codes + n * m_shape.k, m_shape.k, t, column);
                compensate(n, t, sumOf(column, m_shape.k));
                unsigned char* target = m_panels + m_layout.elementOffset(n, t, 0);
                const std::int64_t stride = 4 * m_layout.panelWidth(n / m_layout.panelColumns);
                for (std::int64_t d = 0; d < dwords; ++d) std::memcpy(target + d * stride, column + 4 * d, 4);
            }
    }

    const unsigned char* panels() const { return m_panels; }
    const std::int32_t* compensation() const { return m_compensation; }

private:
    void expandRight(const std::int8_t* codes, std::int64_t count, int term, unsigned char* out) const {
        m_acu.kernels().expand(codes, count, m_terms.rightElements(term), 1, 0, out);
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

void matMulFactorised(const KernelImpl& acu, const Shape& shape, const std::int8_t* a, const std::int8_t* b, bool bTransposed,
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
        acu.kernels().expand(a + first * shape.k, count * shape.k, terms.left.data(), terms.terms, planeBytes, image);
        for (std::int64_t i = 0; i < count; ++i) rows[i] = image + i * rowBytes;
        for (int t = 0; t < terms.terms; ++t) {
            offsets[t] = t * planeBytes;
            shifts[t] = terms.stepShift(t);
        }
        PanelOutput part = output;
        if (part.acc) part.acc += first * part.accStride;
        if (part.y) part.y += first * part.yStride;
        multiplyPanels(acu, layout, packer.panels(), packer.compensation(), {rows, count, count, offsets, shifts}, part);
    }
}

void matMulTable(const KernelImpl& acu, const Shape& shape, const std::int8_t* a, const std::int8_t* b, bool bTransposed,
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
        const TableOutput part{output.acc ? output.acc + first * output.accStride : nullptr, output.accStride,
                               output.y ? output.y + first * output.yStride : nullptr, output.yStride, output.scale, nullptr};
        tableProduct(acu, lists, lanes, laneStride, shape.n, part, workspace);
    }
}

void matMulReference(const KernelImpl& acu, const Shape& shape, const std::int8_t* a, const std::int8_t* b, bool bTransposed,
                     const PanelOutput& output) {
    std::vector<std::int64_t> sums(static_cast<std::size_t>(shape.m * shape.n));
    referenceMatMul(acu.table(), shape.m, shape.k, shape.n, a, shape.k, 1, b, bTransposed ? 1 : shape.n, bTransposed ? shape.k : 1, sums.data());
    for (std::int64_t i = 0; i < shape.m; ++i)
        for (std::int64_t j = 0; j < shape.n; ++j) {
            const auto sum = static_cast<std::int32_t>(sums[static_cast<std::size_t>(i * shape.n + j)]);
            if (output.acc) output.acc[i * output.accStride + j] = sum;
            if (output.y) output.y[i * output.yStride + j] = static_cast<float>(sum) * output.scale[j];
        }
}

}  // namespace
}  // namespace cpu

void matMul(const AcuKernel& acu, std::int64_t m, std::int64_t k, std::int64_t n, const MatrixView& a, const Quantizer& quantA,
            const MatrixView& b, const Quantizer& quantB, float scale, float* y, std::int64_t yRowStride, std::int32_t* acc,
            Workspace& workspace) {
    if (m <= 0 || n <= 0) return;
    const auto& kernel = cpu::KernelImpl::of(acu);
    const cpu::Shape shape{m, k, n};
    const std::int8_t* codesA = cpu::quantizeRows(kernel, a, m, k, quantA, workspace, cpu::kLeft, cpu::kCodes);
    bool transposed = false;
    const std::int8_t* codesB = cpu::quantizeView(kernel, b, k, n, quantB, workspace, cpu::kRight, transposed);
    float* scales = cpu::slot<float>(workspace, cpu::kScale, n);
    std::fill_n(scales, n, scale);
    const cpu::PanelOutput output{acc, n, y, yRowStride, scales, nullptr};
    switch (acu.strategy()) {
        case Strategy::Factorised: return cpu::matMulFactorised(kernel, shape, codesA, codesB, transposed, output, workspace);
        case Strategy::Table: return cpu::matMulTable(kernel, shape, codesA, codesB, transposed, output, workspace);
        default: return cpu::matMulReference(kernel, shape, codesA, codesB, transposed, output);
    }
}

}  // namespace axp
