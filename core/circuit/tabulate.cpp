// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <numeric>
#include <thread>

#include "core/circuit/c_functions.h"
#include "core/circuit/circuit.h"
#include "core/circuit/compiled.h"
#include "core/circuit/result_words.h"
#include "core/jobs/progress_meter.h"

namespace axp {

namespace {

constexpr int kTableBits = 24;
constexpr std::size_t kBatch = 24;                                ///< circuits of one runner
constexpr std::int64_t kBatchProducts = std::int64_t{1} << 25;    ///< products of one runner: 256 MB

bool isWide(const CircuitSource& circuit) { return circuit.bitsA + circuit.bitsB > kTableBits; }
std::int64_t pairsOf(const CircuitSource& circuit) { return isWide(circuit) ? kSampledPairs : std::int64_t{1} << (circuit.bitsA + circuit.bitsB); }

Error notFitting(const CircuitSource& circuit, std::int64_t product) {
    return badInput("the product " + std::to_string(product) + " of circuit " + circuit.name + " does not fit 32 bits", circuit.path);
}

Result<CircuitProducts> fromValues(const CircuitSource& circuit, std::vector<std::int64_t> values, CircuitRoute route) {
    CircuitProducts result;
    result.route = route;
    if (isWide(circuit)) {
        result.sampled = std::move(values);
        return result;
    }
    ProductTable table{circuit.bitsA, circuit.bitsB, circuit.isSigned, {}};
    table.products.reserve(values.size());
    for (const std::int64_t value : values) {
        if (value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max()) return notFitting(circuit, value);
        table.products.push_back(static_cast<std::int32_t>(value));
    }
    result.table = std::move(table);
    return result;
}

Result<std::vector<std::int64_t>> sampledValues(const Netlist& netlist, std::int64_t pairs, const JobContext& job) {
    std::vector<std::int64_t> values(static_cast<std::size_t>(pairs));
    constexpr std::size_t kPiece = 65536;
    std::vector<std::uint32_t> a(kPiece), b(kPiece);
    for (std::size_t start = 0; start < values.size(); start += kPiece) {
        if (job.cancelled()) return cancelled();
        const std::size_t count = std::min(kPiece, values.size() - start);
        for (std::size_t i = 0; i < count; ++i) std::tie(a[i], b[i]) = sampledPair(static_cast<std::int64_t>(start + i), netlist.bitsA(), netlist.bitsB());
        netlist.products({a.data(), count}, {b.data(), count}, {values.data() + start, count});
    }
    return values;
}

Result<CircuitProducts> fromGates(const CircuitSource& circuit, const CircuitGates& gates, const JobContext& job) {
    const Netlist& netlist = *gates.netlist;
    const auto check = [&](std::int64_t value) -> Result<void> {
        if (value >= 0 || circuit.isSigned) return {};
        return badInput("circuit " + circuit.name + " gives a negative product though its operands are unsigned", circuit.path,
                        "Say whether the operands are signed (--signed or --unsigned)");
    };
    CircuitProducts result;
    if (isWide(circuit)) {
        AXP_TRY(auto values, sampledValues(netlist, kSampledPairs, job));
        for (const std::int64_t value : values) AXP_CHECK(check(value));
        result.sampled = std::move(values);
    } else {
        ProductTable table{circuit.bitsA, circuit.bitsB, circuit.isSigned, {}};
        table.products.resize(static_cast<std::size_t>(table.rows() * table.columns()));
        std::vector<std::int64_t> row(static_cast<std::size_t>(table.columns()));
        for (std::int64_t a = 0; a < table.rows(); ++a) {
            if (job.cancelled()) return cancelled();
            netlist.row(static_cast<std::uint32_t>(a), 0, row);
            std::int32_t* to = table.products.data() + a * table.columns();
            for (std::size_t b = 0; b < row.size(); ++b) {
                to[b] = static_cast<std::int32_t>(row[b]);
                if (to[b] != row[b]) return notFitting(circuit, row[b]);
                if (row[b] < 0) AXP_CHECK(check(row[b]));
            }
        }
        result.table = std::move(table);
    }
    result.netlist = gates.netlist;
    result.route = gates.route;
    return result;
}

bool returnsSigned(const CircuitSource& circuit) {
    const auto tokens = tokenise(circuit.text, circuit.path, TokenStyle::C);
    if (!tokens) return true;
    for (const auto& function : findFunctions(*tokens))
        if (function.name == circuit.name && function.returns) return function.returns->isSigned;
    return true;
}

/// The gates against what the compiled function returned for the first sampled pairs.
Result<void> checkAgainst(const CircuitSource& circuit, const Netlist& netlist, std::vector<std::int64_t> returned, const JobContext& job) {
    AXP_CHECK(makeProducts(returned, circuit, returnsSigned(circuit)));
    AXP_TRY(const auto values, sampledValues(netlist, static_cast<std::int64_t>(returned.size()), job));
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i] == returned[i]) continue;
        const auto [a, b] = sampledPair(static_cast<std::int64_t>(i), circuit.bitsA, circuit.bitsB);
        return failure("the gates and the compiled function " + circuit.name + " differ: for the operands " +
                           std::to_string(operandValue(a, circuit.bitsA, circuit.isSigned)) + " and " + std::to_string(operandValue(b, circuit.bitsB, circuit.isSigned)) + " they give " +
                           std::to_string(values[i]) + " and " + std::to_string(returned[i]), circuit.path, "The file may rely on what C leaves open; report it if it does not");
    }
    return {};
}

