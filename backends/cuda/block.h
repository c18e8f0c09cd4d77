// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "backends/cuda/imma.h"

// A kernel body is written in phases: block.each(f) runs f(thread) for every thread of the block and is a barrier afterwards;
// block.eachFree(f) has no barrier and may not write shared memory. What a thread keeps from phase to phase lives in
// block.registers<T>(). On the device a thread runs its own part only; on the host a loop runs all.
namespace axp::cuda {

#if defined(__CUDACC__)

class DeviceBlock {
public:
    template <class T>
    struct Registers {
        T value;
        __device__ __forceinline__ T& operator[](int) { return value; }
    };

    __device__ explicit DeviceBlock(unsigned char* shared) : m_shared(shared) {}
    __device__ __forceinline__ std::int64_t index() const { return blockIdx.x; }
    __device__ __forceinline__ std::int64_t count() const { return gridDim.x; }
    __device__ __forceinline__ int threads() const { return static_cast<int>(blockDim.x); }
    __device__ __forceinline__ unsigned char* shared() { return m_shared; }
    template <class T>
    __device__ __forceinline__ Registers<T> registers() const {
        return {};
    }
    template <class Phase>
    __device__ __forceinline__ void each(Phase&& phase) {
        phase(static_cast<int>(threadIdx.x));
        __syncthreads();
    }
    template <class Phase>
    __device__ __forceinline__ void eachFree(Phase&& phase) {
        phase(static_cast<int>(threadIdx.x));
    }
    __device__ __forceinline__ void barrier() { __syncthreads(); }
    /// acc += a * b over the warp's fragments.
    template <int MT, int NT>
    __device__ __forceinline__ void multiply(Registers<Fragments<MT, NT>>& fragments) {
        AXP_UNROLL
        for (int i = 0; i < MT; ++i)
            AXP_UNROLL
            for (int j = 0; j < NT; ++j) immaOnDevice(fragments.value.acc[i][j], fragments.value.a[i], fragments.value.b[j]);
    }

private:
    unsigned char* m_shared;
};

#else

/// One block of an emulated grid, phase by phase. Within a phase the threads run one after another in an order of their own (`seed`),
/// so that threads of one phase that depend on one another give wrong results. Shared memory begins as noise.
class HostBlock {
public:
    HostBlock(std::int64_t index, std::int64_t count, int threads, std::size_t sharedBytes, unsigned seed)
        : m_index(index), m_count(count), m_order(static_cast<std::size_t>(threads)), m_shared(sharedBytes + 16) {
        std::iota(m_order.begin(), m_order.end(), 0);
        std::mt19937 random(seed);
        std::shuffle(m_order.begin(), m_order.end(), random);
        for (auto& byte : m_shared) byte = static_cast<unsigned char>(random());
    }

    template <class T>
    using Registers = std::vector<T>;

    std::int64_t index() const { return m_index; }
    std::int64_t count() const { return m_count; }
    int threads() const { return static_cast<int>(m_order.size()); }
    unsigned char* shared() {
        return m_shared.data() + (16 - reinterpret_cast<std::uintptr_t>(m_shared.data()) % 16) % 16;
    }
    template <class T>
    Registers<T> registers() const {
        return Registers<T>(m_order.size());
    }
    template <class Phase>
    void each(Phase&& phase) {
        for (const int thread : m_order) phase(thread);
    }
    template <class Phase>
    void eachFree(Phase&& phase) {
        each(phase);
    }
    void barrier() {}
    template <int MT, int NT>
    void multiply(Registers<Fragments<MT, NT>>& fragments) {
        for (std::size_t warp = 0; warp < fragments.size(); warp += 32)
            for (int i = 0; i < MT; ++i)
                for (int j = 0; j < NT; ++j) immaOnHost(fragments.data() + warp, i, j);
    }

private:
    std::int64_t m_index, m_count;
    std::vector<int> m_order;
    std::vector<unsigned char> m_shared;
};

/// Runs a kernel body over the whole grid: body(HostBlock&).
template <class Body>
void runGrid(std::int64_t blocks, int threads, std::size_t sharedBytes, unsigned seed, Body&& body) {
    for (std::int64_t index = 0; index < blocks; ++index) {
        HostBlock block(index, blocks, threads, sharedBytes, seed + static_cast<unsigned>(index));
        body(block);
    }
}

#endif

}  // namespace axp::cuda
