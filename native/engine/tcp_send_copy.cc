// send() from one buffer: the kernel copies every block.

#include <sys/socket.h>

#include "engine/tcp_send_path.h"

namespace vnetperf::engine {
namespace {

void Prepare(TcpSendState& state) {
  state.buffer = PageBuffer(state.length);
  FillPayload(state.buffer.span(), state.repeating_payload);
}

ssize_t Send(TcpSendState& state, std::size_t offset, std::size_t bytes) {
  state.counters.Called(1);
  return send(state.socket, state.buffer.data() + offset, bytes, MSG_NOSIGNAL);
}

}  // namespace

const TcpSendPath kTcpSendCopy{
    .syscall = "send", .prepare = Prepare, .next = NextOfBuffer, .send = Send, .finish = NothingToFinish};

}  // namespace vnetperf::engine
