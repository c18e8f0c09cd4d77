// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/metrics.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/base/text.h"
#include "core/eval/image_metrics.h"

namespace axp {

namespace {

/// Rows of scores: outputs [samples, classes] with further dimensions of size 1 allowed.
struct Scores {
    const float* values = nullptr;
    std::int64_t rows = 0, columns = 0;
    const float* row(std::int64_t i) const { return values + i * columns; }
    /// The largest, the first of equal ones; -1 where a score is not a number.
    std::int64_t best(std::int64_t i) const {
        if (std::any_of(row(i), row(i) + columns, [](float score) { return std::isnan(score); })) return -1;
        return std::max_element(row(i), row(i) + columns) - row(i);
    }
};

Scores scoresOf(const Tensor& outputs) {
    const std::int64_t rows = outputs.shape().empty() ? 0 : outputs.shape()[0];
    return {outputs.as<float>().data(), rows, rows > 0 ? outputs.count() / rows : 0};
}

MetricScore shareOf(Outcomes outcomes) {
    const auto right = std::count(outcomes.begin(), outcomes.end(), true);
    return {outcomes.empty() ? 0.0 : static_cast<double>(right) / static_cast<double>(outcomes.size()), std::move(outcomes)};
}

Result<MetricScore> topOne(const MetricInput& input) {
    const Scores scores = scoresOf(input.outputs);
    Outcomes outcomes;
    for (std::int64_t i = 0; i < scores.rows; ++i) outcomes.push_back(scores.best(i) == input.labels[static_cast<std::size_t>(i)]);
    return shareOf(std::move(outcomes));
}

/// Right when fewer than five classes score higher, or as high and come first. NaN is never right.
Result<MetricScore> topFive(const MetricInput& input) {
    const Scores scores = scoresOf(input.outputs);
    Outcomes outcomes;
    for (std::int64_t i = 0; i < scores.rows; ++i) {
        const float* row = scores.row(i);
        const std::int64_t label = input.labels[static_cast<std::size_t>(i)];
        int ahead = 0;
        for (std::int64_t c = 0; c < scores.columns; ++c) ahead += !(row[c] < row[label] || (row[c] == row[label] && c >= label));
        outcomes.push_back(ahead < 5 && !std::isnan(row[label]));
    }
    return shareOf(std::move(outcomes));
}

Result<MetricScore> meanRecall(const MetricInput& input) {
    const Scores scores = scoresOf(input.outputs);
    std::vector<std::int64_t> all(static_cast<std::size_t>(std::max(1, input.classes))), right(all.size());
    for (std::int64_t i = 0; i < scores.rows; ++i) {
        const auto label = static_cast<std::size_t>(input.labels[static_cast<std::size_t>(i)]);
        ++all[label];
        right[label] += scores.best(i) == static_cast<std::int64_t>(label);
    }
    double sum = 0;
    int seen = 0;
    for (std::size_t c = 0; c < all.size(); ++c)
        if (all[c] > 0) sum += static_cast<double>(right[c]) / static_cast<double>(all[c]), ++seen;
    return MetricScore{seen > 0 ? sum / seen : 0, {}};
}

Result<MetricScore> agreement(const MetricInput& input) {
    const Scores scores = scoresOf(input.outputs), reference = scoresOf(input.floatOutputs);
    Outcomes outcomes;
    for (std::int64_t i = 0; i < scores.rows; ++i) outcomes.push_back(scores.best(i) >= 0 && scores.best(i) == reference.best(i));
    return shareOf(std::move(outcomes));
}

Result<MetricScore> tokenAccuracy(const MetricInput& input) {
    const auto targets = input.targets.as<std::int64_t>();
    const std::int64_t places = input.targets.count(), vocabulary = places > 0 ? input.outputs.count() / places : 0;
    const Scores scores{input.outputs.as<float>().data(), places, vocabulary};
    std::int64_t counted = 0, right = 0;
    for (std::int64_t i = 0; i < places; ++i) {
        const std::int64_t target = targets[static_cast<std::size_t>(i)];
        if (target < 0) continue;
        ++counted;
        right += scores.best(i) == target;
    }
    if (counted == 0) return failure("no place of these sequences has a target");
    return MetricScore{static_cast<double>(right) / static_cast<double>(counted), {}};
}

/// Mean natural logarithm of the softmax probability of the target.
Result<MetricScore> logLikelihood(const MetricInput& input) {
    const auto targets = input.targets.as<std::int64_t>();
    const std::int64_t places = input.targets.count(), vocabulary = places > 0 ? input.outputs.count() / places : 0;
    const Scores scores{input.outputs.as<float>().data(), places, vocabulary};
    std::int64_t counted = 0;
    double sum = 0;
    for (std::int64_t i = 0; i < places; ++i) {
        const std::int64_t target = targets[static_cast<std::size_t>(i)];
        if (target < 0) continue;
        const float* row = scores.row(i);
        const double largest = static_cast<double>(*std::max_element(row, row + vocabulary));
        double all = 0;
        for (std::int64_t v = 0; v < vocabulary; ++v) all += std::exp(static_cast<double>(row[v]) - largest);
        sum += static_cast<double>(row[target]) - largest - std::log(all);
        ++counted;
    }
    if (counted == 0) return failure("no place of these sequences has a target");
    return MetricScore{sum / static_cast<double>(counted), {}};
}

/// The values between which FP32 outputs lie stand for the range that no data set gives.
std::vector<double> spanOf(const Tensor& tensor) {
    const auto values = tensor.as<float>();
    if (values.empty()) return {1.0};
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const double span = static_cast<double>(*high) - static_cast<double>(*low);
    return {span > 0 ? span : 1.0};
}

Result<MetricScore> psnrOf(const MetricInput& in) {
    AXP_TRY(const double value, meanPsnr(in.outputs, in.targets, in.range));
    return MetricScore{value, {}};
}
Result<MetricScore> ssimOf(const MetricInput& in) {
    AXP_TRY(const double value, meanSsim(in.outputs, in.targets, in.range));
    return MetricScore{value, {}};
}
Result<MetricScore> negativeMse(const MetricInput& in) {
    AXP_TRY(const double value, meanSquaredError(in.outputs, in.targets, in.range));
    return MetricScore{-value, {}};
}
Result<MetricScore> psnrToFloat(const MetricInput& in) {
    AXP_TRY(const double value, meanPsnr(in.outputs, in.floatOutputs, spanOf(in.floatOutputs)));
    return MetricScore{value, {}};
}
Result<MetricScore> ssimToFloat(const MetricInput& in) {
    AXP_TRY(const double value, meanSsim(in.outputs, in.floatOutputs, spanOf(in.floatOutputs)));
    return MetricScore{value, {}};
}

const char* kindName(TargetKind kind) {
    switch (kind) {
        case TargetKind::Labels: return "a class a sample";
        case TargetKind::Values: return "values to compare with";
        case TargetKind::Tokens: return "tokens to compare with";
        case TargetKind::None: break;
    }
    return "neither labels nor anything else to compare with";
}

bool serves(MetricReference reference, TargetKind targets) {
    switch (reference) {
        case MetricReference::Labels: return targets == TargetKind::Labels;
        case MetricReference::Values: return targets == TargetKind::Values;
        case MetricReference::Tokens: return targets == TargetKind::Tokens;
        case MetricReference::FloatOutputs: break;
    }
    return true;
}

std::string fixed(double value, int decimals) {
    char text[400];
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, decimals).ptr;
    return {text, end};
}

}  // namespace

