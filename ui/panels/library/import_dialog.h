// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

#include <functional>
#include <memory>

#include "core/acu/import/import.h"
#include "ui/bridge/workspace.h"

class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QListWidget;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QStackedWidget;

namespace axp::ui {

class ImportSummaryView;

/// Imports multiplier files and folders into a library folder, in a background job, and shows what came of it. Not modal: the dialog can
/// be closed while the import goes on, and opened again.
class ImportDialog : public QDialog {
    Q_OBJECT
public:
    using Importer = std::function<Result<AcuImportSummary>(const std::vector<std::string>& paths, const std::string& library,
                                                            const AcuImportOptions& options, const JobContext& job)>;
    enum Page { ChoicePage, ProgressPage, SummaryPage };

    explicit ImportDialog(Workspace& workspace, Importer importer = importAcus, QWidget* parent = nullptr);

    /// More files and folders to import; known ones are left out. While an import runs they wait for the next one.
    void addPaths(const QStringList& paths);
    QStringList paths() const;
    QString library() const;
    void setLibrary(const QString& folder);
    Page page() const;
    void start();
    void cancel();
    ImportSummaryView* summary() const { return m_summary; }
    QPushButton* importButton() const { return m_import; }
    QPushButton* cancelButton() const { return m_cancel; }
    /// Imports files again that were refused because they can be read in two ways, with what the fields say.
    QPushButton* againButton() const { return m_again; }
    QLineEdit* functionField() const { return m_function; }
    QComboBox* signField() const { return m_sign; }
    QString message() const;

    /// A folder "multipliers" beside the project.
    static QString defaultLibrary(const QString& projectPath);

signals:
    /// Multipliers came in; the project knows the library when its libraryChanged() follows.
    void imported(const QString& library);

private:
    QWidget* makeChoicePage();
    QWidget* makeProgressPage();
    QWidget* makeSummaryPage();
    QWidget* makeQuestions();
    void run(const QStringList& paths, const AcuImportOptions& options);
    void finish(const Result<void>& result, const AcuImportSummary& summary);
    void askQuestions(const AcuImportSummary& summary);
    void importAgain();
    void checkVerilog();
    void showProgress(quint64 id);
    void updateButtons();
    void chooseFiles(bool folder);
    void chooseLibrary();

    Workspace& m_workspace;
    Importer m_importer;
    quint64 m_job = 0;
    QStringList m_imported;  ///< paths of the last import
    QStringList m_asked;     ///< of them: refused with a question
    QStackedWidget* m_pages;
    QListWidget* m_paths = nullptr;
    QLineEdit* m_library = nullptr;
    QLabel *m_problem = nullptr, *m_what = nullptr;
    QProgressBar* m_progress = nullptr;
    ImportSummaryView* m_summary = nullptr;
    QWidget* m_questions = nullptr;
    QFormLayout* m_fields = nullptr;
    QLineEdit* m_function = nullptr;
    QSpinBox *m_bitsA = nullptr, *m_bitsB = nullptr;
    QComboBox *m_sign = nullptr, *m_order = nullptr;
    QPushButton *m_import = nullptr, *m_cancel = nullptr, *m_again = nullptr, *m_verilog = nullptr, *m_remove = nullptr, *m_more = nullptr;
};

}  // namespace axp::ui
