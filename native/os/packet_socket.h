#pragma once

#include <string>

#include "os/descriptor.h"

namespace vnetperf::os {

/// Takes every frame that arrives at an interface, and sends frames out of it; what it sends it does not take
/// itself (Linux 4.20). Throws SystemError.
[[nodiscard]] Descriptor OpenPacketSocket(const std::string& interface);

/// Room for this many bytes of packets in each direction, where the kernel lets us have it. It takes as much
/// again for what it writes down of them.
void SetBuffers(int socket, int bytes) noexcept;

/// The same for the packet sockets of another process: of what may trace it alone. Returns how many there
/// are. Throws SystemError.
int SetBuffersOfPacketSockets(int process, int bytes);

}  // namespace vnetperf::os
