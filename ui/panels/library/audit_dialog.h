// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

#include "core/acu/import/import.h"
#include "ui/bridge/workspace.h"

class QTextBrowser;

namespace axp::ui {

/// Looks closely at one multiplier file, in a job, and says in plain words what is wrong with it or worth knowing.
class AuditDialog : public QDialog {
    Q_OBJECT
public:
    using Auditor = std::function<Result<AcuAudit>(const std::string& path, const JobContext& job)>;

    AuditDialog(Workspace& workspace, const QString& path, Auditor auditor, QWidget* parent = nullptr);
    ~AuditDialog() override;
    QString text() const;

private:
    void present(const AcuAudit& audit);

    Workspace& m_workspace;
    QTextBrowser* m_text;
    quint64 m_job = 0;
};

}  // namespace axp::ui
