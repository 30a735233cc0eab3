#pragma once

#include <cstdint>

#include "engine/run_control.h"
#include "engine/sampler.h"
#include "engine/snapshot.h"
#include "engine/specification.h"
#include "engine/worker.h"

namespace vnetperf::engine {

struct Progress {
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;
};

/// Streams that start together and end together, each on a thread of its own, and a sampler that watches
/// them. Every method may be called at any time; none waits for traffic except Close().
class Run {
 public:
  /// Starts all threads; they get ready and wait. Throws std::invalid_argument for a specification that
  /// cannot be run and std::system_error when there can be no more threads. `observer` outlives the run.
  Run(RunSpecification specification, RunObserver& observer);
  ~Run() { Close(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// Opens the gate as soon as all workers are ready.
  void Open() noexcept;
  /// Asks for the end. The last snapshot follows.
  void Stop() noexcept;
  /// Ends and joins all threads: some 20 ms in a run under way, at once otherwise. Nothing is observed
  /// afterwards, and nothing is held of the sockets.
  void Close() noexcept;

  [[nodiscard]] Progress progress() const noexcept;

 private:
  RunControl control_;
  Workers workers_;
  /// Stands for the workers, which are gone then.
  Progress progress_at_close_;
  std::optional<Sampler> sampler_;
};

}  // namespace vnetperf::engine
