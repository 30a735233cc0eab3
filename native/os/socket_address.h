#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace vnetperf::os {

/// An IPv4 or IPv6 endpoint as the kernel takes it. A fresh one is empty, to be filled by the kernel.
class SocketAddress {
 public:
  SocketAddress() noexcept = default;

  /// A numeric host for a socket of this family (AF_INET or AF_INET6). An IPv4 host becomes v4-mapped on an
  /// IPv6 socket. `%zone` is a number or an interface name, which is looked up through `fd`, hence in the
  /// namespace of that socket. Throws SystemError with `step`.
  [[nodiscard]] static SocketAddress Parse(int fd, int family, const std::string& host, std::uint16_t port,
                                           const char* step);
  /// 0.0.0.0 or ::.
  [[nodiscard]] static SocketAddress Any(int family, std::uint16_t port) noexcept;

  /// AF_INET for a v4-mapped address, too.
  [[nodiscard]] int family() const noexcept;
  /// v4-mapped addresses are shown as IPv4. A link-local IPv6 address carries the name of its interface as
  /// seen by the socket `fd`.
  [[nodiscard]] std::string Host(int fd) const;
  [[nodiscard]] std::uint16_t port() const noexcept;

  [[nodiscard]] const sockaddr* data() const noexcept { return &storage_.any; }
  [[nodiscard]] sockaddr* data() noexcept { return &storage_.any; }
  [[nodiscard]] socklen_t size() const noexcept { return size_; }
  /// Where the kernel writes the size; holds the capacity before.
  [[nodiscard]] socklen_t* size_to_fill() noexcept {
    size_ = sizeof(storage_);
    return &size_;
  }
  /// Precondition: an IPv6 address.
  [[nodiscard]] sockaddr_in6& v6() noexcept { return storage_.v6; }

 private:
  [[nodiscard]] bool mapped() const noexcept;

  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
    sockaddr_storage all;
  } storage_ = {.all = {}};
  socklen_t size_ = 0;
};

}  // namespace vnetperf::os
