#include "os/wake_word.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>

namespace vnetperf::os {

void WakeWord::Set(std::uint32_t value) noexcept {
  value_.store(value, std::memory_order_release);
  WakeAll();
}

void WakeWord::Increment() noexcept {
  value_.fetch_add(1, std::memory_order_release);
  WakeAll();
}

void WakeWord::WaitUntil(std::uint32_t expected, Nanoseconds deadline) const noexcept {
  if (load() != expected) return;
  timespec until{.tv_sec = deadline / kNanosecondsPerSecond, .tv_nsec = deadline % kNanosecondsPerSecond};
  // FUTEX_WAIT takes a relative time; FUTEX_WAIT_BITSET an absolute one, of CLOCK_MONOTONIC unless told
  // otherwise.
  syscall(SYS_futex, &value_, FUTEX_WAIT_BITSET_PRIVATE, expected, deadline == kNever ? nullptr : &until,
          nullptr, FUTEX_BITSET_MATCH_ANY);
}

void WakeWord::WakeAll() noexcept {
  syscall(SYS_futex, &value_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace vnetperf::os
