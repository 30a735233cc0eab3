#pragma once

#include <vector>

namespace vnetperf::os {

/// Pins the calling thread to exactly these cores. Throws SystemError: EINVAL where none of them exists or
/// the container's cpuset allows none.
void PinThisThread(const std::vector<int>& cores);

/// The cores the calling thread may run on, ascending.
[[nodiscard]] std::vector<int> AllowedCores();

/// Cores the machine can have, offline ones included: core numbers are below this.
[[nodiscard]] int ConfiguredCores() noexcept;

}  // namespace vnetperf::os
