#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/payload.h"
#include "engine/payload_pipe.h"
#include "engine/stream.h"
#include "engine/stream_file.h"
#include "engine/zerocopy_sends.h"
#include "os/descriptor.h"

namespace vnetperf::engine {

struct ZerocopyState {
  /// One send takes no more than this.
  std::size_t most_at_once;
  /// How many sends are in flight when the error queue is read.
  std::uint32_t reap_from;
  ZerocopySends sends;
  /// Since the kernel last refused one as too large.
  std::uint64_t sent_since_less = 0;
  /// Since when nothing at all could be pinned; 0 = something could.
  os::Nanoseconds starved_since = 0;
};

/// What the send paths keep between calls. Each uses its own part.
struct TcpSendState {
  explicit TcpSendState(Stream& stream)
      : socket(stream.socket()),
        length(stream.length()),
        repeating_payload(stream.specification.repeating_payload),
        control(stream.control),
        counters(stream.counters),
        file(stream) {}

  const int socket;
  const std::size_t length;
  const bool repeating_payload;
  const RunControl& control;
  StreamCounters& counters;
  StreamFile file;
  PageBuffer buffer;
  os::Descriptor memory_file;
  /// How far sendfile() has come in the file, and where the file ends.
  off_t position = 0;
  off_t file_end = 0;
  std::unique_ptr<PayloadPipe> pipe;
  std::unique_ptr<ZerocopyState> zerocopy;
  /// Blocks to hand over together where neither rate nor budget asks for single ones.
  std::size_t blocks_together = 1;
  /// The last call left the socket full.
  bool socket_full = false;
  /// The call that failed, where it is not the path's own.
  const char* failed_call = nullptr;
};

/// One way of getting bytes into a TCP socket, as a table of functions: the loop that paces, claims and
/// counts is the same for all of them. One path a file. Every path counts its system calls.
struct TcpSendPath {
  /// The call that may fail, for the error's sake.
  const char* syscall;
  /// Before the gate. Throws os::SystemError.
  void (*prepare)(TcpSendState& state);
  /// Makes a block of at most `wanted` bytes ready and gives its size. 0 = end of the file, -1 = errno.
  ssize_t (*next)(TcpSendState& state, std::size_t wanted);
  /// Sends some of the `bytes` that stand at `offset` in the block. -1 = errno.
  ssize_t (*send)(TcpSendState& state, std::size_t offset, std::size_t bytes);
  /// After the last block, whatever ended it.
  void (*finish)(TcpSendState& state);
};

extern const TcpSendPath kTcpSendCopy;          // tcp_send_copy.cc
extern const TcpSendPath kTcpSendSendfile;      // tcp_send_sendfile.cc
extern const TcpSendPath kTcpSendSplice;        // tcp_send_splice.cc
extern const TcpSendPath kTcpSendZerocopy;      // tcp_send_zerocopy.cc
extern const TcpSendPath kTcpSendFile;          // tcp_send_file.cc
extern const TcpSendPath kTcpSendFileSendfile;  // tcp_send_file.cc

[[nodiscard]] const TcpSendPath& FindTcpSendPath(SendPath path, const StreamFile& file) noexcept;

// What paths have in common.

/// A block that is ready as it is: `wanted`.
ssize_t NextOfBuffer(TcpSendState& state, std::size_t wanted);
void NothingToFinish(TcpSendState& state);

/// For sendfile() and splice(), whose calls are many sends to the kernel with a timeout each: on a slow
/// connection one of them would take seconds, and neither a stop nor an interval would see it end.
void SetNonBlocking(const TcpSendState& state);
/// Waits for at most kSocketTimeout until a socket that was full takes more. False = it does not yet.
[[nodiscard]] bool WaitForRoom(TcpSendState& state);
/// What a call on the non-blocking socket came to: notes whether it filled the socket.
ssize_t NoteRoom(TcpSendState& state, ssize_t put, std::size_t bytes) noexcept;

}  // namespace vnetperf::engine
