#include "engine/low_water_mark.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "os/tcp_info.h"

namespace vnetperf::engine {
namespace {

/// How many marks have to come before one is set.
constexpr std::uint64_t kProof = 16;
/// How long one may take, on average. Counters lag by as much: a thousandth of an interval of a second.
constexpr os::Nanoseconds kLongestFill = os::kNanosecondsPerMillisecond;
/// What sleeps in the receive buffer is missing in the window. With so many marks in the buffer the sender
/// does not notice.
constexpr std::size_t kMarksInBuffer = 8;

int Option(int socket, int name) noexcept {
  int value = 0;
  socklen_t length = sizeof(value);
  return getsockopt(socket, SOL_SOCKET, name, &value, &length) == 0 ? value : 0;
}

}  // namespace

LowWaterMark::LowWaterMark(int socket, std::size_t bytes, bool allowed, StreamCounters& counters)
    : socket_(socket),
      wanted_(bytes),
      counters_(counters),
      // Other protocols have windows and wakeups of their own.
      allowed_(allowed && Option(socket, SO_PROTOCOL) == IPPROTO_TCP),
      proof_bytes_(kProof * bytes) {}

os::Nanoseconds LowWaterMark::Took(std::size_t bytes) noexcept {
  if (!allowed_) return 0;
  if (raised_ && bytes < mark_) {
    // It slept on these until the timeout.
    Lower();
    counters_.Called(1);
    const auto info = os::ReadTcpInfo(socket_);
    return info ? info->since_last_received_milliseconds * os::kNanosecondsPerMillisecond : 0;
  }
  if (seen_bytes_ == 0) seen_since_ = os::MonotonicNow();
  seen_bytes_ += bytes;
  if (seen_bytes_ < (raised_ ? kProof * wanted_ : proof_bytes_)) return 0;
  const auto marks = static_cast<os::Nanoseconds>(seen_bytes_ / wanted_);
  const os::Nanoseconds fill = (os::MonotonicNow() - seen_since_) / marks;
  seen_bytes_ = 0;
  if (fill < kLongestFill) {
    if (mark_ < wanted_) Raise();
  } else if (raised_ && fill > 2 * kLongestFill) {
    Lower();
  }
  return 0;
}

void LowWaterMark::TookNothing() noexcept {
  if (raised_) Lower();
}

void LowWaterMark::Raise() noexcept {
  counters_.Called(1);
  const auto buffer = static_cast<std::size_t>(Option(socket_, SO_RCVBUF));
  const std::size_t mark = std::min(wanted_, buffer / kMarksInBuffer);
  if (mark <= mark_) return;
  allowed_ = raised_ = Set(mark);
  mark_ = mark;
}

void LowWaterMark::Lower() noexcept {
  raised_ = false;
  mark_ = 1;
  seen_bytes_ = 0;
  proof_bytes_ *= 2;
  (void)Set(mark_);
}

bool LowWaterMark::Set(std::size_t bytes) noexcept {
  counters_.Called(1);
  const auto value = static_cast<int>(bytes);
  return setsockopt(socket_, SOL_SOCKET, SO_RCVLOWAT, &value, sizeof(value)) == 0;
}

}  // namespace vnetperf::engine
