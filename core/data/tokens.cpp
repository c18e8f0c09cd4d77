// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <filesystem>

#include "core/base/npy.h"
#include "core/data/arrays.h"
#include "core/data/sources.h"

namespace axp {

namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostBytes = std::size_t{2} << 30;

/// Windows of `length` tokens; a window's targets are its own array's, or the tokens one place later.
class TokenStore final : public SampleStore {
public:
    Tensor tokens, answers;       ///< int64 [count, stride], or [all] for a stream; answers: empty for the next token
    std::int64_t count = 0, length = 0, stride = 0, padding = -1;
    std::string file;

    std::int64_t size() const override { return count; }
    Shape sampleShape() const override { return {length}; }
    DType sampleType() const override { return DType::I64; }
    Shape targetShape() const override { return {length}; }
    DType targetType() const override { return DType::I64; }
    Result<void> read(std::int64_t index, std::byte* target) const override {
        std::copy_n(tokens.as<std::int64_t>().data() + index * stride, length, reinterpret_cast<std::int64_t*>(target));
        return {};
    }
    Result<void> readTarget(std::int64_t index, std::byte* target) const override {
        const bool next = answers.shape().empty();
        const std::int64_t* first = (next ? tokens : answers).as<std::int64_t>().data() + index * stride + (next ? 1 : 0);
        auto* to = reinterpret_cast<std::int64_t*>(target);
        for (std::int64_t i = 0; i < length; ++i) to[i] = first[i] == padding || first[i] < 0 ? -1 : first[i];
        return {};
    }
    std::string nameOf(std::int64_t index) const override { return file + " #" + std::to_string(index); }
};

Result<std::int64_t> largestToken(const Tensor& tokens, bool negativeAllowed, const std::string& where) {
    std::int64_t largest = -1;
    const auto values = tokens.as<std::int64_t>();
    for (std::size_t i = 0; i < values.size(); ++i) {
        if ((values[i] < 0 && !negativeAllowed) || values[i] >= std::int64_t{1} << 24)
            return badInput("token " + std::to_string(values[i]) + " at place " + std::to_string(i) + " is out of range, tokens are 0 to 16777215", where,
                            "Save the numbers of the tokens.");
        largest = std::max(largest, values[i]);
    }
    return largest;
}

struct Part {
    std::shared_ptr<TokenStore> store;
    std::string identity;
    std::int64_t largest = 0;   ///< of tokens and targets
    bool labelled = false;
};

Result<void> readTargets(const ArrayFiles& files, const std::string& target, std::int64_t samples, Part& part) {
    if (files.targets.empty() || target == "next" || target == "none") return {};
    AXP_TRY(const Tensor raw, readNpy(files.targets, kMostBytes));
    part.identity += digestOf(raw);
    if (raw.shape().empty() || raw.shape()[0] != samples)
        return badInput("there are " + std::to_string(raw.shape().empty() ? 1 : raw.shape()[0]) + " targets for " + std::to_string(samples) + " sequences in " +
                            files.samples, files.targets, "Take both files from the same place.");
    if (raw.shape().size() == 1 || raw.shape()[1] == 1) {
        AXP_TRY(part.store->labels, asLabels(raw, files.targets));
        part.labelled = true;
        return {};
    }
    if (raw.shape() != part.store->tokens.shape())
        return badInput("targets have the shape " + shapeText(raw.shape()) + ", the sequences " + shapeText(part.store->tokens.shape()), files.targets,
                        "Give one class a sequence, or one token at every place.");
    AXP_TRY(part.store->answers, asTokens(raw, files.targets));
    AXP_TRY(const std::int64_t largest, largestToken(part.store->answers, true, files.targets));
    part.largest = std::max(part.largest, largest);
    return {};
}

Result<Part> load(const ArrayFiles& files, const DataSpec& spec) {
    const std::string target = std::get<std::string>(spec.options.at("target"));
    const std::int64_t asked = std::get<std::int64_t>(spec.options.at("length"));
    Part part;
    AXP_TRY(const Tensor raw, readNpy(files.samples, kMostBytes));
    part.identity = digestOf(raw);
    part.store = std::make_shared<TokenStore>();
    TokenStore& store = *part.store;
    store.file = fs::path(files.samples).filename().string();
    store.padding = std::get<std::int64_t>(spec.options.at("padding"));
    AXP_TRY(store.tokens, asTokens(raw, files.samples));
    AXP_TRY(part.largest, largestToken(store.tokens, false, files.samples));
    const Shape& shape = store.tokens.shape();
    if (shape.size() == 1) {
        if (asked < 1)
            return badInput("the array is one long sequence", files.samples, "Say with the option length into how many tokens a sample it is cut.");
        // One token more than the last window: its targets.
        store.length = store.stride = asked;
        store.count = shape[0] < 1 ? 0 : (shape[0] - (target == "none" ? 0 : 1)) / asked;
        if (store.count < 1) return badInput("the sequence of " + std::to_string(shape[0]) + " tokens is shorter than one sample", files.samples,
                                             "Make length smaller.");
        return part;
    }
    if (shape.size() != 2 || store.tokens.count() == 0)
        return badInput("the array has the shape " + shapeText(shape) + ", not sequences [samples, length]", files.samples,
                        "Save whole numbers [samples, length].");
    if (asked > 0) return badInput("length cuts one long sequence, and this array has sequences of " + std::to_string(shape[1]) + " tokens",
                                   files.samples, "Leave it out.");
    store.count = shape[0];
    store.length = store.stride = shape[1];
    AXP_CHECK(readTargets(files, target, shape[0], part));
    if (part.labelled || !store.answers.shape().empty() || target == "none") return part;
    if (target == "labels") return badInput("there are no labels beside it", files.samples, "Put y.npy beside x.npy, or set the option target.");
    if (--store.length < 1) return badInput("sequences of one token have no next token", files.samples, "Set the option target to none.");
    return part;
}

}  // namespace

