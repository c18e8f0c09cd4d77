// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "search/algorithm.h"

namespace axp {

/// At every site a candidate drawn uniformly, anew for each evaluation. The sequence depends on the seed and the candidates alone, so
/// that a larger budget continues a smaller one.
class RandomSearch : public SearchAlgorithm {
public:
    const char* name() const override { return "random"; }
    const char* help() const override { return "A candidate drawn at random for every site; the baseline for other algorithms."; }
    Result<void> run(SearchHost& host, const ParameterValues& parameters) const override;
};

}  // namespace axp
