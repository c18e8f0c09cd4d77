// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "core/data/preprocessing.h"

namespace axp {

namespace {

constexpr int kWeightBits = 22;  // 8-bit pixels times weights that overshoot by less than 4 fit 32 bits

double triangle(double x) { return x < 0 ? (x > -1 ? 1 + x : 0) : x < 1 ? 1 - x : 0; }

/// Keys's cubic with a = -1/2.
double cubic(double x) {
    constexpr double a = -0.5;
    x = std::abs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
}

/// The source pixels of one target pixel, and their weights.
struct Window {
    std::int64_t first = 0;
    std::vector<std::int32_t> weights;
};

std::vector<Window> windowsOf(std::int64_t from, std::int64_t to, double (*filter)(double), double support) {
    const double scale = static_cast<double>(from) / static_cast<double>(to), widened = std::max(scale, 1.0), reach = support * widened;
    std::vector<Window> windows;
    for (std::int64_t x = 0; x < to; ++x) {
        const double centre = (static_cast<double>(x) + 0.5) * scale;
        const auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>(centre - reach + 0.5));
        const auto last = std::min<std::int64_t>(from, static_cast<std::int64_t>(centre + reach + 0.5));
        std::vector<double> weights;
        double sum = 0;
        for (std::int64_t i = first; i < last; ++i) {
            weights.push_back(filter((static_cast<double>(i) - centre + 0.5) * (1.0 / widened)));
            sum += weights.back();
        }
        Window window{first, {}};
        for (double weight : weights) {
            if (sum != 0) weight *= 1.0 / sum;
            const double whole = weight * (1 << kWeightBits);
            window.weights.push_back(static_cast<std::int32_t>(whole < 0 ? whole - 0.5 : whole + 0.5));
        }
        windows.push_back(std::move(window));
    }
    return windows;
}

std::uint8_t clipped(std::int32_t sum) { return static_cast<std::uint8_t>(std::clamp(sum >> kWeightBits, 0, 255)); }

Picture horizontal(const Picture& from, const std::vector<Window>& windows) {
    const auto width = static_cast<std::int64_t>(windows.size());
    Picture to{from.height, width, from.channels, std::vector<std::uint8_t>(static_cast<std::size_t>(from.height * width * from.channels))};
    std::uint8_t* target = to.pixels.data();
    for (std::int64_t y = 0; y < from.height; ++y)
        for (const Window& window : windows)
            for (std::int64_t c = 0; c < from.channels; ++c) {
                const std::uint8_t* source = &from.pixels[static_cast<std::size_t>((y * from.width + window.first) * from.channels + c)];
                std::int32_t sum = 1 << (kWeightBits - 1);
                for (const std::int32_t weight : window.weights) {
                    sum += *source * weight;
                    source += from.channels;
                }
                *target++ = clipped(sum);
            }
    return to;
}

Picture vertical(const Picture& from, const std::vector<Window>& windows) {
    const auto height = static_cast<std::int64_t>(windows.size());
    const std::int64_t row = from.width * from.channels;
    Picture to{height, from.width, from.channels, std::vector<std::uint8_t>(static_cast<std::size_t>(height * row))};
    std::uint8_t* target = to.pixels.data();
    for (const Window& window : windows)
        for (std::int64_t x = 0; x < row; ++x) {
            const std::uint8_t* source = &from.pixels[static_cast<std::size_t>(window.first * row + x)];
            std::int32_t sum = 1 << (kWeightBits - 1);
            for (const std::int32_t weight : window.weights) {
                sum += *source * weight;
                source += row;
            }
            *target++ = clipped(sum);
        }
    return to;
}

Picture nearest(const Picture& from, std::int64_t width, std::int64_t height) {
    Picture to{height, width, from.channels, {}};
    to.pixels.reserve(static_cast<std::size_t>(width * height * from.channels));
    const auto place = [](std::int64_t i, std::int64_t size, std::int64_t wanted) {
        const double scale = static_cast<double>(size) / static_cast<double>(wanted);
        return std::min(size - 1, static_cast<std::int64_t>((static_cast<double>(i) + 0.5) * scale));
    };
    for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x) {
            const auto pixel = from.pixels.begin() + (place(y, from.height, height) * from.width + place(x, from.width, width)) * from.channels;
            to.pixels.insert(to.pixels.end(), pixel, pixel + from.channels);
        }
    return to;
}

}  // namespace

Picture resized(const Picture& picture, std::int64_t width, std::int64_t height, const std::string& filter) {
    if (width == picture.width && height == picture.height) return picture;
    if (filter == "nearest") return nearest(picture, width, height);
    double (*const weigh)(double) = filter == "bicubic" ? cubic : triangle;
    const double support = filter == "bicubic" ? 2 : 1;
    Picture made = width == picture.width ? picture : horizontal(picture, windowsOf(picture.width, width, weigh, support));
    return height == made.height ? made : vertical(made, windowsOf(made.height, height, weigh, support));
}

}  // namespace axp
