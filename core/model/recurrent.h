// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/model/graph_builder.h"

namespace axp {

enum class RecurrentCell { Lstm, Gru, Tanh, Relu };
/// Gates of a cell: 4, 3, 1, 1.
int gateCount(RecurrentCell cell);
/// Time steps that are written out at most.
inline constexpr std::int64_t kMostTimeSteps = 1024;

/// One direction of one recurrent layer. Weights and gate order as in PyTorch: LSTM input, forget, cell, output; GRU reset, update, new.
struct RecurrentLayer {
    RecurrentCell cell = RecurrentCell::Lstm;
    std::string name;              ///< of the module
    std::string suffix;            ///< "l0", "l1_reverse"
    ValueId x = -1;                ///< [N, steps, inputs]
    std::int64_t steps = 0, hidden = 0;
    ValueId weightIh = -1, weightHh = -1;  ///< constants [gates * hidden, inputs] and [gates * hidden, hidden]
    ValueId biasIh = -1, biasHh = -1;      ///< constants [gates * hidden], or -1
    ValueId h0 = -1, c0 = -1;              ///< [N, hidden], or -1 for zeros
    bool reverse = false;
    bool resetAfter = true;  ///< GRU: the reset gate scales the recurrent product with its bias (PyTorch), not the state before it
};
struct RecurrentResult {
    ValueId sequence = -1;      ///< [N, steps, hidden]
    ValueId h = -1, c = -1;     ///< the last state, [N, hidden]; c for an LSTM only
};

/// Writes the layer out: one Linear for the input products of all time steps, named `name.ih_suffix`, and one Linear for the
/// recurrent product of every step, named `name.hh_suffix.tSTEP`, so that every MAC is a site. The weight constant is shared.
/// The first step multiplies the zero state as well, as an accelerator does.
/// `steps` is 1..kMostTimeSteps. With resetAfter = false the weights of the new gate are read (constants of `graph`).
RecurrentResult buildRecurrent(GraphBuilder& builder, const Graph& graph, const RecurrentLayer& layer);

}  // namespace axp
