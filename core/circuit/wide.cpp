// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <set>
#include <thread>

#include "core/acu/lattice.h"
#include "core/acu/modular.h"
#include "core/base/files.h"
#include "core/base/hash.h"
#include "core/base/npy.h"
#include "core/circuit/circuit.h"
#include "core/jobs/slices.h"

namespace axp {

namespace {

__extension__ using Wide = unsigned __int128;
constexpr int kMostRank = 64;
constexpr std::size_t kSampledRows = 48;
constexpr std::size_t kSlice = 256;  ///< rows between pause points: less than a second

std::uint64_t times(std::uint64_t x, std::uint64_t y) {
    const Wide product = static_cast<Wide>(x) * y;
    const std::uint64_t sum = (static_cast<std::uint64_t>(product) & kMersenne61) + static_cast<std::uint64_t>(product >> 61);
    return sum >= kMersenne61 ? sum - kMersenne61 : sum;
}
std::uint64_t residueOf(std::int64_t value) {
    const auto rest = value % static_cast<std::int64_t>(kMersenne61);
    return rest >= 0 ? static_cast<std::uint64_t>(rest) : static_cast<std::uint64_t>(rest + static_cast<std::int64_t>(kMersenne61));
}
std::int64_t symmetric(std::uint64_t residue) {
    return residue > kMersenne61 / 2 ? -static_cast<std::int64_t>(kMersenne61 - residue) : static_cast<std::int64_t>(residue);
}
std::uint64_t inverse(std::uint64_t x) {
    std::uint64_t result = 1;
    for (std::uint64_t power = kMersenne61 - 2; power > 0; power >>= 1, x = times(x, x))
        if (power & 1) result = times(result, x);
    return result;
}

/// Rows of the product matrix in reduced echelon form modulo the prime.
class Echelon61 {
public:
    using Row = std::vector<std::uint64_t>;
    std::vector<Row> rows;
    std::vector<std::size_t> pivots;

    void add(const std::vector<std::int64_t>& products) {
        Row row;
        for (const std::int64_t product : products) row.push_back(residueOf(product));
        for (std::size_t r = 0; r < rows.size(); ++r) subtract(row, rows[r], row[pivots[r]]);
        const auto pivot = std::find_if(row.begin(), row.end(), [](std::uint64_t x) { return x != 0; });
        if (pivot == row.end()) return;
        const std::size_t column = static_cast<std::size_t>(pivot - row.begin());
        const std::uint64_t factor = inverse(*pivot);
        for (auto& x : row) x = times(x, factor);
        for (auto& other : rows) subtract(other, row, other[column]);
        rows.push_back(std::move(row));
        pivots.push_back(column);
    }
    /// The row with these entries in the pivot columns, by numbers of least size.
    std::vector<std::int64_t> extended(const IntVector& entries) const {
        std::vector<std::int64_t> result(rows[0].size());
        for (std::size_t b = 0; b < result.size(); ++b) {
            std::uint64_t sum = 0;
            for (std::size_t r = 0; r < rows.size(); ++r) sum = (sum + times(residueOf(entries[r]), rows[r][b])) % kMersenne61;
            result[b] = symmetric(sum);
        }
        return result;
    }

private:
    static void subtract(Row& row, const Row& other, std::uint64_t factor) {
        if (factor == 0) return;
        const std::uint64_t negative = kMersenne61 - factor;
        for (std::size_t b = 0; b < row.size(); ++b)
            if (other[b] != 0) row[b] = (row[b] + times(negative, other[b])) % kMersenne61;
    }
};

bool fits32(const IntVector& values) {
    constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
    return std::all_of(values.begin(), values.end(), [](std::int64_t x) { return x >= -kLargest && x <= kLargest; });
}

Error noFactors() { return failure("no factors of 32 bits were found for the wide multiplier", {}, "It is evaluated from its gates"); }

class Prover {
public:
    Prover(const Netlist& netlist, int maxRank, const JobContext& job)
        : m_netlist(netlist), m_maxRank(std::min(maxRank, kMostRank)), m_job(job), m_rows(std::size_t{1} << netlist.bitsA()), m_columns(std::size_t{1} << netlist.bitsB()) {}

