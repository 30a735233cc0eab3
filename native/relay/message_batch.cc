#include "relay/message_batch.h"

#include <cassert>
#include <cerrno>

namespace vnetperf::relay {

MessageBatch::MessageBatch(std::size_t headroom_bytes)
    : headroom_bytes_(headroom_bytes), bytes_(kMessages * (headroom_bytes + kMostBytes)) {
  for (std::size_t i = 0; i < kMessages; ++i) {
    received_parts_[i] = {.iov_base = message(i), .iov_len = kMostBytes};
    received_[i].msg_hdr.msg_iov = &received_parts_[i];
    received_[i].msg_hdr.msg_iovlen = 1;
    added_[i].msg_hdr.msg_iov = &added_parts_[i];
    added_[i].msg_hdr.msg_iovlen = 1;
  }
}

std::byte* MessageBatch::message(std::size_t index) noexcept {
  return bytes_.data() + index * (headroom_bytes_ + kMostBytes) + headroom_bytes_;
}

std::size_t MessageBatch::Receive(int socket) noexcept {
  const int count = ::recvmmsg(socket, received_.data(), kMessages, MSG_WAITFORONE, nullptr);
  // A timeout, or an answer by ICMP to what was sent before: the next call waits again.
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

std::span<const std::byte> MessageBatch::received(std::size_t index) const noexcept {
  const mmsghdr& message = received_[index];
  if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) return {};
  return {static_cast<const std::byte*>(received_parts_[index].iov_base), message.msg_len};
}

std::span<std::byte> MessageBatch::headroom(std::size_t index) noexcept {
  return {message(index) - headroom_bytes_, headroom_bytes_};
}

void MessageBatch::Add(std::span<const std::byte> bytes) noexcept {
  assert(added_count_ < kMessages);
  // The kernel only reads it.
  added_parts_[added_count_++] = {.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()};
}

void MessageBatch::SendAdded(int socket) noexcept {
  for (std::size_t next = 0; next < added_count_;) {
    const auto left = static_cast<unsigned>(added_count_ - next);
    const int count = ::sendmmsg(socket, &added_[next], left, MSG_NOSIGNAL);
    if (count > 0) {
      next += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      ++next;
    }
  }
  added_count_ = 0;
}

}  // namespace vnetperf::relay
