#pragma once

#include "test/loopback.h"

/// Datagrams from one end of a UDP connection to the other.
namespace vnetperf::test {

struct Mode {
  std::size_t length = 1000;
  std::uint64_t rate_bits_per_second = 0;
  std::uint32_t burst = 1;
  std::uint32_t gso_segments = 0;
  bool gro = false;
  std::uint32_t batch = 0;
  bool discard = false;
  wire::SequenceWidth width = wire::SequenceWidth::k32Bit;
  os::Nanoseconds duration = os::FromSeconds(0.3);
  /// 0 = by time.
  std::uint64_t blocks = 0;
};

[[nodiscard]] Results Play(const Mode& mode, const Ends& ends = ConnectUdp());

/// Checks what holds whatever was lost.
void CheckAccount(const Mode& mode, const Results& results);

/// How many datagrams of this size wait in the receive buffer of this socket and none is dropped.
[[nodiscard]] std::uint64_t Held(const os::Descriptor& socket, std::size_t length);

}  // namespace vnetperf::test
