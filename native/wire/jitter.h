#pragma once

#include <cstdint>

namespace vnetperf::wire {

/// Interarrival jitter as RFC 3550, section 6.4.1 and appendix A.8, estimates it: J += (|D| - J) / 16, where
/// D is the difference of two consecutive transit times. The offset between the two hosts' clocks cancels out
/// in D, so transit times are kept signed: nearly equal clocks give transits on both sides of zero.
class Jitter {
 public:
  /// Both times in nanoseconds, each of its own host's clock.
  void Arrived(std::int64_t sent, std::int64_t arrived) noexcept {
    const std::int64_t transit = arrived - sent;
    if (has_reference_) {
      const std::int64_t difference = transit - previous_transit_;
      const double distance = static_cast<double>(difference < 0 ? -difference : difference);
      nanoseconds_ += (distance - nanoseconds_) / 16;
    }
    previous_transit_ = transit;
    has_reference_ = true;
  }

  /// `count` datagrams, at least one, that were sent at one moment and came at one moment. All but the first
  /// have D = 0, which leaves 15/16 of the estimate each time.
  void Arrived(std::int64_t sent, std::int64_t arrived, std::uint64_t count) noexcept {
    Arrived(sent, arrived);
    double remaining = 15.0 / 16;
    for (std::uint64_t times = count - 1; times != 0; times >>= 1, remaining *= remaining) {
      if (times & 1) nanoseconds_ *= remaining;
    }
  }

  /// Starts again from zero; the next datagram is only the reference.
  void Restart() noexcept { *this = Jitter(); }

  [[nodiscard]] double seconds() const noexcept { return nanoseconds_ * 1e-9; }

 private:
  double nanoseconds_ = 0;
  std::int64_t previous_transit_ = 0;
  bool has_reference_ = false;
};

}  // namespace vnetperf::wire
