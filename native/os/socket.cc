#include "os/socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "os/flow_label.h"
#include "os/network_namespace.h"
#include "os/system_error.h"

namespace vnetperf::os {
namespace {

/// Younger than the oldest C library this compiles against.
constexpr int kProtocolMptcp = 262;
/// SCTP_SOCKOPT_BINDX_ADD: the value is a packed array of sockaddr_in and sockaddr_in6.
constexpr int kSctpBindxAdd = 100;

int ProtocolNumber(SocketProtocol protocol) noexcept {
  switch (protocol) {
    case SocketProtocol::kTcp:
      return IPPROTO_TCP;
    case SocketProtocol::kMptcp:
      return kProtocolMptcp;
    case SocketProtocol::kUdp:
      return IPPROTO_UDP;
    case SocketProtocol::kSctp:
      return IPPROTO_SCTP;
  }
  return IPPROTO_TCP;
}

/// An association with several local addresses, all on the port that bind() gave.
void AddSctpAddresses(int fd, int family, std::uint16_t port, const std::vector<std::string>& hosts) {
  constexpr const char* kStep = "sctp-bind";
  std::vector<std::uint8_t> packed;
  for (const auto& host : hosts) {
    const auto address = SocketAddress::Parse(fd, family, host, port, kStep);
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(address.data());
    packed.insert(packed.end(), bytes, bytes + address.size());
  }
  if (::setsockopt(fd, IPPROTO_SCTP, kSctpBindxAdd, packed.data(), static_cast<socklen_t>(packed.size())) !=
      0) {
    throw SystemError("setsockopt", kStep);
  }
}

void BindSocket(int fd, const SocketSpecification& specification) {
  const auto& target = *specification.bind;
  const auto address = target.host
                           ? SocketAddress::Parse(fd, specification.family, *target.host, target.port, "bind")
                           : SocketAddress::Any(specification.family, target.port);
  if (::bind(fd, address.data(), address.size()) != 0) throw SystemError("bind", "bind");
}

/// Only the making of the socket and what looks up interface names must happen in the namespace, but one
/// thread does it all: that costs nothing more.
Descriptor OpenHere(const SocketSpecification& specification) {
  const int type = specification.protocol == SocketProtocol::kUdp ? SOCK_DGRAM : SOCK_STREAM;
  Descriptor socket(::socket(specification.family, type | SOCK_NONBLOCK | SOCK_CLOEXEC,
                             ProtocolNumber(specification.protocol)));
  if (!socket.valid()) throw SystemError("socket", "socket");
  const int fd = socket.get();

  SocketOptions options = specification.options;
  // net.ipv6.bindv6only must not decide whether an IPv4 client reaches an IPv6 listener.
  if (!specification.connect && !options.v6_only) options.v6_only = false;
  ApplySocketOptions(fd, specification.protocol, specification.family, options);

  if (const auto& device = specification.bind_device) {
    const auto size = static_cast<socklen_t>(device->size());
    if (::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device->data(), size) != 0) {
      throw SystemError("setsockopt", "bind-device");
    }
  }
  if (specification.bind) BindSocket(fd, specification);
  if (!options.sctp_bind_addresses.empty()) {
    AddSctpAddresses(fd, specification.family, LocalAddress(fd).port(), options.sctp_bind_addresses);
  }
  if (specification.listen_backlog && ::listen(fd, *specification.listen_backlog) != 0) {
    throw SystemError("listen", "listen");
  }
  if (const auto& target = specification.connect) {
    ConnectSocket(fd, SocketAddress::Parse(fd, specification.family, target->host, target->port, "connect"),
                  options.flow_label);
  }
  return socket;
}

/// accept(2) hands out errors that belong to the connection that did not come about. They say nothing against
/// the listener, which goes on.
bool IsErrorOfTheNewcomer(int error_number) noexcept {
  switch (error_number) {
    case ECONNABORTED:
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EPERM:
      return true;
    default:
      return false;
  }
}

bool WouldBlock(int error_number) noexcept {
  return error_number == EAGAIN || error_number == EWOULDBLOCK || error_number == EINTR;
}

}  // namespace

Descriptor OpenSocket(const SocketSpecification& specification) {
  if (!specification.namespace_fd) return OpenHere(specification);
  Descriptor socket;
  InNetworkNamespace(*specification.namespace_fd, [&] { socket = OpenHere(specification); });
  return socket;
}

void ConnectSocket(int fd, SocketAddress address, std::optional<std::uint32_t> flow_label) {
  if (flow_label) UseFlowLabel(fd, address.v6(), *flow_label);
  if (::connect(fd, address.data(), address.size()) == 0 || errno == EINPROGRESS || errno == EINTR) return;
  throw SystemError("connect", "connect");
}

void RequireConnected(int fd) {
  int error_number = 0;
  socklen_t size = sizeof(error_number);
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error_number, &size) != 0)
    throw SystemError("getsockopt", "connect");
  if (error_number != 0) throw SystemError("connect", "connect", error_number);
  // SO_ERROR tells an error once and 0 from then on, and 0 for a connection that is still on its way.
  SocketAddress peer;
  if (::getpeername(fd, peer.data(), peer.size_to_fill()) != 0) throw SystemError("connect", "connect");
}

std::optional<Descriptor> AcceptConnection(int fd) {
  const int accepted = ::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (accepted >= 0) return Descriptor(accepted);
  if (WouldBlock(errno) || IsErrorOfTheNewcomer(errno)) return std::nullopt;
  throw SystemError("accept", "accept");
}

std::optional<std::size_t> Receive(int fd, std::span<std::uint8_t> buffer, bool peek) {
  const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT | (peek ? MSG_PEEK : 0));
  if (count >= 0) return static_cast<std::size_t>(count);
  if (WouldBlock(errno)) return std::nullopt;
  throw SystemError("recv", "read");
}

std::optional<std::size_t> ReceiveFrom(int fd, std::span<std::uint8_t> buffer, bool peek,
                                       SocketAddress& from) {
  const ssize_t count = ::recvfrom(fd, buffer.data(), buffer.size(), MSG_DONTWAIT | (peek ? MSG_PEEK : 0),
                                   from.data(), from.size_to_fill());
  if (count >= 0) return static_cast<std::size_t>(count);
  if (WouldBlock(errno)) return std::nullopt;
  throw SystemError("recvfrom", "read");
}

std::size_t Send(int fd, std::span<const std::uint8_t> data) {
  const ssize_t count = ::send(fd, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count >= 0) return static_cast<std::size_t>(count);
  if (WouldBlock(errno)) return 0;
  throw SystemError("send", "write");
}

SocketAddress LocalAddress(int fd) {
  SocketAddress address;
  if (::getsockname(fd, address.data(), address.size_to_fill()) != 0)
    throw SystemError("getsockname", "address");
  return address;
}

SocketAddress RemoteAddress(int fd) {
  SocketAddress address;
  if (::getpeername(fd, address.data(), address.size_to_fill()) != 0)
    throw SystemError("getpeername", "address");
  return address;
}

}  // namespace vnetperf::os
