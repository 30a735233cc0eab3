// recv() into one buffer of the block's length: the kernel copies what has come.

#include <sys/socket.h>

#include "engine/tcp_receive_path.h"

namespace vnetperf::engine {
namespace {

void Prepare(TcpReceiveState& state) { state.buffer = PageBuffer(state.length); }

ssize_t Receive(TcpReceiveState& state) {
  state.counters.Called(1);
  return recv(state.socket, state.buffer.data(), state.length, 0);
}

}  // namespace

const TcpReceivePath kTcpReceiveCopy{.may_copy_after_all = false, .prepare = Prepare, .receive = Receive};

}  // namespace vnetperf::engine
