// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/operand_pairs.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace axp {
namespace {

/// The codes of one side, whatever their type: [batch, rows, depth].
class Codes {
public:
    explicit Codes(const Tensor& tensor) : m_shape(tensor.shape()) {
        if (tensor.dtype() == DType::I8) m_narrow = tensor.as<std::int8_t>();
        else m_wide = tensor.as<std::int16_t>();
    }
    std::int64_t batch() const { return m_shape[0]; }
    std::int64_t rows() const { return m_shape[1]; }
    std::int64_t depth() const { return m_shape[2]; }
    std::int64_t at(std::int64_t batch, std::int64_t row, std::int64_t k) const {
        const auto place = static_cast<std::size_t>((batch * rows() + row) * depth() + k);
        return m_narrow.empty() ? m_wide[place] : m_narrow[place];
    }
    bool fit(int bits) const {
        const std::int64_t half = std::int64_t{1} << (bits - 1);
        const auto inside = [half](std::int64_t code) { return code >= -half && code < half; };
        return std::all_of(m_narrow.begin(), m_narrow.end(), inside) && std::all_of(m_wide.begin(), m_wide.end(), inside);
    }

private:
    Shape m_shape;
    std::span<const std::int8_t> m_narrow;
    std::span<const std::int16_t> m_wide;
};

/// How often each code stands in column k of a matrix; `lowest` is that of index 0.
std::vector<std::int64_t> countColumn(const Codes& codes, std::int64_t batch, std::int64_t k, std::int64_t lowest) {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(-2 * lowest));
    for (std::int64_t row = 0; row < codes.rows(); ++row) ++counts[static_cast<std::size_t>(codes.at(batch, row, k) - lowest)];
    return counts;
}

void countAll(const Codes& a, const Codes& b, OperandPairs& pairs) {
    const auto columns = static_cast<std::size_t>(pairs.codesB());
    std::vector<double> counts(static_cast<std::size_t>(pairs.codesA()) * columns);
    for (std::int64_t batch = 0; batch < a.batch(); ++batch)
        for (std::int64_t k = 0; k < a.depth(); ++k) {
            const auto left = countColumn(a, batch, k, pairs.lowestA());
            const auto right = countColumn(b, b.batch() == 1 ? 0 : batch, k, pairs.lowestB());
            for (std::size_t i = 0; i < left.size(); ++i) {
                if (left[i] == 0) continue;
                double* row = counts.data() + i * columns;
                for (std::size_t j = 0; j < columns; ++j) row[j] += static_cast<double>(left[i] * right[j]);
            }
        }
    const double total = static_cast<double>(a.batch()) * static_cast<double>(a.depth()) * static_cast<double>(a.rows()) * static_cast<double>(b.rows());
    pairs.shares.resize(counts.size());
    for (std::size_t i = 0; i < counts.size(); ++i) pairs.shares[i] = static_cast<float>(counts[i] / total);
}

void draw(const Codes& a, const Codes& b, OperandPairs& pairs) {
    std::mt19937_64 random(1);
    // Not a distribution of the library, whose numbers differ between implementations; the bias of the remainder is below 2^-30.
    const auto below = [&random](std::int64_t count) { return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(count)); };
    pairs.drawn.reserve(OperandPairs::kDrawn);
    for (std::size_t i = 0; i < OperandPairs::kDrawn; ++i) {
        const std::int64_t batch = below(a.batch()), k = below(a.depth()), m = below(a.rows()), n = below(b.rows());
        pairs.drawn.emplace_back(static_cast<std::int16_t>(a.at(batch, m, k)), static_cast<std::int16_t>(b.at(b.batch() == 1 ? 0 : batch, n, k)));
    }
}

bool isCodes(const Tensor& tensor) {
    return (tensor.dtype() == DType::I8 || tensor.dtype() == DType::I16) && tensor.shape().size() == 3 && tensor.count() > 0;
}

}  // namespace

Result<OperandPairs> countOperandPairs(const std::string& site, std::int64_t macs, int bitsA, int bitsB, const Tensor& qa, const Tensor& qb) {
    const Shape &a = qa.shape(), &b = qb.shape();
    if (!isCodes(qa) || !isCodes(qb) || a[2] != b[2] || (b[0] != 1 && b[0] != a[0]))
        return failure("operands of shape " + shapeText(a) + " and " + shapeText(b) + " make no product of codes", "site " + site);
    const Codes left(qa), right(qb);
    if (!left.fit(bitsA) || !right.fit(bitsB))
        return failure("there are codes beyond " + std::to_string(bitsA) + " and " + std::to_string(bitsB) + " bits", "site " + site);
    OperandPairs pairs{site, macs, bitsA, bitsB, {}, {}};
    if (bitsA + bitsB <= OperandPairs::kCountedBits) countAll(left, right, pairs);
    else draw(left, right, pairs);
    return pairs;
}

Result<OperandPairs> mergeOperandPairs(const std::string& site, const std::vector<OperandPairs>& pairs) {
    OperandPairs merged{site, 0, 8, 8, {}, {}};
    for (const OperandPairs& part : pairs) merged.macs += part.macs;
    if (merged.macs <= 0) return failure("there are no operands to weight with", site);
    merged.bitsA = pairs[0].bitsA;
    merged.bitsB = pairs[0].bitsB;
    for (const OperandPairs& part : pairs)
        if (part.bitsA != merged.bitsA || part.bitsB != merged.bitsB) return failure("the operands of the sites differ in width", site);
    std::vector<double> sum(pairs[0].shares.size());
    double work = 0;
    for (const OperandPairs& part : pairs) {
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(part.shares[i]) * static_cast<double>(part.macs);
        // The first ones of a random list are a random list.
        work += static_cast<double>(part.macs);
        const auto end = static_cast<std::size_t>(std::llround(work / static_cast<double>(merged.macs) * static_cast<double>(part.drawn.size())));
        const std::size_t taken = end - merged.drawn.size();
        merged.drawn.insert(merged.drawn.end(), part.drawn.begin(), part.drawn.begin() + static_cast<std::ptrdiff_t>(taken));
    }
    for (const double value : sum) merged.shares.push_back(static_cast<float>(value / static_cast<double>(merged.macs)));
    return merged;
}

OperandPairs swappedOperands(const OperandPairs& pairs) {
    OperandPairs swapped{pairs.site, pairs.macs, pairs.bitsB, pairs.bitsA, std::vector<float>(pairs.shares.size()), {}};
    const auto rows = pairs.shares.empty() ? 0 : static_cast<std::size_t>(pairs.codesA()), columns = static_cast<std::size_t>(pairs.codesB());
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < columns; ++j) swapped.shares[j * rows + i] = pairs.shares[i * columns + j];
    for (const auto& [a, b] : pairs.drawn) swapped.drawn.emplace_back(b, a);
    return swapped;
}

}  // namespace axp
