#pragma once

#include <netinet/in.h>

#include <cstdint>

namespace vnetperf::os {

/// Leases an IPv6 flow label (1 to 0xfffff) for the destination, makes the socket send it, and writes it into
/// the address, where connect(2) looks for it. Throws SystemError, step `flow-label`.
void UseFlowLabel(int fd, sockaddr_in6& destination, std::uint32_t label);

}  // namespace vnetperf::os
