// splice() from a pipe that refers to the payload's pages: the socket refers to them in turn, nothing is
// copied.

#include <algorithm>
#include <cerrno>

#include "engine/tcp_send_path.h"

namespace vnetperf::engine {
namespace {

/// Who asks for smaller blocks wants to see what small sends cost. Above, some blocks together cost up to a
/// fifth less CPU time a byte than one by one, and fill their segments.
constexpr std::size_t kLeastBlockToGather = std::size_t{64} << 10;

void Prepare(TcpSendState& state) {
  state.pipe = std::make_unique<PayloadPipe>(state.length, state.repeating_payload);
  if (state.length >= kLeastBlockToGather) {
    state.blocks_together = std::max<std::size_t>(state.pipe->capacity() / state.length, 1);
  }
  SetNonBlocking(state);
}

ssize_t Send(TcpSendState& state, std::size_t, std::size_t bytes) {
  if (!WaitForRoom(state)) return -1;
  PayloadPipe& pipe = *state.pipe;
  if (pipe.WantsFilling(bytes)) {
    state.counters.Called(1);
    if (pipe.Fill() < 0 && pipe.held() == 0) {
      if (errno != EAGAIN && errno != EINTR) state.failed_call = "vmsplice";
      return -1;
    }
  }
  const std::size_t offered = std::min(bytes, pipe.held());
  return NoteRoom(state, pipe.Take(state.socket, offered), offered);
}

}  // namespace

const TcpSendPath kTcpSendSplice{
    .syscall = "splice", .prepare = Prepare, .next = NextOfBuffer, .send = Send, .finish = NothingToFinish};

}  // namespace vnetperf::engine
