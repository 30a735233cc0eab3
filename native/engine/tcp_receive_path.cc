#include "engine/tcp_receive_path.h"

#include <cerrno>

namespace vnetperf::engine {

ssize_t TookUnderMark(TcpReceiveState& state, ssize_t got) noexcept {
  if (got > 0) {
    state.age = state.low_water_mark->Took(static_cast<std::size_t>(got));
  } else if (got < 0) {
    const int error = errno;
    state.low_water_mark->TookNothing();
    errno = error;
  }
  return got;
}

const TcpReceivePath& FindTcpReceivePath(ReceivePath path, bool into_file) noexcept {
  switch (path) {
    case ReceivePath::kMmap:
      return kTcpReceiveMmap;
    case ReceivePath::kDiscard:
      // A file wants the bytes.
      return into_file ? kTcpReceiveCopy : kTcpReceiveDiscard;
    case ReceivePath::kCopy:
      break;
  }
  return kTcpReceiveCopy;
}

}  // namespace vnetperf::engine
