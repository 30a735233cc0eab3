#include "os/packet_socket.h"

#include <dirent.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "os/system_error.h"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

namespace vnetperf::os {
namespace {

constexpr long kPidfdOpen = 434;
constexpr long kPidfdGetfd = 438;

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { closedir(directory); }
};

/// By readdir(3): the library's own way brings paths of every system with it, a tenth of the addon.
std::vector<int> SocketsOf(int process) {
  const std::string path = "/proc/" + std::to_string(process) + "/fd";
  const std::unique_ptr<DIR, CloseDirectory> directory(opendir(path.c_str()));
  if (directory == nullptr) throw SystemError("opendir", "buffer");
  std::vector<int> sockets;
  while (const dirent* entry = readdir(directory.get())) {
    std::array<char, 64> target;
    // `.` and `..` are no links, and a descriptor may have been closed since.
    const ssize_t length = ::readlinkat(dirfd(directory.get()), entry->d_name, target.data(), target.size());
    if (length > 0 &&
        std::string_view(target.data(), static_cast<std::size_t>(length)).starts_with("socket:"))
      sockets.push_back(std::stoi(entry->d_name));
  }
  return sockets;
}

}  // namespace

Descriptor OpenPacketSocket(const std::string& interface) {
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) throw SystemError("if_nametoindex", "bind-device");
  // Of no protocol until it is bound: it would take the frames of all interfaces meanwhile.
  Descriptor socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!socket.valid()) throw SystemError("socket", "socket");
  const int on = 1;
  if (::setsockopt(socket.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) != 0) {
    throw SystemError("setsockopt", "socket");
  }
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(index);
  // The two share their first bytes by definition.
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    throw SystemError("bind", "bind-device");
  }
  return socket;
}

void SetBuffers(int socket, int bytes) noexcept {
  // Beyond net.core.rmem_max and wmem_max that is for CAP_NET_ADMIN alone.
  constexpr std::array<std::pair<int, int>, 2> kOptions = {{
      {SO_RCVBUFFORCE, SO_RCVBUF},
      {SO_SNDBUFFORCE, SO_SNDBUF},
  }};
  for (const auto& [forced, allowed] : kOptions) {
    if (::setsockopt(socket, SOL_SOCKET, forced, &bytes, sizeof(bytes)) == 0) continue;
    ::setsockopt(socket, SOL_SOCKET, allowed, &bytes, sizeof(bytes));
  }
}

int SetBuffersOfPacketSockets(int process, int bytes) {
  constexpr const char* kStep = "buffer";
  // By number: not every C library that this is built against has names for them.
  const Descriptor handle(static_cast<int>(::syscall(kPidfdOpen, process, 0)));
  if (!handle.valid()) throw SystemError("pidfd_open", kStep);
  int found = 0;
  for (const int theirs : SocketsOf(process)) {
    const Descriptor socket(static_cast<int>(::syscall(kPidfdGetfd, handle.get(), theirs, 0)));
    if (!socket.valid()) {
      // Closed since it was listed.
      if (errno == EBADF) continue;
      throw SystemError("pidfd_getfd", kStep);
    }
    int domain = 0;
    socklen_t size = sizeof(domain);
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_PACKET)
      continue;
    SetBuffers(socket.get(), bytes);
    ++found;
  }
  return found;
}

}  // namespace vnetperf::os
