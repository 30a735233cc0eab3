#include "wire/sleeve_header.h"

#include <algorithm>

namespace vnetperf::wire {
namespace {

constexpr std::size_t kSource = 6;
constexpr std::size_t kDestination = 12;
constexpr std::size_t kLength = 18;

PeerName NameAt(std::span<const std::byte> datagram, std::size_t offset) noexcept {
  PeerName name;
  std::copy_n(datagram.begin() + static_cast<std::ptrdiff_t>(offset), name.size(), name.begin());
  return name;
}

}  // namespace

void EncodeSleeveHeader(const SleeveHeader& header, std::span<std::byte, kSleeveHeaderBytes> to) noexcept {
  std::copy(header.sender.begin(), header.sender.end(), to.begin());
  std::copy(header.source.begin(), header.source.end(), to.begin() + kSource);
  std::copy(header.destination.begin(), header.destination.end(), to.begin() + kDestination);
  to[kLength] = static_cast<std::byte>(header.frame_bytes >> 8);
  to[kLength + 1] = static_cast<std::byte>(header.frame_bytes & 0xff);
}

std::optional<SleeveHeader> DecodeSleeveHeader(std::span<const std::byte> datagram) noexcept {
  if (datagram.size() < kSleeveHeaderBytes) return std::nullopt;
  const auto length = static_cast<std::uint16_t>(std::to_integer<unsigned>(datagram[kLength]) << 8 |
                                                 std::to_integer<unsigned>(datagram[kLength + 1]));
  if (datagram.size() != kSleeveHeaderBytes + length) return std::nullopt;
  return SleeveHeader{.sender = NameAt(datagram, 0),
                      .source = NameAt(datagram, kSource),
                      .destination = NameAt(datagram, kDestination),
                      .frame_bytes = length};
}

}  // namespace vnetperf::wire
