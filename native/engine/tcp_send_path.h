#pragma once

#include <sys/types.h>

#include <cstddef>

#include "engine/payload.h"
#include "engine/stream.h"
#include "engine/stream_file.h"
#include "os/descriptor.h"

namespace vnetperf::engine {

/// What the send paths keep between calls. Each uses its own part.
struct TcpSendState {
  explicit TcpSendState(Stream& stream)
      : socket(stream.socket()),
        length(stream.length()),
        repeating_payload(stream.specification.repeating_payload),
        file(stream) {}

  const int socket;
  const std::size_t length;
  const bool repeating_payload;
  StreamFile file;
  PageBuffer buffer;
  os::Descriptor memory_file;
  /// How far sendfile() has come in the file, and where the file ends.
  off_t position = 0;
  off_t file_end = 0;
};

/// One way of getting bytes into a TCP socket, as a table of functions: the loop that paces, claims and
/// counts is the same for all of them. One path a file.
struct TcpSendPath {
  /// The call that may fail, for the error's sake.
  const char* syscall;
  /// Before the gate. Throws os::SystemError.
  void (*prepare)(TcpSendState& state);
  /// Makes a block of at most `wanted` bytes ready and gives its size. 0 = end of the file, -1 = errno.
  ssize_t (*next)(TcpSendState& state, std::size_t wanted);
  /// Sends some of the `bytes` that stand at `offset` in the block. -1 = errno.
  ssize_t (*send)(TcpSendState& state, std::size_t offset, std::size_t bytes);
};

extern const TcpSendPath kTcpSendCopy;          // tcp_send_copy.cc
extern const TcpSendPath kTcpSendSendfile;      // tcp_send_sendfile.cc
extern const TcpSendPath kTcpSendFile;          // tcp_send_file.cc
extern const TcpSendPath kTcpSendFileSendfile;  // tcp_send_file.cc

[[nodiscard]] const TcpSendPath& FindTcpSendPath(SendPath path, const StreamFile& file) noexcept;

}  // namespace vnetperf::engine
