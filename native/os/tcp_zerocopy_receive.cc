#include "os/tcp_zerocopy_receive.h"

#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <bit>
#include <cerrno>
#include <utility>

#include "os/system_error.h"

namespace vnetperf::os {
namespace {

/// TCP_ZEROCOPY_RECEIVE of <linux/tcp.h>.
constexpr int kTcpZerocopyReceive = 35;

}  // namespace

SocketMapping::SocketMapping(int socket, std::size_t bytes) : bytes_(bytes) {
  void* const addresses = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, socket, 0);
  if (addresses == MAP_FAILED) throw SystemError("mmap", "socket");
  data_ = static_cast<const std::byte*>(addresses);
}

SocketMapping::SocketMapping(SocketMapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

SocketMapping& SocketMapping::operator=(SocketMapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

SocketMapping::~SocketMapping() {
  if (data_) munmap(const_cast<std::byte*>(data_), bytes_);
}

bool SocketMapping::Receive(int socket, std::span<std::byte> copies, TcpZerocopyReceive& outcome) noexcept {
  outcome = {};
  outcome.address = std::bit_cast<std::uintptr_t>(data_);
  outcome.length = static_cast<std::uint32_t>(bytes_);
  outcome.copybuf_address = std::bit_cast<std::uintptr_t>(copies.data());
  outcome.copybuf_len = static_cast<std::int32_t>(copies.size());
  socklen_t size = sizeof(outcome);
  if (getsockopt(socket, IPPROTO_TCP, kTcpZerocopyReceive, &outcome, &size) != 0) return false;
  // A kernel before 5.11 says by the size that it left the last fields as they were.
  if (size >= sizeof(outcome)) return true;
  errno = EOPNOTSUPP;
  return false;
}

}  // namespace vnetperf::os
