#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vnetperf::os {

enum class SocketProtocol : std::uint8_t { kTcp, kMptcp, kUdp, kSctp };

struct Keepalive {
  /// Zero leaves the kernel's default.
  int idle_seconds = 0;
  int interval_seconds = 0;
  int count = 0;
};

/// What is absent is left as it is.
struct SocketOptions {
  std::optional<std::string> congestion;
  std::optional<bool> reuse_address;
  std::optional<bool> v6_only;
  std::optional<bool> no_delay;
  std::optional<int> mss_bytes;
  std::optional<int> send_buffer_bytes;
  std::optional<int> receive_buffer_bytes;
  std::optional<int> minimum_receive_buffer_bytes;
  std::optional<int> tos;
  /// Needs a destination: ConnectSocket applies it, ApplySocketOptions does not look at it.
  std::optional<std::uint32_t> flow_label;
  /// false leaves the kernel's default, which net.ipv4.ip_no_pmtu_disc decides.
  bool dont_fragment = false;
  std::optional<std::uint64_t> max_pacing_rate_bytes_per_second;
  std::optional<std::uint32_t> user_timeout_ms;
  std::optional<Keepalive> keepalive;
  std::optional<int> sctp_streams;
  /// Further local addresses; OpenSocket adds them after bind(). ApplySocketOptions does not look at them.
  std::vector<std::string> sctp_bind_addresses;
};

/// `family` is that of the socket: AF_INET6 also for a dual-stack socket that talks IPv4. Throws SystemError
/// whose step names the option; what stood before it in the order of application stays set.
void ApplySocketOptions(int fd, SocketProtocol protocol, int family, const SocketOptions& options);

}  // namespace vnetperf::os
