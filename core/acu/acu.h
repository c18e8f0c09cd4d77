// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/acu/factor.h"
#include "core/acu/table.h"
#include "core/base/result.h"

namespace axp {

class Acu;
struct AcuRecord;

/// Published or measured hardware figures of a multiplier (45 nm PDK unless the origin says otherwise).
struct AcuFigures {
    std::optional<double> powerMw;
    std::optional<double> areaUm2;
    std::optional<double> delayNs;
};

/// An ACU that is kept somewhere and read when its products are first asked for.
struct StoredAcu {
    int bitsA = 8, bitsB = 8;
    bool isSigned = true;
    std::string hash;  ///< as Acu::hash() gives it
    /// Reads it; called at most once at a time, and again after an error. What it gives must have the widths, sign and hash above.
    std::function<Result<std::shared_ptr<const Acu>>()> open;
};

/// An approximate compute unit: a multiplier. Immutable after construction, shared by pointer, thread-safe.
class Acu {
public:
    /// Exact or approximate product of two operands given as numbers.
    using Product = std::function<std::int64_t(std::int64_t a, std::int64_t b)>;

    /// A functional ACU (widths 2..16); it is tabulated on first use when bitsA + bitsB <= 24.
    Acu(std::string name, int bitsA, int bitsB, bool isSigned, Product product, AcuFigures figures = {},
        std::string description = {});
    /// A functional ACU whose product is a sum of known terms. `factors` gives them over the bit patterns of the operands; it is
    /// called when they are needed. `canonical` is a text that determines the function: it is hashed in place of a table that
    /// is too large.
    using Factors = std::function<Factorisation()>;
    Acu(std::string name, int bitsA, int bitsB, bool isSigned, Product product, Factors factors, std::string canonical,
        AcuFigures figures = {}, std::string description = {});
    /// An ACU given by its table.
    Acu(std::string name, ProductTable table, AcuFigures figures = {}, std::string description = {});
    /// An ACU of a library on the disk.
    Acu(std::string name, StoredAcu stored, AcuFigures figures, std::string description, std::shared_ptr<const AcuRecord> record);

    const std::string& name() const { return m_name; }
    int bitsA() const { return m_bitsA; }
    int bitsB() const { return m_bitsB; }
    bool isSigned() const { return m_signed; }
    const AcuFigures& figures() const { return m_figures; }
    /// One line: family, parameters, paper or file it comes from.
    const std::string& description() const { return m_description; }
    /// What its library knows of it (core/acu/record.h); null for ACUs of no library.
    const std::shared_ptr<const AcuRecord>& record() const { return m_record; }
    /// Reads a stored ACU now, when it has not been read yet: before product(), form() and factors(). Nothing to do for others.
    Result<void> load() const;
    /// Of a stored ACU that cannot be read: kNoProduct.
    std::int64_t product(std::int64_t a, std::int64_t b) const;
    /// What no multiplier gives.
    static constexpr std::int64_t kNoProduct = std::numeric_limits<std::int64_t>::min();
    /// product() as a function of its own, which may outlive the ACU.
    Product form() const;
    /// The exact factors of the products, for ACUs that were made with them.
    std::optional<Factorisation> factors() const;
    /// All products; an error when bitsA + bitsB > 24.
    Result<std::shared_ptr<const ProductTable>> table() const;
    /// Table hash; of the canonical text when bitsA + bitsB > 24 (DESIGN.md, "Table hash"), without which that is an error. Computed once.
    Result<std::string> hash() const;

private:
    Result<std::shared_ptr<const Acu>> opened() const;

    std::string m_name;
    int m_bitsA, m_bitsB;
    bool m_signed;
    Product m_product;
    Factors m_factors;
    std::string m_canonical;
    AcuFigures m_figures;
    std::string m_description;
    std::shared_ptr<const AcuRecord> m_record;
    std::function<Result<std::shared_ptr<const Acu>>()> m_open;
    mutable std::shared_ptr<const Acu> m_opened;
    mutable std::mutex m_mutex;
    mutable std::shared_ptr<const ProductTable> m_table;
    mutable std::string m_hash;
};

using AcuPtr = std::shared_ptr<const Acu>;

}  // namespace axp
