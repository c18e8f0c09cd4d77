// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/eval/evaluation.h"

namespace axp::test {

/// Pictures of 8 x 8 pixels, grey value sample % 251 with a bright pixel at (label, label % 8); the label of sample i is i % 10.
class FakeSplit : public DataSplit {
public:
    FakeSplit(std::int64_t size, bool labelled) : m_size(size), m_labelled(labelled) {}
    std::int64_t size() const override { return m_size; }
    Shape sampleShape() const override { return {1, 8, 8}; }
    Result<Tensor> samples(std::int64_t offset, std::int64_t count) const override {
        AXP_TRY(const Tensor bytes, FakeSplit::pictures(offset, count));
        std::vector<float> values;
        for (const std::uint8_t byte : bytes.as<std::uint8_t>()) values.push_back(static_cast<float>(byte) / 255.0F);
        return Tensor::from({count, 1, 8, 8}, values);
    }
    Result<std::vector<std::int32_t>> labels(std::int64_t offset, std::int64_t count) const override {
        if (!m_labelled) return failure("the samples have no labels");
        AXP_CHECK(inside(offset, count));
        std::vector<std::int32_t> labels;
        for (std::int64_t i = offset; i < offset + count; ++i) labels.push_back(static_cast<std::int32_t>(i % 10));
        return labels;
    }
    Result<Tensor> pictures(std::int64_t offset, std::int64_t count) const override {
        AXP_CHECK(inside(offset, count));
        std::vector<std::uint8_t> bytes;
        for (std::int64_t i = offset; i < offset + count; ++i) {
            bytes.insert(bytes.end(), 64, static_cast<std::uint8_t>(i % 251));
            bytes[bytes.size() - 64 + static_cast<std::size_t>(i % 8 * 8 + i % 10 % 8)] = 255;
        }
        return Tensor::from({count, 1, 8, 8}, bytes);
    }

private:
    Result<void> inside(std::int64_t offset, std::int64_t count) const {
        return offset >= 0 && count >= 0 && offset + count <= m_size ? Result<void>() : failure("outside the fake split");
    }
    std::int64_t m_size;
    bool m_labelled;
};

/// Ten classes; 600 selection, 5,000 test and 64 calibration samples.
class FakeDataset : public Dataset {
public:
    explicit FakeDataset(bool labelled = true) : m_labelled(labelled) {}
    std::string name() const override { return "fake"; }
    int classes() const override { return 10; }
    std::vector<std::string> classNames() const override {
        return {"Apple", "Birch", "Cedar", "Daisy", "Elder", "Fern", "Grass", "Hazel", "Iris", "Juniper"};
    }
    Result<std::shared_ptr<const DataSplit>> split(const std::string& name) const override {
        const std::map<std::string, std::int64_t> sizes{{"selection", 600}, {"test", 5000}, {"calibration", 64}};
        const auto found = sizes.find(name);
        if (found == sizes.end()) return badInput("there is no split \"" + name + "\"");
        return std::shared_ptr<const DataSplit>(std::make_shared<FakeSplit>(found->second, m_labelled));
    }

private:
    bool m_labelled;
};

/// What the fake network predicts for sample i, whose label is i % 10. Wrong by one class: in FP32 where i % 11 == 3. Wrong by two, in
/// addition, when quantized: i % 17 == 5. With an assignment: right where i % 22 == 3, and wrong by three where i % 7 == 1.
inline std::int32_t fakePrediction(const Assignment* assignment, std::int64_t i) {
    std::int64_t predicted = i % 10;
    if (i % 11 == 3) predicted += 1;
    if (assignment && i % 17 == 5) predicted += 2;
    if (assignment && !assignment->empty() && i % 22 == 3) predicted = i % 10;
    if (assignment && !assignment->empty() && i % 7 == 1) predicted += 3;
    return static_cast<std::int32_t>(predicted % 10);
}

/// Logit 3 for the predicted class, 1 for the one after it, 0 for the others.
inline Tensor fakeLogits(const Assignment* assignment, const DataSlice& slice) {
    std::vector<float> logits(static_cast<std::size_t>(slice.count) * 10);
    for (std::int64_t i = 0; i < slice.count; ++i) {
        const std::int32_t predicted = fakePrediction(assignment, slice.offset + i);
        logits[static_cast<std::size_t>(i * 10 + predicted)] = 3;
        logits[static_cast<std::size_t>(i * 10 + (predicted + 1) % 10)] = 1;
    }
    return Tensor::from({slice.count, 10}, logits);
}

}  // namespace axp::test
