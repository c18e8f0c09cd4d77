// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace axp::cli {

/// Normal random samples in place of data, for a model without a project: times do not depend on what the numbers mean.
class RandomSplit : public DataSplit {
public:
    RandomSplit(Shape shape, std::uint64_t seed) : m_shape(std::move(shape)), m_seed(seed) {}
    std::int64_t size() const override { return 1 << 16; }
    Shape sampleShape() const override { return m_shape; }
    Result<Tensor> samples(std::int64_t offset, std::int64_t count) const override {
        Shape shape{count};
        shape.insert(shape.end(), m_shape.begin(), m_shape.end());
        std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
        std::mt19937_64 engine(m_seed + static_cast<std::uint64_t>(offset));
        std::normal_distribution<float> normal;
        for (float& value : values) value = normal(engine);
        return Tensor::from(std::move(shape), values);
    }
    Result<std::vector<std::int32_t>> labels(std::int64_t, std::int64_t count) const override {
        return std::vector<std::int32_t>(static_cast<std::size_t>(count), 0);
    }

private:
    Shape m_shape;
    std::uint64_t m_seed;
};

class RandomDataset : public Dataset {
public:
    RandomDataset(Shape shape, std::uint64_t seed) : m_split(std::make_shared<RandomSplit>(std::move(shape), seed)) {}
    std::string name() const override { return "random"; }
    int classes() const override { return 1; }
    std::vector<std::string> classNames() const override { return {"any"}; }
    Result<std::shared_ptr<const DataSplit>> split(const std::string&) const override {
        return std::shared_ptr<const DataSplit>(m_split);
    }

private:
    std::shared_ptr<const RandomSplit> m_split;
};

}  // namespace axp::cli
