// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/results/results_export.h"

#include <QRegularExpression>

#include <charconv>
#include <cmath>

#include "core/base/files.h"

namespace axp::ui {
namespace {

constexpr std::size_t kPortion = 1000;

/// The shortest text that reads back as the same number; empty when it is none.
std::string numberText(double value) {
    if (!std::isfinite(value)) return {};
    char buffer[32];
    const auto [end, code] = std::to_chars(buffer, buffer + sizeof buffer, value);
    return code == std::errc{} ? std::string(buffer, end) : std::string();
}

void addLine(std::string& text, const std::vector<std::string>& fields, char separator) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i) text += separator;
        if (separator == ',' && fields[i].find_first_of(",\"\n\r") != std::string::npos) {
            text += '"';
            for (const char c : fields[i]) text += c == '"' ? std::string("\"\"") : std::string(1, c);
            text += '"';
        } else {
            text += fields[i];
        }
    }
    text += '\n';
}

/// For pasting, where a line is a row.
std::string oneLine(std::string text) {
    for (char& c : text)
        if (c == '\n' || c == '\r' || c == '\t') c = ' ';
    return text;
}

}  // namespace

std::string resultsHeader(char separator) {
    std::string text;
    addLine(text, {"id", "metric", "value", "power_relative", "rmse", "samples", "slice", "assignment", "strategy", "seconds", "backend",
                   "numerics", "origin", "run", "stored", "config_hash", "tags", "note", "hidden"}, separator);
    return text;
}

std::string resultsLines(const std::vector<ResultRow>& rows, const Graph& graph, char separator) {
    std::string text;
    for (const auto& [e, created, annotation] : rows)
        addLine(text, {std::to_string(e.id), e.metricName, numberText(e.metric), e.powerRelative ? numberText(*e.powerRelative) : "",
                       numberText(e.rmse), std::to_string(e.samples), e.slice, assignmentText(e.assignment, graph), e.strategy,
                       numberText(e.seconds), e.backend, e.numerics, e.origin, e.run > 0 ? std::to_string(e.run) : "", created,
                       e.configHash, annotation.tags, separator == ',' ? annotation.note : oneLine(annotation.note), annotation.hidden ? "1" : "0"},
                separator);
    return text;
}

Result<void> exportResults(const std::string& database, const ResultQuery& query, const Graph& graph, const std::string& path,
                           const JobContext& job) {
    AXP_TRY(const auto reader, ResultReader::open(database));
    AXP_TRY(const std::vector<std::int64_t> ids, reader->ids(query));
    std::string text = resultsHeader(',');
    for (std::size_t first = 0; first < ids.size(); first += kPortion) {
        if (job.cancelled()) return cancelled();
        const std::size_t end = std::min(first + kPortion, ids.size());
        AXP_TRY(const auto rows, reader->rows({ids.begin() + long(first), ids.begin() + long(end)}));
        text += resultsLines(rows, graph, ',');
        job.report({std::int64_t(end), std::int64_t(ids.size()), -1, {}});
    }
    return writeFileAtomic(path, text);
}

bool parseRange(const QString& text, double scale, ResultRange& range) {
    range = {};
    QString cleaned = text;
    cleaned.remove(QRegularExpression(QStringLiteral("[\\s%]")));
    if (cleaned.isEmpty()) return true;
    static const QRegularExpression pattern(
        QStringLiteral("^(?:(<=?|>=?)(-?[0-9]*[.,]?[0-9]+)|(-?[0-9]*[.,]?[0-9]+)?\\.\\.(-?[0-9]*[.,]?[0-9]+)?|(-?[0-9]*[.,]?[0-9]+))$"));
    const auto match = pattern.match(cleaned);
    if (!match.hasMatch()) return false;
    const auto number = [&](int group) -> std::optional<double> {
        if (match.captured(group).isEmpty()) return std::nullopt;
        return match.captured(group).replace(',', '.').toDouble() / scale;
    };
    if (!match.captured(1).isEmpty()) {
        const bool upper = match.captured(1).startsWith('<'), strict = match.captured(1).size() == 1;
        const double limit = *number(2), beyond = upper ? -HUGE_VAL : HUGE_VAL;
        (upper ? range.max : range.min) = strict ? std::nextafter(limit, beyond) : limit;
    } else if (match.captured(5).isEmpty()) {
        range = {number(3), number(4)};
    } else {
        const QString digits = match.captured(5).replace(',', '.');
        const double half = 0.5 * std::pow(10.0, digits.contains('.') ? -double(digits.size() - digits.indexOf('.') - 1) : 0.0) / scale;
        range = {*number(5) - half, *number(5) + half};
    }
    return range.min || range.max;
}

}  // namespace axp::ui
