// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <string>

#include "core/data/dataset.h"
#include "core/data/idx.h"

namespace axp {

/// What turns a pixel into the network's input.
struct PixelNormalisation {
    float mean = 0;
    float deviation = 1;
};

/// ((x / 255) - mean) / deviation with every step rounded to binary32, as torchvision's ToTensor and Normalize do.
float normalisePixel(std::uint8_t pixel, const PixelNormalisation& normalisation);

/// Consecutive images of an array, kept as bytes and converted on request. Splits share the array. Thread-safe.
class ImageSplit : public DataSplit {
public:
    /// Samples [first, first + count) of `data`; `label` names the split in error messages.
    ImageSplit(std::shared_ptr<const LabelledImages> data, std::int64_t first, std::int64_t count,
               const PixelNormalisation& normalisation, std::string label);

    std::int64_t size() const override { return m_count; }
    Shape sampleShape() const override { return {1, m_data->images.shape[1], m_data->images.shape[2]}; }
    Result<Tensor> samples(std::int64_t offset, std::int64_t count) const override;
    Result<std::vector<std::int32_t>> labels(std::int64_t offset, std::int64_t count) const override;
    Result<Tensor> pictures(std::int64_t offset, std::int64_t count) const override;

private:
    Result<void> checkRange(std::int64_t offset, std::int64_t count) const;

    std::shared_ptr<const LabelledImages> m_data;
    std::int64_t m_first;
    std::int64_t m_count;
    float m_values[256];
    std::string m_label;
};

}  // namespace axp
