// SPDX-License-Identifier: GPL-3.0-or-later
#include <QFile>
#include <QImage>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBlock>
#include <QTextBrowser>

#include "tests/support/fake_engine.h"
#include "tests/support/watchdog.h"
#include "ui/panels/help/help_panel.h"
#include "ui/panels/help/page_pictures.h"

using namespace axp;
using namespace axp::ui;

class TestHelpPanel : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_folder;

    static QList<QTextImageFormat> pictures(const QTextBrowser& browser) {
        QList<QTextImageFormat> all;
        for (QTextBlock block = browser.document()->begin(); block.isValid(); block = block.next())
            for (auto part = block.begin(); !part.atEnd(); ++part)
                if (const auto format = part.fragment().charFormat().toImageFormat(); format.isValid()) all << format;
        return all;
    }
    void write(const QString& name, const QByteArray& text) {
        QFile file(m_folder.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }

private slots:
    void initTestCase() {
        QVERIFY(QDir(m_folder.path()).mkpath("help/pictures"));
        QImage wide(1440, 900, QImage::Format_RGB32), small(40, 20, QImage::Format_RGB32);
        wide.fill(Qt::darkGreen);
        small.fill(Qt::blue);
        QVERIFY(wide.save(m_folder.filePath("help/pictures/wide.png")) && small.save(m_folder.filePath("help/pictures/small.png")));
        write("help/pictures/broken.png", "no picture");
        write("help/index.md", "# Page\n\n![wide](pictures/wide.png)\n\n![small](pictures/small.png)\n\n![picture](pictures/broken.png)\n\n![picture](pictures/none.png)\n\n"
                               "| a | b |\n| --- | --- |\n| ![picture](pictures/wide.png) | ![picture](pictures/wide.png) |\n");
    }

    void picturesKeepWithinThePage() {
        Workspace workspace(test::fakeOpener(), m_folder.path());
        std::unique_ptr<QWidget> panel(makeHelpPanel(workspace, nullptr));
        panel->resize(700, 500);
        panel->show();
        auto* browser = panel->findChild<QTextBrowser*>();
        auto* fitted = browser->findChild<PagePictures*>();
        const auto settled = [&] { return !pictures(*browser).isEmpty() && fitted->settled() && workspace.jobs().active() == 0; };
        test::Watchdog watchdog;
        QVERIFY(QTest::qWaitFor(settled, 10'000));
        const auto all = pictures(*browser);
        QCOMPARE(all.size(), 6);
        QVERIFY2(all[0].width() > 500 && all[0].width() < 700, qPrintable(QString::number(all[0].width())));
        QVERIFY(std::abs(all[0].height() - all[0].width() * 900 / 1440) <= 1);
        QCOMPARE(all[1].width(), 40.0);  // never larger than it is
        QVERIFY2(all[4].width() < 350 && all[4].width() > 200, qPrintable(QString::number(all[4].width())));
        QVERIFY2(browser->document()->idealWidth() <= browser->viewport()->width() + 1, qPrintable(QString::number(browser->document()->idealWidth())));
        panel->resize(1000, 500);
        QTest::qWait(150);
        QVERIFY(QTest::qWaitFor(settled, 10'000));
        QVERIFY2(pictures(*browser)[0].width() > 800, qPrintable(QString::number(pictures(*browser)[0].width())));
        AXP_VERIFY_RESPONSIVE(watchdog);
    }

    void mayGoMeanwhile() {
        Workspace workspace(test::fakeOpener(), m_folder.path());
        std::unique_ptr<QWidget> panel(makeHelpPanel(workspace, nullptr));
        panel->show();
        QVERIFY(QTest::qWaitFor([&] { return workspace.jobs().active() == 0; }, 10'000));
        panel.reset();
        QTest::qWait(20);
    }

    /// The pages of the product name no picture and no page that is not there.
    void nothingIsMissing() {
        const QDir help(AXP_SOURCE_DIR "/resources/help");
        static const QRegularExpression link("\\]\\(([^)#:]+)\\)");
        for (const QString& page : help.entryList({"*.md"})) {
            QFile file(help.filePath(page));
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QString text = QString::fromUtf8(file.readAll());
            for (auto found = link.globalMatch(text); found.hasNext();) {
                const QString target = found.next().captured(1);
                QVERIFY2(QFile::exists(help.filePath(target)), qPrintable(page + " names " + target));
            }
        }
    }
};

QTEST_MAIN(TestHelpPanel)
#include "tst_help_panel.moc"
