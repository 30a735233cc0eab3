#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace vnetperf::wire {

/// How Weave Net numbers its routers: six bytes, as of a hardware address.
using PeerName = std::array<std::byte, 6>;

/// What weave's slow path puts in front of an Ethernet frame, without encryption:
///
///     offset  0   6 bytes   the peer that sent the datagram
///     offset  6   6 bytes   the peer whose bridge the frame comes from
///     offset 12   6 bytes   the peer whose bridge it goes to
///     offset 18   u16       bytes of the frame, in network byte order
///
/// From offset 6 on it repeats, with a frame behind each, as long as the datagram has bytes. Ours have one
/// frame.
struct SleeveHeader {
  PeerName sender;
  PeerName source;
  PeerName destination;
  std::uint16_t frame_bytes = 0;
};

inline constexpr std::size_t kSleeveHeaderBytes = 20;

void EncodeSleeveHeader(const SleeveHeader& header, std::span<std::byte, kSleeveHeaderBytes> to) noexcept;

/// None where the datagram is shorter than the header and the frame that it speaks of, or longer.
[[nodiscard]] std::optional<SleeveHeader> DecodeSleeveHeader(std::span<const std::byte> datagram) noexcept;

}  // namespace vnetperf::wire
