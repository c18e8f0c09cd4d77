// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/search_settings.h"

#include <QStringList>

#include "search/algorithm.h"
#include "ui/bridge/workspace.h"

namespace axp::ui {
namespace {

constexpr const char* kPreferred = "mcts-thesis";

QString quoted(const std::string& text) { return shellQuoted(QString::fromStdString(text)); }

QString listed(const std::vector<std::string>& names) {
    QStringList list;
    for (const auto& name : names) list << QString::fromStdString(name);
    return shellQuoted(list.join(','));
}

}  // namespace

SearchSettings defaultSearch(const Project& project) {
    SearchSettings settings;
    settings.algorithm = findSearchAlgorithm(kPreferred).ok() ? kPreferred : searchAlgorithms().front()->name();
    settings.problem.acus = project.acus;
    settings.problem.granularity = project.granularity;
    return settings;
}

QString searchCommand(const SearchSettings& settings, const Project& project) {
    QStringList words{QStringLiteral("axplorer-cli search"), quoted(project.path), QStringLiteral("--algorithm"),
                      quoted(settings.algorithm)};
    // Without a budget of its own the program limits a search that has no time limit only.
    if (settings.budget > 0) words << QStringLiteral("--budget") << QString::number(settings.budget);
    if (settings.seconds > 0) words << QStringLiteral("--time-limit") << QString::number(settings.seconds);
    words << QStringLiteral("--seed") << QString::number(settings.seed);
    const DataSlice& slice = settings.problem.slice;
    words << QStringLiteral("--samples") << QString::number(slice.count);
    if (slice.split != DataSlice{}.split) words << QStringLiteral("--split") << quoted(slice.split);
    if (slice.offset != 0) words << QStringLiteral("--offset") << QString::number(slice.offset);
    if (settings.problem.acus != project.acus && !settings.problem.acus.empty())
        words << QStringLiteral("--acus") << listed(settings.problem.acus);
    if (!settings.problem.granularity.empty() && settings.problem.granularity != project.granularity)
        words << QStringLiteral("--granularity") << quoted(settings.problem.granularity);
    if (!settings.problem.sites.empty()) words << QStringLiteral("--sites") << listed(settings.problem.sites);
    for (const auto& [name, value] : settings.parameters) words << QStringLiteral("--param") << quoted(name + '=' + parameterText(value));
    return words.join(' ');
}

QString resumeCommand(std::int64_t run, const Project& project) {
    return QStringLiteral("axplorer-cli search %1 --resume %2").arg(quoted(project.path)).arg(run);
}

}  // namespace axp::ui
