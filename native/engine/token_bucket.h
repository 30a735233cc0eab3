#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>

#include "os/clock.h"

namespace vnetperf::engine {

/// The moments at which blocks fall due at a rate: a line of absolute moments, so that a late wake-up delays
/// one block and not the rate. Pure arithmetic: the caller brings the time.
class Schedule {
 public:
  /// The first block is due at `start`. The rate is not 0.
  Schedule(std::uint64_t bits_per_second, os::Nanoseconds start) noexcept
      : bits_per_second_(bits_per_second), next_(start) {
    assert(bits_per_second > 0);
  }

  /// The moment at which the next block may leave.
  [[nodiscard]] os::Nanoseconds next() const noexcept { return next_; }

  /// What was due before is given up.
  void ForgetBefore(os::Nanoseconds moment) noexcept { next_ = std::max(next_, moment); }

  /// How many blocks are due at `now`, at most `most`.
  [[nodiscard]] std::uint32_t Due(os::Nanoseconds now, std::size_t block_bytes,
                                  std::uint32_t most) const noexcept {
    if (next_ > now) return 0;
    // Blocks fall due at next, next + cost, next + 2 cost ...: a fraction of a block is not due yet. A tenth
    // of a second at a terabit a second are more than 64 bits of bits times nanoseconds.
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

/// When the next block may leave, and what becomes of the time in which none could.
///
/// iperf3 makes up for all of it, back to back: after a stall the path sees a burst that nobody asked for,
/// and its loss is taken for the network's. Here three things bound it. What a core of a busy machine loses
/// to others (kAtOnce) is sent as soon as it is back, or no rate would be held there. More than that is made
/// up for at 5/4 of the rate, which a path that the rate fills to 80 % still carries. And what has not left
/// within kCatchUp never will: the rate reported is then lower than the one asked for, as it was.
class TokenBucket {
 public:
  static constexpr os::Nanoseconds kAtOnce = 20 * os::kNanosecondsPerMillisecond;
  static constexpr os::Nanoseconds kCatchUp = 200 * os::kNanosecondsPerMillisecond;

  /// The first block is due at `start`. The rate is not 0.
  TokenBucket(std::uint64_t bits_per_second, os::Nanoseconds start) noexcept
      : asked_(bits_per_second, start), highest_(HighestRate(bits_per_second), start) {}

  /// What catching up goes to at most.
  [[nodiscard]] static constexpr std::uint64_t HighestRate(std::uint64_t bits_per_second) noexcept {
    return bits_per_second + bits_per_second / 4;
  }

  /// The moment at which the next block may leave.
  [[nodiscard]] os::Nanoseconds next() const noexcept { return std::max(asked_.next(), highest_.next()); }

  /// How many blocks may leave at `now`, at most `most`. 0 = wait for next().
  [[nodiscard]] std::uint32_t Due(os::Nanoseconds now, std::size_t block_bytes, std::uint32_t most) noexcept {
    asked_.ForgetBefore(now - kCatchUp);
    highest_.ForgetBefore(now - kAtOnce);
    return std::min(asked_.Due(now, block_bytes, most), highest_.Due(now, block_bytes, most));
  }

  void Spend(std::uint64_t bytes) noexcept {
    asked_.Spend(bytes);
    highest_.Spend(bytes);
  }

 private:
  Schedule asked_;
  Schedule highest_;
};

}  // namespace vnetperf::engine
