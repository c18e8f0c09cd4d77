// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/acu/import/import.h"

namespace axp {

/// Faults that the products alone show: not commutative, M(0,0) != 0, the mark of the |a| |b| converter, products too wide.
std::vector<Finding> findingsOfTable(const ProductTable& table);

/// A table against the model of its circuit, with the known fault that makes the difference, if it is one: the |a| |b| converter of AdaPT
/// and TransAxx, transposed operands, numeric instead of pattern order, products that wrapped around.
Finding compareWithModel(const ProductTable& table, const ProductTable& model, const std::string& modelName);

}  // namespace axp
