// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/model/graph_builder.h"

namespace axp {

/// Time steps of a sequence at most.
inline constexpr std::int64_t kMostTimeSteps = 65536;

/// One direction of one recurrent layer. Weights and gate order as in PyTorch: LSTM input, forget, cell, output; GRU reset, update, new.
struct RecurrentLayer {
    RecurrentCell cell = RecurrentCell::Lstm;
    std::string name;              ///< of the module
    std::string suffix;            ///< "l0", "l1_reverse"
    ValueId x = -1;                ///< [N, steps, inputs]
    ValueId weightIh = -1, weightHh = -1;  ///< constants [gates * hidden, inputs] and [gates * hidden, hidden]
    ValueId biasIh = -1, biasHh = -1;      ///< constants [gates * hidden], or -1
    ValueId h0 = -1, c0 = -1;              ///< [N, hidden], or -1 for zeros
    bool reverse = false;
    bool resetAfter = true;  ///< as in RecurrentAttributes
};
struct RecurrentResult {
    ValueId sequence = -1;      ///< [N, steps, hidden]
    ValueId h = -1, c = -1;     ///< the last state, [N, hidden]; c for an LSTM only
};

/// Writes the layer as two nodes and so as two sites: a Linear for the input products of all time steps, `name.ih_suffix`, and a Recurrent
/// for the rest, `name.hh_suffix`. The first step multiplies the zero state as well, as an accelerator does.
RecurrentResult buildRecurrent(GraphBuilder& builder, const RecurrentLayer& layer);

}  // namespace axp
