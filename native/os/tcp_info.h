#pragma once

#include <cstdint>
#include <optional>

namespace vnetperf::os {

/// What TCP_INFO says of one connection, since it was made.
struct TcpInfo {
  std::uint32_t retransmits = 0;  ///< segments
  std::uint64_t congestion_window_bytes = 0;
  std::int64_t send_window_bytes = -1;  ///< -1: a kernel before 5.4
  std::uint32_t rtt_microseconds = 0;
  std::uint32_t rtt_variance_microseconds = 0;
  std::uint32_t path_mtu_bytes = 0;
  std::uint32_t reorder_seen = 0;
  std::uint32_t dsack_duplicates = 0;
  std::uint64_t busy_microseconds = 0;
  std::uint64_t receive_window_limited_microseconds = 0;
  std::uint64_t send_buffer_limited_microseconds = 0;
  std::uint32_t since_last_received_milliseconds = 0;  ///< to a tick of the kernel's, 1 to 10 ms
};

/// Nothing for a descriptor that is no TCP connection.
[[nodiscard]] std::optional<TcpInfo> ReadTcpInfo(int socket) noexcept;

}  // namespace vnetperf::os
