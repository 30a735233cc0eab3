#pragma once

#include <cassert>
#include <cmath>
#include <cstdint>

#include "engine/histogram.h"
#include "os/clock.h"

namespace vnetperf::engine {

/// What the gaps between the datagrams of one stream came to.
struct GapSummary {
  std::uint64_t count = 0;
  os::Nanoseconds minimum = 0;
  double mean = 0;
  double standard_deviation = 0;
  os::Nanoseconds median = 0;
  os::Nanoseconds p99 = 0;
  os::Nanoseconds maximum = 0;
};

/// The time between one datagram and the next of a stream that keeps a rate: how smooth it is. Those that
/// left in one system call have no gap between them, which is what a burst is.
///
/// For one thread; read when that has finished.
class Gaps {
 public:
  /// `count` datagrams at one moment. Costs the same for one and for a thousand.
  void Moved(os::Nanoseconds now, std::uint64_t count) noexcept {
    if (count == 0) return;
    if (last_ == kNone) {
      Record(0, count - 1);
    } else {
      assert(now >= last_);
      Record(now - last_, 1);
      Record(0, count - 1);
    }
    last_ = now;
  }

  /// The sender rested for a reason of its own: the time until the next datagram is no gap of the rate's.
  void Paused() noexcept { last_ = kNone; }

  /// The omit period is over: what was before does not count.
  void Restart() noexcept { *this = Gaps(); }

  [[nodiscard]] GapSummary Summary() const noexcept {
    const std::uint64_t count = gaps_.count();
    return {.count = count,
            .minimum = static_cast<os::Nanoseconds>(gaps_.minimum()),
            .mean = gaps_.mean(),
            .standard_deviation = count < 2 ? 0 : std::sqrt(squares_ / static_cast<double>(count - 1)),
            .median = static_cast<os::Nanoseconds>(gaps_.Quantile(500)),
            .p99 = static_cast<os::Nanoseconds>(gaps_.Quantile(990)),
            .maximum = static_cast<os::Nanoseconds>(gaps_.maximum())};
  }

 private:
  static constexpr os::Nanoseconds kNone = -1;

  void Record(os::Nanoseconds gap, std::uint64_t times) noexcept {
    if (times == 0) return;
    // Welford's update, for `times` equal values at once: a sum of squares less the square of the sum would
    // leave nothing but rounding where gaps of a second differ by nanoseconds.
    const auto before = static_cast<double>(gaps_.count());
    const auto added = static_cast<double>(times);
    const double distance = static_cast<double>(gap) - running_mean_;
    running_mean_ += distance * (added / (before + added));
    squares_ += distance * distance * (before * added / (before + added));
    gaps_.Record(static_cast<std::uint64_t>(gap), times);
  }

  Histogram gaps_;
  double running_mean_ = 0;
  /// Of the distances from the mean.
  double squares_ = 0;
  os::Nanoseconds last_ = kNone;
};

}  // namespace vnetperf::engine