    Result<Factorisation> run() {
        for (const std::uint32_t a : firstRows()) AXP_CHECK(take(a));
        // A row that contradicts brings what the sample missed; each one raises the rank.
        while (true) {
            AXP_TRY(auto factors, found());
            AXP_TRY(const auto wrong, contradiction(factors));
            if (!wrong) return factors;
            const std::size_t before = m_echelon.rows.size();
            AXP_CHECK(take(*wrong));
            if (m_echelon.rows.size() == before) return noFactors();
        }
    }

private:
    /// Zero, powers of two and their neighbours, and pseudo-random patterns.
    std::vector<std::uint32_t> firstRows() const {
        std::set<std::uint32_t> rows;
        for (int bit = 0; bit < m_netlist.bitsA(); ++bit) rows.insert({1u << bit, (1u << bit) - 1, static_cast<std::uint32_t>(m_rows) - (1u << bit)});
        for (std::size_t i = 0; i < kSampledRows; ++i) rows.insert(sampledPair(static_cast<std::int64_t>(i), m_netlist.bitsA(), m_netlist.bitsB()).first);
        return {rows.begin(), rows.end()};
    }

    Result<void> take(std::uint32_t a) {
        if (m_job.cancelled()) return cancelled();
        std::vector<std::int64_t> products(m_columns);
        m_netlist.row(a, 0, products);
        m_echelon.add(products);
        // A rank modulo a prime is a lower bound, so this refusal is certain.
        if (m_echelon.rows.size() > static_cast<std::size_t>(m_maxRank))
            return failure("the exact rank of the wide multiplier is above " + std::to_string(m_maxRank), {}, "It is evaluated from its gates");
        return {};
    }

    /// All rows seen in the pivot columns.
    Result<IntMatrix> pivotEntries() const {
        const std::size_t rank = m_echelon.pivots.size();
        IntMatrix rows(m_rows, IntVector(rank));
        std::vector<std::uint32_t> a(m_rows), b(m_rows);
        for (std::size_t i = 0; i < m_rows; ++i) a[i] = static_cast<std::uint32_t>(i);
        std::vector<std::int64_t> products(m_rows);
        for (std::size_t r = 0; r < rank; ++r) {
            if (m_job.cancelled()) return cancelled();
            std::fill(b.begin(), b.end(), static_cast<std::uint32_t>(m_echelon.pivots[r]));
            m_netlist.products(a, b, products);
            for (std::size_t i = 0; i < m_rows; ++i) rows[i][r] = products[i];
        }
        return rows;
    }

    Result<Factorisation> found() {
        Factorisation result;
        result.rank = static_cast<int>(m_echelon.rows.size());
        if (result.rank == 0) return result;
        AXP_TRY(const auto rows, pivotEntries());
        ReducedLattice lattice(m_echelon.pivots.size());
        for (const auto& row : std::set<IntVector>(rows.begin(), rows.end())) {
            if (m_job.cancelled()) return cancelled();
            if (!lattice.insert(row)) return noFactors();
        }
        if (lattice.basis().size() != m_echelon.pivots.size()) return noFactors();
        for (const auto& vector : lattice.basis()) {
            if (m_job.cancelled()) return cancelled();
            const auto right = m_echelon.extended(vector);
            if (!fits32(right)) return noFactors();
            result.right.emplace_back(right.begin(), right.end());
        }
        result.left.resize(result.right.size());
        for (const auto& row : rows) {
            IntVector left;
            if (!lattice.coordinates(row, left) || !fits32(left)) return noFactors();
            for (std::size_t r = 0; r < left.size(); ++r) result.left[r].push_back(static_cast<std::int32_t>(left[r]));
        }
        // No sum of terms may overflow in 64 bits, or a wrong one could pass for right.
        double bound = 0;
        for (std::size_t r = 0; r < result.left.size(); ++r) bound += largest(result.left[r]) * largest(result.right[r]);
        if (bound >= 0x1p62) return noFactors();
        return result;
    }
    static double largest(const std::vector<std::int32_t>& values) {
        double result = 0;
        for (const double value : values) result = std::max(result, std::abs(value));
        return result;
    }

