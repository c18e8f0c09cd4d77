// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <fstream>

#include "core/eval/assignment.h"
#include "tests/unit/eval/small_graph.h"

using namespace axp;

namespace {

/// Rows: text, and parts that the error must contain.
struct BadSpec {
    const char* text;
    std::vector<const char*> parts;
};

AcuPtr tableAcu(const std::string& name, std::optional<double> power) {
    ProductTable table;
    table.bitsA = table.bitsB = 4;
    table.products.assign(256, 1);
    return std::make_shared<Acu>(name, table, AcuFigures{power, {}, {}});
}

}  // namespace

class TestAssignment : public QObject {
    Q_OBJECT
private:
    const Graph m_graph = test::smallGraph();
    AcuLibrary m_library;

    std::vector<std::string> names(const std::string& spec) {
        auto assignment = parseAssignment(spec, m_graph, m_library);
        if (!assignment.ok()) return {assignment.error().text()};
        auto acus = resolveAssignment(assignment.value(), m_graph, m_library);
        if (!acus.ok()) return {acus.error().text()};
        std::vector<std::string> result;
        for (const auto& acu : acus.value()) result.push_back(acu->name());
        return result;
    }

private slots:
    void initTestCase() { QVERIFY(m_library.add(tableAcu("my@lib", std::nullopt)).ok()); }

    void mostSpecificWins() {
        using V = std::vector<std::string>;
        QCOMPARE(names(""), (V{"exact8s", "exact8s", "exact8s", "exact8s"}));
        QCOMPARE(names("exact"), (V{"exact8s", "exact8s", "exact8s", "exact8s"}));
        QCOMPARE(names("all=mul8s_1L2H"), V(4, "mul8s_1L2H"));
        QCOMPARE(names("qk/h1=mul8s_1L2L"), (V{"exact8s", "exact8s", "exact8s", "mul8s_1L2L"}));
        QCOMPARE(names("qk/h0=exact,fc=mul8s_1KV9,all=mul8s_1L2H,qk=mul8s_1L2L"), (V{"mul8s_1L2H", "mul8s_1KV9", "exact8s", "mul8s_1L2L"}));
        QCOMPARE(names(" conv1 = my@lib , fc = exact8s "), (V{"my@lib", "exact8s", "exact8s", "exact8s"}));
        const auto family = names("fc=trunc:bits=8:a=2:b=2");
        QCOMPARE(family.size(), 4u);
        QVERIFY2(family[1].find("trunc") != std::string::npos, family[1].c_str());
    }

    void channelGroups() {
        Graph graph = m_graph;
        defineParts(graph, {4, false});  // conv1 has 16 channels, fc 10
        const auto parsed = parseAssignment("conv1=mul8s_1L2L,conv1/g2=mul8s_1L2H", graph, m_library);
        QVERIFY(parsed.ok());
        QCOMPARE(assignmentText(*parsed, graph), std::string("conv1/g0=mul8s_1L2L,conv1/g1=mul8s_1L2L,conv1/g2=mul8s_1L2H,conv1/g3=mul8s_1L2L"));
        const auto perLeaf = resolveAssignment(*parsed, graph, m_library);
        QVERIFY(perLeaf.ok());
        QCOMPARE(perLeaf->size(), std::size_t{4 + 1 + 2});
        QCOMPARE((*perLeaf)[2]->name().substr(0, 10), std::string("mul8s_1L2H"));
        QCOMPARE((*perLeaf)[3]->name().substr(0, 10), std::string("mul8s_1L2L"));
        QVERIFY(parseAssignment("conv1/g4=mul8s_1L2H", graph, m_library).error().text().find("g0 to g3") != std::string::npos);
        QVERIFY(parseAssignment("conv1/g02=mul8s_1L2H", graph, m_library).error().text().find("g0 to g3") != std::string::npos);
        QVERIFY(parseAssignment("fc/g0=mul8s_1L2H", graph, m_library).error().text().find("no channel groups") != std::string::npos);
        QVERIFY(parseAssignment("conv1/h0=mul8s_1L2H", graph, m_library).error().text().find("no heads") != std::string::npos);
    }

    void allIsExpandedToNodes() {
        const auto assignment = parseAssignment("all=mul8s_1L2H,fc=mul8s_1L2L", m_graph, m_library);
        QVERIFY(assignment.ok());
        QCOMPARE(assignment.value(), (Assignment{{"conv1", "mul8s_1L2H"}, {"fc", "mul8s_1L2L"}, {"qk", "mul8s_1L2H"}}));
    }

    void textReadsBack() {
        const std::vector<std::pair<const char*, const char*>> rows = {
            {"", "exact"}, {"all=exact8s", "exact"}, {"all=mul8s_1L2H", "all=mul8s_1L2H"},
            {"qk=mul8s_1L2H,fc=mul8s_1L2H,conv1=mul8s_1L2H", "all=mul8s_1L2H"},
            {"qk/h0=mul8s_1L2H,qk/h1=mul8s_1L2H", "qk=mul8s_1L2H"},
            {"qk=mul8s_1L2H,qk/h0=exact", "qk/h1=mul8s_1L2H"},
            {"qk/h1=my@lib,conv1=trunc:bits=8:a=2:b=2", "conv1=trunc:bits=8:a=2:b=2,qk/h1=my@lib"}};
        for (const auto& [spec, text] : rows) {
            const auto assignment = parseAssignment(spec, m_graph, m_library);
            QVERIFY2(assignment.ok(), assignment.ok() ? "" : assignment.error().text().c_str());
            const std::string back = assignmentText(assignment.value(), m_graph);
            QCOMPARE(back, std::string(text));
            QCOMPARE(names(back), names(spec));
        }
    }

