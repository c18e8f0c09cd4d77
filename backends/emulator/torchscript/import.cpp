// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/emulator/torchscript.h"

#include <ATen/ATen.h>
#include <torch/csrc/api/include/torch/version.h>
#include <torch/csrc/jit/runtime/custom_operator.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/library.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "backends/emulator/detail/executor.h"
#include "backends/emulator/detail/script_reader.h"
#include "core/model/torchscript/container.h"

#if TORCH_VERSION_MAJOR < 2
namespace {

/// softmax(q k^T * scale + mask) v. LibTorch before 2.0 lacks the operator, and files of newer versions call it.
at::Tensor scaledDotProductAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const c10::optional<at::Tensor>& mask, double dropout,
                                     bool causal, c10::optional<double> scale, bool grouped) {
    TORCH_CHECK(dropout == 0.0 && !grouped, "scaled_dot_product_attention with dropout or grouped heads");
    at::Tensor scores = at::matmul(q, k.transpose(-2, -1)) * scale.value_or(1.0 / std::sqrt(static_cast<double>(q.size(-1))));
    const double never = -std::numeric_limits<double>::infinity();
    if (causal) scores = scores.masked_fill(at::ones({q.size(-2), k.size(-2)}, at::kBool).tril().logical_not(), never);
    if (mask) scores = mask->scalar_type() == at::kBool ? scores.masked_fill(mask->logical_not(), never) : scores + *mask;
    return at::matmul(at::softmax(scores, -1), v);
}

TORCH_LIBRARY_FRAGMENT(aten, library) {
    library.def(
        "scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, bool is_causal=False, *, "
        "float? scale=None, bool enable_gqa=False) -> Tensor",
        scaledDotProductAttention);
}

}  // namespace
#endif

