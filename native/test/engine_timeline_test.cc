#include <vector>

#include "engine/timeline.h"
#include "test/check.h"

using vnetperf::engine::Timeline;
using namespace vnetperf::os;
using Due = Timeline::Due;

namespace {

constexpr Nanoseconds kStart = 500'000'000'000;

struct Moment {
  Due due;
  double seconds;
  bool operator==(const Moment&) const = default;
};

/// What is due when one always wakes up on time, until the end or until `until` seconds.
std::vector<Moment> Play(double omit, double duration, double interval, bool ends_on_time, double until) {
  Timeline timeline(kStart, FromSeconds(omit), FromSeconds(duration), FromSeconds(interval), ends_on_time);
  std::vector<Moment> moments;
  while (timeline.next() <= kStart + FromSeconds(until)) {
    const Nanoseconds now = timeline.next();
    moments.push_back({timeline.Take(now), ToSeconds(now - kStart)});
  }
  return moments;
}

}  // namespace

TEST(ticks_stand_at_multiples_and_the_end_stands_for_the_last) {
  CHECK((Play(0, 1, 0.25, true, 9) ==
         std::vector<Moment>{{Due::kTick, 0.25}, {Due::kTick, 0.5}, {Due::kTick, 0.75}, {Due::kEnd, 1}}));
  // A tenth has no exact binary fraction, and still falls on the end.
  CHECK_EQ(Play(0, 1, 0.1, true, 9).size(), 10u);
}

TEST(ticks_begin_again_at_the_end_of_the_omit_period) {
  CHECK((Play(1, 2, 0.7, true, 9) ==
         std::vector<Moment>{
             {Due::kTick, 0.7}, {Due::kOmitEnd, 1}, {Due::kTick, 1.7}, {Due::kTick, 2.4}, {Due::kEnd, 3}}));
  CHECK((Play(1, 1, 1, true, 9) == std::vector<Moment>{{Due::kOmitEnd, 1}, {Due::kEnd, 2}}));
}

TEST(without_an_interval_only_the_ends_are_due) {
  CHECK((Play(1, 2, 0, true, 9) == std::vector<Moment>{{Due::kOmitEnd, 1}, {Due::kEnd, 3}}));
}

TEST(whose_end_is_not_its_own_holds_the_tick_at_the_planned_end) {
  CHECK((Play(0, 2, 1, false, 3.5) ==
         std::vector<Moment>{{Due::kTick, 1}, {Due::kHeldTick, 2}, {Due::kHeldTick, 3}}));
  CHECK((Play(0, 0, 1, false, 2.5) == std::vector<Moment>{{Due::kTick, 1}, {Due::kTick, 2}}));
  CHECK_EQ(Timeline(kStart, 0, 0, FromSeconds(1), false).hold(), FromSeconds(0.1));
}

TEST(ticks_that_were_slept_through_are_one_and_the_next_is_on_time) {
  Timeline timeline(kStart, 0, FromSeconds(10), FromSeconds(1), true);
  CHECK(timeline.Take(kStart + FromSeconds(3.4)) == Due::kTick);
  CHECK(timeline.Take(kStart + FromSeconds(3.4)) == Due::kNothing);
  CHECK_EQ(timeline.next(), kStart + FromSeconds(4));
}

TEST(an_end_that_was_slept_through_comes_before_any_tick) {
  Timeline timeline(kStart, FromSeconds(1), FromSeconds(1), FromSeconds(0.1), true);
  CHECK(timeline.Take(kStart + FromSeconds(5)) == Due::kOmitEnd);
  CHECK(timeline.Take(kStart + FromSeconds(5)) == Due::kEnd);
  CHECK(timeline.Take(kStart + FromSeconds(6)) == Due::kNothing);
  CHECK_EQ(timeline.next(), kNever);
}
