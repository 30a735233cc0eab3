#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "engine/counters.h"
#include "os/clock.h"

namespace vnetperf::engine {

/// SO_RCVLOWAT of a stream that flows: the receiver is woken for many segments at once and not for each.
///
/// A receiver that is done before the next segment is here sleeps and is woken for each: two switches for
/// itself, and a wakeup of another core that the sender's core pays for.
///
/// recv() then waits until so much is there, or SO_RCVTIMEO is over. That is kept for streams so fast that
/// nobody sees them wait. When one falls short of its mark, what it slept on is dated back to when it came
/// (Took), and the mark is only tried again after twice as much as before.
class LowWaterMark {
 public:
  /// `bytes`: what a call shall bring. `allowed`: not where the moment of a byte decides something.
  LowWaterMark(int socket, std::size_t bytes, bool allowed, StreamCounters& counters);

  /// Books what a call brought, and raises or lowers the mark. For how long the last of it had been there.
  [[nodiscard]] os::Nanoseconds Took(std::size_t bytes) noexcept;
  /// A call that brought nothing.
  void TookNothing() noexcept;

  [[nodiscard]] bool raised() const noexcept { return raised_; }

 private:
  void Raise() noexcept;
  void Lower() noexcept;
  [[nodiscard]] bool Set(std::size_t bytes) noexcept;

  const int socket_;
  const std::size_t wanted_;
  StreamCounters& counters_;
  bool allowed_;
  bool raised_ = false;
  /// As it is set: what the socket's buffer, which the kernel lets grow, allows of `wanted_`.
  std::size_t mark_ = 1;
  /// So much within its time raises the mark.
  std::uint64_t proof_bytes_;
  std::uint64_t seen_bytes_ = 0;
  os::Nanoseconds seen_since_ = 0;
};

}  // namespace vnetperf::engine
