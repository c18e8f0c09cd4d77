// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <filesystem>

#include "core/base/npy.h"
#include "core/data/arrays.h"
#include "core/data/sources.h"

namespace axp {

namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostBytes = std::size_t{4} << 30;

/// Where the channels of samples [a, b, c] are: first (false) or last (true).
Result<bool> channelsLast(const Shape& sample, const std::string& asked, const std::string& where) {
    if (asked != "auto") return asked == "nhwc";
    const auto colour = [](std::int64_t size) { return size == 1 || size == 3; };
    if (colour(sample[0]) != colour(sample[2])) return colour(sample[2]);
    return badInput("samples of shape " + shapeText(sample) + " may have their channels first or last", where,
                    "Say which with the option array-layout (nchw or nhwc).");
}

/// Pictures of an array of bytes [n, h, w], [n, c, h, w] or [n, h, w, c].
PictureStore::Source pictureSource(const Tensor& bytes, bool last) {
    const Shape& s = bytes.shape();
    const bool grey = s.size() == 3;
    const std::int64_t c = grey ? 1 : last ? s[3] : s[1], h = grey || last ? s[1] : s[2], w = grey || last ? s[2] : s[3];
    return [=](std::int64_t index) -> Result<Picture> {
        const auto first = bytes.as<std::uint8_t>().begin() + index * h * w * c;
        Picture picture{h, w, c, std::vector<std::uint8_t>(first, first + h * w * c)};
        if (c == 3 && !last)
            for (std::int64_t i = 0; i < h * w; ++i)
                for (std::int64_t k = 0; k < 3; ++k) picture.pixels[static_cast<std::size_t>(3 * i + k)] = first[k * h * w + i];
        return picture;
    };
}

struct Part {
    std::shared_ptr<SampleStore> store;
    std::string identity;
    std::vector<double> range{1.0};
    bool pictures = false, values = false;  ///< values: targets are an array of values
};

Result<std::shared_ptr<SampleStore>> makeStore(const Tensor& array, const DataSpec& spec, const Preprocessing& preprocessing, const ArrayFiles& files,
                                               Part& part) {
    const Shape& s = array.shape();
    const Shape sample(s.begin() + 1, s.end());
    const std::string asked = std::get<std::string>(spec.options.at("array-layout")), file = fs::path(files.samples).filename().string();
    bool last = false;
    if (sample.size() == 3) {
        AXP_TRY(last, channelsLast(sample, asked, files.samples));
    }
    const std::int64_t channels = sample.size() == 2 ? 1 : sample.size() == 3 ? sample[last ? 2 : 0] : 0;
    if (array.dtype() == DType::U8 && (channels == 1 || channels == 3)) {
        AXP_TRY(auto store, PictureStore::make(s[0], pictureSource(array, last), preprocessing, true));
        store->names = [file](std::int64_t index) { return file + " #" + std::to_string(index); };
        part.range = store->scaler().range();
        part.pictures = true;
        return std::shared_ptr<SampleStore>(store);
    }
    if (preprocessing.resize > 0 || preprocessing.crop > 0 || preprocessing.channels != "as-is")
        return badInput(std::string("only pictures of 8 bits are resized, cropped or recoloured, and this array is of type ") + dtypeName(array.dtype()) +
                            " with shape " + shapeText(s), files.samples, "Leave these out of the preprocessing, or save the array as uint8.");
    ValueStore::Shapes shapes{sample, false, false, -1};
    if (sample.size() == 1) shapes.channelAt = 0;
    if (sample.size() == 3) {
        const bool wantLast = preprocessing.layout == "nhwc";
        shapes.fromLast = last && !wantLast;
        shapes.toLast = !last && wantLast;
        if (shapes.fromLast) shapes.sample = {sample[2], sample[0], sample[1]};
        if (shapes.toLast) shapes.sample = {sample[1], sample[2], sample[0]};
        shapes.channelAt = wantLast ? 2 : 0;
    }
    AXP_TRY(Tensor values, asFloat(array, files.samples));
    AXP_TRY(auto store, ValueStore::make(std::move(values), shapes, preprocessing, files.samples));
    store->file = file;
    const double range = std::get<double>(spec.options.at("range"));
    part.range.clear();
    for (const double deviation : preprocessing.deviation) part.range.push_back(std::abs(range / preprocessing.divisor / deviation));
    return std::shared_ptr<SampleStore>(store);
}

Result<Part> load(const ArrayFiles& files, const DataSpec& spec, const Preprocessing& preprocessing) {
    Part part;
    AXP_TRY(const Tensor array, readNpy(files.samples, kMostBytes));
    if (array.shape().size() < 2 || array.count() == 0 || elementCount(array.shape()) == 0)
        return badInput("the array has the shape " + shapeText(array.shape()) + ", not samples along the first dimension with values along others",
                        files.samples, "Save an array [samples, ...].");
    part.identity = digestOf(array);
    AXP_TRY(part.store, makeStore(array, spec, preprocessing, files, part));
    const std::string target = std::get<std::string>(spec.options.at("target"));
    if (files.targets.empty() || target == "input" || target == "none") {
        if (target == "labels")
            return badInput("there are no labels beside it", files.samples, "Put y.npy beside x.npy, or set the option target to input or none.");
        return part;
    }
    AXP_TRY(const Tensor targets, readNpy(files.targets, kMostBytes));
    part.identity += digestOf(targets);
    if (targets.shape().empty() || targets.shape()[0] != array.shape()[0])
        return badInput("there are " + std::to_string(targets.shape().empty() ? 1 : targets.shape()[0]) + " targets for " + std::to_string(array.shape()[0]) +
                            " samples in " + files.samples, files.targets, "Take both files from the same place.");
    const bool perSample = targets.shape().size() == 1 || (targets.shape().size() == 2 && targets.shape()[1] == 1);
    const auto store = std::dynamic_pointer_cast<ValueStore>(part.store);
    if (perSample || !store) {
        AXP_TRY(part.store->labels, asLabels(targets, files.targets));
        return part;
    }
    AXP_TRY(store->targetValues, asFloat(targets, files.targets));
    part.values = true;
    part.range = {std::get<double>(spec.options.at("range"))};  // what is done to the samples is not done to them
    return part;
}

}  // namespace

