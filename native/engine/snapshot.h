#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "engine/gaps.h"
#include "os/clock.h"
#include "os/proc_stat.h"
#include "os/process_usage.h"
#include "os/tcp_info.h"
#include "os/thread_usage.h"

namespace vnetperf::engine {

/// kStart: as the gate opens, with nothing moved: the reading of the cores that the first interval starts
/// from.
enum class SnapshotKind { kStart, kTick, kOmitEnd, kEnd };

enum class EndReason { kTime, kBytes, kBlocks, kFile, kStopped, kStreamsEnded };

/// One stream's counters. All of them count from the opening of the gate, the omit period included.
struct StreamSnapshot {
  std::uint64_t bytes = 0;
  /// TCP: whole blocks. UDP: datagrams.
  std::uint64_t blocks = 0;
  /// System calls of the loop on its way of moving bytes.
  std::uint64_t calls = 0;
  /// UDP: packets on the path, which may hold many datagrams each.
  std::uint64_t packets = 0;
  /// UDP: segmentation or coalescing was asked for and is not used.
  bool segmentation_refused = false;
  /// Bytes that the kernel says were not copied, and bytes that it says were, where the way is one that the
  /// kernel may turn into a copy.
  std::uint64_t zero_copied_bytes = 0;
  std::uint64_t copied_bytes = 0;
  // UDP receiver.
  std::uint64_t highest_sequence = 0;
  std::uint64_t lost = 0;
  std::uint64_t out_of_order = 0;
  std::uint64_t duplicates = 0;
  double jitter_seconds = 0;
  std::uint64_t socket_drops = 0;
  std::optional<os::TcpInfo> tcp;
  int core = 0;
  std::uint64_t migrations = 0;
  os::ThreadUsage usage;
  /// Since the gate opened; 0 = nothing has moved.
  os::Nanoseconds last_byte = 0;
  /// Since the gate opened; 0 = nothing has moved.
  os::Nanoseconds first_byte = 0;
  /// Only in the last snapshot, of a stream that keeps a rate.
  std::optional<GapSummary> gaps;
  /// Only in the last snapshot: core and the bytes that were moved on it.
  std::vector<std::pair<int, std::uint64_t>> bytes_by_core;
  /// Only in the last snapshot, of a receiver: where the kernel brought its last packet up the stack.
  std::optional<int> receive_core;
  /// Only in the last snapshot: where the thread was allowed to run, as the kernel says.
  std::vector<int> allowed_cores;
};

/// What a watched process has used until then.
struct ProcessSnapshot {
  /// Since the process started; nothing once it has ended.
  std::optional<os::Nanoseconds> cpu;
  /// Only in the snapshots that totals are counted between: kStart, kOmitEnd, kEnd. There may be many.
  std::vector<os::ThreadTime> threads;
};

/// The state of the whole run at one moment.
struct Snapshot {
  SnapshotKind kind = SnapshotKind::kTick;
  /// Since the gate opened.
  os::Nanoseconds time = 0;
  /// Only where kind is kEnd.
  EndReason reason = EndReason::kStopped;
  std::vector<StreamSnapshot> streams;
  os::CoreTable cores;
  /// In the order of RunSpecification::watched_processes.
  std::vector<ProcessSnapshot> processes;
  /// When the CPU times above were read, since the gate opened. Later than `time`: at the end the workers
  /// finish first.
  os::Nanoseconds read_at = 0;
};

/// A system call that failed in a worker. An error of 0 is the orderly end of a received stream.
struct Failure {
  int error = 0;
  const char* syscall = "";
};

/// Is told what happens in a run, by the sampler's thread and in the order in which it happens. May not
/// throw, and should not take long: a slow observer makes late ticks.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  /// Every worker stands at the gate.
  virtual void OnReady() noexcept {}
  virtual void OnSnapshot(Snapshot snapshot) noexcept = 0;
  /// The socket is dead or its peer has finished. The other streams go on.
  virtual void OnStreamEnded(std::size_t stream, Failure failure) noexcept = 0;
  /// A worker could not get ready. The gate stays shut: no snapshot will come.
  virtual void OnWorkerFailed(std::size_t stream, Failure failure) noexcept = 0;
};

}  // namespace vnetperf::engine
