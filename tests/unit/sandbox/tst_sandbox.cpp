// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <QtTest>
#include <filesystem>
#include <thread>

#include "core/base/files.h"
#include "core/sandbox/file_rules.h"
#include "core/sandbox/sandbox.h"

using namespace axp;

/// Programs of the system under the sandbox, which must not let them do what they try.
class TestSandbox : public QObject {
    Q_OBJECT

    std::optional<SandboxFolder> m_folder;

    SandboxOutcome run(std::vector<std::string> argv, SandboxLimits limits = {}) {
        auto outcome = runSandboxed({std::move(argv), m_folder->path(), {}, limits}, {});
        if (!outcome) qFatal("%s", outcome.error().text().c_str());
        return std::move(*outcome);
    }
    SandboxOutcome shell(const std::string& script, SandboxLimits limits = {}) { return run({"/bin/sh", "-c", script}, limits); }

private slots:
    void init() {
        auto folder = SandboxFolder::make();
        QVERIFY(folder.ok());
        m_folder.emplace(std::move(*folder));
    }
    void cleanup() {
        const std::string path = m_folder->path();
        m_folder.reset();
        QVERIFY(!std::filesystem::exists(path));
    }

    void outputAndExitCodeComeBack() {
        const auto outcome = shell("echo one; echo two >&2; exit 3");
        QCOMPARE(QString::fromStdString(outcome.output), QString("one\n"));
        QCOMPARE(QString::fromStdString(outcome.errors), QString("two\n"));
        QCOMPARE(outcome.exitCode, 3);
        QVERIFY(!outcome.success());
    }
    void theFolderIsTheWorkingFolder() {
        const auto outcome = shell("echo content > made; cat made");
        QVERIFY(outcome.success());
        QCOMPARE(readFile(m_folder->file("made")).value(), std::string("content\n"));
    }
    void theEnvironmentIsClear() {
        qputenv("AXP_SECRET_OF_THE_USER", "1");
        const auto outcome = run({"/usr/bin/env"});
        QVERIFY(outcome.success());
        QVERIFY2(outcome.output.find("SECRET") == std::string::npos, outcome.output.c_str());
        QVERIFY(outcome.output.find("HOME=" + m_folder->path()) != std::string::npos);
    }
    void filesElsewhereCannotBeRead() {
        if (!fileRulesWork()) QSKIP("this kernel has no Landlock");
        QVERIFY(!run({"/bin/cat", "/etc/passwd"}).success());
        QVERIFY(!run({"/bin/cat", "/proc/self/environ"}).success());
        QVERIFY(!shell("read -r x < /dev/zero").success());
        QVERIFY(run({"/bin/cat", "/usr/include/stdint.h"}).success() || !std::filesystem::exists("/usr/include/stdint.h"));
    }
    void bubblewrapDoesTheSame() {
        auto folder = SandboxFolder::make();
        auto other = SandboxFolder::make();
        QVERIFY(folder.ok() && other.ok());
        QVERIFY(other->write("secret", "x").ok());
        SandboxLimits limits;
        limits.cpuSeconds = 1;
        const auto shell = [&](const std::string& script, const JobContext& job = {}) {
            return runSandboxed({{"/bin/sh", "-c", script}, folder->path(), {}, limits, FileGuard::Bubblewrap}, job);
        };
        if (const auto probe = shell("echo works"); !probe || !probe->success()) QSKIP("bubblewrap does not work here");
        const auto made = shell("echo content > made; cat made; exit 3");
        QCOMPARE(QString::fromStdString(made->output), QString("content\n"));
        QCOMPARE(made->exitCode, 3);
        QVERIFY(!shell("cat /etc/passwd")->success());
        QVERIFY(!shell("cat " + other->file("secret"))->success());
        QVERIFY(!shell("echo x > /usr/intruder")->success());
        QVERIFY(!shell("unshare -U true")->success());
        QCOMPARE(shell("while :; do :; done")->signal, SIGXCPU);
        // This process is not seen.
        QVERIFY(!shell("kill -0 " + std::to_string(getpid()))->success());
        JobContext job;
        std::thread canceller([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
            job.cancel.cancel();
        });
        QElapsedTimer timer;
        timer.start();
        const auto outcome = shell("sleep 100", job);
        canceller.join();
        QVERIFY(!outcome.ok() && timer.elapsed() < 5000);
    }
    void nothingElsewhereCanBeWritten() {
        if (!fileRulesWork()) QSKIP("this kernel has no Landlock");
        auto other = SandboxFolder::make();
        QVERIFY(other.ok());
        QVERIFY(!shell("echo x > " + other->file("intruder")).success());
        QVERIFY(!std::filesystem::exists(other->file("intruder")));
    }
    void descriptorsStayBehind() {
        const int file = open(m_folder->file("open").c_str(), O_CREAT | O_RDWR, 0600);  // inherited unless it is closed
        QVERIFY(file >= 3 && file < 10);
        QVERIFY(!shell("echo x >&" + std::to_string(file)).success());
        auto outcome = runSandboxed({{"/bin/sh", "-c", "echo x >&" + std::to_string(file)}, m_folder->path(), {file}, {}}, {});
        close(file);
        QVERIFY(outcome.ok() && outcome->success());
    }
    void endlessProgramsEnd() {
        SandboxLimits limits;
        limits.wallSeconds = 0.3;
        const auto outcome = run({"/bin/sleep", "30"}, limits);
        QVERIFY(outcome.timedOut);
        QVERIFY(outcome.seconds < 5);
        QVERIFY(outcome.text().find("did not end within") != std::string::npos);
    }
    void computingTimeIsLimited() {
        SandboxLimits limits;
        limits.cpuSeconds = 1;
        const auto outcome = shell("while :; do :; done", limits);
        QVERIFY(outcome.signal == SIGXCPU || outcome.signal == SIGKILL);
    }
    void memoryIsLimited() {
        SandboxLimits limits;
        limits.memoryBytes = std::size_t{256} << 20;
        QVERIFY(!run({"/usr/bin/tail", "-c", "1000000000", "/dev/null", "-"}, limits).timedOut);
        const auto outcome = run({"/bin/dd", "if=/dev/null", "of=x", "bs=600M", "count=1"}, limits);
        QVERIFY(!outcome.success());
    }
    void largeFilesAreRefused() {
        SandboxLimits limits;
        limits.fileBytes = 1000;
        QVERIFY(!shell("i=0; while [ $i -lt 200 ]; do echo 0123456789; i=$((i+1)); done > big", limits).success());
        QVERIFY(std::filesystem::file_size(m_folder->file("big")) <= 1000);
    }
    void muchOutputIsCut() {
        SandboxLimits limits;
        limits.outputBytes = 5000;
        limits.wallSeconds = 0.5;
        const auto outcome = run({"/usr/bin/yes"}, limits);
        QCOMPARE(outcome.output.size(), std::size_t{5000});
    }
    void namespacesAndMountsAreRefused() {
        QVERIFY(!run({"/usr/bin/unshare", "-U", "/bin/true"}).success());
        QVERIFY(!run({"/bin/mount", "-t", "tmpfs", "none", m_folder->path()}).success());
    }
    void signalsToOthersAreRefused() {
        // This process would die.
        QVERIFY(!shell("kill -9 " + std::to_string(getpid())).success());
        QVERIFY(!shell("kill -0 " + std::to_string(getpid())).success());
    }
    void cancelEndsTheWholeGroup() {
        JobContext job;
        std::thread canceller([&] {
            // Until the grandchild has told its number.
            for (int i = 0; i < 300 && !readFile(m_folder->file("pid")).ok(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
            job.cancel.cancel();
        });
        QElapsedTimer timer;
        const auto outcome = runSandboxed({{"/bin/sh", "-c", "sleep 100 & echo $! > p; mv p pid; wait"}, m_folder->path(), {}, {}}, job);
        canceller.join();
        QVERIFY(!outcome.ok());
        QVERIFY(outcome.error().kind == ErrorKind::Cancelled);
        const int grandchild = std::stoi(readFile(m_folder->file("pid")).value());
        // Dead, or a zombie that its new parent has not collected yet.
        const auto gone = [&] {
            const auto status = readFile("/proc/" + std::to_string(grandchild) + "/stat");
            return kill(grandchild, 0) != 0 || !status.ok() || status->find(") Z") != std::string::npos;
        };
        QTRY_VERIFY_WITH_TIMEOUT(gone(), 2000);
    }
    void badCommandsAreErrors() {
        QVERIFY(!runSandboxed({{"sh"}, m_folder->path(), {}, {}}, {}).ok());
        QVERIFY(!runSandboxed({{"/no/such/program"}, m_folder->path(), {}, {}}, {}).ok());
        QVERIFY(!runSandboxed({{"/bin/true"}, "/no/such/folder", {}, {}}, {}).ok());
    }
};

QTEST_GUILESS_MAIN(TestSandbox)
#include "tst_sandbox.moc"