bool recognisesTokens(const std::string& path) {
    std::error_code code;
    if (fs::is_regular_file(path, code) && fs::path(path).extension() != ".npy") return false;
    const auto files = findArrays(path);
    if (files.empty()) return false;
    const auto head = npyHead(files[0].samples);
    // Bytes are pictures; square tables of small numbers may be multipliers and are left to who names the source.
    const bool wide = head.ok() && ((*head).dtype == DType::I64 || (*head).dtype == DType::I32);
    const bool folder = fs::is_directory(path, code);
    return wide && (*head).shape.size() == 2 && (*head).shape[0] != (*head).shape[1] && (folder || !files[0].targets.empty());
}

std::vector<ParameterSpec> tokensParameters() {
    return {{"target", "What outputs are held against: y.npy (a class a sequence, or a token a place), the next token, or nothing (none); auto: y.npy where "
                       "there is one, else the next token.", std::string("auto"), 0, 0, {"auto", "labels", "next", "none"}},
            {"length", "Tokens a sample, into which one long sequence is cut; 0 for arrays of sequences.", std::int64_t{0}, 0, 1 << 20, {}},
            {"vocabulary", "Number of tokens that the network knows; 0: the largest token and one.", std::int64_t{0}, 0, 1 << 24, {}},
            {"padding", "Token that fills short sequences and is not counted as a target; -1: none.", std::int64_t{-1}, -1, 1 << 24, {}},
            {"classes", "Number of classes; 0: as many as the largest label says.", std::int64_t{0}, 0, 1 << 20, {}},
            trainPercentParameter()};
}

Result<std::shared_ptr<const Dataset>> openTokens(const DataSpec& spec, const std::string&, const JobContext& job) {
    std::error_code code;
    if (!fs::exists(spec.path, code)) return badInput("there is no such file or folder", spec.path, "Give the folder with x.npy, or the file of tokens.");
    const auto files = findArrays(spec.path);
    if (files.empty()) return badInput("there is no array of tokens in it", spec.path, "Name the file x.npy or tokens.npy.");
    StoredData data;
    data.source = "tokens";
    std::vector<const std::vector<std::int32_t>*> labels;
    std::int64_t largest = 0;
    for (const auto& part : files) {
        if (job.cancelled()) return cancelled();
        AXP_TRY(const Part loaded, load(part, spec));
        if (!data.parts.empty() && (data.parts[0]->sampleShape() != loaded.store->sampleShape() || labels.empty() == loaded.labelled))
            return badInput("its sequences or targets are of another kind than those of " + files[0].samples, part.samples, "Save both parts alike.");
        data.identity += loaded.identity;
        largest = std::max(largest, loaded.largest);
        data.facts.emplace_back(loaded.store->file, std::to_string(loaded.store->size()) + " sequences of " + std::to_string(loaded.store->length) + " tokens");
        if (loaded.labelled) labels.push_back(&loaded.store->labels);
        data.parts.push_back(loaded.store);
    }
    const std::int64_t vocabulary = std::get<std::int64_t>(spec.options.at("vocabulary"));
    if (vocabulary > 0 && largest >= vocabulary)
        return badInput("token " + std::to_string(largest) + " is none of a vocabulary of " + std::to_string(vocabulary), files[0].samples,
                        "Correct the option vocabulary.");
    const bool none = std::get<std::string>(spec.options.at("target")) == "none";
    data.targets = !labels.empty() ? TargetKind::Labels : none ? TargetKind::None : TargetKind::Tokens;
    if (!labels.empty()) {
        AXP_TRY(data.classes, countClasses(labels, std::get<std::int64_t>(spec.options.at("classes")), files[0].targets));
        AXP_TRY(data.classNames, readClassNames((fs::path(files[0].samples).parent_path() / "classes.txt").string()));
        if (static_cast<int>(data.classNames.size()) != data.classes) data.classNames.clear();
    } else if (!none) {
        data.classes = static_cast<int>(vocabulary > 0 ? vocabulary : largest + 1);
    }
    return makeDataset(std::move(data), spec);
}

}  // namespace axp
