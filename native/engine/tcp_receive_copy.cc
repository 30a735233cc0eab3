// recv() into one buffer of the block's length: the kernel copies what has come.

#include <sys/socket.h>

#include <algorithm>

#include "engine/tcp_receive_path.h"

namespace vnetperf::engine {
namespace {

/// Without a mark the receiver falls into step with the sender and sleeps before every block, 7500 times a
/// gigabyte, and the sender's core pays for each wakeup: 65 Gbit/s on loopback, and 75 with the mark, which
/// leaves 2200. No more than 128 KiB, so that the caches still hold what is read; below 64 KiB a mark is no
/// more than the segment or two that come together anyway.
constexpr std::size_t kLeastMark = 64 << 10;
constexpr std::size_t kMostMark = 128 << 10;

void Prepare(TcpReceiveState& state) {
  state.buffer = PageBuffer(state.length);
  state.low_water_mark.emplace(state.socket, std::min(state.length, kMostMark),
                               !state.exact && state.length >= kLeastMark, state.counters);
}

ssize_t Receive(TcpReceiveState& state) {
  state.counters.Called(1);
  return TookUnderMark(state, recv(state.socket, state.buffer.data(), state.length, 0));
}

}  // namespace

const TcpReceivePath kTcpReceiveCopy{.may_copy_after_all = false, .prepare = Prepare, .receive = Receive};

}  // namespace vnetperf::engine
