// A file of the user's: read into a buffer and sent, or handed to sendfile().

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

#include "engine/tcp_send_path.h"
#include "os/system_error.h"

namespace vnetperf::engine {
namespace {

void PrepareCopy(TcpSendState& state) { state.buffer = PageBuffer(state.length); }

ssize_t NextCopy(TcpSendState& state, std::size_t wanted) {
  return state.file.Read(state.buffer.data(), wanted);
}

ssize_t SendCopy(TcpSendState& state, std::size_t offset, std::size_t bytes) {
  state.counters.Called(1);
  return send(state.socket, state.buffer.data() + offset, bytes, MSG_NOSIGNAL);
}

void PrepareSendfile(TcpSendState& state) {
  struct stat about {};
  if (fstat(state.file.fd(), &about) != 0) throw os::SystemError("fstat", "file");
  state.file_end = about.st_size;
  SetNonBlocking(state);
}

ssize_t NextSendfile(TcpSendState& state, std::size_t wanted) {
  return static_cast<ssize_t>(std::min<off_t>(static_cast<off_t>(wanted), state.file_end - state.position));
}

ssize_t SendSendfile(TcpSendState& state, std::size_t, std::size_t bytes) {
  if (!WaitForRoom(state)) return -1;
  // sendfile() moves the position on by what went out, so the offset within the block is in it already. 0 =
  // somebody made the file shorter meanwhile.
  return NoteRoom(state, sendfile(state.socket, state.file.fd(), &state.position, bytes), bytes);
}

}  // namespace

const TcpSendPath kTcpSendFile{
    .syscall = "send", .prepare = PrepareCopy, .next = NextCopy, .send = SendCopy, .finish = NothingToFinish};

const TcpSendPath kTcpSendFileSendfile{.syscall = "sendfile",
                                       .prepare = PrepareSendfile,
                                       .next = NextSendfile,
                                       .send = SendSendfile,
                                       .finish = NothingToFinish};

}  // namespace vnetperf::engine
