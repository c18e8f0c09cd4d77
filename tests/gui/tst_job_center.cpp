// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "tests/support/stopwatch.h"
#include "ui/bridge/job_center.h"

using namespace axp;
using namespace axp::ui;
using namespace std::chrono_literals;

namespace {

using Lane = JobCenter::Lane;
using Priority = JobCenter::Priority;

/// Counts who works in the lane: never more than one may.
struct Probe {
    std::atomic<int> inside{0}, most{0}, steps{0};
    void step() {
        const int now = ++inside;
        if (now > most) most = now;
        std::this_thread::sleep_for(1ms);
        --inside;
        ++steps;
    }
};

/// Works in steps with pause points until it is cancelled; also after a cancel it works for a moment, as a search that records its end.
JobCenter::Work longWork(Probe& probe) {
    return [&probe](const JobContext& job) -> Result<void> {
        while (!job.cancelled()) {
            probe.step();
            job.pausePoint();
        }
        probe.step();
        return cancelled();
    };
}

JobCenter::Work shortWork(Probe& probe, int steps) {
    return [&probe, steps](const JobContext& job) -> Result<void> {
        for (int i = 0; i < steps && !job.cancelled(); ++i) probe.step();
        return job.cancelled() ? Result<void>(cancelled()) : Result<void>();
    };
}

}  // namespace

class TestJobCenter : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<JobCenter> m_center;
    std::unique_ptr<Probe> m_probe;

    JobView view(quint64 id) { return m_center->job(id); }
    quint64 startLong() { return m_center->submit("long", {}, Lane::Engine, longWork(*m_probe), {}, Priority::Long); }
    quint64 startShort(int steps = 5) {
        return m_center->submit("short", {}, Lane::Engine, shortWork(*m_probe, steps), {}, Priority::Short);
    }

