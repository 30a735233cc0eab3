#pragma once

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
  /// `count` datagrams at one moment.
  void Moved(os::Nanoseconds now, std::uint64_t count) noexcept {
    for (std::uint64_t i = 0; i < count; ++i) {
      if (last_ != 0) Record(now - last_);
      last_ = now;
    }
  }
  /// What was before does not count: the omit period is over, or a pause of the sender's own.
  void Restart() noexcept { *this = Gaps(); }

  [[nodiscard]] GapSummary Summary() const noexcept {
    const double mean = gaps_.mean();
    const auto count = static_cast<double>(gaps_.count());
    const double variance = gaps_.count() < 2 ? 0 : (squares_ - count * mean * mean) / (count - 1);
    return {.count = gaps_.count(),
            .minimum = static_cast<os::Nanoseconds>(gaps_.minimum()),
            .mean = mean,
            .standard_deviation = variance > 0 ? std::sqrt(variance) : 0,
            .median = static_cast<os::Nanoseconds>(gaps_.Quantile(500)),
            .p99 = static_cast<os::Nanoseconds>(gaps_.Quantile(990)),
            .maximum = static_cast<os::Nanoseconds>(gaps_.maximum())};
  }

 private:
  void Record(os::Nanoseconds gap) noexcept {
    gaps_.Record(static_cast<std::uint64_t>(gap));
    squares_ += static_cast<double>(gap) * static_cast<double>(gap);
  }

  Histogram gaps_;
  double squares_ = 0;
  os::Nanoseconds last_ = 0;
};

}  // namespace vnetperf::engine
