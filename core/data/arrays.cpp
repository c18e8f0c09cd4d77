// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/arrays.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/base/hash.h"

namespace axp {

namespace {

namespace fs = std::filesystem;

/// Calls `use` with the elements as a span of their own type; an error for Bool.
template <class Use>
void visit(const Tensor& tensor, const Use& use) {
    switch (tensor.dtype()) {
        case DType::F32: return use(tensor.as<float>());
        case DType::F64: return use(tensor.as<double>());
        case DType::I8: return use(tensor.as<std::int8_t>());
        case DType::U8: return use(tensor.as<std::uint8_t>());
        case DType::I16: return use(tensor.as<std::int16_t>());
        case DType::U16: return use(tensor.as<std::uint16_t>());
        case DType::I32: return use(tensor.as<std::int32_t>());
        case DType::U32: return use(tensor.as<std::uint32_t>());
        case DType::I64: return use(tensor.as<std::int64_t>());
        case DType::U64: return use(tensor.as<std::uint64_t>());
        case DType::Bool: return use(std::span(reinterpret_cast<const std::uint8_t*>(tensor.data()), tensor.byteSize()));
    }
}

}  // namespace

Result<Tensor> asFloat(const Tensor& tensor, const std::string& where) {
    if (tensor.dtype() == DType::F32) return tensor;
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(tensor.count()));
    bool exact = true;
    visit(tensor, [&](const auto& span) {
        using Element = typename std::decay_t<decltype(span)>::value_type;
        for (const auto element : span) {
            values.push_back(static_cast<float>(element));
            if constexpr (std::is_integral_v<Element>) exact = exact && static_cast<long double>(values.back()) == static_cast<long double>(element);
        }
    });
    if (!exact) return badInput("it holds whole numbers too large for float32", where, "Save it as float32, or read it as tokens.");
    return Tensor::from(tensor.shape(), values);
}

Result<std::vector<std::int32_t>> asLabels(const Tensor& tensor, const std::string& where) {
    const Shape& shape = tensor.shape();
    if (shape.size() != 1 && !(shape.size() == 2 && shape[1] == 1))
        return badInput("labels have the shape " + shapeText(shape) + " instead of one number a sample", where,
                        "Save one whole number a sample (of scores a class, the argmax).");
    std::vector<std::int32_t> labels;
    std::int64_t wrong = -1;
    visit(tensor, [&](const auto& span) {
        for (const auto element : span) {
            const auto number = static_cast<double>(element);
            if (!(number >= 0 && number < 1 << 20 && number == std::floor(number)) && wrong < 0) wrong = static_cast<std::int64_t>(labels.size());
            labels.push_back(wrong < 0 ? static_cast<std::int32_t>(number) : -1);
        }
    });
    if (wrong >= 0)
        return badInput("label number " + std::to_string(wrong) + " is not a whole number from 0 to 1048575", where, "Save the number of the class.");
    return labels;
}

Result<Tensor> asTokens(const Tensor& tensor, const std::string& where) {
    if (tensor.dtype() == DType::F32 || tensor.dtype() == DType::F64 || tensor.dtype() == DType::Bool)
        return badInput(std::string("tokens are whole numbers, and this array is of type ") + dtypeName(tensor.dtype()), where,
                        "Save it as int64, or choose the source numpy.");
    std::vector<std::int64_t> values;
    values.reserve(static_cast<std::size_t>(tensor.count()));
    visit(tensor, [&](const auto& span) {
        for (const auto element : span) values.push_back(static_cast<std::int64_t>(element));
    });
    return Tensor::from(tensor.shape(), values);
}

std::string digestOf(const Tensor& tensor) {
    Sha256 hash;
    hash.update(std::string(dtypeName(tensor.dtype())) + shapeText(tensor.shape()));
    hash.update(std::span(tensor.data(), tensor.byteSize()));
    return hash.hex();
}

std::vector<ArrayFiles> findArrays(const std::string& path) {
    std::error_code code;
    if (fs::is_regular_file(path, code)) {
        // x.npy has y.npy beside it; images.npy has labels.npy.
        const fs::path file(path);
        const std::pair<std::string, std::string> pairs[] = {{"x", "y"}, {"X", "y"}, {"images", "labels"}, {"data", "labels"}, {"inputs", "targets"}};
        for (const auto& [from, to] : pairs) {
            std::string name = file.stem().string();
            const bool short_ = from.size() == 1, starts = name.rfind(from, 0) == 0 && (!short_ || name.size() == 1 || name[1] == '_');
            const bool ends = name.size() > from.size() && name.ends_with((short_ ? "_" : "") + from);
            if (!starts && !ends) continue;
            name.replace(starts ? 0 : name.size() - from.size(), from.size(), to);
            const fs::path other = file.parent_path() / (name + ".npy");
            if (other != file && fs::is_regular_file(other, code)) return {{path, other.string()}};
        }
        return {{path, {}}};
    }
    const auto first = [&](const std::vector<std::string>& names) {
        for (const auto& name : names)
            if (const fs::path file = fs::path(path) / (name + ".npy"); fs::is_regular_file(file, code)) return file.string();
        return std::string();
    };
    const auto part = [&](const std::vector<std::string>& endings) {
        std::vector<std::string> x, y;
        for (const auto& ending : endings) {
            for (const char* name : {"x", "X", "images", "data", "inputs"}) x.insert(x.end(), {std::string(name) + "_" + ending, ending + "_" + name});
            for (const char* name : {"y", "Y", "labels", "targets"}) y.insert(y.end(), {std::string(name) + "_" + ending, ending + "_" + name});
        }
        return ArrayFiles{first(x), first(y)};
    };
    const ArrayFiles train = part({"train"}), test = part({"test", "val", "valid"});
    const ArrayFiles only{first({"x", "X", "images", "data", "inputs", "tokens"}), first({"y", "Y", "labels", "targets"})};
    std::vector<ArrayFiles> found;
    for (const auto& files : {train, test})
        if (!files.samples.empty()) found.push_back(files);
    if (found.empty() && !only.samples.empty()) found.push_back(only);
    return found;
}