private slots:
    void init() {
        m_probe = std::make_unique<Probe>();
        m_center = std::make_unique<JobCenter>();
    }
    void cleanup() {
        m_center.reset();  // before what its threads use
        QVERIFY2(m_probe->most <= 1, "two jobs of one lane worked at the same time");
    }

    void aShortJobRunsBetweenTheStepsOfALongOne() {
        const quint64 search = startLong();
        QTRY_VERIFY(m_probe->steps > 3);
        const quint64 evaluation = startShort();
        QTRY_COMPARE(view(evaluation).state, JobState::Finished);
        const int before = m_probe->steps;
        QTRY_VERIFY(m_probe->steps > before + 3);  // the long one goes on by itself
        QCOMPARE(view(search).state, JobState::Running);
        QCOMPARE(view(search).hold, JobView::Hold::None);
    }

    void aNormalJobWaitsForTheLongOne() {
        const quint64 search = startLong();
        const quint64 calibration = m_center->submit("calibrate", {}, Lane::Engine, shortWork(*m_probe, 1));
        const quint64 evaluation = startShort();
        QTRY_COMPARE(view(evaluation).state, JobState::Finished);
        QCOMPARE(view(calibration).state, JobState::Queued);
        m_center->cancel(search);
        QTRY_COMPARE(view(calibration).state, JobState::Finished);
    }

    void pausesAndResumesARunningJob() {
        const quint64 search = startLong();
        QTRY_VERIFY(m_probe->steps > 3);
        QVERIFY(view(search).pausable);
        m_center->pause(search);
        QTRY_COMPARE(view(search).hold, JobView::Hold::Paused);
        const int before = m_probe->steps;
        QTest::qWait(50);
        QCOMPARE(int(m_probe->steps), before);
        // Others use the lane meanwhile, also those that would have waited for it.
        const quint64 calibration = m_center->submit("calibrate", {}, Lane::Engine, shortWork(*m_probe, 400));
        QTRY_COMPARE(view(calibration).state, JobState::Running);
        m_center->resume(search);  // waits its turn
        QCOMPARE(view(search).hold, JobView::Hold::Waiting);
        QTRY_COMPARE(view(calibration).state, JobState::Finished);
        QTRY_VERIFY(m_probe->steps > before + 403);
        QCOMPARE(view(search).hold, JobView::Hold::None);
    }

    void aPausedQueuedJobStaysQueued() {
        const quint64 first = m_center->submit("first", {}, Lane::Engine, shortWork(*m_probe, 40));
        const quint64 second = m_center->submit("second", {}, Lane::Engine, shortWork(*m_probe, 1));
        const quint64 third = m_center->submit("third", {}, Lane::Engine, shortWork(*m_probe, 1));
        QVERIFY(!view(first).pausable);  // no pause points
        m_center->pause(second);
        QTRY_COMPARE(view(third).state, JobState::Finished);
        QCOMPARE(view(second).state, JobState::Queued);
        QCOMPARE(view(second).hold, JobView::Hold::Paused);
        m_center->resume(second);
        QTRY_COMPARE(view(second).state, JobState::Finished);
    }

    void aWaitingJobIsCancelledWithoutWorkingBesideAnother() {
        const quint64 search = startLong();
        QTRY_VERIFY(m_probe->steps > 3);
        const quint64 evaluation = startShort(60);
        QTRY_COMPARE(view(search).hold, JobView::Hold::Waiting);
        m_center->cancel(search);
        QTRY_COMPARE(view(search).state, JobState::Cancelled);
        QCOMPARE(view(evaluation).state, JobState::Finished);
    }

    void cancelsAPausedJobAtOnce() {
        const quint64 search = startLong();
        QTRY_VERIFY(m_probe->steps > 3);
        m_center->pause(search);
        QTRY_COMPARE(view(search).hold, JobView::Hold::Paused);
        const test::Stopwatch stopwatch;
        m_center->cancel(search);
        AXP_VERIFY_CANCELLED_SOON(stopwatch, view(search).state == JobState::Cancelled);
    }

    void aShortJobThatIsCancelledInTimeInterruptsNobody() {
        const quint64 search = startLong();
        m_center->setPaused(true);  // nothing queued may start
        const quint64 evaluation = startShort();
        QTest::qWait(30);
        QCOMPARE(view(evaluation).state, JobState::Queued);
        QCOMPARE(view(search).hold, JobView::Hold::None);
        m_center->cancel(evaluation);
        m_center->setPaused(false);
        const int before = m_probe->steps;
        QTRY_VERIFY(m_probe->steps > before + 3);
    }

    void endsWithAJobPausedAndAnotherAtWork() {
        const quint64 search = startLong();
        m_center->pause(search);
        QTRY_COMPARE(view(search).hold, JobView::Hold::Paused);
        const quint64 other = startLong();
        QTRY_COMPARE(view(other).state, JobState::Running);
    }  // cleanup() destroys the centre

    void retriesWithItsCallback() {
        int done = 0;
        const quint64 first =
            m_center->submit("once more", {}, Lane::Background, shortWork(*m_probe, 1), [&](const Result<void>&) { ++done; });
        QTRY_COMPARE(done, 1);
        QVERIFY(m_center->retry(first) != 0);
        QTRY_COMPARE(done, 2);
    }

    void readingsAreForgottenWhenTheyWentWell() {
        bool told = false;
        const quint64 well = m_center->read("well", [](const JobContext&) { return Result<void>(); }, [&told](const Result<void>& r) { told = r.ok(); });
        QCOMPARE(view(well).title, QString("well"));
        QTRY_COMPARE(view(well).id, quint64(0));
        QVERIFY(told);
        const quint64 badly = m_center->read("badly", [](const JobContext&) { return Result<void>(failure("no file")); }, {});
        QTRY_COMPARE(view(badly).state, JobState::Failed);
        QTest::qWait(20);
        QCOMPARE(view(badly).id, badly);
    }
};

QTEST_MAIN(TestJobCenter)
#include "tst_job_center.moc"
