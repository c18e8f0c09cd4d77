// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/model/onnx/converter.h"
#include "core/quant/quant.h"

namespace axp::onnx_file {

/// How a tensor of a quantized network is written in integers: real = (code - zero) * scale, one of each per tensor or per channel.
struct Scheme {
    std::vector<float> scale;
    std::vector<std::int64_t> zero;
    int type = 0;                       ///< ONNX's number of the element type
    std::int64_t least = 0, most = 0;   ///< the codes in use
    std::string token;                  ///< not empty: quantized while the network runs, by the node with this output
    double low() const;
    double high() const;
};

/// A scale that is known only while the network runs, times constant factors.
struct ScaleOf {
    std::string token;
    std::vector<float> factor;
};

/// ConvInteger or MatMulInteger before its result is scaled back to real numbers. `weight` holds code - zero.
struct Product {
    Node node;
    Tensor weight;
    std::string token;
};

/// What is known of the integers of a quantized network, by the names of the file. In the graph every value is a real number: quantizing
/// is limiting to what the codes can say; the rounding is what a project sets.
class Quantized {
public:
    bool empty() const { return m_schemes.empty(); }
    const Scheme* find(const std::string& name) const { return get(m_schemes, name); }
    void remember(const std::string& name, Scheme scheme) { m_schemes.insert_or_assign(name, std::move(scheme)); }
    const ScaleOf* scaleOf(const std::string& name) const { return get(m_scales, name); }
    void rememberScale(const std::string& name, ScaleOf scale) { m_scales.insert_or_assign(name, std::move(scale)); }
    std::string zeroToken(const std::string& name) const {
        const std::string* token = get(m_zeros, name);
        return token ? *token : "";
    }
    void rememberZero(const std::string& name, std::string token) { m_zeros.insert_or_assign(name, std::move(token)); }
    const Product* product(const std::string& name) const { return get(m_products, name); }
    void rememberProduct(const std::string& name, Product product) { m_products.insert_or_assign(name, std::move(product)); }
    /// ONNX's number of the element type of a constant; 0 when it is not known.
    int elementType(const std::string& name) const {
        const int* type = get(m_types, name);
        return type ? *type : 0;
    }
    void rememberType(const std::string& name, int type) { m_types.insert_or_assign(name, type); }

    /// The value holds no numbers beyond the scheme's.
    void limit(ValueId id, const Scheme& scheme) { m_limits.insert_or_assign(id, scheme); }
    /// The ranges of the operands of MAC nodes that the file gives.
    Ranges ranges(const Graph& graph) const;

private:
    template <class T>
    static const T* get(const std::unordered_map<std::string, T>& map, const std::string& name) {
        const auto found = map.find(name);
        return found == map.end() ? nullptr : &found->second;
    }

    std::unordered_map<std::string, Scheme> m_schemes;
    std::unordered_map<std::string, ScaleOf> m_scales;
    std::unordered_map<std::string, std::string> m_zeros;
    std::unordered_map<std::string, Product> m_products;
    std::unordered_map<std::string, int> m_types;
    std::unordered_map<ValueId, Scheme> m_limits;
};

/// Nodes other than those of quantizedConversions() that take integers: those that move them are converted, the ends of dynamically
/// quantized products too, and the rest is refused. False: the node has nothing to do with them.
Result<bool> convertOnCodes(Converter& converter, const Node& node);

}  // namespace axp::onnx_file
