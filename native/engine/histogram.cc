#include "engine/histogram.h"

#include <algorithm>

namespace vnetperf::engine {

void Histogram::Record(std::uint64_t value, std::uint64_t times) noexcept {
  static_assert(BucketOf(kHighest) + 1 == kBuckets && BucketOf(2 * kPerDoubling) == 2 * kPerDoubling);
  if (times == 0) return;
  buckets_[BucketOf(std::min(value, kHighest))] += times;
  count_ += times;
  if (value > kHighest) overflowed_ += times;
  minimum_ = std::min(minimum_, value);
  maximum_ = std::max(maximum_, value);
  sum_ += value * times;
}

std::uint64_t Histogram::Quantile(std::uint32_t per_mille) const noexcept {
  if (count_ == 0) return 0;
  const std::uint64_t of_a_thousand = std::min<std::uint64_t>(per_mille, 1000);
  // count * share, rounded up, without the product that might not fit.
  const std::uint64_t thousands = count_ / 1000;
  const std::uint64_t rest = count_ % 1000;
  const std::uint64_t rank =
      std::max<std::uint64_t>(1, thousands * of_a_thousand + (rest * of_a_thousand + 999) / 1000);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    // The middle of the outermost buckets may lie beyond what was recorded.
    if (seen >= rank) return std::clamp(MiddleOf(bucket), minimum_, maximum_);
  }
  return maximum_;
}

std::uint64_t Histogram::MiddleOf(std::size_t bucket) noexcept {
  if (bucket < 2 * kPerDoubling) return bucket;
  const std::size_t shift = (bucket >> kPrecisionBits) - 1;
  const std::uint64_t lowest = (kPerDoubling + bucket % kPerDoubling) << shift;
  return lowest + (std::uint64_t{1} << (shift - 1));
}

}  // namespace vnetperf::engine
