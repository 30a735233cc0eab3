#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "limit.h"

/* ENOBUFS: a queue on the way is full. */
static bool try_again(void) { return errno == EAGAIN || errno == EINTR || errno == ENOBUFS; }

static void sent_packets(struct stream* stream, uint64_t packets, uint64_t bytes) {
  add(&stream->counters.packets, packets);
  add(&stream->counters.bytes, bytes);
}

static void send_blocks(struct stream* stream, size_t block) {
  const unsigned char* buffer = huge_buffer(block);
  while (!is_over()) {
    const ssize_t sent = send(stream->fd, buffer, block, 0);
    add(&stream->counters.calls, 1);
    if (sent > 0)
      sent_packets(stream, 1, (uint64_t)sent);
    else if (!try_again())
      fail_with_errno("send");
  }
}

static void send_batches(struct stream* stream, size_t block) {
  const unsigned batch = (unsigned)stream->options->batch;
  struct mmsghdr* messages = message_batch(batch, block);
  while (!is_over()) {
    const int sent = sendmmsg(stream->fd, messages, batch, 0);
    add(&stream->counters.calls, 1);
    if (sent > 0)
      sent_packets(stream, (uint64_t)sent, (uint64_t)sent * block);
    else if (!try_again())
      fail_with_errno("sendmmsg");
  }
  free_message_batch(messages);
}

void udp_send_send(struct stream* stream) { send_blocks(stream, stream->options->block_bytes); }

void udp_send_sendmmsg(struct stream* stream) { send_batches(stream, stream->options->block_bytes); }

/* Many datagrams cross the stack as one packet, and are cut where the path needs it. */
void udp_send_gso(struct stream* stream) {
  const size_t datagram = stream->options->block_bytes;
  const int bytes = (int)datagram;
  if (setsockopt(stream->fd, SOL_UDP, UDP_SEGMENT, &bytes, sizeof bytes) != 0)
    fail_with_errno("no UDP_SEGMENT");
  const size_t fitting = UDP_PAYLOAD_LIMIT / datagram;
  const size_t segments =
      (size_t)stream->options->segments < fitting ? (size_t)stream->options->segments : fitting;
  if (stream->options->batch > 1)
    send_batches(stream, segments * datagram);
  else
    send_blocks(stream, segments * datagram);
}
