#include "engine/ping_pong.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <latch>
#include <stdexcept>

#include "os/affinity.h"
#include "os/blocked_signals.h"

namespace vnetperf::engine {
namespace {

struct Header {
  std::uint64_t token;
  std::uint64_t sequence;
};
static_assert(sizeof(Header) == PingPong::kSmallestPayload);

/// Not std::random_device: of a static libstdc++ it would need arc4random(), which is in glibc since 2.36
/// only.
std::uint64_t RandomToken() {
  std::uint64_t token = 0;
  if (getrandom(&token, sizeof(token), 0) != sizeof(token)) throw os::SystemError("getrandom", "socket");
  return token;
}

void GetReady(const char* name, const std::vector<int>& cores) {
  prctl(PR_SET_NAME, name);
  // The default lets the kernel wake the thread 50 microseconds late to save power.
  prctl(PR_SET_TIMERSLACK, 1);
  if (!cores.empty()) os::PinThisThread(cores);
}

/// The thread that answers waits in recvfrom() itself: poll() before it would be part of every round trip.
void LetBlock(int socket, os::Nanoseconds timeout) {
  const int flags = fcntl(socket, F_GETFL);
  if (flags < 0 || fcntl(socket, F_SETFL, flags & ~O_NONBLOCK) != 0) throw os::SystemError("fcntl", "socket");
  const timeval time{.tv_sec = 0, .tv_usec = timeout / 1000};
  if (setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)) != 0) {
    throw os::SystemError("setsockopt", "socket");
  }
}

