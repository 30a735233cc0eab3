#include "engine/stream_file.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace vnetperf::engine {

StreamFile::StreamFile(Stream& stream)
    : control_(stream.control),
      counters_(stream.counters),
      fd_(stream.specification.file.valid() ? stream.specification.file.get() : -1) {
  struct stat about {};
  regular_ = exists() && fstat(fd_, &about) == 0 && S_ISREG(about.st_mode);
}

ssize_t StreamFile::Read(std::byte* to, std::size_t bytes) noexcept {
  if (regular_) {
    counters_.Called(1);
    const ssize_t got = pread(fd_, to, bytes, offset_);
    if (got > 0) offset_ += got;
    return got;
  }
  if (!WaitFor(POLLIN)) {
    errno = EAGAIN;
    return -1;
  }
  counters_.Called(1);
  return read(fd_, to, bytes);
}

bool StreamFile::Write(const std::byte* from, std::size_t bytes) noexcept {
  while (bytes > 0) {
    if (!regular_ && !WaitFor(POLLOUT)) return true;
    counters_.Called(1);
    // A pipe that polls as writable takes PIPE_BUF bytes without blocking, and promises no more.
    const ssize_t put = write(fd_, from, regular_ ? bytes : std::min<std::size_t>(bytes, PIPE_BUF));
    if (put < 0 && errno != EINTR && errno != EAGAIN) return false;
    if (put <= 0) continue;
    from += put;
    bytes -= static_cast<std::size_t>(put);
  }
  return true;
}

bool StreamFile::WaitFor(short event) noexcept {
  constexpr int kTimeoutMs = static_cast<int>(kSocketTimeout / os::kNanosecondsPerMillisecond);
  while (!control_.stopping()) {
    counters_.Called(1);
    pollfd wait{.fd = fd_, .events = event, .revents = 0};
    if (poll(&wait, 1, kTimeoutMs) > 0) return true;
  }
  return false;
}

}  // namespace vnetperf::engine
