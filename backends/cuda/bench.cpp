// SPDX-License-Identifier: GPL-3.0-or-later
// axp_cuda_bench [--json] [--repetitions N]: times of layers as ViT-S and ResNet50 have them, with multipliers of rank 1, 3 and 5 (tensor
// cores) and a table of full rank (look-ups). Times are medians on the device's clock, from floats in device memory to floats in
// device memory: quantization and expansion count. Exit code 77 when there is no device.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "backends/cuda/cases.h"
#include "backends/cuda/device.h"

using namespace axp;
using namespace axp::cuda;

namespace {

struct Shape {
    std::string name;
    std::int64_t batch, inChannels, outChannels, size, kernel, stride, groups;  ///< layers: square images (size 1: rows in batch)
    std::int64_t tokens, width, heads;                                          ///< attention: batch x heads products
    bool scores;                                                                ///< Q K^T, else A V

    bool isAttention() const { return heads > 0; }
    double macs() const {
        if (isAttention()) return static_cast<double>(batch * heads * tokens * tokens * width);
        const std::int64_t out = (size + 2 * (kernel / 2) - kernel) / stride + 1;
        return static_cast<double>(batch * out * out * outChannels) * static_cast<double>(inChannels / groups * kernel * kernel);
    }
};

Shape layer(const char* name, std::int64_t batch, std::int64_t in, std::int64_t out, std::int64_t size, std::int64_t kernel, std::int64_t stride = 1,
            std::int64_t groups = 1) {
    return {name, batch, in, out, size, kernel, stride, groups, 0, 0, 0, false};
}

std::vector<Shape> shapes() {
    constexpr std::int64_t images = 64, tokens = 197;
    return {layer("ViT-S qkv", images * tokens, 384, 1152, 1, 1),
            layer("ViT-S projection", images * tokens, 384, 384, 1, 1),
            layer("ViT-S mlp in", images * tokens, 384, 1536, 1, 1),
            layer("ViT-S mlp out", images * tokens, 1536, 384, 1, 1),
            {"ViT-S scores", images, 0, 0, 0, 0, 1, 1, tokens, 64, 6, true},
            {"ViT-S values", images, 0, 0, 0, 0, 1, 1, tokens, 64, 6, false},
            layer("ResNet50 7x7/2, 3 to 64", images, 3, 64, 224, 7, 2),
            layer("ResNet50 1x1, 64 to 256 at 56", images, 64, 256, 56, 1),
            layer("ResNet50 3x3, 64 at 56", images, 64, 64, 56, 3),
            layer("ResNet50 3x3, 128 at 28", images, 128, 128, 28, 3),
            layer("ResNet50 3x3, 256 at 14", images, 256, 256, 14, 3),
            layer("ResNet50 3x3, 512 at 7", images, 512, 512, 7, 3),
            layer("ResNet50 1x1, 1024 to 512 at 14", images, 1024, 512, 14, 1),
            layer("3x3 depthwise, 256 at 28", images, 256, 256, 28, 3, 1, 256),
            layer("GEMM 4096 x 4096 x 4096", 4096, 4096, 4096, 1, 1)};
}

struct Timing {
    std::string shape, table, strategy;
    int rank = 0, terms = 0;
    double seconds = 0, macs = 0;

