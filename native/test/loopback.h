#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "engine/run.h"

/// Connected sockets on 127.0.0.1 and runs over them.
namespace vnetperf::test {

/// The two ends of one connection, non-blocking as the engine gets them.
struct Ends {
  std::shared_ptr<os::Descriptor> near;
  std::shared_ptr<os::Descriptor> far;
};

/// `segment_bytes`: payload of a segment, which the kernel wants to be below 32 KiB; 0 = as the path allows.
[[nodiscard]] Ends ConnectTcp(int segment_bytes = 0);
/// With a receive buffer at the far end that holds the first burst.
[[nodiscard]] Ends ConnectUdp();

[[nodiscard]] engine::StreamSpecification Sender(std::shared_ptr<os::Descriptor> socket,
                                                 engine::Protocol protocol, std::size_t length);
[[nodiscard]] engine::StreamSpecification Receiver(std::shared_ptr<os::Descriptor> socket,
                                                   engine::Protocol protocol, std::size_t length);

/// A file of these contents that is gone when closed.
[[nodiscard]] os::Descriptor MakeFile(const std::vector<std::byte>& contents);
[[nodiscard]] std::vector<std::byte> ReadFile(const os::Descriptor& file);

/// Keeps everything that a run tells.
class Recorder final : public engine::RunObserver {
 public:
  struct Event {
    std::size_t stream;
    engine::Failure failure;
  };

  void OnReady() noexcept override;
  void OnSnapshot(engine::Snapshot snapshot) noexcept override;
  void OnStreamEnded(std::size_t stream, engine::Failure failure) noexcept override;
  void OnWorkerFailed(std::size_t stream, engine::Failure failure) noexcept override;

  /// Throws std::runtime_error when the end has not come in time.
  [[nodiscard]] engine::Snapshot WaitForEnd(std::chrono::milliseconds time = std::chrono::seconds(20));
  /// False when the gate has not opened in time.
  [[nodiscard]] bool WaitForStart(std::chrono::milliseconds time = std::chrono::seconds(5));
  /// False when no stream has ended in time.
  [[nodiscard]] bool WaitForStreamEnded(std::chrono::milliseconds time = std::chrono::seconds(5));
  [[nodiscard]] bool WaitForWorkerFailed(std::chrono::milliseconds time = std::chrono::seconds(5));

  /// Without the first, which only says that the gate opened.
  [[nodiscard]] std::vector<engine::Snapshot> snapshots() const;
  [[nodiscard]] std::optional<engine::Snapshot> start() const;
  [[nodiscard]] bool ready() const;
  [[nodiscard]] std::vector<Event> ended() const;
  [[nodiscard]] std::vector<Event> failed() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool ready_ = false;
  std::optional<engine::Snapshot> start_;
  std::vector<engine::Snapshot> snapshots_;
  std::vector<Event> ended_;
  std::vector<Event> failed_;
};

/// A run with its recorder.
struct RecordedRun {
  explicit RecordedRun(engine::RunSpecification specification) : run(std::move(specification), recorder) {}

  Recorder recorder;
  engine::Run run;
};

/// A client that ends itself: after `duration` when that is not 0.
[[nodiscard]] engine::RunSpecification Client(os::Nanoseconds duration = 0);
/// A server that was told `duration` and is stopped from outside.
[[nodiscard]] engine::RunSpecification Server(os::Nanoseconds duration = 0);

/// False when the run has not received so much in time.
bool WaitUntilReceived(const engine::Run& run, std::uint64_t bytes,
                       os::Nanoseconds time = 2 * os::kNanosecondsPerSecond);

/// Opens both, waits for the client's end, stops the server, and gives both last snapshots.
struct Results {
  engine::Snapshot client;
  engine::Snapshot server;
};
/// `patience`: so long the server has time to receive what the client says it has sent.
[[nodiscard]] Results RunBoth(RecordedRun& client, RecordedRun& server, os::Nanoseconds patience = 0);

/// A shared machine may hold up any thread; what stands by a deadline is held to this.
inline constexpr os::Nanoseconds kPunctual = 15 * os::kNanosecondsPerMillisecond;

/// Checks that a moment is at `seconds` or just after.
void CheckAt(os::Nanoseconds time, double seconds);

/// Checks what must hold in every last snapshot: bytes by core sum to the bytes, and no figure runs
/// backwards.
void CheckSound(const std::vector<engine::Snapshot>& snapshots);

}  // namespace vnetperf::test
