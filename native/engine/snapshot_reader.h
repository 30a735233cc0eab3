#pragma once

#include <memory>
#include <vector>

#include "engine/snapshot.h"
#include "engine/worker.h"

namespace vnetperf::engine {

using Workers = std::vector<std::unique_ptr<Worker>>;

/// Puts snapshots together from the workers' counters and what the kernel says of their sockets, threads and
/// cores. Used by the sampler's thread alone.
class SnapshotReader {
 public:
  SnapshotReader(const Workers& workers, const RunControl& control, const std::vector<pid_t>& processes)
      : workers_(workers),
        control_(control),
        baselines_(workers.size()),
        processes_(processes.begin(), processes.end()) {}

  /// Just before the gate opens: what the kernel has counted until then does not belong to the run.
  void TakeBaselines();

  /// The state now. `time` is on the monotonic clock.
  [[nodiscard]] Snapshot Read(SnapshotKind kind, os::Nanoseconds time);

  /// Sets the bytes and blocks of an omit-end snapshot to where each worker's budget began to count.
  void ApplyOmitted(Snapshot& snapshot) const;

 private:
  struct Baseline {
    std::optional<os::TcpInfo> tcp;
    std::uint64_t socket_drops = 0;
    /// The last values given: a thread's user and system time are estimates, and shall not run backwards.
    os::ThreadUsage usage;
  };

  void ReadCounters(const StreamCounters& counters, os::Nanoseconds time, StreamSnapshot& snapshot) const;
  void AskKernel(std::size_t index, StreamSnapshot& snapshot);
  [[nodiscard]] std::vector<ProcessSnapshot> ReadProcesses(SnapshotKind kind);
  void AddLastWords(Snapshot& snapshot) const;

  const Workers& workers_;
  const RunControl& control_;
  std::vector<Baseline> baselines_;
  os::ProcStat proc_stat_;
  std::vector<os::WatchedProcess> processes_;
};

}  // namespace vnetperf::engine
