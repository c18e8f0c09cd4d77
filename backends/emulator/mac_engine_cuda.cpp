// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>

#include <cstring>
#include <map>

#include "backends/emulator/detail/mac_engine.h"

namespace axp::detail {
namespace {

/// The matrices of a batch that one ACU multiplies.
struct Share {
    std::vector<std::int64_t> places, aOffsets, bOffsets;
};

/// Where matrix `i` of a batch begins in a dense tensor of which broadcast dimensions repeat.
std::int64_t offsetOf(std::int64_t i, const std::vector<std::int64_t>& lead, const at::Tensor& expanded) {
    std::int64_t offset = 0;
    for (std::size_t d = lead.size(); d-- > 0; i /= lead[d]) offset += i % lead[d] * expanded.stride(static_cast<std::int64_t>(d));
    return offset;
}

template <class T>
void scatter(const std::vector<T>& from, const std::vector<std::int64_t>& places, std::int64_t matrix, T* to) {
    for (std::size_t i = 0; i < places.size(); ++i)
        std::memcpy(to + places[i] * matrix, from.data() + static_cast<std::int64_t>(i) * matrix, static_cast<std::size_t>(matrix) * sizeof(T));
}

}  // namespace

at::Tensor MacEngine::runMatMulOnDevice(std::size_t index, const KernelIds& ids, const Environment& environment, at::Tensor* acc) const {
    const Node& node = m_graph.nodes[index];
    const at::Tensor denseA = environment[static_cast<std::size_t>(node.input(0))].toTensor().contiguous();
    const at::Tensor denseB = environment[static_cast<std::size_t>(node.input(1))].toTensor().contiguous();
    if (denseA.dim() < 2 || denseB.dim() < 2) throw c10::Error("a matrix product of vectors", "");
    for (const at::Tensor* operand : {&denseA, &denseB}) requireFinite(*operand);
    const auto leadOf = [](const at::Tensor& t) { return t.sizes().slice(0, static_cast<std::size_t>(t.dim() - 2)); };
    const std::vector<std::int64_t> lead = at::infer_size(leadOf(denseA), leadOf(denseB));
    const auto expanded = [&](const at::Tensor& t) {
        std::vector<std::int64_t> sizes = lead;
        sizes.insert(sizes.end(), {t.size(-2), t.size(-1)});
        return t.expand(sizes);
    };
    const at::Tensor a = expanded(denseA), b = expanded(denseB);
    std::vector<std::int64_t> sizes = lead;
    sizes.insert(sizes.end(), {a.size(-2), b.size(-1)});
    at::Tensor y = at::empty(sizes);
    if (acc) *acc = at::empty(sizes, at::kLong);
    std::int64_t batches = 1;
    for (const auto dim : lead) batches *= dim;
    const std::int64_t heads = lead.size() == 2 ? lead[1] : 1, matrix = a.size(-2) * b.size(-1);
    std::map<int, Share> shares;
    for (std::int64_t i = 0; i < batches; ++i) {
        Share& share = shares[ids.size() == 1 ? ids[0] : ids[static_cast<std::size_t>(i % heads)]];
        share.places.push_back(i);
        share.aOffsets.push_back(offsetOf(i, lead, a));
        share.bOffsets.push_back(offsetOf(i, lead, b));
    }
    for (const auto& [id, share] : shares) {
        const auto count = static_cast<std::int64_t>(share.places.size());
        std::vector<float> results(static_cast<std::size_t>(count * matrix));
        std::vector<std::int64_t> sums(acc ? results.size() : 0);
        CudaSeam::HostProduct host;
        host.countA = denseA.numel();
        host.countB = denseB.numel();
        cuda::BatchedProduct& product = host.product;
        product.batches = count;
        product.m = a.size(-2);
        product.k = a.size(-1);
        product.n = b.size(-1);
        product.a = denseA.data_ptr<float>();
        product.aOffsets = share.aOffsets.data();
        product.aRow = a.stride(-2);
        product.aColumn = a.stride(-1);
        product.b = denseB.data_ptr<float>();
        product.bOffsets = share.bOffsets.data();
        product.bRow = b.stride(-2);
        product.bColumn = b.stride(-1);
        product.quantA = quantizer(index, 0, id);
        product.quantB = quantizer(index, 1, id);
        product.scale = product.quantA.scale * product.quantB.scale;
        product.y = results.data();
        host.acc = acc ? sums.data() : nullptr;
        m_cuda->multiply(kernel(id), host);
        scatter(results, share.places, matrix, y.data_ptr<float>());
        if (acc) scatter(sums, share.places, matrix, acc->data_ptr<std::int64_t>());
    }
    return y;
}

}  // namespace axp::detail
