// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "core/data/prefetch.h"

using namespace axp;
using namespace std::chrono_literals;

namespace {

/// Sample i is {i, i + 0.5}; reading waits while the gate is closed, and fails at `broken`.
class SlowSplit : public DataSplit {
public:
    std::int64_t size() const override { return 100; }
    Shape sampleShape() const override { return {2}; }
    Result<Tensor> samples(std::int64_t offset, std::int64_t count) const override { return samplesUntil(offset, count, {}); }
    Result<Tensor> samplesUntil(std::int64_t offset, std::int64_t count, const CancelToken& cancel) const override {
        if (offset < 0 || count < 0 || offset + count > size()) return badInput("outside");
        std::vector<float> values;
        for (std::int64_t i = offset; i < offset + count; ++i) {
            while (closed && !cancel.cancelled()) std::this_thread::sleep_for(1ms);
            if (cancel.cancelled()) return axp::cancelled();
            if (i == broken) return badInput("sample 50 is broken");
            values.insert(values.end(), {static_cast<float>(i), static_cast<float>(i) + 0.5F});
            const std::lock_guard lock(mutex);
            read.insert(i);
            ++reads;
        }
        return Tensor::from({count, 2}, values);
    }
    Result<std::vector<std::int32_t>> labels(std::int64_t, std::int64_t count) const override { return std::vector<std::int32_t>(static_cast<std::size_t>(count), 7); }
    std::size_t readSamples() const {
        const std::lock_guard lock(mutex);
        return read.size();
    }

    mutable std::atomic<bool> closed = false;
    std::int64_t broken = -1;
    mutable std::mutex mutex;
    mutable std::set<std::int64_t> read;
    mutable int reads = 0;
};

std::vector<float> valuesOf(const Tensor& tensor) { return {tensor.as<float>().begin(), tensor.as<float>().end()}; }

}  // namespace

class TstReadAhead : public QObject {
    Q_OBJECT
private slots:
    void givesTheSameBytesInAnyOrder() {
        const auto slow = std::make_shared<SlowSplit>();
        const auto ahead = readAhead(slow, {3, 4, 6, 1 << 20});
        for (const auto& [offset, count] : {std::pair<int, int>{0, 1}, {0, 100}, {97, 3}, {13, 22}, {50, 1}, {3, 5}, {99, 1}, {0, 8}})
            QCOMPARE(valuesOf(ahead->samples(offset, count).value()), valuesOf(slow->samples(offset, count).value()));
        QCOMPARE(ahead->samples(5, 0).value().shape(), (Shape{0, 2}));
        QVERIFY(!ahead->samples(99, 2).ok());
        QVERIFY(!ahead->samples(-1, 2).ok());
        QCOMPARE(ahead->labels(0, 2).value(), (std::vector<std::int32_t>{7, 7}));
    }
    void readsAheadButNotWithoutLimit() {
        const auto slow = std::make_shared<SlowSplit>();
        const auto ahead = readAhead(slow, {2, 5, 4, 1 << 20});
        QVERIFY(ahead->samples(0, 1).ok());
        QTRY_COMPARE(slow->readSamples(), std::size_t(15));  // the piece asked for and half of 4 pieces more
        QTest::qWait(50);
        QCOMPARE(slow->readSamples(), std::size_t(15));
        const int reads = slow->reads;
        QVERIFY(ahead->samples(0, 10).ok());  // ready: only what follows is read
        QTRY_COMPARE(slow->readSamples(), std::size_t(20));
        QCOMPARE(slow->reads - reads, 5);
    }
    void readsAheadAfterAJumpToo() {
        const auto slow = std::make_shared<SlowSplit>();
        const auto ahead = readAhead(slow, {2, 5, 4, 1 << 20});
        for (const int place : {0, 30, 50}) {  // what was read ahead at the places before makes room
            QVERIFY(ahead->samples(place, 1).ok());
            const auto has = [&](std::int64_t sample) {
                const std::lock_guard lock(slow->mutex);
                return slow->read.count(sample) > 0;
            };
            QTRY_VERIFY(has(place + 14));
        }
    }
    void memoryLimitsWhatIsKept() {
        const auto slow = std::make_shared<SlowSplit>();
        const auto ahead = readAhead(slow, {2, 5, 50, 5 * 2 * sizeof(float) * 2});  // two pieces
        QVERIFY(ahead->samples(0, 1).ok());
        QTest::qWait(50);
        QVERIFY(slow->readSamples() <= 10);
        QCOMPARE(valuesOf(ahead->samples(0, 100).value()).size(), std::size_t(200));
    }
    void aCancelEndsTheWaitingAtOnce() {
        const auto slow = std::make_shared<SlowSplit>();
        slow->closed = true;
        const auto ahead = readAhead(slow, {2, 4, 8, 1 << 20});
        CancelToken cancel;
        std::thread waiting([&] {
            std::this_thread::sleep_for(30ms);
            cancel.cancel();
        });
        const auto start = std::chrono::steady_clock::now();
        const auto stopped = ahead->samplesUntil(0, 4, cancel);
        const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        waiting.join();
        QVERIFY(!stopped.ok() && stopped.error().kind == ErrorKind::Cancelled);
        QVERIFY2(seconds < 0.13, qPrintable(QString::number(seconds)));
        slow->closed = false;
        QVERIFY(ahead->samples(0, 4).ok());  // and it can be asked again
    }
    void theEndGivesUpWhatIsBeingRead() {
        const auto slow = std::make_shared<SlowSplit>();
        slow->closed = true;
        auto ahead = readAhead(slow, {2, 4, 8, 1 << 20});
        CancelToken raised;
        std::thread asking([&] {
            std::this_thread::sleep_for(20ms);
            raised.cancel();
        });
        QVERIFY(!ahead->samplesUntil(0, 4, raised).ok());
        asking.join();
        const auto start = std::chrono::steady_clock::now();
        ahead.reset();
        QVERIFY(std::chrono::steady_clock::now() - start < 100ms);
    }
    void errorsReachWhoAsksAndAreNotKept() {
        const auto slow = std::make_shared<SlowSplit>();
        slow->broken = 50;
        const auto ahead = readAhead(slow, {2, 4, 8, 1 << 20});
        QVERIFY(ahead->samples(40, 4).ok());
        const auto broken = ahead->samples(48, 4);
        QVERIFY(!broken.ok());
        QCOMPARE(broken.error().what, std::string("sample 50 is broken"));
        QTest::qWait(20);
        slow->broken = -1;
        QVERIFY(ahead->samples(48, 4).ok());
    }
    void severalThreadsMayAsk() {
        const auto ahead = readAhead(std::make_shared<SlowSplit>(), {3, 4, 6, 1 << 20});
        std::vector<std::thread> threads;
        std::atomic<int> wrong = 0;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                for (int i = t; i < 96; i += 3) {
                    const auto part = ahead->samples(i, 4);
                    if (!part.ok() || (*part).as<float>()[0] != static_cast<float>(i)) ++wrong;
                }
            });
        for (auto& thread : threads) thread.join();
        QCOMPARE(wrong.load(), 0);
    }
};

QTEST_GUILESS_MAIN(TstReadAhead)
#include "tst_read_ahead.moc"
