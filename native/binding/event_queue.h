#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <variant>

#include "engine/snapshot.h"

namespace vnetperf::binding {

struct Ready {};

struct StreamEnded {
  std::size_t stream;
  engine::Failure failure;
};

struct WorkerFailed {
  std::size_t stream;
  engine::Failure failure;
};

struct QueuedSnapshot {
  engine::Snapshot snapshot;
  /// Ticks that were left out until this one.
  std::uint64_t merged_ticks;
};

using RunEvent = std::variant<QueuedSnapshot, Ready, StreamEnded, WorkerFailed>;

/// From the sampler's thread to JavaScript's. JavaScript may be busy for as long as it likes: beyond
/// kMostTicks ticks are left out and counted. Counters are cumulative, so the next tick that fits holds what
/// the missing ones would have said. Everything else is few and is never left out.
class EventQueue {
 public:
  /// Half a minute at the shortest interval that the command line allows.
  static constexpr std::size_t kMostTicks = 300;

  /// False when the event was left out.
  bool Push(engine::Snapshot snapshot) {
    const std::lock_guard lock(mutex_);
    if (snapshot.kind == engine::SnapshotKind::kTick && events_.size() >= kMostTicks) {
      ++merged_ticks_;
      return false;
    }
    events_.emplace_back(QueuedSnapshot{.snapshot = std::move(snapshot), .merged_ticks = merged_ticks_});
    return true;
  }

  template <typename Event>
  void Push(Event event) {
    const std::lock_guard lock(mutex_);
    events_.emplace_back(event);
  }

  [[nodiscard]] std::optional<RunEvent> Pop() {
    const std::lock_guard lock(mutex_);
    if (events_.empty()) return std::nullopt;
    RunEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
  }

 private:
  std::mutex mutex_;
  std::deque<RunEvent> events_;
  std::uint64_t merged_ticks_ = 0;
};

}  // namespace vnetperf::binding
