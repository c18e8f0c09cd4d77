// SPDX-License-Identifier: GPL-3.0-or-later
// What every family of multipliers keeps: over all families in the table, and all parameters at small widths.
#include <QTest>

#include <map>
#include <random>
#include <set>

#include "core/acu/factor.h"
#include "core/acu/families.h"
#include "core/acu/metrics.h"
#include "core/base/hash.h"

using namespace axp;

namespace {

constexpr std::size_t kShared = 3;  // bits, bits-b, signed

std::string nameOf(const Family& family, const std::vector<std::int64_t>& values) {
    std::string name = family.name;
    for (std::size_t i = 0; i < values.size(); ++i) name += ":" + family.parameters[i].name + "=" + std::to_string(values[i]);
    return name;
}

/// All values of the family's own parameters, from `values` on; those above the width add nothing new.
void forOwnValues(const Family& family, std::vector<std::int64_t> values, std::int64_t most, const std::function<void(const std::vector<std::int64_t>&)>& call) {
    if (values.size() == family.parameters.size()) return call(values);
    const FamilyParameter& parameter = family.parameters[values.size()];
    values.push_back(0);
    for (std::int64_t value = parameter.min; value <= std::min(parameter.max, most); ++value) {
        values.back() = value;
        forOwnValues(family, values, most, call);
    }
}

std::int64_t sumOf(const Factorisation& factors, std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    for (std::size_t r = 0; r < factors.left.size(); ++r)
        sum += std::int64_t{factors.left[r][static_cast<std::size_t>(a)]} * factors.right[r][static_cast<std::size_t>(b)];
    return sum * factors.scale;
}

/// Everything about one member that has a table.
void checkMember(const AcuPtr& acu) {
    const auto table = acu->table();
    QVERIFY2(table.ok(), acu->name().c_str());
    const auto factors = acu->factors();
    if (factors) QCOMPARE(factors->rank, static_cast<int>(factors->left.size()));
    for (std::int64_t p = 0; p < (*table)->rows(); ++p)
        for (std::int64_t q = 0; q < (*table)->columns(); ++q) {
            const std::int64_t a = operandValue(p, acu->bitsA(), acu->isSigned()), b = operandValue(q, acu->bitsB(), acu->isSigned());
            const std::int64_t product = acu->product(a, b);
            if (std::int64_t{(*table)->at(a, b)} != product) QFAIL(("table and function differ: " + acu->name()).c_str());
            if (factors && sumOf(*factors, p, q) != product) QFAIL(("factors do not multiply out: " + acu->name()).c_str());
            if ((a == 0 || b == 0) && product != 0) QFAIL(("zero times something: " + acu->name()).c_str());
            if (!acu->isSigned() && product < 0) QFAIL(("negative without signs: " + acu->name()).c_str());
            // Only the low bits of operands count.
            if (acu->product(p + (*table)->rows(), q - (*table)->columns()) != product) QFAIL(acu->name().c_str());
        }
}

}  // namespace

class TstAcuFamilies : public QObject {
    Q_OBJECT

    void rowPerFamily() {
        QTest::addColumn<int>("index");
        for (int i = 0; i < static_cast<int>(families().size()); ++i) QTest::newRow(families()[static_cast<std::size_t>(i)].name.c_str()) << i;
    }
    const Family& fetched() {
        QFETCH(int, index);
        return families()[static_cast<std::size_t>(index)];
    }

private slots:
    void tableOfFamilies() {
        std::set<std::string> names;
        for (const Family& family : families()) {
            QVERIFY2(names.insert(family.name).second, family.name.c_str());
            QVERIFY(family.name.find_first_of(":=,@/ ") == std::string::npos);
            QVERIFY(!family.help.empty());
        }
        for (const char* name : {"exact", "trunc", "bam", "perf", "drum", "mitchell", "roba", "ssm", "kulkarni"}) QVERIFY2(names.count(name) == 1, name);
    }

    void parameters_data() { rowPerFamily(); }
    void parameters() {
        const Family& family = fetched();
        QCOMPARE(family.parameters[0].name, std::string("bits"));
        QCOMPARE(family.parameters[1].name, std::string("bits-b"));
        QCOMPARE(family.parameters[2].name, std::string("signed"));
        QCOMPARE(familyCitation(family.name + ":bits=8").empty(), family.name == "exact");
        std::vector<std::int64_t> defaults;
        std::set<std::string> names;
        for (const FamilyParameter& parameter : family.parameters) {
            QVERIFY(names.insert(parameter.name).second);
            QVERIFY(!parameter.help.empty());
            QVERIFY(parameter.min <= parameter.defaultValue && parameter.defaultValue <= parameter.max);
            defaults.push_back(parameter.defaultValue);
        }
        const AcuPtr byValues = family.make(family.name, defaults).value();
        QCOMPARE(byValues->hash().value(), AcuLibrary().find(family.name).value()->hash().value());
        for (std::size_t i = 0; i < defaults.size(); ++i)
            for (const std::int64_t value : {family.parameters[i].min - 1, family.parameters[i].max + 1, std::int64_t{-1} << 40}) {
                auto values = defaults;
                values[i] = value;
                const auto refused = family.make("x", values);
                QVERIFY2(!refused.ok() && refused.error().kind == ErrorKind::BadInput, family.parameters[i].name.c_str());
                QVERIFY2(refused.error().text().find(family.parameters[i].name + "=") != std::string::npos, refused.error().text().c_str());
                QVERIFY(refused.error().text().find("Choose ") != std::string::npos);
                QVERIFY(!makeFamilyMember(nameOf(family, values)).ok());
            }
        auto oneBit = defaults;
        oneBit[1] = 1;
        QVERIFY(!family.make("x", oneBit).ok());
        defaults.pop_back();
        QVERIFY(!family.make("x", defaults).ok());
    }

