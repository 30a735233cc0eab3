// send() with MSG_ZEROCOPY: the kernel refers to the buffer's pages and tells by the error queue when it is
// done with them, and whether it copied them after all. The buffer never changes, so nothing waits for that
// word.

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

// Needs timespec from the above.
#include <linux/errqueue.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "engine/tcp_send_path.h"
#include "os/system_error.h"

namespace vnetperf::engine {
namespace {

/// What one send pins counts as locked memory of the user, who may have little of it.
constexpr std::size_t kMostAtOnce = std::size_t{1} << 20;
constexpr std::size_t kLeastAtOnce = 4096;
/// Read when so many sends are in flight: each reading takes a range of them.
constexpr std::uint32_t kReapFrom = 32;
constexpr std::size_t kBatch = 16;
/// After so many sends without a refusal a larger one is tried again.
constexpr std::uint64_t kSendsToMore = 256;
/// How long a stream that can pin nothing at all waits for others to let go, and how often it looks.
constexpr os::Nanoseconds kStarvingTime = 2 * os::kNanosecondsPerSecond;
constexpr os::Nanoseconds kStarvingPause = 2 * os::kNanosecondsPerMillisecond;
/// The peer may be dead, or slow: its word is not waited for any longer.
constexpr os::Nanoseconds kLastWordTime = 250 * os::kNanosecondsPerMillisecond;

void Prepare(TcpSendState& state) {
  // MPTCP and SCTP refuse it.
  const int on = 1;
  if (setsockopt(state.socket, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) != 0) {
    throw os::SystemError("setsockopt", "zerocopy");
  }
  state.buffer = PageBuffer::Huge(state.length);
  FillPayload(state.buffer.span(), state.repeating_payload);
  state.zerocopy = std::make_unique<ZerocopyState>(ZerocopyState{.most_at_once = kMostAtOnce,
                                                                 .reap_from = kReapFrom,
                                                                 .sends = ZerocopySends(),
                                                                 .sent_since_less = 0,
                                                                 .starved_since = 0});
}

void Book(TcpSendState& state, msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    const bool of_ip = part->cmsg_level == SOL_IP && part->cmsg_type == IP_RECVERR;
    const bool of_ipv6 = part->cmsg_level == SOL_IPV6 && part->cmsg_type == IPV6_RECVERR;
    if (!of_ip && !of_ipv6) continue;
    sock_extended_err told;
    std::memcpy(&told, CMSG_DATA(part), sizeof(told));
    if (told.ee_origin != SO_EE_ORIGIN_ZEROCOPY || told.ee_errno != 0) continue;
    const std::uint64_t bytes = state.zerocopy->sends.Completed(told.ee_info, told.ee_data);
    if (told.ee_code & SO_EE_CODE_ZEROCOPY_COPIED) {
      state.counters.CopiedAfterAll(bytes);
    } else {
      state.counters.ZeroCopied(bytes);
    }
  }
}

/// Takes all that the error queue holds. False = it was empty.
bool Reap(TcpSendState& state) {
  struct alignas(cmsghdr) Control {
    std::array<std::byte, CMSG_SPACE(sizeof(sock_extended_err) + sizeof(sockaddr_in6))> bytes;
  };
  std::array<Control, kBatch> controls;
  std::array<mmsghdr, kBatch> messages;
  int got = 0;
  bool any = false;
  do {
    for (std::size_t i = 0; i < kBatch; ++i) {
      messages[i] = {};
      messages[i].msg_hdr.msg_control = controls[i].bytes.data();
      messages[i].msg_hdr.msg_controllen = controls[i].bytes.size();
    }
    state.counters.Called(1);
    got = recvmmsg(state.socket, messages.data(), kBatch, MSG_ERRQUEUE | MSG_DONTWAIT, nullptr);
    for (int i = 0; i < got; ++i) Book(state, messages[static_cast<std::size_t>(i)].msg_hdr);
    any = any || got > 0;
  } while (got == static_cast<int>(kBatch));
  // If the kernel is slow to tell, not every send asks again.
  ZerocopyState& zerocopy = *state.zerocopy;
  zerocopy.reap_from = std::min(zerocopy.sends.in_flight() + kReapFrom, ZerocopySends::kMost);
  return any;
}

enum class Word { kTaken, kNone, kDead };

/// Waits until the kernel tells something, and takes it.
Word AwaitWord(TcpSendState& state, os::Nanoseconds time) {
  // The error queue is told by POLLERR, which needs not be asked for.
  pollfd wait{.fd = state.socket, .events = 0, .revents = 0};
  state.counters.Called(1);
  if (poll(&wait, 1, static_cast<int>(time / os::kNanosecondsPerMillisecond)) <= 0) return Word::kNone;
  // So is an error of the socket, behind which there is nothing to take.
  return Reap(state) ? Word::kTaken : Word::kDead;
}

/// What a socket died of that holds too many sends to be asked by one more.
int CauseOfDeath(int socket) {
  int error = 0;
  socklen_t size = sizeof(error);
  return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0 ? error : EPIPE;
}

/// The kernel takes no more for now: its words are limited (net.core.optmem_max), and so are the pages that a
/// user may pin (RLIMIT_MEMLOCK).
void MakeRoom(TcpSendState& state) {
  ZerocopyState& zerocopy = *state.zerocopy;
  if (zerocopy.sends.in_flight() > 0) {
    if (!Reap(state) && AwaitWord(state, kSocketTimeout) == Word::kDead) {
      errno = CauseOfDeath(state.socket);
      return;
    }
  } else if (zerocopy.most_at_once > kLeastAtOnce) {
    // Nothing of ours is in the way: so much is too much at once.
    zerocopy.most_at_once = std::max(zerocopy.most_at_once / 2, kLeastAtOnce);
    zerocopy.sent_since_less = 0;
  } else {
    // Other sockets of this user hold all that may be pinned, but not for ever.
    const os::Nanoseconds now = os::MonotonicNow();
    if (zerocopy.starved_since == 0) zerocopy.starved_since = now;
    if (now - zerocopy.starved_since > kStarvingTime) {
      errno = ENOBUFS;
      return;
    }
    state.control.SleepUntil(now + kStarvingPause);
  }
  errno = EAGAIN;
}

ssize_t Send(TcpSendState& state, std::size_t offset, std::size_t bytes) {
  ZerocopyState& zerocopy = *state.zerocopy;
  if (zerocopy.sends.in_flight() >= zerocopy.reap_from) Reap(state);
  if (zerocopy.sends.in_flight() == ZerocopySends::kMost) {
    const Word word = AwaitWord(state, kSocketTimeout);
    if (zerocopy.sends.in_flight() == ZerocopySends::kMost) {
      errno = word == Word::kDead ? CauseOfDeath(state.socket) : EAGAIN;
      return -1;
    }
  }
  state.counters.Called(1);
  const ssize_t put = send(state.socket, state.buffer.data() + offset, std::min(bytes, zerocopy.most_at_once),
                           MSG_ZEROCOPY | MSG_NOSIGNAL);
  if (put > 0) {
    zerocopy.sends.Sent(static_cast<std::uint64_t>(put));
    zerocopy.starved_since = 0;
    // What was too much at once need not be so for the rest of the test.
    if (++zerocopy.sent_since_less % kSendsToMore == 0) {
      zerocopy.most_at_once = std::min(zerocopy.most_at_once * 2, kMostAtOnce);
    }
  } else if (put < 0 && errno == ENOBUFS) {
    MakeRoom(state);
  }
  return put;
}

void Finish(TcpSendState& state) {
  Reap(state);
  const os::Nanoseconds deadline = os::MonotonicNow() + kLastWordTime;
  while (state.zerocopy->sends.in_flight() > 0 && !state.control.closed.load(std::memory_order_relaxed)) {
    const os::Nanoseconds left = deadline - os::MonotonicNow();
    if (left < os::kNanosecondsPerMillisecond) break;
    if (AwaitWord(state, std::min(left, kSocketTimeout)) == Word::kDead) break;
  }
}

}  // namespace

const TcpSendPath kTcpSendZerocopy{
    .syscall = "send", .prepare = Prepare, .next = NextOfBuffer, .send = Send, .finish = Finish};

}  // namespace vnetperf::engine
