#include "os/scheduling.h"

#include <pthread.h>
#include <sched.h>

namespace vnetperf::os {

void RunBeforeOthers() noexcept {
  const sched_param first{.sched_priority = 1};
  (void)pthread_setschedparam(pthread_self(), SCHED_FIFO, &first);
}

void RunAsOthers() noexcept {
  const sched_param normal{.sched_priority = 0};
  (void)pthread_setschedparam(pthread_self(), SCHED_OTHER, &normal);
  (void)sched_yield();
}

}  // namespace vnetperf::os
