#include "os/scheduling.h"

#include <pthread.h>
#include <sched.h>

namespace vnetperf::os {
namespace {

/// Only what was raised here is lowered again: whoever started the program under chrt(1) has chosen.
thread_local bool raised = false;

}  // namespace

void RunBeforeOthers() noexcept {
  int policy = SCHED_OTHER;
  sched_param now{};
  if (pthread_getschedparam(pthread_self(), &policy, &now) != 0 || policy != SCHED_OTHER) return;
  const sched_param first{.sched_priority = 1};
  raised = pthread_setschedparam(pthread_self(), SCHED_FIFO, &first) == 0;
}

void RunAsOthers() noexcept {
  if (raised) {
    const sched_param normal{.sched_priority = 0};
    (void)pthread_setschedparam(pthread_self(), SCHED_OTHER, &normal);
    raised = false;
  }
  (void)sched_yield();
}

}  // namespace vnetperf::os
