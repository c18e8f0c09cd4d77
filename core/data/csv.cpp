// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "core/base/files.h"
#include "core/base/hash.h"
#include "core/base/text.h"
#include "core/data/arrays.h"
#include "core/data/csv_table.h"
#include "core/data/sources.h"

namespace axp {

namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostBytes = std::size_t{1} << 30, kMostColumns = 1 << 20;

std::string trimmed(std::string text) {
    text.erase(0, text.find_first_not_of(" \t"));
    text.erase(text.find_last_not_of(" \t") + 1);
    return text;
}

std::optional<float> numberOf(const std::string& field) {
    const std::string text = trimmed(field);
    const char* first = text.data() + (text.size() > 1 && text[0] == '+' && text[1] != '-' ? 1 : 0);
    float number = 0;
    const auto [end, code] = std::from_chars(first, text.data() + text.size(), number);
    if (text.empty() || code != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return {};
    return number;
}

/// The character that the first line has most of, out of those that separate columns.
char separatorOf(const std::string& text) {
    const std::string line = text.substr(0, text.find('\n'));
    char best = ',';
    for (const char c : {',', ';', '\t'})
        if (std::count(line.begin(), line.end(), c) > std::count(line.begin(), line.end(), best)) best = c;
    return best;
}

struct Table {
    std::vector<std::string> header;  ///< empty: there is none
    std::vector<float> values;        ///< row by row, without the label
    std::vector<std::string> labels;  ///< as written
    std::int64_t rows = 0, columns = 0;
    std::string digest;
};

Result<int> labelColumn(const std::string& asked, const std::vector<std::string>& header, std::size_t columns, const std::string& where) {
    if (asked == "none") return -1;
    if (asked == "first") return 0;
    if (asked == "last") return static_cast<int>(columns) - 1;
    if (const auto found = std::find(header.begin(), header.end(), asked); found != header.end()) return static_cast<int>(found - header.begin());
    std::size_t number = 0;
    const auto [end, code] = std::from_chars(asked.data(), asked.data() + asked.size(), number);
    if (code == std::errc() && end == asked.data() + asked.size() && number >= 1 && number <= columns) return static_cast<int>(number) - 1;
    std::string remedy = didYouMean(asked, header);
    if (remedy.empty()) remedy = "Give first, last, none, a name of the header or a number from 1 to " + std::to_string(columns) + ".";
    return badInput("there is no column \"" + asked + "\" for the labels", where, remedy);
}

Result<Table> readTable(const std::string& path, const DataSpec& spec, const CancelToken& cancel) {
    AXP_TRY(const std::string text, readFile(path, kMostBytes));
    const std::string asked = std::get<std::string>(spec.options.at("separator")), headed = std::get<std::string>(spec.options.at("header"));
    const char separator = asked == "comma" ? ',' : asked == "semicolon" ? ';' : asked == "tab" ? '\t' : separatorOf(text);
    Table table;
    table.digest = sha256Hex(text);
    CsvReader reader(text, separator, path);
    std::vector<std::string> fields;
    std::size_t columns = 0;
    int label = -1;
    for (;;) {
        AXP_TRY(const bool more, reader.next(fields));
        if (!more) break;
        if (table.rows % 2000 == 0 && cancel.cancelled()) return cancelled();
        const std::string place = path + ": line " + std::to_string(reader.line());
        if (columns == 0) {
            columns = fields.size();
            if (columns > kMostColumns) return badInput("there are more than " + std::to_string(kMostColumns) + " columns", place);
            const auto words = std::count_if(fields.begin(), fields.end(), [](const std::string& field) { return !numberOf(field); });
            // A first line with more than one word names its columns; one word may be a class.
            if (headed == "yes" || (headed == "auto" && (words > 1 || (words == 1 && columns == 1)))) {
                for (const auto& field : fields) table.header.push_back(trimmed(field));
            }
            AXP_TRY(label, labelColumn(std::get<std::string>(spec.options.at("label")), table.header, columns, path));
            if (columns - (label >= 0 ? 1 : 0) < 1) return badInput("there is no column besides the labels", place,
                                                                    "Set the option label to none, or choose another column.");
            if (!table.header.empty()) continue;
        }
        if (fields.size() != columns)
            return badInput("this line has " + std::to_string(fields.size()) + " columns, the first one " + std::to_string(columns), place,
                            "Correct the line.");
        for (std::size_t c = 0; c < columns; ++c) {
            if (static_cast<int>(c) == label) {
                table.labels.push_back(trimmed(fields[c]));
                if (table.labels.back().empty()) return badInput("the label is missing", place, "Correct or remove the line.");
                continue;
            }
            const auto number = numberOf(fields[c]);
            if (!number)
                return badInput("column " + std::to_string(c + 1) + " is \"" + fields[c].substr(0, 40) + "\", not a number", place,
                                "Correct the line; say with the options label and header where labels and names stand.");
            table.values.push_back(*number);
        }
        ++table.rows;
    }
    if (table.rows == 0) return badInput("the file has no lines of data", path);
    table.columns = static_cast<std::int64_t>(columns) - (label >= 0 ? 1 : 0);
    return table;
}

/// Labels that are all whole numbers stay numbers; words are numbered in byte order.
Result<std::vector<std::string>> numberLabels(const std::vector<Table>& tables, const std::vector<std::shared_ptr<ValueStore>>& stores) {
    bool numbers = true;
    std::set<std::string> words;
    for (const Table& table : tables)
        for (const auto& label : table.labels) {
            const auto number = numberOf(label);
            numbers = numbers && number && *number >= 0 && *number == std::floor(*number) && *number < 1 << 20;
            words.insert(label);
        }
    if (!numbers && words.size() > 10000)
        return badInput("the column of labels has " + std::to_string(words.size()) + " different words", {},
                        "Choose the column of the class with the option label.");
    const std::vector<std::string> names(words.begin(), words.end());
    for (std::size_t t = 0; t < tables.size(); ++t)
        for (const auto& label : tables[t].labels)
            stores[t]->labels.push_back(numbers ? static_cast<std::int32_t>(*numberOf(label))
                                                : static_cast<std::int32_t>(std::lower_bound(names.begin(), names.end(), label) - names.begin()));
    return numbers ? std::vector<std::string>{} : names;
}

Result<Shape> sampleShape(const std::string& text, std::int64_t columns, const std::string& where) {
    if (text.empty()) return Shape{columns};
    Shape shape;
    for (const auto& part : split(text, 'x')) {
        std::int64_t size = 0;
        const auto [end, code] = std::from_chars(part.data(), part.data() + part.size(), size);
        if (code != std::errc() || end != part.data() + part.size() || size < 1 || size > columns)
            return badInput("parameter \"shape\" is \"" + text + '"', where, "Write for example 1x28x28.");
        shape.push_back(size);
    }
    if (elementCount(shape) != columns)
        return badInput("samples of shape " + text + " have " + std::to_string(elementCount(shape)) + " values, the table has " + std::to_string(columns) +
                            " columns besides the label", where, "Correct the option shape.");
    return shape;
}

std::vector<std::string> filesOf(const std::string& path) {
    std::error_code code;
    if (fs::is_regular_file(path, code)) return {path};
    const auto first = [&](const std::vector<const char*>& names) {
        for (const char* name : names)
            for (const char* ending : {".csv", ".tsv"})
                if (const fs::path file = fs::path(path) / (std::string(name) + ending); fs::is_regular_file(file, code)) return file.string();
        return std::string();
    };
    std::vector<std::string> files;
    for (const auto& file : {first({"train"}), first({"test", "val", "valid"})})
        if (!file.empty()) files.push_back(file);
    if (files.empty())
        if (const std::string only = first({"data"}); !only.empty()) files.push_back(only);
    return files;
}

}  // namespace

bool recognisesCsv(const std::string& path) {
    const auto files = filesOf(path);
    if (files.empty()) return false;
    std::ifstream file(files[0], std::ios::binary);
    std::string head(65536, 0);
    file.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(file.gcount()));
    if (head.find('\0') != std::string::npos) return false;
    // Whole lines only; two of them with the same number of columns, and numbers in the second.
    const auto end = head.rfind('\n');
    if (end == std::string::npos) return false;
    const std::string lines = head.substr(0, end + 1);
    CsvReader reader(lines, separatorOf(lines), path);
    std::vector<std::string> first, second;
    const auto one = reader.next(first), two = reader.next(second);
    if (!one.ok() || !two.ok() || !*one || !*two || first.size() < 2 || first.size() != second.size()) return false;
    const auto numbers = std::count_if(second.begin(), second.end(), [](const std::string& field) { return numberOf(field).has_value(); });
    return numbers + 1 >= static_cast<std::ptrdiff_t>(second.size());
}

