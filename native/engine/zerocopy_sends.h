#pragma once

#include <array>
#include <cassert>
#include <cstdint>

namespace vnetperf::engine {

/// The MSG_ZEROCOPY sends of one socket that the kernel has not told the end of. It numbers them from 0, and
/// tells ranges of numbers, which may overtake each other. Pure bookkeeping: the numbers wrap at 2^32.
class ZerocopySends {
 public:
  /// More than net.core.optmem_max lets be in flight.
  static constexpr std::uint32_t kMost = 1024;

  explicit ZerocopySends(std::uint32_t first = 0) noexcept : oldest_(first), next_(first) {}

  [[nodiscard]] std::uint32_t in_flight() const noexcept { return next_ - oldest_; }

  /// The next number went out with so many bytes, which is not 0.
  void Sent(std::uint64_t bytes) noexcept {
    assert(in_flight() < kMost && bytes != 0);
    bytes_[next_++ % kMost] = bytes;
  }

  /// Takes the sends from `first` to `last` out and gives their bytes. What is not in flight is none of ours.
  [[nodiscard]] std::uint64_t Completed(std::uint32_t first, std::uint32_t last) noexcept {
    std::uint64_t bytes = 0;
    const std::uint32_t count = in_flight();
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t number = oldest_ + i;
      if (number - first > last - first) continue;
      bytes += bytes_[number % kMost];
      bytes_[number % kMost] = 0;
    }
    while (in_flight() > 0 && bytes_[oldest_ % kMost] == 0) ++oldest_;
    return bytes;
  }

 private:
  std::uint32_t oldest_;
  std::uint32_t next_;
  std::array<std::uint64_t, kMost> bytes_{};
};

}  // namespace vnetperf::engine
