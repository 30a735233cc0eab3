#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "limit.h"

/* What one coalesced packet holds at most. */
enum { GRO_BYTES = 65536 };

/* @returns whether there may be more: after the time is over a quiet socket (SO_RCVTIMEO) is the end. */
static bool goes_on(const char* call) {
  if (errno == EINTR) return true;
  if (errno != EAGAIN) fail_with_errno(call);
  return !is_over();
}

static void note(struct stream* stream, uint64_t packets, uint64_t bytes, bool* first) {
  if (*first) note_first_byte(&stream->counters);
  *first = false;
  add(&stream->counters.packets, packets);
  add(&stream->counters.bytes, bytes);
}

void udp_receive_recv(struct stream* stream) {
  const size_t block = stream->options->block_bytes;
  unsigned char* buffer = huge_buffer(block);
  bool first = true;
  for (;;) {
    const ssize_t got = recv(stream->fd, buffer, block, 0);
    add(&stream->counters.calls, 1);
    if (got > 0)
      note(stream, 1, (uint64_t)got, &first);
    else if (!goes_on("recv"))
      return;
  }
}

static void receive_batches(struct stream* stream, size_t block) {
  const unsigned batch = (unsigned)stream->options->batch;
  struct mmsghdr* messages = message_batch(batch, block);
  bool first = true;
  for (;;) {
    const int got = recvmmsg(stream->fd, messages, batch, MSG_WAITFORONE, NULL);
    add(&stream->counters.calls, 1);
    if (got > 0) {
      uint64_t bytes = 0;
      for (int i = 0; i < got; i++) bytes += messages[i].msg_len;
      note(stream, (uint64_t)got, bytes, &first);
    } else if (!goes_on("recvmmsg")) {
      break;
    }
  }
  free_message_batch(messages);
}

void udp_receive_recvmmsg(struct stream* stream) { receive_batches(stream, stream->options->block_bytes); }

void udp_receive_gro(struct stream* stream) {
  const int yes = 1;
  if (setsockopt(stream->fd, SOL_UDP, UDP_GRO, &yes, sizeof yes) != 0) fail_with_errno("no UDP_GRO");
  receive_batches(stream, GRO_BYTES);
}
