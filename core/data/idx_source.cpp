// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <filesystem>

#include "core/base/text.h"
#include "core/data/idx.h"
#include "core/data/sample_store.h"
#include "core/data/sources.h"

namespace axp {

namespace {

namespace fs = std::filesystem;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    if (const auto at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
    return text;
}

/// A file of images with its file of labels.
struct Pair {
    fs::path images, labels;
};

/// Labels of "train-images-idx3-ubyte.gz" are "train-labels-idx1-ubyte" with or without .gz; empty when there are none.
fs::path labelsOf(const fs::path& images) {
    std::string name = replaced(images.filename().string(), "images", "labels");
    for (const char* kind : {"idx3", "idx4"}) name = replaced(name, kind, "idx1");
    if (name.size() > 3 && name.ends_with(".gz")) name.resize(name.size() - 3);
    std::error_code code;
    for (const char* ending : {"", ".gz"})
        if (const fs::path path = images.parent_path() / (name + ending); path != images && fs::exists(path, code)) return path;
    return {};
}

/// Every file of a folder that is IDX with 3 or 4 dimensions, by name; of a file with and without .gz the first.
std::vector<Pair> pairsIn(const fs::path& path) {
    std::error_code code;
    if (!fs::is_directory(path, code)) {
        const int dimensions = idxDimensions(path.string());
        return dimensions == 3 || dimensions == 4 ? std::vector<Pair>{{path, labelsOf(path)}} : std::vector<Pair>{};
    }
    std::vector<fs::path> files;
    for (fs::directory_iterator at(path, code), end; !code && at != end && files.size() < 1000; at.increment(code)) files.push_back(at->path());
    std::sort(files.begin(), files.end());
    std::vector<Pair> pairs;
    for (const auto& file : files) {
        const int dimensions = idxDimensions(file.string());
        if (dimensions != 3 && dimensions != 4) continue;
        if (!pairs.empty() && pairs.back().images.string() + ".gz" == file.string()) continue;
        pairs.push_back({file, labelsOf(file)});
    }
    return pairs;
}

bool named(const fs::path& path, std::initializer_list<const char*> words) {
    const std::string name = path.filename().string();
    return std::any_of(words.begin(), words.end(), [&](const char* word) { return name.find(word) != std::string::npos; });
}

struct Loaded {
    std::shared_ptr<const IdxArray> images;
    std::vector<std::int32_t> labels;
    std::string digests;
};

Result<Loaded> load(const Pair& pair, bool labelled) {
    Loaded loaded;
    if (labelled) {
        if (pair.labels.empty())
            return badInput("the file of its labels is missing", pair.images.string(),
                            "Put it beside (" + replaced(pair.images.filename().string(), "images", "labels") + "), or set the option target.");
        AXP_TRY(const IdxArray labels, readIdx(pair.labels.string(), 1));
        loaded.labels.assign(labels.values.begin(), labels.values.end());
        loaded.digests = idxDigest(labels);
    }
    AXP_TRY(IdxArray images, readIdx(pair.images.string(), idxDimensions(pair.images.string())));
    if (labelled && images.shape[0] != static_cast<std::int64_t>(loaded.labels.size()))
        return badInput("there are " + std::to_string(images.shape[0]) + " images, but " + std::to_string(loaded.labels.size()) + " labels in " +
                            pair.labels.string(), pair.images.string(), "Take both files from the same place");
    loaded.digests += idxDigest(images);
    loaded.images = std::make_shared<const IdxArray>(std::move(images));
    return loaded;
}

/// Pictures of an array [n, h, w] or [n, c, h, w] or [n, h, w, c].
Result<PictureStore::Source> pictureSource(std::shared_ptr<const IdxArray> images, const std::string& where) {
    const Shape& s = images->shape;
    const bool colour = s.size() == 4, last = colour && (s[3] == 1 || s[3] == 3) && s[1] != 1 && s[1] != 3;
    if (colour && !last && s[1] != 1 && s[1] != 3)
        return badInput("images of shape " + shapeText(s) + " have neither 1 nor 3 channels", where);
    const std::int64_t c = !colour ? 1 : last ? s[3] : s[1], h = !colour || last ? s[1] : s[2], w = !colour || last ? s[2] : s[3];
    return PictureStore::Source([=](std::int64_t index) -> Result<Picture> {
        const auto first = images->values.begin() + index * h * w * c;
        Picture picture{h, w, c, std::vector<std::uint8_t>(first, first + h * w * c)};
        if (c == 3 && !last)
            for (std::int64_t i = 0; i < h * w; ++i)
                for (std::int64_t k = 0; k < 3; ++k) picture.pixels[static_cast<std::size_t>(3 * i + k)] = first[k * h * w + i];
        return picture;
    });
}

}  // namespace

bool recognisesIdx(const std::string& path) { return !pairsIn(path).empty(); }

std::vector<ParameterSpec> idxParameters() {
    return {{"target", "What outputs are held against: the labels, the picture itself (input, for autoencoders), or nothing (none).",
             std::string("labels"), 0, 0, {"labels", "input", "none"}},
            {"classes", "Number of classes; 0: as many as the largest label says.", std::int64_t{0}, 0, 256, {}},
            trainPercentParameter()};
}

Result<std::shared_ptr<const Dataset>> openIdx(const DataSpec& spec, const std::string&, const JobContext& job) {
    std::error_code code;
    if (!fs::exists(spec.path, code)) return badInput("there is no such file or folder", spec.path, "Give the folder with the IDX files.");
    std::vector<Pair> pairs = pairsIn(spec.path);
    if (pairs.empty()) {
        if (!fs::is_directory(spec.path, code)) AXP_CHECK(readIdx(spec.path, 3));  // says what is wrong with the file
        return badInput("there is no IDX file of images in it", spec.path, "Give the folder with the IDX files (images and labels).");
    }
    if (pairs.size() > 1) {
        // Training and test; a folder with anything else is not understood rather than guessed at.
        const auto training = [](const Pair& pair) { return named(pair.images, {"train"}); };
        const auto testing = [](const Pair& pair) { return named(pair.images, {"t10k", "test", "val"}); };
        std::stable_sort(pairs.begin(), pairs.end(), [&](const Pair& a, const Pair& b) { return training(a) > training(b); });
        if (pairs.size() > 2 || !training(pairs[0]) || !testing(pairs[1]))
            return badInput("there are " + std::to_string(pairs.size()) + " files of images in it and not one with train and one with test or t10k in its name",
                            spec.path, "Give the file of images instead of the folder.");
    }
    const std::string target = std::get<std::string>(spec.options.at("target"));
    AXP_TRY(const Preprocessing preprocessing, preprocessingFrom(spec.preprocessing));
    StoredData data;
    data.source = "idx";
    std::vector<std::shared_ptr<PictureStore>> stores;
    for (const Pair& pair : pairs) {
        if (job.cancelled()) return cancelled();
        AXP_TRY(const Loaded loaded, load(pair, target == "labels"));
        AXP_TRY(auto source, pictureSource(loaded.images, pair.images.string()));
        AXP_TRY(auto store, PictureStore::make(loaded.images->shape[0], std::move(source), preprocessing, true));
        store->labels = loaded.labels;
        store->names = [name = pair.images.filename().string()](std::int64_t index) { return name + " #" + std::to_string(index); };
        data.identity += loaded.digests;
        data.facts.emplace_back(stores.empty() && pairs.size() > 1 ? "Training file" : pairs.size() > 1 ? "Test file" : "File",
                                pair.images.filename().string() + ", " + std::to_string(loaded.images->shape[0]) + " images");
        stores.push_back(store);
        data.parts.push_back(store);
    }
    if (stores.size() == 2 && stores[0]->sampleShape() != stores[1]->sampleShape())
        return badInput("the images of both files differ in size", spec.path, "Set resize and crop in the preprocessing.");
    data.targets = target == "labels" ? TargetKind::Labels : target == "input" ? TargetKind::Values : TargetKind::None;
    data.targetRange = stores[0]->scaler().range();
    data.pictures = true;
    if (target == "labels") {
        std::vector<const std::vector<std::int32_t>*> labels;
        for (const auto& store : stores) labels.push_back(&store->labels);
        const fs::path folder = fs::is_directory(spec.path, code) ? fs::path(spec.path) : fs::path(spec.path).parent_path();
        AXP_TRY(data.classNames, readClassNames((folder / "classes.txt").string()));
        AXP_TRY(data.classes, countClasses(labels, std::get<std::int64_t>(spec.options.at("classes")), spec.path));
        if (static_cast<int>(data.classNames.size()) != data.classes) data.classNames.clear();
    }
    return makeDataset(std::move(data), spec);
}

}  // namespace axp
