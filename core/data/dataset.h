// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"

namespace axp {

/// Samples with labels of one split. Thread-safe for reading.
/// Images come out as float [count, channels, height, width] after the data set's own preprocessing (x / 255, - mean, / std).
class DataSplit {
public:
    virtual ~DataSplit() = default;
    virtual std::int64_t size() const = 0;
    /// Shape of one sample, for example [1, 28, 28].
    virtual Shape sampleShape() const = 0;
    /// Samples [offset, offset + count) as float [count, sampleShape...]; the range must lie within the split.
    virtual Result<Tensor> samples(std::int64_t offset, std::int64_t count) const = 0;
    /// An error when the samples have no labels.
    virtual Result<std::vector<std::int32_t>> labels(std::int64_t offset, std::int64_t count) const = 0;
    /// Samples as people look at them, before the preprocessing: uint8 [count, channels, height, width] with 1 (grey) or 3 (red, green,
    /// blue) channels. An error when the samples are no pictures, which is what this default says.
    virtual Result<Tensor> pictures(std::int64_t offset, std::int64_t count) const;
};

/// A data set with the splits "train", "calibration", "selection", "test" (a split can be missing).
class Dataset {
public:
    virtual ~Dataset() = default;
    virtual std::string name() const = 0;
    virtual int classes() const = 0;
    virtual std::vector<std::string> classNames() const = 0;
    /// The error says which split is missing and how to get it.
    virtual Result<std::shared_ptr<const DataSplit>> split(const std::string& name) const = 0;
};

/// Where a project's data come from, for example {"source": "fashion-mnist"}.
struct DataSpec {
    std::string source = "fashion-mnist";
    std::string path;  ///< folder with the four IDX files; empty: the system's (Debian package), then the bundled subset
    bool operator==(const DataSpec&) const = default;
};

/// Names of the sources that openDataset knows.
std::vector<std::string> dataSources();

/// Opens a data set. "fashion-mnist" is complete when the Debian package dataset-fashion-mnist is installed
/// (/usr/share/datasets/fashion-mnist, or the folder that the environment variable AXP_DATA_DIR names) or `path` holds the four
/// IDX files (.gz or not); otherwise the bundled subset serves (2,000 test, 512 calibration images; no train split; its selection
/// split is the calibration split's data and the name says "fashion-mnist-subset"). Files of other content than the published
/// ones get a name of their own ("fashion-mnist-" and eight digits of a content hash), so that results never get mixed up.
/// Splits: training images 0-54,999 train, 55,000-55,511 calibration, 55,512-59,999 selection; the test files are test.
/// Pixels x become ((x / 255) - 0.2860) / 0.3530, each step rounded to binary32 (see normalisePixel).
/// `resources` is the folder resources/ of the installation.
Result<std::shared_ptr<const Dataset>> openDataset(const DataSpec& spec, const std::string& resources);

}  // namespace axp
