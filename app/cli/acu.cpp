// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>

#include "app/cli/acu_documents.h"
#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "core/acu/factor.h"
#include "core/acu/metrics.h"
#include "core/acu/record.h"

namespace axp::cli {
namespace {

/// Above this many bits in all, rank and strategy are not computed: a 4096 x 4096 table takes minutes.
constexpr int kMaxAnalysedBits = 16;

void addMetrics(Json& document, const ErrorMetrics& metrics) {
    document["mae"] = metrics.mae;
    document["wce"] = metrics.wce;
    document["mre"] = metrics.mre;
    document["wcre"] = metrics.wcre;
    document["ep"] = metrics.ep;
    document["mse"] = metrics.mse;
    document["bias"] = metrics.bias;
    document["commutative"] = metrics.commutative;
    document["zero_product"] = metrics.zeroProduct;
}

/// What the ACU's library knows already: no table is read.
Json recordedDocument(Json document, const Acu& acu, const AcuRecord& record) {
    if (record.metrics) addMetrics(document, *record.metrics);
    document["sampled"] = record.sampled;
    if (record.rank) document["rank"] = *record.rank;
    if (!record.strategy.empty()) document["strategy"] = record.strategy;
    if (const auto hash = acu.hash(); hash.ok()) document["sha256"] = *hash;
    document["record"] = recordDocument(record);
    return document;
}

/// Everything about one ACU. What cannot be known (a functional ACU too wide for a table) is null.
Json acuDocument(const Acu& acu) {
    Json document{{"name", acu.name()}, {"bits_a", acu.bitsA()}, {"bits_b", acu.bitsB()}, {"signed", acu.isSigned()}};
    for (const char* key : {"rank", "mae", "wce", "mre", "wcre", "ep", "mse", "bias", "commutative", "zero_product"}) document[key] = nullptr;
    document["sampled"] = false;
    document["power_mw"] = optionalNumber(acu.figures().powerMw);
    document["area_um2"] = optionalNumber(acu.figures().areaUm2);
    document["delay_ns"] = optionalNumber(acu.figures().delayNs);
    document["strategy"] = nullptr;
    document["sha256"] = nullptr;
    document["description"] = acu.description();
    document["record"] = nullptr;
    if (acu.record()) return recordedDocument(std::move(document), acu, *acu.record());
    const auto strategy = [&] {
        const std::string name = strategyOf(acu);
        return name.empty() ? Json(nullptr) : Json(name);
    };
    if (const auto hash = acu.hash(); hash.ok()) document["sha256"] = *hash;
    const auto table = acu.table();
    if (!table.ok()) {
        document["strategy"] = strategy();
        return document;
    }
    addMetrics(document, errorMetrics(**table));
    if (acu.bitsA() + acu.bitsB() > kMaxAnalysedBits) return document;
    document["rank"] = exactRank(**table);
    document["strategy"] = strategy();
    return document;
}

std::string cell(const Json& value, int digits = 3) {
    if (value.is_null()) return "-";
    if (value.is_number_float()) return fixedText(value.get<double>(), digits);
    if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
    return value.is_string() ? value.get<std::string>() : value.dump();
}

class AcuList : public Command {
public:
    void addOptions(CLI::App& app) override { addLibraryOption(app, m_libraries); }

