// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "ui/plots/figure_spec.h"

using namespace axp;

class TestFigureSpec : public QObject {
    Q_OBJECT
private slots:
    void readsEverything() {
        const auto spec = parseFigureSpec(R"({"kind":"pareto","title":"T","xLabel":"X","yLabel":"Y",
            "points":[{"power":0.5,"metric":0.25,"label":"a"},{"power":1,"metric":1}],
            "front":[{"power":1,"metric":1},{"power":0.5,"metric":0.25}],
            "references":[{"power":1,"metric":1,"label":"exact"}]})",
                                          "f.json");
        QVERIFY2(spec.ok(), spec.ok() ? "" : spec.error().text().c_str());
        const auto& figure = std::get<FrontFigure>(*spec);
        QCOMPARE(figure.title, std::string("T"));
        QCOMPARE(figure.xLabel, std::string("X"));
        QCOMPARE(figure.yLabel, std::string("Y"));
        QCOMPARE(figure.points.size(), std::size_t(2));
        QCOMPARE(figure.points[0].power, 0.5);
        QCOMPARE(figure.points[0].metric, 0.25);
        QCOMPARE(figure.points[0].label, std::string("a"));
        QCOMPARE(figure.front.size(), std::size_t(2));
        QCOMPARE(figure.front[0].power, 0.5);  // sorted
        QCOMPARE(figure.references[0].label, std::string("exact"));
    }

    void everythingButTheKindIsOptional() {
        const auto spec = parseFigureSpec(R"({"kind":"pareto"})", "f.json");
        QVERIFY(spec.ok());
        QVERIFY(std::get<FrontFigure>(*spec).points.empty());
    }

    void refuses_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("says");
        const auto row = [](const char* name, const char* text, const char* says) {
            QTest::newRow(name) << QByteArray(text) << QByteArray(says);
        };
        row("empty", "", "not a JSON");
        row("truncated", R"({"kind":"pareto","points":[{"power":1)", "not a JSON");
        row("binary", "\x89PNG\r\n", "not a JSON");
        row("list", "[]", "JSON object");
        row("no kind", "{}", "'kind' is missing");
        row("unknown kind", R"({"kind":"pie"})", "unknown figure kind 'pie'");
        row("kind is a number", R"({"kind":1})", "'kind' is not a text");
        row("unknown field", R"({"kind":"pareto","point":[]})", "unknown field 'point'");
        row("points no list", R"({"kind":"pareto","points":{}})", "'points' is not a list");
        row("point no object", R"({"kind":"pareto","points":[[1,1]]})", "points[0]");
        row("no metric", R"({"kind":"pareto","points":[{"power":1,"metric":1},{"power":1}]})",
            "points[1]: 'metric' is missing");
        row("null power", R"({"kind":"pareto","front":[{"power":null,"metric":1}]})", "'power' is not a number");
        row("percent", R"({"kind":"pareto","points":[{"power":1,"metric":91.2}]})", "outside 0..1");
        row("negative metric", R"({"kind":"pareto","points":[{"power":1,"metric":-0.1}]})", "outside 0..1");
        row("negative power", R"({"kind":"pareto","points":[{"power":-1,"metric":0.1}]})", "negative");
        row("huge power", R"({"kind":"pareto","points":[{"power":1e999,"metric":0.1}]})", "not a JSON");
        row("label no text", R"({"kind":"pareto","references":[{"power":1,"metric":1,"label":3}]})",
            "'label' is not a text");
        row("dominated", R"({"kind":"pareto","front":[{"power":0.5,"metric":0.9},{"power":0.6,"metric":0.9}]})",
            "front contains");
        row("same power", R"({"kind":"pareto","front":[{"power":0.5,"metric":0.8},{"power":0.5,"metric":0.9}]})",
            "front contains");
    }
    void refuses() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, says);
        const auto spec = parseFigureSpec(text.toStdString(), "f.json");
        QVERIFY(!spec.ok());
        QCOMPARE(spec.error().kind, ErrorKind::BadInput);
        const QByteArray sentence = QByteArray::fromStdString(spec.error().text());
        QVERIFY2(sentence.contains(says) && sentence.contains("f.json"), sentence.constData());
    }

    void deepNestingIsRefusedWithoutACrash() {
        const auto spec = parseFigureSpec(R"({"kind":"pareto","points":)" + std::string(200000, '['), "f.json");
        QVERIFY(!spec.ok());
    }
};

QTEST_GUILESS_MAIN(TestFigureSpec)
#include "tst_figure_spec.moc"
