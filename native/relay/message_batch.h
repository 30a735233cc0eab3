#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace vnetperf::relay {

/// Messages that one system call takes in and another sends on, with room in front of each for a header that
/// is put there or taken away between the two. Used by one thread.
class MessageBatch {
 public:
  static constexpr std::size_t kMessages = 32;
  /// A frame of the largest MTU there is, or a datagram.
  static constexpr std::size_t kMostBytes = 65'535 + 14;

  explicit MessageBatch(std::size_t headroom_bytes);

  /// Waits for one message, as long as the socket's own timeout, and takes what else is there. 0: none came.
  [[nodiscard]] std::size_t Receive(int socket) noexcept;

  /// What was received as this message; empty where it was longer than there is room.
  [[nodiscard]] std::span<const std::byte> received(std::size_t index) const noexcept;

  /// The room in front of it.
  [[nodiscard]] std::span<std::byte> headroom(std::size_t index) noexcept;

  /// What is to be sent next: any bytes of the batch's own, those of headroom() included.
  void Add(std::span<const std::byte> bytes) noexcept;

  /// Sends what was added, and forgets it. What the socket refuses is lost, as on a cable; so is all that is
  /// left once it has taken none for as long as its own timeout.
  void SendAdded(int socket) noexcept;

 private:
  [[nodiscard]] std::byte* message(std::size_t index) noexcept;

  std::size_t headroom_bytes_;
  std::vector<std::byte> bytes_;
  std::array<iovec, kMessages> received_parts_{};
  std::array<mmsghdr, kMessages> received_{};
  std::array<iovec, kMessages> added_parts_{};
  std::array<mmsghdr, kMessages> added_{};
  std::size_t added_count_ = 0;
};

}  // namespace vnetperf::relay
