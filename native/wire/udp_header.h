#pragma once

#include <endian.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

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

/// Writes the headers of `count` datagrams, `stride` bytes from one to the next: sent at one moment of the
/// monotonic clock (nanoseconds), numbered from `sequence` on.
void EncodeUdpHeaders(std::byte* first, std::size_t stride, std::size_t count, std::int64_t sent,
                      std::uint64_t sequence, SequenceWidth width) noexcept;

// What a receiver looks at of every datagram: inline, and memcpy instead of a cast, since with UDP_GRO a
// datagram begins at any address. Compilers make one instruction of it.

/// Seconds and microseconds as they stand there: good to be compared, and for UdpSendTime().
[[nodiscard]] inline std::uint64_t RawUdpSendTime(const std::byte* header) noexcept {
  std::uint64_t raw;
  std::memcpy(&raw, header, sizeof(raw));
  return raw;
}

/// In nanoseconds of the sender's clock.
[[nodiscard]] inline std::int64_t UdpSendTime(std::uint64_t raw) noexcept {
  const std::uint64_t both = be64toh(raw);
  return static_cast<std::int64_t>(both >> 32) * 1'000'000'000 +
         static_cast<std::int64_t>(both & 0xffffffff) * 1000;
}

template <SequenceWidth width>
[[nodiscard]] std::uint64_t UdpSequence(const std::byte* header) noexcept {
  if constexpr (width == SequenceWidth::k64Bit) {
    std::uint64_t network;
    std::memcpy(&network, header + 8, sizeof(network));
    return be64toh(network);
  } else {
    std::uint32_t network;
    std::memcpy(&network, header + 8, sizeof(network));
    return be32toh(network);
  }
}

}  // namespace vnetperf::wire
