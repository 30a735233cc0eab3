#pragma once

#include <sys/types.h>

#include <cstddef>

#include "engine/counters.h"
#include "engine/payload.h"
#include "os/descriptor.h"

namespace vnetperf::engine {

/// A pipe that holds references to the pages of a payload, block after block, and gives them to a socket:
/// vmsplice() in front, splice() behind. The payload never changes, so pages that are still in flight are
/// safe.
///
/// It is filled further than what is taken from it, for the price of one vmsplice() for many blocks. What is
/// in it and never taken was never sent.
class PayloadPipe {
 public:
  /// Throws os::SystemError.
  PayloadPipe(std::size_t block_bytes, bool repeating_payload);

  /// How much it holds at most.
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] std::size_t held() const noexcept { return held_; }
  /// Whether to Fill() before `bytes` are taken.
  [[nodiscard]] bool WantsFilling(std::size_t bytes) const noexcept {
    return held_ < bytes && held_ <= capacity_ / 2;
  }

  /// Puts in as much as there is room for. -1 = errno.
  ssize_t Fill() noexcept;
  /// Hands at most `bytes` of what it holds to the socket. -1 = errno.
  ssize_t Take(int socket, std::size_t bytes) noexcept;

 private:
  os::Descriptor out_;
  os::Descriptor in_;
  std::size_t capacity_ = 0;
  std::size_t held_ = 0;
  /// The blocks that are put in over and over, and where the next byte stands.
  PageBuffer ring_;
  std::size_t ring_bytes_ = 0;
  std::size_t position_ = 0;
};

}  // namespace vnetperf::engine
