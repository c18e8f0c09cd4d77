// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/help/help_panel.h"

#include <QDesktopServices>
#include <QEvent>
#include <QTextBrowser>
#include <QUrl>
#include <QVBoxLayout>

#include "core/base/files.h"
#include "ui/panels/help/page_pictures.h"

namespace axp::ui {
namespace {

constexpr std::size_t kMaxPageBytes = 1 << 20;

/// Pages are read in a job: a slow disk must not stop the window.
class HelpPanel : public QWidget {
public:
    HelpPanel(Workspace& workspace, QWidget* parent) : QWidget(parent), m_workspace(workspace) {
        setAccessibleName(tr("Help"));
        m_browser = new QTextBrowser(this);
        m_browser->setAccessibleName(tr("Help page"));
        m_browser->setOpenLinks(false);
        m_pictures = new PagePictures(*m_browser, workspace.resources() + "/help");
        connect(m_browser, &QTextBrowser::anchorClicked, this, [this](const QUrl& url) {
            if (url.isRelative() && url.path().endsWith(".md")) showPage(url.path().chopped(3));
            else if (!url.isRelative()) QDesktopServices::openUrl(url);
        });
        auto* layout = new QVBoxLayout(this);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->addWidget(m_browser);
        // The window asks for a page through this property, so that it needs no knowledge of the class.
        installEventFilter(this);
        showPage("index");
    }

protected:
    bool eventFilter(QObject* object, QEvent* event) override {
        if (object == this && event->type() == QEvent::DynamicPropertyChange && property("page").isValid()) {
            const QString page = property("page").toString();
            if (page != m_page) showPage(page);
        }
        return QWidget::eventFilter(object, event);
    }

private:
    void showPage(const QString& page) {
        m_page = page;
        const QString path = m_workspace.resources() + "/help/" + page + ".md";
        const auto text = std::make_shared<std::string>();
        m_workspace.jobs().read(tr("Read help page %1").arg(page),
                                  [path = path.toStdString(), text](const JobContext&) -> Result<void> {
                                      AXP_TRY(*text, readFile(path, kMaxPageBytes));
                                      return {};
                                  },
                                  [this, page, text](const Result<void>& result) {
                                      if (page != m_page) return;
                                      if (result.ok()) m_browser->setMarkdown(QString::fromStdString(*text));
                                      else m_browser->setPlainText(QString::fromStdString(result.error().text()));
                                      m_pictures->start();
                                  });
    }

    Workspace& m_workspace;
    QTextBrowser* m_browser = nullptr;
    PagePictures* m_pictures = nullptr;
    QString m_page;
};

}  // namespace

QWidget* makeHelpPanel(Workspace& workspace, QWidget* parent) { return new HelpPanel(workspace, parent); }

}  // namespace axp::ui
