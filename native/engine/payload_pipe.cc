#include "engine/payload_pipe.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "os/system_error.h"

namespace vnetperf::engine {
namespace {

/// A slot of a pipe refers to one page, huge or not.
constexpr std::size_t kPageBytes = 4096;
/// From 256 KiB to this the CPU time a byte is the same; above, only CAP_SYS_RESOURCE may go.
constexpr std::size_t kWantedPipeBytes = std::size_t{1} << 20;
/// One vmsplice() wraps around a small ring many times, and each time costs a little.
constexpr std::size_t kLeastRingBytes = std::size_t{64} << 10;
constexpr std::size_t kMostRingBytes = kHugePageBytes;
constexpr std::size_t kMostPieces = 2 + kWantedPipeBytes / kLeastRingBytes;

/// Whole blocks, so that the payload goes on as it began when the ring starts again, and whole pages where
/// that is possible, so that every slot is full. No more than that: a receiver that copies reads the payload,
/// and a small one stays in its cache.
std::size_t RingBytes(std::size_t block_bytes) {
  const std::size_t unit = std::lcm(block_bytes, kPageBytes);
  if (unit <= kMostRingBytes) return RoundUp(kLeastRingBytes, unit);
  return std::max(block_bytes, kMostRingBytes / block_bytes * block_bytes);
}

/// As large as is allowed: users have limits for one pipe and for all of theirs.
std::size_t Enlarge(int pipe) {
  for (std::size_t wanted = kWantedPipeBytes; wanted > 0; wanted /= 2) {
    const int got = fcntl(pipe, F_SETPIPE_SZ, static_cast<int>(wanted));
    if (got > 0) return std::min(static_cast<std::size_t>(got), kWantedPipeBytes);
    if (const int has = fcntl(pipe, F_GETPIPE_SZ); has > 0 && static_cast<std::size_t>(has) >= wanted / 2) {
      return static_cast<std::size_t>(has);
    }
  }
  throw os::SystemError("fcntl", "pipe");
}

}  // namespace

PayloadPipe::PayloadPipe(std::size_t block_bytes, bool repeating_payload) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw os::SystemError("pipe", "pipe");
  out_ = os::Descriptor(ends[0]);
  in_ = os::Descriptor(ends[1]);
  capacity_ = Enlarge(in_.get());

  ring_bytes_ = RingBytes(block_bytes);
  ring_ = PageBuffer::Huge(ring_bytes_);
  FillPayload(ring_.span().first(block_bytes), repeating_payload);
  for (std::size_t filled = block_bytes; filled < ring_bytes_; filled += block_bytes) {
    std::memcpy(ring_.data() + filled, ring_.data(), block_bytes);
  }
}

ssize_t PayloadPipe::Fill() noexcept {
  std::array<iovec, kMostPieces> pieces;
  std::size_t count = 0;
  std::size_t from = position_;
  for (std::size_t left = capacity_ - held_; left > 0 && count < pieces.size(); ++count) {
    const std::size_t bytes = std::min(left, ring_bytes_ - from);
    pieces[count] = {.iov_base = ring_.data() + from, .iov_len = bytes};
    from = (from + bytes) % ring_bytes_;
    left -= bytes;
  }
  // Pages that begin or end in the middle take a slot as well, so there may be room for less.
  const ssize_t put = vmsplice(in_.get(), pieces.data(), count, SPLICE_F_NONBLOCK);
  if (put > 0) {
    held_ += static_cast<std::size_t>(put);
    position_ = (position_ + static_cast<std::size_t>(put)) % ring_bytes_;
  }
  return put;
}

// No SPLICE_F_MORE: within a call the kernel knows that more is to come, and behind it nothing may linger.
ssize_t PayloadPipe::Take(int socket, std::size_t bytes) noexcept {
  const ssize_t put = splice(out_.get(), nullptr, socket, nullptr, std::min(bytes, held_), 0);
  if (put > 0) held_ -= static_cast<std::size_t>(put);
  return put;
}

}  // namespace vnetperf::engine
