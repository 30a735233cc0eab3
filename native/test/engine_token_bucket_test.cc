#include <cstdint>

#include "engine/token_bucket.h"
#include "test/check.h"

using vnetperf::engine::TokenBucket;
using namespace vnetperf::os;

namespace {

constexpr Nanoseconds kStart = 1'000'000'000'000;
/// 1000 bytes at 8 Mbit/s: a block a millisecond.
constexpr std::uint64_t kRate = 8'000'000;
constexpr std::size_t kBlock = 1000;
constexpr Nanoseconds kCost = kNanosecondsPerMillisecond;

}  // namespace

TEST(the_first_block_is_due_at_once_and_the_second_a_block_later) {
  TokenBucket bucket(kRate, kStart);
  CHECK_EQ(bucket.Due(kStart, kBlock, 32), 1u);
  bucket.Spend(kBlock);
  CHECK_EQ(bucket.next(), kStart + kCost);
  CHECK_EQ(bucket.Due(kStart + kCost - 1, kBlock, 32), 0u);
  CHECK_EQ(bucket.Due(kStart + kCost, kBlock, 32), 1u);
}

TEST(a_late_wake_up_makes_as_many_due_as_were_missed_and_no_more) {
  TokenBucket bucket(kRate, kStart);
  CHECK_EQ(bucket.Due(kStart + 5 * kCost - 1, kBlock, 32), 5u);
  CHECK_EQ(bucket.Due(kStart + 5 * kCost, kBlock, 32), 6u);
  CHECK_EQ(bucket.Due(kStart + 5 * kCost, kBlock, 4), 4u);
}

TEST(what_is_made_up_for_ends_at_a_tenth_of_a_second) {
  TokenBucket bucket(kRate, kStart);
  CHECK_EQ(bucket.Due(kStart + 10 * kNanosecondsPerSecond, kBlock, 100'000), 101u);
  bucket.Spend(101 * kBlock);
  CHECK_EQ(bucket.next(), kStart + 10 * kNanosecondsPerSecond + kCost);
}

TEST(the_rate_does_not_drift_where_a_block_takes_a_broken_number_of_nanoseconds) {
  // 1448 bytes at 7 bit/ns take 1654.857142... ns.
  const std::uint64_t rate = 7'000'000'000;
  TokenBucket bucket(rate, kStart);
  const std::uint64_t blocks = 1'000'000;
  for (std::uint64_t i = 0; i < blocks; ++i) bucket.Spend(1448);
  const auto expected = static_cast<Nanoseconds>(blocks * 1448 * 8 * 1'000'000'000 / rate);
  CHECK_EQ(bucket.next() - kStart, expected);
}

TEST(a_simulated_second_moves_a_second_of_bytes_at_every_rate) {
  for (const std::uint64_t rate :
       {std::uint64_t{100'000}, std::uint64_t{10'000'000}, std::uint64_t{40'000'000'000}}) {
    TokenBucket bucket(rate, kStart);
    std::uint64_t bytes = 0;
    // Looked at every 137 microseconds, as a machine with coarse timers would.
    for (Nanoseconds now = kStart; now < kStart + kNanosecondsPerSecond; now += 137'000) {
      const std::uint32_t due = bucket.Due(now, kBlock, 1u << 20);
      bytes += due * kBlock;
      bucket.Spend(due * kBlock);
    }
    const auto wanted = rate / 8;
    CHECK_GE(bytes + rate / 8 / 5000 + kBlock, wanted);
    CHECK_LE(bytes, wanted + kBlock);
  }
}

TEST(enormous_rates_do_not_overflow) {
  TokenBucket bucket(std::uint64_t{1} << 53, kStart);
  CHECK_EQ(bucket.Due(kStart + TokenBucket::kCatchUp, 64, 32), 32u);
  bucket.Spend(64 * 65507);
  CHECK_GE(bucket.next(), kStart);
  CHECK_LE(bucket.next(), kStart + TokenBucket::kCatchUp);
}
