// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cuda/plan.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "backends/cpu/terms.h"
#include "core/acu/factor.h"

namespace axp::cuda {
namespace {

std::int64_t volume(const std::array<std::int64_t, 3>& size) { return size[0] * size[1] * size[2]; }

// The CPU's left factors are unsigned bytes above an offset; here they are signed, and the offset moves along, to zero if it can.
void addTerm(TermOperands& result, const cpu::TermSet& set, int term) {
    const unsigned char* bytes = set.leftLut(term);
    const std::int32_t offset = set.offset[static_cast<std::size_t>(term)];
    const auto [low, high] = std::minmax_element(bytes, bytes + 256);
    const std::int32_t moved = *low - offset >= -128 && *high - offset <= 127 ? offset : 128;
    const auto shift = static_cast<std::uint32_t>(set.shift[static_cast<std::size_t>(term)]);
    for (std::size_t i = 0; i < 256; ++i) {
        result.left.push_back(static_cast<std::int8_t>(bytes[i] - moved));
        result.right.push_back(static_cast<std::int8_t>(set.rightLut(term)[i]));
        const auto left = static_cast<std::uint32_t>((offset - moved) * set.rightLut(term)[i]) << shift;
        result.correction[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(result.correction[i]) - left);
    }
    result.zero.push_back(static_cast<std::int8_t>(offset - moved));
    result.corrects = result.corrects || offset != moved;
    if (term == 0 || set.stepShift(term) != 0) result.runs.push_back({term, 1, set.stepShift(term)});
    else ++result.runs.back().terms;
}

Result<void> checkProducts(const TermOperands& operands, const ProductTable& table) {
    for (std::int64_t a = 0; a < table.rows(); ++a)
        for (std::int64_t b = 0; b < table.columns(); ++b) {
            std::int32_t sum = 0;
            for (const auto& run : operands.runs) {
                sum = wrapShift(sum, run.shift);
                for (int t = run.firstTerm; t < run.firstTerm + run.terms; ++t)
                    sum = wrapAdd(sum, operands.left[static_cast<std::size_t>(t * 256 + a)] * operands.right[static_cast<std::size_t>(t * 256 + b)]);
            }
            sum = wrapAdd(sum, operands.correction[static_cast<std::size_t>(b)]);
            if (static_cast<std::int32_t>(static_cast<std::uint32_t>(sum) * static_cast<std::uint32_t>(operands.multiplier)) != table.at(a, b))
                return failure("the factors of this multiplier do not give its products", {}, "Use the table strategy, and report this as a bug.");
        }
    return {};
}

}  // namespace

std::vector<std::int8_t> TermOperands::padding(bool padThroughMultiplier) const {
    if (!padThroughMultiplier) return zero;
    std::vector<std::int8_t> elements;
    for (int t = 0; t < terms; ++t) elements.push_back(left[static_cast<std::size_t>(t) * 256]);
    return elements;
}

Result<TermOperands> makeTermOperands(const ProductTable& table) {
    AXP_TRY(const Factorisation factors, factorise(table, kGreatestRank));
    const cpu::TermSet set = cpu::makeTerms(factors, table.bitsA, table.bitsB, 1);
    if (set.terms > kGreatestTerms)
        return failure(
            "this multiplier has " + std::to_string(set.terms) + " byte terms; the tensor cores are used up to " + std::to_string(kGreatestTerms), {},
            "Use the table strategy.");
    TermOperands result;
    result.rank = factors.rank;
    result.terms = set.terms;
    result.multiplier = set.multiplier;
    for (int t = 0; t < set.terms; ++t) addTerm(result, set, t);
    AXP_CHECK(checkProducts(result, table));
    return result;
}

PackedFactors packFactors(const TermOperands& terms, const ConvGeometry& geometry, const std::int8_t* weights) {
    const std::int64_t taps = volume(geometry.kernel), inputs = geometry.inChannels / geometry.groups;
    PackedFactors packed;
    packed.layout = {static_cast<std::int32_t>(geometry.groups), static_cast<std::int32_t>(inputs), ExpandedLayout::padded(inputs), terms.terms};
    const std::int64_t padded = packed.layout.paddedInputs;
    packed.pitch = roundUp(taps * packed.layout.groupBytes(), 16);
    packed.weights.assign(static_cast<std::size_t>(roundUp(geometry.outChannels, 16) * packed.pitch), 0);
    packed.compensation.assign(static_cast<std::size_t>(geometry.outChannels), 0);
    for (std::int64_t n = 0; n < geometry.outChannels; ++n)
        for (std::int64_t c = 0; c < inputs; ++c)
            for (std::int64_t tap = 0; tap < taps; ++tap) {
                const auto pattern = static_cast<std::uint8_t>(weights[(n * inputs + c) * taps + tap]);
                auto& compensation = packed.compensation[static_cast<std::size_t>(n)];
                compensation = wrapAdd(compensation, terms.correction[pattern]);
                for (const auto& run : terms.runs)
                    for (int t = 0; t < run.terms; ++t) {
                        const std::int64_t depth = taps * padded * run.firstTerm + (tap * run.terms + t) * padded + c;
                        packed.weights[static_cast<std::size_t>(n * packed.pitch + depth)] =
                            terms.right[static_cast<std::size_t>(run.firstTerm + t) * 256 + pattern];
                    }
            }
    return packed;
}

PackedCodes packCodes(const ConvGeometry& geometry, const std::int8_t* weights) {
    const std::int64_t taps = volume(geometry.kernel), inputs = geometry.inChannels / geometry.groups;
    PackedCodes packed;
    packed.pitch = taps * inputs;
    packed.weights.resize(static_cast<std::size_t>(geometry.outChannels * packed.pitch));
    for (std::int64_t n = 0; n < geometry.outChannels; ++n)
        for (std::int64_t c = 0; c < inputs; ++c)
            for (std::int64_t tap = 0; tap < taps; ++tap)
                packed.weights[static_cast<std::size_t>(n * packed.pitch + tap * inputs + c)] = weights[(n * inputs + c) * taps + tap];
    return packed;
}

namespace {

template <class Entry>
void fillTable(const ProductTable& table, TableView<Entry>& view, std::vector<Entry>& entries, std::int64_t bias, std::int64_t copyBytes) {
    view.bitsA = table.bitsA;
    view.bitsB = table.bitsB;
    view.bias = static_cast<std::int32_t>(bias);
    while (view.copyBits < 5 && (view.count() * 2) * static_cast<std::int64_t>(sizeof(Entry)) <= copyBytes) ++view.copyBits;
    const std::int64_t copies = std::int64_t{1} << view.copyBits;
    for (std::int64_t row = 0; row <= table.rows(); ++row)
        for (std::int64_t column = 0; column < table.columns(); ++column) {
            const std::int64_t product = row < table.rows() ? table.at(row, column) : 0;
            entries.insert(entries.end(), static_cast<std::size_t>(copies), static_cast<Entry>(product - bias));
        }
}

}  // namespace

TableImage makeTableImage(const ProductTable& table, std::int64_t copyBytes) {
    const auto [lowest, highest] = std::minmax_element(table.products.begin(), table.products.end());
    const std::int64_t low = std::min(*lowest, 0), high = std::max(*highest, 0);
    TableImage image;
    if (high - low < 65536) {
        const std::int64_t bias = low >= -32768 && high <= 32767 ? 0 : low + 32768;
        fillTable(table, image.small, image.smallEntries, bias, copyBytes);
    } else {
        fillTable(table, image.wide, image.wideEntries, 0, copyBytes);
    }
    return image;
}

ConvMap convMap(const ConvGeometry& geometry, std::int64_t batch, const std::array<std::int64_t, 3>& in) {
    ConvMap map;
    map.samples = static_cast<std::int32_t>(batch);
    for (std::size_t i = 0; i < 3; ++i) {
        const std::int64_t free = in[i] + geometry.padBegin[i] + geometry.padEnd[i] - geometry.dilation[i] * (geometry.kernel[i] - 1) - 1;
        map.in[i] = static_cast<std::int32_t>(in[i]);
        map.out[i] = static_cast<std::int32_t>(free < 0 ? 0 : free / geometry.stride[i] + 1);
        map.kernel[i] = static_cast<std::int32_t>(geometry.kernel[i]);
        map.stride[i] = static_cast<std::int32_t>(geometry.stride[i]);
        map.dilation[i] = static_cast<std::int32_t>(geometry.dilation[i]);
        map.padBegin[i] = static_cast<std::int32_t>(geometry.padBegin[i]);
    }
    if (map.rows() > 0) map.prepare();
    return map;
}

ConvMap matrixMap(std::int64_t rows) {
    ConvGeometry point;
    return convMap(point, 1, {1, 1, rows});
}

QuantizeParams quantizeParams(const Quantizer& quantizer) {
    return {quantizer.scale, static_cast<float>(quantizer.lo), static_cast<float>(quantizer.hi)};
}

std::int64_t depthLimit(const ProductTable& table) {
    std::int64_t greatest = 0;
    for (const std::int32_t product : table.products) greatest = std::max(greatest, std::abs(static_cast<std::int64_t>(product)));
    return greatest == 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int32_t>::max() / greatest;
}

ExpandParams imageExpansion(const ConvMap& map, const ExpandedLayout& layout, const Quantizer& quantizer) {
    ExpandParams p;
    p.rowStride = std::int64_t{layout.groups} * layout.groupInputs;
    p.rows = p.paddedRows = map.pixels();
    p.quantizer = quantizeParams(quantizer);
    p.layout = layout;
    return p;
}

ExpandedLayout codesLayout(std::int64_t groups, std::int64_t groupInputs) {
    return {static_cast<std::int32_t>(groups), static_cast<std::int32_t>(groupInputs), ExpandedLayout::padded(groupInputs), 0};
}

namespace {

void setSegments(ImmaParams& p, const TermOperands& terms, const ExpandedLayout& layout) {
    p.segments = static_cast<std::int32_t>(terms.runs.size());
    for (std::size_t s = 0; s < terms.runs.size(); ++s) {
        const auto& run = terms.runs[s];
        ImmaSegment& segment = p.segment[s];
        segment.termOffset = run.firstTerm * layout.paddedInputs;
        segment.width = run.terms * layout.paddedInputs;
        segment.weightOffset = p.map.taps() * segment.termOffset;
        segment.shift = run.shift;
        segment.byWidth = FastDiv::of(segment.width);
    }
    p.epilogue.multiplier = terms.multiplier;
}

}  // namespace

ImmaParams convTiles(const ConvMap& map, const ConvGeometry& geometry, const TermOperands& terms, const ExpandedLayout& layout,
                     std::int64_t weightPitch) {
    ImmaParams p;
    p.map = map;
    p.imageSlice = layout.groupBytes();
    p.rowBytes = layout.rowBytes();
    p.paddingPixel = map.pixels();
    p.slices = geometry.groups;
    p.columns = static_cast<std::int32_t>(geometry.outChannels / geometry.groups);
    p.weightSlice = p.columns * weightPitch;
    p.weightPitch = weightPitch;
    p.epilogue = convEpilogue(geometry);
    p.epilogue.compensationSlice = p.columns;
    setSegments(p, terms, layout);
    return p;
}

LookupOperands convLookup(const ConvMap& map, const ConvGeometry& geometry, bool padThroughMultiplier) {
    LookupOperands o;
    o.map = map;
    o.inputs = static_cast<std::int32_t>(geometry.inChannels / geometry.groups);
    o.columns = static_cast<std::int32_t>(geometry.outChannels / geometry.groups);
    o.codesSlice = o.inputs;
    o.codesPitch = geometry.inChannels;
    o.weightPitch = o.depth();
    o.weightSlice = o.columns * o.weightPitch;
    o.slices = geometry.groups;
    o.prepare();
    o.padThrough = padThroughMultiplier;
    return o;
}

Epilogue convEpilogue(const ConvGeometry& geometry) {
    Epilogue epilogue;
    epilogue.columnSlice = geometry.outChannels / geometry.groups;
    epilogue.yStride = epilogue.accStride = geometry.outChannels;
    return epilogue;
}

ExpandParams matrixExpansion(const MatrixSide& side, int terms, const Quantizer& quantizer) {
    ExpandParams p;
    p.rowStride = side.rowStride;
    p.columnStride = side.columnStride;
    p.slices = side.slices;
    p.rows = side.rows;
    p.paddedRows = side.paddedRows();
    p.quantizer = quantizeParams(quantizer);
    p.layout = side.layout(terms);
    p.rowsFirst = side.rowStride == 1 && side.columnStride != 1;
    return p;
}

ImmaParams productTiles(const MatrixSide& a, const MatrixSide& b, const TermOperands& terms) {
    const ExpandedLayout layout = a.layout(terms.terms);
    ImmaParams p;
    p.map = matrixMap(a.rows);
    p.rowBytes = p.weightPitch = layout.rowBytes();
    p.imageSlice = a.paddedRows() * p.rowBytes;
    p.weightSlice = b.paddedRows() * p.rowBytes;
    p.slices = a.slices;
    p.columns = static_cast<std::int32_t>(b.rows);
    p.epilogue.accStride = p.epilogue.compensationSlice = b.rows;
    p.epilogue.accSlice = a.rows * b.rows;
    setSegments(p, terms, layout);
    return p;
}

CompensateParams productCompensation(const MatrixSide& b) {
    CompensateParams p;
    p.slices = b.slices;
    p.rows = b.rows;
    p.paddedRows = b.paddedRows();
    p.depth = b.depth;
    return p;
}

LookupOperands productLookup(const MatrixSide& a, const MatrixSide& b) {
    LookupOperands o;
    o.map = matrixMap(a.rows);
    o.codesSlice = a.paddedRows() * a.depth;
    o.weightSlice = b.paddedRows() * b.depth;
    o.codesPitch = o.weightPitch = a.depth;
    o.slices = a.slices;
    o.columns = static_cast<std::int32_t>(b.rows);
    o.inputs = static_cast<std::int32_t>(a.depth);
    o.prepare();
    return o;
}

IntegerProduct libraryPart(const ImmaParams& p, std::int32_t s, std::int64_t paddedColumns, std::int32_t* sums) {
    const ImmaSegment& segment = p.segment[s];
    const std::int64_t rows = p.map.rows();
    return {p.slices,
            rows,
            paddedColumns,
            segment.width,
            p.image + segment.termOffset,
            p.rowBytes,
            p.imageSlice,
            p.weights + segment.weightOffset,
            p.weightPitch,
            p.weightSlice,
            sums,
            paddedColumns,
            rows * paddedColumns};
}

FinishParams libraryFinish(const ImmaParams& p, std::int64_t paddedColumns, const std::int32_t* sums) {
    return {sums, p.slices, p.map.rows(), p.columns, paddedColumns, FastDiv::of(p.map.rows()), FastDiv::of(p.columns), p.epilogue};
}

bool suitsLibrary(const ImmaParams& p, const ExpandedLayout& layout) {
    bool suits = p.map.taps() == 1 && layout.paddedInputs % 16 == 0 && layout.groups == 1;
    for (int i = 0; i < 3; ++i) suits = suits && p.map.stride[i] == 1 && p.map.padBegin[i] == 0 && p.map.out[i] == p.map.in[i];
    for (std::int32_t s = 0; s < p.segments; ++s) suits = suits && sumsFit(p.segment[s].width);
    return suits;
}

}  // namespace axp::cuda
