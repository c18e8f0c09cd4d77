// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <filesystem>

#include "core/base/files.h"
#include "core/base/hash.h"
#include "core/data/sample_store.h"
#include "core/data/sources.h"

namespace axp {

namespace {

namespace fs = std::filesystem;
// The binary versions (Krizhevsky 2009): records of a label (10: one byte; 100: coarse, then fine) and 3 x 32 x 32 bytes, red plane first.
constexpr std::int64_t kSide = 32, kPixels = kSide * kSide, kPicture = 3 * kPixels;
constexpr std::size_t kMostBytes = std::size_t{1} << 30;

struct Layout {
    int classes = 10;   ///< 10, or 100 with coarse and fine labels
    std::vector<std::string> training, test;
    std::int64_t record() const { return kPicture + (classes == 100 ? 2 : 1); }
};

bool present(const fs::path& path) {
    std::error_code code;
    return fs::is_regular_file(path, code);
}

/// Files of a folder by their published names; of a single file by its size and first labels.
std::optional<Layout> layoutOf(const fs::path& path) {
    std::error_code code;
    Layout layout;
    if (fs::is_directory(path, code)) {
        if (present(path / "test.bin") || present(path / "train.bin")) {
            layout.classes = 100;
            if (present(path / "train.bin")) layout.training = {"train.bin"};
            if (present(path / "test.bin")) layout.test = {"test.bin"};
            return layout;
        }
        for (int i = 1; i <= 5; ++i)
            if (const std::string name = "data_batch_" + std::to_string(i) + ".bin"; present(path / name)) layout.training.push_back(name);
        if (present(path / "test_batch.bin")) layout.test = {"test_batch.bin"};
        if (layout.training.empty() && layout.test.empty()) return {};
        return layout;
    }
    const auto size = static_cast<std::int64_t>(fs::file_size(path, code));
    if (code || size == 0 || path.extension() != ".bin") return {};
    const std::string name = path.filename().string();
    if (size % (kPicture + 1) == 0 && name != "train.bin" && name != "test.bin") layout.classes = 10;
    else if (size % (kPicture + 2) == 0) layout.classes = 100;
    else return {};
    layout.test = {name};
    return layout;
}

struct Records {
    std::shared_ptr<const std::string> bytes;
    std::vector<std::int32_t> labels;
};

Result<void> append(const std::string& path, const Layout& layout, bool coarse, std::string& bytes, std::vector<std::int32_t>& labels) {
    AXP_TRY(const std::string read, readFile(path, kMostBytes));
    const std::int64_t record = layout.record(), size = static_cast<std::int64_t>(read.size());
    if (size == 0 || size % record != 0)
        return badInput("the file has " + std::to_string(size) + " bytes, not a multiple of the " + std::to_string(record) + " bytes of a CIFAR-" +
                            std::to_string(layout.classes) + " record", path, "It is cut off or of another kind; fetch it again");
    const int limit = layout.classes == 10 ? 10 : coarse ? 20 : 100;
    for (std::int64_t at = 0; at < size; at += record) {
        const int label = static_cast<std::uint8_t>(read[static_cast<std::size_t>(at + (layout.classes == 100 && !coarse ? 1 : 0))]);
        if (label >= limit)
            return badInput("label " + std::to_string(label) + " of record " + std::to_string(at / record) + " is out of range, classes are 0 to " +
                                std::to_string(limit - 1), path, "This is not a CIFAR-" + std::to_string(layout.classes) + " file, or it is damaged.");
        labels.push_back(label);
        bytes.append(read, static_cast<std::size_t>(at + record - kPicture), static_cast<std::size_t>(kPicture));
    }
    return {};
}

PictureStore::Source pictureSource(std::shared_ptr<const std::string> bytes) {
    return [bytes = std::move(bytes)](std::int64_t index) -> Result<Picture> {
        Picture picture{kSide, kSide, 3, std::vector<std::uint8_t>(static_cast<std::size_t>(kPicture))};
        const char* planes = bytes->data() + index * kPicture;
        for (std::int64_t i = 0; i < kPixels; ++i)
            for (std::int64_t c = 0; c < 3; ++c) picture.pixels[static_cast<std::size_t>(3 * i + c)] = static_cast<std::uint8_t>(planes[c * kPixels + i]);
        return picture;
    };
}

}  // namespace

bool recognisesCifar(const std::string& path) {
    const auto layout = layoutOf(path);
    if (!layout) return false;
    std::error_code code;
    const std::string file = layout->test.empty() ? layout->training[0] : layout->test[0];
    const auto size = fs::is_directory(path, code) ? fs::file_size(fs::path(path) / file, code) : fs::file_size(path, code);
    return !code && size > 0 && static_cast<std::int64_t>(size) % layout->record() == 0;
}

std::vector<ParameterSpec> cifarParameters() {
    return {{"target", "What outputs are held against: the labels, the picture itself (input, for autoencoders), or nothing (none).",
             std::string("labels"), 0, 0, {"labels", "input", "none"}},
            {"labels", "CIFAR-100's 100 fine or 20 coarse classes.", std::string("fine"), 0, 0, {"fine", "coarse"}},
            trainPercentParameter()};
}

Result<std::shared_ptr<const Dataset>> openCifar(const DataSpec& spec, const std::string&, const JobContext& job) {
    std::error_code code;
    if (!fs::exists(spec.path, code)) return badInput("there is no such file or folder", spec.path, "Give the folder with the .bin files.");
    const auto layout = layoutOf(spec.path);
    if (!layout)
        return badInput("there are no CIFAR files in it", spec.path,
                        "The binary version has data_batch_1.bin ... test_batch.bin, or train.bin and test.bin.");
    const fs::path folder = fs::is_directory(spec.path, code) ? fs::path(spec.path) : fs::path(spec.path).parent_path();
    const bool coarse = layout->classes == 100 && std::get<std::string>(spec.options.at("labels")) == "coarse";
    const std::string target = std::get<std::string>(spec.options.at("target"));
    AXP_TRY(const Preprocessing preprocessing, preprocessingFrom(spec.preprocessing));
    StoredData data;
    data.source = layout->classes == 100 ? (coarse ? "cifar-20" : "cifar-100") : "cifar-10";
    Sha256 identity;
    for (const auto* files : {&layout->training, &layout->test}) {
        if (files->empty()) continue;
        std::string bytes;
        std::vector<std::int32_t> labels;
        for (const auto& file : *files) {
            if (job.cancelled()) return cancelled();
            AXP_CHECK(append((folder / file).string(), *layout, coarse, bytes, labels));
        }
        identity.update(std::to_string(labels.size()) + ':' + bytes);
        identity.update(std::as_bytes(std::span(labels)));
        const auto count = static_cast<std::int64_t>(labels.size());
        AXP_TRY(auto store, PictureStore::make(count, pictureSource(std::make_shared<const std::string>(std::move(bytes))), preprocessing, true));
        store->labels = std::move(labels);
        store->names = [first = files->front(), many = files->size() > 1](std::int64_t index) {
            return many ? "training image " + std::to_string(index) : first + " #" + std::to_string(index);
        };
        data.targetRange = store->scaler().range();
        data.facts.emplace_back(files == &layout->test ? "Test images" : "Training images", std::to_string(count));
        data.parts.push_back(std::move(store));
    }
    data.identity = identity.hex();
    data.targets = target == "labels" ? TargetKind::Labels : target == "input" ? TargetKind::Values : TargetKind::None;
    data.pictures = true;
    if (target == "labels") {
        data.classes = layout->classes == 10 ? 10 : coarse ? 20 : 100;
        const char* names = layout->classes == 10 ? "batches.meta.txt" : coarse ? "coarse_label_names.txt" : "fine_label_names.txt";
        AXP_TRY(data.classNames, readClassNames((folder / names).string()));
        if (static_cast<int>(data.classNames.size()) != data.classes) data.classNames.clear();
    }
    return makeDataset(std::move(data), spec);
}

}  // namespace axp
