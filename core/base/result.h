// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace axp {

/// What kind of failure an Error reports. The command line maps it to its exit code.
enum class ErrorKind {
    BadInput,  ///< the user's input or usage is at fault (exit code 2)
    Failed,    ///< the operation could not be carried out (exit code 1)
    Cancelled  ///< the user interrupted it (exit code 130)
};

/// A failure as a person reads it: what went wrong, where, and what to do about it.
/// `where` is a file, a file with line or offset, or a node name; `remedy` an instruction. Both may be empty.
struct Error {
    ErrorKind kind = ErrorKind::Failed;
    std::string what;
    std::string where;
    std::string remedy;

    /// One line: "where: what. remedy".
    std::string text() const;
};

inline Error badInput(std::string what, std::string where = {}, std::string remedy = {}) {
    return {ErrorKind::BadInput, std::move(what), std::move(where), std::move(remedy)};
}
inline Error failure(std::string what, std::string where = {}, std::string remedy = {}) {
    return {ErrorKind::Failed, std::move(what), std::move(where), std::move(remedy)};
}
inline Error cancelled() { return {ErrorKind::Cancelled, "cancelled", {}, {}}; }

/// A value or an Error. No exception crosses a layer border; functions that can fail return this.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return m_state.index() == 0; }
    explicit operator bool() const { return ok(); }
    T& value() & { return std::get<0>(m_state); }
    const T& value() const& { return std::get<0>(m_state); }
    T&& value() && { return std::get<0>(std::move(m_state)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    const Error& error() const& { return std::get<1>(m_state); }
    Error&& error() && { return std::get<1>(std::move(m_state)); }

private:
    std::variant<T, Error> m_state;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : m_error(std::move(error)) {}
    bool ok() const { return !m_error; }
    explicit operator bool() const { return ok(); }
    const Error& error() const& { return *m_error; }
    Error&& error() && { return *std::move(m_error); }

private:
    std::optional<Error> m_error;
};

}  // namespace axp

#define AXP_CONCAT_(a, b) a##b
#define AXP_CONCAT(a, b) AXP_CONCAT_(a, b)
/// AXP_TRY(auto x, call()): binds the value of a Result, or returns its Error from the enclosing function.
#define AXP_TRY(declaration, expression) AXP_TRY_(declaration, expression, AXP_CONCAT(axpResult, __LINE__))
#define AXP_TRY_(declaration, expression, temporary)      \
    auto temporary = (expression);                        \
    if (!temporary.ok()) return std::move(temporary).error(); \
    declaration = std::move(temporary).value()
/// AXP_CHECK(call()): returns the Error of a Result<void> (or of any Result) from the enclosing function.
#define AXP_CHECK(expression)                                             \
    do {                                                                  \
        if (auto axpChecked = (expression); !axpChecked.ok())             \
            return std::move(axpChecked).error();                         \
    } while (false)
