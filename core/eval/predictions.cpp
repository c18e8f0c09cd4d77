// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/predictions.h"

#include <algorithm>
#include <cmath>

#include "core/eval/metrics.h"

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

bool judgesClasses(const std::string& metric) {
    const Metric* known = findMetric(metric);
    return !known || known->reference == MetricReference::Labels || metric == "agreement";
}

namespace {

constexpr std::size_t kMostPictureBytes = std::size_t{1} << 28;

/// Empty when samples of this shape are no pictures, or too many to keep.
Tensor picturesOf(const Tensor& outputs, const Tensor& reference, const Shape& sample) {
    const Shape shape = sample.size() == 2 ? Shape{1, sample[0], sample[1]} : sample;
    if (shape.size() != 3 || (shape[0] != 1 && shape[0] != 3) || outputs.shape().empty() || outputs.shape()[0] < 1) return {};
    const auto one = static_cast<std::size_t>(elementCount(shape));
    const auto samples = static_cast<std::size_t>(outputs.shape()[0]);
    if (one * samples > kMostPictureBytes) return {};
    if (static_cast<std::size_t>(outputs.count()) != one * samples || reference.count() != outputs.count()) return {};
    const auto values = outputs.as<float>(), scale = reference.as<float>();
    std::vector<std::uint8_t> pixels(values.size());
    for (std::size_t i = 0; i < samples; ++i) {
        const auto part = scale.subspan(i * one, one);
        const auto [low, high] = std::minmax_element(part.begin(), part.end());
        const float span = *high > *low ? *high - *low : 1.0F;
        for (std::size_t k = i * one; k < (i + 1) * one; ++k) {
            const float grey = (values[k] - *low) / span * 255.0F;
            pixels[k] = grey > 0 ? static_cast<std::uint8_t>(std::lround(std::min(grey, 255.0F))) : std::uint8_t{0};  // not a number: black
        }
    }
    return Tensor::from({outputs.shape()[0], shape[0], shape[1], shape[2]}, pixels);
}

}  // namespace

Result<Predictions> judgedOutputs(const Tensor& outputs, const Tensor& floatOutputs, const Dataset& data, const DataSplit& split, std::int64_t offset,
                                  const std::string& name) {
    const Metric* metric = findMetric(name);
    if (judgesClasses(name)) {
        if (outputs.shape().size() <= 2) return predictionsOf(outputs);
        const std::int64_t rows = outputs.shape()[0];
        return predictionsOf(Tensor::from({rows, rows > 0 ? outputs.count() / rows : 0}, outputs.as<float>()));
    }
    MetricInput input;
    input.outputs = outputs;
    input.floatOutputs = floatOutputs;
    input.classes = data.classes();
    input.range = data.targetRange();
    std::int64_t samples = outputs.shape().empty() ? 0 : outputs.shape()[0];
    Shape sample(outputs.shape().begin() + (outputs.shape().empty() ? 0 : 1), outputs.shape().end());
    if (metric->reference == MetricReference::Values || metric->reference == MetricReference::Tokens) {
        // Scores of tokens may come as rows, a row a place.
        if (metric->reference == MetricReference::Tokens && outputs.shape().size() == 2) {
            AXP_TRY(const Tensor one, split.targets(offset, 1));
            samples /= std::max<std::int64_t>(1, one.count());
        }
        AXP_TRY(input.targets, split.targets(offset, samples));
        if (metric->reference == MetricReference::Values) sample.assign(input.targets.shape().begin() + 1, input.targets.shape().end());
    }
    AXP_TRY(const MetricScore score, metric->measure(input));
    Predictions made;
    made.classes.assign(static_cast<std::size_t>(samples), Predictions::kNone);
    made.score = score.value;
    if (metric->reference != MetricReference::Tokens) made.pictures = picturesOf(outputs, floatOutputs, sample);
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
    const auto known = [&table](NetworkForm form) { return table[form] && !table[form]->score; };
    const bool quantized = known(NetworkForm::Quantized), approximate = known(NetworkForm::Approximate);
    if (filter.truth && !labelled) return false;
    if (filter.predicted && !known(filter.form)) return false;
    switch (filter.kind) {
        case Kind::All: return true;
        case Kind::Wrong: return labelled && known(filter.form);
        case Kind::ChangedByQuantization: return known(NetworkForm::Fp32) && quantized;
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
