#include "os/tcp_info.h"

// linux/tcp.h knows the fields that glibc's netinet/tcp.h does not; the two cannot be included together.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>

namespace vnetperf::os {

std::optional<TcpInfo> ReadTcpInfo(int socket) noexcept {
  // An older kernel writes a shorter structure: what it does not know stays zero.
  tcp_info kernel{};
  socklen_t length = sizeof(kernel);
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &kernel, &length) != 0) return std::nullopt;

  TcpInfo info;
  info.retransmits = kernel.tcpi_total_retrans;
  info.congestion_window_bytes = std::uint64_t{kernel.tcpi_snd_cwnd} * kernel.tcpi_snd_mss;
  if (length >= offsetof(tcp_info, tcpi_snd_wnd) + sizeof(kernel.tcpi_snd_wnd)) {
    info.send_window_bytes = kernel.tcpi_snd_wnd;
  }
  info.rtt_microseconds = kernel.tcpi_rtt;
  info.rtt_variance_microseconds = kernel.tcpi_rttvar;
  info.path_mtu_bytes = kernel.tcpi_pmtu;
  info.reorder_seen = kernel.tcpi_reord_seen;
  info.dsack_duplicates = kernel.tcpi_dsack_dups;
  info.busy_microseconds = kernel.tcpi_busy_time;
  info.receive_window_limited_microseconds = kernel.tcpi_rwnd_limited;
  info.send_buffer_limited_microseconds = kernel.tcpi_sndbuf_limited;
  info.since_last_received_milliseconds = kernel.tcpi_last_data_recv;
  return info;
}

}  // namespace vnetperf::os
