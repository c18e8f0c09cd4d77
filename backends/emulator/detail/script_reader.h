// SPDX-License-Identifier: GPL-3.0-or-later
// Private to backends/emulator/torchscript.
#pragma once
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <array>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/model/graph_builder.h"
#include "core/model/importer.h"
#include "core/model/onnx/partial_shape.h"

namespace axp::detail {

/// The network is followed at these two batch sizes: what is equal in both runs is a constant, what grows along is the batch.
/// 1 is none of them, because dimensions of length 1 have a meaning of their own.
inline constexpr std::array<std::int64_t, 2> kBatches{2, 3};

struct Item;
using ItemPtr = std::shared_ptr<Item>;

/// A value of the TorchScript program while it is followed.
struct Item {
    enum class Kind {
        Known,  ///< computed from settings, shapes and constants; `run` has it for both batch sizes
        Flow,   ///< a tensor that depends on the network's input: value `id` of the graph; `run` has both tensors
        List,   ///< of tensors (or of what contains them); shared by everything that refers to it, as in Python
        Tuple,
    };
    Kind kind = Kind::Known;
    std::array<c10::IValue, 2> run;
    ValueId id = -1;
    std::vector<ItemPtr> items;
    std::string path;    ///< attribute path of a module or parameter, "layer1.0.conv1"
    bool stale = false;  ///< its memory was written through another tensor: the graph no longer has its value
};

/// What stops the import; caught in import.cpp and turned into an Error.
struct ScriptError {
    std::string what, where, remedy;
};

/// Follows one TorchScript method and writes the graph (see backends/emulator/torchscript.h). Used once.
class ScriptReader : public GraphBuilder {
public:
    /// `wholeBatch`: a literal 1 at the front of a view of the batch stands for the batch size (traces bake it in).
    ScriptReader(Shape sample, bool wholeBatch) : m_sample(std::move(sample)), m_wholeBatch(wholeBatch) {}
    /// Throws ScriptError, c10::Error.
    Graph read(const torch::jit::Module& module);

    // GraphBuilder
    ValueId op(const std::string& name, const std::string& schema, std::vector<Arg> args) override;
    std::vector<ValueId> ops(const std::string& name, const std::string& schema, std::vector<Arg> args, std::size_t outputs) override;
    ValueId mac(const std::string& name, NodeKind kind, std::vector<Arg> args, ConvAttributes conv = {}) override;
    std::vector<ValueId> recurrent(const std::string& name, std::vector<Arg> args, const RecurrentAttributes& attributes) override;
    ValueId constant(const std::string& name, Tensor tensor) override;

    /// One call of an operator that reads a Flow item.
    struct Call {
        torch::jit::Node* node;
        const c10::FunctionSchema* schema;
        std::string name;          ///< "aten::add.Tensor"; in-place forms under the name of their functional twin
        std::vector<ItemPtr> args;
        std::array<std::vector<c10::IValue>, 2> results;
        bool inPlace = false;
    };

private:
    struct Frame {
        std::unordered_map<const torch::jit::Value*, ItemPtr> values;
        std::string scope;
        int depth = 0;
    };
    using Handler = bool (ScriptReader::*)(Call&);

    // interpreter.cpp: control flow and containers
    std::vector<ItemPtr> call(torch::jit::Function& function, std::vector<ItemPtr> args, const std::string& scope, int depth);
    void runBlock(torch::jit::Block* block, Frame& frame, bool mayForget);
    void runNode(torch::jit::Node* node, Frame& frame);
    bool runStructure(torch::jit::Node* node, Frame& frame);
    bool runList(torch::jit::Node* node, Frame& frame);
    void runIf(torch::jit::Node* node, Frame& frame);
    void runLoop(torch::jit::Node* node, Frame& frame);
    void runCall(torch::jit::Node* node, Frame& frame);
    void runGetAttr(torch::jit::Node* node, Frame& frame);
    void runOperator(torch::jit::Node* node, Frame& frame);
    void runKnown(torch::jit::Node* node, Frame& frame, const std::vector<ItemPtr>& inputs);
    void forget(torch::jit::Node* node, torch::jit::Block* block, Frame& frame);
    ItemPtr get(const torch::jit::Value* value, const Frame& frame) const;
    void bind(torch::jit::Node* node, std::size_t output, ItemPtr item, Frame& frame);
    const c10::IValue& sameInBoth(torch::jit::Node* node, const ItemPtr& item, const char* what) const;
    std::vector<ItemPtr> elements(const ItemPtr& item) const;
    c10::IValue valueOf(const ItemPtr& item, std::size_t run, const c10::TypePtr& type) const;
    void addOutput(Graph& graph, const ItemPtr& item);

