#pragma once

#include "os/clock.h"

namespace vnetperf::engine {

/// When a run has something due: ticks, the end of the omit period, the end. Pure arithmetic on absolute
/// moments, so that a late wake-up delays one tick and no other.
///
/// Ticks stand at multiples of the interval from the start and, once the omit period is over, from its end.
/// None coincides with the end of the omit period or with the end of the run, whose own snapshots stand for
/// them.
class Timeline {
 public:
  /// Durations of 0: no omit period, no end, no ticks. Without `ends_on_time` the end is not the run's own: a
  /// tick at or after it is due as kHeldTick, to be shown only if the run has not been stopped some time
  /// later.
  Timeline(os::Nanoseconds start, os::Nanoseconds omit, os::Nanoseconds duration, os::Nanoseconds interval,
           bool ends_on_time) noexcept;

  enum class Due { kNothing, kTick, kHeldTick, kOmitEnd, kEnd };

  /// The moment to wake up at; kNever when only events remain.
  [[nodiscard]] os::Nanoseconds next() const noexcept;
  /// What is due at `now`, once. Ticks that were slept through are one.
  [[nodiscard]] Due Take(os::Nanoseconds now) noexcept;

  /// When the omit period is over; the start where there is none.
  [[nodiscard]] os::Nanoseconds omit_end() const noexcept { return omit_end_; }
  /// When `duration` is over, whoever ends the run; kNever where there is none.
  [[nodiscard]] os::Nanoseconds planned_end() const noexcept { return planned_end_; }
  /// How long a held tick is held: a tenth of an interval.
  [[nodiscard]] os::Nanoseconds hold() const noexcept { return interval_ / 10; }

 private:
  [[nodiscard]] os::Nanoseconds own_end() const noexcept { return ends_on_time_ ? planned_end_ : os::kNever; }

  const os::Nanoseconds interval_;
  const os::Nanoseconds omit_end_;
  const os::Nanoseconds planned_end_;
  const bool ends_on_time_;
  bool omitting_;
  bool ended_ = false;
  os::Nanoseconds next_tick_;
};

}  // namespace vnetperf::engine
