// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <memory>
#include <mutex>
#include <vector>

#include "backends/cpu/isa.h"
#include "backends/cpu/mac.h"
#include "backends/cpu/terms.h"

namespace axp::cpu {

/// Memory aligned to cache lines that never changes size; zeroed.
class AlignedBytes {
public:
    explicit AlignedBytes(std::size_t bytes = 0) : m_storage(bytes == 0 ? 0 : bytes + 64) {}
    std::size_t size() const { return m_storage.empty() ? 0 : m_storage.size() - 64; }
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

/// One wrong bit in a kernel's data, planted to see the self-check find it. Where a strategy has no such data nothing is planted.
enum class Fault { None, LeftFactor, RightFactor, RightBytes, Table, TransposedTable };

/// Choices that create() makes by itself and tests make on purpose.
struct KernelOptions {
    Strategy strategy = Strategy::Auto;
    Isa isa = activeIsa();
    bool wide = false;  ///< kernels for 16 bits and 64-bit sums also for narrow operands
    Fault fault = Fault::None;
};

/// The table in the layout of KernelSet::tableSum: products minus `bias` without the zero bits that all end in, cut into 16-bit parts; or,
/// without byteTables, as 32-bit numbers for KernelSet::interleavedSum.
struct KernelTable {
    struct Part {
        std::size_t offset = 0;
        int planes = 1, shift = 0;
        std::int64_t rowBytes = 0;
    };
    AlignedBytes data;
    std::vector<Part> parts;
    std::int32_t bias = 0;
    std::int32_t period = 256;        ///< of the columns, at least 64
    std::array<bool, 256> zeroRow{};  ///< rows whose products are all zero

    static KernelTable make(const ProductTable& table, bool byteTables, bool transposed);
};

/// A narrow table as T = base + error, both over the same codes; the base is a product of one left and one right factor. With
/// `errorPlanes` bytes an error.
struct ErrorSplit {
    ProductTable base, error;
    int errorPlanes = 4;
};
/// The split, among a b and its truncations, whose errors are smallest; fails when an error does not fit 32 bits.
Result<ErrorSplit> splitError(const ProductTable& table);
/// Bytes that KernelTable needs for a product of this table.
int planesOf(const ProductTable& table);

class KernelImpl final : public AcuKernel {
public:
    static Result<std::shared_ptr<const KernelImpl>> create(const Multiplier& multiplier, const KernelOptions& options);
    /// All AcuKernels are of this class.
    static const KernelImpl& of(const AcuKernel& kernel) { return static_cast<const KernelImpl&>(kernel); }

    Strategy strategy() const override { return m_strategy; }
    const Multiplier& multiplier() const override { return m_multiplier; }
    int rank() const override { return m_rank; }
    Isa isa() const { return m_isa; }
    /// Whether codes have two bytes and sums 64 bits.
    bool wide() const { return m_kernels->codeBytes == 2; }
    const KernelSet& kernels() const { return *m_kernels; }
    const TermSet& terms() const { return m_terms; }               ///< Factorised only
    /// ErrorTable: the factorised kernel of the products that the errors are added to; else null.
    const std::shared_ptr<const KernelImpl>& base() const { return m_base; }
    const KernelTable& kernelTable() const { return m_kernelTable; }  ///< Table and ErrorTable (errors), narrow; rows are first operands
    const KernelTable& transposedTable() const { return m_transposedTable; }  ///< the same; rows are second operands
    const ProductTable& wideTable() const { return *m_wideTable; }  ///< Table, wide
    /// The same with rows and columns exchanged; made on first use.
    std::shared_ptr<const ProductTable> transposedWide() const;
    /// Greatest depth whose sums these kernels hold: 31 bits narrow, 51 bits wide.
    std::int64_t depthLimit() const;
    /// The same strategy in wide kernels, for sums of more than 31 bits; made on first use.
    Result<std::shared_ptr<const KernelImpl>> widened() const;

private:
    explicit KernelImpl(Multiplier multiplier) : m_multiplier(std::move(multiplier)) {}
    Result<void> chooseNarrow(const KernelOptions& options);
    void makeTables(const ProductTable& table);
    Result<void> chooseWide(Strategy wish);
    void plant(Fault fault);

