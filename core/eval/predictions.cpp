// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/predictions.h"

#include <algorithm>
#include <cmath>

namespace axp {

Result<Predictions> predictionsOf(const Tensor& logits) {
    if (logits.dtype() != DType::F32 || logits.shape().size() != 2 || logits.shape()[1] < 1)
        return failure("logits have to be float32 [samples, outputs], not " + std::string(dtypeName(logits.dtype())) + " " +
                       shapeText(logits.shape()));
    Predictions made;
    made.outputs = static_cast<int>(logits.shape()[1]);
    const auto samples = static_cast<std::size_t>(logits.shape()[0]), outputs = static_cast<std::size_t>(made.outputs);
    const std::span<const float> values = logits.as<float>();
    made.classes.assign(samples, Predictions::kNone);
    made.probabilities.assign(samples * outputs, 0.0F);
    for (std::size_t sample = 0; sample < samples; ++sample) {
        const auto row = values.subspan(sample * outputs, outputs);
        const auto largest = std::max_element(row.begin(), row.end());
        if (!std::isfinite(*largest) || std::any_of(row.begin(), row.end(), [](float v) { return std::isnan(v); })) continue;
        made.classes[sample] = static_cast<std::int32_t>(largest - row.begin());
        double sum = 0;
        for (const float value : row) sum += std::exp(static_cast<double>(value) - static_cast<double>(*largest));
        for (std::size_t i = 0; i < outputs; ++i)
            made.probabilities[sample * outputs + i] =
                static_cast<float>(std::exp(static_cast<double>(row[i]) - static_cast<double>(*largest)) / sum);
    }
    return made;
}

ConfusionMatrix::ConfusionMatrix(std::span<const std::int32_t> labels, std::span<const std::int32_t> predicted, int classes)
    : m_classes(classes), m_counts(static_cast<std::size_t>(classes) * static_cast<std::size_t>(classes + 1)) {
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const int column = predicted[i] >= 0 && predicted[i] < classes ? predicted[i] : classes;
        ++m_counts[static_cast<std::size_t>(labels[i]) * static_cast<std::size_t>(classes + 1) + static_cast<std::size_t>(column)];
    }
}

std::int64_t ConfusionMatrix::support(int truth) const {
    std::int64_t sum = 0;
    for (int column = 0; column <= m_classes; ++column) sum += count(truth, column);
    return sum;
}

std::int64_t ConfusionMatrix::predicted(int column) const {
    std::int64_t sum = 0;
    for (int truth = 0; truth < m_classes; ++truth) sum += count(truth, column);
    return sum;
}

std::int64_t ConfusionMatrix::total() const {
    std::int64_t sum = 0;
    for (const std::int64_t count : m_counts) sum += count;
    return sum;
}

std::int64_t ConfusionMatrix::correct() const {
    std::int64_t sum = 0;
    for (int i = 0; i < m_classes; ++i) sum += count(i, i);
    return sum;
}

std::optional<double> ConfusionMatrix::accuracy() const {
    const std::int64_t all = total();
    if (all == 0) return std::nullopt;
    return static_cast<double>(correct()) / static_cast<double>(all);
}

namespace {

std::optional<double> ratio(std::int64_t part, std::int64_t whole) {
    if (whole == 0) return std::nullopt;
    return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::vector<ClassFigures> classFigures(const ConfusionMatrix& matrix) {
    std::vector<ClassFigures> figures;
    for (int i = 0; i < matrix.classes(); ++i) {
        ClassFigures f{matrix.support(i), matrix.predicted(i), matrix.count(i, i), {}, {}, {}};
        f.precision = ratio(f.correct, f.predicted);
        f.recall = ratio(f.correct, f.support);
        f.f1 = ratio(2 * f.correct, f.support + f.predicted);
        figures.push_back(f);
    }
    return figures;
}

ClassFigures meanFigures(const std::vector<ClassFigures>& figures) {
    const auto mean = [&](std::optional<double> ClassFigures::*figure) -> std::optional<double> {
        double sum = 0;
        int defined = 0;
        for (const auto& f : figures)
            if (f.*figure) sum += *(f.*figure), ++defined;
        if (defined == 0) return std::nullopt;
        return sum / defined;
    };
    ClassFigures all;
    for (const auto& f : figures) all.support += f.support, all.predicted += f.predicted, all.correct += f.correct;
    all.precision = mean(&ClassFigures::precision);
    all.recall = mean(&ClassFigures::recall);
    all.f1 = mean(&ClassFigures::f1);
    return all;
}

bool applicable(const SampleFilter& filter, const PredictionTable& table) {
    using Kind = SampleFilter::Kind;
    const bool labelled = !table.labels.empty();
    const bool quantized = table[NetworkForm::Quantized], approximate = table[NetworkForm::Approximate];
    if (filter.truth && !labelled) return false;
    if (filter.predicted && !table[filter.form]) return false;
    switch (filter.kind) {
        case Kind::All: return true;
        case Kind::Wrong: return labelled && table[filter.form];
        case Kind::ChangedByQuantization: return table[NetworkForm::Fp32] && quantized;
        case Kind::ChangedByApproximation: return quantized && approximate;
        case Kind::BrokenByApproximation:
        case Kind::FixedByApproximation: return labelled && quantized && approximate;
    }
    return false;
}

std::vector<std::int32_t> matching(const SampleFilter& filter, const PredictionTable& table, std::int64_t samples, int classes) {
    using Kind = SampleFilter::Kind;
    if (!applicable(filter, table)) return {};
    const auto passes = [&](std::size_t i) {
        switch (filter.kind) {
            case Kind::All: return true;
            case Kind::Wrong: return !table.right(filter.form, i);
            case Kind::ChangedByQuantization:
                return table.predicted(NetworkForm::Fp32, i) != table.predicted(NetworkForm::Quantized, i);
            case Kind::ChangedByApproximation:
                return table.predicted(NetworkForm::Quantized, i) != table.predicted(NetworkForm::Approximate, i);
            case Kind::BrokenByApproximation: return table.right(NetworkForm::Quantized, i) && !table.right(NetworkForm::Approximate, i);
            case Kind::FixedByApproximation: return !table.right(NetworkForm::Quantized, i) && table.right(NetworkForm::Approximate, i);
        }
        return false;
    };
    const auto takenFor = [&](std::size_t i) {
        const std::int32_t found = table.predicted(filter.form, i);
        return *filter.predicted == (found >= 0 && found < classes ? found : classes);
    };
    std::vector<std::int32_t> found;
    for (std::int64_t sample = 0; sample < samples; ++sample) {
        const auto i = static_cast<std::size_t>(sample);
        if (filter.truth && table.labels[i] != *filter.truth) continue;
        if (filter.predicted && !takenFor(i)) continue;
        if (passes(i)) found.push_back(static_cast<std::int32_t>(sample));
    }
    return found;
}

std::int64_t differences(const Predictions& a, const Predictions& b) {
    std::int64_t count = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) count += a.classes[i] != b.classes[i];
    return count;
}

}  // namespace axp
