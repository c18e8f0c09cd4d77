// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <algorithm>
#include <random>

#include "core/data/dataset.h"

namespace axp::test {

/// Random images whose class can be seen: class c brightens the c-th stripe of rows. The same for every split.
class RandomDataset : public Dataset, public DataSplit, public std::enable_shared_from_this<RandomDataset> {
public:
    RandomDataset(Shape sample, int classes, std::int64_t count, std::uint64_t seed = 7)
        : m_sample(std::move(sample)), m_classes(classes), m_count(count), m_values(static_cast<std::size_t>(count * elementCount(m_sample))) {
        std::mt19937_64 random(seed);
        const std::int64_t pixels = elementCount(m_sample);
        for (std::int64_t i = 0; i < count; ++i) {
            m_labels.push_back(static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(classes)));
            for (std::int64_t p = 0; p < pixels; ++p) {
                const bool bright = p * classes / pixels == m_labels.back();
                m_values[static_cast<std::size_t>(i * pixels + p)] = static_cast<float>(random() % 1000) / 500.0F - 1.0F + (bright ? 1.0F : 0.0F);
            }
        }
    }
    std::string name() const override { return "random"; }
    int classes() const override { return m_classes; }
    std::vector<std::string> classNames() const override { return std::vector<std::string>(static_cast<std::size_t>(m_classes), "class"); }
    Result<std::shared_ptr<const DataSplit>> split(const std::string&) const override { return std::shared_ptr<const DataSplit>(shared_from_this()); }
    std::int64_t size() const override { return m_count; }
    Shape sampleShape() const override { return m_sample; }
    Result<Tensor> samples(std::int64_t offset, std::int64_t count) const override {
        Shape shape = m_sample;
        shape.insert(shape.begin(), count);
        const auto pixels = elementCount(m_sample);
        return Tensor::from(shape, std::span<const float>(m_values).subspan(static_cast<std::size_t>(offset * pixels), static_cast<std::size_t>(count * pixels)));
    }
    Result<std::vector<std::int32_t>> labels(std::int64_t offset, std::int64_t count) const override {
        return std::vector<std::int32_t>(m_labels.begin() + offset, m_labels.begin() + offset + count);
    }

private:
    Shape m_sample;
    int m_classes;
    std::int64_t m_count;
    std::vector<float> m_values;
    std::vector<std::int32_t> m_labels;
};

}  // namespace axp::test
