// SPDX-License-Identifier: GPL-3.0-or-later
// What every panel of the window keeps to, whatever it shows.
#include <QAbstractItemView>
#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QFile>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPainter>
#include <QRegularExpression>
#include <QScrollBar>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTabBar>
#include <QTest>
#include <QTextBrowser>

#include "tests/support/fake_engine.h"
#include "ui/panels/panel.h"

using namespace axp;
using namespace axp::ui;

namespace {

struct Made {
    explicit Made(const PanelSpec& spec) : workspace(test::fakeOpener(), AXP_SOURCE_DIR "/resources"), panel(spec.make(workspace, nullptr)) {
        panel->resize(800, 500);
        panel->show();
    }
    bool open() {
        QSignalSpy opened(&workspace, &Workspace::opened);
        workspace.open("/nonexistent/fake.axp");
        const bool done = opened.wait(10'000) || workspace.isOpen();
        QTest::qWait(60);
        return done;
    }
    Workspace workspace;
    std::unique_ptr<QWidget> panel;
};

QPalette paletteOf(bool dark) {
    QPalette palette(dark ? QColor(0x2e, 0x32, 0x38) : QColor(0xea, 0xec, 0xef), dark ? QColor(0x24, 0x27, 0x2c) : QColor(0xf4, 0xf5, 0xf7));
    palette.setColor(QPalette::Base, dark ? QColor(0x1b, 0x1d, 0x21) : QColor(0xff, 0xff, 0xff));
    palette.setColor(QPalette::Text, dark ? QColor(0xe4, 0xe7, 0xeb) : QColor(0x1f, 0x24, 0x2b));
    palette.setColor(QPalette::WindowText, palette.color(QPalette::Text));
    return palette;
}

/// What a person reads in it.
QString visibleText(const QWidget& panel) {
    QString text;
    for (const QLabel* label : panel.findChildren<QLabel*>())
        if (label->isVisible()) text += label->text() + '\n';
    for (const QPlainTextEdit* edit : panel.findChildren<QPlainTextEdit*>())
        if (edit->isVisible()) text += edit->toPlainText().isEmpty() ? edit->placeholderText() : edit->toPlainText();
    for (const QTextBrowser* browser : panel.findChildren<QTextBrowser*>())
        if (browser->isVisible()) text += browser->toPlainText() + '\n';
    return text.remove(QRegularExpression("<[^>]*>"));
}

/// Parts of a widget that are named by the widget around them, and labels, whose text is their name.
bool isPart(const QWidget* widget) {
    const auto* area = qobject_cast<const QAbstractScrollArea*>(widget->parentWidget());
    return widget->objectName().startsWith("qt_") || qobject_cast<const QHeaderView*>(widget) || qobject_cast<const QScrollBar*>(widget) ||
           qobject_cast<const QTabBar*>(widget) || qobject_cast<const QMenu*>(widget) || qobject_cast<const QLabel*>(widget) ||
           qobject_cast<const QComboBox*>(widget->parentWidget()) || (area && area->viewport() == widget) || widget->focusProxy();
}

double lightnessOf(QWidget& panel) {
    const QImage image = panel.grab().toImage().scaled(32, 32, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
    double sum = 0;
    for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 32; ++x) sum += qGray(image.pixel(x, y));
    return sum / 1024;
}

}  // namespace

class TestPanels : public QObject {
    Q_OBJECT
private:
    static const PanelSpec& spec() {
        const QString id = QTest::currentDataTag();
        for (const auto& panel : panels())
            if (id == QLatin1String(panel.id)) return panel;
        Q_UNREACHABLE();
    }
    static void rows() {
        QTest::addColumn<int>("unused");
        for (const auto& panel : panels()) QTest::newRow(panel.id) << 0;
    }

private slots:
    void initTestCase() {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName("AxplorerTest");
        QCoreApplication::setApplicationName("AxplorerTestPanels");
    }
    void cleanup() { QApplication::setPalette(paletteOf(false)); }

    void idsAreUnique() {
        QSet<QString> ids, titles;
        for (const auto& panel : panels()) {
            QVERIFY2(!ids.contains(panel.id) && !titles.contains(panel.title), panel.id);
            ids << panel.id;
            titles << panel.title;
        }
    }

    void saysSomethingWhenEmpty_data() { rows(); }
    void saysSomethingWhenEmpty() {
        Made made(spec());
        QTest::qWait(30);
        const QString text = visibleText(*made.panel).simplified();
        QVERIFY2(text.size() >= 20, qPrintable("it shows: '" + text + "'"));
        if (const QString pictures = qEnvironmentVariable("AXP_PICTURES"); !pictures.isEmpty()) made.panel->grab().save(pictures + "/" + spec().id + "-empty.png");
    }

