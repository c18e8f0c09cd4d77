// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cuda/integer_gemm.h"

#include <string>

namespace axp::cuda {
namespace {

Error blasProblem(cublasStatus_t status, const char* doing) {
    return failure(std::string(doing) + " failed: " + cublasLtGetStatusString(status), "cuBLASLt",
                   "Use the table strategy, and report this with the device's name.");
}

#define AXP_BLAS(call, doing)                                                                                                  \
    do {                                                                                                                       \
        if (const cublasStatus_t axpStatus = (call); axpStatus != CUBLAS_STATUS_SUCCESS) return blasProblem(axpStatus, doing); \
    } while (false)

}  // namespace

struct IntegerGemm::Plan {
    bool supported = false;
    cublasLtMatmulDesc_t product = nullptr;
    cublasLtMatrixLayout_t a = nullptr, b = nullptr, sums = nullptr;
    cublasLtMatmulAlgo_t algorithm{};

    ~Plan() {
        for (const auto layout : {a, b, sums})
            if (layout) cublasLtMatrixLayoutDestroy(layout);
        if (product) cublasLtMatmulDescDestroy(product);
    }
    static Result<void> makeLayout(cublasLtMatrixLayout_t& layout, cudaDataType type, std::int64_t rows, std::int64_t columns, std::int64_t pitch,
                                   std::int64_t batches, std::int64_t batch) {
        AXP_BLAS(cublasLtMatrixLayoutCreate(&layout, type, static_cast<std::uint64_t>(rows), static_cast<std::uint64_t>(columns), pitch),
                 "describing a matrix");
        const auto count = static_cast<std::int32_t>(batches);
        AXP_BLAS(cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count), "describing a matrix");
        AXP_BLAS(cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &batch, sizeof batch), "describing a matrix");
        return {};
    }
    Result<void> describe(const IntegerProduct& p) {
        AXP_BLAS(cublasLtMatmulDescCreate(&product, CUBLAS_COMPUTE_32I, CUDA_R_32I), "describing a product");
        const cublasOperation_t turned = CUBLAS_OP_T;
        AXP_BLAS(cublasLtMatmulDescSetAttribute(product, CUBLASLT_MATMUL_DESC_TRANSA, &turned, sizeof turned), "describing a product");
        AXP_CHECK(makeLayout(b, CUDA_R_8I, p.depth, p.columns, p.bPitch, p.batches, p.bBatch));
        AXP_CHECK(makeLayout(a, CUDA_R_8I, p.depth, p.rows, p.aPitch, p.batches, p.aBatch));
        AXP_CHECK(makeLayout(sums, CUDA_R_32I, p.columns, p.rows, p.pitch, p.batches, p.batch));
        return {};
    }
    Result<void> choose(cublasLtHandle_t handle) {
        cublasLtMatmulPreference_t preference = nullptr;
        AXP_BLAS(cublasLtMatmulPreferenceCreate(&preference), "choosing an algorithm");
        const std::size_t bytes = kWorkspaceBytes;
        const std::uint32_t alignment = 16;  // of a term's first byte; the library takes 256 for granted otherwise
        cublasLtMatmulHeuristicResult_t found{};
        int count = 0;
        cublasStatus_t status = cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &bytes, sizeof bytes);
        for (const auto which : {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
                                 CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES})
            if (status == CUBLAS_STATUS_SUCCESS) status = cublasLtMatmulPreferenceSetAttribute(preference, which, &alignment, sizeof alignment);
        if (status == CUBLAS_STATUS_SUCCESS)
            status = cublasLtMatmulAlgoGetHeuristic(handle, product, b, a, sums, sums, preference, 1, &found, &count);
        cublasLtMatmulPreferenceDestroy(preference);
        if (status == CUBLAS_STATUS_NOT_SUPPORTED) return {};
        AXP_BLAS(status, "choosing an algorithm");
        supported = count > 0 && found.state == CUBLAS_STATUS_SUCCESS;
        algorithm = found.algo;
        return {};
    }
};

Result<std::unique_ptr<IntegerGemm>> IntegerGemm::create() {
    std::unique_ptr<IntegerGemm> gemm(new IntegerGemm);
    AXP_BLAS(cublasLtCreate(&gemm->m_handle), "starting cuBLASLt");
    return gemm;
}

IntegerGemm::~IntegerGemm() {
    m_plans.clear();
    if (m_handle) cublasLtDestroy(m_handle);
}

Result<const IntegerGemm::Plan*> IntegerGemm::planOf(const IntegerProduct& p) {
    const Key key{p.batches, p.rows, p.columns, p.depth, p.aPitch, p.aBatch, p.bPitch, p.bBatch, p.pitch, p.batch};
    const std::lock_guard lock(m_mutex);
    auto& plan = m_plans[key];
    if (!plan) {
        auto made = std::make_unique<Plan>();
        AXP_CHECK(made->describe(p));
        AXP_CHECK(made->choose(m_handle));
        plan = std::move(made);
    }
    return static_cast<const Plan*>(plan.get());
}

Result<bool> IntegerGemm::multiply(const IntegerProduct& p, void* workspace, cudaStream_t stream) {
    AXP_TRY(const Plan* plan, planOf(p));
    if (!plan->supported) return false;
    const std::int32_t one = 1, zero = 0;  // the only factors that integer products know
    const cublasStatus_t status = cublasLtMatmul(m_handle, plan->product, &one, p.b, plan->b, p.a, plan->a, &zero, p.sums, plan->sums, p.sums,
                                                 plan->sums, &plan->algorithm, workspace, kWorkspaceBytes, stream);
    if (status == CUBLAS_STATUS_NOT_SUPPORTED) return false;
    AXP_BLAS(status, "multiplying");
    return true;
}

}  // namespace axp::cuda
