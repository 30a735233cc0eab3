#include <cstdint>
#include <utility>
#include <vector>

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

/// What a sender that can send at any speed gets rid of between two moments, asked every `step`.
std::uint64_t BytesBetween(TokenBucket& bucket, Nanoseconds from, Nanoseconds to, Nanoseconds step) {
  std::uint64_t bytes = 0;
  for (Nanoseconds now = from; now < to; now += step) {
    const std::uint32_t due = bucket.Due(now, kBlock, 1u << 20);
    bytes += due * kBlock;
    bucket.Spend(due * kBlock);
  }
  return bytes;
}

TEST(twenty_milliseconds_that_a_core_lost_are_made_up_for_at_once) {
  TokenBucket bucket(kRate, kStart);
  CHECK_EQ(bucket.Due(kStart + 20 * kCost, kBlock, 100'000), 21u);
  bucket.Spend(21 * kBlock);
  CHECK_EQ(bucket.next(), kStart + 21 * kCost);
}

TEST(a_longer_stall_is_made_up_for_at_five_quarters_of_the_rate) {
  TokenBucket bucket(kRate, kStart);
  const Nanoseconds back = kStart + 100 * kCost;
  // 20 ms of five quarters of a block a millisecond, and the one that is due itself.
  CHECK_EQ(bucket.Due(back, kBlock, 100'000), 26u);
  bucket.Spend(26 * kBlock);
  CHECK_EQ(bucket.Due(back, kBlock, 100'000), 0u);
  CHECK_GT(bucket.next(), back);
  CHECK_LE(bucket.next(), back + kCost);
  // 75 blocks behind, a quarter of a block a millisecond: done after 300 ms, and the second is full.
  const std::uint64_t later = BytesBetween(bucket, back, back + 200 * kCost, kCost / 10);
  CHECK_GE(later, 249 * kBlock);
  CHECK_LE(later, 251 * kBlock);
  const std::uint64_t rest = BytesBetween(bucket, back + 200 * kCost, kStart + 1000 * kCost, kCost / 10);
  CHECK_EQ(26 * kBlock + later + rest, 1000 * kBlock);
}

TEST(what_is_made_up_for_ends_at_a_fifth_of_a_second) {
  TokenBucket bucket(kRate, kStart);
  const Nanoseconds back = kStart + 10 * kNanosecondsPerSecond;
  const std::uint64_t bytes = BytesBetween(bucket, back, back + 2 * kNanosecondsPerSecond, kCost / 10);
  CHECK_GE(bytes, 2199 * kBlock);
  CHECK_LE(bytes, 2201 * kBlock);
}

TEST(no_window_holds_more_than_five_quarters_of_the_rate_and_what_leaves_at_once) {
  TokenBucket bucket(kRate, kStart);
  // Stalls of all lengths, one after another.
  std::vector<std::pair<Nanoseconds, std::uint64_t>> sent;
  Nanoseconds now = kStart;
  for (int i = 0; i < 4000; ++i) {
    const Nanoseconds stall = i % 50 == 0 ? (i * 7'919 % 300) * kCost : i % 3 * kCost / 2;
    now += kCost / 3 + stall;
    const std::uint32_t due = bucket.Due(now, kBlock, 1u << 20);
    bucket.Spend(due * kBlock);
    sent.emplace_back(now, due * kBlock);
  }
  for (std::size_t from = 0; from < sent.size(); from += 3) {
    std::uint64_t bytes = 0;
    for (std::size_t to = from; to < sent.size() && to < from + 600; ++to) {
      bytes += sent[to].second;
      const Nanoseconds window = sent[to].first - sent[from].first + TokenBucket::kAtOnce;
      const auto highest = static_cast<std::uint64_t>(window / kCost) * kBlock * 5 / 4;
      CHECK_LE(bytes, highest + 2 * kBlock);
    }
  }
}

TEST(a_machine_whose_every_wake_up_is_late_by_ten_milliseconds_still_holds_the_rate) {
  TokenBucket bucket(kRate, kStart);
  const std::uint64_t bytes = BytesBetween(bucket, kStart, kStart + kNanosecondsPerSecond, 10 * kCost);
  CHECK_GE(bytes, 990 * kBlock);
  CHECK_LE(bytes, 1000 * kBlock);
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

TEST(a_thousand_million_blocks_do_not_drift) {
  // A thousand blocks in one step, a million steps: what is carried is never lost.
  const std::uint64_t rate = 10'000'000'007;
  TokenBucket bucket(rate, kStart);
  for (std::uint64_t i = 0; i < 1'000'000; ++i) bucket.Spend(1000 * 1448);
  const auto bits = static_cast<unsigned __int128>(1'000'000'000) * 1448 * 8;
  CHECK_EQ(bucket.next() - kStart, static_cast<Nanoseconds>(bits * 1'000'000'000 / rate));
}

TEST(one_bit_a_second_waits_for_as_long_as_it_takes) {
  TokenBucket bucket(1, kStart);
  CHECK_EQ(bucket.Due(kStart, 1 << 20, 32), 1u);
  bucket.Spend(1 << 20);
  const Nanoseconds cost = (Nanoseconds{8} << 20) * kNanosecondsPerSecond;
  CHECK_EQ(bucket.next(), kStart + cost);
  CHECK_EQ(bucket.Due(kStart + cost - 1, 1 << 20, 32), 0u);
  CHECK_EQ(bucket.Due(kStart + cost, 1 << 20, 32), 1u);
}

TEST(a_terabit_a_second_is_counted_out) {
  const std::uint64_t rate = 1'000'000'000'000;
  TokenBucket bucket(rate, kStart);
  std::uint64_t bytes = 0;
  for (Nanoseconds now = kStart; now < kStart + kNanosecondsPerSecond; now += 50'000) {
    const std::uint32_t due = bucket.Due(now, 65'507, 1u << 20);
    bytes += std::uint64_t{due} * 65'507;
    bucket.Spend(std::uint64_t{due} * 65'507);
  }
  CHECK_GE(bytes + rate / 8 / 10'000, rate / 8);
  CHECK_LE(bytes, rate / 8 + 65'507);
}

TEST(enormous_rates_do_not_overflow) {
  TokenBucket bucket(std::uint64_t{1} << 53, kStart);
  CHECK_EQ(bucket.Due(kStart + TokenBucket::kCatchUp, 64, 32), 32u);
  bucket.Spend(64 * 65507);
  CHECK_GE(bucket.next(), kStart);
  CHECK_LE(bucket.next(), kStart + TokenBucket::kCatchUp);
}
