// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/c_functions.h"

#include <algorithm>
#include <array>
#include <map>

namespace axp {

namespace {

const std::map<std::string_view, CType>& namedTypes() {
    static const std::map<std::string_view, CType> types = {
        {"int8_t", {8, true}},   {"int16_t", {16, true}},   {"int32_t", {32, true}},   {"int64_t", {64, true}},  {"uint8_t", {8, false}},
        {"uint16_t", {16, false}}, {"uint32_t", {32, false}}, {"uint64_t", {64, false}}, {"size_t", {64, false}},
        {"bool", {8, false, true}}, {"_Bool", {8, false, true}},
    };
    return types;
}

constexpr std::array<std::string_view, 6> kBasic = {"unsigned", "signed", "int", "char", "short", "long"};
bool isBasic(const Token& token) { return std::any_of(kBasic.begin(), kBasic.end(), [&](auto word) { return token.is(word); }); }
bool isQualifier(const Token& token) { return token.is("const") || token.is("register") || token.is("volatile"); }

/// The token after the bracket that closes the one at `at`; the number of tokens when there is none.
std::size_t afterClosing(const std::vector<Token>& tokens, std::size_t at) {
    const std::string_view open = tokens[at].text, close = open == "(" ? ")" : "}";
    int depth = 0;
    for (; at < tokens.size(); ++at) {
        if (tokens[at].is(open)) ++depth;
        if (tokens[at].is(close) && --depth == 0) return at + 1;
    }
    return tokens.size();
}

CParameter parameterOf(const std::vector<Token>& tokens, std::size_t first, std::size_t end) {
    CParameter parameter;
    TokenStream stream(tokens, first);
    parameter.type = takeType(stream);
    if (end > first && tokens[end - 1].kind == Token::Kind::Identifier) parameter.name = tokens[end - 1].text;
    if (stream.position() + 1 != end) parameter.type.reset();  // a pointer, an array, a structure
    return parameter;
}

std::vector<CParameter> parametersOf(const std::vector<Token>& tokens, std::size_t open, std::size_t close) {
    std::vector<CParameter> parameters;
    std::size_t first = open + 1;
    for (std::size_t at = first; at <= close && first < close; ++at) {
        if (at != close && !tokens[at].is(",")) continue;
        if (at > first) parameters.push_back(parameterOf(tokens, first, at));
        first = at + 1;
    }
    return parameters;
}

}  // namespace

bool isTypeWord(const Token& token) {
    return token.kind == Token::Kind::Identifier && (isQualifier(token) || isBasic(token) || namedTypes().count(token.text) > 0);
}

std::optional<CType> takeType(TokenStream& stream) {
    std::optional<CType> named;
    int longs = 0, shorts = 0, chars = 0, ints = 0, unsigneds = 0, signeds = 0;
    for (; isTypeWord(stream.peek()); stream.next()) {
        const Token& token = stream.peek();
        if (const auto type = namedTypes().find(token.text); type != namedTypes().end()) {
            if (named) return std::nullopt;
            named = type->second;
        }
        longs += token.is("long");
        shorts += token.is("short");
        chars += token.is("char");
        ints += token.is("int");
        unsigneds += token.is("unsigned");
        signeds += token.is("signed");
    }
    const int basics = longs + shorts + chars + ints + unsigneds + signeds;
    if (named) return basics == 0 ? named : std::nullopt;
    if (basics == 0 || longs > 2 || shorts + chars > 1 || ints > 1 || unsigneds + signeds > 1 || (longs > 0 && shorts + chars > 0)) return std::nullopt;
    return CType{chars ? 8 : shorts ? 16 : longs ? 64 : 32, unsigneds == 0};
}

std::vector<CFunction> findFunctions(const std::vector<Token>& tokens) {
    std::vector<CFunction> functions;
    std::size_t start = 0;  // of what may be a declaration
    for (std::size_t at = 0; at < tokens.size();) {
        const Token& token = tokens[at];
        if (token.is(";") || token.kind == Token::Kind::Directive) {
            start = ++at;
            continue;
        }
        if (token.is("{")) {
            start = at = afterClosing(tokens, at);
            continue;
        }
        if (!token.is("(")) {
            ++at;
            continue;
        }
        const std::size_t after = afterClosing(tokens, at);
        if (at > start && tokens[at - 1].kind == Token::Kind::Identifier && after < tokens.size() && tokens[after].is("{")) {
            CFunction function{std::string(tokens[at - 1].text), {}, parametersOf(tokens, at, after - 1), after + 1, 0, tokens[at - 1].line};
            const std::size_t next = afterClosing(tokens, after);
            function.end = next - 1;
            TokenStream stream(tokens, start);
            while (stream.peek().is("static") || stream.peek().is("inline") || stream.peek().is("extern")) stream.next();
            function.returns = takeType(stream);
            if (stream.position() != at - 1) function.returns.reset();
            if (next < tokens.size() && tokens[function.end].is("}")) functions.push_back(std::move(function));
            start = at = next;
        } else {
            at = after;
        }
    }
    return functions;
}

}  // namespace axp
