#include "os/socket_address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "os/system_error.h"

namespace vnetperf::os {
namespace {

/// ioctl on the socket instead of if_nametoindex(3): that one asks in the namespace of the calling thread.
std::uint32_t ZoneIndex(int fd, const std::string& zone, const char* step) {
  std::uint32_t index = 0;
  const char* const end = zone.data() + zone.size();
  const auto [stop, error] = std::from_chars(zone.data(), end, index);
  if (error == std::errc() && stop == end) return index;

  ifreq request{};
  if (zone.empty() || zone.size() >= sizeof(request.ifr_name)) {
    throw SystemError("ioctl(SIOCGIFINDEX)", step, ENODEV);
  }
  zone.copy(request.ifr_name, sizeof(request.ifr_name) - 1);
  if (::ioctl(fd, SIOCGIFINDEX, &request) != 0) throw SystemError("ioctl(SIOCGIFINDEX)", step);
  return static_cast<std::uint32_t>(request.ifr_ifindex);
}

std::string ZoneName(int fd, std::uint32_t index) {
  ifreq request{};
  request.ifr_ifindex = static_cast<int>(index);
  if (::ioctl(fd, SIOCGIFNAME, &request) != 0) return std::to_string(index);
  return {request.ifr_name, ::strnlen(request.ifr_name, sizeof(request.ifr_name))};
}

}  // namespace

SocketAddress SocketAddress::Parse(int fd, int family, const std::string& host, std::uint16_t port,
                                   const char* step) {
  in_addr v4{};
  const bool is_v4 = ::inet_pton(AF_INET, host.c_str(), &v4) == 1;
  SocketAddress address = Any(family, port);
  if (family == AF_INET) {
    if (!is_v4) throw SystemError("inet_pton", step, EAFNOSUPPORT);
    address.storage_.v4.sin_addr = v4;
    return address;
  }
  if (is_v4) {
    auto& bytes = address.storage_.v6.sin6_addr.s6_addr;
    bytes[10] = bytes[11] = 0xff;
    std::memcpy(&bytes[12], &v4, sizeof(v4));
    return address;
  }
  const auto percent = host.find('%');
  if (::inet_pton(AF_INET6, host.substr(0, percent).c_str(), &address.storage_.v6.sin6_addr) != 1) {
    throw SystemError("inet_pton", step, EINVAL);
  }
  if (percent != std::string::npos) {
    address.storage_.v6.sin6_scope_id = ZoneIndex(fd, host.substr(percent + 1), step);
  }
  return address;
}

SocketAddress SocketAddress::Any(int family, std::uint16_t port) noexcept {
  SocketAddress address;
  if (family == AF_INET) {
    address.storage_.v4.sin_family = AF_INET;
    address.storage_.v4.sin_port = htons(port);
    address.size_ = sizeof(sockaddr_in);
  } else {
    address.storage_.v6.sin6_family = AF_INET6;
    address.storage_.v6.sin6_port = htons(port);
    address.size_ = sizeof(sockaddr_in6);
  }
  return address;
}

bool SocketAddress::mapped() const noexcept {
  return storage_.any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&storage_.v6.sin6_addr);
}

int SocketAddress::family() const noexcept { return mapped() ? AF_INET : storage_.any.sa_family; }

std::uint16_t SocketAddress::port() const noexcept {
  // sin_port and sin6_port lie at the same place.
  return ntohs(storage_.v4.sin_port);
}

std::string SocketAddress::Host(int fd) const {
  char text[INET6_ADDRSTRLEN] = "";
  if (mapped()) {
    ::inet_ntop(AF_INET, &storage_.v6.sin6_addr.s6_addr[12], text, sizeof(text));
    return text;
  }
  if (family() == AF_INET) {
    ::inet_ntop(AF_INET, &storage_.v4.sin_addr, text, sizeof(text));
    return text;
  }
  ::inet_ntop(AF_INET6, &storage_.v6.sin6_addr, text, sizeof(text));
  if (!IN6_IS_ADDR_LINKLOCAL(&storage_.v6.sin6_addr) || storage_.v6.sin6_scope_id == 0) return text;
  return std::string(text) + '%' + ZoneName(fd, storage_.v6.sin6_scope_id);
}

}  // namespace vnetperf::os
