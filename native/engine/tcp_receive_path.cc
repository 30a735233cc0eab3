#include "engine/tcp_receive_path.h"

namespace vnetperf::engine {

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
