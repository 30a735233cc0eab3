#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "engine/histogram.h"
#include "os/clock.h"
#include "os/descriptor.h"
#include "os/system_error.h"
#include "os/wake_word.h"

namespace vnetperf::engine {

struct PingPongSpecification {
  /// UDP, connected to where the server's answers come from.
  std::shared_ptr<os::Descriptor> client;
  /// UDP, bound.
  std::shared_ptr<os::Descriptor> server;
  /// Each thread runs on these cores and no others; empty = wherever the scheduler likes.
  std::vector<int> client_cores;
  std::vector<int> server_cores;
  std::size_t payload_bytes = 64;
};

/// The round trips of one phase.
struct RoundTrips {
  std::uint64_t sent = 0;
  /// Those that came back in time, in nanoseconds.
  Histogram times;
  /// What sending or receiving last failed with; 0 = nothing did.
  int error = 0;

  [[nodiscard]] std::uint64_t lost() const noexcept { return sent - times.count(); }
};

/// A UDP echo between two threads: one at the client's end that pings and measures, one at the server's that
/// answers.
///
/// Pings leave on a schedule, whether or not the last one has come back: if each waited for the answer before
/// it, a slow time would be asked about less often than a fast one, and percentiles would look better than
/// they are (coordinated omission). A ping that could not leave on time, because its thread did not get a
/// core, is left out.
///
/// A phase: Start(), Stop(), and a result when the last answers have come or will not.
class PingPong {
 public:
  /// An answer that takes longer is lost: no path ends in a hang.
  static constexpr os::Nanoseconds kTimeout = os::kNanosecondsPerSecond;
  static constexpr os::Nanoseconds kShortestInterval = kTimeout / 4000;
  static constexpr std::size_t kSmallestPayload = 16;

  /// Starts both threads, which wait. Throws SystemError where one cannot be pinned or the sockets are not as
  /// they should be, std::system_error when there can be no more threads.
  explicit PingPong(PingPongSpecification specification);
  ~PingPong() { Close(); }
  PingPong(const PingPong&) = delete;
  PingPong& operator=(const PingPong&) = delete;

  /// Begins a phase: a ping every `interval`. Nothing happens while the one before is not over.
  void Start(os::Nanoseconds interval);
  /// No more pings. The result follows in no more than kTimeout.
  void Stop() noexcept;
  /// Of the last phase; nothing while it lasts.
  [[nodiscard]] std::optional<RoundTrips> Result() const;
  /// Joins both threads, within kLook. Idempotent.
  void Close() noexcept;

 private:
  enum class State : int { kResting, kPinging, kStopping };

  struct Ping {
    std::uint64_t sequence = 0;
    os::Nanoseconds sent = 0;
    bool waiting = false;
  };

  /// Threads look this often whether they shall end.
  static constexpr os::Nanoseconds kLook = 20 * os::kNanosecondsPerMillisecond;
  /// All pings that may still be answered have a place each.
  static constexpr std::size_t kPlaces = 4096;
  static_assert(kPlaces * kShortestInterval >= kTimeout);

  void StartThreads();
  void PingMain() noexcept;
  void PongMain() noexcept;

  // On the thread that pings.
  void RunPhase() noexcept;
  void SendPing() noexcept;
  /// Takes answers until the moment, or kLook, is over.
  void TakeAnswers(os::Nanoseconds until) noexcept;
  void TakeAnswer(std::uint64_t sequence, os::Nanoseconds now) noexcept;
  [[nodiscard]] bool AnswerMayCome(os::Nanoseconds now) const noexcept;

  const PingPongSpecification specification_;
  /// In every datagram: nobody else's is answered, or taken for an answer.
  const std::uint64_t token_;
  std::atomic<bool> closed_{false};
  std::atomic<State> state_{State::kResting};
  os::WakeWord orders_;

  /// Written by Start() while resting, otherwise by the thread that pings.
  os::Nanoseconds interval_ = 0;
  RoundTrips trips_;
  std::vector<Ping> pings_;
  std::uint64_t last_sequence_ = 0;
  std::vector<std::byte> ping_datagram_;
  std::vector<std::byte> pong_datagram_;

  std::thread ping_;
  std::thread pong_;
};

}  // namespace vnetperf::engine
