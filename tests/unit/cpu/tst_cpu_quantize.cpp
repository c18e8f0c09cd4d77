// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>

#include "backends/cpu/isa.h"
#include "backends/reference/reference.h"

using namespace axp;

namespace {

std::vector<float> awkwardFloats() {
    constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
    constexpr float tiny = std::numeric_limits<float>::denorm_min(), huge = std::numeric_limits<float>::max();
    std::vector<float> values{0.0f, -0.0f, inf, -inf, nan, -nan, tiny, -tiny, huge, -huge, 2147483647.0f, 2147483648.0f, -2147483648.0f,
                              4.3e9f, 1e20f, -1e20f, 8388608.5f, 12582912.0f, 16777216.0f, 1e-38f, 1e-40f};
    for (int i = -260; i <= 260; ++i) {
        const float tie = static_cast<float>(i) * 0.5f;
        values.insert(values.end(), {tie, std::nextafter(tie, inf), std::nextafter(tie, -inf), tie * 0.1f, tie * 0.037f});
    }
    std::mt19937 random(3);
    for (int i = 0; i < 20000; ++i) {
        const auto bits = static_cast<std::uint32_t>(random());
        float value;
        std::memcpy(&value, &bits, 4);
        values.push_back(value);
    }
    return values;
}

}  // namespace

class TestCpuQuantize : public QObject {
    Q_OBJECT

private slots:
    void ties() {
        const float x[] = {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 126.5f, 127.5f, 1000.0f, -1000.0f, 0.49999997f, std::nanf("")};
        const int wanted[] = {0, 2, 2, 0, -2, -2, 126, 127, 127, -127, 0, 0};
        for (const Isa isa : cpu::availableIsas()) {
            std::int8_t codes[12];
            cpu::kernelSet(isa).quantize(x, 12, 1.0f, -127, 127, codes);
            for (int i = 0; i < 12; ++i) QCOMPARE(static_cast<int>(codes[i]), wanted[i]);
        }
    }

    void division() {
        // 3.5 * 0.1f / 0.1f is 3.5 by division; multiplying by the reciprocal gives another quotient for some of these.
        int differing = 0;
        for (int i = 1; i < 4000; ++i) {
            const float scale = static_cast<float>(i) * 1.7e-4f, x = scale * 3.5f;
            std::int8_t codes[1];
            for (const Isa isa : cpu::availableIsas()) {
                cpu::kernelSet(isa).quantize(&x, 1, scale, -127, 127, codes);
                QCOMPARE(static_cast<int>(codes[0]), static_cast<int>(referenceQuantize(x, scale, -127, 127)));
            }
            const float reciprocal = x * (1.0f / scale);
            differing += std::nearbyint(reciprocal) != static_cast<float>(codes[0]);
        }
        QVERIFY(differing > 0);
    }

    void equalOnAllIsas() {
        const auto values = awkwardFloats();
        const auto count = static_cast<std::int64_t>(values.size());
        std::vector<std::int8_t> codes(values.size());
        std::vector<std::int16_t> wideCodes(values.size());
        for (const float scale : {1.0f, 0.1f, 0.037f, 3.0f, 1e-30f, 1e30f, 1e-42f})
            for (const auto& [lo, hi] : {std::pair{-127, 127}, {-128, 127}, {-7, 7}, {0, 127}, {-1, 1}})
                for (const Isa isa : cpu::availableIsas()) {
                    cpu::kernelSet(isa).quantize(values.data(), count, scale, lo, hi, codes.data());
                    cpu::kernelSet(isa, true).quantize(values.data(), count, scale, lo, hi, wideCodes.data());
                    QVERIFY(std::equal(codes.begin(), codes.end(), wideCodes.begin()));
                    for (std::size_t i = 0; i < values.size(); ++i)
                        if (codes[i] != referenceQuantize(values[i], scale, lo, hi))
                            QFAIL(qPrintable(QString("%1: %2 / %3 gives %4").arg(isaName(isa)).arg(double(values[i])).arg(double(scale)).arg(codes[i])));
                }
    }