/// Works through the list in batches; the state that the threads share.
class Tabulation {
public:
    using Done = std::function<void(std::size_t, Result<CircuitProducts>)>;
    Tabulation(const std::vector<CircuitSource>& circuits, const TabulateOptions& options, const JobContext& job, const Done& done)
        : m_circuits(circuits), m_options(options), m_job(job), m_done(done), m_meter(job, static_cast<std::int64_t>(circuits.size())) {
        // The large ones first, so that no thread is left with one at the end.
        m_order.resize(circuits.size());
        std::iota(m_order.begin(), m_order.end(), std::size_t{0});
        std::stable_sort(m_order.begin(), m_order.end(), [&](std::size_t x, std::size_t y) { return pairsOf(circuits[x]) > pairsOf(circuits[y]); });
        m_checks = options.checkedPairs > 0 && !compilerProgram().empty();
    }

    Result<void> run() {
        int count = m_options.threads > 0 ? m_options.threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
        count = std::min(count, static_cast<int>((m_circuits.size() + 1) / 2));
        std::vector<std::thread> threads;
        for (int i = 1; i < count; ++i) threads.emplace_back([this] { work(); });
        work();
        for (auto& thread : threads) thread.join();
        if (m_job.cancelled()) return cancelled();
        m_meter.flush();
        if (m_error) return *m_error;
        return {};
    }

private:
    void work() {
        try {
            for (std::size_t at; !m_job.cancelled() && (at = m_next.fetch_add(1)) < m_order.size();) gatesOf(m_order[at]);
            std::vector<std::size_t> batch;
            while (!m_job.cancelled() && takeBatch(batch)) compiled(batch);
        } catch (const std::bad_alloc&) {
            const std::lock_guard lock(m_mutex);
            m_error = failure("there is not enough memory for the products of a circuit");
        }
    }

    void finish(std::size_t index, Result<CircuitProducts> products) {
        if (!products && products.error().kind == ErrorKind::Cancelled) return;
        {
            const std::lock_guard lock(m_doneMutex);
            m_done(index, std::move(products));
        }
        m_meter.advance(1, m_circuits[index].name);
    }

    /// Circuits that are gates are finished here, the others wait for the compiler.
    void gatesOf(std::size_t index) {
        const CircuitSource& circuit = m_circuits[index];
        const bool isC = circuit.language == CircuitLanguage::C;
        if (isC && m_options.compileAlways) return postpone(index, pairsOf(circuit));
        const auto gates = circuitGates(circuit, m_job);
        if (gates && isC && m_checks) return postpone(index, m_options.checkedPairs);
        if (gates) return finish(index, fromGates(circuit, *gates, m_job));
        if (isC) return postpone(index, pairsOf(circuit));
        finish(index, gates.error());
    }
    void postpone(std::size_t index, std::int64_t products) {
        const std::lock_guard lock(m_mutex);
        m_waiting.push_back({index, products});
    }

    CompiledRequest request(std::size_t index, bool check) const {
        const CircuitSource& circuit = m_circuits[index];
        if (check) return {&circuit, std::min<std::int64_t>(m_options.checkedPairs, kSampledPairs), true};
        return {&circuit, pairsOf(circuit), isWide(circuit)};
    }

