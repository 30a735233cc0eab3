#pragma once

#include <sys/types.h>

#include <string>

namespace vnetperf::os {

/// The process that called listen() on the Unix stream socket of that path, as this PID namespace numbers it
/// (SO_PEERCRED, unix(7)); 0 where it is not in this PID namespace. Throws SystemError where nobody listens.
[[nodiscard]] pid_t UnixListener(const std::string& path);

}  // namespace vnetperf::os
