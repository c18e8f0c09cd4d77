// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QtGlobal>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "backends/emulator/emulator.h"
#include "core/acu/acu.h"
#include "core/base/result.h"

// What tests that run whole networks share.
namespace axp::test {

/// The value, or the end of the program with the error's text.
template <class T>
T must(Result<T> result) {
    if (!result.ok()) qFatal("%s", result.error().text().c_str());
    return std::move(result).value();
}

inline std::vector<float> randomValues(std::int64_t count, std::uint64_t seed, float size) {
    std::mt19937_64 random(seed);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (auto& value : values) value = (static_cast<float>(random() % 2001) / 1000.0F - 1.0F) * size;
    return values;
}

/// A non-commutative table with M(0,0) != 0 and full rank.
inline AcuPtr randomAcu() {
    ProductTable table;
    std::mt19937_64 random(3);
    for (int i = 0; i < 65536; ++i) table.products.push_back(static_cast<std::int32_t>(random() % 65536) - 32768);
    return std::make_shared<const Acu>("random", std::move(table));
}

/// Of a tensor of any integer type.
inline std::vector<std::int64_t> integers(const Tensor& tensor) {
    std::vector<std::int64_t> values;
    const auto take = [&](auto span) { values.assign(span.begin(), span.end()); };
    switch (tensor.dtype()) {
        case DType::I8: take(tensor.as<std::int8_t>()); break;
        case DType::U8: take(tensor.as<std::uint8_t>()); break;
        case DType::I16: take(tensor.as<std::int16_t>()); break;
        case DType::U16: take(tensor.as<std::uint16_t>()); break;
        case DType::I32: take(tensor.as<std::int32_t>()); break;
        case DType::I64: take(tensor.as<std::int64_t>()); break;
        default: qFatal("not integers");
    }
    return values;
}

/// Accumulators recomputed from the ACU itself, independently of kernels and effective tables.
inline std::int64_t wrongAccumulators(const VectorDump& dump, const Acu& acu, const AccumulatorModel& accumulator = {}) {
    const Shape &qa = dump.qa.shape(), &qw = dump.qw.shape(), &acc = dump.acc.shape();
    if (qa.size() != 3 || qw.size() != 3 || acc != Shape{qa[0], qa[1], qw[1]} || qw[2] != qa[2]) return -1;
    const auto a = integers(dump.qa), w = integers(dump.qw), result = integers(dump.acc);
    const bool magnitude = dump.semantics == "sign-magnitude";
    std::int64_t wrong = 0;
    for (std::int64_t b = 0; b < qa[0]; ++b)
        for (std::int64_t m = 0; m < qa[1]; m += 7)
            for (std::int64_t n = 0; n < qw[1]; ++n) {
                std::int64_t sum = 0;
                for (std::int64_t k = 0; k < qa[2]; ++k) {
                    const std::int64_t x = a[static_cast<std::size_t>((b * qa[1] + m) * qa[2] + k)];
                    const std::int64_t y = w[static_cast<std::size_t>(((qw[0] > 1 ? b : 0) * qw[1] + n) * qw[2] + k)];
                    const auto sign = [](std::int64_t v) { return (v > 0) - (v < 0); };
                    sum = accumulator.add(sum, magnitude ? sign(x) * sign(y) * acu.product(std::abs(x), std::abs(y)) : acu.product(x, y));
                }
                wrong += sum != result[static_cast<std::size_t>((b * qa[1] + m) * qw[1] + n)];
            }
    return wrong;
}

}  // namespace axp::test
