// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <filesystem>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>

#include "core/base/files.h"
#include "core/base/hash.h"
#include "core/data/image_file.h"
#include "core/data/sample_store.h"
#include "core/data/sources.h"
#include "core/jobs/progress_meter.h"

namespace axp {

namespace {

namespace fs = std::filesystem;
constexpr int kDepth = 8;                            // folders below a class
constexpr std::size_t kMostFiles = 5'000'000;
constexpr std::size_t kMostFileBytes = std::size_t{256} << 20;
constexpr std::size_t kDecodedAtOnce = std::size_t{64} << 20;  // a set of so many bytes is decoded when it is opened
constexpr std::size_t kCacheBytes = std::size_t{256} << 20;
constexpr std::size_t kMostProblems = 1000;

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return text;
}

bool isPicture(const fs::path& path) {
    static const std::set<std::string> endings{".png", ".jpg", ".jpeg", ".jpe", ".bmp", ".webp", ".ppm", ".pgm", ".pnm", ".tif", ".tiff", ".gif"};
    return endings.count(lower(path.extension().string())) > 0;
}

struct File {
    std::string relative;  ///< to the data set's folder
    std::int32_t label = 0;
};

/// Sub-folders by name, in byte order (as Python sorts); hidden ones are left out.
std::vector<std::string> foldersIn(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code code;
    for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
        const std::string name = at->path().filename().string();
        std::error_code inner;
        if (!name.empty() && name[0] != '.' && at->is_directory(inner)) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

/// Collects the pictures below a folder, by name. Links are followed; a folder that is reached twice on one way down is a loop and ends there.
class Scanner {
public:
    explicit Scanner(fs::path root) : m_root(std::move(root)) {}
    Result<void> scan(const fs::path& folder, std::int32_t label) {
        std::vector<fs::path> way;
        return scan(folder, label, way);
    }
    std::vector<File> files;
    std::vector<std::string> problems;

private:
    Result<void> scan(const fs::path& folder, std::int32_t label, std::vector<fs::path>& way) {
        std::error_code code;
        const fs::path real = fs::canonical(folder, code);
        if (code) return badInput("cannot read the folder: " + code.message(), folder.string());
        if (std::find(way.begin(), way.end(), real) != way.end() || static_cast<int>(way.size()) >= kDepth) {
            problems.push_back(folder.lexically_relative(m_root).string() + ": this folder leads back to one above it, or lies too deep; it was left out.");
            return {};
        }
        way.push_back(real);
        std::vector<std::pair<std::string, bool>> entries;
        for (fs::directory_iterator at(real, code), end; !code && at != end; at.increment(code)) {
            std::error_code inner;
            const std::string name = at->path().filename().string();
            if (name.empty() || name[0] == '.') continue;
            if (at->is_directory(inner)) entries.emplace_back(name, true);
            else if (isPicture(at->path())) entries.emplace_back(name, false);
        }
        if (code) return badInput("cannot read the folder: " + code.message(), folder.string());
        std::sort(entries.begin(), entries.end());
        for (const auto& [name, isFolder] : entries) {
            const fs::path path = folder / name;
            if (isFolder) {
                AXP_CHECK(scan(path, label, way));
            } else if (files.size() < kMostFiles) {
                files.push_back({path.lexically_relative(m_root).string(), label});
            } else {
                return badInput("there are more than " + std::to_string(kMostFiles) + " pictures", m_root.string());
            }
        }
        way.pop_back();
        return {};
    }
    fs::path m_root;
};

/// Decoded and prepared pictures by number; the ones used last are kept. Thread-safe.
class PictureCache {
public:
    std::optional<Picture> find(std::int64_t index) {
        const std::lock_guard lock(m_mutex);
        const auto found = m_known.find(index);
        if (found == m_known.end()) return {};
        m_order.splice(m_order.begin(), m_order, found->second);
        return found->second->second;
    }
    void keep(std::int64_t index, const Picture& picture) {
        const std::lock_guard lock(m_mutex);
        if (m_known.count(index) || picture.pixels.size() > kCacheBytes / 8) return;
        m_order.emplace_front(index, picture);
        m_known[index] = m_order.begin();
        m_bytes += picture.pixels.size();
        while (m_bytes > kCacheBytes) {
            m_bytes -= m_order.back().second.pixels.size();
            m_known.erase(m_order.back().first);
            m_order.pop_back();
        }
    }

private:
    std::mutex m_mutex;
    std::list<std::pair<std::int64_t, Picture>> m_order;
    std::unordered_map<std::int64_t, std::list<std::pair<std::int64_t, Picture>>::iterator> m_known;
    std::size_t m_bytes = 0;
};

/// What looking at a file found, remembered while the program runs: a project's data are opened more than once.
struct Inspected {
    std::string fingerprint;  ///< empty: it cannot be used
    std::string problem;
};
class Memory {
public:
    static Memory& instance() {
        static Memory memory;
        return memory;
    }
    std::optional<Inspected> find(const std::string& key) {
        const std::lock_guard lock(m_mutex);
        const auto found = m_known.find(key);
        return found == m_known.end() ? std::nullopt : std::optional(found->second);
    }
    void keep(const std::string& key, const Inspected& inspected) {
        const std::lock_guard lock(m_mutex);
        if (m_known.size() > 500'000) m_known.clear();
        m_known[key] = inspected;
    }

private:
    std::mutex m_mutex;
    std::unordered_map<std::string, Inspected> m_known;
};

/// Keeps the pictures of one part that can be read; the others become problems.
class Part {
public:
    Part(std::string root, const Preprocessing& preprocessing, bool turn) : m_root(std::move(root)), m_preprocessing(preprocessing), m_turn(turn) {}

    /// Reports files read; the error says only that it was cancelled.
    Result<void> take(std::vector<File> files, std::vector<std::string>& problems, const JobContext& job) {
        std::size_t bytes = 0;
        for (const File& file : files) {
            std::error_code code;
            bytes += fs::file_size(path(file), code);
        }
        const bool whole = bytes <= kDecodedAtOnce;
        ProgressMeter meter(job, static_cast<std::int64_t>(files.size()));
        for (File& file : files) {
            if (job.cancelled()) return cancelled();
            meter.advance();
            Inspected found = inspect(file, whole);
            if (!found.fingerprint.empty()) {
                m_files->push_back(std::move(file));
                m_fingerprints.push_back(std::move(found.fingerprint));
                continue;
            }
            if (problems.size() < kMostProblems) problems.push_back(found.problem);
            else if (problems.size() == kMostProblems) problems.push_back("... and more");
        }
        return {};
    }
    const std::vector<File>& files() const { return *m_files; }
    const std::string& fingerprintOf(std::size_t index) const { return m_fingerprints[index]; }
    std::string path(const File& file) const { return m_root + '/' + file.relative; }

    /// Pictures as they are in the files; the store prepares them.
    PictureStore::Source source() const {
        return [files = m_files, root = m_root, turn = m_turn](std::int64_t index) -> Result<Picture> {
            const File& file = (*files)[static_cast<std::size_t>(index)];
            AXP_TRY(const std::string bytes, readFile(root + '/' + file.relative, kMostFileBytes));
            return decodeImage(bytes, turn, root + '/' + file.relative);
        };
    }
    std::function<std::string(std::int64_t)> names() const {
        return [files = m_files](std::int64_t index) { return (*files)[static_cast<std::size_t>(index)].relative; };
    }
    std::vector<std::int32_t> labels() const {
        std::vector<std::int32_t> labels;
        for (const File& file : *m_files) labels.push_back(file.label);
        return labels;
    }

private:
    Inspected inspect(const File& file, bool whole) const {
        std::error_code code;
        const std::string name = path(file);
        const auto size = fs::file_size(name, code);
        const auto time = fs::last_write_time(name, code).time_since_epoch().count();
        std::string key = name + '\n' + std::to_string(size) + ' ' + std::to_string(time) + (whole ? " decoded" : "") + (m_turn ? " turned" : "");
        for (const auto& [what, value] : valuesOf(m_preprocessing)) key += ' ' + parameterText(value);
        if (auto known = Memory::instance().find(key)) return *std::move(known);
        Inspected found;
        const auto bytes = readFile(name, kMostFileBytes);
        const auto good = bytes.ok() ? check(*bytes, file, whole) : Result<void>(bytes.error());
        if (good.ok()) found.fingerprint = sha256Hex(*bytes);
        else found.problem = good.error().text();
        Memory::instance().keep(key, found);
        return found;
    }
    Result<void> check(const std::string& bytes, const File& file, bool whole) const {
        if (!whole) {
            AXP_CHECK(imageHead(bytes, file.relative));
            return {};
        }
        AXP_TRY(Picture picture, decodeImage(bytes, m_turn, file.relative));
        auto made = prepared(std::move(picture), m_preprocessing);
        if (made.ok()) return {};
        Error error = std::move(made).error();
        error.where = file.relative;
        return error;
    }

    std::string m_root;
    Preprocessing m_preprocessing;
    bool m_turn;
    std::shared_ptr<std::vector<File>> m_files = std::make_shared<std::vector<File>>();
    std::vector<std::string> m_fingerprints;
};

/// A PictureStore whose prepared pictures are kept.
class CachedStore final : public SampleStore {
public:
    explicit CachedStore(std::shared_ptr<const PictureStore> inner) : m_inner(std::move(inner)) { labels = m_inner->labels; }
    std::int64_t size() const override { return m_inner->size(); }
    Shape sampleShape() const override { return m_inner->sampleShape(); }
    Result<Picture> picture(std::int64_t index) const override {
        if (auto known = m_cache.find(index)) return *std::move(known);
        AXP_TRY(Picture made, m_inner->picture(index));
        m_cache.keep(index, made);
        return made;
    }
    Result<void> read(std::int64_t index, std::byte* target) const override {
        AXP_TRY(const Picture made, picture(index));
        m_inner->scaler().scale(made.pixels, made.height, made.width, {reinterpret_cast<float*>(target), made.pixels.size()});
        return {};
    }
    Result<void> readTarget(std::int64_t index, std::byte* target) const override { return read(index, target); }
    Shape targetShape() const override { return sampleShape(); }
    std::string nameOf(std::int64_t index) const override { return m_inner->nameOf(index); }

private:
    std::shared_ptr<const PictureStore> m_inner;
    mutable PictureCache m_cache;
};

/// Folders of the parts: the training one (or the only one), then the test one.
struct Parts {
    std::vector<std::string> names;  ///< relative to the root; "" is the root itself
};

Parts partsOf(const fs::path& root) {
    const auto below = foldersIn(root);
    const auto has = [&](const char* name) { return std::find(below.begin(), below.end(), name) != below.end(); };
    std::string train, test;
    for (const char* name : {"train", "training"})
        if (train.empty() && has(name)) train = name;
    for (const char* name : {"val", "valid", "validation", "test", "testing"})
        if (test.empty() && has(name)) test = name;
    if (!train.empty() && !test.empty()) return {{train, test}};
    if (!train.empty() || !test.empty()) return {{train + test}};
    return {{""}};
}

Result<std::vector<std::string>> classesOf(const fs::path& root, const Parts& parts) {
    const auto classes = foldersIn(root / parts.names[0]);
    if (parts.names.size() < 2) return classes;
    for (const auto& name : foldersIn(root / parts.names[1]))
        if (!std::binary_search(classes.begin(), classes.end(), name))
            return badInput("the class folder " + name + " is in " + parts.names[1] + " but not in " + parts.names[0], root.string(),
                            "Classes are numbered by the folders of the training part: add an empty folder there, or take this one away.");
    return classes;
}

}  // namespace

bool recognisesImageFolder(const std::string& path) {
    std::error_code code;
    if (!fs::is_directory(path, code)) return false;
    // Most files must be pictures: many folders have some, beside what they are about.
    int files = 0, pictures = 0;
    const auto look = [&](const fs::path& folder) {
        std::error_code inner;
        int most = 500;
        for (fs::directory_iterator at(folder, inner), end; !inner && at != end && most > 0 && files < 5000; at.increment(inner), --most) {
            if (!at->is_regular_file(code)) continue;
            ++files;
            pictures += isPicture(at->path());
        }
    };
    const fs::path root = fs::path(path) / partsOf(path).names.back();
    for (const auto& name : foldersIn(root)) look(root / name);
    if (pictures == 0) look(root);
    return pictures > 0 && 2 * pictures > files;
}

std::vector<ParameterSpec> imageFolderParameters() {
    return {{"target", "What outputs are held against: the class folders (labels), the picture itself (input, for autoencoders), or nothing (none).",
             std::string("labels"), 0, 0, {"labels", "input", "none"}},
            {"turn", "Turn pictures as their camera says (EXIF); torchvision does not.", false, 0, 0, {}},
            trainPercentParameter()};
}

Result<std::shared_ptr<const Dataset>> openImageFolder(const DataSpec& spec, const std::string&, const JobContext& job) {
    std::error_code code;
    const fs::path root(spec.path);
    if (!fs::is_directory(root, code))
        return badInput("this is not a folder of pictures", spec.path,
                        "Give the folder that holds a folder for every class, or train and val with these.");
    const Parts parts = partsOf(root);
    const std::string target = std::get<std::string>(spec.options.at("target"));
    const bool turn = std::get<bool>(spec.options.at("turn"));
    AXP_TRY(const Preprocessing preprocessing, preprocessingFrom(spec.preprocessing));
    StoredData data;
    data.source = "image-folder";
    AXP_TRY(data.classNames, classesOf(root, parts));
    const bool labelled = target == "labels";
    if (labelled && data.classNames.empty())
        return badInput("there are no class folders in it", (root / parts.names[0]).string(),
                        "Put the pictures into a folder for every class, or set the option target to input or none.");
    Sha256 identity;
    std::int64_t total = 0;
    for (const auto& name : parts.names) {
        Scanner scanner(root);
        if (labelled)
            for (std::size_t label = 0; label < data.classNames.size(); ++label) {
                const fs::path folder = root / name / data.classNames[label];
                if (fs::is_directory(folder, code)) AXP_CHECK(scanner.scan(folder, static_cast<std::int32_t>(label)));
            }
        else AXP_CHECK(scanner.scan(root / name, 0));
        data.problems.insert(data.problems.end(), scanner.problems.begin(), scanner.problems.end());
        Part part(root.string(), preprocessing, turn);
        AXP_CHECK(part.take(std::move(scanner.files), data.problems, job));
        if (part.files().empty())
            return badInput("there is no picture in it that can be read" + (data.problems.empty() ? std::string() : " (" + data.problems.front() + ")"),
                            (root / name).string(), "PNG, JPEG, BMP, WebP and PNM are read.");
        for (std::size_t i = 0; i < part.files().size(); ++i) {
            const File& file = part.files()[i];
            identity.update(std::to_string(file.relative.size()) + ':' + file.relative + ' ' + std::to_string(file.label) + ' ' + part.fingerprintOf(i) + '\n');
        }
        total += static_cast<std::int64_t>(part.files().size());
        AXP_TRY(auto store, PictureStore::make(static_cast<std::int64_t>(part.files().size()), part.source(), preprocessing, true));
        store->names = part.names();
        if (labelled) store->labels = part.labels();
        data.targetRange = store->scaler().range();
        data.parts.push_back(std::make_shared<CachedStore>(store));
    }
    if (data.parts.size() == 2 && data.parts[0]->sampleShape() != data.parts[1]->sampleShape())
        return badInput("pictures of " + parts.names[0] + " have the shape " + shapeText(data.parts[0]->sampleShape()) + ", those of " + parts.names[1] + " " +
                            shapeText(data.parts[1]->sampleShape()), spec.path, "Set resize, crop and channels in the preprocessing.");
    data.identity = identity.hex();
    data.targets = labelled ? TargetKind::Labels : target == "input" ? TargetKind::Values : TargetKind::None;
    if (!labelled) data.classNames.clear();
    data.classes = static_cast<int>(data.classNames.size());
    data.pictures = true;
    data.slow = true;
    data.facts.emplace_back("Pictures", std::to_string(total) + (turn ? ", turned as their camera says" : ""));
    return makeDataset(std::move(data), spec);
}

}  // namespace axp
