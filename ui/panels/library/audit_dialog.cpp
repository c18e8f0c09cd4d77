// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/audit_dialog.h"

#include <QClipboard>
#include <QDialogButtonBox>
#include <QFileInfo>
#include <QGuiApplication>
#include <QPointer>
#include <QPushButton>
#include <QTextBrowser>
#include <QVBoxLayout>

namespace axp::ui {
namespace {

QString kindText(FindingKind kind) {
    switch (kind) {
        case FindingKind::Fault: return AuditDialog::tr("Fault");
        case FindingKind::Caution: return AuditDialog::tr("Caution");
        case FindingKind::Note: return AuditDialog::tr("Note");
    }
    return {};
}

}  // namespace

AuditDialog::AuditDialog(Workspace& workspace, const QString& path, Auditor auditor, QWidget* parent)
    : QDialog(parent), m_workspace(workspace), m_text(new QTextBrowser) {
    setWindowTitle(tr("Audit of %1").arg(QFileInfo(path).fileName()));
    m_text->setAccessibleName(tr("Findings"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    auto* copy = buttons->addButton(tr("&Copy"), QDialogButtonBox::ActionRole);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_text, 1);
    layout->addWidget(buttons);
    resize(560, 380);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(text()); });

    m_text->setPlainText(tr("Computing all products of %1...").arg(path));
    const auto audit = std::make_shared<AcuAudit>();
    m_job = workspace.jobs().submit(
        tr("Audit %1").arg(QFileInfo(path).fileName()), QStringLiteral("axplorer-cli acu audit ") + shellQuoted(path), JobCenter::Lane::Background,
        [auditor = std::move(auditor), path = path.toStdString(), audit](const JobContext& job) -> Result<void> {
            AXP_TRY(*audit, auditor(path, job));
            return {};
        },
        [dialog = QPointer<AuditDialog>(this), audit](const Result<void>& result) {
            if (!dialog) return;
            dialog->m_job = 0;
            if (result.ok()) dialog->present(*audit);
            else dialog->m_text->setPlainText(QString::fromStdString(result.error().text()));
        });
}

AuditDialog::~AuditDialog() {
    if (m_job != 0) m_workspace.jobs().cancel(m_job);
}

QString AuditDialog::text() const { return m_text->toPlainText(); }

void AuditDialog::present(const AcuAudit& audit) {
    QString html = QStringLiteral("<p>%1<br>%2</p>")
                       .arg(QString::fromStdString(audit.path).toHtmlEscaped(), tr("Format: %1").arg(QString::fromStdString(audit.format)).toHtmlEscaped());
    if (audit.findings.empty()) html += QStringLiteral("<p>%1</p>").arg(tr("Nothing was found: no known fault, nothing to be careful about."));
    for (const Finding& finding : audit.findings)
        html += QStringLiteral("<p><b>%1:</b> %2</p>").arg(kindText(finding.kind), QString::fromStdString(finding.text).toHtmlEscaped());
    m_text->setHtml(html);
}

}  // namespace axp::ui
