#include "wire/udp_header.h"

#include <endian.h>

#include <cstring>

namespace vnetperf::wire {
namespace {

// memcpy, not a cast: with UDP_GRO a datagram begins at any address. Compilers make one instruction of it.
void Put32(std::uint32_t value, std::byte* to) noexcept {
  const std::uint32_t network = htobe32(value);
  std::memcpy(to, &network, sizeof(network));
}

void Put64(std::uint64_t value, std::byte* to) noexcept {
  const std::uint64_t network = htobe64(value);
  std::memcpy(to, &network, sizeof(network));
}

std::uint32_t Get32(const std::byte* from) noexcept {
  std::uint32_t network;
  std::memcpy(&network, from, sizeof(network));
  return be32toh(network);
}

std::uint64_t Get64(const std::byte* from) noexcept {
  std::uint64_t network;
  std::memcpy(&network, from, sizeof(network));
  return be64toh(network);
}

}  // namespace

void EncodeUdpHeader(const UdpHeader& header, SequenceWidth width, std::byte* to) noexcept {
  Put32(header.seconds, to);
  Put32(header.microseconds, to + 4);
  if (width == SequenceWidth::k64Bit) {
    Put64(header.sequence, to + 8);
  } else {
    Put32(static_cast<std::uint32_t>(header.sequence), to + 8);
  }
}

UdpHeader DecodeUdpHeader(const std::byte* from, SequenceWidth width) noexcept {
  return {.seconds = Get32(from),
          .microseconds = Get32(from + 4),
          .sequence = width == SequenceWidth::k64Bit ? Get64(from + 8) : Get32(from + 8)};
}

}  // namespace vnetperf::wire
