// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ucontext.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "backends/cuda/imma.h"

namespace axp::cuda {

/// A block whose threads are fibers: each runs the kernel from its beginning and stops only where the kernel waits. Some warps run ahead
/// of others as far as barriers let them, as on a device, so a missing barrier shows as wrong numbers. (HostBlock runs phase by
/// phase, which is faster and sees dependences inside a phase only.)
class FiberBlock {
public:
    template <class T>
    struct Registers {
        T value{};
        T& operator[](int) { return value; }
    };

    FiberBlock(std::int64_t index, std::int64_t count, int threads, std::size_t sharedBytes, unsigned seed)
        : m_index(index), m_count(count), m_random(seed), m_shared(sharedBytes + 16), m_fibers(static_cast<std::size_t>(threads)),
          m_fragments(static_cast<std::size_t>(threads)) {
        for (auto& byte : m_shared) byte = static_cast<unsigned char>(m_random());
        for (std::size_t first = 0; first < m_fibers.size(); first += 32) m_warpOrder.push_back(first);
    }

    std::int64_t index() const { return m_index; }
    std::int64_t count() const { return m_count; }
    int threads() const { return static_cast<int>(m_fibers.size()); }
    unsigned char* shared() { return m_shared.data() + (16 - reinterpret_cast<std::uintptr_t>(m_shared.data()) % 16) % 16; }
    template <class T>
    Registers<T> registers() const {
        return {};
    }
    template <class Phase>
    void each(Phase&& phase) {
        phase(m_current);
        barrier();
    }
    template <class Phase>
    void eachFree(Phase&& phase) {
        phase(m_current);
    }
    void barrier() { wait(State::AtBarrier); }
    template <int MT, int NT>
    void multiply(Registers<Fragments<MT, NT>>& fragments) {
        m_fragments[static_cast<std::size_t>(m_current)] = &fragments.value;
        wait(State::AtWarp);
        if (m_current % 32 == 0) multiplyWarp<MT, NT>(static_cast<std::size_t>(m_current));
        wait(State::AtWarp);
    }

    /// Runs body(*this) in every thread.
    void run(const std::function<void(FiberBlock&)>& body) {
        m_body = &body;
        for (auto& fiber : m_fibers) start(fiber);
        while (resumeOne()) {}
    }

private:
    enum class State { Ready, AtBarrier, AtWarp, Done };
    struct Fiber {
        ucontext_t context{};
        std::unique_ptr<char[]> stack;
        State state = State::Ready;
    };
    static constexpr std::size_t kStackBytes = 64 * 1024;

    static FiberBlock*& running() {
        static FiberBlock* block = nullptr;
        return block;
    }
    static void enter() {
        FiberBlock& block = *running();
        (*block.m_body)(block);
        block.wait(State::Done);
    }
    void start(Fiber& fiber) {
        fiber.stack = std::make_unique<char[]>(kStackBytes);
        getcontext(&fiber.context);
        fiber.context.uc_stack.ss_sp = fiber.stack.get();
        fiber.context.uc_stack.ss_size = kStackBytes;
        fiber.context.uc_link = nullptr;
        makecontext(&fiber.context, &FiberBlock::enter, 0);
    }
    void wait(State state) {
        Fiber& fiber = m_fibers[static_cast<std::size_t>(m_current)];
        fiber.state = state;
        swapcontext(&fiber.context, &m_scheduler);
    }
    /// Lets one warp go on, the first that can in an order that changes at barriers only: so warps get as far ahead of others as
    /// the kernel allows. False when all threads are done.
    bool resumeOne() {
        for (int pass = 0; pass < 2; ++pass) {
            for (const std::size_t first : m_warpOrder)
                if (resumeWarp(first)) return true;
            release();
        }
        return false;
    }
    bool resumeWarp(std::size_t first) {
        std::vector<std::size_t> ready;
        for (std::size_t i = first; i < first + 32 && i < m_fibers.size(); ++i)
            if (m_fibers[i].state == State::Ready) ready.push_back(i);
        std::shuffle(ready.begin(), ready.end(), m_random);
        for (const std::size_t thread : ready) {
            m_current = static_cast<int>(thread);
            running() = this;
            swapcontext(&m_scheduler, &m_fibers[thread].context);
        }
        releaseWarp(first);
        return !ready.empty();
    }
    /// Once nothing can run: all threads are at the barrier, or done.
    void release() {
        std::size_t waiting = 0, done = 0;
        for (const auto& fiber : m_fibers) {
            waiting += fiber.state == State::AtBarrier;
            done += fiber.state == State::Done;
        }
        if (done == m_fibers.size()) return;
        if (waiting != m_fibers.size()) {
            std::fprintf(stderr, "a barrier is not reached by all threads of a block\n");
            std::abort();
        }
        for (auto& fiber : m_fibers) fiber.state = State::Ready;
        std::shuffle(m_warpOrder.begin(), m_warpOrder.end(), m_random);
    }
    void releaseWarp(std::size_t first) {
        for (std::size_t i = first; i < first + 32 && i < m_fibers.size(); ++i)
            if (m_fibers[i].state != State::AtWarp) return;
        for (std::size_t i = first; i < first + 32 && i < m_fibers.size(); ++i) m_fibers[i].state = State::Ready;
    }
    template <int MT, int NT>
    void multiplyWarp(std::size_t first) {
        using Part = Fragments<MT, NT>;
        std::vector<Part> warp;
        for (std::size_t i = first; i < first + 32; ++i) warp.push_back(*static_cast<Part*>(m_fragments[i]));
        for (int i = 0; i < MT; ++i)
            for (int j = 0; j < NT; ++j) immaOnHost(warp.data(), i, j);
        for (std::size_t i = 0; i < 32; ++i) *static_cast<Part*>(m_fragments[first + i]) = warp[i];
    }

    std::int64_t m_index, m_count;
    std::mt19937 m_random;
    std::vector<unsigned char> m_shared;
    std::vector<Fiber> m_fibers;
    std::vector<void*> m_fragments;
    std::vector<std::size_t> m_warpOrder;  ///< first threads
    ucontext_t m_scheduler{};
    int m_current = 0;
    const std::function<void(FiberBlock&)>* m_body = nullptr;
};

}  // namespace axp::cuda