bool WouldBlock(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

PingPong::PingPong(PingPongSpecification specification)
    : specification_(std::move(specification)),
      token_(RandomToken()),
      pings_(kPlaces),
      ping_datagram_(specification_.payload_bytes),
      pong_datagram_(specification_.payload_bytes) {
  if (!specification_.client || !specification_.client->valid() || !specification_.server ||
      !specification_.server->valid()) {
    throw std::invalid_argument("a ping-pong needs two open sockets");
  }
  if (specification_.payload_bytes < kSmallestPayload) {
    throw std::invalid_argument("a ping holds a header of 16 bytes");
  }
  try {
    StartThreads();
  } catch (...) {
    // The destructor of what was never made does not run.
    Close();
    throw;
  }
}

void PingPong::StartThreads() {
  std::optional<os::SystemError> ping_failure;
  std::optional<os::SystemError> pong_failure;
  std::latch ping_ready(1);
  std::latch pong_ready(1);
  const auto start = [](std::optional<os::SystemError>& failure, std::latch& ready, auto prepare, auto work) {
    return std::thread([&failure, &ready, prepare, work] {
      bool prepared = false;
      try {
        prepare();
        prepared = true;
      } catch (const os::SystemError& error) {
        failure = error;
      }
      ready.count_down();
      // Nothing of the constructor's is touched from here on.
      if (prepared) work();
    });
  };
  {
    const os::BlockedSignals blocked;
    pong_ = start(
        pong_failure, pong_ready,
        [this] {
          GetReady("vnetperf-pong", specification_.server_cores);
          LetBlock(specification_.server->get(), kLook);
        },
        [this] { PongMain(); });
    pong_ready.wait();
    ping_ = start(
        ping_failure, ping_ready, [this] { GetReady("vnetperf-ping", specification_.client_cores); },
        [this] { PingMain(); });
    ping_ready.wait();
  }
  if (pong_failure) throw *pong_failure;
  if (ping_failure) throw *ping_failure;
}

void PingPong::Start(os::Nanoseconds interval) {
  if (state_.load(std::memory_order_acquire) != State::kResting) return;
  interval_ = std::max(interval, kShortestInterval);
  trips_ = RoundTrips{};
  state_.store(State::kPinging, std::memory_order_release);
  orders_.Increment();
}

void PingPong::Stop() noexcept {
  State pinging = State::kPinging;
  state_.compare_exchange_strong(pinging, State::kStopping, std::memory_order_acq_rel);
}

std::optional<RoundTrips> PingPong::Result() const {
  if (state_.load(std::memory_order_acquire) != State::kResting) return std::nullopt;
  return trips_;
}

void PingPong::Close() noexcept {
  closed_.store(true);
  orders_.Increment();
  if (ping_.joinable()) ping_.join();
  if (pong_.joinable()) pong_.join();
}

void PingPong::PingMain() noexcept {
  while (true) {
    const std::uint32_t seen = orders_.load();
    if (closed_.load()) return;
    if (state_.load(std::memory_order_acquire) == State::kResting) {
      orders_.WaitUntil(seen, os::kNever);
    } else {
      RunPhase();
      state_.store(State::kResting, std::memory_order_release);
    }
  }
}

void PingPong::RunPhase() noexcept {
  for (Ping& ping : pings_) ping.waiting = false;
  os::Nanoseconds due = os::MonotonicNow();
  while (state_.load(std::memory_order_relaxed) == State::kPinging && !closed_.load()) {
    const os::Nanoseconds now = os::MonotonicNow();
    if (now < due) {
      TakeAnswers(due);
      continue;
    }
    SendPing();
    // The next on the schedule that is still to come.
    due += ((now - due) / interval_ + 1) * interval_;
  }
  while (!closed_.load() && AnswerMayCome(os::MonotonicNow())) {
    TakeAnswers(os::MonotonicNow() + os::kNanosecondsPerMillisecond);
  }
}

void PingPong::SendPing() noexcept {
  const Header header{.token = token_, .sequence = ++last_sequence_};
  std::memcpy(ping_datagram_.data(), &header, sizeof(header));
  Ping& ping = pings_[header.sequence % kPlaces];
  ping = {.sequence = header.sequence, .sent = os::MonotonicNow(), .waiting = true};
  ++trips_.sent;
  const auto size = static_cast<ssize_t>(ping_datagram_.size());
  if (send(specification_.client->get(), ping_datagram_.data(), ping_datagram_.size(),
           MSG_DONTWAIT | MSG_NOSIGNAL) != size) {
    trips_.error = errno;
    ping.waiting = false;
  }
}

void PingPong::TakeAnswers(os::Nanoseconds until) noexcept {
  const os::Nanoseconds time = std::clamp<os::Nanoseconds>(until - os::MonotonicNow(), 0, kLook);
  const timespec timeout{.tv_sec = 0, .tv_nsec = time};
  pollfd readable{.fd = specification_.client->get(), .events = POLLIN, .revents = 0};
  // SO_RCVTIMEO counts in ticks of the kernel, up to 10 ms: too coarse for a schedule.
  if (ppoll(&readable, 1, &timeout, nullptr) <= 0) return;
  while (true) {
    Header header;
    // What does not fit is padding.
    const ssize_t size = recv(specification_.client->get(), &header, sizeof(header), MSG_DONTWAIT);
    const os::Nanoseconds now = os::MonotonicNow();
    if (size < 0) {
      if (!WouldBlock(errno)) trips_.error = errno;
      return;
    }
    if (size == static_cast<ssize_t>(sizeof(header)) && header.token == token_)
      TakeAnswer(header.sequence, now);
  }
}

void PingPong::TakeAnswer(std::uint64_t sequence, os::Nanoseconds now) noexcept {
  Ping& ping = pings_[sequence % kPlaces];
  // A late answer is lost, a second one is none.
  if (!ping.waiting || ping.sequence != sequence || now - ping.sent > kTimeout) return;
  ping.waiting = false;
  trips_.times.Record(static_cast<std::uint64_t>(now - ping.sent));
}

bool PingPong::AnswerMayCome(os::Nanoseconds now) const noexcept {
  return std::any_of(pings_.begin(), pings_.end(),
                     [&](const Ping& ping) { return ping.waiting && now - ping.sent <= kTimeout; });
}

void PingPong::PongMain() noexcept {
  const int socket = specification_.server->get();
  while (!closed_.load()) {
    sockaddr_storage from;
    socklen_t from_size = sizeof(from);
    auto* const address = reinterpret_cast<sockaddr*>(&from);
    const ssize_t size =
        recvfrom(socket, pong_datagram_.data(), pong_datagram_.size(), MSG_TRUNC, address, &from_size);
    if (size < 0) {
      // An error that stays must not make this thread spin.
      if (!WouldBlock(errno)) orders_.WaitUntil(orders_.load(), os::MonotonicNow() + kLook);
      continue;
    }
    Header header;
    if (static_cast<std::size_t>(size) != pong_datagram_.size()) continue;
    std::memcpy(&header, pong_datagram_.data(), sizeof(header));
    if (header.token != token_) continue;
    // A datagram that cannot leave now is lost on its way, as any other. To wait for room would delay the
    // answers behind it, and whoever closes this.
    (void)sendto(socket, pong_datagram_.data(), pong_datagram_.size(), MSG_NOSIGNAL | MSG_DONTWAIT, address,
                 from_size);
  }
}

}  // namespace vnetperf::engine
