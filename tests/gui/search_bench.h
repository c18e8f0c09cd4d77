// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAction>
#include <QTemporaryDir>
#include <QTest>

#include "tests/support/fake_engine.h"
#include "ui/panels/search/search_widget.h"
#include "ui/plots/line_plot.h"

namespace axp::test {

class FewSamples : public DataSplit {
public:
    explicit FewSamples(std::int64_t size) : m_size(size) {}
    std::int64_t size() const override { return m_size; }
    Shape sampleShape() const override { return {1, 8, 8}; }
    Result<Tensor> samples(std::int64_t, std::int64_t) const override { return failure("not needed"); }
    Result<std::vector<std::int32_t>> labels(std::int64_t, std::int64_t) const override { return failure("not needed"); }

private:
    std::int64_t m_size;
};

class FewData : public Dataset {
public:
    std::string name() const override { return "fake"; }
    int classes() const override { return 10; }
    std::vector<std::string> classNames() const override { return std::vector<std::string>(10, "class"); }
    Result<std::shared_ptr<const DataSplit>> split(const std::string& name) const override {
        return std::shared_ptr<const DataSplit>(std::make_shared<FewSamples>(name == "test" ? 2000 : 1000));
    }
};

/// Uneven, so that not every design is on the front; with data, so that there is something to validate on.
class SearchedEngine : public FakeEngine {
public:
    SearchedEngine(std::chrono::milliseconds time, const std::string& path) : FakeEngine(time, path) { roughness = 0.1; }
    std::shared_ptr<const Dataset> dataset() const override { return m_data; }

private:
    std::shared_ptr<const Dataset> m_data = std::make_shared<FewData>();
};

inline EngineOpener searchedOpener(const int& milliseconds) {
    return [&milliseconds](const std::string& path, const JobContext&) -> Result<std::unique_ptr<ProjectEngine>> {
        return std::unique_ptr<ProjectEngine>(std::make_unique<SearchedEngine>(std::chrono::milliseconds(milliseconds), path));
    };
}

/// A search panel over a project in a folder of its own; base of the tests of the search monitor.
class SearchBench : public QObject {
    Q_OBJECT
protected:
    int m_milliseconds = 0;  ///< of an evaluation
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<ui::Workspace> m_workspace;
    std::unique_ptr<ui::SearchWidget> m_panel;

    QString project() const { return m_folder->filePath("p.axp"); }
    ui::SearchCenter& center() { return m_workspace->searches(); }
    ui::JobCenter& jobs() { return m_workspace->jobs(); }
    void open(int milliseconds = 0) {
        m_milliseconds = milliseconds;
        m_workspace->open(project());
        QTRY_VERIFY(m_workspace->isOpen());
        QTRY_COMPARE(jobs().active(), 0);
    }
    void show() {
        m_panel->resize(1000, 720);
        m_panel->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_panel.get()));
    }
    ui::SearchSettings settings(int budget, const std::string& algorithm = "mcts-thesis") {
        ui::SearchSettings s = ui::defaultSearch(m_workspace->project());
        s.algorithm = algorithm;
        s.budget = budget;
        return s;
    }
    void finish() {
        QTRY_COMPARE_WITH_TIMEOUT(jobs().active(), 0, 30000);
        QTest::qWait(100);  // the last drawing
    }
    QAction* action(const QString& text) {
        for (QAction* action : m_panel->actions())
            if (action->text() == text) return action;
        return nullptr;
    }
    std::size_t steps(qint64 run) {
        const auto trace = center().trace(run);
        return trace ? trace->steps.size() : 0;
    }
    static qsizetype points(const ui::LinePlot& plot) { return plot.series().empty() ? 0 : plot.series().front().x.size(); }
    void picture(QWidget& widget, const QString& name) {
        const QString folder = qEnvironmentVariable("AXP_PICTURES");
        if (folder.isEmpty()) return;
        QTest::qWait(150);  // plots draw later
        QVERIFY(widget.grab().save(folder + '/' + name + ".png"));
    }

private slots:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        m_workspace = std::make_unique<ui::Workspace>(searchedOpener(m_milliseconds), QString());
        m_panel = std::make_unique<ui::SearchWidget>(*m_workspace);
    }
    void cleanup() {
        m_panel.reset();
        m_workspace.reset();
    }
};

}  // namespace axp::test
