#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace vnetperf::engine {

/// Counts values in buckets that are as wide as the value allows: 128 to each doubling, in the manner of
/// HdrHistogram (Tene). A value that is read back lies within kRelativeError of one that was recorded, the
/// memory is fixed, and recording is an increment. For one thread.
class Histogram {
 public:
  /// 8.6 s where the unit is a nanosecond. What is beyond counts as this, and is told.
  static constexpr std::uint64_t kHighest = (std::uint64_t{1} << 33) - 1;
  /// The middle of a bucket is at most half its width from any value in it, and the value is at least 128
  /// widths.
  static constexpr double kRelativeError = 1.0 / 256;

  /// `times` of the same value cost as much as one.
  void Record(std::uint64_t value, std::uint64_t times = 1) noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// Of count(), those that were beyond kHighest.
  [[nodiscard]] std::uint64_t overflowed() const noexcept { return overflowed_; }
  // Exact. 0 where nothing was recorded.
  [[nodiscard]] std::uint64_t minimum() const noexcept { return count_ == 0 ? 0 : minimum_; }
  [[nodiscard]] std::uint64_t maximum() const noexcept { return maximum_; }
  [[nodiscard]] double mean() const noexcept {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }

  /// The smallest value that at least `per_mille` of a thousand do not exceed (nearest rank), within
  /// kRelativeError; 0 where nothing was recorded.
  [[nodiscard]] std::uint64_t Quantile(std::uint32_t per_mille) const noexcept;

 private:
  static constexpr int kPrecisionBits = 7;
  static constexpr std::uint64_t kPerDoubling = std::uint64_t{1} << kPrecisionBits;

  /// Below two doublings' worth each value has a bucket of its own; from there on a bucket holds 2^shift.
  [[nodiscard]] static constexpr std::size_t BucketOf(std::uint64_t value) noexcept {
    const int shift = ShiftOf(value);
    return (static_cast<std::size_t>(shift) << kPrecisionBits) + static_cast<std::size_t>(value >> shift);
  }
  [[nodiscard]] static constexpr int ShiftOf(std::uint64_t value) noexcept {
    const int width = static_cast<int>(std::bit_width(value));
    return width <= kPrecisionBits + 1 ? 0 : width - (kPrecisionBits + 1);
  }
  [[nodiscard]] static std::uint64_t MiddleOf(std::size_t bucket) noexcept;

  static constexpr std::size_t kBuckets =
      (static_cast<std::size_t>(std::bit_width(kHighest)) - kPrecisionBits + 1) * kPerDoubling;

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t overflowed_ = 0;
  std::uint64_t minimum_ = UINT64_MAX;
  std::uint64_t maximum_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace vnetperf::engine
