// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QtGlobal>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "backends/cpu/acu_kernel.h"

namespace axp::cputest {

using Random = std::mt19937;

std::int64_t pick(Random& random, std::int64_t low, std::int64_t high);

struct NamedTable {
    std::string name;
    Multiplier table;
};

/// Tables made here: exact, truncated, non-commutative, with M(0, 0) != 0, narrow, rectangular, full-rank random, wide products.
std::vector<NamedTable> madeTables();
/// The ground-truth circuits as effective (signed) tables, empty when the folder is not there. mul8u_2HH comes twice: as
/// sign-magnitude, and with its unsigned patterns taken for signed ones, which keeps M(0, 0) = 64.
std::vector<NamedTable> circuitTables();
/// Operands above 8 bits: families as factors, tables of low and of full rank, rectangular ones, a function without a table.
std::vector<NamedTable> wideMultipliers();

ProductTable tableOf(int bitsA, int bitsB, std::int32_t (*product)(std::int32_t a, std::int32_t b));
ProductTable randomTable(int bitsA, int bitsB, std::int32_t low, std::int32_t high, unsigned seed);

/// Prepared kernels of one table, by strategy and instruction set; preparing is most of the time.
class Kernels {
public:
    explicit Kernels(const NamedTable& table) : m_table(table) {}
    /// nullptr when the rank is too high for factors.
    AcuKernelPtr get(Strategy strategy, Isa isa) {
        const auto key = std::make_pair(strategy, isa);
        if (const auto found = m_kernels.find(key); found != m_kernels.end()) return found->second;
        cpu::KernelOptions options;
        options.strategy = strategy;
        options.isa = isa;
        auto kernel = cpu::KernelImpl::create(m_table.table, options);
        if (!kernel.ok() && strategy != Strategy::Factorised) qFatal("%s: %s", m_table.name.c_str(), kernel.error().text().c_str());
        return m_kernels[key] = kernel.ok() ? AcuKernelPtr(*kernel) : nullptr;
    }

private:
    NamedTable m_table;
    std::map<std::pair<Strategy, Isa>, AcuKernelPtr> m_kernels;
};

/// One convolution: geometry, input size, batch, padding option.
struct ConvCase {
    ConvGeometry geometry;
    std::array<std::int64_t, 3> in{1, 1, 1};
    std::int64_t batch = 1;
    SumOptions options;
};
ConvCase linearCase(std::int64_t m, std::int64_t k, std::int64_t n);
/// Small random geometry of any kind: 1 to 3 dimensions, groups, depthwise, stride, dilation, asymmetric padding, transposed or not.
ConvCase randomConv(Random& random);
std::string describe(const ConvCase& c);

/// Runs the case on random codes, float inputs that quantize to them, a random scale and bias; compares acc and y with the
/// reference. Returns an empty text or what differs first.
/// With `damaged` one bit of the layer's packed weights is flipped before.
std::string compareConv(const AcuKernelPtr& kernel, const ConvCase& c, Random& random, bool damaged = false);
/// The same for matMul with random strides and transpositions.
std::string compareMatMul(const AcuKernelPtr& kernel, std::int64_t m, std::int64_t k, std::int64_t n, Random& random, const SumOptions& options = {});

}  // namespace axp::cputest