    // Every member at small widths: what is not refused with a sentence keeps the contract.
    void members_data() { rowPerFamily(); }
    void members() {
        const Family& family = fetched();
        const std::pair<int, int> widths[] = {{2, 2}, {3, 3}, {4, 4}, {5, 5}, {2, 5}, {5, 3}, {4, 6}};
        int made = 0;
        for (const auto& [a, b] : widths)
            for (const std::int64_t isSigned : {0, 1})
                forOwnValues(family, {a, b, isSigned}, a + b, [&, bitsA = a, bitsB = b](const auto& values) {
                    const std::string name = nameOf(family, values);
                    const auto acu = makeFamilyMember(name);
                    if (!acu.ok()) {
                        QVERIFY2(acu.error().kind == ErrorKind::BadInput && acu.error().text().find("Choose ") != std::string::npos, acu.error().text().c_str());
                        return;
                    }
                    ++made;
                    QCOMPARE((*acu)->name(), name);
                    QCOMPARE((*acu)->bitsA(), bitsA);
                    QCOMPARE((*acu)->bitsB(), bitsB);
                    QCOMPARE((*acu)->isSigned(), isSigned == 1);
                    QVERIFY((*acu)->description().find(std::to_string(bitsA) + "x" + std::to_string(bitsB)) != std::string::npos);
                    QCOMPARE((*makeFamilyMember((*acu)->name()))->hash().value(), (*acu)->hash().value());
                    checkMember(*acu);
                });
        QVERIFY2(made >= 14, "some member at every width and sign");
    }

    // The sum of terms is no larger than it has to be where that was promised, and never smaller than the rank.
    void ranks_data() { rowPerFamily(); }
    void ranks() {
        const std::map<std::string, int> promised{{"exact", 1}, {"trunc", 1}, {"bam", 4}, {"perf", 1}, {"drum", 1}, {"roba", 2}, {"ssm", 1}, {"kulkarni", 2}};
        const AcuPtr acu = makeFamilyMember(fetched().name).value();
        const auto factors = acu->factors();
        const auto known = promised.find(fetched().name);
        QCOMPARE(factors.has_value(), known != promised.end());
        if (!factors) return;
        QCOMPARE(factors->rank, known->second);
        QCOMPARE(exactRank(**acu->table()), known->second);
    }

    // Above 24 operand bits a member is its canonical text, which tells the parameters apart and does not depend on how the name is written.
    void wide_data() { rowPerFamily(); }
    void wide() {
        const Family& family = fetched();
        const std::string own = family.name == "ssm" ? ":m=10" : "";
        std::set<std::string> hashes;
        std::mt19937_64 random(7);
        for (const char* widths : {":bits=16", ":bits=15", ":bits=16:bits-b=12", ":bits=12:bits-b=14", ":bits=16:signed=0"}) {
            const AcuPtr acu = makeFamilyMember(family.name + widths + own).value();
            QVERIFY(!acu->table().ok());
            QVERIFY2(hashes.insert(acu->hash().value()).second, widths);
            const auto factors = acu->factors();
            for (int i = 0; i < 20'000; ++i) {
                const auto p = static_cast<std::int64_t>(random()) & ((1 << acu->bitsA()) - 1), q = static_cast<std::int64_t>(random()) & ((1 << acu->bitsB()) - 1);
                const std::int64_t product = acu->product(p, q);
                if (factors && sumOf(*factors, p, q) != product) QFAIL(acu->name().c_str());
                if (std::abs(product) > std::int64_t{1} << (acu->bitsA() + acu->bitsB())) QFAIL(acu->name().c_str());
            }
        }
        QCOMPARE(makeFamilyMember(family.name + own + ":bits=16:bits-b=16").value()->hash().value(), makeFamilyMember(family.name + ":bits=16" + own).value()->hash().value());
    }

    // Projects and results refer to multipliers by these hashes: they stay.
    void hashesStay() {
        const auto hash = [](const char* name) { return makeFamilyMember(name).value()->hash().value(); };
        QCOMPARE(hash("exact:bits=16"), sha256Hex("axp-acu-1\nexact:bits=16:signed=1"));
        QCOMPARE(hash("bam:bits=16:v=4"), sha256Hex("axp-acu-1\nbam:bits=16:signed=1:v=4:h=0"));
        QCOMPARE(hash("trunc:bits=14:signed=0"), sha256Hex("axp-acu-1\ntrunc:bits=14:signed=0:a=1:b=1"));
        QCOMPARE(hash("drum:bits=16:bits-b=12:k=6"), sha256Hex("axp-acu-1\ndrum:bits=16:bits-b=12:signed=1:k=6"));
        QCOMPARE(hash("ssm:bits=16:m=8:places=3"), sha256Hex("axp-acu-1\nssm:bits=16:signed=1:m=8:places=3"));
        // An 8-bit member is its table, here the one of EvoApproxLib's mul8s_1L2H.
        QCOMPARE(hash("trunc"), tableHash(**makeFamilyMember("trunc")->get()->table()));
    }
};

QTEST_GUILESS_MAIN(TstAcuFamilies)
#include "tst_acu_families.moc"
