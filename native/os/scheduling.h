#pragma once

namespace vnetperf::os {

/// Lets the calling thread run before all that the scheduler shares the cores out to by weight, as soon as it
/// has something to do. Without CAP_SYS_NICE or RLIMIT_RTPRIO, or with a policy that somebody chose for it,
/// it stays as it is.
void RunBeforeOthers() noexcept;

/// Back among the others, and behind those of them that are waiting.
void RunAsOthers() noexcept;

}  // namespace vnetperf::os
