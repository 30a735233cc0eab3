#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <optional>
#include <string_view>

namespace vnetperf::os {

/// CPU time of one thread.
struct ThreadUsage {
  double user_seconds = 0;
  double system_seconds = 0;
};

/// Of the calling thread.
[[nodiscard]] ThreadUsage OwnThreadUsage() noexcept;

/// Of another thread of this process, at no cost to that thread. The sum is exact (its CPU clock); /proc
/// tells user from system only in clock ticks, so the split is in their proportion. Nothing once the thread
/// has ended.
[[nodiscard]] std::optional<ThreadUsage> ReadThreadUsage(pthread_t thread, pid_t thread_id);

/// Ticks in user and in system mode, from the text of /proc/PID/task/TID/stat.
struct ThreadTicks {
  unsigned long long user = 0;
  unsigned long long system = 0;
};
[[nodiscard]] std::optional<ThreadTicks> ParseThreadStat(std::string_view text);

}  // namespace vnetperf::os
