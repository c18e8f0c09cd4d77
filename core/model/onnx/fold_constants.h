// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/model/onnx/converter.h"

namespace axp::onnx_file {

/// A Slice of a constant of any type: how exporters of opset 7 sort the gates of a recurrent layer. Empty when it takes more than literals.
Folding sliceConstant(Converter& converter, const Node& node);
/// A Concat of constants of one type. Empty when it has other operands.
Folding concatConstants(Converter& converter, const Node& node);

}  // namespace axp::onnx_file
