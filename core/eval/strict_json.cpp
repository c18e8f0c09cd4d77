// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/strict_json.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <vector>

namespace axp {

namespace {

constexpr int kDeepest = 64;

struct Refusal : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Watches the parser for what it would accept and lose.
class Watcher {
public:
    bool operator()(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
        using Event = nlohmann::json::parse_event_t;
        if (depth > kDeepest) throw Refusal("lists and objects are nested deeper than " + std::to_string(kDeepest) + " levels");
        if (event == Event::object_start) m_keys.emplace_back();
        if (event == Event::object_end) m_keys.pop_back();
        if (event == Event::key && !m_keys.back().insert(parsed.get<std::string>()).second)
            throw Refusal("the key " + parsed.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
                          " occurs twice in one object");
        return true;
    }

private:
    std::vector<std::set<std::string>> m_keys;
};

std::string position(const std::string& text, std::size_t byte) {
    const std::size_t end = std::min(byte > 0 ? byte - 1 : 0, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    const std::size_t lineStart = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
    const std::size_t column = end - (lineStart == std::string::npos ? 0 : lineStart + 1) + 1;
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace

Result<nlohmann::json> parseStrictJson(const std::string& text, const std::string& where) {
    try {
        Watcher watcher;
        return nlohmann::json::parse(text, [&watcher](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
            return watcher(depth, event, parsed);
        });
    } catch (const nlohmann::json::parse_error& fault) {
        return badInput("the JSON text is wrong at " + position(text, fault.byte), where,
                        "Correct it there, or take an earlier copy of the file.");
    } catch (const Refusal& refusal) {
        return badInput(refusal.what(), where, "Correct the file.");
    } catch (const std::exception& fault) {
        return badInput(std::string("the JSON text cannot be read (") + fault.what() + ')', where, "Correct the file.");
    }
}

const char* jsonTypeName(const nlohmann::json& value) {
    switch (value.type()) {
    case nlohmann::json::value_t::null: return "null";
    case nlohmann::json::value_t::object: return "an object";
    case nlohmann::json::value_t::array: return "a list";
    case nlohmann::json::value_t::string: return "a text";
    case nlohmann::json::value_t::boolean: return "true or false";
    default: return "a number";
    }
}

}  // namespace axp
