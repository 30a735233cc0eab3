#pragma once

#include <sys/types.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "engine/snapshot.h"
#include "engine/stream.h"
#include "os/thread_usage.h"

namespace vnetperf::engine {

/// One stream and the thread that serves it: pin, prepare, wait at the gate, loop, drain, finish.
class Worker {
 public:
  enum class State : int { kPreparing, kReady, kFailed, kFinished };

  /// Throws std::system_error when there can be no more threads.
  Worker(StreamSpecification specification, RunControl& control, std::size_t index);
  ~Worker() { Join(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Whoever joins has ordered the stop and has opened or abandoned the gate.
  void Join() noexcept {
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] const Stream& stream() const noexcept { return stream_; }
  [[nodiscard]] State state() const noexcept { return state_.load(std::memory_order_acquire); }

  // From kReady on.
  [[nodiscard]] const std::vector<int>& allowed_cores() const noexcept { return allowed_cores_; }
  /// CPU time since the gate opened. Exact once finished.
  [[nodiscard]] os::ThreadUsage Usage();

  // From kFailed or kFinished on.
  /// Why it ended before it was told to.
  [[nodiscard]] const std::optional<Failure>& failure() const noexcept { return failure_; }

 private:
  void Main();
  void GetReady();
  void HandBack() noexcept;
  void Announce(State state) noexcept;

  RunControl& control_;
  Stream stream_;
  const std::size_t index_;
  std::atomic<State> state_{State::kPreparing};
  pid_t thread_id_ = 0;
  std::vector<int> allowed_cores_;
  os::ThreadUsage usage_at_gate_;
  os::ThreadUsage usage_at_end_;
  std::optional<Failure> failure_;
  /// Last, so that everything it uses is there before it starts.
  std::thread thread_;
};

}  // namespace vnetperf::engine
