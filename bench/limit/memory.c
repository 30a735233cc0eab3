#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

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

struct mmsghdr* message_batch(unsigned count, size_t block_bytes) {
  unsigned char* buffer = huge_buffer(block_bytes * count);
  struct mmsghdr* messages = calloc(count, sizeof *messages);
  struct iovec* parts = calloc(count, sizeof *parts);
  if (messages == NULL || parts == NULL) fail("no memory");
  for (unsigned i = 0; i < count; i++) {
    parts[i] = (struct iovec){.iov_base = buffer + i * block_bytes, .iov_len = block_bytes};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
  }
  return messages;
}

void free_message_batch(struct mmsghdr* messages) {
  free(messages[0].msg_hdr.msg_iov);
  free(messages);
}