    void wideOnAllIsas() {
        const auto values = awkwardFloats();
        const auto count = static_cast<std::int64_t>(values.size());
        std::vector<std::int16_t> codes(values.size());
        for (const float scale : {1.0f, 0.1f, 0.0037f, 3.0f, 1e-30f, 1e30f})
            for (const auto& [lo, hi] : {std::pair{-2047, 2047}, {-32767, 32767}, {-32768, 32767}, {-300, 65235}, {0, 65535}, {-65535, 0}, {-17, 238}})
                for (const Isa isa : cpu::availableIsas()) {
                    cpu::kernelSet(isa, true).quantize(values.data(), count, scale, lo, hi, codes.data());
                    for (std::size_t i = 0; i < values.size(); ++i)
                        if (codes[i] != referenceQuantize(values[i], scale, lo, hi))
                            QFAIL(qPrintable(QString("%1: %2 / %3 gives %4").arg(isaName(isa)).arg(double(values[i])).arg(double(scale)).arg(codes[i])));
                }
    }

    void everyLength() {
        const auto values = awkwardFloats();
        for (const Isa isa : cpu::availableIsas())
            for (std::int64_t n = 0; n <= 200; ++n) {
                std::vector<std::int8_t> codes(static_cast<std::size_t>(n) + 1, 99);
                cpu::kernelSet(isa).quantize(values.data() + 7, n, 0.3f, -127, 127, codes.data());
                for (std::int64_t i = 0; i < n; ++i)
                    QCOMPARE(static_cast<int>(codes[static_cast<std::size_t>(i)]), static_cast<int>(referenceQuantize(values[static_cast<std::size_t>(i) + 7], 0.3f, -127, 127)));
                QCOMPARE(codes.back(), std::int8_t{99});
            }
    }

    void publicFunction() {
        const float x[] = {0.26f, -0.26f, 5.0f};
        std::int16_t codes[3];
        quantizeCodes(x, 3, {0.1f, -7, 7}, codes);
        QCOMPARE(static_cast<int>(codes[0]), 3);
        QCOMPARE(static_cast<int>(codes[1]), -3);
        QCOMPARE(static_cast<int>(codes[2]), 7);
    }

    // CTest runs this with AXP_ISA set to each value.
    void override() {
        const char* wish = std::getenv("AXP_ISA");
        QCOMPARE(activeIsa(), cpu::chooseIsa(wish, cpu::detectedIsa(), nullptr));
        if (wish != nullptr && std::string(wish) == "scalar") QCOMPARE(activeIsa(), Isa::Scalar);
        if (wish != nullptr && std::string(wish) == "avx2") QVERIFY(activeIsa() <= Isa::Avx2);
        if (wish != nullptr && std::string(wish) == "nonsense") QCOMPARE(activeIsa(), cpu::detectedIsa());
    }

    void overrideRules() {
        std::string complaint;
        QCOMPARE(cpu::chooseIsa("scalar", Isa::Avx512Vnni, &complaint), Isa::Scalar);
        QCOMPARE(cpu::chooseIsa("avx2", Isa::Avx512Vnni, &complaint), Isa::Avx2);
        QCOMPARE(cpu::chooseIsa(nullptr, Isa::Avx2, &complaint), Isa::Avx2);
        QVERIFY(complaint.empty());
        QCOMPARE(cpu::chooseIsa("avx512", Isa::Avx2, &complaint), Isa::Avx2);
        QVERIFY(complaint.find("avx512") != std::string::npos);
        complaint.clear();
        QCOMPARE(cpu::chooseIsa("sse9", Isa::Avx2, &complaint), Isa::Avx2);
        QVERIFY(complaint.find("sse9") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestCpuQuantize)
#include "tst_cpu_quantize.moc"
