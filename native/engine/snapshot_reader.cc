#include "engine/snapshot_reader.h"

#include <algorithm>

#include "os/receive_core.h"
#include "os/socket_memory.h"

namespace vnetperf::engine {
namespace {

bool ReceivesDatagrams(const StreamSpecification& stream) {
  return stream.protocol == Protocol::kUdp && !stream.sending;
}

/// What was counted since `before`.
os::TcpInfo Since(os::TcpInfo now, const os::TcpInfo& before) {
  now.retransmits -= before.retransmits;
  now.reorder_seen -= before.reorder_seen;
  now.dsack_duplicates -= before.dsack_duplicates;
  now.busy_microseconds -= before.busy_microseconds;
  now.receive_window_limited_microseconds -= before.receive_window_limited_microseconds;
  now.send_buffer_limited_microseconds -= before.send_buffer_limited_microseconds;
  return now;
}

}  // namespace

void SnapshotReader::TakeBaselines() {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    const Stream& stream = workers_[i]->stream();
    if (stream.specification.protocol == Protocol::kTcp) baselines_[i].tcp = os::ReadTcpInfo(stream.socket());
    if (ReceivesDatagrams(stream.specification)) {
      baselines_[i].socket_drops = os::ReceiveDrops(stream.socket()).value_or(0);
    }
  }
}

Snapshot SnapshotReader::Read(SnapshotKind kind, os::Nanoseconds time) {
  Snapshot snapshot;
  snapshot.kind = kind;
  snapshot.time = time - control_.start;
  // All counters first, within a microsecond of each other: asking the kernel takes longer, and traffic goes
  // on.
  snapshot.streams.resize(workers_.size());
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    ReadCounters(workers_[i]->stream().counters, time, snapshot.streams[i]);
  }
  snapshot.read_at = os::MonotonicNow() - control_.start;
  for (std::size_t i = 0; i < workers_.size(); ++i) AskKernel(i, snapshot.streams[i]);
  snapshot.processes = ReadProcesses(kind);
  snapshot.cores = proc_stat_.Read();
  if (kind == SnapshotKind::kEnd) AddLastWords(snapshot);
  return snapshot;
}

void SnapshotReader::ReadCounters(const StreamCounters& counters, os::Nanoseconds time,
                                  StreamSnapshot& snapshot) const {
  snapshot.bytes = counters.bytes();
  snapshot.blocks = counters.blocks();
  snapshot.calls = counters.calls();
  snapshot.packets = counters.packets();
  snapshot.segmentation_refused = counters.segmentation_refused();
  snapshot.zero_copied_bytes = counters.zero_copied_bytes();
  snapshot.copied_bytes = counters.copied_bytes();
  snapshot.highest_sequence = counters.highest_sequence();
  snapshot.lost = counters.lost();
  snapshot.out_of_order = counters.out_of_order();
  snapshot.duplicates = counters.duplicates();
  snapshot.jitter_seconds = counters.jitter_seconds();
  snapshot.core = counters.core();
  snapshot.migrations = counters.migrations();
  const os::Nanoseconds first_byte = counters.first_byte();
  if (first_byte != 0) snapshot.first_byte = std::max<os::Nanoseconds>(first_byte - control_.start, 1);
  const os::Nanoseconds last_byte = counters.last_byte(time);
  if (last_byte != 0) snapshot.last_byte = std::max<os::Nanoseconds>(last_byte - control_.start, 1);
}

void SnapshotReader::AskKernel(std::size_t index, StreamSnapshot& snapshot) {
  Worker& worker = *workers_[index];
  const Stream& stream = worker.stream();
  Baseline& baseline = baselines_[index];
  if (baseline.tcp) {
    if (const auto now = os::ReadTcpInfo(stream.socket())) snapshot.tcp = Since(*now, *baseline.tcp);
  }
  if (ReceivesDatagrams(stream.specification)) {
    const std::uint64_t drops = os::ReceiveDrops(stream.socket()).value_or(0);
    snapshot.socket_drops = drops - std::min(drops, baseline.socket_drops);
  }
  const os::ThreadUsage usage = worker.Usage();
  baseline.usage = {.user_seconds = std::max(baseline.usage.user_seconds, usage.user_seconds),
                    .system_seconds = std::max(baseline.usage.system_seconds, usage.system_seconds)};
  snapshot.usage = baseline.usage;
}

std::vector<ProcessSnapshot> SnapshotReader::ReadProcesses(SnapshotKind kind) {
  std::vector<ProcessSnapshot> snapshots(processes_.size());
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    snapshots[i].cpu = processes_[i].CpuTime();
    if (kind != SnapshotKind::kTick) snapshots[i].threads = processes_[i].Threads();
  }
  return snapshots;
}

void SnapshotReader::AddLastWords(Snapshot& snapshot) const {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    StreamSnapshot& stream = snapshot.streams[i];
    const Stream& worked = workers_[i]->stream();
    if (!worked.specification.sending) stream.receive_core = os::ReceiveCore(worked.socket());
    // A worker that has finished writes no more; one that has not is still writing.
    if (workers_[i]->state() != Worker::State::kFinished) continue;
    stream.allowed_cores = workers_[i]->allowed_cores();
    const GapSummary gaps = worked.gaps.Summary();
    if (gaps.count > 0) stream.gaps = gaps;
    const std::vector<std::uint64_t>& by_core = worked.counters.bytes_by_core();
    for (std::size_t core = 0; core < by_core.size(); ++core) {
      if (by_core[core] > 0) stream.bytes_by_core.emplace_back(static_cast<int>(core), by_core[core]);
    }
  }
}

void SnapshotReader::ApplyOmitted(Snapshot& snapshot) const {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (const Stream::Omitted* omitted = workers_[i]->stream().omitted()) {
      snapshot.streams[i].bytes = omitted->bytes;
      snapshot.streams[i].blocks = omitted->blocks;
    }
  }
}

}  // namespace vnetperf::engine
