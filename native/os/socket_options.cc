#include "os/socket_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

// Needs sockaddr_storage from the above.
#include <linux/sctp.h>

#include "os/system_error.h"

namespace vnetperf::os {
namespace {

template <typename Value>
bool TrySet(int fd, int level, int name, const Value& value) noexcept {
  return ::setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

template <typename Value>
void Set(int fd, int level, int name, const Value& value, const char* step) {
  if (!TrySet(fd, level, name, value)) throw SystemError("setsockopt", step);
}

void SetCongestion(int fd, const std::string& algorithm) {
  const auto size = static_cast<socklen_t>(algorithm.size());
  if (::setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, algorithm.data(), size) != 0) {
    throw SystemError("setsockopt", "congestion");
  }
}

void SetNoDelay(int fd, SocketProtocol protocol, bool on) {
  const int level = protocol == SocketProtocol::kSctp ? IPPROTO_SCTP : IPPROTO_TCP;
  const int name = protocol == SocketProtocol::kSctp ? SCTP_NODELAY : TCP_NODELAY;
  Set(fd, level, name, static_cast<int>(on), "no-delay");
}

void SetMss(int fd, SocketProtocol protocol, int bytes) {
  if (protocol != SocketProtocol::kSctp) return Set(fd, IPPROTO_TCP, TCP_MAXSEG, bytes, "mss");
  sctp_assoc_value value{};
  value.assoc_value = static_cast<std::uint32_t>(bytes);
  Set(fd, IPPROTO_SCTP, SCTP_MAXSEG, value, "mss");
}

/// The kernel stores twice what is asked and reports what it stored. ..FORCE needs CAP_NET_ADMIN in the
/// namespace's owner; without it net.core.rmem_max is as far as it goes, and that is no error.
void RaiseReceiveBuffer(int fd, int minimum_bytes) noexcept {
  int stored = 0;
  socklen_t size = sizeof(stored);
  if (::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &stored, &size) == 0 && stored / 2 >= minimum_bytes) return;
  if (!TrySet(fd, SOL_SOCKET, SO_RCVBUFFORCE, minimum_bytes))
    TrySet(fd, SOL_SOCKET, SO_RCVBUF, minimum_bytes);
}

/// A dual-stack socket takes its IPv4 packets' TOS from IP_TOS, its IPv6 packets' from IPV6_TCLASS. Which of
/// them count is known only once there is a peer, so both are set; one that is IPv6 only may refuse the
/// first.
void SetTos(int fd, int family, int tos) {
  if (family == AF_INET) return Set(fd, IPPROTO_IP, IP_TOS, tos, "tos");
  TrySet(fd, IPPROTO_IP, IP_TOS, tos);
  Set(fd, IPPROTO_IPV6, IPV6_TCLASS, tos, "traffic-class");
}

/// Path MTU discovery with the don't-fragment bit on every packet: a datagram that is too large is refused
/// with EMSGSIZE. IPv6 routers never fragment; IPV6_DONTFRAG forbids it to the sender, too.
void SetDontFragment(int fd, int family) {
  constexpr const char* kStep = "dont-fragment";
  if (family == AF_INET) return Set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO, kStep);
  TrySet(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
  Set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO, kStep);
  Set(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1, kStep);
}

void SetKeepalive(int fd, const Keepalive& keepalive) {
  constexpr const char* kStep = "keepalive";
  Set(fd, SOL_SOCKET, SO_KEEPALIVE, 1, kStep);
  if (keepalive.idle_seconds > 0) Set(fd, IPPROTO_TCP, TCP_KEEPIDLE, keepalive.idle_seconds, kStep);
  if (keepalive.interval_seconds > 0) Set(fd, IPPROTO_TCP, TCP_KEEPINTVL, keepalive.interval_seconds, kStep);
  if (keepalive.count > 0) Set(fd, IPPROTO_TCP, TCP_KEEPCNT, keepalive.count, kStep);
}

void SetSctpStreams(int fd, int streams) {
  sctp_initmsg message{};
  message.sinit_num_ostreams = static_cast<std::uint16_t>(streams);
  message.sinit_max_instreams = static_cast<std::uint16_t>(streams);
  Set(fd, IPPROTO_SCTP, SCTP_INITMSG, message, "sctp-streams");
}

}  // namespace

void ApplySocketOptions(int fd, SocketProtocol protocol, int family, const SocketOptions& options) {
  // First of all: once an algorithm that paces has started on a connection, the kernel keeps pacing that
  // socket after it is exchanged for another.
  if (options.congestion) SetCongestion(fd, *options.congestion);
  if (options.reuse_address) {
    Set(fd, SOL_SOCKET, SO_REUSEADDR, static_cast<int>(*options.reuse_address), "reuse-address");
  }
  if (options.v6_only && family == AF_INET6) {
    Set(fd, IPPROTO_IPV6, IPV6_V6ONLY, static_cast<int>(*options.v6_only), "v6-only");
  }
  if (options.no_delay) SetNoDelay(fd, protocol, *options.no_delay);
  if (options.mss_bytes) SetMss(fd, protocol, *options.mss_bytes);
  if (options.send_buffer_bytes) Set(fd, SOL_SOCKET, SO_SNDBUF, *options.send_buffer_bytes, "buffer");
  if (options.receive_buffer_bytes) Set(fd, SOL_SOCKET, SO_RCVBUF, *options.receive_buffer_bytes, "buffer");
  if (options.minimum_receive_buffer_bytes) {
    RaiseReceiveBuffer(fd, *options.minimum_receive_buffer_bytes);
  }
  if (options.tos) SetTos(fd, family, *options.tos);
  if (options.dont_fragment) SetDontFragment(fd, family);
  if (options.max_pacing_rate_bytes_per_second) {
    // Eight bytes since Linux 4.20. An older kernel takes the first four, which are the low ones on x86 and
    // ARM.
    Set(fd, SOL_SOCKET, SO_MAX_PACING_RATE, *options.max_pacing_rate_bytes_per_second, "pacing");
  }
  if (options.user_timeout_ms) {
    Set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, *options.user_timeout_ms, "user-timeout");
  }
  if (options.keepalive) SetKeepalive(fd, *options.keepalive);
  if (options.sctp_streams) SetSctpStreams(fd, *options.sctp_streams);
}

}  // namespace vnetperf::os