    double macsPerSecond() const { return macs / seconds; }
    /// Share of the int8 peak that the expanded product uses, 0 when unknown or not on tensor cores.
    double share(double peakTops) const { return peakTops > 0 && terms > 0 ? 2e-12 * macsPerSecond() * terms / peakTops : 0; }
};

std::vector<float> operands(std::int64_t count) {
    Random random(9);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (auto& value : values) value = static_cast<float>(pick(random, -127, 127));
    return values;
}

Result<std::unique_ptr<Buffer>> place(Device& device, Stream& stream, const std::vector<float>& values) {
    AXP_TRY(auto buffer, device.allocate(static_cast<std::int64_t>(values.size() * 4)));
    AXP_CHECK(stream.upload(buffer->data(), values.data(), static_cast<std::int64_t>(values.size() * 4)));
    return buffer;
}

/// Median of `repetitions` runs after two that warm up.
template <class Work>
Result<double> median(Stream& stream, int repetitions, const Work& work) {
    std::vector<double> times;
    for (int i = -2; i < repetitions; ++i) {
        AXP_CHECK(stream.mark(0));
        AXP_CHECK(work());
        AXP_CHECK(stream.mark(1));
        AXP_TRY(const double seconds, stream.seconds());
        if (i >= 0) times.push_back(seconds);
    }
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
    return times[times.size() / 2];
}

Result<double> timeLayer(Device& device, Stream& stream, const DeviceAcuPtr& acu, const Shape& s, int repetitions) {
    ConvGeometry g;
    g.groups = s.groups;
    g.inChannels = s.inChannels;
    g.outChannels = s.outChannels;
    g.kernel = {1, s.kernel, s.kernel};
    g.stride = {1, s.stride, s.stride};
    g.padBegin = g.padEnd = {0, s.kernel / 2, s.kernel / 2};
    std::vector<std::int16_t> weights(static_cast<std::size_t>(s.outChannels * (s.inChannels / s.groups) * s.kernel * s.kernel));
    Random random(8);
    for (auto& weight : weights) weight = static_cast<std::int16_t>(pick(random, -127, 127));
    AXP_TRY(const auto made, device.makeLayer(acu, g, weights.data(), true));
    AXP_TRY(const auto x, place(device, stream, operands(s.batch * s.size * s.size * s.inChannels)));
    AXP_TRY(const auto scale, place(device, stream, std::vector<float>(static_cast<std::size_t>(s.outChannels), 0.01f)));
    const std::int64_t out = (s.size + 2 * (s.kernel / 2) - s.kernel) / s.stride + 1;
    AXP_TRY(const auto y, device.allocate(s.batch * out * out * s.outChannels * 4));
    return median(stream, repetitions, [&] {
        return made->forward(stream, x->as<float>(), s.batch, {1, s.size, s.size}, {1.0f, -127, 127}, scale->as<float>(), nullptr, y->as<float>(),
                             nullptr);
    });
}

Result<double> timeAttention(Device& device, Stream& stream, const DeviceAcuPtr& acu, const Shape& s, int repetitions) {
    const std::int64_t products = s.batch * s.heads, k = s.scores ? s.width : s.tokens, n = s.scores ? s.tokens : s.width;
    std::vector<std::int64_t> aOffsets, bOffsets, yOffsets;
    for (std::int64_t i = 0; i < products; ++i) {
        aOffsets.push_back(i * s.tokens * k);
        bOffsets.push_back(i * k * n);
        yOffsets.push_back(i * s.tokens * n);
    }
    AXP_TRY(const auto a, place(device, stream, operands(products * s.tokens * k)));
    AXP_TRY(const auto b, place(device, stream, operands(products * k * n)));
    AXP_TRY(const auto y, device.allocate(products * s.tokens * n * 4));
    BatchedProduct p;
    p.batches = products;
    p.m = s.tokens;
    p.k = k;
    p.n = n;
    p.a = a->as<float>();
    p.aOffsets = aOffsets.data();
    p.aRow = k;
    p.b = b->as<float>();
    p.bOffsets = bOffsets.data();
    p.bRow = s.scores ? 1 : n;
    p.bColumn = s.scores ? k : 1;
    p.quantA = p.quantB = {1.0f, -127, 127};
    p.y = y->as<float>();
    p.yOffsets = yOffsets.data();
    p.yRow = n;
    return median(stream, repetitions, [&] { return device.multiply(stream, *acu, p); });
}

Result<std::vector<Timing>> measure(Device& device, int repetitions) {
    AXP_TRY(const auto stream, device.makeStream());
    std::vector<Timing> timings;
    for (const NamedTable& table : caseTables()) {
        if (table.name != "rank 1" && table.name != "rank 3" && table.name != "rank 5" && table.name != "random int16") continue;
        AXP_TRY(const DeviceAcuPtr acu, device.makeAcu(table.table));
        for (const Shape& s : shapes()) {
            Timing timing{s.name,
                          table.name == "random int16" ? "full rank" : table.name,
                          acu->strategy() == Strategy::Factorised ? "factorised" : "table",
                          acu->rank(),
                          s.groups > 1 && s.inChannels == s.groups ? 0 : acu->terms(),
                          0,
                          s.macs()};
            AXP_TRY(timing.seconds,
                    s.isAttention() ? timeAttention(device, *stream, acu, s, repetitions) : timeLayer(device, *stream, acu, s, repetitions));
            std::fprintf(stderr, "%s, %s: %.3f ms\n", timing.shape.c_str(), timing.table.c_str(), timing.seconds * 1e3);
            timings.push_back(std::move(timing));
        }
    }
    return timings;
}

void printTable(const DeviceInfo& info, const std::vector<Timing>& timings) {
    std::printf("%s, capability %d.%d, %d multiprocessors at up to %.2f GHz, int8 peak %.0f TOPS, driver for CUDA %s\n\n", info.name.c_str(),
                info.major, info.minor, info.multiprocessors, info.clockGhz, info.int8PeakTops(), info.driver.c_str());
    std::printf("| layer | multiplier | strategy | terms | ms | 10^12 products/s | of int8 peak |\n| --- | --- | --- | --- | --- | --- | --- |\n");
    for (const Timing& t : timings) {
        const double share = t.share(info.int8PeakTops());
        const std::string percent = share > 0 ? std::to_string(static_cast<int>(100 * share + 0.5)) + " %" : "-";
        std::printf("| %s | %s | %s | %d | %.3f | %.2f | %s |\n", t.shape.c_str(), t.table.c_str(), t.strategy.c_str(), t.terms, t.seconds * 1e3,
                    t.macsPerSecond() * 1e-12, percent.c_str());
    }
}

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + "\"";
}

