// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/preprocessing.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/base/text.h"

namespace axp {

namespace {

constexpr double kMostPixels = 16384;  // a side

std::string listText(const std::vector<double>& values) {
    std::string text;
    for (const double value : values) text += (text.empty() ? "" : ", ") + parameterText(value);
    return text;
}

Result<std::vector<double>> numbersOf(const ParameterValues& values, const std::string& name) {
    std::vector<double> numbers;
    const std::string text = std::get<std::string>(values.at(name));
    for (std::string part : split(text, ',')) {
        part.erase(0, part.find_first_not_of(" \t"));
        part.erase(part.find_last_not_of(" \t") + 1);
        double number = 0;
        const auto [end, code] = std::from_chars(part.data(), part.data() + part.size(), number);
        if (part.empty() || code != std::errc() || end != part.data() + part.size() || !std::isfinite(number))
            return badInput("parameter \"" + name + "\" is \"" + text + "\" but must be numbers with commas", "preprocessing",
                            "Write one number, or one a channel, for example 0.485, 0.456, 0.406.");
        numbers.push_back(number);
    }
    return numbers;
}

Picture toChannels(Picture picture, bool grey) {
    const auto count = static_cast<std::size_t>(picture.height * picture.width);
    if (grey && picture.channels == 3) {
        std::vector<std::uint8_t> values(count);
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint8_t* p = &picture.pixels[3 * i];
            values[i] = static_cast<std::uint8_t>((19595U * p[0] + 38470U * p[1] + 7471U * p[2] + 0x8000U) >> 16);
        }
        return {picture.height, picture.width, 1, std::move(values)};
    }
    if (!grey && picture.channels == 1) {
        std::vector<std::uint8_t> values(3 * count);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = picture.pixels[i / 3];
        return {picture.height, picture.width, 3, std::move(values)};
    }
    return picture;
}

std::string sizeText(std::int64_t width, std::int64_t height) { return std::to_string(width) + " x " + std::to_string(height); }

/// Python's round(): halves go to the even neighbour.
std::int64_t halfRounded(std::int64_t difference) { return std::llround(std::nearbyint(static_cast<double>(difference) / 2)); }

}  // namespace

std::vector<ParameterSpec> preprocessingParameters(const Preprocessing& d) {
    return {
        {"resize", "Pixels of the shorter side after resizing; 0 leaves pictures as they are.", d.resize, 0, kMostPixels, {}},
        {"resize-mode", "Keep the aspect (shorter), or make a square (stretch).", d.resizeMode, 0, 0, {"shorter", "stretch"}},
        {"filter", "How pixels are resampled, as Pillow and torchvision do.", d.filter, 0, 0, {"nearest", "bilinear", "bicubic"}},
        {"crop", "Side in pixels of the square cut out of the middle; 0 cuts nothing.", d.crop, 0, kMostPixels, {}},
        {"channels", "Channels of the network's input; bgr is blue first.", d.channels, 0, 0, {"as-is", "grey", "rgb", "bgr"}},
        {"divisor", "Values are divided by this first; 255 makes pixels 0 to 1.", d.divisor, 1e-30, 1e30, {}},
        {"mean", "Subtracted after the division; one number, or one a channel with commas.", listText(d.mean), 0, 0, {}},
        {"deviation", "Divides what is left; one number, or one a channel with commas.", listText(d.deviation), 0, 0, {}},
        {"layout", "Channels first (nchw) or last (nhwc) in the network's input.", d.layout, 0, 0, {"nchw", "nhwc"}},
    };
}

Result<Preprocessing> preprocessingFrom(const ParameterValues& values) {
    Preprocessing p;
    p.resize = std::get<std::int64_t>(values.at("resize"));
    p.resizeMode = std::get<std::string>(values.at("resize-mode"));
    p.filter = std::get<std::string>(values.at("filter"));
    p.crop = std::get<std::int64_t>(values.at("crop"));
    p.channels = std::get<std::string>(values.at("channels"));
    p.divisor = std::get<double>(values.at("divisor"));
    p.layout = std::get<std::string>(values.at("layout"));
    AXP_TRY(p.mean, numbersOf(values, "mean"));
    AXP_TRY(p.deviation, numbersOf(values, "deviation"));
    for (const double deviation : p.deviation)
        if (static_cast<float>(deviation) == 0 || !std::isfinite(static_cast<float>(deviation)))
            return badInput("a deviation is 0 or too large", "preprocessing", "Values are divided by it; 1 leaves them as they are.");
    if (p.resize > 0 && p.crop > p.resize)
        return badInput("pictures are resized to " + std::to_string(p.resize) + " pixels, too small to cut out " + std::to_string(p.crop), "preprocessing",
                        "Resize to at least the size of the crop.");
    return p;
}

ParameterValues valuesOf(const Preprocessing& p) {
    ParameterValues values;
    for (const auto& spec : preprocessingParameters(p)) values[spec.name] = spec.defaultValue;
    return values;
}

