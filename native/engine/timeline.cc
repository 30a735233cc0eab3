#include "engine/timeline.h"

#include <algorithm>

namespace vnetperf::engine {

Timeline::Timeline(os::Nanoseconds start, os::Nanoseconds omit, os::Nanoseconds duration,
                   os::Nanoseconds interval, bool ends_on_time) noexcept
    : interval_(interval),
      omit_end_(start + omit),
      planned_end_(duration > 0 ? omit_end_ + duration : os::kNever),
      ends_on_time_(ends_on_time),
      omitting_(omit > 0),
      next_tick_(interval > 0 ? start + interval : os::kNever) {}

os::Nanoseconds Timeline::next() const noexcept {
  if (ended_) return os::kNever;
  return std::min(next_tick_, omitting_ ? omit_end_ : own_end());
}

Timeline::Due Timeline::Take(os::Nanoseconds now) noexcept {
  if (ended_) return Due::kNothing;
  // The end of a period first: a tick that was slept through until then has nothing left to show.
  if (omitting_ && now >= omit_end_) {
    omitting_ = false;
    if (interval_ > 0) next_tick_ = omit_end_ + interval_;
    return Due::kOmitEnd;
  }
  if (!omitting_ && now >= own_end()) {
    ended_ = true;
    return Due::kEnd;
  }
  if (now < next_tick_) return Due::kNothing;

  const bool held = !omitting_ && next_tick_ >= planned_end_;
  next_tick_ += interval_ * ((now - next_tick_) / interval_ + 1);
  return held ? Due::kHeldTick : Due::kTick;
}

}  // namespace vnetperf::engine