    void survivesOpeningAndClosing_data() { rows(); }
    void survivesOpeningAndClosing() {
        Made made(spec());
        QTest::qWait(60);
        const QString empty = visibleText(*made.panel);
        QVERIFY(made.open());
        made.workspace.assign({"head", "block1_qk/h1"}, "mul8s_1L2H");
        made.workspace.selection().setSites({"block1_qk/h1"});
        made.workspace.close();
        QTest::qWait(30);
        QVERIFY(made.open());
        made.workspace.evaluateCurrent(made.workspace.slice());
        QTRY_COMPARE(made.workspace.jobs().active(), 0);
        QVERIFY(made.open());  // another one in its place
        made.workspace.close();
        QTest::qWait(60);
        if (QLatin1String(spec().id) != QLatin1String("jobs")) QCOMPARE(visibleText(*made.panel), empty);  // the queue keeps what ran
    }

    void mayGoWhileWorkRuns_data() { rows(); }
    void mayGoWhileWorkRuns() {
        Workspace workspace(test::fakeOpener(std::chrono::milliseconds(20)), AXP_SOURCE_DIR "/resources");
        std::unique_ptr<QWidget> panel(spec().make(workspace, nullptr));
        panel->show();
        QSignalSpy opened(&workspace, &Workspace::opened);
        workspace.open("/nonexistent/fake.axp");
        QVERIFY(opened.wait(10'000) || workspace.isOpen());
        workspace.evaluateCurrent(workspace.slice());
        panel.reset();
        QTRY_COMPARE(workspace.jobs().active(), 0);
        QTest::qWait(20);
    }

    void followsTheTheme_data() { rows(); }
    void followsTheTheme() {
        Made made(spec());
        QVERIFY(made.open());
        QApplication::setPalette(paletteOf(true));
        QTest::qWait(80);
        const double dark = lightnessOf(*made.panel);
        if (const QString pictures = qEnvironmentVariable("AXP_PICTURES"); !pictures.isEmpty()) made.panel->grab().save(pictures + "/" + spec().id + "-dark.png");
        QApplication::setPalette(paletteOf(false));
        QTest::qWait(80);
        const double light = lightnessOf(*made.panel);
        QVERIFY2(dark < 110 && light > 150, qPrintable(QString("lightness %1 in dark, %2 in light").arg(dark).arg(light)));
    }

    void standsAnySize_data() { rows(); }
    void standsAnySize() {
        for (const bool open : {false, true}) {
            Made made(spec());
            if (open) QVERIFY(made.open());
            for (const QSize& size : {QSize(0, 0), QSize(1, 1), QSize(60, 900), QSize(3000, 40), QSize(4000, 3000), QSize(800, 500)}) {
                made.panel->resize(size);
                QTest::qWait(15);
                QImage canvas(std::max(1, std::min(size.width(), 900)), std::max(1, std::min(size.height(), 900)), QImage::Format_ARGB32_Premultiplied);
                made.panel->render(&canvas);
            }
            const QSize least = made.panel->minimumSizeHint().expandedTo(made.panel->minimumSize());
            QVERIFY2(least.width() <= 800 && least.height() <= 500, qPrintable(QString("needs %1 x %2").arg(least.width()).arg(least.height())));
            for (const QWidget* child : made.panel->findChildren<QWidget*>())
                if (!child->isWindow() && child->isVisible() && !isPart(child))
                    QVERIFY2(child->minimumWidth() <= 800 && child->minimumHeight() <= 500, child->metaObject()->className());
        }
    }

    void isNamedForEverybody_data() { rows(); }
    void isNamedForEverybody() {
        QVERIFY(!QCoreApplication::translate("Panel", spec().title).isEmpty());
        QVERIFY2(QFile::exists(QString(AXP_SOURCE_DIR "/resources/help/") + spec().help + ".md"), spec().help);
        Made made(spec());
        QVERIFY(!made.panel->accessibleName().isEmpty());
        QStringList faults;
        for (const bool open : {false, true}) {
            if (open) QVERIFY(made.open());
            for (QWidget* widget : made.panel->findChildren<QWidget*>()) {
                if (widget->focusPolicy() == Qt::NoFocus || isPart(widget) || widget->window() != made.panel.get()) continue;
                auto* face = QAccessible::queryAccessibleInterface(widget);
                const QString name = face ? face->text(QAccessible::Name) : widget->accessibleName();
                if (name.isEmpty()) faults << QString("%1 '%2' in %3").arg(widget->metaObject()->className(), widget->objectName(), widget->parentWidget()->metaObject()->className());
            }
            for (const QAction* action : made.panel->actions())
                if (!action->isSeparator() && action->text().isEmpty()) faults << QString("action '%1' has no text").arg(action->objectName());
        }
        faults.removeDuplicates();
        QVERIFY2(faults.isEmpty(), qPrintable("without a name:\n" + faults.join('\n')));
    }

    void keysDoNotCollide_data() { rows(); }
    void keysDoNotCollide() {
        Made made(spec());
        QVERIFY(made.open());
        QHash<QString, QString> keys;
        for (const QAction* action : made.panel->actions())
            for (const QKeySequence& key : action->shortcuts()) {
                QVERIFY2(!keys.contains(key.toString()), qPrintable(key.toString() + ": " + action->text() + " and " + keys[key.toString()]));
                keys[key.toString()] = action->text();
                QVERIFY2(action->shortcutContext() != Qt::ApplicationShortcut, qPrintable(action->text()));
            }
    }
};

QTEST_MAIN(TestPanels)
#include "tst_panels.moc"
