#pragma once

#include <atomic>
#include <cstdint>

#include "os/clock.h"

namespace vnetperf::os {

/// A word that threads can sleep on until it changes or a moment comes: futex(2) with an absolute
/// CLOCK_MONOTONIC deadline. A condition variable would want a mutex in every loop that only looks whether it
/// shall stop.
class WakeWord {
 public:
  explicit WakeWord(std::uint32_t value = 0) noexcept : value_(value) {}
  WakeWord(const WakeWord&) = delete;
  WakeWord& operator=(const WakeWord&) = delete;

  [[nodiscard]] std::uint32_t load() const noexcept { return value_.load(std::memory_order_acquire); }
  /// For the look at every block: no fence. What the word stands for is read after a load().
  [[nodiscard]] std::uint32_t peek() const noexcept { return value_.load(std::memory_order_relaxed); }

  void Set(std::uint32_t value) noexcept;
  /// For a word that only says that something happened.
  void Increment() noexcept;

  /// Sleeps while the word is `expected` and `deadline` has not come. May return early: look again.
  void WaitUntil(std::uint32_t expected, Nanoseconds deadline) const noexcept;

 private:
  void WakeAll() noexcept;

  std::atomic<std::uint32_t> value_;
  static_assert(std::atomic<std::uint32_t>::is_always_lock_free && sizeof(std::atomic<std::uint32_t>) == 4,
                "the kernel looks at the word itself");
};

}  // namespace vnetperf::os
