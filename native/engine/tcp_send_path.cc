#include "engine/tcp_send_path.h"

#include <fcntl.h>
#include <poll.h>

#include <cassert>
#include <cerrno>

#include "os/system_error.h"

namespace vnetperf::engine {

const TcpSendPath& FindTcpSendPath(SendPath path, const StreamFile& file) noexcept {
  switch (path) {
    case SendPath::kSendfile:
      if (!file.exists()) return kTcpSendSendfile;
      // sendfile() wants something it can map; a pipe is read instead.
      return file.regular() ? kTcpSendFileSendfile : kTcpSendFile;
    case SendPath::kSplice:
      assert(!file.exists());
      return kTcpSendSplice;
    case SendPath::kZerocopy:
      assert(!file.exists());
      return kTcpSendZerocopy;
    case SendPath::kCopy:
      break;
  }
  return file.exists() ? kTcpSendFile : kTcpSendCopy;
}

ssize_t NextOfBuffer(TcpSendState&, std::size_t wanted) { return static_cast<ssize_t>(wanted); }

void NothingToFinish(TcpSendState&) {}

void SetNonBlocking(const TcpSendState& state) {
  const int flags = fcntl(state.socket, F_GETFL);
  if (flags < 0 || fcntl(state.socket, F_SETFL, flags | O_NONBLOCK) != 0) {
    throw os::SystemError("fcntl", "socket");
  }
}

bool WaitForRoom(TcpSendState& state) {
  if (!state.socket_full) return true;
  constexpr int kTimeoutMs = static_cast<int>(kSocketTimeout / os::kNanosecondsPerMillisecond);
  pollfd wait{.fd = state.socket, .events = POLLOUT, .revents = 0};
  state.counters.Called(1);
  // A dead socket is ready as well: the next call on it tells why.
  state.socket_full = poll(&wait, 1, kTimeoutMs) <= 0;
  if (state.socket_full) errno = EAGAIN;
  return !state.socket_full;
}

ssize_t NoteRoom(TcpSendState& state, ssize_t put, std::size_t bytes) noexcept {
  state.counters.Called(1);
  state.socket_full = put < 0 ? errno == EAGAIN : static_cast<std::size_t>(put) < bytes;
  return put;
}

}  // namespace vnetperf::engine
