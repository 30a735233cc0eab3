#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/clock.h"
#include "os/descriptor.h"

namespace vnetperf::os {

/// One thread of another process.
struct ThreadTime {
  pid_t id = 0;
  std::string name;
  /// CPU time since it started.
  Nanoseconds cpu = 0;
};

/// A process that others run, a switch or a proxy, and what it costs. Both figures are the scheduler's own,
/// in nanoseconds, brought up to date at its ticks: what a thread has run since the last one (1 to 10 ms) is
/// missing. Needs no rights over the process. Not for two threads at a time.
class WatchedProcess {
 public:
  explicit WatchedProcess(pid_t id);

  /// CPU time of all its threads, ended ones too, since it started. Nothing once it has ended, and where
  /// there never was one: its number may belong to another process by then.
  [[nodiscard]] std::optional<Nanoseconds> CpuTime();
  /// The threads it has now. Empty where the kernel keeps no schedstat.
  [[nodiscard]] std::vector<ThreadTime> Threads() const;

 private:
  [[nodiscard]] bool HasEnded() const noexcept;

  pid_t id_;
  bool gone_;
  /// pidfd: readable when the process has ended. Not valid before Linux 5.3.
  Descriptor process_;
};

/// Time on a CPU, from the text of /proc/PID/task/TID/schedstat.
[[nodiscard]] std::optional<Nanoseconds> ParseSchedstat(std::string_view text);

}  // namespace vnetperf::os
