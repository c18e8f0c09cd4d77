// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/fashion_mnist.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>

#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/data/idx.h"
#include "core/data/image_split.h"
#include "core/data/sample_store.h"
#include "core/data/sources.h"

namespace axp {

namespace {

constexpr int classCount = 10;
constexpr std::int64_t side = 28;
constexpr std::int64_t heldOut = 5000;      // the last training images, never trained on
constexpr std::int64_t calibrationCount = 512;
// Mean and standard deviation of the 60,000 training images, as everybody uses them.
constexpr PixelNormalisation normalisation{0.2860F, 0.3530F};
constexpr const char* systemFolder = "/usr/share/datasets/fashion-mnist";
constexpr const char* install = "Install the Debian package dataset-fashion-mnist (apt install dataset-fashion-mnist)";

/// Images with their labels: two files, and what `zcat FILE | sha256sum` gives for the published ones.
struct Part {
    const char* images;
    const char* labels;
    const char* imagesDigest;
    const char* labelsDigest;
};
constexpr Part trainPart{"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                         "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                         "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"};
constexpr Part testPart{"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
                        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"};
// The bundled files; make_subset.py prints their sums.
constexpr Part subsetTestPart{"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
                              "862035b0a96959b614c9574f4c2b0ae9584ca234813e8d6d7adb7838b12ca46b",
                              "aa3f574d30afaf0d4d9da084a6f8541771e20693d6a97fae6e9a4953fca8f078"};
constexpr Part subsetCalibrationPart{"calibration-images-idx3-ubyte", "calibration-labels-idx1-ubyte",
                                     "6a748b8c7c77e7cd017439bef48df0cc159ae956e33b687eb050ddff3c8b4226",
                                     "67fc68b5353fe016ceda3773670082de5af1c847e02016bd2978a8245196c064"};

/// The file with or without .gz; empty when there is neither.
std::string findFile(const std::string& folder, const std::string& name) {
    std::error_code code;
    for (const char* ending : {"", ".gz"}) {
        const std::string path = folder + '/' + name + ending;
        if (std::filesystem::exists(path, code)) return path;
    }
    return {};
}

using Data = std::shared_ptr<const LabelledImages>;

/// Loaded images together with what identifies their content.
struct Loaded {
    Data data;
    std::string digests;
    bool published = false;
};

Result<Loaded> load(const std::string& folder, const Part& part) {
    const std::string images = findFile(folder, part.images), labels = findFile(folder, part.labels);
    if (images.empty() || labels.empty())
        return badInput(std::string("the file ") + (images.empty() ? part.images : part.labels) + ".gz is missing", folder,
                        install);
    AXP_TRY(auto data, readLabelledImages(images, labels, classCount));
    if (data.images.shape[1] != side || data.images.shape[2] != side)
        return badInput("the images are " + std::to_string(data.images.shape[1]) + " x " + std::to_string(data.images.shape[2]) +
                            " pixels, Fashion-MNIST has 28 x 28", images);
    const std::string imagesDigest = idxDigest(data.images), labelsDigest = idxDigest(data.labels);
    Loaded loaded;
    loaded.published = imagesDigest == part.imagesDigest && labelsDigest == part.labelsDigest;
    loaded.digests = imagesDigest + labelsDigest;
    loaded.data = std::make_shared<const LabelledImages>(std::move(data));
    return loaded;
}

class FashionMnist : public Dataset {
public:
    /// Another preprocessing than everybody's is part of the name.
    Result<void> prepare(const ParameterValues& values) {
        AXP_TRY(const Preprocessing wanted, preprocessingFrom(values));
        m_facts = wanted.facts(true);
        const ParameterValues usual = valuesOf(findDataSource("fashion-mnist")->preprocessing);
        if (values == usual) return {};
        std::string text;
        for (const auto& [name, value] : values) text += name + ' ' + parameterText(value) + '\n';
        m_suffix = "-p" + sha256Hex(text).substr(0, 8);
        m_preprocessing = wanted;
        return {};
    }
    std::vector<std::pair<std::string, std::string>> facts() const override { return m_facts; }
    int classes() const override { return classCount; }
    std::vector<std::string> classNames() const override {
        return {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"};
    }

protected:
    /// Files are read when a split first needs them and then kept.
    Result<Data> part(const std::string& folder, const Part& files) const {
        const std::lock_guard lock(m_mutex);
        if (const auto at = m_parts.find(files.images); at != m_parts.end()) return at->second;
        AXP_TRY(auto loaded, load(folder, files));
        if (!loaded.published)
            return badInput(std::string("the content of ") + files.images + " or " + files.labels +
                                " differs from the published data set", folder, "Reinstall it");
        return m_parts[files.images] = loaded.data;
    }
    void keep(const Part& files, Data data) { m_parts[files.images] = std::move(data); }

    const std::string& suffix() const { return m_suffix; }
    Result<std::shared_ptr<const DataSplit>> make(Data data, std::int64_t first, std::int64_t count,
                                                  const std::string& split) const {
        const std::string label = '"' + split + "\" of " + name();
        if (m_preprocessing) return prepared(std::move(data), first, count, label);
        return std::shared_ptr<const DataSplit>(
            std::make_shared<ImageSplit>(std::move(data), first, count, normalisation, label));
    }
    Result<std::shared_ptr<const DataSplit>> prepared(Data data, std::int64_t first, std::int64_t count, const std::string& label) const {
        const std::int64_t height = data->images.shape[1], width = data->images.shape[2];
        const auto picture = [data, height, width](std::int64_t index) -> Result<Picture> {
            const auto at = data->images.values.begin() + index * height * width;
            return Picture{height, width, 1, std::vector<std::uint8_t>(at, at + height * width)};
        };
        AXP_TRY(const auto store, PictureStore::make(data->images.shape[0], picture, *m_preprocessing, false));
        store->labels.assign(data->labels.values.begin(), data->labels.values.end());
        return storeSplit(store, first, count, label);
    }
    static Error unknownSplit(const std::string& name) {
        const std::string hint = didYouMean(name, {"train", "calibration", "selection", "test"});
        return badInput("there is no split \"" + name + "\"", {},
                        hint.empty() ? "The splits are train, calibration, selection and test" : hint);
    }

private:
    std::optional<Preprocessing> m_preprocessing;  ///< none: the usual one
    std::string m_suffix;
    std::vector<std::pair<std::string, std::string>> m_facts;
    mutable std::mutex m_mutex;
    mutable std::map<std::string, Data> m_parts;
};

class CompleteFashionMnist : public FashionMnist {
public:
    explicit CompleteFashionMnist(std::string folder) : m_folder(std::move(folder)) {}

    /// Reads everything now, and takes a name of its own unless it is the published data.
    Result<void> identify() {
        AXP_TRY(auto train, load(m_folder, trainPart));
        AXP_TRY(auto test, load(m_folder, testPart));
        if (!train.published || !test.published) {
            m_name += '-';
            m_name += sha256Hex(train.digests + test.digests).substr(0, 8);
        }
        if (const auto images = train.data->images.shape[0]; images <= heldOut)
            return badInput("there are " + std::to_string(images) + " training images, but the last " + std::to_string(heldOut) +
                                " are held out for calibration and selection, so that more are needed", m_folder);
        keep(trainPart, train.data);
        keep(testPart, test.data);
        return {};
    }

    std::string name() const override { return m_name + suffix(); }
    Result<std::shared_ptr<const DataSplit>> split(const std::string& split) const override {
        if (split == "test") {
            AXP_TRY(const Data data, part(m_folder, testPart));
            return make(data, 0, data->images.shape[0], split);
        }
        if (split != "train" && split != "calibration" && split != "selection") return unknownSplit(split);
        AXP_TRY(const Data data, part(m_folder, trainPart));
        const std::int64_t trained = data->images.shape[0] - heldOut;
        if (split == "train") return make(data, 0, trained, split);
        if (split == "calibration") return make(data, trained, calibrationCount, split);
        return make(data, trained + calibrationCount, heldOut - calibrationCount, split);
    }

private:
    std::string m_folder;
    std::string m_name = "fashion-mnist";
};

class BundledFashionMnist : public FashionMnist {
public:
    explicit BundledFashionMnist(std::string folder) : m_folder(std::move(folder)) {}

    std::string name() const override { return "fashion-mnist-subset" + suffix(); }
    Result<std::shared_ptr<const DataSplit>> split(const std::string& split) const override {
        if (split == "train")
            return badInput("the training images are not in the bundled subset of Fashion-MNIST", {}, install);
        const bool test = split == "test";
        if (!test && split != "calibration" && split != "selection") return unknownSplit(split);
        AXP_TRY(const Data data, part(m_folder, test ? subsetTestPart : subsetCalibrationPart));
        return make(data, 0, data->images.shape[0], split);
    }

private:
    std::string m_folder;
};

/// How many of the four files of the complete data set a folder holds.
int filesIn(const std::string& folder) {
    int found = 0;
    for (const char* name : {trainPart.images, trainPart.labels, testPart.images, testPart.labels})
        found += !findFile(folder, name).empty();
    return found;
}

}  // namespace

bool recognisesFashionMnist(const std::string& path) {
    const std::string labels = findFile(path, testPart.labels);
    if (labels.empty() || filesIn(path) < 4) return false;
    const auto read = readIdx(labels, 1);
    return read.ok() && idxDigest(*read) == testPart.labelsDigest;
}

Result<std::shared_ptr<const Dataset>> openFashionMnist(const DataSpec& spec, const std::string& resources, const JobContext&) {
    std::error_code code;
    const char* variable = std::getenv("AXP_DATA_DIR");
    const std::string elsewhere = !spec.path.empty() ? spec.path : variable ? variable : "";
    const std::string folder = elsewhere.empty() ? systemFolder : elsewhere;
    if (!spec.path.empty() && !std::filesystem::is_directory(folder, code))
        return badInput("this is not a folder with the data set", folder, "Give the folder that holds the four IDX files");
    const int found = filesIn(folder);
    if (found == 0 && spec.path.empty()) {
        const std::string bundled = resources + "/data/fashion-mnist-subset";
        if (!std::filesystem::is_directory(bundled, code))
            return failure("Fashion-MNIST is neither in " + folder + " nor bundled in " + bundled, {}, install);
        auto subset = std::make_shared<BundledFashionMnist>(bundled);
        AXP_CHECK(subset->prepare(spec.preprocessing));
        return std::shared_ptr<const Dataset>(std::move(subset));
    }
    if (found < 4) {
        for (const char* name : {trainPart.images, trainPart.labels, testPart.images, testPart.labels})
            if (findFile(folder, name).empty())
                return badInput(std::string("the file ") + name + ".gz is missing from the data set", folder, install);
    }
    auto dataset = std::make_shared<CompleteFashionMnist>(folder);
    AXP_CHECK(dataset->prepare(spec.preprocessing));
    // The package is known by its content when a split is read; other folders have to show what they hold before they get a name.
    if (!elsewhere.empty()) AXP_CHECK(dataset->identify());
    return std::shared_ptr<const Dataset>(std::move(dataset));
}

}  // namespace axp
