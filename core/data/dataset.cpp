// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/dataset.h"

#include "core/base/text.h"
#include "core/data/fashion_mnist.h"

namespace axp {

namespace {

struct Source {
    const char* name;
    Result<std::shared_ptr<const Dataset>> (*open)(const DataSpec& spec, const std::string& resources);
};

/// A new data source is one line here.
constexpr Source sources[] = {{"fashion-mnist", openFashionMnist}};

}  // namespace

Result<Tensor> DataSplit::pictures(std::int64_t, std::int64_t) const { return failure("the samples of this data set are no pictures"); }

std::vector<std::string> dataSources() {
    std::vector<std::string> names;
    for (const auto& source : sources) names.emplace_back(source.name);
    return names;
}

Result<std::shared_ptr<const Dataset>> openDataset(const DataSpec& spec, const std::string& resources) {
    for (const auto& source : sources)
        if (spec.source == source.name) return source.open(spec, resources);
    std::string remedy = didYouMean(spec.source, dataSources());
    if (remedy.empty()) remedy = std::string("This version reads ") + sources[0].name;
    return badInput("unknown data source '" + spec.source + "'", {}, remedy);
}

}  // namespace axp
