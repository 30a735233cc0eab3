// TCP_ZEROCOPY_RECEIVE: pages of the receive queue appear in a mapping of the socket. The kernel maps whole
// pages alone that stand aligned in a segment, one by one and not part of a larger one (skb_can_map in
// net/ipv4/tcp.c); everything else it leaves to be copied. Which was which is counted.

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/tcp_receive_path.h"

namespace vnetperf::engine {
namespace {

/// What one call can map.
constexpr std::size_t kMappingBytes = 1 << 20;
/// What one recv() takes of what cannot be mapped. A segment has 64 KiB, except with BIG TCP.
constexpr std::size_t kCopyBytes = 256 << 10;

void Prepare(TcpReceiveState& state) {
  state.mapping = os::SocketMapping(state.socket, kMappingBytes);
  state.buffer = PageBuffer(kCopyBytes);
}

/// What no page can hold. With more room than that the kernel would copy whole queues that it could have
/// mapped: it does so whenever everything fits.
std::span<std::byte> Leftovers(TcpReceiveState& state) {
  static const auto page_bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return state.buffer.span().first(page_bytes - 1);
}

ssize_t Fail(TcpReceiveState& state, const char* syscall, int error) {
  state.syscall = syscall;
  errno = error;
  return -1;
}

ssize_t Copy(TcpReceiveState& state, std::size_t wanted, int flags) {
  state.mapped = 0;
  state.syscall = "recv";
  state.counters.Called(1);
  const ssize_t got = recv(state.socket, state.buffer.data(), std::min(wanted, kCopyBytes), flags);
  const std::size_t taken = got > 0 ? static_cast<std::size_t>(got) : 0;
  state.unmappable -= std::min(taken, state.unmappable);
  state.queued -= std::min(taken, state.queued);
  return got;
}

/// getsockopt() does not wait, and SO_RCVTIMEO means nothing to it. False = errno.
bool WaitForData(TcpReceiveState& state) {
  constexpr int kTimeoutMs = static_cast<int>(kSocketTimeout / os::kNanosecondsPerMillisecond);
  pollfd wait{.fd = state.socket, .events = POLLIN, .revents = 0};
  state.syscall = "poll";
  state.counters.Called(1);
  const int ready = poll(&wait, 1, kTimeoutMs);
  if (ready == 0) errno = EAGAIN;
  return ready > 0;
}

/// One call of TCP_ZEROCOPY_RECEIVE. 0 = it neither mapped nor copied, -1 = errno.
ssize_t Map(TcpReceiveState& state) {
  os::TcpZerocopyReceive outcome;
  state.syscall = "getsockopt";
  state.counters.Called(1);
  if (!state.mapping.Receive(state.socket, Leftovers(state), outcome)) return -1;
  if (outcome.copybuf_len < 0) return Fail(state, "getsockopt", -outcome.copybuf_len);
  state.error = -outcome.err;
  state.unmappable = outcome.recv_skip_hint;
  state.queued = outcome.inq;
  state.mapped = outcome.length;
  return static_cast<ssize_t>(outcome.length) + outcome.copybuf_len;
}

ssize_t Receive(TcpReceiveState& state) {
  while (true) {
    if (state.unmappable > 0) return Copy(state, state.unmappable, 0);
    if (state.error != 0) return Fail(state, "getsockopt", state.error);
    const bool waited = state.queued == 0;
    if (waited && !WaitForData(state)) return -1;

    const ssize_t came = Map(state);
    if (came > 0 || (came < 0 && errno != EIO)) return came;
    if (came == 0 && (state.unmappable > 0 || state.error != 0)) continue;
    state.queued = 0;
    // EIO is the end of the stream. Whatever else poll() saw, recv() knows it by its ordinary name.
    if (waited || came < 0) return Copy(state, kCopyBytes, MSG_DONTWAIT);
  }
}

}  // namespace

const TcpReceivePath kTcpReceiveMmap{.may_copy_after_all = true, .prepare = Prepare, .receive = Receive};

}  // namespace vnetperf::engine
