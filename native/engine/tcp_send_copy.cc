// send() from one buffer: the kernel copies every block.

#include <sys/socket.h>

#include "engine/tcp_send_path.h"

namespace vnetperf::engine {
namespace {

void Prepare(TcpSendState& state) {
  state.buffer = PageBuffer(state.length);
  FillPayload(state.buffer.span(), state.repeating_payload);
}

ssize_t Next(TcpSendState&, std::size_t wanted) { return static_cast<ssize_t>(wanted); }

ssize_t Send(TcpSendState& state, std::size_t offset, std::size_t bytes) {
  return send(state.socket, state.buffer.data() + offset, bytes, MSG_NOSIGNAL);
}

}  // namespace

const TcpSendPath kTcpSendCopy{.syscall = "send", .prepare = Prepare, .next = Next, .send = Send};

}  // namespace vnetperf::engine
