// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cuda/memory.h"

#include <algorithm>

namespace axp::cuda {

Error cudaProblem(cudaError_t error, const char* doing) {
    const std::string what = std::string(doing) + " failed: " + cudaGetErrorString(error) + " (" + cudaGetErrorName(error) + ")";
    if (error == cudaErrorMemoryAllocation) return failure(what, "CUDA", "Use fewer samples at a time, or end other programs that use the GPU.");
    return failure(what, "CUDA", "Run axp_cuda_selftest; --device cpu gives the same results.");
}

Result<std::unique_ptr<DeviceMemory>> DeviceMemory::allocate(std::int64_t bytes) {
    void* data = nullptr;
    AXP_CUDA(cudaMalloc(&data, static_cast<std::size_t>(std::max<std::int64_t>(bytes, 1))), "allocating memory on the device");
    return std::unique_ptr<DeviceMemory>(new DeviceMemory(data, bytes));
}

DeviceMemory::~DeviceMemory() { cudaFree(m_data); }

Result<void> Arena::reserve(std::int64_t bytes, cudaStream_t stream) {
    m_used = 0;
    if (m_memory && m_memory->bytes() >= bytes) return {};
    AXP_CUDA(cudaStreamSynchronize(stream), "waiting for the device");
    // Growing by a quarter keeps layers of slowly rising size from allocating each time.
    const std::int64_t wanted = std::max(bytes, m_memory ? m_memory->bytes() / 4 * 5 : bytes);
    m_memory.reset();
    AXP_TRY(m_memory, DeviceMemory::allocate(wanted));
    return {};
}

Result<std::unique_ptr<StreamImpl>> StreamImpl::create() {
    std::unique_ptr<StreamImpl> stream(new StreamImpl);
    AXP_CUDA(cudaStreamCreateWithFlags(&stream->m_handle, cudaStreamNonBlocking), "making a stream");
    for (auto& event : stream->m_marks) AXP_CUDA(cudaEventCreate(&event), "making an event");
    return stream;
}

StreamImpl::~StreamImpl() {
    if (m_handle) cudaStreamSynchronize(m_handle);
    for (const auto event : m_marks)
        if (event) cudaEventDestroy(event);
    if (m_handle) cudaStreamDestroy(m_handle);
}

Result<void> StreamImpl::upload(void* device, const void* host, std::int64_t bytes) {
    if (bytes > 0)
        AXP_CUDA(cudaMemcpyAsync(device, host, static_cast<std::size_t>(bytes), cudaMemcpyHostToDevice, m_handle), "copying to the device");
    return {};
}

Result<void> StreamImpl::download(void* host, const void* device, std::int64_t bytes) {
    if (bytes > 0)
        AXP_CUDA(cudaMemcpyAsync(host, device, static_cast<std::size_t>(bytes), cudaMemcpyDeviceToHost, m_handle), "copying from the device");
    return finish();
}

Result<void> StreamImpl::finish() {
    AXP_CUDA(cudaStreamSynchronize(m_handle), "computing on the device");
    return {};
}

Result<void> StreamImpl::mark(int which) {
    AXP_CUDA(cudaEventRecord(m_marks[which == 0 ? 0 : 1], m_handle), "taking the time");
    return {};
}

Result<double> StreamImpl::seconds() {
    float milliseconds = 0;
    AXP_CUDA(cudaEventSynchronize(m_marks[1]), "computing on the device");
    AXP_CUDA(cudaEventElapsedTime(&milliseconds, m_marks[0], m_marks[1]), "taking the time");
    return milliseconds * 1e-3;
}

}  // namespace axp::cuda
