#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "os/descriptor.h"
#include "os/socket_address.h"
#include "os/socket_options.h"

namespace vnetperf::os {

struct BindTarget {
  /// Numeric; absent = any address.
  std::optional<std::string> host;
  std::uint16_t port = 0;
};

struct ConnectTarget {
  std::string host;
  std::uint16_t port = 0;
};

struct SocketSpecification {
  SocketProtocol protocol = SocketProtocol::kTcp;
  /// AF_INET or AF_INET6.
  int family = AF_INET;
  /// The network namespace to make the socket in; absent = that of the calling thread.
  std::optional<int> namespace_fd;
  std::optional<BindTarget> bind;
  std::optional<std::string> bind_device;
  std::optional<int> listen_backlog;
  std::optional<ConnectTarget> connect;
  SocketOptions options;
};

/// A non-blocking close-on-exec socket with its options set, bound, listening and connecting as asked, in
/// that order. A TCP connection may still be on its way; a refusal that the kernel knows at once is thrown
/// here. An IPv6 socket that is bound is dual-stack unless options.v6_only. Throws SystemError; nothing stays
/// open then.
[[nodiscard]] Descriptor OpenSocket(const SocketSpecification& specification);

/// Connects, or starts to. Throws SystemError.
void ConnectSocket(int fd, SocketAddress address, std::optional<std::uint32_t> flow_label);

/// After the socket became writable: throws what connect() came to, step `connect`.
void RequireConnected(int fd);

/// None when there is nothing to accept now.
[[nodiscard]] std::optional<Descriptor> AcceptConnection(int fd);

/// Bytes put into `buffer`; none when it would block. Zero is the end of the stream (or an empty datagram).
/// Never blocks, even after somebody who shares the descriptor made it blocking; the same holds for the next
/// two.
[[nodiscard]] std::optional<std::size_t> Receive(int fd, std::span<std::uint8_t> buffer, bool peek);
[[nodiscard]] std::optional<std::size_t> ReceiveFrom(int fd, std::span<std::uint8_t> buffer, bool peek,
                                                     SocketAddress& from);
/// Bytes taken, 0 when it would block. No SIGPIPE.
[[nodiscard]] std::size_t Send(int fd, std::span<const std::uint8_t> data);

[[nodiscard]] SocketAddress LocalAddress(int fd);
[[nodiscard]] SocketAddress RemoteAddress(int fd);

}  // namespace vnetperf::os
