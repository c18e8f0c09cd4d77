// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/start_page.h"

#include <QDir>
#include <QEvent>
#include <QFileInfo>
#include <QFont>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/bridge/workspace.h"
#include "ui/widgets/icons.h"

namespace axp::ui {
namespace {

constexpr QSize kCardPicture(208, 96), kRowPicture(84, 44);
const QColor kRowColour(0x1f, 0x6f, 0xb5);

QLabel* label(const QString& text, double scale, bool bold) {
    auto* made = new QLabel(text);
    QFont font = made->font();
    font.setPointSizeF(font.pointSizeF() * scale);
    font.setBold(bold);
    made->setFont(font);
    return made;
}

}  // namespace

StartPage::StartPage(Workspace& workspace, const QString& cacheFolder, QWidget* parent)
    : QScrollArea(parent), m_workspace(workspace), m_reader(cacheFolder) {
    setAccessibleName(tr("Start page"));
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    connect(&m_reader, &FrontReader::ready, this, &StartPage::showFront);

    auto* cards = new QHBoxLayout;
    cards->setSpacing(16);
    cards->addWidget(exampleCard(tr("Vision transformer"), tr("6 blocks of 4 heads, 74 sites"), "fashion-vit", QColor(0x2f, 0x86, 0xd0)));
    cards->addWidget(exampleCard(tr("Residual network"), tr("17 convolutions with batch norm"), "fashion-resnet", QColor(0x36, 0x9c, 0x63)));
    cards->addWidget(exampleCard(tr("LeNet-like CNN"), tr("2 convolutions, 3 linear layers"), "fashion-cnn", QColor(0xcc, 0x78, 0x26)));
    cards->addStretch();

    auto* create = new QPushButton(icon("new"), tr("New project..."));
    auto* open = new QPushButton(icon("open"), tr("Open..."));
    connect(create, &QPushButton::clicked, this, &StartPage::newRequested);
    connect(open, &QPushButton::clicked, this, &StartPage::openDialogRequested);
    auto* buttons = new QHBoxLayout;
    for (QPushButton* button : {create, open}) {
        button->setAccessibleName(button->text());
        button->setMinimumWidth(140);
        buttons->addWidget(button);
    }
    buttons->addStretch();
    auto* drop = new QLabel(tr("Or drop a project (.axp), a network (.onnx, .pt) or multiplier tables (.npy, folders) anywhere on this window."));
    drop->setWordWrap(true);

    m_recent = new QVBoxLayout;
    m_recent->setSpacing(2);
    auto* column = new QVBoxLayout;
    column->setSpacing(10);
    column->addWidget(label(tr("Axplorer"), 2.2, true));
    column->addWidget(new QLabel(tr("Approximate multipliers in deep networks: see what they save and what they cost.")));
    column->addSpacing(14);
    column->addWidget(label(tr("Open an example"), 1.1, true));
    column->addLayout(cards);
    column->addSpacing(14);
    column->addWidget(label(tr("Your own network"), 1.1, true));
    column->addLayout(buttons);
    column->addWidget(drop);
    column->addSpacing(14);
    column->addWidget(label(tr("Recent projects"), 1.1, true));
    column->addLayout(m_recent);
    column->addStretch();
    auto* page = new QWidget(this);
    auto* row = new QHBoxLayout(page);
    row->setContentsMargins(48, 36, 48, 24);
    row->addStretch(1);
    row->addLayout(column, 4);
    row->addStretch(1);
    setWidget(page);
    setRecent({});
}

QWidget* StartPage::exampleCard(const QString& title, const QString& text, const QString& name, const QColor& colour) {
    const QString folder = QDir(m_workspace.resources() + "/../projects").absolutePath();
    const QString project = QStringLiteral("%1/%2/%2.axp").arg(folder, name);
    auto* card = new QToolButton;
    card->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
    card->setIconSize(kCardPicture);
    card->setText(title + '\n' + text);
    card->setAccessibleName(tr("Open example %1").arg(title));
    card->setAccessibleDescription(text);
    card->setToolTip(tr("%1\nThe picture shows measured designs: accuracy over relative power.").arg(QDir::toNativeSeparators(project)));
    card->setMinimumSize(kCardPicture.width() + 28, kCardPicture.height() + 62);
    card->setFocusPolicy(Qt::StrongFocus);
    card->setObjectName("example:" + name);
    connect(card, &QToolButton::clicked, this, [this, project] { emit openRequested(project); });
    m_pictures.push_back({project, m_workspace.resources() + "/fronts/" + name + ".json", title, text, card, kCardPicture, colour, nullptr, {}});
    draw(m_pictures.back());
    return card;
}

QWidget* StartPage::recentRow(const QString& path) {
    const QString folder = QDir::toNativeSeparators(QFileInfo(path).path());
    auto* row = new QWidget;
    row->setObjectName("recent:" + path);
    auto* open = new QToolButton;
    open->setAutoRaise(true);
    open->setIconSize(kRowPicture);
    open->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    open->setText(QFileInfo(path).completeBaseName());
    open->setAccessibleName(tr("Open recent project %1").arg(QFileInfo(path).completeBaseName()));
    open->setToolTip(QDir::toNativeSeparators(path));
    open->setFocusPolicy(Qt::StrongFocus);
    open->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    connect(open, &QToolButton::clicked, this, [this, path] { emit openRequested(path); });
    auto* facts = new QLabel(folder);
    facts->setObjectName("facts");
    facts->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    facts->setMinimumWidth(120);
    auto* remove = new QToolButton;
    remove->setAutoRaise(true);
    remove->setIcon(icon("close"));
    remove->setObjectName("remove");
    remove->setToolTip(tr("Remove from this list; the project itself stays"));
    remove->setAccessibleName(tr("Remove %1 from the recent projects").arg(QFileInfo(path).completeBaseName()));
    remove->setFocusPolicy(Qt::StrongFocus);
    connect(remove, &QToolButton::clicked, this, [this, path] { emit removeRequested(path); }, Qt::QueuedConnection);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(open);
    layout->addWidget(facts, 1);
    layout->addWidget(remove);
    m_pictures.push_back({path, {}, QFileInfo(path).completeBaseName(), folder, open, kRowPicture, kRowColour, facts, {}});
    draw(m_pictures.back());
    return row;
}

void StartPage::draw(const Picture& picture) {
    picture.button->setIcon(QIcon(drawFront(picture.summary, picture.size, devicePixelRatioF(), palette(), picture.colour)));
}

void StartPage::showFront(const QString& project, const FrontSummary& summary, const QString& bundled) {
    for (Picture& picture : m_pictures) {
        if (picture.project != project || picture.bundled != bundled) continue;  // an example may be a recent project, too
        picture.summary = summary;
        draw(picture);
        if (!picture.facts) continue;
        picture.button->setEnabled(summary.projectExists);
        picture.facts->setText(!summary.projectExists     ? tr("%1  (missing)").arg(picture.detail)
                               : summary.evaluations == 0 ? tr("%1   no designs yet").arg(picture.detail)
                               : summary.evaluations == 1 ? tr("%1   1 design measured").arg(picture.detail)
                                                          : tr("%1   %L2 designs measured").arg(picture.detail).arg(summary.evaluations));
        picture.facts->setToolTip(summary.projectExists ? QString() : tr("The project file is gone. Remove the entry, or put the file back."));
    }
}

void StartPage::changeEvent(QEvent* event) {
    QScrollArea::changeEvent(event);
    if (event->type() != QEvent::PaletteChange || !m_recent) return;
    for (const Picture& picture : m_pictures) draw(picture);
}

void StartPage::setRecent(const QStringList& paths) {
    std::erase_if(m_pictures, [](const Picture& picture) { return picture.facts != nullptr; });
    while (QLayoutItem* item = m_recent->takeAt(0)) {
        if (item->widget()) item->widget()->deleteLater();
        delete item;
    }
    for (const QString& path : paths) m_recent->addWidget(recentRow(path));
    if (paths.isEmpty()) m_recent->addWidget(new QLabel(tr("Projects that you open are listed here.")));
    for (const Picture& picture : m_pictures) m_reader.request(picture.project, picture.bundled);
}

}  // namespace axp::ui
