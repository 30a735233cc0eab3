#include "os/socket_facts.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <limits>

#include "os/system_error.h"

namespace vnetperf::os {
namespace {

template <typename Value>
bool TryGet(int fd, int level, int name, Value& value) noexcept {
  socklen_t size = sizeof(value);
  return ::getsockopt(fd, level, name, &value, &size) == 0;
}

std::string Congestion(int fd) {
  char name[16] = "";  // TCP_CA_NAME_MAX
  if (!TryGet(fd, IPPROTO_TCP, TCP_CONGESTION, name)) return {};
  name[sizeof(name) - 1] = '\0';
  return name;
}

/// The kernel publishes no "is paced": tcpi_pacing_rate is computed for every connection, paced or not. It
/// paces a socket whose algorithm asked for it, of which mainline has BBR alone, and one with a maximum rate.
/// What cannot be seen from here is pacing by an fq queueing discipline on the way out.
bool Paced(int fd, const std::string& congestion) noexcept {
  if (congestion.starts_with("bbr")) return true;
  std::uint64_t rate = std::numeric_limits<std::uint64_t>::max();
  return TryGet(fd, SOL_SOCKET, SO_MAX_PACING_RATE, rate) &&
         rate != std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

SocketFacts ReadSocketFacts(int fd, SocketProtocol protocol) {
  SocketFacts facts;
  if (!TryGet(fd, SOL_SOCKET, SO_SNDBUF, facts.send_buffer_bytes)) throw SystemError("getsockopt", "facts");
  if (!TryGet(fd, SOL_SOCKET, SO_RCVBUF, facts.receive_buffer_bytes))
    throw SystemError("getsockopt", "facts");
  if (protocol == SocketProtocol::kTcp || protocol == SocketProtocol::kMptcp) {
    TryGet(fd, IPPROTO_TCP, TCP_MAXSEG, facts.mss_bytes);
    facts.congestion = Congestion(fd);
    facts.paced = Paced(fd, facts.congestion);
  }
  if (::ioctl(fd, SIOCOUTQ, &facts.unacknowledged_bytes) != 0) facts.unacknowledged_bytes = 0;
  return facts;
}

}  // namespace vnetperf::os
