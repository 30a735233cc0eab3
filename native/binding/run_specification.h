#pragma once

#include <napi.h>

#include "engine/specification.h"

namespace vnetperf::binding {

/// The RunSpecification of lib/platform/native.ts. Takes part in the sockets and duplicates the files. Throws
/// TypeError for what is none, ERR_SOCKET_CLOSED for a closed socket, os::SystemError for a bad file
/// descriptor.
[[nodiscard]] engine::RunSpecification ReadRunSpecification(Napi::Value value);

}  // namespace vnetperf::binding