const std::vector<Metric>& metrics() {
    using R = MetricReference;
    static const std::vector<Metric> table{
        {"top1", "Top-1 accuracy", "Top-1", "Share of the samples whose class scores highest.", R::Labels, true, true, "", 2, 0.1, topOne},
        {"top5", "Top-5 accuracy", "Top-5", "Share of the samples whose class is among the five that score highest.", R::Labels, true, true, "", 2, 0.1, topFive},
        {"mean-recall", "Mean recall", "Recall", "Mean over the classes of the share that is recognised: every class counts the same.", R::Labels, true, false, "",
         2, 0.1, meanRecall},
        {"psnr", "PSNR", "PSNR", "Peak signal-to-noise ratio of output pictures against their targets, mean over the samples; 100 dB at most.", R::Values, false,
         false, " dB", 2, 10, psnrOf},
        {"ssim", "SSIM", "SSIM", "Structural similarity of output pictures to their targets (11 x 11 Gaussian window), mean over the samples.", R::Values, false,
         false, "", 4, 0.1, ssimOf},
        {"neg-mse", "Negative MSE", "−MSE", "Mean squared error against the targets, in units of their range, with a minus sign so that larger is better.",
         R::Values, false, false, "", 6, -9, negativeMse},
        {"token-accuracy", "Token accuracy", "Tokens", "Share of the places of sequences whose token scores highest.", R::Tokens, true, false, "", 2, 0.1,
         tokenAccuracy},
        {"log-likelihood", "Log-likelihood a token", "Log-lik.",
         "Mean natural logarithm of the probability of the right token; perplexity is the exponential of its negative.", R::Tokens, false, false, "", 4, 0.5,
         logLikelihood},
        {"agreement", "Agreement with FP32", "Agreement", "Share of the samples for which the class is the one that the network gives in floating point.",
         R::FloatOutputs, true, true, "", 2, 0.1, agreement},
        {"fp32-psnr", "PSNR against FP32", "PSNR", "Peak signal-to-noise ratio of the outputs against those of the network in floating point; 100 dB at most.",
         R::FloatOutputs, false, false, " dB", 2, 10, psnrToFloat},
        {"fp32-ssim", "SSIM against FP32", "SSIM", "Structural similarity of the outputs to those of the network in floating point.", R::FloatOutputs, false, false,
         "", 4, 0.1, ssimToFloat},
    };
    return table;
}

