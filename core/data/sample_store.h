// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/data/preprocessing.h"

namespace axp {

/// All samples of one part of a data set (a file, a folder), in the order of the files. Thread-safe for reading.
class SampleStore {
public:
    virtual ~SampleStore() = default;
    virtual std::int64_t size() const = 0;
    virtual Shape sampleShape() const = 0;
    virtual DType sampleType() const { return DType::F32; }
    /// Writes one sample; `target` has the bytes that sampleShape() and sampleType() ask for.
    virtual Result<void> read(std::int64_t index, std::byte* target) const = 0;
    /// The sample as people look at it; all samples have the same size and channels. Default: an error.
    virtual Result<Picture> picture(std::int64_t index) const;
    /// float32 or int64 values to compare outputs with, see DataSplit::targets(). Default: an error.
    virtual Result<void> readTarget(std::int64_t index, std::byte* target) const;
    virtual Shape targetShape() const { return {}; }
    virtual DType targetType() const { return DType::F32; }
    virtual std::string nameOf(std::int64_t) const { return {}; }

    std::vector<std::int32_t> labels;  ///< one a sample, or empty
};

/// Pictures in memory, one after the other, all of the same size before preprocessing.
class PictureStore : public SampleStore {
public:
    /// Gives picture `index` of `count`.
    using Source = std::function<Result<Picture>(std::int64_t index)>;
    /// `first` is prepared now to learn the size. `selfTarget`: the input is what outputs are compared with.
    static Result<std::shared_ptr<PictureStore>> make(std::int64_t count, Source source, const Preprocessing& preprocessing, bool selfTarget);

    std::int64_t size() const override { return m_count; }
    Shape sampleShape() const override { return m_scaler.sampleShape(m_height, m_width); }
    Result<void> read(std::int64_t index, std::byte* target) const override;
    Result<Picture> picture(std::int64_t index) const override;
    Result<void> readTarget(std::int64_t index, std::byte* target) const override;
    Shape targetShape() const override { return sampleShape(); }
    std::string nameOf(std::int64_t index) const override { return names ? names(index) : std::string(); }
    const PixelScaler& scaler() const { return m_scaler; }

    std::function<std::string(std::int64_t)> names;

private:
    Source m_source;
    Preprocessing m_preprocessing;
    PixelScaler m_scaler;
    std::int64_t m_count = 0, m_height = 0, m_width = 0, m_channels = 0;
    bool m_selfTarget = false;
};

/// Which samples of which part make up a split.
struct SplitPlan {
    int part = 0;  ///< 0: the training part (or the only one), 1: the test part
    std::vector<std::uint32_t> samples;
};
/// Splits of all sources but fashion-mnist. Samples of a part are put into a fixed random order first (files are often sorted by class):
/// Fisher-Yates from the last place down, place i exchanged with place r mod (i + 1), r the next number of SplitMix64 with seed
/// 0x41787046 + number of samples.
/// * With a test part: it is "test". Of the training part's n samples the last h = min(5000, n / 5) are held out: the first
///   c = min(512, h / 4) of them calibrate, the rest is "selection", and everything before them is "train".
/// * With one part only: the first trainPercent per cent are "train" (0: there is no such split); of the other r samples
///   min(512, r / 5) calibrate, the next min(4488, 2 r / 5) are "selection", the rest is "test".
/// An error when a part is too small for that (5 samples are the least). `where` names the data in errors.
Result<std::map<std::string, SplitPlan>> planSplits(std::int64_t first, std::optional<std::int64_t> test, std::int64_t trainPercent,
                                                    const std::string& where);
/// The parameter that planSplits() goes by.
ParameterSpec trainPercentParameter();

/// What a source found.
struct StoredData {
    std::string source;                 ///< its name
    std::string identity;               ///< whatever tells this content from another (digests); hashed into the name
    std::vector<std::shared_ptr<const SampleStore>> parts;  ///< one, or training and test
    int classes = 0;
    std::vector<std::string> classNames;
    TargetKind targets = TargetKind::Labels;
    std::vector<double> targetRange{1.0};
    bool pictures = false;              ///< whether preprocessing's first steps applied
    bool slow = false;                  ///< reading a sample takes long: read ahead
    std::vector<std::pair<std::string, std::string>> facts;
    std::vector<std::string> problems;
};
/// The data set: named source-XXXXXXXX by a hash over identity, options, preprocessing and splits.
Result<std::shared_ptr<const Dataset>> makeDataset(StoredData data, const DataSpec& spec);

/// Samples [first, first + count) of a store in its own order, with their labels; `label` names the split in errors.
std::shared_ptr<const DataSplit> storeSplit(std::shared_ptr<const SampleStore> store, std::int64_t first, std::int64_t count, std::string label);

/// Every line of a text file that names a class, in order; empty when there is no such file. Lines beyond `most` are an error.
Result<std::vector<std::string>> readClassNames(const std::string& path, std::size_t most = 100000);
/// Checks labels against the classes (0: as many as the largest label says) and returns how many classes there are. `where` names the file.
Result<int> countClasses(const std::vector<const std::vector<std::int32_t>*>& labels, std::int64_t asked, const std::string& where);

}  // namespace axp
