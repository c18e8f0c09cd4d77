// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace axp {

/// What composed layers (recurrent.h, attention.h) are written with; every importer has one. Names are wishes: they are made unique.
class GraphBuilder {
public:
    virtual ~GraphBuilder() = default;
    /// Appends an operator with one output.
    virtual ValueId op(const std::string& name, const std::string& schema, std::vector<Arg> args) = 0;
    /// Appends an operator with several outputs.
    virtual std::vector<ValueId> ops(const std::string& name, const std::string& schema, std::vector<Arg> args, std::size_t outputs) = 0;
    virtual ValueId mac(const std::string& name, NodeKind kind, std::vector<Arg> args, ConvAttributes conv = {}) = 0;
    /// Appends a Recurrent node; returns its outputs (core/graph/graph.h).
    virtual std::vector<ValueId> recurrent(const std::string& name, std::vector<Arg> args, const RecurrentAttributes& attributes) = 0;
    /// Adds a constant that training leaves alone.
    virtual ValueId constant(const std::string& name, Tensor tensor) = 0;
};

}  // namespace axp