    // emit.cpp: operators on tensors that depend on the input
    void execute(Call& call);
    void runFlow(torch::jit::Node* node, Frame& frame, std::vector<ItemPtr> inputs);
    void emitGeneric(Call& call);
    bool runMetadata(torch::jit::Node* node, Frame& frame, const std::vector<ItemPtr>& inputs, const std::string& name);
    void finishInPlace(Call& call);
    Arg argument(Call& call, std::size_t index);
    Arg literal(const Call& call, std::size_t index, const c10::IValue& value);
    void flow(Call& call, std::size_t result, ValueId id);
    ItemPtr flowItem(ValueId id, std::array<c10::IValue, 2> run);
    std::string nodeName(const std::string& op) const;
    std::string uniqueName(const std::string& wanted);
    void learnShape(ValueId id, const at::Tensor& first, const at::Tensor& second);
    void append(Node node);

    // Used by the handlers.
    [[noreturn]] void refuse(const torch::jit::Node* node, const std::string& what, const std::string& remedy = {}) const;
    bool given(const Call& call, std::size_t i) const { return i < call.args.size() && !(call.args[i]->kind == Item::Kind::Known && call.args[i]->run[0].isNone()); }
    bool isFlow(const Call& call, std::size_t i) const { return i < call.args.size() && call.args[i]->kind == Item::Kind::Flow; }
    const at::Tensor& tensor(const Call& call, std::size_t i, std::size_t run = 0) const { return call.args[i]->run[run].toTensor(); }
    /// The constant in argument i, which is equal in both runs; refused otherwise.
    at::Tensor constantTensor(Call& call, std::size_t i, const char* what);
    /// Argument i as a value of the graph: computed or constant.
    ValueId valueId(Call& call, std::size_t i);
    ValueId constantId(const at::Tensor& tensor, const std::string& path, bool trainable = false);
    /// A constant for a tensor that is the same in both runs, or that only repeats along the batch.
    ValueId knownTensorId(Call& call, const ItemPtr& item);
    std::int64_t integer(const Call& call, std::size_t i, std::int64_t standard) const;
    double real(const Call& call, std::size_t i, double standard) const;
    bool flag(const Call& call, std::size_t i, bool standard) const;
    std::vector<std::int64_t> integers(const Call& call, std::size_t i) const;
    /// x expanded along `dim`, where it has length 1, to the batch size.
    ValueId expandBatch(const std::string& name, ValueId x, std::int64_t dim);
    std::string parameterPath(const Call& call, std::size_t i) const;
    /// Binds the call's only result.
    bool done(Call& call, ValueId id) { flow(call, 0, id); return true; }
    bool alias(Call& call);

    static const std::unordered_map<std::string, Handler>& handlers();
    static void addMacHandlers(std::unordered_map<std::string, Handler>& table);
    static void addLayerHandlers(std::unordered_map<std::string, Handler>& table);
    static void addShapeHandlers(std::unordered_map<std::string, Handler>& table);

    // mac_operators.cpp
    bool convolution(Call& call);
    bool linear(Call& call);
    bool addmm(Call& call);
    bool product(Call& call);
    bool einsum(Call& call);
    void emitConvolution(Call& call, ConvAttributes conv, bool transposed);
    ValueId multiply(Call& call, const std::string& name, ItemPtr a, ItemPtr b);
    ValueId linearNode(const std::string& name, ValueId x, const at::Tensor& weight, const std::string& path, ValueId bias);
    std::string macName(Call& call, std::size_t weightIndex);

    // layer_operators.cpp: composed layers
    bool attention(Call& call);
    bool nativeAttention(Call& call);
    bool encoderLayer(Call& call);
    bool recurrent(Call& call);
    bool recurrentCell(Call& call);
    bool dropout(Call& call);
    bool batchNorm(Call& call);
    bool embedding(Call& call);
    bool refuseRandom(Call& call);
    ValueId selfAttention(Call& call, const std::string& name, ValueId x, std::int64_t width, std::int64_t heads, std::size_t weights, ValueId mask);

    // shape_operators.cpp
    bool reshape(Call& call);
    bool expand(Call& call);
    bool convert(Call& call);
    bool squeeze(Call& call);
    bool index(Call& call);
    bool refuseStrided(Call& call);
    void prepareReshape(Call& call);

    Shape m_sample;
    bool m_wholeBatch;
    Graph m_graph;
    std::vector<onnx_file::PartialShape> m_shapes;
    std::vector<std::weak_ptr<Item>> m_flows;
    std::unordered_map<std::string, ValueId> m_constants;
    std::unordered_set<std::string> m_names;
    std::unordered_map<std::string, int> m_counters;
    std::string m_scope;       ///< module path of the method that is being followed
    bool m_leafScope = false;  ///< that module has no modules inside
    std::int64_t m_steps = 0;
    std::vector<at::Tensor> m_keepAlive;  ///< whose addresses are keys of m_constants
};

}  // namespace axp::detail
