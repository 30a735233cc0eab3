#pragma once

#include <cstdint>
#include <ctime>
#include <limits>

namespace vnetperf::os {

/// Nanoseconds of CLOCK_MONOTONIC, the only clock that traffic is timed by: it is never set, only slewed.
using Nanoseconds = std::int64_t;

inline constexpr Nanoseconds kNanosecondsPerSecond = 1'000'000'000;
inline constexpr Nanoseconds kNanosecondsPerMillisecond = 1'000'000;
/// A moment that does not come.
inline constexpr Nanoseconds kNever = std::numeric_limits<Nanoseconds>::max();

/// A vDSO read: some 25 ns, no system call.
[[nodiscard]] inline Nanoseconds MonotonicNow() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kNanosecondsPerSecond + now.tv_nsec;
}

[[nodiscard]] constexpr double ToSeconds(Nanoseconds duration) noexcept {
  return static_cast<double>(duration) / static_cast<double>(kNanosecondsPerSecond);
}

/// Rounds to the nearest nanosecond, so that 0.1 s is exactly a tenth. Anything beyond a century is a
/// century.
[[nodiscard]] constexpr Nanoseconds FromSeconds(double seconds) noexcept {
  constexpr double kCentury = 3.2e9;
  if (!(seconds > 0)) return 0;
  return static_cast<Nanoseconds>((seconds < kCentury ? seconds : kCentury) * 1e9 + 0.5);
}

}  // namespace vnetperf::os
