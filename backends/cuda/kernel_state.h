// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>

#include "backends/cuda/integer_gemm.h"
#include "backends/cuda/launch.h"
#include "backends/cuda/memory.h"
#include "backends/cuda/ordered_plan.h"

// What ACUs, layers and products share inside the module.
namespace axp::cuda {

/// A device and its libraries. Outlives everything made from it by shared ownership.
struct DeviceContext {
    int index = 0;
    DeviceInfo info;
    LaunchLimits limits;
    std::unique_ptr<IntegerGemm> gemm;

    /// Makes this device the calling thread's.
    Result<void> enter() const;
};
using ContextPtr = std::shared_ptr<const DeviceContext>;

/// Expanded operands and sums that one pass may take; larger work is cut into passes.
inline constexpr std::int64_t kPassBytes = std::int64_t{512} << 20;
/// Operands and outputs of a pass are fewer than this (kernels count in 32 bits).
inline constexpr std::int64_t kPassCount = std::int64_t{1} << 30;

class AcuImpl final : public DeviceAcu {
public:
    static Result<std::shared_ptr<const AcuImpl>> create(ContextPtr context, const DeviceMultiplier& multiplier, Strategy strategy, GemmChoice choice);
    /// All DeviceAcus are of this class.
    static const AcuImpl& of(const DeviceAcu& acu) { return static_cast<const AcuImpl&>(acu); }

    Strategy strategy() const override { return m_strategy; }
    const DeviceMultiplier& multiplier() const override { return m_multiplier; }
    bool wideSums(std::int64_t depth) const override { return depth > m_narrowDepth; }
    const ProductTable& table() const { return m_multiplier.table; }
    int rank() const override { return m_terms ? m_terms->rank : 0; }
    int terms() const override { return m_terms ? m_terms->terms : 0; }

    const DeviceContext& context() const { return *m_context; }
    /// The product in device memory, and what the sums obey.
    const ProductView& product() const { return m_product; }
    const TermOperands& termOperands() const { return *m_terms; }
    const std::int8_t* left() const { return m_left->as<std::int8_t>(); }
    const std::int8_t* right() const { return m_right->as<std::int8_t>(); }
    const std::int32_t* correction() const { return m_correction->as<std::int32_t>(); }

    /// Product of expanded operands, by the library or in tiles. Scratch of productBytes() is taken from the arena.
    Result<void> multiplyExpanded(StreamImpl& stream, const ImmaParams& params, const ExpandedLayout& layout) const;
    std::int64_t productBytes(std::int64_t slices, std::int64_t rows, std::int64_t columns) const;
    /// Product by look-ups, in tiles or one thread per output.
    Result<void> multiplyCodes(StreamImpl& stream, const LookupOperands& operands, const Epilogue& epilogue) const;

private:
    AcuImpl(ContextPtr context, const DeviceMultiplier& multiplier);
    Result<void> upload();
    Result<void> uploadProduct();
    Result<bool> multiplyByLibrary(StreamImpl& stream, const ImmaParams& params) const;

    ContextPtr m_context;
    DeviceMultiplier m_multiplier;
    std::int64_t m_narrowDepth = 0;  ///< greatest depth of the kernels with 32-bit sums; 0: none
    ProductView m_product;
    Strategy m_strategy = Strategy::Reference;
    GemmChoice m_choice = GemmChoice::Auto;
    std::optional<TermOperands> m_terms;  ///< Factorised only
    TableImage m_image;
    std::unique_ptr<DeviceMemory> m_left, m_right, m_correction, m_entries, m_products, m_wideLeft, m_wideRight;
};
using AcuImplPtr = std::shared_ptr<const AcuImpl>;

Result<std::unique_ptr<DeviceLayer>> makeDeviceLayer(AcuImplPtr acu, const ConvGeometry& geometry, const std::int16_t* weights,
                                                     bool padThroughMultiplier);
/// On the kernels of ordered_kernel.h.
Result<std::unique_ptr<DeviceLayer>> makeOrderedLayer(AcuImplPtr acu, const ConvGeometry& geometry, const std::int16_t* weights, bool padThroughMultiplier);
Result<void> multiplyOrdered(StreamImpl& stream, const AcuImpl& acu, const BatchedProduct& product);
Result<void> multiplyBatch(StreamImpl& stream, const AcuImpl& acu, const BatchedProduct& product);
/// Every product of the table through layers of this ACU: as a depth of one, and summed over a depth that the library takes.
Result<void> selfCheck(const AcuImplPtr& acu);

}  // namespace axp::cuda
