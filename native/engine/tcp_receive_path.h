#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>

#include "engine/low_water_mark.h"
#include "engine/payload.h"
#include "engine/stream.h"
#include "os/reserved_addresses.h"
#include "os/tcp_zerocopy_receive.h"

namespace vnetperf::engine {

/// What the receive paths keep between calls. Each uses its own part.
struct TcpReceiveState {
  explicit TcpReceiveState(Stream& stream)
      : socket(stream.socket()),
        length(stream.length()),
        exact(stream.budget().limited() || stream.control.announced != 0),
        counters(stream.counters) {}

  const int socket;
  const std::size_t length;
  /// The moment at which an amount is complete decides something: no byte may wait for others.
  const bool exact;
  /// For the calls alone: what came is counted by the loop.
  StreamCounters& counters;
  PageBuffer buffer;
  os::ReservedAddresses nowhere;
  os::SocketMapping mapping;

  /// The call that failed, for the error's sake.
  const char* syscall = "recv";
  /// Of the bytes that came last, the first so many stand in the mapping and the others in the buffer.
  std::size_t mapped = 0;
  /// For how long the last of them had been there.
  os::Nanoseconds age = 0;

  std::optional<LowWaterMark> low_water_mark;
  // TCP_ZEROCOPY_RECEIVE.
  /// Bytes at the head of the queue of which the kernel has said that it cannot map them.
  std::size_t unmappable = 0;
  /// Bytes that were left in the queue. At 0 there is nothing to ask for before something has come.
  std::size_t queued = 0;
  /// An error that came along with the last bytes before it.
  int error = 0;
};

/// One way of getting bytes out of a TCP socket, as a table of functions: the loop that counts, claims,
/// drains and writes to a file is the same for all of them. One path a file.
struct TcpReceivePath {
  /// Whether the kernel decides for every byte if it is copied, so that both sorts are counted.
  bool may_copy_after_all;
  /// Before the gate. Throws os::SystemError.
  void (*prepare)(TcpReceiveState& state);
  /// Takes what has come, or waits for it no longer than kSocketTimeout. 0 = the peer has finished, -1 =
  /// errno of `state.syscall`; EAGAIN when nothing came. Counts its system calls.
  ssize_t (*receive)(TcpReceiveState& state);
};

extern const TcpReceivePath kTcpReceiveCopy;     // tcp_receive_copy.cc
extern const TcpReceivePath kTcpReceiveDiscard;  // tcp_receive_discard.cc
extern const TcpReceivePath kTcpReceiveMmap;     // tcp_receive_mmap.cc

/// Books what a recv() under the low-water mark gave, and passes it on with its errno.
[[nodiscard]] ssize_t TookUnderMark(TcpReceiveState& state, ssize_t got) noexcept;

[[nodiscard]] const TcpReceivePath& FindTcpReceivePath(ReceivePath path, bool into_file) noexcept;

}  // namespace vnetperf::engine
