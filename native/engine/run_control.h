#pragma once

#include <atomic>
#include <cstdint>

#include "engine/budget.h"
#include "engine/specification.h"
#include "os/wake_word.h"

namespace vnetperf::engine {

/// The start gate. Abandoned: the run ends without having begun.
enum class Gate : std::uint32_t { kShut, kOpen, kAbandoned };

/// What the workers are told. Drain: a receiver takes what is still on its way before it finishes.
enum class StopOrder : std::uint32_t { kNone, kFinish, kDrain };

/// What the workers, the sampler and the run's owner share. Orders go down to the workers, news go up to the
/// sampler; nobody holds a lock.
struct RunControl {
  explicit RunControl(const RunSpecification& specification);

  // From the owner to the sampler.
  std::atomic<bool> open_requested{false};
  std::atomic<bool> closed{false};
  /// When stop was asked for; 0 = it was not.
  std::atomic<os::Nanoseconds> stop_requested_at{0};

  /// Something happened that the sampler should look at.
  alignas(64) os::WakeWord news;

  // From the sampler to the workers. Read at every block, written a few times in a run.
  alignas(64) os::WakeWord gate{static_cast<std::uint32_t>(Gate::kShut)};
  os::WakeWord stop{static_cast<std::uint32_t>(StopOrder::kNone)};
  /// The omit period is over: budgets count, jitter starts again.
  std::atomic<bool> measuring;
  /// The time that was agreed is over where somebody else ends the run: senders have sent all of theirs. What
  /// they went on to send while the word of the end is on its way nobody would count.
  std::atomic<bool> time_over{false};
  /// When the gate opened; written before it does.
  os::Nanoseconds start = 0;

  // From the workers to the sampler.
  /// When a direction's budget was completed; 0 = not yet.
  std::atomic<os::Nanoseconds> limit_reached_at{0};
  std::atomic<bool> file_ended{false};

  const bool ends_on_limit;
  Budget sending;
  Budget receiving;
  /// What the peer said that it will send at least, in the unit of a budget; 0 = it said nothing. It may
  /// overshoot, so this is no budget: it tells a drain whether more is sure to come.
  const std::uint64_t announced;
  /// How much of that has come, counted where something is announced.
  alignas(64) std::atomic<std::uint64_t> arrived{0};

  void OpenGate(os::Nanoseconds now) noexcept {
    start = now;
    gate.Set(static_cast<std::uint32_t>(Gate::kOpen));
  }
  void AbandonGate() noexcept { gate.Set(static_cast<std::uint32_t>(Gate::kAbandoned)); }
  void Stop(StopOrder order) noexcept { stop.Set(static_cast<std::uint32_t>(order)); }
  [[nodiscard]] StopOrder stop_order() const noexcept { return static_cast<StopOrder>(stop.load()); }
  [[nodiscard]] bool stopping() const noexcept { return stop.peek() != 0; }
  [[nodiscard]] bool more_is_announced() const noexcept {
    return arrived.load(std::memory_order_relaxed) < announced;
  }
  /// What a sender asks before each turn.
  [[nodiscard]] bool sending_over() const noexcept {
    return stopping() || time_over.load(std::memory_order_relaxed);
  }

  /// Sleeps until the workers shall stop, or until `deadline`.
  void SleepUntil(os::Nanoseconds deadline) const noexcept { stop.WaitUntil(0, deadline); }
  void SleepUntilStopped() const noexcept {
    while (!stopping()) SleepUntil(os::kNever);
  }
};

}  // namespace vnetperf::engine