const Metric* findMetric(const std::string& name) {
    for (const auto& metric : metrics())
        if (name == metric.name) return &metric;
    return nullptr;
}

Result<const Metric*> metricFor(const Dataset& data, const std::string& asked, const Shape& outputShape) {
    if (asked.empty()) {
        switch (data.targets()) {
            case TargetKind::Labels: return findMetric("top1");
            case TargetKind::Values: return findMetric("psnr");
            case TargetKind::Tokens: return findMetric("token-accuracy");
            case TargetKind::None: break;
        }
        return findMetric(outputShape.size() > 1 ? "fp32-psnr" : "agreement");
    }
    const Metric* metric = findMetric(asked);
    std::vector<std::string> names;
    for (const auto& known : metrics())
        if (serves(known.reference, data.targets())) names.emplace_back(known.name);
    std::string fitting = "These data allow";
    for (const auto& name : names) fitting += (name == names.front() ? " " : name == names.back() ? " and " : ", ") + name;
    if (!metric) {
        const std::string hint = didYouMean(asked, names);
        return badInput("there is no metric \"" + asked + '"', {}, hint.empty() ? fitting : hint);
    }
    if (!serves(metric->reference, data.targets()))
        return badInput("the metric " + asked + " does not suit the data, which have " + kindName(data.targets()), data.name(), fitting);
    return metric;
}

Result<void> checkOutputs(const Metric& metric, const Shape& outputShape, const Shape& targetShape, int classes) {
    const std::int64_t all = elementCount(outputShape);
    const bool scores = metric.reference == MetricReference::Labels || std::string(metric.name) == "agreement";
    if (scores && (outputShape.empty() || all != outputShape[0] || all < std::max(1, classes)))
        return badInput("for one sample the network gives an output of shape " + shapeText(outputShape) + ", and " + metric.title + " needs a score for each of " +
                            std::to_string(classes) + " classes", {}, "Use a model and a data set that belong together.");
    if (metric.reference == MetricReference::Values && all != elementCount(targetShape))
        return badInput("for one sample the network gives an output of shape " + shapeText(outputShape) + ", and the targets have the shape " + shapeText(targetShape), {},
                        "Use a model and a data set that belong together.");
    if (metric.reference == MetricReference::Tokens) {
        const std::int64_t places = elementCount(targetShape), last = outputShape.empty() ? 0 : outputShape.back();
        if (last < classes || all != places * last)
            return badInput("for one sample the network gives an output of shape " + shapeText(outputShape) + ", and " + std::to_string(places) +
                                " places need a score for each of " + std::to_string(classes) + " tokens",
                            {}, "Use a network that gives [length, vocabulary], or set the vocabulary of the data.");
    }
    const std::string name = metric.name;
    if (name == "ssim" || name == "fp32-ssim") return checkSsimShape(name == "ssim" ? targetShape : outputShape);
    return {};
}

std::string metricText(const std::string& name, double value) {
    const Metric* metric = findMetric(name);
    if (!metric || metric->fraction) return fixed(value * 100, metric ? metric->decimals : 2) + " %";
    return fixed(value, metric->decimals) + metric->unit;
}

std::string metricTitle(const std::string& name) {
    const Metric* metric = findMetric(name);
    return metric ? metric->title : name;
}

std::string metricShortTitle(const std::string& name) {
    const Metric* metric = findMetric(name);
    return metric ? metric->shortTitle : name;
}

bool metricIsFraction(const std::string& name) {
    const Metric* metric = findMetric(name);
    return !metric || metric->fraction;
}

double hypervolumeMargin(const std::string& name, double exact) {
    const Metric* metric = findMetric(name);
    if (!metric) return 0.1;
    return metric->margin >= 0 ? metric->margin : std::max(-metric->margin * std::abs(exact), 1e-9);
}

}  // namespace axp
