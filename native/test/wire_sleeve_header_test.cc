#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "test/check.h"
#include "wire/sleeve_header.h"

using namespace vnetperf::wire;

namespace {

PeerName Name(int last) { return {std::byte{2}, {}, {}, {}, {}, static_cast<std::byte>(last)}; }

std::vector<std::byte> Datagram(std::uint16_t said, std::size_t frame_bytes) {
  std::vector<std::byte> datagram(kSleeveHeaderBytes + frame_bytes, std::byte{0x55});
  EncodeSleeveHeader({.sender = Name(1), .source = Name(3), .destination = Name(2), .frame_bytes = said},
                     std::span<std::byte, kSleeveHeaderBytes>(datagram.data(), kSleeveHeaderBytes));
  return datagram;
}

}  // namespace

TEST(sleeve_header_is_three_names_and_a_length_in_network_order) {
  const auto datagram = Datagram(0x0102, 0x0102);
  const std::array<int, kSleeveHeaderBytes> expected = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0,
                                                        0, 3, 2, 0, 0, 0, 0, 2, 1, 2};
  CHECK(std::equal(expected.begin(), expected.end(), datagram.begin(),
                   [](int value, std::byte byte) { return std::byte(value) == byte; }));
  const auto header = DecodeSleeveHeader(datagram);
  CHECK(header.has_value());
  CHECK(header->sender == Name(1) && header->source == Name(3) && header->destination == Name(2));
  CHECK_EQ(header->frame_bytes, 0x0102);
}

TEST(sleeve_header_must_speak_of_the_whole_datagram) {
  CHECK(DecodeSleeveHeader(Datagram(100, 100)).has_value());
  CHECK(!DecodeSleeveHeader(Datagram(101, 100)).has_value());
  CHECK(!DecodeSleeveHeader(Datagram(99, 100)).has_value());
  CHECK(!DecodeSleeveHeader(Datagram(65'535, 0)).has_value());
  const auto datagram = Datagram(0, 0);
  for (std::size_t bytes = 0; bytes < kSleeveHeaderBytes; ++bytes) {
    CHECK(!DecodeSleeveHeader(std::span(datagram).first(bytes)).has_value());
  }
}
