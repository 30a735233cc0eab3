#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "test/loopback.h"

/// Senders over TCP, by every path.
namespace vnetperf::test {

inline constexpr std::array kSendPaths{engine::SendPath::kCopy, engine::SendPath::kSendfile,
                                       engine::SendPath::kSplice, engine::SendPath::kZerocopy};

struct Sending {
  engine::SendPath path;
  std::size_t length = 131'072;
  std::size_t streams = 1;
  std::uint64_t bytes = 0;
  std::uint64_t blocks = 0;
  os::Nanoseconds duration = 0;
  os::Nanoseconds omit = 0;
  std::uint64_t rate_bits_per_second = 0;
};

/// A client that sends so over each of these.
[[nodiscard]] engine::RunSpecification SendersOf(const Sending& given, const std::vector<Ends>& ends);

/// A figure of all streams together.
[[nodiscard]] std::uint64_t Sum(const engine::Snapshot& snapshot,
                                std::uint64_t engine::StreamSnapshot::*figure);

/// What comes until it is so many bytes.
[[nodiscard]] std::string ReceiveAll(int socket, std::size_t bytes);

}  // namespace vnetperf::test
