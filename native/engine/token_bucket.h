#pragma once

#include <algorithm>
#include <cstdint>

#include "os/clock.h"

namespace vnetperf::engine {

/// When the next block may leave. The schedule is a line of absolute moments, so that a late wake-up delays
/// one block and not the rate; but a sender that was held up for long does not make up for more than kCatchUp
/// of it. Pure arithmetic: the caller brings the time.
class TokenBucket {
 public:
  static constexpr os::Nanoseconds kCatchUp = 100 * os::kNanosecondsPerMillisecond;

  /// The first block is due at `start`. The rate is not 0.
  TokenBucket(std::uint64_t bits_per_second, os::Nanoseconds start) noexcept
      : bits_per_second_(bits_per_second), next_(start) {}

  /// The moment at which the next block may leave.
  [[nodiscard]] os::Nanoseconds next() const noexcept { return next_; }

  /// How many blocks are due at `now`, at most `most`. 0 = wait for next().
  [[nodiscard]] std::uint32_t Due(os::Nanoseconds now, std::size_t block_bytes, std::uint32_t most) noexcept {
    next_ = std::max(next_, now - kCatchUp);
    if (next_ > now) return 0;
    // Blocks fall due at next, next + cost, next + 2 cost ...: a fraction of a block is not due yet. 100 ms
    // at a terabit a second are more than 64 bits of bits times nanoseconds.
    const auto waited = static_cast<unsigned __int128>(now - next_) * bits_per_second_;
    const unsigned __int128 passed = waited / Cost(block_bytes);
    if (passed >= most) return most;
    return std::min(static_cast<std::uint32_t>(passed) + 1, most);
  }

  /// Moves the schedule on by what `bytes` cost. The rest of the division is carried: no drift.
  void Spend(std::uint64_t bytes) noexcept {
    const std::uint64_t cost = Cost(bytes) + carried_;
    next_ += static_cast<os::Nanoseconds>(cost / bits_per_second_);
    carried_ = cost % bits_per_second_;
  }

 private:
  /// In bits times nanoseconds: 8e9 times up to 2 GiB fits into 64 bits.
  [[nodiscard]] static std::uint64_t Cost(std::uint64_t bytes) noexcept {
    return bytes * 8 * static_cast<std::uint64_t>(os::kNanosecondsPerSecond);
  }

  std::uint64_t bits_per_second_;
  os::Nanoseconds next_;
  std::uint64_t carried_ = 0;
};

}  // namespace vnetperf::engine
