// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/prefetch.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <thread>

namespace axp {

namespace {

class ReadAheadSplit final : public DataSplit {
public:
    ReadAheadSplit(std::shared_ptr<const DataSplit> inner, const ReadAheadLimits& limits) : m_inner(std::move(inner)), m_limits(limits) {
        const auto cores = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 8U));
        m_threadCount = limits.threads > 0 ? limits.threads : cores;
        const auto sampleBytes = std::max<std::size_t>(1, static_cast<std::size_t>(elementCount(m_inner->sampleShape())) * dtypeSize(m_inner->sampleType()));
        const auto fit = static_cast<std::int64_t>(m_limits.bytes / sampleBytes) / m_limits.piece;
        m_limits.pieces = std::clamp<std::int64_t>(fit, 2, std::max<std::int64_t>(2, m_limits.pieces));
    }
    ~ReadAheadSplit() override {
        {
            const std::lock_guard lock(m_mutex);
            m_stop.cancel();
            m_ending = true;
            m_wanted.clear();
        }
        m_changed.notify_all();
        for (auto& thread : m_threads) thread.join();
    }

    std::int64_t size() const override { return m_inner->size(); }
    Shape sampleShape() const override { return m_inner->sampleShape(); }
    DType sampleType() const override { return m_inner->sampleType(); }
    Result<std::vector<std::int32_t>> labels(std::int64_t offset, std::int64_t count) const override { return m_inner->labels(offset, count); }
    Result<Tensor> targets(std::int64_t offset, std::int64_t count) const override { return m_inner->targets(offset, count); }
    Result<Tensor> pictures(std::int64_t offset, std::int64_t count) const override { return m_inner->pictures(offset, count); }
    std::string sampleName(std::int64_t index) const override { return m_inner->sampleName(index); }

    Result<Tensor> samples(std::int64_t offset, std::int64_t count) const override { return samplesUntil(offset, count, {}); }
    Result<Tensor> samplesUntil(std::int64_t offset, std::int64_t count, const CancelToken& cancel) const override {
        // What lies outside, and nothing at all, the split itself answers.
        if (offset < 0 || count < 1 || offset > size() || count > size() - offset) return m_inner->samplesUntil(offset, count, cancel);
        try {
            const std::size_t one = static_cast<std::size_t>(elementCount(sampleShape())) * dtypeSize(sampleType());
            std::vector<std::byte> bytes(one * static_cast<std::size_t>(count));
            const std::int64_t first = offset / m_limits.piece, last = (offset + count - 1) / m_limits.piece;
            for (std::int64_t piece = first; piece <= last; ++piece) {
                AXP_TRY(const Tensor part, take(piece, cancel));
                const std::int64_t begin = piece * m_limits.piece, end = begin + part.shape()[0];
                const std::int64_t from = std::max(begin, offset), to = std::min(end, offset + count);
                std::memcpy(bytes.data() + one * static_cast<std::size_t>(from - offset), part.data() + one * static_cast<std::size_t>(from - begin),
                            one * static_cast<std::size_t>(to - from));
            }
            Shape shape = sampleShape();
            shape.insert(shape.begin(), count);
            return Tensor(sampleType(), shape, std::move(bytes));
        } catch (const std::bad_alloc&) {
            return failure("not enough memory for " + std::to_string(count) + " samples");
        }
    }

private:
    struct Piece {
        std::optional<Result<Tensor>> made;  ///< none while it waits or is read
        std::uint64_t used = 0;  ///< when it was last asked for
    };

    std::int64_t pieceCount() const { return (size() + m_limits.piece - 1) / m_limits.piece; }

    /// Waits for a piece, having asked for the next ones too.
    Result<Tensor> take(std::int64_t index, const CancelToken& cancel) const {
        std::unique_lock lock(m_mutex);
        startThreads();
        m_window = m_clock;
        const std::int64_t ahead = std::min(pieceCount() - 1, index + m_limits.pieces / 2);
        request(index, true);
        for (std::int64_t next = index + 1; next <= ahead; ++next) request(next, false);
        m_changed.notify_all();
        for (;;) {
            if (cancel.cancelled()) return axp::cancelled();
            const auto found = m_pieces.find(index);
            if (found == m_pieces.end()) {  // given up to make room for somebody else
                request(index, true);
                m_changed.notify_all();
            } else if (found->second.made) {
                Result<Tensor> made = *found->second.made;
                if (!made.ok()) m_pieces.erase(found);  // an error is not kept: the file may be mended
                return made;
            }
            m_changed.wait_for(lock, std::chrono::milliseconds(10));
        }
    }

    /// Puts a piece on the list of what is to be read, unless it is there; makes room by dropping what was asked for longest ago, but
    /// nothing of what take() is asking for now.
    void request(std::int64_t index, bool must) const {
        if (const auto found = m_pieces.find(index); found != m_pieces.end()) {
            found->second.used = ++m_clock;
            const auto waiting = std::find(m_wanted.begin(), m_wanted.end(), index);
            if (must && waiting != m_wanted.end()) {
                m_wanted.erase(waiting);
                m_wanted.push_front(index);
            }
            return;
        }
        while (static_cast<std::int64_t>(m_pieces.size()) >= m_limits.pieces) {
            auto oldest = m_pieces.end();
            for (auto at = m_pieces.begin(); at != m_pieces.end(); ++at)
                if (at->second.made && (must || at->second.used <= m_window) &&
                    (oldest == m_pieces.end() || at->second.used < oldest->second.used))
                    oldest = at;
            if (oldest == m_pieces.end()) {
                if (!must) return;
                break;
            }
            m_pieces.erase(oldest);
        }
        m_pieces[index].used = ++m_clock;
        if (must) m_wanted.push_front(index);
        else m_wanted.push_back(index);
    }

    void startThreads() const {
        while (static_cast<int>(m_threads.size()) < m_threadCount) m_threads.emplace_back([this] { work(); });
    }
    void work() const {
        std::unique_lock lock(m_mutex);
        for (;;) {
            m_changed.wait(lock, [this] { return m_ending || !m_wanted.empty(); });
            if (m_ending) return;
            const std::int64_t index = m_wanted.front();
            m_wanted.pop_front();
            lock.unlock();
            const std::int64_t first = index * m_limits.piece;
            Result<Tensor> made = m_inner->samplesUntil(first, std::min(m_limits.piece, size() - first), m_stop);
            lock.lock();
            if (const auto found = m_pieces.find(index); found != m_pieces.end()) found->second.made = std::move(made);
            m_changed.notify_all();
        }
    }

    std::shared_ptr<const DataSplit> m_inner;
    ReadAheadLimits m_limits;
    int m_threadCount = 1;
    CancelToken m_stop;
    mutable std::mutex m_mutex;
    mutable std::condition_variable m_changed;
    mutable std::map<std::int64_t, Piece> m_pieces;
    mutable std::deque<std::int64_t> m_wanted;  ///< pieces to read, the most urgent first
    mutable std::uint64_t m_clock = 0, m_window = 0;  ///< m_window: before the requests of the take() that asks now
    mutable std::vector<std::thread> m_threads;
    bool m_ending = false;
};

}  // namespace

std::shared_ptr<const DataSplit> readAhead(std::shared_ptr<const DataSplit> inner, const ReadAheadLimits& limits) {
    return std::make_shared<ReadAheadSplit>(std::move(inner), limits);
}

}  // namespace axp
