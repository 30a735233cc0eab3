#pragma once

#include <string>

namespace vnetperf::os {

/// The symbol of an error number as <errno.h> spells it, `ECONNREFUSED`. glibc's strerrorname_np is newer
/// than the oldest glibc this runs on, and musl has none. An unknown number gives `E` and the number.
[[nodiscard]] std::string ErrnoName(int error_number);

/// strerror(3), safe on every thread.
[[nodiscard]] std::string ErrnoMessage(int error_number);

}  // namespace vnetperf::os