bool recognisesNumpy(const std::string& path) {
    std::error_code code;
    if (fs::is_regular_file(path, code) && fs::path(path).extension() != ".npy") return false;
    const auto files = findArrays(path);
    // A single table of numbers may be a multiplier's; samples come with targets, or as a folder with the names of samples.
    if (files.empty() || (fs::is_regular_file(path, code) && files[0].targets.empty())) return false;
    return npyHead(files[0].samples).ok();
}

std::vector<ParameterSpec> numpyParameters() {
    return {{"target", "What outputs are held against: y.npy, the sample itself (input, for autoencoders), or nothing (none); auto: y.npy where there is one.",
             std::string("auto"), 0, 0, {"auto", "labels", "input", "none"}},
            {"array-layout", "Where samples of three dimensions have their channels; auto: where there are 1 or 3.", std::string("auto"), 0, 0,
             {"auto", "nchw", "nhwc"}},
            {"classes", "Number of classes; 0: as many as the largest label says.", std::int64_t{0}, 0, 1 << 20, {}},
            {"range", "From the darkest to the brightest value in the file, for PSNR and SSIM of values that are no bytes.", 1.0, 1e-30, 1e30, {}},
            trainPercentParameter()};
}

Result<std::shared_ptr<const Dataset>> openNumpy(const DataSpec& spec, const std::string&, const JobContext& job) {
    std::error_code code;
    if (!fs::exists(spec.path, code)) return badInput("there is no such file or folder", spec.path, "Give the folder with x.npy and y.npy.");
    const auto files = findArrays(spec.path);
    if (files.empty()) return badInput("there is no array of samples in it", spec.path,
                                       "Name the file x.npy (and y.npy, or x_train.npy, x_test.npy ...).");
    AXP_TRY(const Preprocessing preprocessing, preprocessingFrom(spec.preprocessing));
    StoredData data;
    data.source = "numpy";
    std::vector<const std::vector<std::int32_t>*> labels;
    bool values = false;
    for (const auto& part : files) {
        if (job.cancelled()) return cancelled();
        AXP_TRY(const Part loaded, load(part, spec, preprocessing));
        if (!data.parts.empty() && (data.parts[0]->sampleShape() != loaded.store->sampleShape() || values != loaded.values ||
                                    data.parts[0]->labels.empty() != loaded.store->labels.empty()))
            return badInput("its samples or targets are of another kind than those of " + files[0].samples, part.samples, "Save both parts alike.");
        values = loaded.values;
        data.identity += loaded.identity;
        data.targetRange = loaded.range;
        data.pictures = loaded.pictures;
        data.facts.emplace_back(fs::path(part.samples).filename().string(), std::to_string(loaded.store->size()) + " samples");
        data.parts.push_back(loaded.store);
        if (!loaded.store->labels.empty()) labels.push_back(&loaded.store->labels);
    }
    const std::string target = std::get<std::string>(spec.options.at("target"));
    data.targets = !labels.empty() ? TargetKind::Labels : target == "input" || values ? TargetKind::Values : TargetKind::None;
    if (!labels.empty()) {
        AXP_TRY(data.classes, countClasses(labels, std::get<std::int64_t>(spec.options.at("classes")), files[0].targets));
        AXP_TRY(data.classNames, readClassNames((fs::path(files[0].samples).parent_path() / "classes.txt").string()));
        if (static_cast<int>(data.classNames.size()) != data.classes) data.classNames.clear();
    }
    return makeDataset(std::move(data), spec);
}

}  // namespace axp
