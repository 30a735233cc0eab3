#pragma once

#include <atomic>
#include <utility>

#include "engine/counters.h"
#include "engine/gaps.h"
#include "engine/run_control.h"
#include "engine/specification.h"
#include "os/affinity.h"

namespace vnetperf::engine {

/// Blocking calls on a data socket return after this, so that a stop is seen without signals and without
/// shutdown().
inline constexpr os::Nanoseconds kSocketTimeout = 20 * os::kNanosecondsPerMillisecond;

/// One stream as its loop sees it: what to do, what was ordered, where to count.
class Stream {
 public:
  Stream(StreamSpecification given, RunControl& run)
      : specification(std::move(given)), control(run), counters(os::ConfiguredCores()) {}

  const StreamSpecification specification;
  RunControl& control;
  StreamCounters counters;
  /// Of datagrams, where the stream keeps a rate. The worker's own until it has finished.
  Gaps gaps;

  [[nodiscard]] int socket() const noexcept { return specification.socket->get(); }
  [[nodiscard]] std::size_t length() const noexcept { return specification.length_bytes; }
  [[nodiscard]] bool stopping() const noexcept { return control.stopping(); }
  [[nodiscard]] Budget& budget() noexcept {
    return specification.sending ? control.sending : control.receiving;
  }

  /// To be called between blocks. True at the first call after the end of the omit period.
  [[nodiscard]] bool BeginsMeasuring() noexcept {
    if (measuring_ || !control.measuring.load(std::memory_order_relaxed)) return false;
    measuring_ = true;
    omitted_ = {.bytes = counters.bytes(), .blocks = counters.blocks()};
    omitted_known_.store(true, std::memory_order_release);
    if (budget().limited()) control.news.Increment();
    return true;
  }
  /// Whether the block that begins now counts against the budget.
  [[nodiscard]] bool budgeted() noexcept { return measuring_ && budget().limited(); }

  /// Books what came of what the peer announced.
  void Arrived(std::uint64_t units) noexcept {
    if (control.announced != 0 && measuring_) control.arrived.fetch_add(units, std::memory_order_relaxed);
  }

  /// Books what a budgeted move settled.
  void Settle(std::uint64_t units) noexcept {
    if (!budget().Settle(units) || !control.ends_on_limit) return;
    control.limit_reached_at.store(os::MonotonicNow(), std::memory_order_relaxed);
    control.news.Increment();
  }

  /// What was moved before the budget began to count. A block that was under way when the omit period ended
  /// is in it, so that what follows is the budget exactly.
  struct Omitted {
    std::uint64_t bytes = 0;
    std::uint64_t blocks = 0;
  };
  /// nullptr while the worker has not noticed the end of the omit period. Asked by the sampler.
  [[nodiscard]] const Omitted* omitted() const noexcept {
    return omitted_known_.load(std::memory_order_acquire) ? &omitted_ : nullptr;
  }

 private:
  bool measuring_ = false;
  Omitted omitted_;
  std::atomic<bool> omitted_known_{false};
};

}  // namespace vnetperf::engine
