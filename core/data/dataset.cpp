// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/dataset.h"

#include "core/base/text.h"
#include "core/data/data_source.h"

namespace axp {

Result<Tensor> DataSplit::targets(std::int64_t, std::int64_t) const { return failure("the samples of this data set have no values to compare with"); }

Result<Tensor> DataSplit::pictures(std::int64_t, std::int64_t) const { return failure("the samples of this data set are no pictures"); }

std::vector<std::string> dataSources() {
    std::vector<std::string> names;
    for (const auto& source : dataSourceTable()) names.emplace_back(source.name);
    return names;
}

Result<std::shared_ptr<const Dataset>> openDataset(const DataSpec& spec, const std::string& resources, const JobContext& job) {
    const DataSource* source = findDataSource(spec.source);
    if (!source) {
        std::string remedy = didYouMean(spec.source, dataSources());
        if (remedy.empty()) {
            remedy = "This version reads";
            for (const auto& known : dataSourceTable()) remedy += std::string(&known == &dataSourceTable().front() ? " " : ", ") + known.name;
        }
        return badInput("unknown data source '" + spec.source + "'", {}, remedy);
    }
    DataSpec complete = spec;
    AXP_TRY(complete.options, completeParameters(source->parameters(), coerced(source->parameters(), spec.options), "data source " + spec.source));
    const auto preparing = preprocessingParameters(source->preprocessing);
    AXP_TRY(complete.preprocessing, completeParameters(preparing, coerced(preparing, spec.preprocessing), "preprocessing"));
    AXP_CHECK(preprocessingFrom(complete.preprocessing));
    return source->open(complete, resources, job);
}

}  // namespace axp
