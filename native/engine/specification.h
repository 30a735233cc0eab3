#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "os/clock.h"
#include "os/descriptor.h"
#include "wire/udp_header.h"

namespace vnetperf::engine {

enum class Protocol { kTcp, kUdp };
/// How a TCP sender's bytes reach the socket. A new way is a new value, a TcpSendPath, and a line in
/// FindTcpSendPath.
enum class SendPath { kCopy, kSendfile, kSplice, kZerocopy };
/// How a receiver's bytes leave the socket: copied into memory, dropped by the kernel (MSG_TRUNC), or with
/// their pages mapped into memory (TCP_ZEROCOPY_RECEIVE).
enum class ReceivePath { kCopy, kDiscard, kMmap };

/// One stream: one connected socket, one direction, one thread.
struct StreamSpecification {
  std::shared_ptr<os::Descriptor> socket;
  bool sending = false;
  Protocol protocol = Protocol::kTcp;
  /// Bytes of a block (TCP) or of every datagram (UDP).
  std::size_t length_bytes = 0;
  /// 0 = as fast as it goes. On a receiver: what the peer was asked to send.
  std::uint64_t rate_bits_per_second = 0;
  /// Blocks sent at one look at the rate; at least 1.
  std::uint32_t burst = 1;
  SendPath send_path = SendPath::kCopy;
  ReceivePath receive_path = ReceivePath::kCopy;
  /// The thread runs on these cores and no others; empty = wherever the scheduler likes.
  std::vector<int> cores;
  wire::SequenceWidth sequence_width = wire::SequenceWidth::k32Bit;
  /// Datagrams handed over in one send; 0 = no segmentation offload.
  std::uint32_t gso_segments = 0;
  bool gro = false;
  /// Messages that one sendmmsg() or recvmmsg() moves at most; 0 = the engine's choice. A message is a
  /// datagram, or with segmentation or coalescing a packet of many.
  std::uint32_t batch = 0;
  bool repeating_payload = false;
  /// A sender sends what it reads here, a receiver writes here what comes. Not valid = neither.
  os::Descriptor file;
};

/// A run: streams that start together and end together.
struct RunSpecification {
  std::vector<StreamSpecification> streams;
  os::Nanoseconds omit = 0;
  /// After the omit period; 0 = no limit.
  os::Nanoseconds duration = 0;
  /// The run ends itself at `duration`. Otherwise `duration` is what the peer was told to keep.
  bool ends_on_time = false;
  /// Limits per direction over all streams, counted after the omit period; 0 = none.
  std::uint64_t limit_bytes = 0;
  std::uint64_t limit_blocks = 0;
  /// The run ends itself at the limit, and at that byte. Otherwise the limit only ends the sending.
  bool ends_on_limit = false;
  /// 0 = no ticks.
  os::Nanoseconds interval = 0;
  /// Processes whose CPU time stands in every snapshot: what carries the traffic between the ends.
  std::vector<pid_t> watched_processes;
};

}  // namespace vnetperf::engine
