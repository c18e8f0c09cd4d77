// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdio>
#include <map>

#include "core/acu/import/import.h"
#include "core/acu/import/words.h"

namespace axp {

namespace {

constexpr std::size_t kMaxRefusedShown = 20;

std::string csvField(const std::string& text) {
    if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

const char* outcomeName(ImportOutcome outcome) {
    switch (outcome) {
        case ImportOutcome::Imported: return "imported";
        case ImportOutcome::Unchanged: return "unchanged";
        case ImportOutcome::Duplicate: return "duplicate";
        case ImportOutcome::Refused: break;
    }
    return "refused";
}

std::string differenceText(const FigureDifference& difference) {
    return difference.key + " published " + difference.published + ", recomputed " + shortNumber(difference.recomputed) +
           (difference.explained() ? " (" + difference.rule + ")" : " (unexplained)");
}

}  // namespace

std::string grouped(std::int64_t number) {
    std::string digits = std::to_string(number < 0 ? -number : number);
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
    return (number < 0 ? "-" : "") + digits;
}

std::string counted(std::int64_t number, const std::string& noun) { return grouped(number) + " " + noun + (number == 1 ? "" : "s"); }

std::string shortNumber(double value, int digits) {
    char text[40];
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    return text;
}

std::size_t AcuImportSummary::count(ImportOutcome outcome) const {
    return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), [&](const ImportEntry& entry) { return entry.outcome == outcome; }));
}

std::size_t AcuImportSummary::differences(bool explained) const {
    std::size_t sum = 0;
    for (const auto& entry : entries)
        sum += static_cast<std::size_t>(
            std::count_if(entry.differences.begin(), entry.differences.end(), [&](const FigureDifference& difference) { return difference.explained() == explained; }));
    return sum;
}

std::string AcuImportSummary::text() const {
    const auto size = [](std::size_t n) { return static_cast<std::int64_t>(n); };
    std::string text = grouped(size(count(ImportOutcome::Imported))) + " imported, " + grouped(size(count(ImportOutcome::Duplicate))) + " with products that the library has under another name, " +
                       grouped(size(count(ImportOutcome::Unchanged))) + " unchanged, " + grouped(size(count(ImportOutcome::Refused))) + " refused, of " + counted(size(filesSeen), "file") +
                       " in " + shortNumber(seconds, 3) + " s. The library " + library + " has " + counted(size(acusInLibrary), "multiplier") + ".\n";
    for (const auto& note : notes) text += note + "\n";
    if (figuresCompared > 0) {
        text += grouped(size(figuresCompared)) + " published figures recomputed: " + grouped(size(differences(true))) + " differ for a known reason, " +
                grouped(size(differences(false))) + " for none.\n";
        std::map<std::string, std::int64_t> rules;
        for (const auto& entry : entries)
            for (const auto& difference : entry.differences)
                if (difference.explained()) ++rules[difference.rule];
        for (const auto& [rule, times] : rules) text += "  " + grouped(times) + " x " + rule + "\n";
    }
    for (const auto& entry : entries)
        for (const auto& difference : entry.differences)
            if (!difference.explained()) text += "  " + entry.name + ": " + differenceText(difference) + "\n";
    std::size_t shown = 0;
    for (const auto& entry : entries)
        if (entry.outcome == ImportOutcome::Refused && ++shown <= kMaxRefusedShown) text += "refused: " + entry.problem.text() + "\n";
    if (shown > kMaxRefusedShown) text += "and " + grouped(size(shown - kMaxRefusedShown)) + " more; the list has all of them.\n";
    return text;
}

std::string AcuImportSummary::csv() const {
    std::string text = "outcome,name,format,duplicate_of,path,problem,differences,notes\r\n";
    for (const auto& entry : entries) {
        std::string differences, notes;
        for (const auto& difference : entry.differences) differences += (differences.empty() ? "" : "; ") + differenceText(difference);
        for (const auto& note : entry.notes) notes += (notes.empty() ? "" : "; ") + note;
        const std::string problem = entry.outcome == ImportOutcome::Refused ? entry.problem.text() : std::string();
        const std::string outcome = outcomeName(entry.outcome);
        for (const std::string& field : {outcome, entry.name, entry.format, entry.duplicateOf, entry.path, problem, differences}) text += csvField(field) + ",";
        text += csvField(notes) + "\r\n";
    }
    return text;
}

}  // namespace axp
