#include <errno.h>
#include <sys/socket.h>

#include "limit.h"

static void receive(struct stream* stream, int flags) {
  const size_t block = stream->options->read_bytes;
  unsigned char* buffer = huge_buffer(block);
  bool first = true;
  for (;;) {
    const ssize_t got = recv(stream->fd, buffer, block, flags);
    add(&stream->counters.calls, 1);
    if (got > 0) {
      if (first) note_first_byte(&stream->counters);
      first = false;
      add(&stream->counters.bytes, (uint64_t)got);
    } else if (got == 0) {
      return;
    } else if (errno != EAGAIN && errno != EINTR) {
      fail_with_errno("recv");
    }
  }
}

void tcp_receive_read(struct stream* stream) { receive(stream, 0); }

/* tcp(7): with MSG_TRUNC the bytes are discarded, not copied. */
void tcp_receive_trunc(struct stream* stream) { receive(stream, MSG_TRUNC); }
