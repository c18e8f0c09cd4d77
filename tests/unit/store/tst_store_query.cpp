// SPDX-License-Identifier: GPL-3.0-or-later
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <limits>

#include "core/store/query.h"
#include "core/store/sqlite_store.h"
#include "tests/unit/store/store_samples.h"

using namespace axp;
using Ids = std::vector<std::int64_t>;

class TestStoreQuery : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Store> m_store;
    std::unique_ptr<ResultReader> m_reader;

    std::string path() const { return m_folder->filePath("p.db").toStdString(); }
    std::int64_t add(int number, const std::function<void(Evaluation&)>& change = {}) {
        Evaluation e = test::sampleEvaluation(number);
        if (change) change(e);
        return m_store->insert(e).value();
    }
    Ids ids(const ResultQuery& query) { return m_reader->ids(query).value(); }

private slots:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        m_store = Store::open(path()).value();
        m_reader = ResultReader::open(path()).value();
    }
    void cleanup() {
        m_reader.reset();
        m_store.reset();
    }

    void aMissingDatabaseIsAnError() {
        const auto reader = ResultReader::open(m_folder->filePath("none.db").toStdString());
        QVERIFY(!reader.ok());
        QVERIFY(!QFile::exists(m_folder->filePath("none.db")));
    }

    void rowsComeInTheOrderAskedForWithAllFields() {
        add(1);
        add(2);
        const auto rows = m_reader->rows({2, 77, 1}).value();
        QCOMPARE(rows.size(), std::size_t(2));
        QCOMPARE(rows[0].evaluation.id, 2);
        QCOMPARE(rows[0].evaluation.configHash, std::string("hash2"));
        QCOMPARE(rows[0].evaluation.assignment, test::sampleEvaluation(2).assignment);
        QCOMPARE(rows[0].evaluation.metric, 0.502);
        QCOMPARE(rows[0].created.size(), std::size_t(20));
        QVERIFY(rows[0].created.ends_with('Z'));
        QCOMPARE(rows[1].evaluation.id, 1);
    }

    void sortsByEveryColumnWithMissingFiguresLast() {
        add(1, [](Evaluation& e) { e.metric = 0.9, e.powerRelative = 0.8, e.rmse = 2, e.origin = "search", e.seconds = 3; });
        add(2, [](Evaluation& e) { e.metric = 0.7, e.powerRelative = std::nullopt, e.origin = "evaluate", e.seconds = 1; });
        add(3, [](Evaluation& e) { e.metric = 0.8, e.powerRelative = 0.6, e.rmse = std::nan(""), e.samples = 64, e.seconds = 2; });
        add(4, [](Evaluation& e) { e.metric = 0.7, e.powerRelative = 0.7, e.rmse = 1, e.slice = "a", e.seconds = 4; });
        ResultQuery query;
        const auto sorted = [&](ResultColumn column, bool descending) {
            query.sort = column;
            query.descending = descending;
            return ids(query);
        };
        QCOMPARE(sorted(ResultColumn::Id, false), (Ids{1, 2, 3, 4}));
        QCOMPARE(sorted(ResultColumn::Id, true), (Ids{4, 3, 2, 1}));
        QCOMPARE(sorted(ResultColumn::Metric, false), (Ids{2, 4, 3, 1}));  // a tie: by id
        QCOMPARE(sorted(ResultColumn::Metric, true), (Ids{1, 3, 2, 4}));
        QCOMPARE(sorted(ResultColumn::Power, false), (Ids{3, 4, 1, 2}));
        QCOMPARE(sorted(ResultColumn::Power, true), (Ids{1, 4, 3, 2}));
        QCOMPARE(sorted(ResultColumn::Rmse, false), (Ids{2, 4, 1, 3}));
        QCOMPARE(sorted(ResultColumn::Samples, false), (Ids{3, 1, 2, 4}));
        QCOMPARE(sorted(ResultColumn::Slice, false), (Ids{4, 1, 2, 3}));
        QCOMPARE(sorted(ResultColumn::Assignment, true), (Ids{4, 3, 2, 1}));
        QCOMPARE(sorted(ResultColumn::Origin, true), (Ids{1, 2, 3, 4}));
        QCOMPARE(sorted(ResultColumn::Seconds, false), (Ids{2, 3, 1, 4}));
        QCOMPARE(sorted(ResultColumn::Run, false), (Ids{1, 2, 3, 4}));
        QCOMPARE(sorted(ResultColumn::Strategy, false), (Ids{1, 2, 3, 4}));
        QCOMPARE(sorted(ResultColumn::Created, false).size(), std::size_t(4));
        query = {};
        QCOMPARE(m_reader->ids(query, 1, 2).value(), (Ids{2, 3}));
        QCOMPARE(m_reader->ids(query, 3).value(), (Ids{4}));
    }

    void rangesIncludeTheirEndsAndLeaveOutMissingFigures() {
        add(1, [](Evaluation& e) { e.metric = 0.5, e.powerRelative = 0.5, e.rmse = 0.5; });
        add(2, [](Evaluation& e) { e.metric = 0.6, e.powerRelative = std::nullopt, e.rmse = std::nan(""); });
        add(3, [](Evaluation& e) { e.metric = 0.7, e.powerRelative = 0.7, e.rmse = 0.7; });
        ResultQuery query;
        query.metric = {0.6, 0.7};
        QCOMPARE(ids(query), (Ids{2, 3}));
        QCOMPARE(m_reader->count(query).value(), 2);
        query.power = {std::nullopt, 1.0};
        QCOMPARE(ids(query), (Ids{3}));
        query = {};
        query.rmse = {std::nullopt, 0.5};
        QCOMPARE(ids(query), (Ids{1}));
        query.power = {0.6, std::nullopt};
        QCOMPARE(m_reader->count(query).value(), 0);
    }

    void textFindsAllWordsAndNothingIsAPattern() {
        add(1, [](Evaluation& e) { e.assignment = {{"conv1", "mul8s_1L2H"}, {"head", "mul8s_1KV9"}}; });
        add(2, [](Evaluation& e) { e.assignment = {{"conv1", "mul8s_1KV9"}, {"head", "mul8s_1L2H"}}, e.origin = "search"; });
        add(3, [](Evaluation& e) { e.assignment = {{"conv1", "trunc:bits=8:a=2"}}, e.strategy = "table"; });
        add(4, [](Evaluation& e) { e.assignment = {}, e.slice = "100% of it's"; });
        const auto found = [&](const char* text) {
            ResultQuery query;
            query.text = text;
            return ids(query);
        };
        QCOMPARE(found("1l2h"), (Ids{1, 2}));
        QCOMPARE(found("conv1=mul8s_1L2H"), (Ids{1}));
        QCOMPARE(found("1L2H search"), (Ids{2}));
        QCOMPARE(found("conv1=trunc:bits=8:a=2"), (Ids{3}));
        QCOMPARE(found("trunc:bits=8"), (Ids{3}));
        QCOMPARE(found("mul8s?1L2H"), Ids{});
        QCOMPARE(found("mul8sX1L2H"), Ids{});  // '_' stands for itself
        QCOMPARE(found("%"), (Ids{4}));
        QCOMPARE(found("it's"), (Ids{4}));
        QCOMPARE(found("  "), (Ids{1, 2, 3, 4}));
        QCOMPARE(found("factorised"), (Ids{1, 2, 4}));
    }

    void sliceOriginAndRunRestrict() {
        RunInfo info;
        info.algorithm = "random";
        const std::int64_t run = m_store->beginRun(info).value();
        add(1, [&](Evaluation& e) { e.run = run, e.slice = "b"; });
        add(2, [](Evaluation& e) { e.origin = "search", e.slice = "a"; });
        add(3);
        Evaluation met = test::sampleEvaluation(3);
        QVERIFY(m_store->addStep(run, 0, met, 1).ok());
        ResultQuery query;
        query.run = run;
        QCOMPARE(ids(query), (Ids{1, 3}));
        query = {};
        query.slice = "a";
        query.origin = "search";
        query.text = "conv1";
        query.metric = {0.0, 1.0};
        QCOMPARE(ids(query), (Ids{2}));
        query.slice = "b";
        QCOMPARE(ids(query), Ids{});
        QCOMPARE(m_reader->slices().value(), (std::vector<std::string>{"a", "b", "toy: selection[0:128]"}));
    }

    void hashesAndIdsMapBothWays() {
        for (int i = 1; i <= 1200; ++i) add(i);
        add(7, [](Evaluation& e) { e.slice = "another"; });  // row 1201
        QCOMPARE(m_reader->idsOf({"hash7", "hash3", "nothing"}).value(), (Ids{3, 7, 1201}));
        QCOMPARE(m_reader->hashesOf({1201, 3, 7, 9999}).value(), (std::vector<std::string>{"hash7", "hash3"}));
        std::vector<std::string> all;
        for (int i = 1; i <= 1200; ++i) all.push_back("hash" + std::to_string(i));
        QCOMPARE(m_reader->idsOf(all).value().size(), std::size_t(1201));
        QCOMPARE(m_reader->newestId().value(), 1201);
    }

    void seesWhatAnotherConnectionStoresLater() {
        QCOMPARE(m_reader->count({}).value(), 0);
        QCOMPARE(m_reader->newestId().value(), 0);
        add(1);
        QCOMPARE(m_reader->count({}).value(), 1);
        QCOMPARE(m_reader->rows({1}).value().size(), std::size_t(1));
    }

    void aDamagedAssignmentIsAnErrorThatNamesTheRow() {
        add(1);
        auto store = sqlite::openStore(path(), Store::Mode::ReadWrite, {}).value();
        QVERIFY(static_cast<sqlite::SqliteStore&>(*store).database().execute("UPDATE evaluations SET assignment = '[1'").ok());
        const auto rows = m_reader->rows({1});
        QVERIFY(!rows.ok());
        QVERIFY2(rows.error().text().find("evaluation 1") != std::string::npos, rows.error().text().c_str());
    }

    void annotationsAreWrittenFilteredAndSorted() {
        for (int i = 1; i <= 4; ++i) add(i);
        AnnotationChange note, tags, hide;
        note.note = "the best, \"so far\"\nsecond line";
        tags.tags = "paper figure";
        hide.hidden = true;
        QVERIFY(annotate(path(), {2}, note).ok());
        QVERIFY(annotate(path(), {2, 3, 99}, tags).ok());
        QVERIFY(annotate(path(), {1}, hide).ok());
        const auto rows = m_reader->rows({1, 2, 3, 4}).value();
        QVERIFY(rows[0].annotation == (Annotation{"", "", true}));
        QVERIFY(rows[1].annotation == (Annotation{*note.note, "paper figure", false}));
        QVERIFY(rows[2].annotation == (Annotation{"", "paper figure", false}));
        QVERIFY(rows[3].annotation == Annotation{});
        ResultQuery query;
        QCOMPARE(ids(query), (Ids{1, 2, 3, 4}));
        query.withHidden = false;
        QCOMPARE(ids(query), (Ids{2, 3, 4}));
        QCOMPARE(m_reader->count(query).value(), 3);
        query.text = "PAPER";
        QCOMPARE(ids(query), (Ids{2, 3}));
        query.text = "second paper";
        QCOMPARE(ids(query), Ids{2});
        query = {};
        query.sort = ResultColumn::Note;
        QCOMPARE(ids(query), (Ids{2, 1, 3, 4}));
        query.sort = ResultColumn::Tags;
        query.descending = true;
        QCOMPARE(ids(query), (Ids{2, 3, 1, 4}));
        hide.hidden = false;
        note.note = "";
        QVERIFY(annotate(path(), {1}, hide).ok());
        QVERIFY(annotate(path(), {2}, note).ok());
        QVERIFY(m_reader->rows({1}).value()[0].annotation == Annotation{});
        QCOMPARE(m_reader->rows({2}).value()[0].annotation.tags, std::string("paper figure"));  // the other field stays
        note.note = std::string(kMaxNoteBytes + 1, 'x');
        QVERIFY(!annotate(path(), {2}, note).ok());
        QVERIFY(m_reader->rows({2}).value()[0].annotation.note.empty());
    }

    void anOldDatabaseIsReadAndBroughtUpToDateByTheFirstNote() {
        const std::string old = m_folder->filePath("v1.db").toStdString();
        {
            auto database = sqlite::Database::open(old, "file:" + old, false, 1000);
            QVERIFY(sqlite::migrate(database.value(), {sqlite::migrations().front()}).ok());
            QVERIFY(database.value().execute(
                "INSERT INTO evaluations(config_hash, slice, metric, value, samples, assignment, seconds, backend, strategy, numerics, origin, created)"
                "VALUES('h', 's', 'top1', 0.5, 10, '{}', 1, 'cpu', 't', 'float', 'evaluate', 'now')").ok());
        }
        const auto reader = ResultReader::open(old).value();
        ResultQuery query;
        query.withHidden = false;
        query.sort = ResultColumn::Note;
        query.text = "evaluate";
        QCOMPARE(reader->ids(query).value(), Ids{1});
        QVERIFY(reader->rows({1}).value()[0].annotation == Annotation{});
        AnnotationChange change;
        change.note = "noted";
        change.hidden = true;
        QVERIFY(annotate(old, {1}, change).ok());
        // The same reader, which was opened before.
        QCOMPARE(reader->rows({1}).value()[0].annotation.note, std::string("noted"));
        QVERIFY(reader->ids(query).value().empty());
    }

    void probesAreExactOrOneSite() {
        add(1, [](Evaluation& e) { e.assignment = {}; });
        add(2, [](Evaluation& e) { e.assignment = {{"a", "x,y"}}; });
        add(3, [](Evaluation& e) { e.assignment = {{"a", "x"}, {"b", "x"}}; });
        add(4, [](Evaluation& e) { e.assignment = {{"a", "odd \",\" name"}}; });
        const auto probes = m_reader->probes().value();
        QCOMPARE(probes.size(), std::size_t(3));
        QCOMPARE(probes[1].id, 2);
        QCOMPARE(probes[2].id, 4);
    }
};

QTEST_GUILESS_MAIN(TestStoreQuery)
#include "tst_store_query.moc"
