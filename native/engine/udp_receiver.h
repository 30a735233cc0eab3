#pragma once

#include <sys/socket.h>

#include <vector>

#include "engine/loop.h"
#include "engine/payload.h"
#include "wire/udp_arrivals.h"

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

  struct Tally {
    std::uint64_t packets = 0;
    std::uint64_t datagrams = 0;
    std::uint64_t bytes = 0;
  };

  [[nodiscard]] Outcome Receive(int flags);
  [[nodiscard]] Outcome Count(unsigned messages);
  /// False once the budget is exhausted.
  [[nodiscard]] bool Take(unsigned message, Tally& tally) noexcept;
  void Drain();

  Stream& stream_;
  const std::size_t header_bytes_;
  bool coalescing_;
  /// Receives the header only and lets the kernel drop the rest.
  const bool discarding_;
  /// At a rate at which each datagram is worth its own look at the clock: what its gaps are told by.
  const bool timed_;
  const unsigned batch_;
  const std::size_t slot_bytes_;
  PageBuffer buffer_;
  std::vector<iovec> parts_;
  std::vector<std::byte> controls_;
  std::vector<mmsghdr> messages_;
  wire::UdpArrivals arrivals_;
  Failure failure_;
};

}  // namespace vnetperf::engine
