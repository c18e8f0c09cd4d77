// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <string>

#include "core/data/dataset.h"

namespace axp {

/// Fashion-MNIST (Xiao, Rasul, Vollgraf 2017); see openDataset for where it is looked for.
Result<std::shared_ptr<const Dataset>> openFashionMnist(const DataSpec& spec, const std::string& resources, const JobContext& job);

}  // namespace axp
