#pragma once

#include <sys/socket.h>

#include <array>
#include <vector>

#include "engine/loop.h"
#include "engine/pacer.h"
#include "engine/payload.h"

namespace vnetperf::engine {

/// Sends datagrams, each with a header of its own. Several that are due at once leave in one system call: in
/// segmented sends (UDP_SEGMENT) where that was asked for and the path takes it, by sendmmsg() otherwise, or
/// by both.
class UdpSender final : public Loop {
 public:
  explicit UdpSender(Stream& stream);
  void Prepare() override;
  [[nodiscard]] std::optional<Failure> Run() override;

 private:
  /// Cuts the buffer into messages of so many datagrams; 1 = no segmentation.
  void Lay(std::uint32_t segments);
  /// Sends `count` datagrams, at most what a batch holds. Gives how many went; -1 = errno.
  [[nodiscard]] int Send(std::uint32_t count);
  [[nodiscard]] int SendMessages(std::uint32_t count);
  /// False when the socket is dead.
  [[nodiscard]] bool SendBatch(std::uint32_t count, bool budgeted);
  void AfterLimit();

  Stream& stream_;
  Pacer pacer_;
  /// Datagrams that the buffer holds.
  const std::uint32_t capacity_;
  /// Datagrams of one message, and of one system call.
  std::uint32_t segments_ = 1;
  std::uint32_t batch_ = 1;
  /// Datagrams stand one behind another, as a segmented send wants them.
  PageBuffer buffer_;
  std::vector<iovec> parts_;
  std::vector<mmsghdr> messages_;
  /// The size at which the kernel is to cut: the same for every message.
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(std::uint16_t))> segment_control_{};
  /// Of the last datagram that was sent. Numbers go on through the omit period.
  std::uint64_t sequence_ = 0;
  bool limit_served_ = false;
  Failure failure_;
};

}  // namespace vnetperf::engine