    void badSpecsAreSentences() {
        const std::vector<BadSpec> rows = {
            {"conv2=mul8s_1L2H", {"conv2", "Did you mean conv1"}},
            {"all=mul8s_1L2X", {"mul8s_1L2X", "mul8s_1L2"}},
            {"qk/h2=mul8s_1L2H", {"qk/h2", "h0 to h1"}},
            {"qk/h01=mul8s_1L2H", {"h0 to h1"}},
            {"fc/h0=mul8s_1L2H", {"no heads"}},
            {"conv1/g1=mul8s_1L2H", {"channel groups", "conv1=ACU"}},
            {"qk/=mul8s_1L2H", {"qk/"}},
            {"qk/h=mul8s_1L2H", {"qk/h"}},
            {"qk/h99999999999=mul8s_1L2H", {"no site"}},
            {"mul8s_1L2H", {"not SITE=ACU", "all=ACU"}},
            {"fc=", {"not SITE=ACU"}},
            {"=mul8s_1L2H", {"not SITE=ACU"}},
            {"fc=mul8s_1L2H,,", {"not SITE=ACU"}},
            {"fc=mul8s_1L2H,fc=mul8s_1L2L", {"twice"}},
            {"@/nonexistent/a.json", {"/nonexistent/a.json"}}};
        for (const auto& row : rows) {
            const auto result = parseAssignment(row.text, m_graph, m_library);
            QVERIFY2(!result.ok(), row.text);
            QVERIFY2(result.error().kind == ErrorKind::BadInput, row.text);
            for (const char* part : row.parts)
                QVERIFY2(result.error().text().find(part) != std::string::npos, (std::string(row.text) + " -> " + result.error().text()).c_str());
        }
    }

    void filesAreRead() {
        QTemporaryDir folder;
        const std::string path = folder.filePath("a.json").toStdString();
        const auto parse = [&](const std::string& text) {
            std::ofstream(path) << text;
            return parseAssignment("@" + path, m_graph, m_library);
        };
        const auto good = parse("{\"all\": \"mul8s_1L2H\", \"qk/h0\": \"exact\"}");
        QVERIFY(good.ok());
        QCOMPARE(good.value().at("conv1"), std::string("mul8s_1L2H"));
        QCOMPARE(good.value().at("qk/h0"), std::string("exact8s"));
        const std::vector<std::pair<std::string, std::string>> bad = {
            {"", "line 1"}, {"[]", "a list"}, {"{\"fc\": 3}", "fc"}, {"{\"fc\": \"\"}", "fc"}, {"{\n \"fc\" \"x\"}", "line 2"},
            {"{\"fc\": \"exact\", \"fc\": \"mul8s_1L2H\"}", "twice"}, {std::string(100000, '['), "deep"}, {"{\"fcc\": \"exact8s\"}", "Did you mean fc"}};
        for (const auto& [text, part] : bad) {
            const auto result = parse(text);
            QVERIFY2(!result.ok() && result.error().text().find(part) != std::string::npos,
                     result.ok() ? text.c_str() : result.error().text().c_str());
        }
    }

    void powerIsWeightedByMacs() {
        const auto leaves = enumerateSites(m_graph, Granularity::Head);
        QCOMPARE(leaves.size(), 4u);
        QCOMPARE(leaves[0].macs, 36864);
        QCOMPARE(leaves[1].macs, 320);
        QCOMPARE(leaves[2].macs, 16);
        const AcuPtr one = tableAcu("one", 1.0), half = tableAcu("half", 0.5), none = tableAcu("none", std::nullopt);
        QCOMPARE(*relativePower({one, one, one, one}, leaves, 1.0), 1.0);
        QCOMPARE(*relativePower({half, half, half, half}, leaves, 0.5), 1.0);
        QCOMPARE(*relativePower({one, half, one, half}, leaves, 2.0), (36864 + 160 + 16 + 8) / (37216.0 * 2));
        QVERIFY(!relativePower({one, none, one, one}, leaves, 1.0));
        QVERIFY(!relativePower({one, one}, leaves, 1.0));
        QVERIFY(!relativePower({one, one, one, one}, leaves, 0));
        QVERIFY(!relativePower({one, nullptr, one, one}, leaves, 1.0));
        const auto thesis = resolveAssignment({{"all", "mul8s_1L2H"}}, m_graph, m_library);
        QVERIFY(std::abs(*relativePower(thesis.value(), leaves, 0.425) - 0.301 / 0.425) < 1e-12);
    }
};

QTEST_GUILESS_MAIN(TestAssignment)
#include "tst_assignment.moc"
