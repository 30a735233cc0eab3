#include "engine/counters.h"

#include "os/scheduling.h"

namespace vnetperf::engine {

void StreamCounters::Begin() noexcept {
  first_byte_.store(os::MonotonicNow(), std::memory_order_relaxed);
  // Who never has to wait keeps its core for a slice of the scheduler's: of 128 senders of datagrams on two
  // cores the last would begin half a second after the first, and their receivers later still. So everyone
  // goes first until his first byte has moved, and from then on is one of many.
  os::RunAsOthers();
}

void StreamCounters::MigratedTo(int core) noexcept {
  // Where the kernel does not say, or names a core beyond what it said the machine can have, the old one
  // stands.
  if (core < 0 || static_cast<std::size_t>(core) >= bytes_by_core_.size()) return;
  core_.store(core, std::memory_order_relaxed);
  Add(migrations_, std::uint64_t{1});
}

}  // namespace vnetperf::engine
