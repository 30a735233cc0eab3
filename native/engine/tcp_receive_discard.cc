// recv(MSG_TRUNC): the kernel drops what would have been copied.

#include <sys/socket.h>

#include "engine/tcp_receive_path.h"

namespace vnetperf::engine {
namespace {

void Prepare(TcpReceiveState& state) { state.buffer = PageBuffer(state.length); }

ssize_t Receive(TcpReceiveState& state) {
  state.counters.Called(1);
  return recv(state.socket, state.buffer.data(), state.length, MSG_TRUNC);
}

}  // namespace

const TcpReceivePath kTcpReceiveDiscard{.may_copy_after_all = false, .prepare = Prepare, .receive = Receive};

}  // namespace vnetperf::engine