std::vector<std::pair<std::string, std::string>> Preprocessing::facts(bool pictures) const {
    std::vector<std::pair<std::string, std::string>> rows;
    if (pictures) {
        if (channels != "as-is") rows.emplace_back("Channels", channels == "bgr" ? "blue, green, red" : channels == "rgb" ? "red, green, blue" : channels);
        if (resize > 0)
            rows.emplace_back("Resized", (resizeMode == "stretch" ? "to " + sizeText(resize, resize) : "shorter side to " + std::to_string(resize)) +
                                             " pixels, " + filter);
        if (crop > 0) rows.emplace_back("Cut out", "the middle " + sizeText(crop, crop) + " pixels");
    }
    std::string scaled = divisor == 1 ? "x" : "x / " + parameterText(divisor);
    const bool shifted = mean != std::vector<double>{0.0}, divided = deviation != std::vector<double>{1.0};
    if (shifted) scaled = "(" + scaled + " - " + (mean.size() > 1 ? "(" + listText(mean) + ")" : listText(mean)) + ")";
    if (divided) scaled += " / " + (deviation.size() > 1 ? "(" + listText(deviation) + ")" : listText(deviation));
    rows.emplace_back("Values", scaled);
    if (layout == "nhwc") rows.emplace_back("Layout", "channels last");
    return rows;
}

Result<Picture> prepared(Picture picture, const Preprocessing& p) {
    if (p.channels != "as-is") picture = toChannels(std::move(picture), p.channels == "grey");
    if (p.resize > 0) {
        std::int64_t width = p.resize, height = p.resize;
        if (p.resizeMode == "shorter") {
            if (picture.width < picture.height) height = p.resize * picture.height / picture.width;
            else width = p.resize * picture.width / picture.height;
        }
        // A strip of one pixel by thousands would become a picture of gigabytes, or one on the way there: rows are resampled before columns.
        if (width * std::max(height, picture.height) > std::int64_t{1} << 27)
            return badInput("resized to " + sizeText(width, height) + " pixels this picture of " + sizeText(picture.width,
                            picture.height) + " would be too large");
        picture = resized(picture, width, height, p.filter);
    }
    if (p.crop == 0) return picture;
    if (picture.width < p.crop || picture.height < p.crop)
        return badInput("the picture has " + sizeText(picture.width, picture.height) + " pixels, too few to cut out " + sizeText(p.crop, p.crop));
    Picture cut{p.crop, p.crop, picture.channels, {}};
    const std::int64_t top = halfRounded(picture.height - p.crop), left = halfRounded(picture.width - p.crop);
    for (std::int64_t y = top; y < top + p.crop; ++y) {
        const auto row = picture.pixels.begin() + (y * picture.width + left) * picture.channels;
        cut.pixels.insert(cut.pixels.end(), row, row + p.crop * picture.channels);
    }
    return cut;
}

Result<PixelScaler> PixelScaler::make(const Preprocessing& p, std::int64_t channels) {
    for (const auto* values : {&p.mean, &p.deviation})
        if (values->size() != 1 && static_cast<std::int64_t>(values->size()) != channels)
            return badInput("there are " + std::to_string(values->size()) + (values == &p.mean ? " means" : " deviations") + " for pictures of " +
                                std::to_string(channels) + (channels == 1 ? " channel" : " channels"), "preprocessing",
                            "Give one number for all channels or one a channel.");
    PixelScaler scaler;
    scaler.m_channels = channels;
    scaler.m_reversed = p.channels == "bgr" && channels == 3;
    scaler.m_last = p.layout == "nhwc";
    for (std::int64_t c = 0; c < channels; ++c)
        for (int pixel = 0; pixel < 256; ++pixel) {
            const float fraction = static_cast<float>(pixel) / static_cast<float>(p.divisor);
            const float centred = fraction - static_cast<float>(ofChannel(p.mean, static_cast<std::size_t>(c)));
            scaler.m_values.push_back(centred / static_cast<float>(ofChannel(p.deviation, static_cast<std::size_t>(c))));
        }
    return scaler;
}

void PixelScaler::scale(std::span<const std::uint8_t> pixels, std::int64_t height, std::int64_t width, std::span<float> target) const {
    const std::int64_t count = height * width;
    for (std::int64_t c = 0; c < m_channels; ++c) {
        const float* values = &m_values[static_cast<std::size_t>(c * 256)];
        const std::int64_t source = m_reversed ? m_channels - 1 - c : c;
        for (std::int64_t i = 0; i < count; ++i)
            target[static_cast<std::size_t>(m_last ? i * m_channels + c : c * count + i)] = values[pixels[static_cast<std::size_t>(i * m_channels + source)]];
    }
}

Shape PixelScaler::sampleShape(std::int64_t height, std::int64_t width) const {
    return m_last ? Shape{height, width, m_channels} : Shape{m_channels, height, width};
}

std::vector<double> PixelScaler::range() const {
    std::vector<double> range;
    for (std::int64_t c = 0; c < m_channels; ++c) {
        const auto first = static_cast<std::size_t>(c * 256);
        range.push_back(std::abs(static_cast<double>(m_values[first + 255]) - static_cast<double>(m_values[first])));
    }
    return range;
}

}  // namespace axp
