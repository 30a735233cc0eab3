#pragma once

#include <memory>
#include <optional>

#include "engine/snapshot.h"
#include "engine/stream.h"

namespace vnetperf::engine {

/// What a worker does with its socket. Two calls a run: nothing virtual happens between blocks.
class Loop {
 public:
  virtual ~Loop() = default;
  /// Before the gate: allocates, faults in and fills what the loop needs. Throws os::SystemError or
  /// std::bad_alloc.
  virtual void Prepare() = 0;
  /// Moves blocks until told to stop. A failure when the socket died or its peer finished before that.
  [[nodiscard]] virtual std::optional<Failure> Run() = 0;
};

/// The loop that protocol and direction ask for.
[[nodiscard]] std::unique_ptr<Loop> MakeLoop(Stream& stream);

}  // namespace vnetperf::engine
