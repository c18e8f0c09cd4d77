// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/start_page.h"

#include <QCommandLinkButton>
#include <QDir>
#include <QFileInfo>
#include <QFont>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/bridge/workspace.h"

namespace axp::ui {
namespace {

/// A decoration that looks like a front; it shows no measured design.
QPixmap thumbnail(const QColor& colour, qreal ratio) {
    QPixmap picture(QSize(200, 84) * ratio);
    picture.setDevicePixelRatio(ratio);
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor pale = colour;
    pale.setAlpha(70);
    painter.setPen(Qt::NoPen);
    for (int i = 0; i < 60; ++i) {
        const double x = (i * 37 % 60) / 60.0, spread = (i * 53 % 29) / 29.0;
        painter.setBrush(pale);
        painter.drawEllipse(QPointF(14 + 172 * x, 14 + 60 * (1 - x) * (1 - x) * 0.8 + 22 * spread), 2.6, 2.6);
    }
    QPainterPath line;
    for (int i = 0; i <= 8; ++i) {
        const double x = i / 8.0, y = 12 + 52 * (1 - x) * (1 - x);
        if (i == 0) line.moveTo(14, y);
        else line.lineTo(14 + 172 * x, line.currentPosition().y()), line.lineTo(14 + 172 * x, y);
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colour, 2));
    painter.drawPath(line);
    return picture;
}

}  // namespace

StartPage::StartPage(Workspace& workspace, QWidget* parent) : QWidget(parent) {
    setAccessibleName(tr("Start page"));
    const QString projects = QDir(workspace.resources() + "/../projects").absolutePath();
    auto* title = new QLabel(tr("Axplorer"), this);
    QFont font = title->font();
    font.setPointSizeF(font.pointSizeF() * 2.2);
    font.setBold(true);
    title->setFont(font);
    auto* subtitle = new QLabel(tr("Approximate multipliers in deep networks: see what they save and what they cost."), this);

    auto* cards = new QHBoxLayout;
    cards->setSpacing(16);
    cards->addWidget(exampleCard(tr("Vision transformer"), tr("6 blocks, 4 heads: 74 sites"), projects + "/fashion-vit/fashion-vit.axp", QColor(0x1f, 0x6f, 0xb5)));
    cards->addWidget(exampleCard(tr("Residual network"), tr("17 convolutions with batch norm"), projects + "/fashion-resnet/fashion-resnet.axp", QColor(0x2e, 0x8b, 0x57)));
    cards->addWidget(exampleCard(tr("LeNet-like CNN"), tr("2 convolutions, 3 linear layers"), projects + "/fashion-cnn/fashion-cnn.axp", QColor(0xc0, 0x6c, 0x1e)));
    cards->addStretch();

    auto* create = new QPushButton(tr("New project..."), this);
    auto* open = new QPushButton(tr("Open..."), this);
    connect(create, &QPushButton::clicked, this, &StartPage::newRequested);
    connect(open, &QPushButton::clicked, this, &StartPage::openDialogRequested);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(create);
    buttons->addWidget(open);
    buttons->addStretch();

    auto* drop = new QLabel(tr("Or drop a project (.axp), a network (.onnx, .pt) or multiplier tables (.npy, folders) anywhere on this window."), this);
    drop->setWordWrap(true);
    drop->setEnabled(false);

    const auto heading = [this](const QString& text) {
        auto* label = new QLabel(text, this);
        QFont bold = label->font();
        bold.setBold(true);
        label->setFont(bold);
        return label;
    };
    m_recent = new QVBoxLayout;
    m_recent->setSpacing(2);
    auto* column = new QVBoxLayout;
    column->setSpacing(10);
    column->addWidget(title);
    column->addWidget(subtitle);
    column->addSpacing(14);
    column->addWidget(heading(tr("Open an example")));
    column->addLayout(cards);
    column->addSpacing(14);
    column->addWidget(heading(tr("Your own network")));
    column->addLayout(buttons);
    column->addWidget(drop);
    column->addSpacing(14);
    column->addWidget(heading(tr("Recent projects")));
    column->addLayout(m_recent);
    column->addStretch();
    auto* page = new QHBoxLayout(this);
    page->setContentsMargins(48, 36, 48, 24);
    page->addStretch(1);
    page->addLayout(column, 4);
    page->addStretch(1);
    setRecent({});
}

QWidget* StartPage::exampleCard(const QString& title, const QString& text, const QString& path, const QColor& colour) {
    auto* card = new QToolButton(this);
    card->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
    card->setIcon(QIcon(thumbnail(colour, devicePixelRatioF())));
    card->setIconSize(QSize(200, 84));
    card->setText(title + '\n' + text);
    card->setAccessibleName(tr("Open example %1").arg(title));
    card->setToolTip(QDir::toNativeSeparators(path));
    card->setMinimumSize(232, 150);
    card->setAutoRaise(false);
    card->setObjectName("example:" + QFileInfo(path).baseName());
    connect(card, &QToolButton::clicked, this, [this, path] { emit openRequested(path); });
    return card;
}

void StartPage::setRecent(const QStringList& paths) {
    while (QLayoutItem* item = m_recent->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (const QString& path : paths) {
        auto* link = new QPushButton(QFileInfo(path).completeBaseName() + "   " + QDir::toNativeSeparators(QFileInfo(path).path()), this);
        link->setFlat(true);
        link->setStyleSheet("text-align: left; padding: 3px;");
        link->setCursor(Qt::PointingHandCursor);
        connect(link, &QPushButton::clicked, this, [this, path] { emit openRequested(path); });
        m_recent->addWidget(link);
    }
    if (paths.isEmpty()) {
        auto* none = new QLabel(tr("Projects that you open are listed here."), this);
        none->setEnabled(false);
        m_recent->addWidget(none);
    }
}

}  // namespace axp::ui