namespace axp {

using namespace detail;

namespace {

std::string messageOf(const std::exception& error) {
    const auto* torchError = dynamic_cast<const c10::Error*>(&error);
    return torchError ? torchError->msg() : error.what();
}

std::string unknownOperatorText(const std::string& name) { return "the network needs " + name + ", which this LibTorch (" TORCH_VERSION ") does not know"; }

/// The operator that LibTorch does not know, when that is why it cannot read a file; else empty.
std::string unknownOperator(const std::exception& error) {
    const std::string whole = messageOf(error), before = "Unknown builtin op: ";
    const auto at = whole.find(before);
    if (at == std::string::npos) return {};
    const auto begin = at + before.size();
    const std::string name = whole.substr(begin, whole.find_first_of(" \n'", begin) - begin);
    const std::string plain = name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
    const bool valid = plain.find("::") != std::string::npos && plain.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:") == std::string::npos;
    return valid ? plain : std::string();
}

/// Files of newer versions name operators in branches that a network never takes (settings decide). Such an operator gets a form that takes
/// anything and refuses when it is reached; without it LibTorch would not read the program at all.
void declareUnknown(const std::string& name) {
    static std::mutex mutex;
    static auto* const declared = new std::vector<std::unique_ptr<torch::jit::RegisterOperators>>;  // for as long as the program runs
    const std::lock_guard lock(mutex);
    const auto refuse = [name](torch::jit::Stack&) { throw ScriptError{unknownOperatorText(name), {}, "Export the network without it, or to ONNX"}; };
    declared->push_back(std::make_unique<torch::jit::RegisterOperators>(std::vector<c10::optional<torch::jit::Operator>>{
        torch::jit::Operator(name + "(...) -> Tensor", refuse, c10::AliasAnalysisKind::CONSERVATIVE)}));
}

/// LibTorch's reader, with what it does not know declared.
torch::jit::Module load(const std::string& path) {
    std::set<std::string> declared;
    while (true) {
        try {
            return torch::jit::load(path);
        } catch (const std::exception& error) {
            const std::string name = unknownOperator(error);
            if (name.empty() || name.starts_with("quantized::") || declared.size() > 64 || !declared.insert(name).second) throw;
            declareUnknown(name);
        }
    }
}

/// What LibTorch says when it cannot read a file, in words that help.
Error unreadable(const std::exception& error, const std::string& path) {
    const std::string whole = messageOf(error);
    for (const std::string unknown : {"Unknown builtin op: ", "Unknown type name '"}) {
        const auto at = whole.find(unknown);
        if (at == std::string::npos) continue;
        const auto begin = at + unknown.size();
        const std::string name = whole.substr(begin, whole.find_first_of(" .\n'", begin) - begin);
        const bool quantized = name.find("quantized") != std::string::npos;
        return badInput(unknownOperatorText(name), path,
                        quantized ? "Export the float network; quantization is set in the project" : "Export the network without it, or to ONNX");
    }
    return badInput("LibTorch " TORCH_VERSION " cannot read the file: " + firstLine(error), path, "Export it anew: torch.jit.trace(model.eval(), example).save('model.pt')");
}

/// In the output every sample must have its own row.
void checkBatch(const Graph& graph) {
    for (const ValueId id : graph.outputs) {
        const Shape& shape = graph.values[static_cast<std::size_t>(id)].shape;
        if (shape.empty() || shape[0] != 1)
            throw ScriptError{"the network mixes the samples of a batch, or was traced for one batch size", {}, "Take the batch size from the input: x.size(0), or -1 in views"};
    }
}

ImportedModel read(const torch::jit::Module& module, const Shape& sample, const std::string& path) {
    const auto attempt = [&](bool wholeBatch) {
        ImportedModel model;
        model.graph = ScriptReader(sample, wholeBatch).read(module);
        checkBatch(model.graph);
        return model;
    };
    ImportedModel model;
    try {
        model = attempt(false);
    } catch (const std::exception&) {
        const std::exception_ptr faithful = std::current_exception();
        try {
            model = attempt(true);
        } catch (...) {
            std::rethrow_exception(faithful);
        }
    } catch (const ScriptError& faithful) {
        try {
            model = attempt(true);
        } catch (...) {
            throw faithful;
        }
    }
    model.graph.name = std::filesystem::path(path).stem().string();
    model.inputShape = sample;
    model.format = "TorchScript";
    return model;
}

}  // namespace

bool looksLikeTorchScript(const std::string& path, const std::string& head) { return torchscript::looksLike(path, head); }

Result<ImportedModel> readTorchScript(const std::string& path, const ImportOptions& options) {
    {
        std::ifstream stream(path, std::ios::binary);
        std::error_code error;
        const auto size = std::filesystem::file_size(path, error);
        if (!stream || error) return badInput("the model file cannot be opened", path, "Check the path and its permissions");
        AXP_CHECK(torchscript::check(stream, size, path));
    }
    if (!options.sampleShape)
        return badInput("a TorchScript file does not say how large its input is", path, "Give the shape of one sample, for example --input-shape 3,224,224");
    AXP_TRY(const Shape sample, options.sampleShape());
    const at::NoGradGuard guard;
    std::optional<torch::jit::Module> module;
    try {
        module = load(path);
        module->eval();
    } catch (const std::bad_alloc&) {
        return failure("the model needs more memory than there is", path);
    } catch (const std::exception& error) {
        return unreadable(error, path);
    }
    try {
        ImportedModel model = read(*module, sample, path);
        if (auto valid = model.graph.validate(); !valid.ok()) {
            Error error = std::move(valid).error();
            error.kind = ErrorKind::BadInput;
            error.where = path + ": " + error.where;
            return error;
        }
        return model;
    } catch (const ScriptError& error) {
        return badInput(error.what, path + (error.where.empty() ? "" : ": " + error.where), error.remedy);
    } catch (const std::bad_alloc&) {
        return failure("the model needs more memory than there is", path);
    } catch (const std::exception& error) {
        return badInput("the network does not run on samples of the shape " + shapeText(sample) + ": " + firstLine(error), path,
                        "Check the shape of a sample (--input-shape)");
    }
}

}  // namespace axp
