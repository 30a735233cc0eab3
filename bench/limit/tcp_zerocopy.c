/* linux/errqueue.h does not include what it needs. */
/* clang-format off */
#include <time.h>
#include <linux/errqueue.h>
/* clang-format on */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "limit.h"

enum { MOST_IN_FLIGHT = 64, REAP_MS = 200, LAST_REAPS = 10 };

/* The kernel numbers the sends of a socket, and tells of them by number. */
struct flight {
  uint32_t next;
  uint32_t in_flight;
  uint32_t bytes[4 * MOST_IN_FLIGHT];
};

static uint32_t* bytes_of(struct flight* flight, uint32_t number) {
  return &flight->bytes[number % (4 * MOST_IN_FLIGHT)];
}

/* Takes one message of completions, each of a range of sends. @returns whether there was one. */
static bool reap(struct stream* stream, struct flight* flight) {
  char control[CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in))];
  struct msghdr message = {.msg_control = control, .msg_controllen = sizeof control};
  const ssize_t got = recvmsg(stream->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
  add(&stream->counters.calls, 1);
  if (got < 0 && errno != EAGAIN && errno != EINTR) fail_with_errno("recvmsg of the error queue");
  if (got < 0) return false;
  for (struct cmsghdr* one = CMSG_FIRSTHDR(&message); one != NULL; one = CMSG_NXTHDR(&message, one)) {
    const struct sock_extended_err* error = (const struct sock_extended_err*)CMSG_DATA(one);
    if (error->ee_origin != SO_EE_ORIGIN_ZEROCOPY) continue;
    const bool copied = (error->ee_code & SO_EE_CODE_ZEROCOPY_COPIED) != 0;
    for (uint32_t number = error->ee_info; number != error->ee_data + 1; number++) {
      add(copied ? &stream->counters.copied_bytes : &stream->counters.zero_copied_bytes,
          *bytes_of(flight, number));
      flight->in_flight--;
    }
  }
  return true;
}

static void wait_for_completions(struct stream* stream) {
  struct pollfd one = {.fd = stream->fd};
  (void)poll(&one, 1, REAP_MS);
  add(&stream->counters.calls, 1);
}

void tcp_send_zerocopy(struct stream* stream) {
  const size_t block = stream->options->block_bytes;
  const unsigned char* buffer = huge_buffer(block);
  const int yes = 1;
  if (setsockopt(stream->fd, SOL_SOCKET, SO_ZEROCOPY, &yes, sizeof yes) != 0)
    fail_with_errno("no SO_ZEROCOPY");
  struct flight flight = {0};
  while (!is_over()) {
    const ssize_t sent = send(stream->fd, buffer, block, MSG_ZEROCOPY);
    add(&stream->counters.calls, 1);
    if (sent > 0) {
      add(&stream->counters.bytes, (uint64_t)sent);
      *bytes_of(&flight, flight.next++) = (uint32_t)sent;
      flight.in_flight++;
    } else if (errno == ENOBUFS) { /* optmem_max: completions that nobody took count too */
      if (!reap(stream, &flight)) wait_for_completions(stream);
    } else if (errno != EAGAIN && errno != EINTR) {
      fail_with_errno("send with MSG_ZEROCOPY");
    }
    if (flight.in_flight < MOST_IN_FLIGHT) continue;
    while (flight.in_flight > MOST_IN_FLIGHT / 2 && !is_over())
      if (!reap(stream, &flight)) wait_for_completions(stream);
  }
  for (int turns = 0; flight.in_flight > 0 && turns < LAST_REAPS;)
    if (!reap(stream, &flight)) wait_for_completions(stream), turns++;
}
