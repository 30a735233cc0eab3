#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace vnetperf::engine {

/// What all streams of one direction may move together: bytes for TCP, datagrams for UDP.
///
/// A sender claims before it sends, so that no two streams send the same last byte, settles what went out and
/// gives back what did not. A receiver takes what has come: claimed and settled in one. The direction is
/// complete when all of it is settled, which exactly one call is told.
class Budget {
 public:
  /// 0 = no limit.
  explicit Budget(std::uint64_t limit = 0) noexcept : limit_(limit), remaining_(limit) {}

  [[nodiscard]] bool limited() const noexcept { return limit_ != 0; }
  [[nodiscard]] bool complete() const noexcept { return settled_.load(std::memory_order_acquire) == limit_; }

  /// What nobody has claimed, as of a moment ago.
  [[nodiscard]] std::uint64_t remaining() const noexcept {
    return remaining_.load(std::memory_order_relaxed);
  }

  /// At most `wanted`; 0 when everything is claimed. Others may still give back: look at complete().
  [[nodiscard]] std::uint64_t Claim(std::uint64_t wanted) noexcept {
    std::uint64_t remaining = remaining_.load(std::memory_order_relaxed);
    std::uint64_t claimed;
    do {
      claimed = std::min(wanted, remaining);
    } while (!remaining_.compare_exchange_weak(remaining, remaining - claimed, std::memory_order_relaxed));
    return claimed;
  }

  void GiveBack(std::uint64_t unused) noexcept { remaining_.fetch_add(unused, std::memory_order_relaxed); }

  /// True for the call that completes the limit.
  [[nodiscard]] bool Settle(std::uint64_t moved) noexcept {
    return moved != 0 && settled_.fetch_add(moved, std::memory_order_acq_rel) + moved == limit_;
  }

 private:
  const std::uint64_t limit_;
  // Not on the same line: senders claim while others settle.
  alignas(64) std::atomic<std::uint64_t> remaining_;
  alignas(64) std::atomic<std::uint64_t> settled_{0};
};

}  // namespace vnetperf::engine
