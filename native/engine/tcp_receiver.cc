#include "engine/tcp_receiver.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>

namespace vnetperf::engine {
namespace {

/// The word of the end comes by another connection than the data, whose last segments may still be on their
/// way. Without an announced amount a drain takes what comes until a whole kSocketTimeout brings nothing. A
/// peer that sends on shall not hold up the end.
constexpr os::Nanoseconds kDrainTime = 50 * os::kNanosecondsPerMillisecond;
/// Of an announced amount the last bytes may still be in the peer's send buffer when its word of the end is
/// here: the two connections do not wait for each other. A gap longer than a retransmission timeout (200 ms
/// at least) means that no more will come.
constexpr os::Nanoseconds kAnnouncedDrainTime = 4 * os::kNanosecondsPerSecond;
constexpr os::Nanoseconds kLongestGap = 300 * os::kNanosecondsPerMillisecond;

std::uint64_t BytesHeld(int socket) noexcept {
  int held = 0;
  return ioctl(socket, SIOCINQ, &held) == 0 && held > 0 ? static_cast<std::uint64_t>(held) : 0;
}

}  // namespace

TcpReceiver::TcpReceiver(Stream& stream)
    : stream_(stream),
      file_(stream),
      path_(FindTcpReceivePath(stream.specification.receive_path, file_.exists())),
      state_(stream) {}

void TcpReceiver::Prepare() { path_.prepare(state_); }

std::optional<Failure> TcpReceiver::Run() {
  Outcome outcome = Outcome::kReceived;
  while (!stream_.stopping()) {
    (void)stream_.BeginsMeasuring();
    outcome = Receive();
    if (outcome == Outcome::kEnded) return failure_;
    if (outcome == Outcome::kExhausted) stream_.control.SleepUntilStopped();
  }
  if (stream_.control.stop_order() == StopOrder::kDrain) Drain();
  return std::nullopt;
}

TcpReceiver::Outcome TcpReceiver::Receive() {
  const ssize_t got = path_.receive(state_);
  if (got > 0) return Count(static_cast<std::size_t>(got));
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Outcome::kNothing;
  failure_ = {.error = got == 0 ? 0 : errno, .syscall = state_.syscall};
  return Outcome::kEnded;
}

TcpReceiver::Outcome TcpReceiver::Count(std::size_t bytes) {
  const os::Nanoseconds now = os::MonotonicNow();
  const bool budgeted = stream_.budgeted();
  // What is beyond the limit came after the end.
  const std::size_t counted = budgeted ? stream_.budget().Claim(bytes) : bytes;
  if (counted == 0) return Outcome::kExhausted;

  partial_ += counted;
  const std::size_t blocks = partial_ / stream_.length();
  partial_ -= blocks * stream_.length();
  stream_.counters.Moved(counted, blocks);
  stream_.counters.MovedAt(now - state_.age);
  if (path_.may_copy_after_all) {
    const std::size_t mapped = std::min(state_.mapped, counted);
    stream_.counters.ZeroCopied(mapped);
    stream_.counters.CopiedAfterAll(counted - mapped);
  }
  if (budgeted) stream_.Settle(counted);
  stream_.Arrived(counted);

  if (file_.exists() && !WriteToFile(counted)) {
    failure_ = {.error = errno, .syscall = "write"};
    return Outcome::kEnded;
  }
  return Outcome::kReceived;
}

bool TcpReceiver::WriteToFile(std::size_t bytes) {
  const std::size_t mapped = std::min(state_.mapped, bytes);
  return file_.Write(state_.mapping.span().data(), mapped) &&
         file_.Write(state_.buffer.data(), bytes - mapped);
}

void TcpReceiver::Drain() {
  const os::Nanoseconds start = os::MonotonicNow();
  os::Nanoseconds last_arrival = start;
  os::Nanoseconds last_awaited = start;
  // What the socket holds has arrived in time, however long this thread then waits for its core.
  const std::uint64_t held_until = stream_.counters.bytes() + BytesHeld(stream_.socket());
  while (stream_.control.stop_order() == StopOrder::kDrain) {
    const bool awaited = stream_.control.more_is_announced();
    const Outcome outcome = Receive();
    const os::Nanoseconds now = os::MonotonicNow();
    if (outcome == Outcome::kReceived) {
      last_arrival = now;
    } else if (outcome != Outcome::kNothing || !awaited || now - last_arrival > kLongestGap) {
      return;
    }
    // What overshoots the announced amount comes behind it.
    if (awaited) last_awaited = now;
    const bool held = stream_.counters.bytes() < held_until;
    if (awaited || held ? now - start > kAnnouncedDrainTime : now - last_awaited > kDrainTime) return;
  }
}

}  // namespace vnetperf::engine
