// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/image_split.h"

#include <new>

namespace axp {

float normalisePixel(std::uint8_t pixel, const PixelNormalisation& normalisation) {
    const float fraction = static_cast<float>(pixel) / 255.0F;
    const float centred = fraction - normalisation.mean;
    return centred / normalisation.deviation;
}

ImageSplit::ImageSplit(std::shared_ptr<const LabelledImages> data, std::int64_t first, std::int64_t count,
                       const PixelNormalisation& normalisation, std::string label)
    : m_data(std::move(data)), m_first(first), m_count(count), m_label(std::move(label)) {
    for (int pixel = 0; pixel < 256; ++pixel)
        m_values[pixel] = normalisePixel(static_cast<std::uint8_t>(pixel), normalisation);
}

Result<void> ImageSplit::checkRange(std::int64_t offset, std::int64_t count) const {
    if (offset >= 0 && count >= 0 && offset <= m_count && count <= m_count - offset) return {};
    return badInput("the split " + m_label + " has " + std::to_string(m_count) + " samples; " + std::to_string(count) +
                        " from number " + std::to_string(offset) + " on are not in it", {}, "Ask for fewer samples");
}

Result<Tensor> ImageSplit::samples(std::int64_t offset, std::int64_t count) const {
    AXP_CHECK(checkRange(offset, count));
    const auto& shape = m_data->images.shape;
    const auto pixels = static_cast<std::size_t>(shape[1] * shape[2]);
    const std::size_t total = pixels * static_cast<std::size_t>(count);
    try {
        std::vector<std::byte> bytes(total * sizeof(float));
        const std::uint8_t* source = m_data->images.values.data() + pixels * static_cast<std::size_t>(m_first + offset);
        auto* target = reinterpret_cast<float*>(bytes.data());
        for (std::size_t i = 0; i < total; ++i) target[i] = m_values[source[i]];
        return Tensor(DType::F32, {count, 1, shape[1], shape[2]}, std::move(bytes));
    } catch (const std::bad_alloc&) {
        return failure("not enough memory for " + std::to_string(count) + " images", m_label);
    }
}

Result<std::vector<std::int32_t>> ImageSplit::labels(std::int64_t offset, std::int64_t count) const {
    AXP_CHECK(checkRange(offset, count));
    const auto begin = m_data->labels.values.begin() + m_first + offset;
    return std::vector<std::int32_t>(begin, begin + count);
}

Result<Tensor> ImageSplit::pictures(std::int64_t offset, std::int64_t count) const {
    AXP_CHECK(checkRange(offset, count));
    const auto& shape = m_data->images.shape;
    const auto pixels = static_cast<std::size_t>(shape[1] * shape[2]);
    const auto source = std::span(m_data->images.values)
                            .subspan(pixels * static_cast<std::size_t>(m_first + offset), pixels * static_cast<std::size_t>(count));
    try {
        return Tensor::from<std::uint8_t>({count, 1, shape[1], shape[2]}, source);
    } catch (const std::bad_alloc&) {
        return failure("not enough memory for " + std::to_string(count) + " images", m_label);
    }
}

}  // namespace axp
