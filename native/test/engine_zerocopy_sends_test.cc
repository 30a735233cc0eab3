#include <cstdint>

#include "engine/zerocopy_sends.h"
#include "test/check.h"

using vnetperf::engine::ZerocopySends;

TEST(a_range_of_sends_gives_their_bytes_once) {
  ZerocopySends sends;
  for (std::uint64_t bytes = 1; bytes <= 10; ++bytes) sends.Sent(bytes);
  CHECK_EQ(sends.in_flight(), 10u);
  CHECK_EQ(sends.Completed(0, 3), 1u + 2 + 3 + 4);
  CHECK_EQ(sends.in_flight(), 6u);
  CHECK_EQ(sends.Completed(0, 3), 0u);
  CHECK_EQ(sends.Completed(2, 4), 5u);
}

TEST(ranges_may_overtake_each_other) {
  ZerocopySends sends;
  for (int i = 0; i < 4; ++i) sends.Sent(100);
  CHECK_EQ(sends.Completed(2, 3), 200u);
  // The two in front still stand, and the others behind them.
  CHECK_EQ(sends.in_flight(), 4u);
  CHECK_EQ(sends.Completed(0, 0), 100u);
  CHECK_EQ(sends.in_flight(), 3u);
  CHECK_EQ(sends.Completed(1, 1), 100u);
  CHECK_EQ(sends.in_flight(), 0u);
}

TEST(numbers_wrap_around) {
  ZerocopySends sends(0xffff'fffe);
  for (std::uint64_t bytes = 1; bytes <= 4; ++bytes) sends.Sent(bytes);
  CHECK_EQ(sends.in_flight(), 4u);
  CHECK_EQ(sends.Completed(0xffff'ffff, 0), 2u + 3);
  CHECK_EQ(sends.Completed(0xffff'fffe, 1), 1u + 4);
  CHECK_EQ(sends.in_flight(), 0u);
  sends.Sent(7);
  CHECK_EQ(sends.Completed(2, 2), 7u);
}

TEST(what_is_not_in_flight_is_none_of_ours) {
  ZerocopySends sends(100);
  sends.Sent(5);
  CHECK_EQ(sends.Completed(0, 99), 0u);
  CHECK_EQ(sends.Completed(101, 0xffff'ffff), 0u);
  CHECK_EQ(sends.in_flight(), 1u);
  CHECK_EQ(sends.Completed(0, 0xffff'ffff), 5u);
}

TEST(as_many_as_may_be_in_flight_go_round_and_round) {
  ZerocopySends sends(0xffff'ff00);
  std::uint32_t number = 0xffff'ff00;
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t i = 0; i < ZerocopySends::kMost; ++i) sends.Sent(3);
    CHECK_EQ(sends.in_flight(), ZerocopySends::kMost);
    CHECK_EQ(sends.Completed(number, number + ZerocopySends::kMost - 1), 3u * ZerocopySends::kMost);
    CHECK_EQ(sends.in_flight(), 0u);
    number += ZerocopySends::kMost;
  }
}
