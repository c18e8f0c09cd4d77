// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/image_metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace axp {

namespace {

constexpr double kMostDecibels = 100;
constexpr std::int64_t kWindow = 11;

/// Samples cut into planes that have a range each.
struct Planes {
    const float *outputs = nullptr, *targets = nullptr;
    std::int64_t samples = 0, channels = 1, values = 0;  ///< values of a plane
    std::vector<double> range;                           ///< a channel
    const float* output(std::int64_t sample, std::int64_t channel) const { return outputs + (sample * channels + channel) * values; }
    const float* target(std::int64_t sample, std::int64_t channel) const { return targets + (sample * channels + channel) * values; }
    double sampleError(std::int64_t sample) const {
        double sum = 0;
        for (std::int64_t c = 0; c < channels; ++c) {
            double plane = 0;
            for (std::int64_t i = 0; i < values; ++i) {
                const double error = static_cast<double>(output(sample, c)[i]) - static_cast<double>(target(sample, c)[i]);
                plane += error * error;
            }
            sum += plane / (range[static_cast<std::size_t>(c)] * range[static_cast<std::size_t>(c)]);
        }
        return sum / static_cast<double>(channels * values);
    }
};

Result<Planes> planesOf(const Tensor& outputs, const Tensor& targets, const std::vector<double>& range) {
    const Shape& shape = targets.shape();
    if (outputs.dtype() != DType::F32 || targets.dtype() != DType::F32 || outputs.count() != targets.count() || shape.size() < 2 || targets.count() == 0)
        return failure("outputs of shape " + shapeText(outputs.shape()) + " cannot be compared with targets of shape " + shapeText(shape));
    const bool single = range.size() == 1 || std::adjacent_find(range.begin(), range.end(), std::not_equal_to<>()) == range.end();
    Planes planes{outputs.as<float>().data(), targets.as<float>().data(), shape[0], shape.size() == 4 ? shape[1] : 1, 0, {}};
    if (!single && static_cast<std::int64_t>(range.size()) != planes.channels)
        return badInput("deviations differ by channel, and targets of shape " + shapeText(shape) + " do not have their channels first", "preprocessing",
                        "Give one deviation for all channels, or the layout nchw.");
    planes.range.assign(static_cast<std::size_t>(planes.channels), range.front());
    if (!single) planes.range = range;
    planes.values = targets.count() / (planes.samples * planes.channels);
    return planes;
}

/// Weighted means over all windows of a plane of doubles; separable.
class Blur {
public:
    Blur(std::int64_t height, std::int64_t width) : m_height(height), m_width(width) {
        double sum = 0;
        for (std::int64_t i = 0; i < kWindow; ++i) {
            const double x = static_cast<double>(i - kWindow / 2) / 1.5;
            sum += m_weights[static_cast<std::size_t>(i)] = std::exp(-x * x / 2);
        }
        for (double& weight : m_weights) weight /= sum;
    }
    std::vector<double> of(const std::vector<double>& plane) const {
        const std::int64_t inner = m_width - kWindow + 1, places = m_height - kWindow + 1;
        std::vector<double> rows(static_cast<std::size_t>(m_height * inner)), made(static_cast<std::size_t>(places * inner));
        for (std::int64_t y = 0; y < m_height; ++y)
            for (std::int64_t x = 0; x < inner; ++x) {
                double sum = 0;
                for (std::int64_t i = 0; i < kWindow; ++i) sum += m_weights[static_cast<std::size_t>(i)] * plane[static_cast<std::size_t>(y * m_width + x + i)];
                rows[static_cast<std::size_t>(y * inner + x)] = sum;
            }
        for (std::int64_t y = 0; y < places; ++y)
            for (std::int64_t x = 0; x < inner; ++x) {
                double sum = 0;
                for (std::int64_t i = 0; i < kWindow; ++i) sum += m_weights[static_cast<std::size_t>(i)] * rows[static_cast<std::size_t>((y + i) * inner + x)];
                made[static_cast<std::size_t>(y * inner + x)] = sum;
            }
        return made;
    }

private:
    std::int64_t m_height, m_width;
    std::array<double, kWindow> m_weights{};
};

double planeSsim(const Blur& blur, const float* output, const float* target, std::int64_t values, double range) {
    const auto count = static_cast<std::size_t>(values);
    std::vector<double> x(count), y(count), xx(count), yy(count), xy(count);
    for (std::size_t i = 0; i < count; ++i) {
        x[i] = static_cast<double>(output[i]) / range;
        y[i] = static_cast<double>(target[i]) / range;
        xx[i] = x[i] * x[i];
        yy[i] = y[i] * y[i];
        xy[i] = x[i] * y[i];
    }
    const auto mx = blur.of(x), my = blur.of(y), mxx = blur.of(xx), myy = blur.of(yy), mxy = blur.of(xy);
    constexpr double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
    double sum = 0;
    for (std::size_t i = 0; i < mx.size(); ++i) {
        const double vx = mxx[i] - mx[i] * mx[i], vy = myy[i] - my[i] * my[i], vxy = mxy[i] - mx[i] * my[i];
        sum += (2 * mx[i] * my[i] + c1) * (2 * vxy + c2) / ((mx[i] * mx[i] + my[i] * my[i] + c1) * (vx + vy + c2));
    }
    return sum / static_cast<double>(mx.size());
}

}  // namespace

Result<double> meanSquaredError(const Tensor& outputs, const Tensor& targets, const std::vector<double>& range) {
    AXP_TRY(const Planes planes, planesOf(outputs, targets, range));
    double sum = 0;
    for (std::int64_t i = 0; i < planes.samples; ++i) sum += planes.sampleError(i);
    return sum / static_cast<double>(planes.samples);
}

Result<double> meanPsnr(const Tensor& outputs, const Tensor& targets, const std::vector<double>& range) {
    AXP_TRY(const Planes planes, planesOf(outputs, targets, range));
    double sum = 0;
    for (std::int64_t i = 0; i < planes.samples; ++i) {
        const double error = planes.sampleError(i);
        sum += error <= 1e-10 ? kMostDecibels : -10 * std::log10(error);
    }
    return sum / static_cast<double>(planes.samples);
}

Result<void> checkSsimShape(const Shape& shape) {
    const std::size_t n = shape.size();
    if ((n == 2 || n == 3) && shape[n - 2] >= kWindow && shape[n - 1] >= kWindow) return {};
    return badInput("SSIM compares pictures of at least 11 x 11 pixels, and these have the shape " + shapeText(shape), {},
                    "Choose the metric psnr or neg-mse.");
}

Result<double> meanSsim(const Tensor& outputs, const Tensor& targets, const std::vector<double>& range) {
    AXP_TRY(const Planes planes, planesOf(outputs, targets, range));
    const Shape& shape = targets.shape();
    AXP_CHECK(checkSsimShape(Shape(shape.begin() + 1, shape.end())));
    const std::int64_t height = shape[shape.size() - 2], width = shape.back();
    const Blur blur(height, width);
    double sum = 0;
    for (std::int64_t i = 0; i < planes.samples; ++i)
        for (std::int64_t c = 0; c < planes.channels; ++c)
            sum += planeSsim(blur, planes.output(i, c), planes.target(i, c), planes.values, planes.range[static_cast<std::size_t>(c)]);
    return sum / static_cast<double>(planes.samples * planes.channels);
}

}  // namespace axp
