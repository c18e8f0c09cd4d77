// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cuda_runtime_api.h>

#include <memory>
#include <vector>

#include "backends/cuda/device.h"

namespace axp::cuda {

/// A CUDA error as the product's: what was being done, and what the runtime says.
Error cudaProblem(cudaError_t error, const char* doing);

#define AXP_CUDA(call, doing)                                                                                               \
    do {                                                                                                                    \
        if (const cudaError_t axpError = (call); axpError != cudaSuccess) return ::axp::cuda::cudaProblem(axpError, doing); \
    } while (false)

/// Plain device memory.
class DeviceMemory final : public Buffer {
public:
    static Result<std::unique_ptr<DeviceMemory>> allocate(std::int64_t bytes);
    ~DeviceMemory() override;
    DeviceMemory(const DeviceMemory&) = delete;
    DeviceMemory& operator=(const DeviceMemory&) = delete;
    void* data() const override { return m_data; }
    std::int64_t bytes() const override { return m_bytes; }

private:
    DeviceMemory(void* data, std::int64_t bytes) : m_data(data), m_bytes(bytes) {}
    void* m_data;
    std::int64_t m_bytes;
};

/// A host array on the device, complete on return.
template <class T>
Result<std::unique_ptr<DeviceMemory>> onDevice(const std::vector<T>& values) {
    AXP_TRY(auto memory, DeviceMemory::allocate(static_cast<std::int64_t>(values.size() * sizeof(T))));
    if (!values.empty())
        AXP_CUDA(cudaMemcpy(memory->data(), values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice), "copying to the device");
    // The copy may still be on its way from the driver's own memory, and our streams do not wait for the default one.
    AXP_CUDA(cudaStreamSynchronize(nullptr), "copying to the device");
    return memory;
}

/// Scratch memory: plan sizes with add(), reserve once, then take in the same order. Grows only in reserve().
class Arena {
public:
    static constexpr std::int64_t kAlignment = 256;
    /// Starts anew with room for `bytes`. What was taken before may still be in use by earlier work in the same stream.
    Result<void> reserve(std::int64_t bytes, cudaStream_t stream);
    template <class T>
    T* take(std::int64_t count) {
        T* place = reinterpret_cast<T*>(static_cast<unsigned char*>(m_memory->data()) + m_used);
        m_used += sizeFor<T>(count);
        return place;
    }
    template <class T>
    static std::int64_t sizeFor(std::int64_t count) {
        return roundUp(count * static_cast<std::int64_t>(sizeof(T)));
    }

private:
    static std::int64_t roundUp(std::int64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }
    std::unique_ptr<DeviceMemory> m_memory;
    std::int64_t m_used = 0;
};

class StreamImpl final : public Stream {
public:
    static Result<std::unique_ptr<StreamImpl>> create();
    ~StreamImpl() override;
    /// All Streams are of this class.
    static StreamImpl& of(Stream& stream) { return static_cast<StreamImpl&>(stream); }

    Result<void> upload(void* device, const void* host, std::int64_t bytes) override;
    Result<void> download(void* host, const void* device, std::int64_t bytes) override;
    Result<void> finish() override;
    Result<void> mark(int which) override;
    Result<double> seconds() override;

    cudaStream_t handle() const { return m_handle; }
    Arena& arena() { return m_arena; }

private:
    StreamImpl() = default;
    cudaStream_t m_handle = nullptr;
    cudaEvent_t m_marks[2] = {nullptr, nullptr};
    Arena m_arena;
};

}  // namespace axp::cuda
