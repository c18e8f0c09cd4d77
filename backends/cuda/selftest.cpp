// SPDX-License-Identifier: GPL-3.0-or-later
// axp_cuda_selftest [cases [seed]]: every kernel of the CUDA backend on this machine's GPU against plain loops on the host, bit for bit:
// random shapes, odd sizes, operand extremes, all strategies. Exit code 0: no difference; 1: differences or errors; 77: no device.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "backends/cuda/cases.h"
#include "backends/cuda/device.h"
#include "backends/cuda/memory.h"
#include "backends/cuda/plan.h"
#include "backends/cuda/step_cases.h"
#include "backends/cuda/step_launch.h"

using namespace axp;
using namespace axp::cuda;

namespace {

struct Way {
    const char* name;
    Strategy strategy;
    GemmChoice choice;
};
constexpr Way kWays[] = {{"factorised, library or tiles", Strategy::Factorised, GemmChoice::Auto},
                         {"factorised, tiles", Strategy::Factorised, GemmChoice::Tiles},
                         {"table", Strategy::Table, GemmChoice::Auto},
                         {"reference", Strategy::Reference, GemmChoice::Auto}};

/// One ACU on the device, with what its layers need.
struct Subject {
    Device& device;
    Stream& stream;
    const NamedTable& table;
    DeviceAcuPtr acu;
};

template <class T>
Result<std::unique_ptr<Buffer>> place(Subject& s, const std::vector<T>& values) {
    AXP_TRY(auto buffer, s.device.allocate(static_cast<std::int64_t>(values.size() * sizeof(T))));
    AXP_CHECK(s.stream.upload(buffer->data(), values.data(), static_cast<std::int64_t>(values.size() * sizeof(T))));
    return buffer;
}

/// Downloads and compares.
template <class T>
Result<void> compare(Subject& s, const char* what, const Buffer& buffer, const std::vector<T>& wanted) {
    std::vector<T> got(wanted.size());
    AXP_CHECK(s.stream.download(got.data(), buffer.data(), static_cast<std::int64_t>(got.size() * sizeof(T))));
    const std::string problem = firstDifference(what, got, wanted);
    return problem.empty() ? Result<void>() : Result<void>(failure(problem));
}

Result<void> testConv(Subject& s, const ConvCase& c, Random& random) {
    const ConvData data = makeData(s.table.table, c, random);
    AXP_TRY(const auto layer, s.device.makeLayer(s.acu, c.geometry, std::vector<std::int16_t>(data.weights.begin(), data.weights.end()).data(), c.padThrough));
    AXP_TRY(const auto x, place(s, data.x));
    AXP_TRY(const auto scale, place(s, data.scale));
    AXP_TRY(const auto bias, place(s, data.bias));
    // Results begin as numbers that no kernel writes.
    AXP_TRY(const auto acc, place(s, std::vector<std::int32_t>(data.acc.size(), 0x5bad5bad)));
    AXP_TRY(const auto y, place(s, std::vector<float>(data.y.size(), -7e30f)));
    AXP_CHECK(layer->forward(s.stream, x->as<float>(), c.batch, c.in, data.quantizer, scale->as<float>(), bias->as<float>(), y->as<float>(),
                             acc->as<std::int32_t>()));
    AXP_CHECK(compare(s, "acc", *acc, data.acc));
    return compare(s, "y", *y, data.y);
}

Result<void> testProduct(Subject& s, const ProductCase& c, Random& random) {
    const ProductData data = makeData(s.table.table, c, random);
    AXP_TRY(const auto a, place(s, data.a));
    AXP_TRY(const auto b, place(s, data.b));
    AXP_TRY(const auto acc, place(s, std::vector<std::int32_t>(data.acc.size(), 0x5bad5bad)));
    AXP_TRY(const auto y, place(s, std::vector<float>(data.y.size(), 0.0f)));
    BatchedProduct product;
    product.batches = c.batches;
    product.m = c.m;
    product.k = c.k;
    product.n = c.n;
    product.a = a->as<float>();
    product.aOffsets = c.aOffsets.data();
    product.aRow = c.aRow;
    product.aColumn = c.aColumn;
    product.b = b->as<float>();
    product.bOffsets = c.bOffsets.data();
    product.bRow = c.bRow;
    product.bColumn = c.bColumn;
    product.quantA = data.quantA;
    product.quantB = data.quantB;
    product.scale = data.scale;
    product.y = y->as<float>();
    product.yOffsets = c.yOffsets.data();
    product.yRow = c.yRow;
    product.acc = acc->as<std::int32_t>();
    AXP_CHECK(s.device.multiply(s.stream, *s.acu, product));
    AXP_CHECK(compare(s, "acc", *acc, data.acc));
    return compare(s, "y", *y, data.y);
}

Result<void> testOrdered(Device& device, Stream& stream, const NamedMultiplier& named, const DeviceAcuPtr& acu, const ConvCase& c, Random& random) {
    const OrderedData data = makeOrderedData(named.multiplier, c, random);
    const NamedTable none;
    Subject s{device, stream, none, acu};
    AXP_TRY(const auto layer, device.makeLayer(acu, c.geometry, data.weights.data(), c.padThrough));
    AXP_TRY(const auto x, place(s, data.x));
    AXP_TRY(const auto scale, place(s, data.scale));
    AXP_TRY(const auto bias, place(s, data.bias));
    AXP_TRY(const auto acc, place(s, std::vector<std::int64_t>(data.acc.size(), 0x5bad5bad)));
    AXP_TRY(const auto y, place(s, std::vector<float>(data.y.size(), -7e30f)));
    const DeviceSums sums = layer->wideSums() ? DeviceSums(acc->as<std::int64_t>()) : DeviceSums(acc->as<std::int32_t>());
    AXP_CHECK(layer->forward(stream, x->as<float>(), c.batch, c.in, data.quantizer, scale->as<float>(), bias->as<float>(), y->as<float>(), sums));
    AXP_CHECK(compare(s, "y", *y, data.y));
    if (layer->wideSums()) return compare(s, "acc", *acc, data.acc);
    return compare(s, "acc", *acc, std::vector<std::int32_t>(data.acc.begin(), data.acc.end()));
}

/// On the device and on an emulated grid: all bits, or all but the last ones where the platform's functions differ.
Result<void> testStep(Device& device, Stream& stream, const StepCase& c) {
    const NamedTable none;
    Subject s{device, stream, none, nullptr};
    std::unique_ptr<Buffer> in[3];
    const float* places[3] = {};
    for (int i = 0; i < 3; ++i) {
        AXP_TRY(in[i], place(s, c.in[i]));
        places[i] = in[i]->as<float>();
    }
    AXP_TRY(const auto out, place(s, std::vector<float>(static_cast<std::size_t>(c.outputs), 0.0f)));
    const LaunchLimits limits{device.info().multiprocessors, device.info().sharedBytes};
    AXP_CUDA(launchStep(placed(c, places, out->as<float>()), limits, StreamImpl::of(stream).handle()), "computing a step");
    const std::vector<float> wanted = stepOnHost(c, 2, 1);
    if (c.exact) return compare(s, "y", *out, wanted);
    std::vector<float> got(wanted.size());
    AXP_CHECK(stream.download(got.data(), out->data(), static_cast<std::int64_t>(got.size() * sizeof(float))));
    for (std::size_t i = 0; i < got.size(); ++i)
        if (!(std::fabs(got[i] - wanted[i]) <= 4e-6f * std::fabs(wanted[i]) + 4e-6f))
            return failure("y[" + std::to_string(i) + "] is " + std::to_string(got[i]) + " instead of " + std::to_string(wanted[i]));
    return {};
}

struct Tally {
    int passed = 0, failed = 0;
};

void record(Tally& tally, const Result<void>& result, const Subject& s, const char* way, const std::string& what) {
    if (result.ok()) {
        ++tally.passed;
        return;
    }
    ++tally.failed;
    if (tally.failed <= 3) std::printf("FAILED %s, %s, %s: %s\n", s.table.name.c_str(), way, what.c_str(), result.error().text().c_str());
}

std::int64_t depthOf(const ConvCase& c) {
    const ConvGeometry& g = c.geometry;
    return g.inChannels / g.groups * g.kernel[0] * g.kernel[1] * g.kernel[2];
}

void testSubject(Subject& s, const char* way, int cases, std::uint64_t seed, std::map<std::string, Tally>& tallies) {
    Random random(seed);
    const auto conv = [&](const char* kind, const ConvCase& c) {
        if (depthOf(c) <= depthLimit(s.table.table)) record(tallies[std::string(way) + ": " + kind], testConv(s, c, random), s, way, describe(c));
    };
    for (int i = 0; i < cases; ++i) {
        conv("linear", linearCase(pick(random, 1, 300), pick(random, 1, 300), pick(random, 1, 300)));
        conv("convolution", randomConv(random));
        const ProductCase c = randomProduct(random, 150);
        if (c.k <= depthLimit(s.table.table)) record(tallies[std::string(way) + ": matrix products"], testProduct(s, c, random), s, way, describe(c));
    }
    for (const std::int64_t m : {127, 128, 129})
        for (const std::int64_t n : {1, 63, 64, 65, 128, 129})
            for (const std::int64_t k : {1, 15, 16, 17, 63, 64, 65, 128}) conv("sizes around tiles", linearCase(m, k, n));
}

int run(int cases, std::uint64_t seed) {
    auto opened = openDevice();
    if (!opened.ok()) {
        std::printf("%s\n", opened.error().text().c_str());
        return opened.error().what.rfind("no CUDA device", 0) == 0 ? 77 : 1;
    }
    Device& device = **opened;
    const DeviceInfo& info = device.info();
    std::printf("%s, capability %d.%d, %d multiprocessors, %.1f GB, driver for CUDA %s\n", info.name.c_str(), info.major, info.minor,
                info.multiprocessors, static_cast<double>(info.memoryBytes) * 1e-9, info.driver.c_str());
    auto stream = device.makeStream();
    if (!stream.ok()) return std::printf("%s\n", stream.error().text().c_str()), 1;
    std::map<std::string, Tally> tallies;
    for (const NamedTable& table : caseTables())
        for (const Way& way : kWays) {
            auto acu = device.makeAcu(table.table, way.strategy, way.choice);
            // Factors that do not exist are no fault; everything else is.
            if (!acu.ok() && way.strategy == Strategy::Factorised && !makeTermOperands(table.table).ok()) continue;
            Subject subject{device, **stream, table, acu.ok() ? *acu : nullptr};
            record(tallies["all products at load"], acu.ok() ? Result<void>() : Result<void>(acu.error()), subject, way.name, "load");
            if (acu.ok()) testSubject(subject, way.name, cases, seed, tallies);
        }
    for (const NamedMultiplier& named : caseMultipliers()) {
        auto acu = device.makeAcu(named.multiplier);
        const NamedTable table{named.name, {}};
        const Subject subject{device, **stream, table, nullptr};
        record(tallies["wide and ordered: load"], acu.ok() ? Result<void>() : Result<void>(acu.error()), subject, "ordered", "load");
        Random random(seed);
        for (int i = 0; acu.ok() && i < 2 * cases; ++i) {
            const ConvCase c = i % 2 == 0 ? randomConv(random) : randomTransposed(random);
            record(tallies["wide and ordered: layers"], testOrdered(device, **stream, named, *acu, c, random), subject, "ordered", describe(c));
        }
    }
    Random random(seed);
    for (int i = 0; i < cases; ++i)
        for (const StepCase& c : stepCases(random)) {
            const NamedTable table{c.name, {}};
            record(tallies["between the layers"], testStep(device, **stream, c), Subject{device, **stream, table, nullptr}, "step", "case " + std::to_string(i));
        }
    int failed = 0;
    for (const auto& [name, tally] : tallies) {
        std::printf("%-48s %6d passed %6d failed\n", name.c_str(), tally.passed, tally.failed);
        failed += tally.failed;
    }
    std::printf(failed ? "FAILED\n" : "no difference\n");
    return failed ? 1 : 0;
}

}  // namespace

int main(int count, char** arguments) {
    const int cases = count > 1 ? std::atoi(arguments[1]) : 20;
    const std::uint64_t seed = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1;
    if (cases < 1) return std::fprintf(stderr, "usage: axp_cuda_selftest [cases [seed]]\n"), 2;
    return run(cases, seed);
}
