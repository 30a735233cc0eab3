#include <errno.h>
#include <time.h>

#include "limit.h"

uint64_t now_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void sleep_until(uint64_t nanoseconds) {
  const struct timespec until = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
  }
}

void note_first_byte(struct counters* counters) {
  atomic_store_explicit(&counters->first_byte_nanoseconds, now_nanoseconds(), memory_order_release);
}
