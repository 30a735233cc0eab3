#pragma once

#include <sys/socket.h>

#include <span>
#include <vector>

#include "engine/loop.h"
#include "engine/payload.h"
#include "wire/jitter.h"
#include "wire/udp_accounting.h"

namespace vnetperf::engine {

/// Receives datagrams and keeps account of their sequence numbers and jitter.
///
/// At a known moderate rate every datagram is received alone and timed on its own. Otherwise they are taken
/// in batches (recvmmsg, and UDP_GRO where asked for), and those of a batch share the moment of its arrival.
/// It sleeps in the kernel for the first one, always.
class UdpReceiver final : public Loop {
 public:
  explicit UdpReceiver(Stream& stream);
  void Prepare() override;
  [[nodiscard]] std::optional<Failure> Run() override;

 private:
  enum class Outcome { kReceived, kNothing, kExhausted, kEnded };

  [[nodiscard]] Outcome Receive(int flags);
  [[nodiscard]] Outcome Count(unsigned messages);
  /// The size at which one message is to be cut into datagrams.
  [[nodiscard]] std::size_t SegmentBytes(const mmsghdr& message) const noexcept;
  void Arrived(const std::byte* datagram, os::Nanoseconds now) noexcept;
  void Drain();

  Stream& stream_;
  const wire::SequenceWidth width_;
  const std::size_t header_bytes_;
  bool coalescing_;
  /// Receives the header only and lets the kernel drop the rest.
  const bool discarding_;
  const unsigned batch_;
  const std::size_t slot_bytes_;
  PageBuffer buffer_;
  std::vector<iovec> parts_;
  std::vector<std::byte> controls_;
  std::vector<mmsghdr> messages_;
  wire::UdpAccounting accounting_;
  wire::Jitter jitter_;
  Failure failure_;
};

}  // namespace vnetperf::engine
