#pragma once

#include <cstdint>
#include <string>

#include "os/socket_options.h"

namespace vnetperf::os {

struct SocketFacts {
  /// As the kernel accounts them: twice what was asked for.
  int send_buffer_bytes = 0;
  int receive_buffer_bytes = 0;
  /// 0 where the protocol has none.
  int mss_bytes = 0;
  /// Empty where the protocol has none.
  std::string congestion;
  bool paced = false;
  int unacknowledged_bytes = 0;
};

/// What the kernel does not tell stays 0. Throws SystemError only when the descriptor is no socket.
[[nodiscard]] SocketFacts ReadSocketFacts(int fd, SocketProtocol protocol);

}  // namespace vnetperf::os
