#pragma once

#include <cstddef>
#include <cstdint>

namespace vnetperf::wire {

/// What stands at the start of every datagram, in network byte order:
///
///     offset 0   u32        seconds of the sender's CLOCK_MONOTONIC
///     offset 4   u32        microseconds
///     offset 8   u32 / u64  sequence number, from 1
///
/// The test's parameters say which width the sequence number has; the datagram does not.
struct UdpHeader {
  std::uint32_t seconds = 0;
  std::uint32_t microseconds = 0;
  std::uint64_t sequence = 0;
};

enum class SequenceWidth { k32Bit, k64Bit };

[[nodiscard]] constexpr std::size_t UdpHeaderBytes(SequenceWidth width) noexcept {
  return width == SequenceWidth::k64Bit ? 16 : 12;
}

/// Writes UdpHeaderBytes(width) bytes. A 32-bit sequence number wraps.
void EncodeUdpHeader(const UdpHeader& header, SequenceWidth width, std::byte* to) noexcept;

/// Reads UdpHeaderBytes(width) bytes.
[[nodiscard]] UdpHeader DecodeUdpHeader(const std::byte* from, SequenceWidth width) noexcept;

}  // namespace vnetperf::wire
