#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/descriptor.h"

namespace vnetperf::os {

/// Seconds one core has spent since boot. `user` holds nice and guests, `idle` holds the wait for disks.
struct CoreTimes {
  double user = 0;
  double system = 0;
  double irq = 0;
  double softirq = 0;
  double steal = 0;
  double idle = 0;
};

/// Index = core number; an offline core has no entry.
using CoreTable = std::vector<std::optional<CoreTimes>>;

/// Reads the `cpuN` lines of a /proc/stat; everything else is skipped, nonsense too.
[[nodiscard]] CoreTable ParseProcStat(std::string_view text, double ticks_per_second);

/// /proc/stat, opened once and read again at every interval. Not for two threads at a time.
class ProcStat {
 public:
  ProcStat();
  /// Empty where /proc is not mounted.
  [[nodiscard]] CoreTable Read();

 private:
  Descriptor file_;
  double ticks_per_second_;
  std::string text_;
};

}  // namespace vnetperf::os