std::vector<ParameterSpec> csvParameters() {
    return {{"label", "Column of the class: first, last, none, its name in the header, or its number from 1.", std::string("last"), 0, 0, {}},
            {"header", "Whether the first line names the columns; auto: when it has more than one word.", std::string("auto"), 0, 0, {"auto", "yes", "no"}},
            {"separator", "What stands between columns; auto: what the first line has most of.", std::string("auto"), 0, 0,
             {"auto", "comma", "semicolon", "tab"}},
            {"shape", "Shape of a sample made of the columns, for example 1x28x28; empty: a row of values.", std::string(), 0, 0, {}},
            {"target", "What outputs are held against: the labels, the sample itself (input, for autoencoders), or nothing (none).", std::string("labels"), 0, 0,
             {"labels", "input", "none"}},
            {"classes", "Number of classes; 0: as many as the largest label says.", std::int64_t{0}, 0, 1 << 20, {}},
            {"range", "From the darkest to the brightest value in the file, for PSNR and SSIM.", 1.0, 1e-30, 1e30, {}},
            trainPercentParameter()};
}

Result<std::shared_ptr<const Dataset>> openCsv(const DataSpec& spec, const std::string&, const JobContext& job) {
    std::error_code code;
    if (!fs::exists(spec.path, code)) return badInput("there is no such file or folder", spec.path, "Give the .csv file.");
    const auto files = filesOf(spec.path);
    if (files.empty()) return badInput("there is no table in it", spec.path, "Name the files train.csv and test.csv, or give one file.");
    AXP_TRY(const Preprocessing preprocessing, preprocessingFrom(spec.preprocessing));
    if (preprocessing.resize > 0 || preprocessing.crop > 0 || preprocessing.channels != "as-is" || preprocessing.layout != "nchw")
        return badInput("numbers of a table are neither resized, cropped nor recoloured", "preprocessing", "Leave these out.");
    StoredData data;
    data.source = "csv";
    const std::string target = std::get<std::string>(spec.options.at("target"));
    std::vector<Table> tables;
    std::vector<std::shared_ptr<ValueStore>> stores;
    for (const auto& file : files) {
        AXP_TRY(Table table, readTable(file, spec, job.cancel));
        if (!tables.empty() && table.columns != tables[0].columns)
            return badInput("the table has " + std::to_string(table.columns) + " columns of values, " + files[0] + " has " + std::to_string(tables[0].columns), file);
        AXP_TRY(const Shape shape, sampleShape(std::get<std::string>(spec.options.at("shape")), table.columns, file));
        Shape all{table.rows};
        all.insert(all.end(), shape.begin(), shape.end());
        const int channelAt = shape.size() == 1 || shape.size() == 3 ? 0 : -1;
        AXP_TRY(auto store, ValueStore::make(Tensor::from(all, table.values), {shape, false, false, channelAt}, preprocessing, file));
        table.values = {};
        store->file = fs::path(file).filename().string();
        data.identity += table.digest;
        data.facts.emplace_back(store->file, std::to_string(table.rows) + " rows");
        data.parts.push_back(store);
        stores.push_back(store);
        tables.push_back(std::move(table));
    }
    const bool labelled = target == "labels" && !tables[0].labels.empty();
    if (target == "labels" && !labelled && std::get<std::string>(spec.options.at("label")) != "none") return badInput("there are no labels", spec.path);
    data.targets = labelled ? TargetKind::Labels : target == "input" ? TargetKind::Values : TargetKind::None;
    data.targetRange.clear();
    for (const double deviation : preprocessing.deviation)
        data.targetRange.push_back(std::abs(std::get<double>(spec.options.at("range")) / preprocessing.divisor / deviation));
    if (labelled) {
        AXP_TRY(data.classNames, numberLabels(tables, stores));
        std::vector<const std::vector<std::int32_t>*> labels;
        for (const auto& store : stores) labels.push_back(&store->labels);
        AXP_TRY(data.classes, countClasses(labels, std::get<std::int64_t>(spec.options.at("classes")), spec.path));
        if (static_cast<int>(data.classNames.size()) != data.classes) data.classNames.clear();
    }
    return makeDataset(std::move(data), spec);
}

}  // namespace axp
