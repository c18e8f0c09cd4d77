// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstring>

#include "backends/cpu/acu_kernel.h"
#include "backends/cpu/table_product.h"

namespace axp::cpu {
namespace {

using Size3 = std::array<std::int64_t, 3>;

std::int64_t volume(const Size3& size) { return size[0] * size[1] * size[2]; }

enum Slot { kCodes = 8 };

/// Convolution by look-ups, for any table. Output pixels are cut into blocks; for each the list of (weight row, table row) pairs
/// of every pixel is made, in which padding that does not pass the multiplier and table rows of zeros do not appear.
class TableLayer final : public CodeLayer {
public:
    TableLayer(std::shared_ptr<const KernelImpl> acu, const ConvGeometry& geometry, const std::int8_t* weights, bool padThrough)
        : m_acu(std::move(acu)), m_geometry(geometry), m_padThrough(padThrough) {
        const std::int64_t taps = volume(geometry.kernel), inputs = geometry.inChannels / geometry.groups;
        const std::int64_t outputs = geometry.outChannels / geometry.groups, lanes = paddedLanes(outputs);
        m_lanes = AlignedBytes(static_cast<std::size_t>(geometry.groups * geometry.depth() * lanes));
        for (std::int64_t n = 0; n < geometry.outChannels; ++n)
            for (std::int64_t c = 0; c < inputs; ++c)
                for (std::int64_t tap = 0; tap < taps; ++tap) {
                    const std::int64_t k = n / outputs * geometry.depth() + tap * inputs + c;
                    m_lanes.data()[k * lanes + n % outputs] = static_cast<unsigned char>(weights[(n * inputs + c) * taps + tap]);
                }
    }

    void forward(const float* x, std::int64_t batch, const Size3& spatial, const Quantizer& quantizer, const float* scale,
                 const float* bias, float* y, std::int32_t* acc, Workspace& workspace) const override {
        if (isPointwise(m_geometry) && batch > 1)  // one long row of pixels fills the blocks better
            return forward(x, 1, {1, 1, batch * volume(spatial)}, quantizer, scale, bias, y, acc, workspace);
        const Size3 out = m_geometry.outSize(spatial);
        const std::int64_t inputs = volume(spatial) * m_geometry.inChannels, outputs = volume(out) * m_geometry.outChannels;
        for (std::int64_t sample = 0; sample < batch && outputs > 0; ++sample) {
            auto* codes = static_cast<std::int8_t*>(workspace.get(kCodes, static_cast<std::size_t>(inputs)));
            m_acu->kernels().quantize(x + sample * inputs, inputs, quantizer.scale, quantizer.lo, quantizer.hi, codes);
            const TableOutput output{acc ? acc + sample * outputs : nullptr, m_geometry.outChannels,
                                     y ? y + sample * outputs : nullptr, m_geometry.outChannels, scale, bias};
            forwardImage(codes, spatial, out, output, workspace);
        }
    }

    void multiplyCodes(const std::int8_t* codes, std::int64_t rows, std::int32_t* acc, Workspace& workspace) const override {
        forwardImage(codes, {1, 1, rows}, {1, 1, rows}, {acc, m_geometry.outChannels, nullptr, 0, nullptr, nullptr}, workspace);
    }

private:
    void forwardImage(const std::int8_t* codes, const Size3& in, const Size3& out, const TableOutput& output, Workspace& workspace) const {
        const std::int64_t groupOutputs = m_geometry.outChannels / m_geometry.groups, lanes = paddedLanes(groupOutputs);
        const std::int64_t pixels = volume(out);
        for (std::int64_t first = 0; first < pixels; first += kTableBlockRows)
            for (std::int64_t group = 0; group < m_geometry.groups; ++group) {
                TableLists lists(workspace, m_geometry.depth());
                const std::int64_t end = std::min(first + kTableBlockRows, pixels);
                for (std::int64_t p = first; p < end; ++p) listPixel(codes, in, out, p, group, lists);
                TableOutput part = output;
                const std::int64_t offset = first * m_geometry.outChannels + group * groupOutputs;
                if (part.acc) part.acc += offset;
                if (part.y) part.y += offset;
                if (part.scale) part.scale += group * groupOutputs;
                if (part.bias) part.bias += group * groupOutputs;
                tableProduct(*m_acu, lists, m_lanes.data() + group * m_geometry.depth() * lanes, lanes, groupOutputs, part, workspace);
            }
    }

    void listPixel(const std::int8_t* codes, const Size3& in, const Size3& out, std::int64_t pixel, std::int64_t group, TableLists& lists) const {
        const std::int64_t inputs = m_geometry.inChannels / m_geometry.groups;
        const Size3 at{pixel / (out[1] * out[2]), pixel / out[2] % out[1], pixel % out[2]};
        const Size3& kernel = m_geometry.kernel;
        lists.beginRow();
        std::int64_t k = 0;
        for (std::int64_t kz = 0; kz < kernel[0]; ++kz)
            for (std::int64_t ky = 0; ky < kernel[1]; ++ky)
                for (std::int64_t kx = 0; kx < kernel[2]; ++kx, k += inputs) {
                    const Size3 tap{kz, ky, kx};
                    Size3 position{};
                    bool inside = true;
                    for (std::size_t i = 0; i < 3; ++i) {
                        position[i] = at[i] * m_geometry.stride[i] + tap[i] * m_geometry.dilation[i] - m_geometry.padBegin[i];
                        inside = inside && position[i] >= 0 && position[i] < in[i];
                    }
                    const std::int64_t source = ((position[0] * in[1] + position[1]) * in[2] + position[2]) * m_geometry.inChannels;
                    if (inside)
                        lists.add(k, codes + source + group * inputs, inputs, m_acu->kernelTable().zeroRow.data());
                    else if (m_padThrough)
                        lists.addZeros(k, inputs, m_acu->kernelTable().zeroRow[0]);
                }
        lists.endRow();
    }

    std::shared_ptr<const KernelImpl> m_acu;
    ConvGeometry m_geometry;
    bool m_padThrough;
    AlignedBytes m_lanes;  ///< [group][tap][input channel][paddedLanes(outputs of a group)]
};

}  // namespace

LayerResult makeTableLayer(std::shared_ptr<const KernelImpl> acu, const ConvGeometry& geometry, const std::int8_t* weights,
                           bool padThroughMultiplier) {
    return LayerResult(std::make_unique<TableLayer>(std::move(acu), geometry, weights, padThroughMultiplier));
}

}  // namespace axp::cpu
