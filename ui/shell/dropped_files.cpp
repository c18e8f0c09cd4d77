// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/dropped_files.h"

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>

#include <algorithm>

#include "core/acu/import/import.h"
#include "core/data/data_source.h"

namespace axp::ui {
namespace {

constexpr int kMostEntries = 20'000;  // of a folder that is searched for tables
constexpr int kMostRead = 20;         // of these, whose content is looked at

class Planner {
    Q_DECLARE_TR_FUNCTIONS(DroppedFiles)
public:
    DropPlan plan;

    void take(const QString& path) {
        const QFileInfo file(path);
        if (!file.exists()) return refuse(path, tr("there is no such file"));
        if (!file.isReadable()) return refuse(path, tr("it cannot be read; look at its permissions"));
        if (file.isDir()) return takeFolder(path);
        if (!file.isFile()) return refuse(path, tr("it is not a file"));
        if (file.size() == 0) return refuse(path, tr("it is empty (0 bytes)"));
        takeFile(path, file.suffix().toLower());
    }

private:
    void refuse(const QString& path, const QString& why) {
        plan.problems << tr("%1: %2.").arg(QDir::toNativeSeparators(path), why);
    }

    /// Files and folders of samples.
    bool takeData(const QString& path) {
        if (!recognisedSource(path.toStdString())) return false;
        if (!plan.data.isEmpty()) refuse(path, tr("a project has one data set, and %1 comes first").arg(QFileInfo(plan.data).fileName()));
        else plan.data = path;
        return true;
    }

    void takeFile(const QString& path, const QString& ending) {
        QFile file(path);
        const QByteArray head = file.open(QIODevice::ReadOnly) ? file.read(64) : QByteArray();
        if (ending == "axp") {
            if (!head.trimmed().startsWith('{')) return refuse(path, tr("it ends in .axp and is not a project file"));
            if (!plan.project.isEmpty()) return refuse(path, tr("one project is opened at a time, and %1 comes first").arg(QFileInfo(plan.project).fileName()));
            plan.project = path;
        } else if (ending == "onnx" || ending == "pt" || ending == "pth" || ending == "ts") {
            if (ending != "onnx" && !head.startsWith("PK")) return refuse(path, tr("it is not TorchScript; save the network with torch.jit.save"));
            if (!plan.model.isEmpty()) return refuse(path, tr("a project has one network, and %1 comes first").arg(QFileInfo(plan.model).fileName()));
            plan.model = path;
        } else if (ending == "npy") {
            if (!head.startsWith("\x93NUMPY")) return refuse(path, tr("it ends in .npy and is not a NumPy file"));
            if (!takeData(path)) plan.libraries << path;
        } else if (ending == "json" && isAcuLibraryFolder(QFileInfo(path).path().toStdString()) && QFileInfo(path).fileName() == "acu.json") {
            plan.libraries << QFileInfo(path).path();
        } else if (ending == "json") {
            if (!head.trimmed().startsWith('{')) return refuse(path, tr("it ends in .json and is no assignment, which is written {\"SITE\": \"ACU\", ...}"));
            if (!plan.assignment.isEmpty()) return refuse(path, tr("one assignment is loaded at a time, and %1 comes first").arg(QFileInfo(plan.assignment).fileName()));
            plan.assignment = path;
        } else if (ending == "db") {
            refuse(path, tr("a database is opened with its project; drop the .axp file beside it"));
        } else if (ending == "h5" || ending == "keras" || ending == "tflite" || ending == "pb") {
            refuse(path, tr("networks are read as ONNX or TorchScript; export it first"));
        } else if (acuImporterFor(path.toStdString())) {
            if (recognisedSource(path.toStdString()))
                return refuse(path, tr("it may be a multiplier table as well as data; choose it in Import multipliers or in New project"));
            plan.imports << path;
        } else if (!takeData(path)) {
            refuse(path, tr("it is neither a project (.axp), a network (.onnx, .pt), a multiplier (.npy, .c, .v or a table of another tool), an assignment (.json) nor data"));
        }
    }

    void takeFolder(const QString& path) {
        const QStringList projects = QDir(path).entryList({"*.axp"}, QDir::Files);
        if (projects.size() > 1) return refuse(path, tr("it holds %n projects; drop one of them", nullptr, static_cast<int>(projects.size())));
        if (projects.size() == 1) return take(QDir(path).filePath(projects.first()));
        if (isAcuLibraryFolder(path.toStdString())) {
            plan.libraries << path;
            return;
        }
        // Circuits first: the folders of a library have pictures beside them and would pass for a data set.
        bool circuits = false, tables = false;
        QStringList others;
        QDirIterator entries(path, QDir::Files, QDirIterator::Subdirectories);
        for (int i = 0; i < kMostEntries && entries.hasNext() && !circuits; ++i) {
            const QString file = entries.next(), suffix = QFileInfo(file).suffix().toLower();
            circuits = suffix == "c" || suffix == "v";
            tables = tables || suffix == "npy";
            if (others.size() < kMostRead && QStringList{"h", "txt", "csv", "bin", "lut"}.contains(suffix)) others << file;
        }
        if (!circuits && takeData(path)) return;
        const auto isMultiplier = [](const QString& file) { return acuImporterFor(file.toStdString()) != nullptr; };
        if (circuits || std::any_of(others.begin(), others.end(), isMultiplier)) plan.imports << path;
        else if (tables) plan.libraries << path;
        else refuse(path, tr("this folder holds neither a project (.axp), multipliers (.npy, .c, .v or tables of other tools) nor data"));
    }
};

}  // namespace

DropPlan planDrop(const QStringList& paths) {
    Planner planner;
    for (const QString& path : paths) planner.take(path);
    return planner.plan;
}

}  // namespace axp::ui
