#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vnetperf::os {

/// struct tcp_zerocopy_receive of Linux 5.11, up to its `flags`. Headers older than the kernel lack its later
/// fields, and <netinet/tcp.h> and <linux/tcp.h> cannot both be included. The kernel goes by the length that
/// it is given.
struct TcpZerocopyReceive {
  std::uint64_t address;
  /// In: room for so many bytes. Out: so many were mapped.
  std::uint32_t length;
  /// Out: so many come next that cannot be mapped.
  std::uint32_t recv_skip_hint;
  /// Out: bytes in the receive queue, or 1 where the end or an error is what stands there.
  std::uint32_t inq;
  /// Out: the socket's error as a negative number, which is thereby taken off the socket.
  std::int32_t err;
  std::uint64_t copybuf_address;
  /// In: room for so many bytes. Out: so many were copied, behind those mapped; negative = an error's number.
  std::int32_t copybuf_len;
  std::uint32_t flags;
};

/// Addresses that pages of a TCP socket's receive queue can be mapped to.
class SocketMapping {
 public:
  SocketMapping() noexcept = default;
  /// `bytes`: whole pages. Throws SystemError, as for every socket that is not TCP.
  SocketMapping(int socket, std::size_t bytes);
  SocketMapping(SocketMapping&& other) noexcept;
  SocketMapping& operator=(SocketMapping&& other) noexcept;
  SocketMapping(const SocketMapping&) = delete;
  SocketMapping& operator=(const SocketMapping&) = delete;
  ~SocketMapping();

  [[nodiscard]] std::span<const std::byte> span() const noexcept { return {data_, bytes_}; }

  /// getsockopt(TCP_ZEROCOPY_RECEIVE): maps what it can from the head of the receive queue to the start of
  /// this, in place of what was there, and copies what is left over and fits `copies`. False = errno.
  [[nodiscard]] bool Receive(int socket, std::span<std::byte> copies, TcpZerocopyReceive& outcome) noexcept;

 private:
  const std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace vnetperf::os
