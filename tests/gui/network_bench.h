// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDragEnterEvent>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLabel>
#include <QMimeData>
#include <QSignalSpy>
#include <QTest>

#include "tests/support/fake_engine.h"
#include "tests/support/watchdog.h"
#include "ui/panels/inspector/inspector_panel.h"
#include "ui/panels/network/graph_scene.h"
#include "ui/panels/network/graph_view.h"
#include "ui/panels/network/network_panel.h"
#include "ui/panels/network/site_table.h"
#include "ui/panels/panel.h"

/// What the tests of the network and inspector panels share.
namespace axp::test {

using namespace axp::ui;

/// A chain of blocks with a residual connection, for sizes that the fake network does not have.
inline Graph longGraph(int blocks) {
    Graph graph;
    const auto shaped = [&](ValueId id) {
        graph.values[static_cast<std::size_t>(id)].shape = {1, 8};
        return id;
    };
    const ValueId weight = graph.addConstant("w", Tensor::from<float>({8, 8}, std::vector<float>(64, 0.5F)));
    ValueId x = shaped(graph.addValue("x"));
    graph.inputs = {x};
    for (int i = 0; i < blocks; ++i) {
        const std::string name = "stage" + std::to_string(i);
        const ValueId a = shaped(graph.addMac(name + "_fc1", NodeKind::Linear, {ValueRef{x}, ValueRef{weight}, Arg{}}));
        const ValueId r = shaped(graph.addOperator("relu_" + std::to_string(i), "aten::relu", {ValueRef{a}}));
        const ValueId b = shaped(graph.addMac(name + "_fc2", NodeKind::Linear, {ValueRef{r}, ValueRef{weight}, Arg{}}));
        x = shaped(graph.addOperator(name + "_add", "aten::add.Tensor", {ValueRef{b}, ValueRef{x}, std::int64_t{1}}));
    }
    graph.outputs = {x};
    return graph;
}

/// The fake engine with another network.
class GraphEngine : public FakeEngine {
public:
    explicit GraphEngine(Graph graph) : m_other(std::move(graph)) {}
    const Graph& graph() const override { return m_other; }

private:
    Graph m_other;
};

inline EngineOpener openerOf(const Graph& graph) {
    return [graph](const std::string&, const JobContext&) -> Result<std::unique_ptr<ProjectEngine>> {
        return std::unique_ptr<ProjectEngine>(std::make_unique<GraphEngine>(graph));
    };
}

inline std::unique_ptr<QMimeData> drag(const QStringList& acus) {
    auto data = std::make_unique<QMimeData>();
    data->setData(QLatin1String(kAcuMimeType), QJsonDocument(QJsonArray::fromStringList(acus)).toJson());
    return data;
}

struct DragResult {
    bool entered = false, moved = false, dropped = false;
};

inline DragResult dragTo(QAbstractScrollArea* view, const QPoint& at, const QMimeData* data, bool drop = true) {
    DragResult result;
    QDragEnterEvent enter(at, Qt::CopyAction, data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(view->viewport(), &enter);
    result.entered = enter.isAccepted();
    QDragMoveEvent move(at, Qt::CopyAction, data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(view->viewport(), &move);
    result.moved = move.isAccepted();
    if (!drop) return result;
    QDropEvent event(at, Qt::CopyAction, data, Qt::LeftButton, Qt::NoModifier);
    event.setAccepted(false);
    QCoreApplication::sendEvent(view->viewport(), &event);
    result.dropped = event.isAccepted();
    return result;
}

/// An open project with its panels, shown.
struct Bench {
    explicit Bench(EngineOpener opener = fakeOpener()) : workspace(std::move(opener), {}) {
        network.reset(makeNetworkPanel(workspace, nullptr));
        inspector.reset(makeInspectorPanel(workspace, nullptr));
        network->resize(1000, 760);
        inspector->resize(340, 760);
        network->show();
        inspector->show();
        view = network->findChild<GraphView*>();
        table = network->findChild<SiteTable*>();
        scene = qobject_cast<GraphScene*>(view->scene());
    }
    bool open() {
        QSignalSpy opened(&workspace, &Workspace::opened);
        workspace.open(QStringLiteral("/nonexistent/fake.axp"));
        if (opened.isEmpty() && !opened.wait(5000)) return false;
        return QTest::qWaitFor([this] { return !scene->nodes().empty() && !scene->building(); }, 8000);
    }
    QPoint pointOf(const QString& site) {
        NodeItem* item = scene->itemOf(site);
        view->centreOnBox(item);
        const int head = static_cast<int>(item->box().heads.indexOf(site));
        const QPointF place = head < 0 ? QPointF(0, -item->box().size.height() / 2 + 20) : item->headRect(head).center();
        return view->mapFromScene(item->mapToScene(place));
    }
    QPoint rowOf(const QString& site) {
        table->scrollToSite(site);
        for (int row = 0; row < table->model()->rowCount(); ++row)
            if (table->model()->index(row, 0).data(SiteModel::SiteIdRole) == site) return table->visualRect(table->model()->index(row, 1)).center();
        return {-1, -1};
    }
    QString cell(const QString& site, int column) {
        for (int row = 0; row < table->model()->rowCount(); ++row)
            if (table->model()->index(row, 0).data(SiteModel::SiteIdRole) == site) return table->model()->index(row, column).data().toString();
        return QStringLiteral("no such row");
    }
    QString status() const { return network->findChild<QLabel*>("networkStatus")->text(); }
    QAction* action(const char* name) {
        for (QAction* action : network->actions())
            if (action->objectName() == QLatin1String(name)) return action;
        return nullptr;
    }
    void select(const QStringList& sites) { workspace.selection().setSites(sites); }

    Workspace workspace;
    std::unique_ptr<QWidget> network, inspector;
    GraphView* view;
    SiteTable* table;
    GraphScene* scene;
};

}  // namespace axp::test
