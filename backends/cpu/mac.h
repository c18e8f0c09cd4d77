// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/acu/table.h"
#include "core/base/result.h"

namespace axp {

/// How a kernel computes an ACU. All strategies give the same accumulators, bit for bit.
enum class Strategy { Auto, Factorised, Table, Reference };
const char* strategyName(Strategy strategy);
/// Parses "auto", "factorised", "table", "reference".
Result<Strategy> strategyFromName(const std::string& name);

/// Instruction sets the kernels are written for, in ascending order.
enum class Isa { Scalar, Avx2, Avx512Vnni };
const char* isaName(Isa isa);
/// The best one of this CPU, or the lower one that the environment variable AXP_ISA (scalar, avx2, avx512) asks for.
Isa activeIsa();

/// Symmetric quantizer of one tensor: q = clamp(roundHalfEven(x / scale), lo, hi); NaN gives 0.
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

/// An ACU made ready for the kernels: factors or tables in kernel layout. Immutable, shared, thread-safe. Construction
/// checks every product of the chosen strategy and ISA against the table.
class AcuKernel {
public:
    /// `table` is an effective (signed) table, widths up to 8 bits. Auto picks by rule.
    static Result<std::shared_ptr<const AcuKernel>> create(const ProductTable& table, Strategy strategy = Strategy::Auto);
    virtual ~AcuKernel() = default;
    virtual Strategy strategy() const = 0;
    virtual const ProductTable& table() const = 0;
    /// Exact rank when known (factorised), else 0.
    virtual int rank() const = 0;
};
using AcuKernelPtr = std::shared_ptr<const AcuKernel>;

/// Geometry of a convolution in up to three dimensions (unused leading ones 1); Linear is a 1x1x1 convolution.
struct ConvGeometry {
    std::int64_t groups = 1, inChannels = 1, outChannels = 1;
    std::array<std::int64_t, 3> kernel{1, 1, 1}, stride{1, 1, 1}, dilation{1, 1, 1}, padBegin{0, 0, 0}, padEnd{0, 0, 0};

    std::array<std::int64_t, 3> outSize(const std::array<std::int64_t, 3>& in) const;
    /// K of the matrix product: inChannels / groups * kernel volume.
    std::int64_t depth() const;
};

/// A MAC layer with fixed weights, packed once for one ACU. Immutable, thread-safe (with one Workspace per thread).
class MacLayer {
public:
    /// `weights`: codes [outChannels][inChannels/groups][kd][kh][kw] (row-major). `padThroughMultiplier`: zero padding contributes
    /// M(0, b), as in a systolic array; otherwise nothing. Fails when depth * max|product| can exceed 2^31 - 1.
    static Result<std::unique_ptr<MacLayer>> create(AcuKernelPtr acu, const ConvGeometry& geometry,
                                                    const std::int8_t* weights, bool padThroughMultiplier = true);
    virtual ~MacLayer() = default;

    /// x: float, channels last [batch][d][h][w][inChannels] contiguous; y likewise [batch][od][oh][ow][outChannels].
    /// y = float(acc) * scale[n] (+ bias[n] when bias is given), scale[n] = s_a * s_w[n] (both binary32, product rounded
    /// once). `acc`, when given, receives the raw accumulators in the layout of y. y may be null when acc is given.
    virtual void forward(const float* x, std::int64_t batch, const std::array<std::int64_t, 3>& spatial,
                         const Quantizer& quantizer, const float* scale, const float* bias, float* y, std::int32_t* acc,
                         Workspace& workspace) const = 0;
};

/// A strided matrix view; element (i, j) is data[i * rowStride + j * columnStride].
struct MatrixView {
    const float* data = nullptr;
    std::int64_t rowStride = 0, columnStride = 1;
};

/// y[m][n] = float(acc) * scale, acc[m][n] = sum_k M(qa[m][k], qb[k][n]): both operands are activations (attention).
/// a: [M, K], b: [K, N], y: rows of `yRowStride` floats, acc (optional): contiguous [M][N].
/// The caller has checked K * max|product| < 2^31 (see macDepthLimit).
void matMul(const AcuKernel& acu, std::int64_t m, std::int64_t k, std::int64_t n, const MatrixView& a, const Quantizer& quantA,
            const MatrixView& b, const Quantizer& quantB, float scale, float* y, std::int64_t yRowStride, std::int32_t* acc,
            Workspace& workspace);

/// Greatest depth K for which an int32 accumulator cannot overflow with this table.
std::int64_t macDepthLimit(const ProductTable& table);

/// Codes of n floats (as every kernel quantizes them).
void quantizeCodes(const float* x, std::int64_t n, const Quantizer& quantizer, std::int8_t* codes);

}  // namespace axp
