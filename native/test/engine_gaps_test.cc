#include <cmath>
#include <cstdint>

#include "engine/gaps.h"
#include "test/check.h"

using vnetperf::engine::Gaps;
using vnetperf::engine::GapSummary;
using namespace vnetperf::os;

namespace {

constexpr Nanoseconds kStart = 1'000'000'000'000;

bool Near(double value, double expected, double relative) {
  return std::abs(value - expected) <= relative * std::abs(expected);
}

}  // namespace

TEST(nothing_and_a_single_datagram_have_no_gaps) {
  Gaps gaps;
  CHECK_EQ(gaps.Summary().count, 0u);
  gaps.Moved(kStart, 0);
  gaps.Moved(kStart, 1);
  const GapSummary summary = gaps.Summary();
  CHECK_EQ(summary.count, 0u);
  CHECK_EQ(summary.mean, 0.0);
  CHECK_EQ(summary.standard_deviation, 0.0);
  CHECK_EQ(summary.maximum, 0);
}

TEST(the_spread_of_known_gaps_is_what_it_is) {
  Gaps gaps;
  Nanoseconds now = kStart;
  gaps.Moved(now, 1);
  for (const Nanoseconds gap : {1000, 2000, 3000, 4000, 5000}) gaps.Moved(now += gap, 1);
  const GapSummary summary = gaps.Summary();
  CHECK_EQ(summary.count, 5u);
  CHECK_EQ(summary.minimum, 1000);
  CHECK_EQ(summary.maximum, 5000);
  CHECK_EQ(summary.mean, 3000.0);
  // Over four: the gaps are a sample of what the sender does.
  CHECK(Near(summary.standard_deviation, std::sqrt(2'500'000.0), 1e-12));
  CHECK(Near(static_cast<double>(summary.median), 3000, 1.0 / 256));
  CHECK(Near(static_cast<double>(summary.p99), 5000, 1.0 / 256));
}

TEST(a_batch_is_one_gap_and_no_time_between_the_rest) {
  Gaps batched;
  Gaps single;
  Nanoseconds now = kStart;
  for (int batch = 0; batch < 100; ++batch) {
    batched.Moved(now, 7);
    for (int i = 0; i < 7; ++i) single.Moved(now, 1);
    now += 70'000 + batch;
  }
  const GapSummary all = batched.Summary();
  const GapSummary each = single.Summary();
  CHECK_EQ(all.count, 699u);
  CHECK_EQ(each.count, all.count);
  CHECK_EQ(each.minimum, all.minimum);
  CHECK_EQ(each.maximum, all.maximum);
  CHECK_EQ(each.median, all.median);
  CHECK_EQ(each.p99, all.p99);
  CHECK_EQ(each.mean, all.mean);
  CHECK(Near(all.standard_deviation, each.standard_deviation, 1e-9));
}

TEST(nanoseconds_of_spread_around_a_second_are_seen) {
  // The squares are 1e18 each: their sum less the square of the sum keeps no nanosecond of it.
  Gaps gaps;
  Nanoseconds now = kStart;
  gaps.Moved(now, 1);
  for (int i = 0; i < 100'000; ++i) gaps.Moved(now += kNanosecondsPerSecond + (i % 2 == 0 ? -2 : 2), 1);
  CHECK(Near(gaps.Summary().standard_deviation, 2.0, 1e-4));
  CHECK(Near(gaps.Summary().mean, 1e9, 1e-12));
}

TEST(a_batch_of_thousands_of_millions_is_one_step) {
  Gaps gaps;
  gaps.Moved(kStart, 4'000'000'000);
  gaps.Moved(kStart + 4'000'000'000, 1);
  const GapSummary summary = gaps.Summary();
  CHECK_EQ(summary.count, 4'000'000'000u);
  CHECK_EQ(summary.mean, 1.0);
  CHECK_EQ(summary.median, 0);
  CHECK(Near(summary.standard_deviation, std::sqrt(4e9), 1e-6));
}

TEST(a_pause_of_the_senders_own_is_no_gap) {
  Gaps gaps;
  gaps.Moved(kStart, 1);
  gaps.Moved(kStart + 1000, 1);
  gaps.Paused();
  gaps.Moved(kStart + kNanosecondsPerSecond, 1);
  gaps.Moved(kStart + kNanosecondsPerSecond + 1000, 1);
  CHECK_EQ(gaps.Summary().count, 2u);
  CHECK_EQ(gaps.Summary().maximum, 1000);
}

TEST(the_omit_period_leaves_nothing_behind) {
  Gaps gaps;
  gaps.Moved(kStart, 1);
  gaps.Moved(kStart + 5'000'000, 10);
  gaps.Restart();
  CHECK_EQ(gaps.Summary().count, 0u);
  gaps.Moved(kStart + 6'000'000, 1);
  gaps.Moved(kStart + 6'001'000, 1);
  const GapSummary summary = gaps.Summary();
  CHECK_EQ(summary.count, 1u);
  CHECK_EQ(summary.mean, 1000.0);
  CHECK_EQ(summary.maximum, 1000);
  CHECK_EQ(summary.standard_deviation, 0.0);
}
