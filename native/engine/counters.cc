#include "engine/counters.h"

namespace vnetperf::engine {

void StreamCounters::MigratedTo(int core) noexcept {
  // Where the kernel does not say, or names a core beyond what it said the machine can have, the old one
  // stands.
  if (core < 0 || static_cast<std::size_t>(core) >= bytes_by_core_.size()) return;
  core_.store(core, std::memory_order_relaxed);
  Add(migrations_, std::uint64_t{1});
}

}  // namespace vnetperf::engine
