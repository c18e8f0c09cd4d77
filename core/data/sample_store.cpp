// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/sample_store.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <new>

#include "core/base/files.h"
#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/data/prefetch.h"

namespace axp {

namespace {

constexpr std::int64_t kHeldOut = 5000, kCalibration = 512;  // as many as of Fashion-MNIST
constexpr std::int64_t kLeast = 5;

std::vector<std::uint32_t> mixed(std::int64_t count) {
    std::vector<std::uint32_t> order(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
    std::uint64_t state = 0x41787046U + static_cast<std::uint64_t>(count);
    for (std::size_t i = order.size(); i-- > 1;) {
        // SplitMix64 (Steele, Lea, Flood 2014).
        std::uint64_t z = state += 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        std::swap(order[i], order[(z ^ (z >> 31)) % (i + 1)]);
    }
    return order;
}

SplitPlan cut(int part, const std::vector<std::uint32_t>& order, std::int64_t first, std::int64_t last) {
    return {part, {order.begin() + first, order.begin() + last}};
}

class StoreSplit final : public DataSplit {
public:
    StoreSplit(std::shared_ptr<const SampleStore> store, std::vector<std::uint32_t> samples, TargetKind targets, std::string label)
        : m_store(std::move(store)), m_samples(std::move(samples)), m_targets(targets), m_label(std::move(label)) {}

    std::int64_t size() const override { return static_cast<std::int64_t>(m_samples.size()); }
    Shape sampleShape() const override { return m_store->sampleShape(); }
    DType sampleType() const override { return m_store->sampleType(); }
    std::string sampleName(std::int64_t index) const override {
        return index >= 0 && index < size() ? m_store->nameOf(at(index)) : std::string();
    }
    Result<Tensor> samples(std::int64_t offset, std::int64_t count) const override { return samplesUntil(offset, count, {}); }
    Result<Tensor> samplesUntil(std::int64_t offset, std::int64_t count, const CancelToken& cancel) const override {
        return gather(offset, count, m_store->sampleShape(), m_store->sampleType(), cancel,
                      [this](std::int64_t index, std::byte* target) { return m_store->read(index, target); });
    }
    Result<Tensor> targets(std::int64_t offset, std::int64_t count) const override {
        if (m_targets != TargetKind::Values && m_targets != TargetKind::Tokens) return DataSplit::targets(offset, count);
        return gather(offset, count, m_store->targetShape(), m_store->targetType(), {},
                      [this](std::int64_t index, std::byte* target) { return m_store->readTarget(index, target); });
    }
    Result<std::vector<std::int32_t>> labels(std::int64_t offset, std::int64_t count) const override {
        AXP_CHECK(checkRange(offset, count));
        if (m_targets != TargetKind::Labels) return failure("the samples of this data set have no labels", m_label);
        std::vector<std::int32_t> found;
        for (std::int64_t i = offset; i < offset + count; ++i) found.push_back(m_store->labels[static_cast<std::size_t>(at(i))]);
        return found;
    }
    Result<Tensor> pictures(std::int64_t offset, std::int64_t count) const override {
        AXP_CHECK(checkRange(offset, count));
        std::vector<std::byte> bytes;
        Shape shape{count, 1, 1, 1};
        for (std::int64_t i = offset; i < offset + count; ++i) {
            AXP_TRY(const Picture picture, m_store->picture(at(i)));
            shape = {count, picture.channels, picture.height, picture.width};
            const std::int64_t plane = picture.height * picture.width;
            for (std::int64_t c = 0; c < picture.channels; ++c)
                for (std::int64_t p = 0; p < plane; ++p)
                    bytes.push_back(static_cast<std::byte>(picture.pixels[static_cast<std::size_t>(p * picture.channels + c)]));
        }
        return Tensor(DType::U8, shape, std::move(bytes));
    }

private:
    std::int64_t at(std::int64_t index) const { return m_samples[static_cast<std::size_t>(index)]; }
    Result<void> checkRange(std::int64_t offset, std::int64_t count) const {
        if (offset >= 0 && count >= 0 && offset <= size() && count <= size() - offset) return {};
        return badInput("the split " + m_label + " has " + std::to_string(size()) + " samples; " + std::to_string(count) + " from number " +
                            std::to_string(offset) + " on are not in it", {}, "Ask for fewer samples");
    }
    template <class Read>
    Result<Tensor> gather(std::int64_t offset, std::int64_t count, Shape shape, DType type, const CancelToken& cancel, const Read& read) const {
        AXP_CHECK(checkRange(offset, count));
        try {
            const std::size_t one = static_cast<std::size_t>(elementCount(shape)) * dtypeSize(type);
            std::vector<std::byte> bytes(one * static_cast<std::size_t>(count));
            for (std::int64_t i = 0; i < count; ++i) {
                if (cancel.cancelled()) return axp::cancelled();
                AXP_CHECK(read(at(offset + i), bytes.data() + one * static_cast<std::size_t>(i)));
            }
            shape.insert(shape.begin(), count);
            return Tensor(type, shape, std::move(bytes));
        } catch (const std::bad_alloc&) {
            return failure("not enough memory for " + std::to_string(count) + " samples", m_label);
        }
    }

    std::shared_ptr<const SampleStore> m_store;
    std::vector<std::uint32_t> m_samples;
    TargetKind m_targets;
    std::string m_label;
};

class StoredDataset final : public Dataset {
public:
    StoredDataset(StoredData data, std::string name, const std::map<std::string, SplitPlan>& plans) : m_data(std::move(data)), m_name(std::move(name)) {
        for (const auto& [split, plan] : plans) {
            const auto& store = m_data.parts[static_cast<std::size_t>(plan.part)];
            std::shared_ptr<const DataSplit> made = std::make_shared<StoreSplit>(store, plan.samples, m_data.targets, '"' + split + "\" of " + m_name);
            m_splits[split] = m_data.slow ? readAhead(made) : made;
        }
    }
    std::string name() const override { return m_name; }
    int classes() const override { return m_data.classes; }
    std::vector<std::string> classNames() const override { return m_data.classNames; }
    TargetKind targets() const override { return m_data.targets; }
    std::vector<double> targetRange() const override { return m_data.targetRange; }
    std::vector<std::pair<std::string, std::string>> facts() const override { return m_data.facts; }
    std::vector<std::string> problems() const override { return m_data.problems; }
    Result<std::shared_ptr<const DataSplit>> split(const std::string& name) const override {
        if (const auto found = m_splits.find(name); found != m_splits.end()) return found->second;
        if (name == "train")
            return badInput("these data have no split \"train\": all of them serve calibration, selection and test", m_name,
                            "Give a folder or files for training too, or set the option train-percent of the data source.");
        const std::string hint = didYouMean(name, {"train", "calibration", "selection", "test"});
        return badInput("there is no split \"" + name + "\"", m_name, hint.empty() ? "The splits are train, calibration, selection and test" : hint);
    }

private:
    StoredData m_data;
    std::string m_name;
    std::map<std::string, std::shared_ptr<const DataSplit>> m_splits;
};

}  // namespace

Result<Picture> SampleStore::picture(std::int64_t) const { return failure("the samples of this data set are no pictures"); }
Result<void> SampleStore::readTarget(std::int64_t, std::byte*) const { return failure("the samples of this data set have no values to compare with"); }

Result<std::shared_ptr<PictureStore>> PictureStore::make(std::int64_t count, Source source, const Preprocessing& preprocessing, bool selfTarget) {
    auto store = std::make_shared<PictureStore>();
    AXP_TRY(Picture raw, source(0));
    AXP_TRY(const Picture first, prepared(std::move(raw), preprocessing));
    AXP_TRY(store->m_scaler, PixelScaler::make(preprocessing, first.channels));
    store->m_source = std::move(source);
    store->m_preprocessing = preprocessing;
    store->m_count = count;
    store->m_height = first.height;
    store->m_width = first.width;
    store->m_channels = first.channels;
    store->m_selfTarget = selfTarget;
    return store;
}

Result<Picture> PictureStore::picture(std::int64_t index) const {
    AXP_TRY(Picture raw, m_source(index));
    auto made = prepared(std::move(raw), m_preprocessing);
    if (!made.ok()) {
        Error error = std::move(made).error();
        if (error.where.empty()) error.where = nameOf(index);
        return error;
    }
    if ((*made).height == m_height && (*made).width == m_width && (*made).channels == m_channels) return made;
    const auto text = [](std::int64_t width, std::int64_t height, std::int64_t channels) {
        return std::to_string(width) + " x " + std::to_string(height) + " pixels of " + std::to_string(channels) + (channels == 1 ? " channel" : " channels");
    };
    return badInput("this picture has " + text((*made).width, (*made).height, (*made).channels) + ", the first one " + text(m_width, m_height, m_channels),
                    nameOf(index), "Set resize, crop and channels in the preprocessing, so that all pictures become alike.");
}

Result<void> PictureStore::read(std::int64_t index, std::byte* target) const {
    AXP_TRY(const Picture picture, this->picture(index));
    m_scaler.scale(picture.pixels, m_height, m_width, {reinterpret_cast<float*>(target), picture.pixels.size()});
    return {};
}

Result<void> PictureStore::readTarget(std::int64_t index, std::byte* target) const {
    return m_selfTarget ? read(index, target) : SampleStore::readTarget(index, target);
}

ParameterSpec trainPercentParameter() {
    return {"train-percent", "Per cent of the samples that retraining may use, where the data do not come with a part for it.", std::int64_t{0}, 0, 90, {}};
}

Result<std::map<std::string, SplitPlan>> planSplits(std::int64_t first, std::optional<std::int64_t> test, std::int64_t trainPercent, const std::string& where) {
    constexpr std::int64_t most = std::int64_t{1} << 31;
    if (first > most || test.value_or(0) > most) return badInput("there are more than two milliard samples", where);
    const auto few = [&](std::int64_t count) {
        return badInput("there are only " + std::to_string(count) + " samples, too few to calibrate with some and to test with others", where,
                        "Give at least " + std::to_string(kLeast) + ".");
    };
    std::map<std::string, SplitPlan> plans;
    const auto order = mixed(first);
    if (test) {
        if (first < kLeast * 4) return few(first);
        if (*test < 1) return few(*test);
        const std::int64_t held = std::min(kHeldOut, first / 5), calibration = std::min(kCalibration, held / 4), trained = first - held;
        plans["train"] = cut(0, order, 0, trained);
        plans["calibration"] = cut(0, order, trained, trained + calibration);
        plans["selection"] = cut(0, order, trained + calibration, first);
        plans["test"] = cut(1, mixed(*test), 0, *test);
        return plans;
    }
    const std::int64_t trained = first * trainPercent / 100, rest = first - trained;
    if (rest < kLeast) return few(rest);
    const std::int64_t calibration = std::min(kCalibration, rest / 5), selection = std::min(kHeldOut - kCalibration, 2 * rest / 5);
    if (trained > 0) plans["train"] = cut(0, order, 0, trained);
    plans["calibration"] = cut(0, order, trained, trained + calibration);
    plans["selection"] = cut(0, order, trained + calibration, trained + calibration + selection);
    plans["test"] = cut(0, order, trained + calibration + selection, first);
    return plans;
}

Result<std::shared_ptr<const Dataset>> makeDataset(StoredData data, const DataSpec& spec) {
    const auto percent = spec.options.find("train-percent");
    const std::int64_t trainPercent = percent == spec.options.end() ? 0 : std::get<std::int64_t>(percent->second);
    const auto test = data.parts.size() > 1 ? std::optional<std::int64_t>(data.parts[1]->size()) : std::nullopt;
    AXP_TRY(const auto plans, planSplits(data.parts[0]->size(), test, trainPercent, spec.path));
    // One line an item; values are preceded by their length, so that no value can imitate the text around it.
    std::string text = "axp-data-1\n";
    const auto add = [&text](const std::string& name, const std::string& value) { text += name + ' ' + std::to_string(value.size()) + ':' + value + '\n'; };
    add("identity", data.identity);
    for (const auto& [name, value] : spec.options) add("option " + name, parameterText(value));
    for (const auto& [name, value] : spec.preprocessing) add("preprocessing " + name, parameterText(value));
    add("split rule", "1");
    const std::string name = data.source + '-' + sha256Hex(text).substr(0, 8);
    AXP_TRY(const Preprocessing preprocessing, preprocessingFrom(spec.preprocessing));
    for (auto& fact : preprocessing.facts(data.pictures)) data.facts.push_back(std::move(fact));
    return std::shared_ptr<const Dataset>(std::make_shared<StoredDataset>(std::move(data), name, plans));
}

std::shared_ptr<const DataSplit> storeSplit(std::shared_ptr<const SampleStore> store, std::int64_t first, std::int64_t count, std::string label) {
    std::vector<std::uint32_t> samples;
    for (std::int64_t i = 0; i < count; ++i) samples.push_back(static_cast<std::uint32_t>(first + i));
    return std::make_shared<StoreSplit>(std::move(store), std::move(samples), TargetKind::Labels, std::move(label));
}

Result<std::vector<std::string>> readClassNames(const std::string& path, std::size_t most) {
    std::error_code code;
    if (!std::filesystem::exists(path, code)) return std::vector<std::string>{};
    AXP_TRY(const std::string text, readFile(path, std::size_t{16} << 20));
    std::vector<std::string> names;
    for (std::string line : split(text, '\n')) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (!line.empty()) names.push_back(std::move(line));
    }
    if (names.size() > most) return badInput("the file names " + std::to_string(names.size()) + " classes, the limit is " + std::to_string(most), path);
    return names;
}

Result<int> countClasses(const std::vector<const std::vector<std::int32_t>*>& labels, std::int64_t asked, const std::string& where) {
    constexpr std::int32_t most = 1 << 20;
    std::int32_t largest = -1;
    for (const auto* part : labels)
        for (std::size_t i = 0; i < part->size(); ++i) {
            const std::int32_t label = (*part)[i];
            if (label < 0 || label >= (asked > 0 ? asked : most))
                return badInput("label " + std::to_string(label) + " of sample " + std::to_string(i) + " is out of range, classes are 0 to " +
                                    std::to_string((asked > 0 ? asked : most) - 1), where, "Correct the labels, or the number of classes.");
            largest = std::max(largest, label);
        }
    return asked > 0 ? static_cast<int>(asked) : largest + 1;
}

}  // namespace axp