    bool takeBatch(std::vector<std::size_t>& batch) {
        const std::lock_guard lock(m_mutex);
        batch.clear();
        // Leave some for the other threads.
        const std::size_t most = std::clamp<std::size_t>(m_waiting.size() / 4, 1, kBatch);
        for (std::int64_t products = 0; !m_waiting.empty() && batch.size() < most; m_waiting.pop_back()) {
            products += m_waiting.back().products;
            if (!batch.empty() && products > kBatchProducts) break;
            batch.push_back(m_waiting.back().index);
        }
        return !batch.empty();
    }

    void compiled(const std::vector<std::size_t>& batch) {
        std::vector<Result<CircuitGates>> gates;
        std::vector<CompiledRequest> requests;
        for (const std::size_t index : batch) {
            gates.push_back(m_options.compileAlways ? Result<CircuitGates>(failure("not asked for")) : circuitGates(m_circuits[index], m_job));
            requests.push_back(request(index, gates.back().ok()));
        }
        auto returned = runCompiled(requests, m_job);
        for (std::size_t i = 0; i < batch.size() && !m_job.cancelled(); ++i)
            finish(batch[i], returned ? ofBatch(batch[i], gates[i], std::move((*returned)[i])) : withReason(gates[i], returned.error()));
    }

    Result<CircuitProducts> ofBatch(std::size_t index, const Result<CircuitGates>& gates, Result<std::vector<std::int64_t>> returned) {
        const CircuitSource& circuit = m_circuits[index];
        if (!returned) return std::move(returned).error();
        if (gates) {
            AXP_CHECK(checkAgainst(circuit, *gates->netlist, std::move(*returned), m_job));
            return fromGates(circuit, *gates, m_job);
        }
        AXP_CHECK(makeProducts(*returned, circuit, returnsSigned(circuit)));
        return fromValues(circuit, std::move(*returned), CircuitRoute::CompiledC);
    }

    /// Why a circuit could be neither read nor compiled.
    Error withReason(const Result<CircuitGates>& gates, Error error) const {
        if (!gates && !m_options.compileAlways && error.kind != ErrorKind::Cancelled) error.what += " (" + gates.error().text() + ")";
        return error;
    }

    const std::vector<CircuitSource>& m_circuits;
    const TabulateOptions& m_options;
    const JobContext& m_job;
    const Done& m_done;
    ProgressMeter m_meter;
    bool m_checks = false;
    std::vector<std::size_t> m_order;
    std::atomic<std::size_t> m_next{0};
    std::mutex m_mutex, m_doneMutex;
    struct Waiting {
        std::size_t index;
        std::int64_t products;
    };
    std::vector<Waiting> m_waiting;  ///< for the compiler
    std::optional<Error> m_error;
};

}  // namespace

std::pair<std::uint32_t, std::uint32_t> sampledPair(std::int64_t index, int bitsA, int bitsB) {
    std::uint64_t z = (static_cast<std::uint64_t>(index) + 1) * 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    z ^= z >> 31;
    return {static_cast<std::uint32_t>(z & ((std::uint64_t{1} << bitsA) - 1)), static_cast<std::uint32_t>((z >> 32) & ((std::uint64_t{1} << bitsB) - 1))};
}

const char* circuitRouteName(CircuitRoute route) {
    switch (route) {
        case CircuitRoute::GatesFromC: return "gates from C";
        case CircuitRoute::GatesFromVerilog: return "gates from Verilog";
        case CircuitRoute::GatesFromYosys: return "gates from Verilog through yosys";
        case CircuitRoute::CompiledC: return "compiled C";
    }
    return "unknown";
}

Result<void> tabulateCircuits(const std::vector<CircuitSource>& circuits, const TabulateOptions& options, const JobContext& job,
                              const std::function<void(std::size_t index, Result<CircuitProducts> products)>& done) {
    if (job.cancelled()) return cancelled();
    return Tabulation(circuits, options, job, done).run();
}

Result<CircuitProducts> tabulateCircuit(const CircuitSource& circuit, const TabulateOptions& options, const JobContext& job) {
    std::optional<Result<CircuitProducts>> result;
    AXP_CHECK(tabulateCircuits({circuit}, options, job, [&](std::size_t, Result<CircuitProducts> products) { result.emplace(std::move(products)); }));
    if (!result) return cancelled();
    return std::move(*result);
}

}  // namespace axp
