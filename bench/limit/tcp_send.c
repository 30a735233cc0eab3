#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "limit.h"

/* After SO_SNDTIMEO, or a signal. */
static bool try_again(void) { return errno == EAGAIN || errno == EINTR; }

void tcp_send_write(struct stream* stream) {
  const size_t block = stream->options->block_bytes;
  const unsigned char* buffer = huge_buffer(block);
  while (!is_over()) {
    const ssize_t sent = write(stream->fd, buffer, block);
    add(&stream->counters.calls, 1);
    if (sent > 0)
      add(&stream->counters.bytes, (uint64_t)sent);
    else if (!try_again())
      fail_with_errno("write");
  }
}

void tcp_send_sendfile(struct stream* stream) {
  const size_t block = stream->options->block_bytes;
  const unsigned char* buffer = huge_buffer(block);
  const int file = memfd_create("payload", MFD_CLOEXEC);
  if (file < 0) fail_with_errno("no memfd");
  if (write(file, buffer, block) != (ssize_t)block) fail_with_errno("cannot fill the memfd");
  while (!is_over()) {
    off_t offset = 0;
    const ssize_t sent = sendfile(stream->fd, file, &offset, block);
    add(&stream->counters.calls, 1);
    if (sent > 0)
      add(&stream->counters.bytes, (uint64_t)sent);
    else if (!try_again())
      fail_with_errno("sendfile");
  }
  close(file);
}

/* The pages of the buffer go into a pipe, and from there into the socket: no byte is copied on the way. */
void tcp_send_splice(struct stream* stream) {
  const size_t block = stream->options->block_bytes;
  unsigned char* buffer = huge_buffer(block);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail_with_errno("no pipe");
  /* A slot for each page; beyond pipe-max-size only root gets it. Less is no error: the block then goes in
   * parts. */
  (void)fcntl(ends[1], F_SETPIPE_SZ, (int)block);
  size_t in_pipe = 0;
  size_t offset = 0;
  while (!is_over()) {
    if (in_pipe == 0) {
      struct iovec pages = {.iov_base = buffer + offset, .iov_len = block - offset};
      const ssize_t put = vmsplice(ends[1], &pages, 1, 0);
      add(&stream->counters.calls, 1);
      if (put <= 0) fail_with_errno("vmsplice");
      in_pipe = (size_t)put;
      offset = (offset + in_pipe) % block;
    }
    const ssize_t sent = splice(ends[0], NULL, stream->fd, NULL, in_pipe, SPLICE_F_MOVE);
    add(&stream->counters.calls, 1);
    if (sent > 0) {
      add(&stream->counters.bytes, (uint64_t)sent);
      in_pipe -= (size_t)sent;
    } else if (sent == 0 || !try_again()) {
      fail_with_errno("splice");
    }
  }
  close(ends[0]);
  close(ends[1]);
}
