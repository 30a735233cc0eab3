#include "engine/tcp_sender.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "os/system_error.h"

namespace vnetperf::engine {
namespace {

/// Of a full segment on an Ethernet path, with timestamps.
constexpr std::size_t kEthernetSegmentBytes = 1448;

/// None where the protocol does not tell.
std::optional<std::size_t> MaximumSegmentBytes(int socket) noexcept {
  int mss = 0;
  socklen_t size = sizeof(mss);
  if (getsockopt(socket, IPPROTO_TCP, TCP_MAXSEG, &mss, &size) != 0 || mss <= 0) return std::nullopt;
  return static_cast<std::size_t>(mss);
}

/// While less than this many turns are left of a budget, blocks are claimed one by one.
constexpr std::uint64_t kTurnsToShare = 64;

}  // namespace

TcpSender::TcpSender(Stream& stream)
    : stream_(stream),
      state_(stream),
      path_(FindTcpSendPath(stream.specification.send_path, state_.file)),
      pacer_(stream) {}

void TcpSender::Prepare() {
  path_.prepare(state_);
  const std::optional<std::size_t> mss = MaximumSegmentBytes(stream_.socket());
  // Loopback's segments of 64 KiB would be lumps at most rates.
  pacer_.InParts(std::min(mss.value_or(kEthernetSegmentBytes), kEthernetSegmentBytes));
  if (!mss || !pacer_.in_parts()) return;
  // A part that is no full segment, as the last of a block, is due all the same. Nagle's algorithm would hold
  // it back until the peer has acknowledged those before, which may take it 40 ms.
  const int on = 1;
  if (setsockopt(stream_.socket(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) {
    throw os::SystemError("setsockopt", "no-delay");
  }
}

std::optional<Failure> TcpSender::Run() {
  pacer_.Start();
  Outcome outcome = Outcome::kSent;
  while (outcome == Outcome::kSent || outcome == Outcome::kBudgetClaimed) {
    // Before a block is claimed: who waits for its turn holds nothing that another stream could send.
    if (pacer_.WaitForBytes(stream_.length()) == 0) break;
    outcome = SendBlock();
    if (outcome == Outcome::kBudgetClaimed) {
      stream_.control.SleepUntil(os::MonotonicNow() + os::kNanosecondsPerMillisecond);
    }
  }

  if (flowing_) stream_.counters.MovedAt(os::MonotonicNow());
  path_.finish(state_);
  if (outcome == Outcome::kDead) return failure_;
  // Nothing more to send, but the connection stands until the end.
  stream_.control.SleepUntilStopped();
  return std::nullopt;
}

std::size_t TcpSender::BytesOfTurn(bool budgeted) noexcept {
  const std::size_t block = stream_.length();
  const std::size_t together = block * state_.blocks_together;
  if (pacer_.pacing()) return block;
  // Near the limit every block is one to share with the other streams.
  if (budgeted && stream_.budget().remaining() / kTurnsToShare < together) return block;
  return together;
}

TcpSender::Outcome TcpSender::SendBlock() {
  (void)stream_.BeginsMeasuring();
  const bool budgeted = stream_.budgeted();
  std::size_t size = BytesOfTurn(budgeted);
  if (budgeted) {
    size = stream_.budget().Claim(size);
    if (size == 0) return stream_.budget().complete() ? Outcome::kExhausted : Outcome::kBudgetClaimed;
  }

  const ssize_t ready = path_.next(state_, size);
  const std::size_t bytes = ready > 0 ? static_cast<std::size_t>(ready) : 0;
  if (budgeted) stream_.budget().GiveBack(size - bytes);
  if (bytes > 0) return SendAll(bytes, budgeted);

  if (ready == 0) {
    FileEnded();
    return Outcome::kExhausted;
  }
  if (errno == EAGAIN || errno == EINTR) return stream_.stopping() ? Outcome::kStopping : Outcome::kSent;
  failure_ = {.error = errno, .syscall = "read"};
  return Outcome::kDead;
}

TcpSender::Outcome TcpSender::SendAll(std::size_t bytes, bool budgeted) {
  std::size_t sent = 0;
  std::uint64_t blocks = 0;
  Outcome outcome = Outcome::kSent;
  while (sent < bytes) {
    const std::size_t part = pacer_.WaitForBytes(bytes - sent);
    if (part == 0) {
      outcome = Outcome::kStopping;
      break;
    }
    if (!budgeted && stream_.BeginsMeasuring() && stream_.budgeted()) {
      // The omit period ended within the block: what is left of it counts, as far as there is any to claim.
      budgeted = true;
      bytes = sent + stream_.budget().Claim(bytes - sent);
      if (sent == bytes) break;
    }
    const ssize_t put = path_.send(state_, sent, std::min(part, bytes - sent));
    if (put > 0) {
      sent += static_cast<std::size_t>(put);
      // The last block of a budget may be short, and is one all the same.
      const std::uint64_t done = (sent == bytes ? sent + stream_.length() - 1 : sent) / stream_.length();
      stream_.counters.Moved(static_cast<std::size_t>(put), done - std::exchange(blocks, done));
      pacer_.Spend(static_cast<std::size_t>(put));
      if (budgeted) stream_.Settle(static_cast<std::size_t>(put));
      if (!std::exchange(flowing_, true)) stream_.counters.Flowing();
      if (sent == bytes) break;
    } else if (put == 0) {
      FileEnded();
      outcome = Outcome::kExhausted;
      break;
    } else if (errno != EAGAIN && errno != EINTR) {
      failure_ = {.error = errno, .syscall = state_.failed_call ? state_.failed_call : path_.syscall};
      outcome = Outcome::kDead;
      break;
    }
    // The socket takes no more for now. A stream that flows never comes here and is timed when it ends; one
    // that is held up by its peer is timed to the length of the timeout.
    if (std::exchange(flowing_, false)) stream_.counters.MovedAt(os::MonotonicNow());
    if (stream_.stopping()) {
      outcome = Outcome::kStopping;
      break;
    }
  }
  if (budgeted) stream_.budget().GiveBack(bytes - sent);
  return outcome;
}

void TcpSender::FileEnded() {
  stream_.control.file_ended.store(true, std::memory_order_relaxed);
  stream_.control.news.Increment();
}

}  // namespace vnetperf::engine
