#pragma once

#include <cstdint>
#include <optional>

namespace vnetperf::os {

/// Datagrams this socket dropped since it was made because its receive buffer was full (SK_MEMINFO_DROPS).
/// Asked of the socket now and then, where SO_RXQ_OVFL would put the same count on every datagram.
[[nodiscard]] std::optional<std::uint32_t> ReceiveDrops(int socket) noexcept;

}  // namespace vnetperf::os
