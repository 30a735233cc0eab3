#include <algorithm>
#include <array>
#include <cstddef>

#include "test/check.h"
#include "wire/udp_header.h"

using namespace vnetperf::wire;

namespace {

template <std::size_t N>
std::array<std::byte, N> Bytes(const std::array<int, N>& values) {
  std::array<std::byte, N> bytes;
  std::transform(values.begin(), values.end(), bytes.begin(), [](int value) { return std::byte(value); });
  return bytes;
}

}  // namespace

TEST(header_with_32_bit_sequence_is_three_big_endian_words) {
  const auto expected = Bytes<12>({0x01, 0x02, 0x03, 0x04, 0x00, 0x0f, 0x42, 0x3f, 0xa0, 0xb1, 0xc2, 0xd3});
  std::array<std::byte, 12> bytes;
  EncodeUdpHeader({.seconds = 0x01020304, .microseconds = 999'999, .sequence = 0xa0b1c2d3},
                  SequenceWidth::k32Bit, bytes.data());
  CHECK(bytes == expected);
  const UdpHeader read = DecodeUdpHeader(expected.data(), SequenceWidth::k32Bit);
  CHECK_EQ(read.seconds, 0x01020304u);
  CHECK_EQ(read.microseconds, 999'999u);
  CHECK_EQ(read.sequence, 0xa0b1c2d3u);
}

TEST(header_with_64_bit_sequence_has_a_quad_at_eight) {
  const auto expected =
      Bytes<16>({0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef});
  std::array<std::byte, 16> bytes;
  EncodeUdpHeader({.seconds = 0xffffffff, .microseconds = 1, .sequence = 0x0123456789abcdef},
                  SequenceWidth::k64Bit, bytes.data());
  CHECK(bytes == expected);
  CHECK_EQ(DecodeUdpHeader(expected.data(), SequenceWidth::k64Bit).sequence, 0x0123456789abcdefu);
}

TEST(header_touches_no_byte_beyond_its_own_and_needs_no_alignment) {
  for (const SequenceWidth width : {SequenceWidth::k32Bit, SequenceWidth::k64Bit}) {
    for (std::size_t offset = 0; offset < 8; ++offset) {
      std::array<std::byte, 32> bytes;
      bytes.fill(std::byte{0x55});
      EncodeUdpHeader({.seconds = 7, .microseconds = 8, .sequence = 9}, width, bytes.data() + offset);
      CHECK_EQ(DecodeUdpHeader(bytes.data() + offset, width).sequence, 9u);
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i < offset || i >= offset + UdpHeaderBytes(width)) CHECK(bytes[i] == std::byte{0x55});
      }
    }
  }
}

TEST(a_32_bit_sequence_wraps_on_the_wire) {
  std::array<std::byte, 12> bytes;
  EncodeUdpHeader({.sequence = (std::uint64_t{1} << 32) + 5}, SequenceWidth::k32Bit, bytes.data());
  CHECK_EQ(DecodeUdpHeader(bytes.data(), SequenceWidth::k32Bit).sequence, 5u);
}
