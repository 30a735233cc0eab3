#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "limit.h"

enum { HUGE_PAGE_BYTES = 2 << 20 };

unsigned char* huge_buffer(size_t bytes) {
  const size_t whole = (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
  unsigned char* memory =
      mmap(NULL, whole + HUGE_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail_with_errno("no memory for a buffer");
  /* Only what lies on the boundary of a huge page can be one. */
  const size_t past = (uintptr_t)memory % HUGE_PAGE_BYTES;
  unsigned char* aligned = past == 0 ? memory : memory + HUGE_PAGE_BYTES - past;
  madvise(aligned, whole, MADV_HUGEPAGE);
  memset(aligned, 0x5a, whole);
  return aligned;
}
