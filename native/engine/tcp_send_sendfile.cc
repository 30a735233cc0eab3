// sendfile() from memory that never was a file on a disk: the socket refers to the pages, nothing is copied.

#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "engine/tcp_send_path.h"
#include "os/system_error.h"

namespace vnetperf::engine {
namespace {

void Prepare(TcpSendState& state) {
  PageBuffer block(state.length);
  FillPayload(block.span(), state.repeating_payload);

  state.memory_file = os::Descriptor(memfd_create("vnetperf-payload", MFD_CLOEXEC));
  if (!state.memory_file.valid()) throw os::SystemError("memfd_create", "buffer");
  for (std::size_t written = 0; written < state.length;) {
    const ssize_t put = write(state.memory_file.get(), block.data() + written, state.length - written);
    if (put <= 0) throw os::SystemError("write", "buffer");
    written += static_cast<std::size_t>(put);
  }
}

ssize_t Next(TcpSendState&, std::size_t wanted) { return static_cast<ssize_t>(wanted); }

// sendfile() knows no MSG_NOSIGNAL: the worker blocks SIGPIPE, and what stays pending dies with the thread.
ssize_t Send(TcpSendState& state, std::size_t offset, std::size_t bytes) {
  auto position = static_cast<off_t>(offset);
  return sendfile(state.socket, state.memory_file.get(), &position, bytes);
}

}  // namespace

const TcpSendPath kTcpSendSendfile{.syscall = "sendfile", .prepare = Prepare, .next = Next, .send = Send};

}  // namespace vnetperf::engine
