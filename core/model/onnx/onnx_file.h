// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"

namespace axp::onnx_file {

/// The content of an ONNX file as plain data. Only onnx_read.cpp and onnx_write.cpp know protobuf.
using Attribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>,
                               std::vector<std::string>, Tensor>;

struct Node {
    std::string name, op, domain;
    std::vector<std::string> inputs, outputs;  ///< "" stands for an omitted optional one
    std::unordered_map<std::string, Attribute> attributes;
    int elementType = 0;  ///< of the tensor in the attribute "value", as ONNX numbers them; 0: there is none
};

/// An input of the network. A dimension is its length, or -1 when it is symbolic or missing.
struct Input {
    std::string name;
    std::optional<Shape> shape;
    DType dtype = DType::F32;
};

struct Initializer {
    std::string name;
    Tensor tensor;
    int elementType = 0;  ///< in the file, as ONNX numbers them; written when it is one of 8 or 16 bits and the tensor holds integers
};

struct Model {
    std::int64_t opset = 0;
    std::string graphName;
    std::vector<Input> inputs;
    std::vector<Input> outputs;
    std::vector<Node> nodes;
    std::vector<Initializer> initializers;
};

/// Parses `bytes`. External data is read from files in `folder` only. Half and double precision become float32 and 8- to
/// 32-bit integers int64: the network is computed in binary32, and integers are indices and shapes. Float attributes become
/// the shortest decimal number that rounds to them.
Result<Model> parse(const std::string& bytes, const std::string& path, const std::string& folder);

/// The bytes of an ONNX file. Dimension 0 of inputs and outputs is written as "N" where it is -1.
Result<std::string> serialise(const Model& model);

}  // namespace axp::onnx_file
