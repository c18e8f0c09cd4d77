// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QPointer>
#include <QTimer>
#include <QWidget>

#include "ui/bridge/workspace.h"

class QAction;
class QLabel;
class QMenu;
class QProgressBar;
class QPushButton;
class QSplitter;
class QStackedWidget;

namespace axp::ui {

class AcuFilterModel;
class AcuTableModel;
class AcuTableView;
class DetailsView;
class FamilyDialog;
class FigureQueue;
class ImportDialog;
class OperandWeights;

/// The panel "ACU library": the table of multipliers, its filters, details of the selected ones.
class LibraryWidget : public QWidget {
    Q_OBJECT
public:
    explicit LibraryWidget(Workspace& workspace, QWidget* parent = nullptr);
    ~LibraryWidget() override;

    AcuTableModel* model() const { return m_model; }
    AcuTableView* table() const { return m_table; }
    DetailsView* details() const { return m_details; }
    FigureQueue* queue() const { return m_queue; }
    QString message() const;
    /// Puts the selected ACU at the sites that are selected elsewhere.
    void assignToSelection();
    void addFamilyMember(const QString& name);
    FamilyDialog* newFromFamily();
    /// Opens the import with these files and folders; starts it at once when there are some. Null without a project.
    ImportDialog* openImport(const QStringList& paths);
    /// Opens the audit of a multiplier file.
    void audit(const QString& path);
    /// The import that was opened last, or null.
    ImportDialog* importDialog() const { return m_importDialog; }

protected:
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    QWidget* makeEmptyPage();
    QWidget* makeContent();
    void makeActions();
    void fillColumnsMenu();
    void restoreHeader();
    void saveHeader() const;

    void reload();
    std::vector<AcuPtr> acusOfProject() const;
    void computeMissing();
    void computeWeighted();
    void showStatus();
    void showSelection();
    void select(const QString& name, bool toggle);
    void setFilter(int column, const QString& text);
    void showMessage(const QString& text, bool problem = false);
    void updateActions();

    void addLibraryFolder();
    void auditFile();
    std::vector<AcuPtr> sampledOfSelection() const;
    /// Recomputes the sampled figures of the selected multipliers over all pairs, in a job that writes them into their library.
    void proveSelected();
    void removeSelected();
    void copyRows();
    void exportCsv();
    /// Rows of the view: the selected ones, or all.
    QList<int> rows(bool onlySelected) const;

    Workspace& m_workspace;
    FigureQueue* m_queue;
    OperandWeights* m_weights;
    AcuTableModel* m_model;
    AcuFilterModel* m_proxy;
    AcuTableView* m_table;
    DetailsView* m_details;
    QStackedWidget* m_pages = nullptr;
    QSplitter* m_splitter = nullptr;
    QWidget* m_progressRow = nullptr;
    QProgressBar* m_progress = nullptr;
    QPushButton *m_stop = nullptr, *m_clear = nullptr;
    QLabel* m_message = nullptr;
    QMenu* m_columns = nullptr;
    QAction *m_assign = nullptr, *m_import = nullptr, *m_addFolder = nullptr, *m_audit = nullptr, *m_prove = nullptr, *m_newMember = nullptr,
            *m_copy = nullptr, *m_copyName = nullptr, *m_copyHash = nullptr, *m_export = nullptr, *m_remove = nullptr,
            *m_find = nullptr;
    QPointer<FamilyDialog> m_dialog;
    ImportDialog* m_importDialog = nullptr;  ///< a child; goes on importing when it is closed
    QStringList m_importedInto;              ///< libraries that imports have written
    QTimer m_refresh;                   ///< many new figures at once: one redraw
    std::map<int, QString> m_problems;  ///< filters that are none, by column
};

}  // namespace axp::ui
