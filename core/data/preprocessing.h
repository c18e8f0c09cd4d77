// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/jobs/parameters.h"

namespace axp {

/// Bytes [height, width, channels] with 1 (grey) or 3 (red, green, blue) channels.
struct Picture {
    std::int64_t height = 0, width = 0, channels = 0;
    std::vector<std::uint8_t> pixels;
};

/// What is done to a sample before the network sees it, in this order: channels, resize, crop, then x -> ((x / divisor) - mean) / deviation
/// with every step rounded to binary32 (as torchvision's ToTensor and Normalize do), then channel order and layout. The first three
/// concern pictures of 8 bits only.
struct Preprocessing {
    std::int64_t resize = 0;             ///< pixels of the shorter side, 0: as it is
    std::string resizeMode = "shorter";  ///< "shorter" keeps the aspect, "stretch" makes a square
    std::string filter = "bilinear";     ///< "nearest", "bilinear", "bicubic"; see resized()
    std::int64_t crop = 0;               ///< side of the square cut out of the middle, 0: none
    std::string channels = "as-is";      ///< "as-is", "grey", "rgb", "bgr" (blue first)
    double divisor = 255;
    std::vector<double> mean{0.0}, deviation{1.0};  ///< one for all channels, or one a channel (in the order of `channels`)
    std::string layout = "nchw";         ///< "nchw" (channels first) or "nhwc"

    /// What the network is fed, by rows for a person: {"Resized", "shorter side to 256 pixels, bilinear"}.
    std::vector<std::pair<std::string, std::string>> facts(bool pictures) const;
};

/// Typed parameters with the given defaults; lists are texts with commas.
std::vector<ParameterSpec> preprocessingParameters(const Preprocessing& defaults);
/// From complete values. Refuses a crop larger than what resize leaves, deviations of 0, and lists that are no numbers.
Result<Preprocessing> preprocessingFrom(const ParameterValues& values);
ParameterValues valuesOf(const Preprocessing& preprocessing);

/// Resampled as Pillow does (Image.resize, and so torchvision's Resize on images), to the bit: filters widened when shrinking, horizontal
/// pass first, 8-bit intermediate, 22-bit weights. `filter` as in Preprocessing.
Picture resized(const Picture& picture, std::int64_t width, std::int64_t height, const std::string& filter);
/// Channels, resize and crop. Red-green-blue order also for "bgr". Grey is (19595 R + 38470 G + 7471 B + 32768) / 65536 (Pillow's "L").
/// An error says which step is impossible for this picture.
Result<Picture> prepared(Picture picture, const Preprocessing& preprocessing);

/// Fills a network's input from prepared pixels.
class PixelScaler {
public:
    /// `channels` of prepared pictures. An error when means or deviations are for another number of channels.
    static Result<PixelScaler> make(const Preprocessing& preprocessing, std::int64_t channels);
    /// `target` has height x width x channels elements.
    void scale(std::span<const std::uint8_t> pixels, std::int64_t height, std::int64_t width, std::span<float> target) const;
    Shape sampleShape(std::int64_t height, std::int64_t width) const;
    /// From darkest to brightest in the network's input, a channel each.
    std::vector<double> range() const;

private:
    std::int64_t m_channels = 1;
    bool m_reversed = false, m_last = false;
    std::vector<float> m_values;  ///< 256 a channel of the input
};

/// The mean or deviation of a channel: the only one, or its own.
inline double ofChannel(const std::vector<double>& values, std::size_t channel) { return values.size() == 1 ? values[0] : values[channel]; }

}  // namespace axp
