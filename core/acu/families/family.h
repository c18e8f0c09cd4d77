// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/acu/library.h"

// What the files of the families share. Outside of this folder core/acu/families.h is used.
namespace axp::family {

using Values = std::vector<std::int64_t>;
/// A function of one operand; operand and result are numbers, not bit patterns.
using Unary = std::function<std::int64_t(std::int64_t)>;

/// One line of the table of families.
struct Definition {
    Family family;
    const char* citation;  ///< of the paper; empty where there is nothing to cite
};

Definition exact();
Definition truncation();
Definition brokenArray();
Definition perforation();
Definition drum();
Definition mitchell();
Definition roba();
Definition staticSegment();
Definition kulkarni();

/// All families: one line each.
const std::vector<Definition>& definitions();

/// The parameters that every family begins with, then its own.
std::vector<FamilyParameter> withWidths(std::vector<FamilyParameter> own);

/// Parameters within their ranges, ready to be made a member of.
struct Request {
    std::string family, name;
    int bitsA = 8, bitsB = 8;
    bool isSigned = true;
    Values own;  ///< in the order of the family's own parameters

    int widest() const { return bitsA > bitsB ? bitsA : bitsB; }
    /// The text that determines the function: every parameter is written, bits-b where the widths differ.
    std::string canonical() const;
};

/// Checks number and ranges of the values of a family that is called `family`.
Result<Request> request(const std::string& family, const std::string& name, const Values& values);

/// A limit that depends on the widths; the error ends with "Choose PARAMETER from MIN to MAX at this width".
Result<void> checkWithin(const Request& request, const char* parameter, std::int64_t value, std::int64_t min, std::int64_t max,
                         const std::string& why);

/// One term of a product: a function of A times a function of B.
struct Term {
    Unary left, right;
};

/// `terms`, unless empty, add up to the product for every pair of operands: they prove the rank at widths that have no table. `what` goes
/// on from "signed 8x8 ".
AcuPtr member(const Request& request, Acu::Product product, std::vector<Term> terms, const std::string& what);

/// The member whose product is one term: what becomes of A times what becomes of B.
AcuPtr separable(const Request& request, Unary left, Unary right, const std::string& what);

/// f for numbers of any sign: sign(x) f(|x|). The size of the lowest number of n bits is 2^(n-1), which f has to take.
template <class F>
auto bySize(F f) {
    return [f](std::int64_t x) -> std::int64_t { return x < 0 ? -f(-x) : f(x); };
}

/// Position of the highest one of x > 0.
inline int leadingOne(std::int64_t x) { return 63 - __builtin_clzll(static_cast<unsigned long long>(x)); }

inline constexpr const char* kBySize = ", signs apart";

}  // namespace axp::family
