// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/acu/accumulator.h"
#include "core/acu/multiplier.h"
#include "core/base/result.h"

namespace axp {

/// How a kernel computes an ACU. All strategies give the same accumulators, bit for bit.
enum class Strategy { Auto, Factorised, Table, ErrorTable, Functional, Reference };
const char* strategyName(Strategy strategy);
/// Parses "auto", "factorised", "table", "error-table", "functional", "reference".
Result<Strategy> strategyFromName(const std::string& name);

/// Instruction sets the kernels are written for, in ascending order.
enum class Isa { Scalar, Avx2, Avx512Vnni };
const char* isaName(Isa isa);
/// The best one of this CPU, or the lower one that the environment variable AXP_ISA (scalar, avx2, avx512) asks for.
Isa activeIsa();

/// Quantizer of one tensor: code = clamp(roundHalfEven(x / scale), lo, hi); NaN gives 0. Symmetric: lo = -hi. Affine: the code is the
/// operand minus its zero point, lo = -zero and hi = 2^bits - 1 - zero.
struct Quantizer {
    float scale = 1;
    std::int32_t lo = -127, hi = 127;
};

/// Scratch memory that a thread reuses from call to call. One per thread.
class Workspace {
public:
    /// At least `bytes` bytes aligned to 64 that stay valid until the next request for the same slot.
    void* get(int slot, std::size_t bytes);
    Workspace();
    ~Workspace();
    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;

private:
    struct Buffers;
    std::unique_ptr<Buffers> m_buffers;
};

/// An ACU made ready for the kernels: factors or tables in kernel layout. Immutable, shared, thread-safe. Construction checks the
/// products of the chosen strategy and ISA against the multiplier: all of them up to 24 bits of both operands together; above that
/// every code of one operand against 64 codes of the other.
class AcuKernel {
public:
    /// Auto picks by rule: factors where the rank is low, else the table of the errors on top of a product of rank 1 where those fit a byte,
    /// else the table, else (no table at that width) the function. Up to 8 bits, where two of them are close, both are timed (some
    /// milliseconds, once a process and kind of kernel).
    static Result<std::shared_ptr<const AcuKernel>> create(const Multiplier& multiplier, Strategy strategy = Strategy::Auto);
    virtual ~AcuKernel() = default;
    virtual Strategy strategy() const = 0;
    virtual const Multiplier& multiplier() const = 0;
    /// Number of exact factors (the rank, or for given factors a bound of it) when factorised, else 0.
    virtual int rank() const = 0;
};
using AcuKernelPtr = std::shared_ptr<const AcuKernel>;

/// Geometry of a convolution in up to three dimensions (unused leading ones 1); Linear is a 1x1x1 convolution. A transposed
/// convolution adds the products of every input pixel into the output; what the padding crops is not computed, and nothing but input
/// pixels is multiplied.
struct ConvGeometry {
    std::int64_t groups = 1, inChannels = 1, outChannels = 1;
    std::array<std::int64_t, 3> kernel{1, 1, 1}, stride{1, 1, 1}, dilation{1, 1, 1}, padBegin{0, 0, 0}, padEnd{0, 0, 0};
    bool transposed = false;
    std::array<std::int64_t, 3> outputPadding{0, 0, 0};  ///< transposed only: rows added at the end

    std::array<std::int64_t, 3> outSize(const std::array<std::int64_t, 3>& in) const;
    /// K of the matrix product: inChannels / groups * kernel volume (transposed: the most products that an output can have).
    std::int64_t depth() const;
};

/// How the products of a layer are added up.
struct SumOptions {
    /// Zero padding contributes T(0, b), as in a systolic array; otherwise nothing.
    bool padThroughMultiplier = true;
    AccumulatorModel accumulator;
    /// The zero points that are inside the multiplier (core/acu/multiplier.h, Affine). An accumulator of limited width adds the products
    /// of the ACU itself, and the zero-point terms follow after it.
    bool affine = false;
    std::int64_t zeroA = 0, zeroB = 0;
};

/// A MAC layer with fixed weights, packed once for one ACU. Immutable, thread-safe (with one Workspace per thread).
class MacLayer {
public:
    /// `weights`: codes [outChannels][inChannels/groups][kd][kh][kw], transposed ones [inChannels][outChannels/groups][kd][kh][kw]
    /// (row-major). Sums that can pass 31 bits are formed in 64 bits; fails when they can pass 2^51 (macDepthLimit).
    static Result<std::unique_ptr<MacLayer>> create(AcuKernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights,
                                                    const SumOptions& options = {});
    virtual ~MacLayer() = default;

    /// x: float, channels last [batch][d][h][w][inChannels] contiguous; y likewise [batch][od][oh][ow][outChannels].
    /// y = float(acc) * scale[n] (+ bias[n] when bias is given), scale[n] = s_a * s_w[n] (both binary32, product rounded
    /// once). `acc`, when given, receives the accumulators in the layout of y. y may be null when acc is given.
    virtual void forward(const float* x, std::int64_t batch, const std::array<std::int64_t, 3>& spatial,
                         const Quantizer& quantizer, const float* scale, const float* bias, float* y, std::int64_t* acc,
                         Workspace& workspace) const = 0;
};

/// A strided matrix view; element (i, j) is data[i * rowStride + j * columnStride].
struct MatrixView {
    const float* data = nullptr;
    std::int64_t rowStride = 0, columnStride = 1;
};

/// y[m][n] = float(acc) * scale, acc[m][n] = sum_k T(qa[m][k], qb[k][n]): both operands are activations (attention).
/// a: [M, K], b: [K, N], y: rows of `yRowStride` floats, acc (optional): contiguous [M][N].
/// The caller has checked that K is not above macDepthLimit. Sums that can pass 31 bits are formed in 64 bits.
void matMul(const AcuKernel& acu, std::int64_t m, std::int64_t k, std::int64_t n, const MatrixView& a, const Quantizer& quantA,
            const MatrixView& b, const Quantizer& quantB, float scale, float* y, std::int64_t yRowStride, std::int64_t* acc,
            Workspace& workspace, const SumOptions& options = {});

/// Greatest depth K for which a sum stays below 2^51, so that binary64 and 64-bit integers hold it exactly.
std::int64_t macDepthLimit(const Multiplier& multiplier);

/// Codes of n floats (as every kernel quantizes them); those above 32767 of a 16-bit affine operand as the pattern modulo 2^16.
void quantizeCodes(const float* x, std::int64_t n, const Quantizer& quantizer, std::int16_t* codes);

}  // namespace axp
