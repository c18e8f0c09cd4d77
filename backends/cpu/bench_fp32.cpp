// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cpu/bench_fp32.h"

#include <random>
#include <vector>

#ifdef AXP_HAVE_ONEDNN
#include <omp.h>

#include <dnnl.hpp>
#endif

namespace axp::cpu {

#ifdef AXP_HAVE_ONEDNN
namespace {

std::vector<float> randomFloats(std::int64_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (auto& value : values) value = static_cast<float>(random() % 2001) * 1e-3f - 1.0f;
    return values;
}

/// Variant 0: dnnl_sgemm. Variant 1: the matmul primitive with weights in the layout it likes best.
class OneDnnGemm final : public Fp32Gemm {
public:
    OneDnnGemm(std::int64_t m, std::int64_t k, std::int64_t n)
        : m_m(m), m_k(k), m_n(n), m_a(randomFloats(m * k, 1)), m_b(randomFloats(k * n, 2)), m_c(static_cast<std::size_t>(m * n)),
          m_engine(dnnl::engine::kind::cpu, 0), m_stream(m_engine) {
        using Tag = dnnl::memory::format_tag;
        const auto f32 = dnnl::memory::data_type::f32;
        const dnnl::memory::desc a({m, k}, f32, Tag::ab), b({k, n}, f32, Tag::any), c({m, n}, f32, Tag::ab);
        const dnnl::matmul::primitive_desc description(dnnl::matmul::desc(a, b, c), m_engine);
        m_matmul = dnnl::matmul(description);
        dnnl::memory plain({{k, n}, f32, Tag::ab}, m_engine, m_b.data());
        dnnl::memory packed(description.weights_desc(), m_engine);
        dnnl::reorder(plain, packed).execute(m_stream, plain, packed);
        m_arguments = {{DNNL_ARG_SRC, dnnl::memory(a, m_engine, m_a.data())}, {DNNL_ARG_WEIGHTS, packed}, {DNNL_ARG_DST, dnnl::memory(c, m_engine, m_c.data())}};
        m_stream.wait();
    }

    std::string name() const override {
        const auto* version = dnnl_version();
        return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." + std::to_string(version->patch);
    }
    int variants() const override { return 2; }
    void run(int variant) override {
        if (variant == 0) {
            dnnl_sgemm('N', 'N', m_m, m_n, m_k, 1.0f, m_a.data(), m_k, m_b.data(), m_n, 0.0f, m_c.data(), m_n);
            return;
        }
        m_matmul.execute(m_stream, m_arguments);
        m_stream.wait();
    }

private:
    std::int64_t m_m, m_k, m_n;
    std::vector<float> m_a, m_b, m_c;
    dnnl::engine m_engine;
    dnnl::stream m_stream;
    dnnl::matmul m_matmul;
    std::unordered_map<int, dnnl::memory> m_arguments;
};

}  // namespace

Result<std::unique_ptr<Fp32Gemm>> Fp32Gemm::create(std::int64_t m, std::int64_t k, std::int64_t n, int threads) {
    try {
        omp_set_num_threads(threads);
        return Result<std::unique_ptr<Fp32Gemm>>(std::make_unique<OneDnnGemm>(m, k, n));
    } catch (const std::exception& error) {
        return failure(std::string("oneDNN failed to prepare an FP32 product: ") + error.what());
    }
}

#else

namespace {

class NoGemm final : public Fp32Gemm {
public:
    std::string name() const override { return "none"; }
    int variants() const override { return 0; }
    void run(int) override {}
};

}  // namespace

Result<std::unique_ptr<Fp32Gemm>> Fp32Gemm::create(std::int64_t, std::int64_t, std::int64_t, int) {
    return Result<std::unique_ptr<Fp32Gemm>>(std::make_unique<NoGemm>());
}

#endif

}  // namespace axp::cpu
