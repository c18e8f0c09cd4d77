// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/data/dataset.h"

namespace axp {

/// The three ways in which a network computes: in floating point, quantized with the exact multiplier at every site, and quantized with
/// the multipliers of an assignment.
enum class NetworkForm { Fp32, Quantized, Approximate };
inline constexpr std::array kNetworkForms{NetworkForm::Fp32, NetworkForm::Quantized, NetworkForm::Approximate};

/// What a network says about the samples of a slice, one entry a sample.
struct Predictions {
    static constexpr std::int32_t kNone = -1;  ///< the class of a sample whose logits are not numbers

    int outputs = 0;                    ///< logits a sample; may exceed the number of classes of the data
    std::vector<std::int32_t> classes;  ///< index of the largest logit, the first of equal ones (as top-1 counts), or kNone
    std::vector<float> probabilities;   ///< softmax of the logits, [samples, outputs]; zeros where the class is kNone
    /// Of networks that give no classes (pictures, tokens): the value of the project's metric; the classes are kNone, outputs is 0.
    std::optional<double> score;
    Tensor pictures;                    ///< what such a network gave, uint8 [samples, 1 or 3, height, width]; empty: no pictures

    std::size_t size() const { return classes.size(); }
    std::span<const float> probabilitiesOf(std::size_t sample) const {
        return std::span(probabilities).subspan(sample * static_cast<std::size_t>(outputs), static_cast<std::size_t>(outputs));
    }
    /// Probability of the predicted class, 0 for kNone.
    float confidence(std::size_t sample) const {
        return classes[sample] == kNone ? 0.0F : probabilitiesOf(sample)[static_cast<std::size_t>(classes[sample])];
    }
};
/// From logits [samples, outputs] of type float32. A sample with NaN or positive infinity among its logits has no class.
Result<Predictions> predictionsOf(const Tensor& logits);

/// What a network says when `metric` (a name of metrics()) judges it: predictionsOf() where it judges classes, else score and pictures, which are drawn
/// between the smallest and the largest value that the same sample has in `floatOutputs`, so that forms can be compared. Outputs
/// that are flat have the shape of the targets.
Result<Predictions> judgedOutputs(const Tensor& outputs, const Tensor& floatOutputs, const Dataset& data, const DataSplit& split, std::int64_t offset,
                                  const std::string& metric);
/// Whether a metric judges classes.
bool judgesClasses(const std::string& metric);

/// How many samples of a class were taken for which class. Rows are true classes; column classes() counts predictions that are no class
/// of the data (an output beyond them, or kNone).
class ConfusionMatrix {
public:
    ConfusionMatrix() = default;
    /// `labels` in 0 .. classes - 1, one a prediction.
    ConfusionMatrix(std::span<const std::int32_t> labels, std::span<const std::int32_t> predicted, int classes);

    int classes() const { return m_classes; }
    /// Columns that a view shows: classes(), and one more when a prediction is no class of the data.
    int columns() const { return m_classes + (predicted(m_classes) > 0 ? 1 : 0); }
    std::int64_t count(int truth, int predicted) const {
        return m_counts[static_cast<std::size_t>(truth) * static_cast<std::size_t>(m_classes + 1) + static_cast<std::size_t>(predicted)];
    }
    /// Samples of a class.
    std::int64_t support(int truth) const;
    /// Samples taken for a class (or for none: classes()).
    std::int64_t predicted(int column) const;
    std::int64_t total() const;
    std::int64_t correct() const;
    /// Fraction of the samples that are right; nothing without samples.
    std::optional<double> accuracy() const;

private:
    int m_classes = 0;
    std::vector<std::int64_t> m_counts;
};

/// Figures of a class, as fractions; nothing where they are not defined (no sample was taken for it, or none belongs to it).
struct ClassFigures {
    std::int64_t support = 0, predicted = 0, correct = 0;
    std::optional<double> precision;  ///< correct / predicted
    std::optional<double> recall;     ///< correct / support
    std::optional<double> f1;         ///< 2 correct / (support + predicted)
};
/// One entry a class.
std::vector<ClassFigures> classFigures(const ConfusionMatrix& matrix);
/// Unweighted means over the classes for which a figure is defined; the counts are sums.
ClassFigures meanFigures(const std::vector<ClassFigures>& figures);

/// Labels (empty when the data have none) and predictions by NetworkForm (null: not known) of the same samples.
struct PredictionTable {
    std::span<const std::int32_t> labels;
    std::array<const Predictions*, kNetworkForms.size()> of{};

    const Predictions* operator[](NetworkForm form) const { return of[static_cast<std::size_t>(form)]; }
    /// The class or kNone; the form must be known.
    std::int32_t predicted(NetworkForm form, std::size_t sample) const { return (*this)[form]->classes[sample]; }
    bool right(NetworkForm form, std::size_t sample) const { return predicted(form, sample) == labels[sample]; }
};

/// Which samples a view shows.
struct SampleFilter {
    enum class Kind {
        All,
        Wrong,                   ///< `form` predicts another class than the label
        ChangedByQuantization,   ///< FP32 and quantized predict different classes
        ChangedByApproximation,  ///< quantized and approximate predict different classes
        BrokenByApproximation,   ///< quantized is right, approximate is wrong
        FixedByApproximation     ///< quantized is wrong, approximate is right
    };
    Kind kind = Kind::All;
    NetworkForm form = NetworkForm::Approximate;  ///< whose predictions Wrong and `predicted` mean
    std::optional<std::int32_t> truth;            ///< only samples of this class
    std::optional<std::int32_t> predicted;        ///< only samples taken for this class; `classes`: for none of the data's classes
    bool operator==(const SampleFilter&) const = default;
};
/// True when the table holds what the filter asks about.
bool applicable(const SampleFilter& filter, const PredictionTable& table);
/// The samples that pass, ascending, out of 0 .. samples - 1; none when the filter is not applicable. `classes`: of the data.
std::vector<std::int32_t> matching(const SampleFilter& filter, const PredictionTable& table, std::int64_t samples, int classes);
/// How many samples the two predict differently.
std::int64_t differences(const Predictions& a, const Predictions& b);

}  // namespace axp
