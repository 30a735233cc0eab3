#include "wire/udp_header.h"

namespace vnetperf::wire {
namespace {

void Put32(std::uint32_t value, std::byte* to) noexcept {
  const std::uint32_t network = htobe32(value);
  std::memcpy(to, &network, sizeof(network));
}

void Put64(std::uint64_t value, std::byte* to) noexcept {
  const std::uint64_t network = htobe64(value);
  std::memcpy(to, &network, sizeof(network));
}

template <SequenceWidth width>
void PutSequence(std::uint64_t sequence, std::byte* header) noexcept {
  if constexpr (width == SequenceWidth::k64Bit) {
    Put64(sequence, header + 8);
  } else {
    Put32(static_cast<std::uint32_t>(sequence), header + 8);
  }
}

template <SequenceWidth width>
void Encode(std::byte* header, std::size_t stride, std::size_t count, std::uint64_t raw_time,
            std::uint64_t sequence) noexcept {
  for (std::size_t i = 0; i < count; ++i, header += stride) {
    std::memcpy(header, &raw_time, sizeof(raw_time));
    PutSequence<width>(sequence + i, header);
  }
}

}  // namespace

void EncodeUdpHeader(const UdpHeader& header, SequenceWidth width, std::byte* to) noexcept {
  Put32(header.seconds, to);
  Put32(header.microseconds, to + 4);
  if (width == SequenceWidth::k64Bit) {
    PutSequence<SequenceWidth::k64Bit>(header.sequence, to);
  } else {
    PutSequence<SequenceWidth::k32Bit>(header.sequence, to);
  }
}

UdpHeader DecodeUdpHeader(const std::byte* from, SequenceWidth width) noexcept {
  const std::uint64_t time = be64toh(RawUdpSendTime(from));
  return {.seconds = static_cast<std::uint32_t>(time >> 32),
          .microseconds = static_cast<std::uint32_t>(time),
          .sequence = width == SequenceWidth::k64Bit ? UdpSequence<SequenceWidth::k64Bit>(from)
                                                     : UdpSequence<SequenceWidth::k32Bit>(from)};
}

void EncodeUdpHeaders(std::byte* first, std::size_t stride, std::size_t count, std::int64_t sent,
                      std::uint64_t sequence, SequenceWidth width) noexcept {
  const auto seconds = static_cast<std::uint64_t>(sent / 1'000'000'000);
  const auto microseconds = static_cast<std::uint64_t>(sent % 1'000'000'000 / 1000);
  const std::uint64_t raw_time = htobe64(seconds << 32 | microseconds);
  if (width == SequenceWidth::k64Bit) {
    Encode<SequenceWidth::k64Bit>(first, stride, count, raw_time, sequence);
  } else {
    Encode<SequenceWidth::k32Bit>(first, stride, count, raw_time, sequence);
  }
}

}  // namespace vnetperf::wire
