#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "limit.h"

enum { CONNECT_DEADLINE_MS = 10000, WAIT_MICROSECONDS = 200000 };

static struct sockaddr_in address_of(const struct options* options, int stream) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(options->port + stream))};
  if (options->listens) return address;
  if (inet_pton(AF_INET, options->address, &address.sin_addr) != 1) fail("--connect takes an IPv4 address");
  return address;
}

/* All that must stand before there is a connection: a socket that was born under a pacing algorithm stays
 * paced. */
static int prepared_socket(const struct options* options) {
  const int fd = socket(AF_INET, (options->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
  if (fd < 0) fail_with_errno("no socket");
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const char* congestion = options->congestion;
  if (congestion != NULL && !options->udp &&
      setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion, (socklen_t)strlen(congestion)) != 0)
    fail_with_errno("the congestion control cannot be had");
  const int window = options->window_bytes;
  if (window > 0 && (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &window, sizeof window) != 0 ||
                     setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window) != 0))
    fail_with_errno("the window cannot be set");
  const int buffer = options->buffer_bytes;
  if (buffer > 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) != 0)
    fail_with_errno("the receive buffer cannot be set");
  return fd;
}

static void wait_readable(int fd) {
  struct pollfd one = {.fd = fd, .events = POLLIN};
  const int ready = poll(&one, 1, CONNECT_DEADLINE_MS);
  if (ready < 0) fail_with_errno("poll");
  if (ready == 0) fail("nobody connected within 10 s");
}

static int listener(const struct options* options, int stream) {
  const int fd = prepared_socket(options);
  const struct sockaddr_in address = address_of(options, stream);
  if (bind(fd, (const struct sockaddr*)&address, sizeof address) != 0) fail_with_errno("cannot bind");
  if (!options->udp && listen(fd, 1) != 0) fail_with_errno("cannot listen");
  return fd;
}

/* A UDP client says one byte first, so that the other end knows where to send. */
static int accepted(const struct options* options, int fd) {
  wait_readable(fd);
  if (!options->udp) {
    const int stream = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    if (stream < 0) fail_with_errno("cannot accept");
    close(fd);
    return stream;
  }
  struct sockaddr_in peer;
  socklen_t size = sizeof peer;
  char hello;
  if (recvfrom(fd, &hello, 1, 0, (struct sockaddr*)&peer, &size) < 0) fail_with_errno("no first datagram");
  if (connect(fd, (const struct sockaddr*)&peer, size) != 0) fail_with_errno("cannot answer");
  if (send(fd, &hello, 1, 0) != 1) fail_with_errno("cannot answer");
  return fd;
}

static int connected(const struct options* options, int stream) {
  const int fd = prepared_socket(options);
  const struct sockaddr_in address = address_of(options, stream);
  /* SYNs are repeated for two minutes otherwise. */
  const struct timeval patience = {.tv_sec = CONNECT_DEADLINE_MS / 1000};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(fd, (const struct sockaddr*)&address, sizeof address) != 0) fail_with_errno("cannot connect");
  if (!options->udp) return fd;
  char hello = 0;
  if (send(fd, &hello, 1, 0) != 1) fail_with_errno("cannot say the first byte");
  wait_readable(fd);
  if (recv(fd, &hello, 1, 0) < 0) fail_with_errno("no answer");
  return fd;
}

void connect_streams(struct stream* streams, int count, const struct options* options) {
  for (int i = 0; i < count; i++)
    streams[i].fd = options->listens ? listener(options, i) : connected(options, i);
  if (options->listens) {
    puts("ready");
    fflush(stdout);
    for (int i = 0; i < count; i++) streams[i].fd = accepted(options, streams[i].fd);
  }
  /* So that a loop looks at the time now and then, whatever the other end does. */
  const struct timeval wait = {.tv_usec = WAIT_MICROSECONDS};
  for (int i = 0; i < count; i++) {
    setsockopt(streams[i].fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    setsockopt(streams[i].fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  }
}
