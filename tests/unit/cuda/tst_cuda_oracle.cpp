// SPDX-License-Identifier: GPL-3.0-or-later
// What the CUDA kernels are compared with agrees with the product's oracle: rounding, layers and matrix products.
#include <QtTest>
#include <cstring>

#include "backends/cuda/arithmetic.h"
#include "backends/cuda/cases.h"
#include "backends/cuda/plan.h"
#include "backends/reference/reference.h"

using namespace axp;
using namespace axp::cuda;

class TestCudaOracle : public QObject {
    Q_OBJECT

private slots:
    void quantization() {
        Random random(2);
        for (int i = 0; i < 300000; ++i) {
            const auto bits = static_cast<std::uint32_t>(random());
            float x;
            const float scale = i % 3 == 0 ? 1.0f : static_cast<float>(i + 1) * 1.7e-5f;
            std::memcpy(&x, &bits, 4);
            if (i % 2 == 0) x = static_cast<float>(pick(random, -300, 300)) * 0.5f * scale;
            QCOMPARE(quantizeCode(x, {scale, -127, 127}), static_cast<std::int32_t>(referenceQuantize(x, scale, -127, 127)));
            QCOMPARE(quantizeCode(x, {scale, -8, 7}), static_cast<std::int32_t>(referenceQuantize(x, scale, -8, 7)));
        }
    }

    void layers() {
        Random random(5);
        for (const NamedTable& t : caseTables()) {
            const ConvCase c = randomConv(random);
            const ConvGeometry& g = c.geometry;
            const ConvData data = makeData(t.table, c, random);
            for (std::size_t i = 0; i < data.x.size(); ++i)
                QCOMPARE(std::int16_t{data.codes[i]}, referenceQuantize(data.x[i], data.quantizer.scale, data.quantizer.lo, data.quantizer.hi));
            const ReferenceConv conv{c.batch,  g.groups,   g.inChannels, g.outChannels, c.in,         g.kernel,     g.stride,
                                     g.dilation, g.padBegin, g.padEnd,     c.padThrough,  g.transposed, g.outputPadding, {}};
            const std::vector<std::int16_t> codes(data.codes.begin(), data.codes.end()), weights(data.weights.begin(), data.weights.end());
            std::vector<std::int64_t> sums(data.acc.size());
            referenceConv(t.table, conv, codes.data(), weights.data(), sums.data());
            for (std::size_t i = 0; i < sums.size(); ++i) QCOMPARE(data.acc[i], static_cast<std::int32_t>(sums[i]));
        }
    }

    void products() {
        Random random(6);
        for (const NamedTable& t : caseTables()) {
            const ProductCase c = randomProduct(random, 30);
            const ProductData data = makeData(t.table, c, random);
            std::vector<std::int16_t> a(data.a.size()), b(data.b.size());
            for (std::size_t i = 0; i < a.size(); ++i) a[i] = referenceQuantize(data.a[i], data.quantA.scale, data.quantA.lo, data.quantA.hi);
            for (std::size_t i = 0; i < b.size(); ++i) b[i] = referenceQuantize(data.b[i], data.quantB.scale, data.quantB.lo, data.quantB.hi);
            std::vector<std::int64_t> sums(static_cast<std::size_t>(c.m * c.n));
            for (std::size_t i = 0; i < c.aOffsets.size(); ++i) {
                referenceMatMul(t.table, c.m, c.k, c.n, a.data() + c.aOffsets[i], c.aRow, c.aColumn, b.data() + c.bOffsets[i], c.bRow, c.bColumn,
                                sums.data());
                for (std::size_t j = 0; j < sums.size(); ++j) QCOMPARE(data.acc[i * sums.size() + j], static_cast<std::int32_t>(sums[j]));
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestCudaOracle)
#include "tst_cuda_oracle.moc"
