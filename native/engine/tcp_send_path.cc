#include "engine/tcp_send_path.h"

namespace vnetperf::engine {

const TcpSendPath& FindTcpSendPath(SendPath path, const StreamFile& file) noexcept {
  switch (path) {
    case SendPath::kSendfile:
      if (!file.exists()) return kTcpSendSendfile;
      // sendfile() wants something it can map; a pipe is read instead.
      return file.regular() ? kTcpSendFileSendfile : kTcpSendFile;
    case SendPath::kCopy:
      break;
  }
  return file.exists() ? kTcpSendFile : kTcpSendCopy;
}

}  // namespace vnetperf::engine
