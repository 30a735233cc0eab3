#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/jitter.h"
#include "wire/udp_accounting.h"
#include "wire/udp_header.h"

namespace vnetperf::wire {

/// Reads the headers of received datagrams and keeps account of them, datagrams that came at one moment at a
/// time. Most of those were sent at one moment as well and are numbered one after another: such a run is
/// found by two comparisons a datagram and booked as one.
class UdpArrivals {
 public:
  explicit UdpArrivals(SequenceWidth width) noexcept : width_(width), accounting_(width) {}

  /// What is taken from now on came at `arrived`, nanoseconds of the own clock.
  void Open(std::int64_t arrived) noexcept { arrived_ = arrived; }
  /// Takes `count` datagrams, `stride` bytes from one to the next, each of at least a header.
  void Take(const std::byte* first, std::size_t stride, std::size_t count) noexcept;
  /// Books the last run of what was taken. Before this the figures below do not hold.
  void Close() noexcept;

  [[nodiscard]] const UdpAccounting& accounting() const noexcept { return accounting_; }
  [[nodiscard]] double jitter_seconds() const noexcept { return jitter_.seconds(); }
  void RestartJitter() noexcept { jitter_.Restart(); }

 private:
  /// Sent at one moment and numbered one after another.
  struct Run {
    std::uint64_t raw_send_time = 0;
    std::uint64_t first = 0;
    /// 0 = there is none.
    std::uint64_t count = 0;
  };

  template <SequenceWidth width>
  void TakeEach(const std::byte* datagram, std::size_t stride, std::size_t count) noexcept;
  void Book(const Run& run) noexcept;

  SequenceWidth width_;
  UdpAccounting accounting_;
  Jitter jitter_;
  std::int64_t arrived_ = 0;
  Run run_;
};

}  // namespace vnetperf::wire