void printJson(const DeviceInfo& info, const std::vector<Timing>& timings) {
    std::printf(
        "{\"device\": %s, \"capability\": \"%d.%d\", \"multiprocessors\": %d, \"clock_ghz\": %.4g, \"int8_peak_tops\": %.5g, \"driver\": %s, "
        "\"results\": [",
        quoted(info.name).c_str(), info.major, info.minor, info.multiprocessors, info.clockGhz, info.int8PeakTops(), quoted(info.driver).c_str());
    for (std::size_t i = 0; i < timings.size(); ++i) {
        const Timing& t = timings[i];
        std::printf(
            "%s\n  {\"layer\": %s, \"multiplier\": %s, \"strategy\": %s, \"rank\": %d, \"terms\": %d, \"seconds\": %.6g, \"macs\": %.0f, "
            "\"macs_per_second\": %.6g, "
            "\"int8_peak_share\": %.4g}",
            i ? "," : "", quoted(t.shape).c_str(), quoted(t.table).c_str(), quoted(t.strategy).c_str(), t.rank, t.terms, t.seconds, t.macs,
            t.macsPerSecond(), t.share(info.int8PeakTops()));
    }
    std::printf("\n]}\n");
}

int run(bool json, int repetitions) {
    auto device = openDevice();
    if (!device.ok()) {
        std::fprintf(stderr, "%s\n", device.error().text().c_str());
        return device.error().what.rfind("no CUDA device", 0) == 0 ? 77 : 1;
    }
    const auto timings = measure(**device, repetitions);
    if (!timings.ok()) return std::fprintf(stderr, "%s\n", timings.error().text().c_str()), 1;
    json ? printJson((*device)->info(), *timings) : printTable((*device)->info(), *timings);
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    bool json = false;
    int repetitions = 21;
    for (int i = 1; i < count; ++i) {
        const std::string argument = arguments[i];
        if (argument == "--json") json = true;
        else if (argument == "--repetitions" && i + 1 < count) repetitions = std::atoi(arguments[++i]);
        else repetitions = 0;
    }
    if (repetitions < 1) return std::fprintf(stderr, "usage: axp_cuda_bench [--json] [--repetitions N]\n"), 2;
    return run(json, repetitions);
}