    /// Multiplies out every pair; a row that is wrong, if there is one.
    Result<std::optional<std::uint32_t>> contradiction(const Factorisation& factors) const {
        std::atomic<std::int64_t> wrong{-1};
        std::mutex progress;
        const int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
        runInSlices(m_rows, kSlice, threads, m_job, [&] {
            return [&, products = std::vector<std::int64_t>(m_columns), sums = std::vector<std::int64_t>(m_columns)](std::size_t a) mutable {
                m_netlist.row(static_cast<std::uint32_t>(a), 0, products);
                std::fill(sums.begin(), sums.end(), 0);
                for (std::size_t r = 0; r < factors.left.size(); ++r) add(factors.left[r][a], factors.right[r], sums);
                if (sums != products) wrong = static_cast<std::int64_t>(a);
                if (a % 256 == 0) {
                    const std::lock_guard lock(progress);
                    m_job.report({static_cast<std::int64_t>(a), static_cast<std::int64_t>(m_rows), -1, "Multiplying out every pair"});
                }
                return wrong < 0;
            };
        });
        if (m_job.cancelled()) return cancelled();
        return wrong < 0 ? std::optional<std::uint32_t>() : std::optional(static_cast<std::uint32_t>(wrong.load()));
    }
    static void add(std::int64_t left, const std::vector<std::int32_t>& right, std::vector<std::int64_t>& sums) {
        if (left == 0) return;
        for (std::size_t b = 0; b < sums.size(); ++b) sums[b] += left * right[b];
    }

    const Netlist& m_netlist;
    int m_maxRank;
    const JobContext& m_job;
    std::size_t m_rows, m_columns;
    Echelon61 m_echelon;
};

// Proofs on disk: HASH.left.npy and HASH.right.npy (rank x patterns), and HASH.proof with the digests of both.

Tensor tensorOf(const std::vector<std::vector<std::int32_t>>& factors) {
    std::vector<std::int32_t> values;
    for (const auto& factor : factors) values.insert(values.end(), factor.begin(), factor.end());
    return Tensor::from({static_cast<std::int64_t>(factors.size()), factors.empty() ? 0 : static_cast<std::int64_t>(factors[0].size())}, values);
}

Result<std::string> digests(const std::string& stem) {
    AXP_TRY(const auto left, sha256File(stem + ".left.npy"));
    AXP_TRY(const auto right, sha256File(stem + ".right.npy"));
    return "axplorer proof 1\n" + left + "\n" + right + "\n";
}

Result<void> keep(const std::string& stem, const Factorisation& factors) {
    AXP_CHECK(writeNpy(stem + ".left.npy", tensorOf(factors.left)));
    AXP_CHECK(writeNpy(stem + ".right.npy", tensorOf(factors.right)));
    AXP_TRY(const auto text, digests(stem));
    return writeFileAtomic(stem + ".proof", text);
}

std::optional<std::vector<std::vector<std::int32_t>>> factorsOf(const std::string& path, std::size_t patterns) {
    const auto tensor = readNpy(path, std::size_t{1} << 28);
    if (!tensor || tensor->dtype() != DType::I32 || tensor->shape().size() != 2 || tensor->shape()[1] != static_cast<std::int64_t>(patterns)) return std::nullopt;
    const auto values = tensor->as<std::int32_t>();
    std::vector<std::vector<std::int32_t>> factors;
    for (auto at = values.begin(); at != values.end(); at += static_cast<std::ptrdiff_t>(patterns)) factors.emplace_back(at, at + static_cast<std::ptrdiff_t>(patterns));
    return factors;
}

/// A proof that is whole, whatever else lies in the folder.
std::optional<Factorisation> kept(const std::string& stem, const Netlist& netlist) {
    const auto text = readFile(stem + ".proof", 4096);
    if (!text) return std::nullopt;
    const auto now = digests(stem);
    if (!now || *now != *text) return std::nullopt;
    auto left = factorsOf(stem + ".left.npy", std::size_t{1} << netlist.bitsA()), right = factorsOf(stem + ".right.npy", std::size_t{1} << netlist.bitsB());
    if (!left || !right || left->size() != right->size() || left->empty()) return std::nullopt;
    Factorisation factors;
    factors.rank = static_cast<int>(left->size());
    factors.left = std::move(*left);
    factors.right = std::move(*right);
    return factors;
}

}  // namespace

Result<WideFactors> proveWideFactors(const Netlist& netlist, int maxRank, const std::string& cacheFolder, const JobContext& job) {
    WideFactors result;
    result.pairs = std::int64_t{1} << (netlist.bitsA() + netlist.bitsB());
    const std::string stem = cacheFolder.empty() ? "" : cacheFolder + "/" + sha256Hex(netlist.canonical());
    if (!stem.empty())
        if (auto factors = kept(stem, netlist); factors && factors->rank <= maxRank) {
            result.factors = std::move(*factors);
            result.fromCache = true;
            return result;
        }
    AXP_TRY(result.factors, Prover(netlist, maxRank, job).run());
    if (stem.empty() || result.factors.rank == 0) return result;
    AXP_CHECK(makeFolder(cacheFolder));
    AXP_CHECK(keep(stem, result.factors));
    return result;
}

}  // namespace axp
