// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdlib>
#include <map>
#include <new>

#include "backends/cpu/mac.h"

namespace axp {

struct Workspace::Buffers {
    struct Buffer {
        void* data = nullptr;
        std::size_t bytes = 0;
    };
    std::map<int, Buffer> slots;
    ~Buffers() {
        for (auto& [slot, buffer] : slots) std::free(buffer.data);
    }
};

Workspace::Workspace() : m_buffers(std::make_unique<Buffers>()) {}
Workspace::~Workspace() = default;

void* Workspace::get(int slot, std::size_t bytes) {
    auto& buffer = m_buffers->slots[slot];
    if (buffer.data != nullptr && buffer.bytes >= bytes) return buffer.data;
    // Growing by a quarter keeps layers of slowly rising size from reallocating each time.
    const std::size_t wanted = std::max<std::size_t>({bytes, buffer.bytes + buffer.bytes / 4, 64});
    const std::size_t rounded = (wanted + 63) / 64 * 64;
    std::free(buffer.data);
    buffer = {};
    buffer.data = std::aligned_alloc(64, rounded);
    if (buffer.data == nullptr) throw std::bad_alloc();
    buffer.bytes = rounded;
    return buffer.data;
}

}  // namespace axp
