// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/watchdog.h"

using axp::test::Watchdog;

namespace {

double processorMilliseconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

}  // namespace

/// The tool that other tests rely on: it sees what it should and nothing else.
class TestWatchdog : public QObject {
    Q_OBJECT
private slots:
    void seesComputing() {
        Watchdog watchdog;
        QTest::qWait(30);
        QTimer::singleShot(0, [] {
            const double end = processorMilliseconds() + 80;
            while (processorMilliseconds() < end) {}
        });
        QTest::qWait(150);
        QVERIFY2(watchdog.gap() > 65, watchdog.report().c_str());
        QVERIFY2(watchdog.busiest() > 65, watchdog.report().c_str());
    }

    void seesWaiting() {
        Watchdog watchdog;
        QTest::qWait(30);
        QTimer::singleShot(0, [] { std::this_thread::sleep_for(std::chrono::milliseconds(90)); });
        QTest::qWait(150);
        QVERIFY2(watchdog.longest() > 75, watchdog.report().c_str());
        if (!QFile::exists("/proc/self/schedstat")) QSKIP("the kernel does not tell how long a thread waited for a processor");
        QVERIFY2(watchdog.gap() > 65, watchdog.report().c_str());
    }

    void seesWhatIsNotOverYet() {
        Watchdog watchdog;
        QTest::qWait(30);
        std::this_thread::sleep_for(std::chrono::milliseconds(90));
        QVERIFY2(watchdog.longest() > 75, watchdog.report().c_str());
        watchdog.reset();
        QCOMPARE(watchdog.longest(), 0.0);
    }

    void doesNotCountABusyMachine() {
        std::atomic<bool> stop = false;
        std::vector<std::thread> others;
        for (unsigned i = 0; i < 4 * std::max(1u, std::thread::hardware_concurrency()); ++i)
            others.emplace_back([&stop] { while (!stop) {} });
        double gap = 0;
        std::string report;
        int answers = 0;
        {
            Watchdog watchdog;
            QTest::qWait(600);
            gap = watchdog.gap();
            answers = watchdog.answers();
            report = watchdog.report();
        }
        stop = true;
        for (auto& thread : others) thread.join();
        qInfo("%s", report.c_str());
        QVERIFY2(gap < Watchdog::kLimit, report.c_str());
        QVERIFY(answers > 5);
    }
};

QTEST_MAIN(TestWatchdog)
#include "tst_watchdog.moc"
