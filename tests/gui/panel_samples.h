// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "core/store/sqlite_store.h"
#include "tests/support/fake_engine.h"
#include "tests/support/watchdog.h"
#include "ui/bridge/workspace.h"

namespace axp::test {

/// An evaluation of the fake engine's network: `number` chooses the multipliers of ten sites, and so a design of its own.
inline Evaluation designOf(int number, const std::string& slice = "fake:selection[0:128]") {
    static const char* sites[] = {"patch_embed", "block1_qkv", "block1_qk", "block1_av", "block1_proj",
                                  "block2_qkv", "block2_qk", "block2_av", "block2_proj", "head"};
    static const char* acus[] = {"exact8s", "mul8s_1KV9", "mul8s_1L2H", "mul8s_1L2L"};
    Evaluation e;
    double spent = 0;
    int rest = number;
    for (const char* site : sites) {
        const int choice = rest % 4;
        rest /= 4;
        if (choice > 0) e.assignment[site] = acus[choice];
        spent += 0.1 * (1 - 0.2 * choice);
    }
    e.configHash = "design" + std::to_string(number);
    e.powerRelative = spent;
    e.metric = 0.9 - 0.8 * (1 - spent) * (1 - spent) - 0.0002 * static_cast<double>((number * 7919LL) % 997);
    e.rmse = (1 - spent) * 2 + 0.001 * static_cast<double>((number * 31LL) % 101);
    e.samples = 128;
    e.slice = slice;
    e.seconds = 0.25;
    e.strategy = "factorised";
    e.origin = number % 2 ? "search" : "evaluate";
    return e;
}

/// `all` 0 to 3: everything exact, or one of the three multipliers everywhere.
inline int uniformDesign(int all) {
    int number = 0;
    for (int site = 0; site < 10; ++site) number = number * 4 + all;
    return number;
}

/// Writes designs into the database beside `project`, without waiting for the disk.
inline bool storeDesigns(const std::string& project, const std::vector<Evaluation>& designs) {
    auto store = sqlite::openStore(project.substr(0, project.size() - 4) + ".db", Store::Mode::ReadWrite, {});
    if (!store.ok()) return false;
    const auto& database = static_cast<sqlite::SqliteStore&>(**store).database();
    bool good = database.execute("PRAGMA synchronous = OFF").ok();
    for (const Evaluation& design : designs) good = good && (*store)->insert(design).ok();
    return good;
}

}  // namespace axp::test
