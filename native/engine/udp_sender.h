#pragma once

#include <sys/socket.h>

#include <vector>

#include "engine/loop.h"
#include "engine/pacer.h"
#include "engine/payload.h"

namespace vnetperf::engine {

/// Sends datagrams, each with a header of its own. Several that are due at once leave in one system call: as
/// one segmented send (UDP_SEGMENT) where that was asked for, otherwise by sendmmsg().
class UdpSender final : public Loop {
 public:
  explicit UdpSender(Stream& stream);
  void Prepare() override;
  [[nodiscard]] std::optional<Failure> Run() override;

 private:
  /// Sends `count` datagrams, at most what a batch holds. Gives how many went; -1 = errno.
  [[nodiscard]] int Send(std::uint32_t count);
  [[nodiscard]] int SendSegmented(std::uint32_t count);
  /// Gives the time that stands in them.
  [[nodiscard]] os::Nanoseconds WriteHeaders(std::uint32_t count);
  /// False when the socket is dead.
  [[nodiscard]] bool SendBatch(std::uint32_t count, bool budgeted);
  void AfterLimit();

  Stream& stream_;
  Pacer pacer_;
  /// Datagrams stand one behind another, as a segmented send wants them.
  const std::uint32_t batch_;
  bool segmenting_;
  PageBuffer buffer_;
  std::vector<iovec> parts_;
  std::vector<mmsghdr> messages_;
  /// Of the last datagram that was sent. Numbers go on through the omit period.
  std::uint64_t sequence_ = 0;
  bool limit_served_ = false;
  Failure failure_;
};

}  // namespace vnetperf::engine
