// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <atomic>
#include <thread>

#include "core/acu/import/compare.h"
#include "core/acu/import/import.h"
#include "core/acu/import/staging.h"
#include "core/acu/import/words.h"
#include "core/circuit/circuit.h"
#include "core/circuit/netlist.h"
#include "core/jobs/progress_meter.h"
#include "core/jobs/slices.h"

namespace axp {

namespace {

constexpr std::int64_t kSide = Netlist::kLanes;
constexpr int kMaxRank = 16;
constexpr std::size_t kSlice = 64;  ///< units between pause points: less than a second

/// All products, tile by tile. For equal widths a tile comes with the one that mirrors it, so that each product is computed once and
/// still compared with the one of exchanged operands.
class AllPairs {
public:
    AllPairs(const Netlist& netlist, bool isSigned, const JobContext& job)
        : m_netlist(netlist), m_signed(isSigned), m_job(job), m_square(netlist.bitsA() == netlist.bitsB()) {
        const std::int64_t down = tiles(netlist.bitsA()), across = tiles(netlist.bitsB());
        for (std::int64_t p = 0; p < down; ++p)
            for (std::int64_t q = m_square ? p : 0; q < across; ++q) m_units.push_back({p, q});
        m_sums.resize(m_units.size());
    }

    Result<ErrorMetrics> run(int threads) {
        ProgressMeter meter(m_job, static_cast<std::int64_t>(m_units.size()));
        runInSlices(m_units.size(), kSlice, threads, m_job, [&] {
            return [this, &meter, tile = Tile(), mirror = Tile()](std::size_t at) mutable {
                add(at, tile, mirror);
                meter.advance();
                return true;
            };
        });
        if (m_job.cancelled()) return cancelled();
        // In a fixed order, so that the figures do not depend on the threads.
        ErrorSums all;
        for (const auto& sums : m_sums) all.add(sums);
        ErrorMetrics metrics = all.metrics();
        metrics.commutative = m_square && m_symmetric;
        metrics.zeroProduct = m_netlist.product(0, 0);
        return metrics;
    }

private:
    using Tile = std::vector<std::int64_t>;
    struct Unit {
        std::int64_t p, q;
    };

    static std::int64_t tiles(int bits) { return std::max<std::int64_t>(1, (std::int64_t{1} << bits) / kSide); }
    static std::int64_t side(int bits) { return std::min(kSide, std::int64_t{1} << bits); }

    void add(std::size_t at, Tile& tile, Tile& mirror) {
        const auto [p, q] = m_units[at];
        compute(p, q, tile, m_sums[at]);
        if (!m_square) return;
        if (p != q) compute(q, p, mirror, m_sums[at]);
        if (m_symmetric && !isMirror(tile, p == q ? tile : mirror)) m_symmetric = false;
    }

    void compute(std::int64_t p, std::int64_t q, Tile& tile, ErrorSums& sums) const {
        const std::int64_t rows = side(m_netlist.bitsA()), columns = side(m_netlist.bitsB());
        tile.resize(static_cast<std::size_t>(rows * columns));
        for (std::int64_t i = 0; i < rows; ++i) {
            const std::int64_t a = p * kSide + i;
            const std::span row(tile.data() + i * columns, static_cast<std::size_t>(columns));
            m_netlist.row(static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(q * kSide), row);
            const std::int64_t valueA = operandValue(a, m_netlist.bitsA(), m_signed);
            for (std::int64_t j = 0; j < columns; ++j)
                sums.add(valueA * operandValue(q * kSide + j, m_netlist.bitsB(), m_signed), row[static_cast<std::size_t>(j)]);
            sums.endRow();
        }
    }

    static bool isMirror(const Tile& tile, const Tile& mirror) {
        const auto side = static_cast<std::size_t>(kSide);
        for (std::size_t i = 0; i < side; ++i)
            for (std::size_t j = 0; j < side; ++j)
                if (tile[i * side + j] != mirror[j * side + i]) return false;
        return true;
    }

    const Netlist& m_netlist;
    const bool m_signed;
    const JobContext& m_job;
    const bool m_square;
    std::vector<Unit> m_units;
    std::vector<ErrorSums> m_sums;  ///< of each unit
    std::atomic<bool> m_symmetric{true};
};

Result<LibraryEntry*> entryOf(std::vector<LibraryEntry>& entries, const std::string& library, const std::string& name) {
    for (const bool byOtherName : {false, true})
        for (auto& entry : entries) {
            const auto& names = entry.record.names;
            if (byOtherName ? std::find(names.begin(), names.end(), name) != names.end() : entry.name == name) return &entry;
        }
    return badInput("there is no ACU '" + name + "'", library, "Choose one of the library");
}

/// The exact rank, when it is small: then there are factors, which multiply out to every product.
Result<void> addRank(AcuProof& proof, const Netlist& netlist, const JobContext& job) {
    const auto factors = proveWideFactors(netlist, kMaxRank, {}, job);
    if (factors.ok()) proof.rank = factors->factors.rank;
    else if (factors.error().kind == ErrorKind::Cancelled) return cancelled();
    return {};
}

}  // namespace

Result<AcuProof> proveAcu(const std::string& library, const std::string& name, int threads, const JobContext& job) {
    AXP_TRY(std::vector<LibraryEntry> entries, readLibraryFolder(library));
    AXP_TRY(const LibraryEntry* found, entryOf(entries, library, name));
    if (!found->record.sampled) return badInput("the figures of " + found->name + " are over all pairs already", library);
    // Its hash is checked, and the gates are those of the hash.
    AXP_CHECK(storedAcu(library, *found)->load());
    AXP_TRY(const auto netlist, storedGates(library, *found));
    AcuProof proof;
    proof.name = found->name;
    proof.pairs = std::int64_t{1} << (found->bitsA + found->bitsB);
    if (threads <= 0) threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    AXP_TRY(proof.metrics, AllPairs(*netlist, found->isSigned, job).run(threads));
    AXP_CHECK(addRank(proof, *netlist, job));
    proof.differences = compareFigures(found->record.published, proof.metrics, found->bitsA + found->bitsB);
    // Whatever was imported meanwhile stays.
    const std::string identity = found->identity();
    AXP_TRY(const auto staging, Staging::in(library));
    AXP_TRY(entries, readLibraryFolder(library));
    AXP_TRY(LibraryEntry* entry, entryOf(entries, library, proof.name));
    if (entry->identity() != identity) return failure("the library was changed meanwhile", library, "Try again");
    entry->record.metrics = proof.metrics;
    entry->record.sampled = false;
    entry->record.rank = proof.rank;
    entry->record.rankText = proof.rank ? std::to_string(*proof.rank) + ", proved on all pairs" : "no factors of rank up to " + std::to_string(kMaxRank) + " found";
    entry->record.differences = proof.differences;
    entry->record.notes.push_back("figures over all " + grouped(proof.pairs) + " pairs");
    AXP_CHECK(staging->commit(entries));
    return proof;
}

}  // namespace axp
