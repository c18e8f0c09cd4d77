// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <memory>
#include <vector>

#include "backends/cpu/isa.h"
#include "backends/cpu/mac.h"
#include "backends/cpu/terms.h"

namespace axp::cpu {

/// Memory aligned to cache lines that never changes size; zeroed.
class AlignedBytes {
public:
    explicit AlignedBytes(std::size_t bytes = 0) : m_storage(bytes + 64) {}
    unsigned char* data() {
        return m_storage.data() + (64 - reinterpret_cast<std::uintptr_t>(m_storage.data()) % 64) % 64;
    }
    const unsigned char* data() const { return const_cast<AlignedBytes*>(this)->data(); }
    AlignedBytes(AlignedBytes&&) = default;
    AlignedBytes& operator=(AlignedBytes&&) = default;
    AlignedBytes(const AlignedBytes&) = delete;
    AlignedBytes& operator=(const AlignedBytes&) = delete;

private:
    std::vector<unsigned char> m_storage;
};

/// Choices that create() makes by itself and tests make on purpose.
struct KernelOptions {
    Strategy strategy = Strategy::Auto;
    Isa isa = activeIsa();
    bool corrupt = false;            ///< plants one wrong entry in the kernel's data, to see the self-check find it
    bool corruptTransposed = false;  ///< the same in the transposed table
};

/// The table in the layout of KernelSet::tableSum: products minus `bias`, cut into 16-bit parts.
struct KernelTable {
    struct Part {
        std::size_t offset = 0;
        int planes = 1, shift = 0;
        std::int64_t rowBytes = 0;
    };
    AlignedBytes data;
    std::vector<Part> parts;
    std::int32_t bias = 0;
    std::array<bool, 256> zeroRow{};  ///< rows whose products are all zero

    static KernelTable make(const ProductTable& table, bool byteTables, bool transposed);
};

class KernelImpl final : public AcuKernel {
public:
    static Result<std::shared_ptr<const KernelImpl>> create(const ProductTable& table, const KernelOptions& options);
    /// All AcuKernels are of this class.
    static const KernelImpl& of(const AcuKernel& kernel) { return static_cast<const KernelImpl&>(kernel); }

    Strategy strategy() const override { return m_strategy; }
    const ProductTable& table() const override { return m_table; }
    int rank() const override { return m_rank; }
    Isa isa() const { return m_isa; }
    const KernelSet& kernels() const { return *m_kernels; }
    const TermSet& terms() const { return m_terms; }               ///< Factorised only
    const KernelTable& kernelTable() const { return m_kernelTable; }  ///< Table only; rows are first operands
    const KernelTable& transposedTable() const { return m_transposedTable; }  ///< Table only; rows are second operands

private:
    explicit KernelImpl(ProductTable table) : m_table(std::move(table)) {}
    Result<void> chooseStrategy(Strategy wish);
    void corrupt();
    static Result<void> selfCheck(const std::shared_ptr<const KernelImpl>& kernel);
    static Result<void> checkColumns(const std::shared_ptr<const KernelImpl>& kernel, std::int64_t first, std::int64_t count);

    ProductTable m_table;
    Strategy m_strategy = Strategy::Reference;
    Isa m_isa = Isa::Scalar;
    const KernelSet* m_kernels = nullptr;
    int m_rank = 0;
    TermSet m_terms;
    KernelTable m_kernelTable, m_transposedTable;
};

/// What all layers are: they also take activations that are codes already (benchmarks).
class CodeLayer : public MacLayer {
public:
    /// Raw accumulators of a layer of 1x1x1 taps: codes [rows][inChannels], acc [rows][outChannels].
    virtual void multiplyCodes(const std::int8_t* codes, std::int64_t rows, std::int32_t* acc, Workspace& workspace) const = 0;
};

/// A layer on one strategy; `geometry` and depth have been checked. All are CodeLayers.
using LayerResult = Result<std::unique_ptr<MacLayer>>;
LayerResult makeFactorisedLayer(std::shared_ptr<const KernelImpl> acu, const ConvGeometry& geometry, const std::int8_t* weights,
                                bool padThroughMultiplier);
LayerResult makeTableLayer(std::shared_ptr<const KernelImpl> acu, const ConvGeometry& geometry, const std::int8_t* weights,
                           bool padThroughMultiplier);
LayerResult makeReferenceLayer(std::shared_ptr<const KernelImpl> acu, const ConvGeometry& geometry, const std::int8_t* weights,
                               bool padThroughMultiplier);

/// A convolution whose taps are single pixels is a plain matrix product over all pixels of the batch.
bool isPointwise(const ConvGeometry& geometry);

}  // namespace axp::cpu
