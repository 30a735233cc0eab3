#pragma once

#include <sched.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "os/clock.h"

namespace vnetperf::engine {

/// What one stream has moved. One thread writes, anyone reads: a plain load and a plain store each, no lock
/// prefix. Aligned to two cache lines, since the prefetcher fetches lines in pairs.
class alignas(128) StreamCounters {
 public:
  explicit StreamCounters(int cores) : bytes_by_core_(static_cast<std::size_t>(cores)) {}

  /// The one place where bytes are counted, so that the bytes of all cores sum to the bytes. Called on the
  /// core that moved them. A move that spanned a migration counts for the core it ended on.
  void Moved(std::uint64_t bytes, std::uint64_t blocks) noexcept {
    if (first_byte_.load(std::memory_order_relaxed) == 0) Begin();
    Add(bytes_, bytes);
    Add(blocks_, blocks);
    const int core = sched_getcpu();
    if (core != core_.load(std::memory_order_relaxed)) MigratedTo(core);
    bytes_by_core_[static_cast<std::size_t>(core_.load(std::memory_order_relaxed))] += bytes;
  }

  /// System calls of the loop on its way of moving bytes, those that moved none included.
  void Called(std::uint64_t calls) noexcept { Add(calls_, calls); }
  /// UDP: what the path saw. A segmented send is one packet however many datagrams it holds; a receiver
  /// counts what the kernel handed up as one.
  void Packets(std::uint64_t packets) noexcept { Add(packets_, packets); }
  /// UDP: segmentation (receiver: coalescing) was asked for and is not used: the path, the kernel or the size
  /// of the datagrams does not allow it.
  void SegmentationRefused() noexcept { segmentation_refused_.store(true, std::memory_order_relaxed); }
  /// Bytes of which the kernel has told whether they were copied after all.
  void ZeroCopied(std::uint64_t bytes) noexcept { Add(zero_copied_bytes_, bytes); }
  void CopiedAfterAll(std::uint64_t bytes) noexcept { Add(copied_bytes_, bytes); }

  /// Before the gate: where the worker begins, which is no migration.
  void StartOn(int core) noexcept {
    MigratedTo(core);
    migrations_.store(0, std::memory_order_relaxed);
  }

  void MovedAt(os::Nanoseconds moment) noexcept { last_byte_.store(moment, std::memory_order_relaxed); }
  /// From now on blocks go out one after another and nobody looks at the clock, until the next MovedAt().
  void Flowing() noexcept { last_byte_.store(kFlowing, std::memory_order_relaxed); }

  void Received(std::uint64_t highest, std::uint64_t lost, std::uint64_t out_of_order,
                std::uint64_t duplicates, double jitter_seconds) noexcept {
    highest_sequence_.store(highest, std::memory_order_relaxed);
    lost_.store(lost, std::memory_order_relaxed);
    out_of_order_.store(out_of_order, std::memory_order_relaxed);
    duplicates_.store(duplicates, std::memory_order_relaxed);
    jitter_seconds_.store(jitter_seconds, std::memory_order_relaxed);
  }

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t blocks() const noexcept { return blocks_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t calls() const noexcept { return calls_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t packets() const noexcept { return packets_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool segmentation_refused() const noexcept {
    return segmentation_refused_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t zero_copied_bytes() const noexcept {
    return zero_copied_bytes_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t copied_bytes() const noexcept {
    return copied_bytes_.load(std::memory_order_relaxed);
  }
  /// On the monotonic clock; 0 = nothing has moved.
  [[nodiscard]] os::Nanoseconds first_byte() const noexcept {
    return first_byte_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t highest_sequence() const noexcept {
    return highest_sequence_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t out_of_order() const noexcept {
    return out_of_order_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t duplicates() const noexcept {
    return duplicates_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] double jitter_seconds() const noexcept {
    return jitter_seconds_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] int core() const noexcept { return core_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t migrations() const noexcept {
    return migrations_.load(std::memory_order_relaxed);
  }
  /// On the monotonic clock; 0 = nothing has moved. A stream that flows moved its last byte `now`.
  [[nodiscard]] os::Nanoseconds last_byte(os::Nanoseconds now) const noexcept {
    const os::Nanoseconds moment = last_byte_.load(std::memory_order_relaxed);
    return moment == kFlowing ? now : moment;
  }

  /// Only once the worker has finished: the writer's own, not atomic.
  [[nodiscard]] const std::vector<std::uint64_t>& bytes_by_core() const noexcept { return bytes_by_core_; }

 private:
  static constexpr os::Nanoseconds kFlowing = -1;

  template <typename T>
  static void Add(std::atomic<T>& counter, T value) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
  }

  void Begin() noexcept;
  void MigratedTo(int core) noexcept;

  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> blocks_{0};
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<std::uint64_t> packets_{0};
  std::atomic<bool> segmentation_refused_{false};
  std::atomic<std::uint64_t> zero_copied_bytes_{0};
  std::atomic<std::uint64_t> copied_bytes_{0};
  std::atomic<os::Nanoseconds> first_byte_{0};
  std::atomic<os::Nanoseconds> last_byte_{0};
  std::atomic<std::uint64_t> highest_sequence_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<std::uint64_t> out_of_order_{0};
  std::atomic<std::uint64_t> duplicates_{0};
  std::atomic<double> jitter_seconds_{0};
  std::atomic<std::uint64_t> migrations_{0};
  std::atomic<int> core_{0};
  std::vector<std::uint64_t> bytes_by_core_;
};

}  // namespace vnetperf::engine
