// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/acu.h"

#include <limits>

#include "core/acu/record.h"
#include "core/base/hash.h"

namespace axp {

Acu::Acu(std::string name, int bitsA, int bitsB, bool isSigned, Product product, AcuFigures figures, std::string description)
    : m_name(std::move(name)), m_bitsA(bitsA), m_bitsB(bitsB), m_signed(isSigned), m_product(std::move(product)),
      m_figures(figures), m_description(std::move(description)) {}

Acu::Acu(std::string name, int bitsA, int bitsB, bool isSigned, Product product, Factors factors, std::string canonical,
         AcuFigures figures, std::string description)
    : m_name(std::move(name)), m_bitsA(bitsA), m_bitsB(bitsB), m_signed(isSigned), m_product(std::move(product)),
      m_factors(std::move(factors)), m_canonical(std::move(canonical)), m_figures(figures), m_description(std::move(description)) {}

Acu::Acu(std::string name, ProductTable table, AcuFigures figures, std::string description)
    : m_name(std::move(name)), m_bitsA(table.bitsA), m_bitsB(table.bitsB), m_signed(table.isSigned), m_figures(figures),
      m_description(std::move(description)), m_table(std::make_shared<const ProductTable>(std::move(table))) {}

Acu::Acu(std::string name, StoredAcu stored, AcuFigures figures, std::string description, std::shared_ptr<const AcuRecord> record)
    : m_name(std::move(name)), m_bitsA(stored.bitsA), m_bitsB(stored.bitsB), m_signed(stored.isSigned), m_figures(figures),
      m_description(std::move(description)), m_record(std::move(record)), m_open(std::move(stored.open)), m_hash(std::move(stored.hash)) {}

Result<AcuPtr> Acu::opened() const {
    std::lock_guard lock(m_mutex);
    if (m_opened) return m_opened;
    AXP_TRY(const AcuPtr acu, m_open());
    const auto differs = [&](const std::string& what) {
        return failure("the " + what + " of the stored ACU are not those that its library states", "ACU " + m_name, "Import it again from its source");
    };
    if (acu->bitsA() != m_bitsA || acu->bitsB() != m_bitsB || acu->isSigned() != m_signed) return differs("operands");
    AXP_TRY(const std::string hash, acu->hash());
    if (hash != m_hash) return differs("products");
    m_opened = acu;
    return acu;
}

Result<void> Acu::load() const {
    if (m_open) AXP_CHECK(opened());
    return {};
}

std::int64_t Acu::product(std::int64_t a, std::int64_t b) const {
    if (m_open) {
        const auto acu = opened();
        return acu.ok() ? (*acu)->product(a, b) : kNoProduct;
    }
    // m_table of a table ACU never changes; that of a functional one is left to table(), which locks.
    if (!m_product) return m_table->at(a, b);
    return m_product(operandValue(a, m_bitsA, m_signed), operandValue(b, m_bitsB, m_signed));
}

Acu::Product Acu::form() const {
    if (m_open) {
        const auto acu = opened();
        if (acu.ok()) return (*acu)->form();
        return [](std::int64_t, std::int64_t) { return kNoProduct; };
    }
    if (!m_product) return [table = m_table](std::int64_t a, std::int64_t b) { return std::int64_t{table->at(a, b)}; };
    return [product = m_product, bitsA = m_bitsA, bitsB = m_bitsB, isSigned = m_signed](std::int64_t a, std::int64_t b) {
        return product(operandValue(a, bitsA, isSigned), operandValue(b, bitsB, isSigned));
    };
}

std::optional<Factorisation> Acu::factors() const {
    if (m_open) {
        const auto acu = opened();
        return acu.ok() ? (*acu)->factors() : std::nullopt;
    }
    if (!m_factors) return std::nullopt;
    return m_factors();
}

Result<std::shared_ptr<const ProductTable>> Acu::table() const {
    if (m_open) {
        AXP_TRY(const AcuPtr acu, opened());
        return acu->table();
    }
    std::lock_guard lock(m_mutex);
    if (m_table) return m_table;
    if (m_bitsA + m_bitsB > 24)
        return badInput("a table of " + std::to_string(m_bitsA) + "x" + std::to_string(m_bitsB) + " bits is too large",
                        "ACU " + m_name, "Choose widths with at most 24 bits together");
    ProductTable table{m_bitsA, m_bitsB, m_signed, {}};
    table.products.reserve(static_cast<std::size_t>(table.rows() * table.columns()));
    for (std::int64_t a = 0; a < table.rows(); ++a) {
        const std::int64_t valueA = operandValue(a, m_bitsA, m_signed);
        for (std::int64_t b = 0; b < table.columns(); ++b) {
            const std::int64_t product = m_product(valueA, operandValue(b, m_bitsB, m_signed));
            if (product < std::numeric_limits<std::int32_t>::min() || product > std::numeric_limits<std::int32_t>::max())
                return badInput("the product of patterns " + std::to_string(a) + " and " + std::to_string(b) + " is " +
                                    std::to_string(product) + ", which does not fit 32 bits",
                                "ACU " + m_name, "Use a multiplier whose products fit 32 bits");
            table.products.push_back(static_cast<std::int32_t>(product));
        }
    }
    m_table = std::make_shared<const ProductTable>(std::move(table));
    return m_table;
}

Result<std::string> Acu::hash() const {
    if (m_open) return m_hash;
    if (m_bitsA + m_bitsB > 24 && !m_canonical.empty()) return sha256Hex("axp-acu-1\n" + m_canonical);
    AXP_TRY(const auto products, table());
    std::lock_guard lock(m_mutex);
    if (m_hash.empty()) m_hash = tableHash(*products);
    return m_hash;
}

}  // namespace axp
