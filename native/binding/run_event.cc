#include "binding/run_event.h"

#include "os/errno_name.h"

namespace vnetperf::binding {
namespace {

/// Exact up to 2^53: a byte counter needs a day at 800 Gbit/s to get there.
double Count(std::uint64_t value) { return static_cast<double>(value); }

const char* Name(engine::SnapshotKind kind) {
  switch (kind) {
    case engine::SnapshotKind::kStart:
      return "start";
    case engine::SnapshotKind::kTick:
      return "tick";
    case engine::SnapshotKind::kOmitEnd:
      return "omit-end";
    case engine::SnapshotKind::kEnd:
      break;
  }
  return "end";
}

const char* Name(engine::EndReason reason) {
  switch (reason) {
    case engine::EndReason::kTime:
      return "time";
    case engine::EndReason::kBytes:
      return "bytes";
    case engine::EndReason::kBlocks:
      return "blocks";
    case engine::EndReason::kFile:
      return "file";
    case engine::EndReason::kStreamsEnded:
      return "streams-ended";
    case engine::EndReason::kStopped:
      break;
  }
  return "stopped";
}

Napi::Object TcpObject(Napi::Env env, const os::TcpInfo& tcp) {
  auto object = Napi::Object::New(env);
  object["retransmits"] = tcp.retransmits;
  object["congestionWindowBytes"] = Count(tcp.congestion_window_bytes);
  object["sendWindowBytes"] = static_cast<double>(tcp.send_window_bytes);
  object["rttMicroseconds"] = tcp.rtt_microseconds;
  object["rttVarianceMicroseconds"] = tcp.rtt_variance_microseconds;
  object["pathMtuBytes"] = tcp.path_mtu_bytes;
  object["reorderSeen"] = tcp.reorder_seen;
  object["dsackDuplicates"] = tcp.dsack_duplicates;
  object["busySeconds"] = Count(tcp.busy_microseconds) * 1e-6;
  object["receiveWindowLimitedSeconds"] = Count(tcp.receive_window_limited_microseconds) * 1e-6;
  object["sendBufferLimitedSeconds"] = Count(tcp.send_buffer_limited_microseconds) * 1e-6;
  return object;
}

Napi::Object GapsObject(Napi::Env env, const engine::GapSummary& gaps) {
  const auto microseconds = [](double nanoseconds) { return nanoseconds / 1000; };
  auto object = Napi::Object::New(env);
  object["count"] = Count(gaps.count);
  object["minMicroseconds"] = microseconds(static_cast<double>(gaps.minimum));
  object["meanMicroseconds"] = microseconds(gaps.mean);
  object["standardDeviationMicroseconds"] = microseconds(gaps.standard_deviation);
  object["medianMicroseconds"] = microseconds(static_cast<double>(gaps.median));
  object["p99Microseconds"] = microseconds(static_cast<double>(gaps.p99));
  object["maxMicroseconds"] = microseconds(static_cast<double>(gaps.maximum));
  return object;
}

Napi::Array BytesByCore(Napi::Env env, const engine::StreamSnapshot& stream) {
  auto array = Napi::Array::New(env, stream.bytes_by_core.size());
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    auto object = Napi::Object::New(env);
    object["core"] = stream.bytes_by_core[i].first;
    object["bytes"] = Count(stream.bytes_by_core[i].second);
    array[i] = object;
  }
  return array;
}

Napi::Array AllowedCores(Napi::Env env, const engine::StreamSnapshot& stream) {
  auto array = Napi::Array::New(env, stream.allowed_cores.size());
  for (std::uint32_t i = 0; i < array.Length(); ++i) array[i] = stream.allowed_cores[i];
  return array;
}

Napi::Object StreamObject(Napi::Env env, const engine::StreamSnapshot& stream, engine::SnapshotKind kind) {
  auto object = Napi::Object::New(env);
  object["bytes"] = Count(stream.bytes);
  object["blocks"] = Count(stream.blocks);
  object["calls"] = Count(stream.calls);
  object["packets"] = Count(stream.packets);
  object["segmentationRefused"] = stream.segmentation_refused;
  object["zeroCopiedBytes"] = Count(stream.zero_copied_bytes);
  object["copiedBytes"] = Count(stream.copied_bytes);
  object["highestSequence"] = Count(stream.highest_sequence);
  object["lost"] = Count(stream.lost);
  object["outOfOrder"] = Count(stream.out_of_order);
  object["duplicates"] = Count(stream.duplicates);
  object["jitterSeconds"] = stream.jitter_seconds;
  object["socketDrops"] = Count(stream.socket_drops);
  if (stream.tcp) object["tcp"] = TcpObject(env, *stream.tcp);
  object["core"] = stream.core;
  object["migrations"] = Count(stream.migrations);
  object["userSeconds"] = stream.usage.user_seconds;
  object["systemSeconds"] = stream.usage.system_seconds;
  object["firstByteSeconds"] = os::ToSeconds(stream.first_byte);
  object["lastByteSeconds"] = os::ToSeconds(stream.last_byte);
  if (kind == engine::SnapshotKind::kEnd) {
    object["bytesByCore"] = BytesByCore(env, stream);
    object["allowedCores"] = AllowedCores(env, stream);
    if (stream.gaps) object["gaps"] = GapsObject(env, *stream.gaps);
    if (stream.receive_core) object["receiveCore"] = *stream.receive_core;
  }
  return object;
}

Napi::Array CoresArray(Napi::Env env, const os::CoreTable& cores) {
  auto array = Napi::Array::New(env, cores.size());
  for (std::uint32_t core = 0; core < array.Length(); ++core) {
    if (!cores[core]) {
      array[core] = env.Null();
      continue;
    }
    auto object = Napi::Object::New(env);
    object["user"] = cores[core]->user;
    object["system"] = cores[core]->system;
    object["irq"] = cores[core]->irq;
    object["softirq"] = cores[core]->softirq;
    object["steal"] = cores[core]->steal;
    object["idle"] = cores[core]->idle;
    array[core] = object;
  }
  return array;
}

Napi::Array ThreadsArray(Napi::Env env, const std::vector<os::ThreadTime>& threads) {
  auto array = Napi::Array::New(env, threads.size());
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    auto object = Napi::Object::New(env);
    object["id"] = threads[i].id;
    object["name"] = threads[i].name;
    object["cpuSeconds"] = os::ToSeconds(threads[i].cpu);
    array[i] = object;
  }
  return array;
}

