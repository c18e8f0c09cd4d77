// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/jobs/context.h"
#include "core/jobs/parameters.h"

namespace axp {

/// What the outputs of a network are held against.
enum class TargetKind {
    None,    ///< nothing: only the same network in floating point
    Labels,  ///< a class a sample
    Values,  ///< values of the shape of the output: an autoencoder's own input, or an array
    Tokens   ///< a token at every place of a sequence
};

/// Samples with labels of one split. Thread-safe for reading.
/// Images come out as float [count, channels, height, width] after the data set's own preprocessing (x / 255, - mean, / std).
class DataSplit {
public:
    virtual ~DataSplit() = default;
    virtual std::int64_t size() const = 0;
    /// Shape of one sample, for example [1, 28, 28].
    virtual Shape sampleShape() const = 0;
    /// Type of the samples: float32, or int64 for tokens.
    virtual DType sampleType() const { return DType::F32; }
    /// Samples [offset, offset + count) as [count, sampleShape...] of sampleType(); the range must lie within the split.
    virtual Result<Tensor> samples(std::int64_t offset, std::int64_t count) const = 0;
    /// The same, given up when `cancel` is raised, within the time that one sample takes.
    virtual Result<Tensor> samplesUntil(std::int64_t offset, std::int64_t count, const CancelToken& cancel) const {
        return cancel.cancelled() ? Result<Tensor>(axp::cancelled()) : samples(offset, count);
    }
    /// An error when the samples have no labels.
    virtual Result<std::vector<std::int32_t>> labels(std::int64_t offset, std::int64_t count) const = 0;
    /// What outputs are held against when Dataset::targets() is Values (float32 [count, ...]) or Tokens (int64 [count, length]; -1 where
    /// nothing is asked). An error otherwise, which is what this default says.
    virtual Result<Tensor> targets(std::int64_t offset, std::int64_t count) const;
    /// Samples as people look at them, before the values are scaled: uint8 [count, channels, height, width] with 1 (grey) or 3 (red, green,
    /// blue) channels. An error when the samples are no pictures, which is what this default says.
    virtual Result<Tensor> pictures(std::int64_t offset, std::int64_t count) const;
    /// Where a sample comes from, for example "val/cat/12.jpg"; empty when there is nothing to say.
    virtual std::string sampleName(std::int64_t) const { return {}; }
};

/// A data set with the splits "train", "calibration", "selection", "test" (a split can be missing).
class Dataset {
public:
    virtual ~Dataset() = default;
    /// Identifies content, splits and preprocessing: results are kept by it.
    virtual std::string name() const = 0;
    /// Classes of the labels, or size of the vocabulary of token targets; 0 when there are neither.
    virtual int classes() const = 0;
    virtual std::vector<std::string> classNames() const = 0;
    virtual TargetKind targets() const { return TargetKind::Labels; }
    /// How far the values of a target reach from darkest to brightest, one for all or one a channel: the peak of PSNR and SSIM.
    virtual std::vector<double> targetRange() const { return {1.0}; }
    /// What was done to the samples, in words for a person, for example {"Resized", "shorter side 256, bilinear"}.
    virtual std::vector<std::pair<std::string, std::string>> facts() const { return {}; }
    /// What was left out and why, a sentence each: images that cannot be read.
    virtual std::vector<std::string> problems() const { return {}; }
    /// The error says which split is missing and how to get it.
    virtual Result<std::shared_ptr<const DataSplit>> split(const std::string& name) const = 0;
};

/// Where a project's data come from and what is done to them, for example {"source": "fashion-mnist"}.
struct DataSpec {
    std::string source = "fashion-mnist";
    std::string path = {};               ///< what DataSource::pathHelp says; empty where that allows it
    ParameterValues options = {};        ///< of the source; missing ones have their defaults
    ParameterValues preprocessing = {};  ///< of preprocessingParameters(); missing ones are the source's own
    std::string metric = {};             ///< of metrics() (core/eval/metrics.h); empty: the one that suits the data
    bool operator==(const DataSpec&) const = default;
};

/// Names of the sources that openDataset knows, see core/data/data_source.h.
std::vector<std::string> dataSources();

/// Opens a data set. "fashion-mnist" is complete when the Debian package dataset-fashion-mnist is installed
/// (/usr/share/datasets/fashion-mnist, or the folder that the environment variable AXP_DATA_DIR names) or `path` holds the four
/// IDX files (.gz or not); otherwise the bundled subset serves (2,000 test, 512 calibration images; no train split; its selection
/// split is the calibration split's data and the name says "fashion-mnist-subset"). Files of other content than the published
/// ones get a name of their own ("fashion-mnist-" and eight digits of a content hash), so that results never get mixed up.
/// Splits: training images 0-54,999 train, 55,000-55,511 calibration, 55,512-59,999 selection; the test files are test.
/// Pixels x become ((x / 255) - 0.2860) / 0.3530, each step rounded to binary32 (see normalisePixel).
/// The splits of all other sources: core/data/sample_store.h. `resources` is the folder resources/ of the installation. Reports files read
/// where there are many; a cancel is noticed between two files and two thousand lines.
Result<std::shared_ptr<const Dataset>> openDataset(const DataSpec& spec, const std::string& resources, const JobContext& job = {});

}  // namespace axp
