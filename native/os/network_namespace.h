#pragma once

#include <functional>

#include "os/descriptor.h"

namespace vnetperf::os {

/// A new network namespace that nothing but the returned descriptor holds: the kernel removes it, with all
/// that lies in it, when the descriptor goes, however the process ends. Its loopback is down. Throws
/// SystemError.
[[nodiscard]] Descriptor CreateNetworkNamespace();

/// Runs `work` inside the namespace and returns when it is done. What it throws is thrown here.
/// setns(CLONE_NEWNET) moves one thread and a socket stays for ever where it was made, so a short-lived
/// thread makes it and the caller's thread never leaves its own namespace.
void InNetworkNamespace(int namespace_fd, const std::function<void()>& work);

/// Throws SystemError unless the descriptor stands for a network namespace.
void RequireNetworkNamespace(int fd);

}  // namespace vnetperf::os