Napi::Array ProcessesArray(Napi::Env env, const engine::Snapshot& snapshot) {
  auto array = Napi::Array::New(env, snapshot.processes.size());
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    const engine::ProcessSnapshot& process = snapshot.processes[i];
    if (!process.cpu) {
      array[i] = env.Null();
      continue;
    }
    auto object = Napi::Object::New(env);
    object["cpuSeconds"] = os::ToSeconds(*process.cpu);
    object["threads"] = ThreadsArray(env, process.threads);
    array[i] = object;
  }
  return array;
}

Napi::Object SnapshotObject(Napi::Env env, const QueuedSnapshot& event) {
  const engine::Snapshot& snapshot = event.snapshot;
  auto object = Napi::Object::New(env);
  object["type"] = "snapshot";
  object["kind"] = Name(snapshot.kind);
  object["timeSeconds"] = os::ToSeconds(snapshot.time);
  if (snapshot.kind == engine::SnapshotKind::kEnd) object["reason"] = Name(snapshot.reason);
  auto streams = Napi::Array::New(env, snapshot.streams.size());
  for (std::uint32_t i = 0; i < streams.Length(); ++i) {
    streams[i] = StreamObject(env, snapshot.streams[i], snapshot.kind);
  }
  object["streams"] = streams;
  object["cores"] = CoresArray(env, snapshot.cores);
  object["processes"] = ProcessesArray(env, snapshot);
  object["readSeconds"] = os::ToSeconds(snapshot.read_at);
  object["mergedTicks"] = Count(event.merged_ticks);
  return object;
}

Napi::Object FailureObject(Napi::Env env, const char* type, std::size_t stream,
                           const engine::Failure& failure) {
  auto object = Napi::Object::New(env);
  object["type"] = type;
  object["stream"] = Count(stream);
  object["errno"] = failure.error;
  object["code"] = failure.error != 0 ? os::ErrnoName(failure.error) : std::string();
  object["syscall"] = failure.syscall;
  return object;
}

}  // namespace

Napi::Object ToJavaScript(Napi::Env env, const RunEvent& event) {
  if (std::holds_alternative<Ready>(event)) {
    auto object = Napi::Object::New(env);
    object["type"] = "ready";
    return object;
  }
  if (const auto* ended = std::get_if<StreamEnded>(&event)) {
    return FailureObject(env, "stream-ended", ended->stream, ended->failure);
  }
  if (const auto* failed = std::get_if<WorkerFailed>(&event)) {
    return FailureObject(env, "worker-failed", failed->stream, failed->failure);
  }
  return SnapshotObject(env, std::get<QueuedSnapshot>(event));
}

}  // namespace vnetperf::binding
