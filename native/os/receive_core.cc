#include "os/receive_core.h"

#include <sys/socket.h>

namespace vnetperf::os {

std::optional<int> ReceiveCore(int socket) noexcept {
  int core = -1;
  socklen_t length = sizeof(core);
  if (getsockopt(socket, SOL_SOCKET, SO_INCOMING_CPU, &core, &length) != 0 || core < 0) return std::nullopt;
  return core;
}

}  // namespace vnetperf::os
