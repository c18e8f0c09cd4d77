// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QByteArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QString>
#include <QStringList>

namespace axp::testing {

/// What one run of axplorer-cli gave.
struct Outcome {
    int code = -1;  ///< exit code; -1 when it was killed or did not end in time
    QByteArray out, err;
    QJsonDocument json() const { return QJsonDocument::fromJson(out); }
    QJsonObject object() const { return json().object(); }
    QJsonObject error() const { return object()["error"].toObject(); }
};

QString cliPath();
/// Runs the program to its end. `environment` entries are "NAME=value".
Outcome run(const QStringList& arguments, const QString& workingFolder = {}, const QStringList& environment = {}, int timeoutMs = 60000);
/// Starts it and returns at once.
void start(QProcess& process, const QStringList& arguments, const QString& workingFolder = {});

/// "" when `document` fits resources/schemas/NAME.json, else what is wrong. `*skip` is set when Python or jsonschema is missing.
QString schemaProblem(const QString& schema, const QByteArray& document, QString* skip);

/// Writes a small network for 28 x 28 images (a strided convolution, `layers` 1x1 convolutions and a linear layer, seeded weights) as
/// ONNX. Returns an error text or "".
QString writeTinyModel(const QString& path, int layers, unsigned seed = 1);
/// tiny.onnx and tiny.axp with the thesis's circuits as candidates; returns an error text or "".
QString makeTinyProject(const QString& folder, int layers = 6, const QStringList& extraOptions = {});

bool writeFile(const QString& path, const QByteArray& content);
QByteArray readAll(const QString& path);

}  // namespace axp::testing

/// Checks the exit code and shows what the program said when it is another.
#define EXPECT_CODE(outcome, expected)                                                                          \
    QVERIFY2((outcome).code == (expected), qPrintable(QString("exit code %1\nstdout: %2\nstderr: %3")             \
                                                          .arg((outcome).code)                                  \
                                                          .arg(QString::fromUtf8((outcome).out.left(2000)))      \
                                                          .arg(QString::fromUtf8((outcome).err.left(2000)))))

/// Validates standard output against a committed schema.
#define EXPECT_SCHEMA(name, outcome)                                             \
    do {                                                                         \
        QString skipReason;                                                      \
        const QString problem = schemaProblem(name, (outcome).out, &skipReason); \
        if (!skipReason.isEmpty()) QSKIP(qPrintable(skipReason));                \
        QVERIFY2(problem.isEmpty(), qPrintable(problem));                        \
    } while (false)
