#include <sys/socket.h>

#include <chrono>
#include <thread>

#include "engine/low_water_mark.h"
#include "test/check.h"
#include "test/loopback.h"

using namespace vnetperf;
using namespace vnetperf::test;
using engine::LowWaterMark;

namespace {

constexpr std::size_t kWanted = 1000;

int MarkOf(const Ends& ends) {
  int mark = 0;
  socklen_t length = sizeof(mark);
  CHECK_EQ(getsockopt(ends.far->get(), SOL_SOCKET, SO_RCVLOWAT, &mark, &length), 0);
  return mark;
}

/// Bytes that come at the speed of this loop until the mark is raised, or `limit` of them.
std::size_t Flow(LowWaterMark& mark, std::size_t limit) {
  std::size_t took = 0;
  while (!mark.raised() && took < limit) {
    CHECK_EQ(mark.Took(100), 0);
    took += 100;
  }
  return took;
}

}  // namespace

TEST(a_stream_that_flows_raises_the_mark_and_one_that_falls_short_lowers_it) {
  const Ends ends = ConnectTcp();
  engine::StreamCounters counters(1);
  LowWaterMark mark(ends.far->get(), kWanted, true, counters);
  CHECK_EQ(Flow(mark, 15 * kWanted), 15 * kWanted);
  CHECK_EQ(MarkOf(ends), 1);
  CHECK_EQ(counters.calls(), 0u);
  // Another core's work may hold this loop up until it is no flow any more; it begins again.
  (void)Flow(mark, 1 << 30);
  CHECK(mark.raised());
  CHECK_EQ(MarkOf(ends), static_cast<int>(kWanted));
  CHECK_GT(counters.calls(), 0u);

  CHECK_EQ(mark.Took(kWanted), 0);
  CHECK(mark.raised());
  CHECK_GE(mark.Took(kWanted - 1), 0);
  CHECK(!mark.raised());
  CHECK_EQ(MarkOf(ends), 1);
  // What did not hold has to be proved twice as long.
  CHECK_EQ(Flow(mark, 31 * kWanted), 31 * kWanted);
  CHECK(!mark.raised());
  (void)Flow(mark, 1 << 30);
  CHECK(mark.raised());
  mark.TookNothing();
  CHECK(!mark.raised());
  CHECK_EQ(MarkOf(ends), 1);
}

TEST(a_stream_that_has_become_slow_lowers_the_mark) {
  const Ends ends = ConnectTcp();
  engine::StreamCounters counters(1);
  LowWaterMark mark(ends.far->get(), kWanted, true, counters);
  (void)Flow(mark, 1 << 30);
  CHECK(mark.raised());
  for (int i = 0; i < 17; ++i) {
    CHECK_EQ(mark.Took(kWanted), 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
  CHECK(!mark.raised());
  CHECK_EQ(MarkOf(ends), 1);
}

TEST(a_small_receive_buffer_is_not_slept_on) {
  const Ends ends = ConnectTcp();
  const int small = 8192;
  CHECK_EQ(setsockopt(ends.far->get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
  engine::StreamCounters counters(1);
  LowWaterMark mark(ends.far->get(), 1 << 20, true, counters);
  std::size_t took = 0;
  while (!mark.raised() && took < std::size_t{1} << 40) {
    CHECK_EQ(mark.Took(1 << 20), 0);
    took += 1 << 20;
  }
  CHECK_EQ(MarkOf(ends), 2 * small / 8);
}

TEST(a_stream_whose_moments_count_is_left_alone) {
  const Ends ends = ConnectTcp();
  engine::StreamCounters counters(1);
  LowWaterMark mark(ends.far->get(), kWanted, false, counters);
  CHECK_EQ(Flow(mark, 1'000'000), 1'000'000u);
  CHECK_EQ(MarkOf(ends), 1);
  CHECK_EQ(counters.calls(), 0u);
}
