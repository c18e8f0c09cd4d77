// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/data/sample_store.h"

namespace axp {

/// Samples of numbers in memory: x -> ((x / divisor) - mean) / deviation in binary32, a mean and deviation for all or one a channel.
class ValueStore : public SampleStore {
public:
    struct Shapes {
        Shape sample;          ///< as the network gets it
        bool fromLast = false; ///< pictures are stored with channels last, and the network gets them first
        bool toLast = false;   ///< the reverse
        int channelAt = -1;    ///< dimension of `sample` that counts channels; -1: there are none
    };
    /// `values` are float32 [count, ...] in the order of the file. Refuses values that are not finite, and lists of means that do not fit.
    static Result<std::shared_ptr<ValueStore>> make(Tensor values, const Shapes& shapes, const Preprocessing& preprocessing, const std::string& where);

    std::int64_t size() const override { return m_values.shape()[0]; }
    Shape sampleShape() const override { return m_shapes.sample; }
    Result<void> read(std::int64_t index, std::byte* target) const override;
    /// With 1 or 3 channels: each sample between its smallest and its largest value.
    Result<Picture> picture(std::int64_t index) const override;
    /// The target array's values, else the sample itself.
    Result<void> readTarget(std::int64_t index, std::byte* target) const override;
    Shape targetShape() const override;
    std::string nameOf(std::int64_t index) const override { return file + " #" + std::to_string(index); }

    Tensor targetValues;  ///< float32 [count, ...]; empty: the samples themselves
    std::string file;

private:
    Tensor m_values;
    Shapes m_shapes;
    Preprocessing m_preprocessing;
};

/// Any number type as float32; whole numbers beyond 2^24 that float32 cannot hold are an error.
Result<Tensor> asFloat(const Tensor& tensor, const std::string& where);
/// A one-dimensional (or [n, 1]) array of whole numbers as labels; also whole numbers in floating point.
Result<std::vector<std::int32_t>> asLabels(const Tensor& tensor, const std::string& where);
/// Any whole-number type as int64.
Result<Tensor> asTokens(const Tensor& tensor, const std::string& where);
/// SHA-256 over type, shape and bytes.
std::string digestOf(const Tensor& tensor);

/// x.npy and y.npy, with parts: {x_train, y_train} and {x_test, y_test} (also train_x, x_val ...), else {x, y}, else the file given.
struct ArrayFiles {
    std::string samples, targets;  ///< full paths; targets empty: there are none
};
std::vector<ArrayFiles> findArrays(const std::string& path);

}  // namespace axp
