#pragma once

#include <optional>

namespace vnetperf::os {

/// The core on which the kernel last brought a packet of this socket up the stack (SO_INCOMING_CPU): the one
/// that bore the receive softirq. Nothing before the first packet, and for a UDP socket that is not
/// connected.
[[nodiscard]] std::optional<int> ReceiveCore(int socket) noexcept;

}  // namespace vnetperf::os
