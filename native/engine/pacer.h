#pragma once

#include <cstdint>
#include <optional>

#include "engine/stream.h"
#include "engine/token_bucket.h"

namespace vnetperf::engine {

/// Holds a sender to its rate: a token bucket and the sleep until the next block is due.
class Pacer {
 public:
  explicit Pacer(const Stream& stream)
      : control_(stream.control),
        rate_bits_per_second_(stream.specification.rate_bits_per_second),
        burst_(stream.specification.burst),
        block_bytes_(stream.length()) {}

  /// The first block is due when the gate opened.
  void Start() {
    if (rate_bits_per_second_ != 0) bucket_.emplace(rate_bits_per_second_, control_.start);
  }

  /// After a pause of the sender's own: what was not sent meanwhile is not made up for.
  void StartAgain() {
    if (bucket_) bucket_.emplace(rate_bits_per_second_, os::MonotonicNow());
  }

  /// Sleeps until a block is due. Gives how many may be sent before the next look, at most `most` of those
  /// that are due now, but never less than the burst that was asked for; 0 = nothing more is to be sent.
  [[nodiscard]] std::uint32_t WaitForBlocks(std::uint32_t most) noexcept {
    if (!bucket_) return control_.sending_over() ? 0 : most;
    while (!control_.sending_over()) {
      const std::uint32_t due = bucket_->Due(os::MonotonicNow(), block_bytes_, most);
      if (due > 0) return due > burst_ ? due : burst_;
      control_.SleepUntil(bucket_->next());
    }
    return 0;
  }

  void Spend(std::uint64_t bytes) noexcept {
    if (bucket_) bucket_->Spend(bytes);
  }

 private:
  const RunControl& control_;
  const std::uint64_t rate_bits_per_second_;
  const std::uint32_t burst_;
  const std::size_t block_bytes_;
  std::optional<TokenBucket> bucket_;
};

}  // namespace vnetperf::engine
