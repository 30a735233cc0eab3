#include "engine/sampler.h"

#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "os/blocked_signals.h"
#include "os/scheduling.h"

namespace vnetperf::engine {
namespace {

/// Pinning and faulting in buffers takes milliseconds; a machine that needs longer than this cannot be
/// measured.
constexpr os::Nanoseconds kReadyTime = 30 * os::kNanosecondsPerSecond;
/// Every call of a worker returns after kSocketTimeout and a drain after four seconds: this is for a disk
/// that hangs under -F.
constexpr os::Nanoseconds kFinishTime = 6 * os::kNanosecondsPerSecond;
/// A worker notices the end of the omit period at its next block, or when its socket call times out.
constexpr os::Nanoseconds kOmitNoticeTime = 3 * kSocketTimeout;

/// The limit that binds, where both are given: the smaller.
EndReason LimitReason(const RunSpecification& run) {
  const std::uint64_t length = run.streams.empty() ? 1 : run.streams.front().length_bytes;
  const bool blocks =
      run.limit_blocks != 0 && (run.limit_bytes == 0 || run.limit_blocks < run.limit_bytes / length);
  return blocks ? EndReason::kBlocks : EndReason::kBytes;
}

}  // namespace

Sampler::Sampler(const RunSpecification& specification, RunControl& control, const Workers& workers,
                 RunObserver& observer)
    : plan_{.omit = specification.omit,
            .duration = specification.duration,
            .interval = specification.interval,
            .ends_on_time = specification.ends_on_time,
            .limited = specification.limit_bytes != 0 || specification.limit_blocks != 0,
            .limit_reason = LimitReason(specification)},
      control_(control),
      workers_(workers),
      observer_(observer),
      reader_(workers, control, specification.watched_processes),
      reported_(workers.size(), false) {
  const os::BlockedSignals blocked;
  thread_ = std::thread([this] { Main(); });
}

void Sampler::Main() {
  prctl(PR_SET_NAME, "vnetperf-clock");
  prctl(PR_SET_TIMERSLACK, 1);
  // Where both cores are full of traffic the scheduler lets this thread wait for tens of milliseconds. It
  // works for less than one in a second, so it may go first where that is allowed; where it is not, ticks may
  // be late.
  os::RunBeforeOthers();

  if (!WorkersGetReady()) {
    control_.AbandonGate();
    return;
  }
  // Before the owner knows: as soon as it tells the peer, datagrams come, and may be dropped.
  reader_.TakeBaselines();
  observer_.OnReady();
  if (!OwnerOpens()) return;
  control_.start = os::MonotonicNow();
  observer_.OnSnapshot(reader_.Read(SnapshotKind::kStart, control_.start));
  control_.OpenGate(os::MonotonicNow());
  last_shown_ = control_.start;
  Timeline timeline(control_.start, plan_.omit, plan_.duration, plan_.interval, plan_.ends_on_time);
  Conduct(timeline);
}

template <typename Condition>
bool Sampler::WaitFor(Condition condition, os::Nanoseconds deadline) const {
  while (true) {
    const std::uint32_t seen = control_.news.load();
    if (condition()) return true;
    if (os::MonotonicNow() >= deadline) return false;
    control_.news.WaitUntil(seen, deadline);
  }
}

bool Sampler::WorkersGetReady() {
  const auto prepared = [&] {
    return control_.closed.load() || std::none_of(workers_.begin(), workers_.end(), [](const auto& worker) {
             return worker->state() == Worker::State::kPreparing;
           });
  };
  (void)WaitFor(prepared, os::MonotonicNow() + kReadyTime);
  if (control_.closed.load()) return false;

  bool ready = true;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    const Worker::State state = workers_[i]->state();
    if (state == Worker::State::kReady) continue;
    ready = false;
    observer_.OnWorkerFailed(i, state == Worker::State::kFailed
                                    ? workers_[i]->failure().value_or(Failure{})
                                    : Failure{.error = ETIMEDOUT, .syscall = "mmap"});
  }
  return ready;
}

bool Sampler::OwnerOpens() {
  (void)WaitFor(
      [&] {
        return control_.closed.load() || control_.open_requested.load() ||
               control_.stop_requested_at.load() != 0;
      },
      os::kNever);
  if (control_.closed.load()) return false;
  // Opened and stopped already: a short test of the peer's, whose bytes wait in the sockets.
  if (control_.open_requested.load()) return true;

  // Stopped before it began: an end all the same, at time 0.
  control_.start = os::MonotonicNow();
  control_.AbandonGate();
  StopWorkers(StopOrder::kFinish);
  Snapshot snapshot = reader_.Read(SnapshotKind::kEnd, control_.start);
  snapshot.reason = EndReason::kStopped;
  observer_.OnSnapshot(std::move(snapshot));
  return false;
}

