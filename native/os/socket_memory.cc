#include "os/socket_memory.h"

#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <array>

#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

namespace vnetperf::os {

std::optional<std::uint32_t> ReceiveDrops(int socket) noexcept {
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t length = sizeof(memory);
  if (getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory.data(), &length) != 0) return std::nullopt;
  if (length < (SK_MEMINFO_DROPS + 1) * sizeof(std::uint32_t)) return std::nullopt;
  return memory[SK_MEMINFO_DROPS];
}

}  // namespace vnetperf::os
