#pragma once

#include <napi.h>

#include <string>

#include "os/socket.h"
#include "os/socket_options.h"

namespace vnetperf::binding {

/// Reads SocketSpecification and SocketOptions of lib/platform/native.ts. Throws TypeError.
[[nodiscard]] os::SocketSpecification ReadSocketSpecification(Napi::Value value);
[[nodiscard]] os::SocketOptions ReadSocketOptions(Napi::Value value, const std::string& name);

}  // namespace vnetperf::binding
