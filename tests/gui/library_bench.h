// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractItemModel>
#include <QItemSelectionModel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>

#include <memory>

#include "tests/support/fake_engine.h"
#include "ui/panels/library/acu_table_model.h"
#include "ui/panels/library/acu_table_view.h"
#include "ui/panels/library/filter_header.h"
#include "ui/panels/library/library_widget.h"

namespace axp::ui::test {

/// The panel on an open fake project, with all figures computed.
struct Opened {
    Workspace workspace{axp::test::fakeOpener(), {}};
    std::unique_ptr<LibraryWidget> panel = std::make_unique<LibraryWidget>(workspace);

    explicit Opened(bool waitForFigures = true, const QString& path = QStringLiteral("/nonexistent/fake.axp")) {
        panel->resize(340, 760);
        panel->show();
        QSignalSpy opened(&workspace, &Workspace::opened);
        workspace.open(path);
        if (!opened.wait(5000)) qFatal("the fake project did not open");
        if (waitForFigures && !QTest::qWaitFor([this] { return panel->model()->missing().empty(); }, 20000)) qFatal("no figures came");
    }
    QVariant value(const QString& acu, int column) const {
        const int row = panel->model()->rowOf(acu);
        return row < 0 ? QVariant() : panel->model()->index(row, column).data(AcuTableModel::ValueRole);
    }
    QStringList shownNames() const {
        QStringList names;
        const auto* model = panel->table()->model();
        for (int row = 0; row < model->rowCount(); ++row) names << model->index(row, 0).data(AcuTableModel::NameRole).toString();
        return names;
    }
    void select(const QStringList& names) {
        auto* table = panel->table();
        table->clearSelection();
        for (int row = 0; row < table->model()->rowCount(); ++row) {
            const QModelIndex index = table->model()->index(row, 0);
            if (!names.contains(index.data(AcuTableModel::NameRole).toString())) continue;
            table->selectionModel()->setCurrentIndex(index, QItemSelectionModel::NoUpdate);
            table->selectionModel()->select(index, QItemSelectionModel::Select | QItemSelectionModel::Rows);
        }
        QTest::qWait(80);  // the panel gathers changes of the selection
    }
    void filter(int column, const QString& text) { panel->table()->filterHeader()->field(column)->setText(text); }
};

}  // namespace axp::ui::test