    Result<Output> run(Context& context) override {
        AXP_TRY(const AcuLibrary library, loadLibraries({}, {}, m_libraries));
        Output output{Json::array(), {}};
        TextTable table({"name", "bits", ">rank", ">MAE", ">WCE", ">MRE", ">EP", ">power mW", "strategy", "collection"});
        const JobContext job = context.job("analysing multipliers");
        bool anySampled = false;
        for (const auto& acu : library.acus()) {
            if (context.cancelled()) return cancelled();
            job.report({static_cast<std::int64_t>(output.document.size()), static_cast<std::int64_t>(library.acus().size()), -1, acu->name()});
            Json entry = acuDocument(*acu);
            const std::string about = entry["sampled"].get<bool>() ? "~" : "";
            anySampled |= !about.empty();
            table.row({entry["name"], cell(entry["bits_a"]) + "x" + cell(entry["bits_b"]) + (acu->isSigned() ? " s" : " u"),
                       cell(entry["rank"]), about + cell(entry["mae"], 2), about + cell(entry["wce"], 0), about + cell(entry["mre"], 4),
                       about + cell(entry["ep"], 4), cell(entry["power_mw"]), cell(entry["strategy"]), acu->record() ? acu->record()->collection : std::string()});
            output.document.push_back(std::move(entry));
        }
        std::string familyText;
        for (const Family& family : axp::families()) familyText += "  " + example(family) + "  " + family.help + "\n";
        output.text = table.text() + (anySampled ? "~ sampled on 2^24 fixed operand pairs\n" : "") + "\nFamilies (give parameters in the name):\n" + familyText;
        return output;
    }

private:
    /// "trunc:bits=8:a=1:b=1" with the default values.
    static std::string example(const Family& family) {
        std::string name = family.name;
        for (const auto& parameter : family.parameters) name += ":" + parameter.name + "=" + std::to_string(parameter.defaultValue);
        return name;
    }
    std::vector<std::string> m_libraries;
};

/// What the commands about one ACU share.
class OneAcu : public Command {
public:
    void addOptions(CLI::App& app) override {
        app.add_option("ACU", m_acu, "Name, family member (trunc:bits=8:a=1:b=1) or .npy file")->required()->type_name("");
        addLibraryOption(app, m_libraries);
    }

protected:
    Result<AcuPtr> find() const {
        AXP_TRY(const AcuLibrary library, loadLibraries({}, {}, m_libraries));
        return library.find(m_acu);
    }
    std::string m_acu;
    std::vector<std::string> m_libraries;
};

class AcuShow : public OneAcu {
public:
    Result<Output> run(Context&) override {
        AXP_TRY(const AcuPtr acu, find());
        Output output{acuDocument(*acu), {}};
        TextTable table({"figure", "value"});
        for (const auto& [key, value] : output.document.items())
            if (key != "record") table.row({key, cell(value, 6)});
        output.text = table.text();
        if (acu->record()) output.text += recordText(*acu->record());
        return output;
    }
};

class AcuTable : public OneAcu {
public:
    void addOptions(CLI::App& app) override {
        OneAcu::addOptions(app);
        app.add_option("--out", m_out, "File to write (.npy)")->required()->type_name("F.npy");
    }
    Result<Output> run(Context&) override {
        AXP_TRY(const AcuPtr acu, find());
        AXP_CHECK(checkWritable(m_out));
        AXP_TRY(const auto table, acu->table());
        AXP_TRY(const std::string hash, acu->hash());
        AXP_CHECK(saveNpyTable(*table, m_out));
        return Output{{{"name", acu->name()},
                       {"file", m_out},
                       {"shape", {table->rows(), table->columns()}},
                       {"signed", acu->isSigned()},
                       {"sha256", hash}},
                      m_out + ": " + std::to_string(table->rows()) + " x " + std::to_string(table->columns()) + " products of " +
                          acu->name() + "\n"};
    }

private:
    std::string m_out;
};

class AcuFactorise : public OneAcu {
public:
    void addOptions(CLI::App& app) override {
        OneAcu::addOptions(app);
        app.add_option("--max-rank", m_maxRank, "Give up above this rank")->capture_default_str()->check(CLI::Range(1, 256))->type_name("R");
    }
    Result<Output> run(Context&) override {
        AXP_TRY(const AcuPtr acu, find());
        AXP_TRY(const std::string hash, acu->hash());
        AXP_TRY(const Factorisation factors, factorsOf(*acu));
        Output output{{{"name", acu->name()},
                       {"sha256", hash},
                       {"rank", factors.rank},
                       {"scale", factors.scale},
                       {"max_left", factors.maxLeft()},
                       {"max_right", factors.maxRight()},
                       {"left", factors.left},
                       {"right", factors.right}},
                      {}};
        output.text = acu->name() + ": exact rank " + std::to_string(factors.rank) + ", M(a,b) = " + std::to_string(factors.scale) +
                      " * sum over " + std::to_string(factors.rank) + " terms left[r][a] * right[r][b]; |left| <= " +
                      countText(factors.maxLeft()) + ", |right| <= " + countText(factors.maxRight()) +
                      (acu->bitsA() + acu->bitsB() > 24 ? "; they are what the multiplier is made of" : "; all products compared") +
                      ". The factors are in the --json output.\n";
        return output;
    }

private:
    Result<Factorisation> factorsOf(const Acu& acu) const {
        if (acu.bitsA() + acu.bitsB() > 24)
            if (auto known = acu.factors()) return std::move(*known);
        AXP_TRY(const auto table, acu.table());
        return acu.bitsA() <= 8 && acu.bitsB() <= 8 ? factorise(*table, m_maxRank) : factoriseWide(*table, m_maxRank);
    }

    int m_maxRank = 16;
};

}  // namespace

std::unique_ptr<Command> makeAcuList() { return std::make_unique<AcuList>(); }
std::unique_ptr<Command> makeAcuShow() { return std::make_unique<AcuShow>(); }
std::unique_ptr<Command> makeAcuTable() { return std::make_unique<AcuTable>(); }
std::unique_ptr<Command> makeAcuFactorise() { return std::make_unique<AcuFactorise>(); }

}  // namespace axp::cli