    Multiplier m_multiplier;
    Strategy m_strategy = Strategy::Reference;
    Isa m_isa = Isa::Scalar;
    const KernelSet* m_kernels = nullptr;
    int m_rank = 0;
    TermSet m_terms;
    std::shared_ptr<const KernelImpl> m_base;
    KernelTable m_kernelTable, m_transposedTable;
    std::shared_ptr<const ProductTable> m_wideTable;
    mutable std::mutex m_mutex;
    mutable std::shared_ptr<const KernelImpl> m_widened;
    mutable std::shared_ptr<const ProductTable> m_transposedWide;
};

/// What Auto comes to for a narrow multiplier with so many terms (0: no factors): by measured costs, and where two kernels are close, by
/// timing them once a process.
Strategy quickestStrategy(const Multiplier& multiplier, int terms, Isa isa);

/// Compares the products that the kernels give with those of the multiplier (see AcuKernel).
Result<void> selfCheck(const std::shared_ptr<const KernelImpl>& kernel);

/// Where raw sums go: 32-bit ones of narrow kernels or 64-bit ones of wide kernels. Null: nowhere.
struct Accumulators {
    std::int32_t* narrow = nullptr;
    std::int64_t* wide = nullptr;

    explicit operator bool() const { return narrow || wide; }
    Accumulators from(std::int64_t offset) const { return {narrow ? narrow + offset : nullptr, wide ? wide + offset : nullptr}; }
};

/// What all layers are: they also take activations that are codes already (benchmarks), and give sums as their kernels form them.
class CodeLayer : public MacLayer {
public:
    void forward(const float* x, std::int64_t batch, const std::array<std::int64_t, 3>& spatial, const Quantizer& quantizer,
                 const float* scale, const float* bias, float* y, std::int64_t* acc, Workspace& workspace) const final;
    /// Whether run() gives 64-bit sums.
    virtual bool wide() const = 0;
    virtual const ConvGeometry& geometry() const = 0;
    /// forward() with sums of the own width (`acc.wide` or `acc.narrow`, the other one null).
    virtual void run(const float* x, std::int64_t batch, const std::array<std::int64_t, 3>& spatial, const Quantizer& quantizer,
                     const float* scale, const float* bias, float* y, const Accumulators& acc, Workspace& workspace) const = 0;
    /// Raw accumulators of a layer of 1x1x1 taps: codes [rows][inChannels] of one byte (two when wide()), acc [rows][outChannels].
    virtual void multiplyCodes(const void* codes, std::int64_t rows, const Accumulators& acc, Workspace& workspace) const = 0;
    /// Flips one bit of the packed weights, for tests that must see a comparison fail.
    virtual void damage() = 0;
};

/// A layer on one strategy; `geometry` and depth have been checked, and `options` suit the strategy.
using LayerResult = Result<std::unique_ptr<MacLayer>>;
using KernelPtr = std::shared_ptr<const KernelImpl>;
LayerResult makeFactorisedLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, bool padThroughMultiplier);
LayerResult makeTableLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, bool padThroughMultiplier);
LayerResult makeInterleavedLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, bool padThroughMultiplier);
LayerResult makeReferenceLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, const SumOptions& options);
/// Look-ups or calls for every product, for any width, any geometry and any accumulator (gathered_layer.cpp).
LayerResult makeGatheredLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, const SumOptions& options);
/// A transposed convolution on a layer of single pixels.
LayerResult makeTransposedLayer(KernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights);
/// The sums of another layer, wrapped to the accumulator's width.
LayerResult makeWrappedLayer(std::unique_ptr<MacLayer> layer, const AccumulatorModel& accumulator);

/// A convolution whose taps are single pixels is a plain matrix product over all pixels of the batch.
bool isPointwise(const ConvGeometry& geometry);

/// KernelSet::gatherSum for any number of lanes, in an order that suits the caches; `table` and `columns` of `sums` are set here. A budget of
/// products bounds the 32-bit sums as there.
void gatherColumns(const KernelSet& kernels, const ProductTable& table, const GatherSum& sums);

/// y = float(acc) * scale[n] (+ bias[n]), every step rounded to binary32; nothing when y is null.
void scaleSums(const std::int64_t* acc, std::int64_t count, const float* scale, const float* bias, float* y);

}  // namespace axp::cpu