void Sampler::Conduct(Timeline& timeline) {
  os::Nanoseconds senders_end = plan_.ends_on_time ? os::kNever : timeline.planned_end();
  while (!control_.closed.load()) {
    // Loaded before everything is looked at: what happens meanwhile wakes at once.
    const std::uint32_t seen = control_.news.load();
    ReportEndedStreams();
    if (const auto reason = EndingEvent()) return Finish(*reason, os::MonotonicNow(), timeline);

    const os::Nanoseconds now = os::MonotonicNow();
    if (held_ && now >= held_until_) Show(*std::exchange(held_, std::nullopt));
    if (now >= senders_end) {
      control_.time_over.store(true, std::memory_order_relaxed);
      senders_end = os::kNever;
    }
    switch (timeline.Take(now)) {
      case Timeline::Due::kTick:
        Show(reader_.Read(SnapshotKind::kTick, now));
        break;
      case Timeline::Due::kHeldTick:
        held_ = reader_.Read(SnapshotKind::kTick, now);
        held_until_ = now + timeline.hold();
        break;
      case Timeline::Due::kOmitEnd:
        OmitPeriodEnds(now);
        break;
      case Timeline::Due::kEnd:
        return Finish(EndReason::kTime, now, timeline);
      case Timeline::Due::kNothing:
        control_.news.WaitUntil(seen,
                                std::min({timeline.next(), senders_end, held_ ? held_until_ : os::kNever}));
        break;
    }
  }
}

void Sampler::OmitPeriodEnds(os::Nanoseconds now) {
  control_.measuring.store(true, std::memory_order_relaxed);
  Snapshot snapshot = reader_.Read(SnapshotKind::kOmitEnd, now);
  if (plan_.limited) {
    // The limit counts from here, to the byte: the blocks that are under way belong to the omit period.
    const auto noticed = [&] {
      return control_.closed.load() || std::all_of(workers_.begin(), workers_.end(), [](const auto& worker) {
               return worker->stream().omitted() || worker->state() == Worker::State::kFinished;
             });
    };
    (void)WaitFor(noticed, now + kOmitNoticeTime);
    reader_.ApplyOmitted(snapshot);
  }
  Show(std::move(snapshot));
}

void Sampler::ReportEndedStreams() {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (reported_[i] || workers_[i]->state() != Worker::State::kFinished) continue;
    reported_[i] = true;
    if (const auto& failure = workers_[i]->failure()) observer_.OnStreamEnded(i, *failure);
  }
}

void Sampler::Show(Snapshot snapshot) {
  last_shown_ = control_.start + snapshot.time;
  observer_.OnSnapshot(std::move(snapshot));
}

std::optional<EndReason> Sampler::EndingEvent() const {
  if (control_.limit_reached_at.load(std::memory_order_relaxed) != 0) return plan_.limit_reason;
  // Whose end somebody else decides goes on without a file to send.
  if (control_.file_ended.load(std::memory_order_relaxed) && ends_itself()) return EndReason::kFile;
  if (std::all_of(reported_.begin(), reported_.end(), [](bool reported) { return reported; })) {
    return EndReason::kStreamsEnded;
  }
  if (control_.stop_requested_at.load() != 0) return EndReason::kStopped;
  return std::nullopt;
}

void Sampler::StopWorkers(StopOrder order) {
  control_.Stop(order);
  const auto finished = [&] {
    return std::all_of(workers_.begin(), workers_.end(),
                       [](const auto& worker) { return worker->state() == Worker::State::kFinished; });
  };
  (void)WaitFor(finished, os::MonotonicNow() + kFinishTime);
}

void Sampler::Finish(EndReason reason, os::Nanoseconds now, const Timeline& timeline) {
  // Who is told to stop may still have the peer's last bytes in the socket: they were sent in time and belong
  // to the test. Who decides the end does not count what comes after it, as iperf3 does not.
  StopWorkers(reason == EndReason::kStopped ? StopOrder::kDrain : StopOrder::kFinish);
  if (control_.closed.load()) return;
  Snapshot snapshot = reader_.Read(SnapshotKind::kEnd, EndMoment(reason, now, timeline));
  snapshot.reason = reason;
  Show(std::move(snapshot));
}

os::Nanoseconds Sampler::EndMoment(EndReason reason, os::Nanoseconds now, const Timeline& timeline) const {
  os::Nanoseconds last_byte = 0;
  for (const auto& worker : workers_)
    last_byte = std::max(last_byte, worker->stream().counters.last_byte(now));
  const bool moved = last_byte > timeline.omit_end();

  os::Nanoseconds moment = now;
  switch (reason) {
    case EndReason::kTime:
      break;
    case EndReason::kBytes:
    case EndReason::kBlocks:
      moment = control_.limit_reached_at.load(std::memory_order_relaxed);
      break;
    case EndReason::kFile:
    case EndReason::kStreamsEnded:
      if (moved) moment = last_byte;
      break;
    case EndReason::kStopped:
      moment = control_.stop_requested_at.load();
      if (ends_itself()) break;
      // The peer decided the end, and the word of it took its time: the test lasted as long as was agreed.
      if (plan_.limited) {
        if (moved) moment = last_byte;
      } else if (timeline.planned_end() != os::kNever) {
        moment = std::max(last_byte, std::min(moment, timeline.planned_end()));
      }
      break;
  }
  return std::max(moment, last_shown_);
}

}  // namespace vnetperf::engine
