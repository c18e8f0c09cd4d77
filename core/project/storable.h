// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>

#include "core/project/project.h"
#include "core/store/store.h"

namespace axp {

/// Makes sure that results can be stored now: opens the project's database into `store` when it is not open (creating it when there is
/// none), tries the lock of a writer, and looks whether the project file can be replaced. Waits for locks of other programs a second at
/// a time. The error says what stands in the way; `store` is then as it was, or open.
Result<void> makeStorable(const Project& project, std::unique_ptr<Store>& store);

/// Whether the project's model file is there and is not the one that the project knows. False also when the project cannot be read.
bool modelChanged(const std::string& projectPath);
/// Records that the model file is another one than it was: its hash is taken over, and the ranges, which belong to the old network, are
/// dropped.
Result<void> acceptModelChange(const std::string& projectPath);

}  // namespace axp
