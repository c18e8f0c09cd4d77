// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/data/dataset.h"
#include "core/eval/outcomes.h"

namespace axp {

/// What outputs are held against.
enum class MetricReference {
    Labels,       ///< the class of every sample
    Values,       ///< target values, DataSplit::targets()
    Tokens,       ///< target tokens
    FloatOutputs  ///< what the same network gives in floating point; works without labels
};

/// What is known about the samples of a slice. Outputs and floatOutputs are float32 with the samples along the first dimension.
struct MetricInput {
    Tensor outputs, floatOutputs;
    std::vector<std::int32_t> labels;
    Tensor targets;              ///< float32 for Values, int64 for Tokens
    int classes = 0;
    std::vector<double> range;   ///< Dataset::targetRange()
};
struct MetricScore {
    double value = 0;
    Outcomes outcomes;  ///< per sample right or wrong; empty where that is not what the metric counts
};

/// A figure of merit of a network. Of every one a larger value is better: errors are stored so that this holds (their names say it), and
/// searches, fronts and hypervolumes need no case of their own. A new one is a function and a line in the table of metrics.cpp.
struct Metric {
    const char* name;       ///< Evaluation::metricName, part of the memo key
    const char* title;      ///< "Top-1 accuracy"
    const char* shortTitle; ///< for columns: "Top-1"
    const char* help;       ///< one sentence
    MetricReference reference;
    bool fraction;          ///< 0..1, shown in percent
    bool counted;           ///< the share of samples that are right: has outcomes and binomial intervals
    const char* unit;       ///< after the number when it is no fraction: " dB"
    int decimals;           ///< of the number as shown
    double margin;          ///< how far below the exact design's value hypervolumes are measured; negative: times that value's size
    Result<MetricScore> (*measure)(const MetricInput& input);
};
const std::vector<Metric>& metrics();
/// Null when there is none of this name.
const Metric* findMetric(const std::string& name);
/// The metric that a project asks for, or the one that suits the data when it asks for none (empty): top1, psnr, token-accuracy, and
/// without any target agreement or, for outputs of more dimensions than one, fp32-psnr. `outputShape` is of one sample. The error says why it does not fit
/// the data.
Result<const Metric*> metricFor(const Dataset& data, const std::string& asked, const Shape& outputShape);
/// What measure() would refuse about the shape of the outputs, said before anything is computed. `targetShape` of one sample: for Values and
/// Tokens.
Result<void> checkOutputs(const Metric& metric, const Shape& outputShape, const Shape& targetShape, int classes);

/// A value as people read it, for metrics by name: "91.23 %", "31.42 dB"; unknown names as fractions (they are of the future).
std::string metricText(const std::string& name, double value);
/// The title; the name itself when it is unknown.
std::string metricTitle(const std::string& name);
std::string metricShortTitle(const std::string& name);
/// Whether values of this metric are fractions.
bool metricIsFraction(const std::string& name);
/// How far below the exact design's value hypervolumes begin.
double hypervolumeMargin(const std::string& name, double exact);

}  // namespace axp