Result<std::shared_ptr<ValueStore>> ValueStore::make(Tensor values, const Shapes& shapes, const Preprocessing& preprocessing, const std::string& where) {
    const auto span = values.as<float>();
    const std::int64_t one = elementCount(shapes.sample);
    for (std::size_t i = 0; i < span.size(); ++i)
        if (!std::isfinite(span[i]))
            return badInput("a value of sample " + std::to_string(static_cast<std::int64_t>(i) / std::max<std::int64_t>(1,
                            one)) + " is infinite or not a number", where,
                            "Mend or leave out this sample.");
    const std::int64_t channels = shapes.channelAt < 0 ? 1 : shapes.sample[static_cast<std::size_t>(shapes.channelAt)];
    for (const auto* list : {&preprocessing.mean, &preprocessing.deviation})
        if (list->size() != 1 && static_cast<std::int64_t>(list->size()) != channels)
            return badInput("there are " + std::to_string(list->size()) + (list == &preprocessing.mean ? " means" : " deviations") + " for samples of shape " +
                                shapeText(shapes.sample), "preprocessing", "Give one number for all values or one a channel.");
    auto store = std::make_shared<ValueStore>();
    store->m_values = std::move(values);
    store->m_shapes = shapes;
    store->m_preprocessing = preprocessing;
    return store;
}

Result<void> ValueStore::read(std::int64_t index, std::byte* bytes) const {
    auto* target = reinterpret_cast<float*>(bytes);
    const Shape& shape = m_shapes.sample;
    const std::int64_t one = elementCount(shape);
    const float* source = m_values.as<float>().data() + index * one;
    const auto channelAt = static_cast<std::size_t>(std::max(0, m_shapes.channelAt));
    const std::int64_t channels = m_shapes.channelAt < 0 ? 1 : shape[channelAt];
    std::int64_t inner = 1;
    if (m_shapes.channelAt >= 0)
        for (std::size_t d = channelAt + 1; d < shape.size(); ++d) inner *= shape[d];
    const std::int64_t plane = one / std::max<std::int64_t>(1, channels);
    for (std::int64_t i = 0; i < one; ++i) {
        const std::int64_t channel = m_shapes.channelAt < 0 ? 0 : i / inner % channels;
        std::int64_t from = i;
        if (m_shapes.fromLast) from = i % plane * channels + channel;
        if (m_shapes.toLast) from = channel * plane + i / channels;
        const auto c = static_cast<std::size_t>(channel);
        const float fraction = source[from] / static_cast<float>(m_preprocessing.divisor);
        const float centred = fraction - static_cast<float>(ofChannel(m_preprocessing.mean, c));
        target[i] = centred / static_cast<float>(ofChannel(m_preprocessing.deviation, c));
    }
    return {};
}

Result<Picture> ValueStore::picture(std::int64_t index) const {
    const Shape& shape = m_shapes.sample;
    const bool plane = shape.size() == 2, last = shape.size() == 3 && m_shapes.channelAt == 2;
    const std::int64_t channels = plane ? 1 : shape.size() == 3 ? shape[last ? 2 : 0] : 0;
    if (channels != 1 && channels != 3) return SampleStore::picture(index);
    Picture picture{shape[plane || last ? 0 : 1], shape[plane || last ? 1 : 2], channels, {}};
    std::vector<std::byte> bytes(static_cast<std::size_t>(elementCount(shape)) * sizeof(float));
    AXP_CHECK(read(index, bytes.data()));
    const auto* values = reinterpret_cast<const float*>(bytes.data());
    const std::int64_t one = elementCount(shape), pixels = one / channels;
    const auto [low, high] = std::minmax_element(values, values + one);
    const float span = *high - *low;
    for (std::int64_t i = 0; i < pixels; ++i)
        for (std::int64_t c = 0; c < channels; ++c) {
            const float value = values[last ? i * channels + c : c * pixels + i];
            picture.pixels.push_back(span > 0 ? static_cast<std::uint8_t>(std::lround((value - *low) / span * 255.0F)) : std::uint8_t{0});
        }
    return picture;
}

Shape ValueStore::targetShape() const {
    if (targetValues.shape().empty()) return m_shapes.sample;
    return Shape(targetValues.shape().begin() + 1, targetValues.shape().end());
}

Result<void> ValueStore::readTarget(std::int64_t index, std::byte* target) const {
    if (targetValues.shape().empty()) return read(index, target);
    const std::size_t bytes = static_cast<std::size_t>(elementCount(targetShape())) * sizeof(float);
    std::copy_n(targetValues.data() + static_cast<std::size_t>(index) * bytes, bytes, target);
    return {};
}

}  // namespace axp
