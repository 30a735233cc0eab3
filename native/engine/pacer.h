#pragma once

#include <algorithm>
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
        block_bytes_(stream.length()),
        unit_bytes_(block_bytes_) {}

  /// Before Start(), for a byte stream: a block that takes long at this rate leaves in parts, so that 128 KiB
  /// at 10 kbit/s are not ten times the rate for ten seconds and then nothing for ninety. A part is what a
  /// millisecond brings, in whole segments: Nagle's algorithm would hold back the rest of one. A rate that
  /// brings less than a segment sends one at a time, but ten parts a second at least.
  void InParts(std::size_t segment_bytes) noexcept {
    // Who asked for a burst asked for lumps.
    if (rate_bits_per_second_ == 0 || burst_ > 1) return;
    const std::uint64_t a_millisecond = rate_bits_per_second_ / (8 * 1000);
    const std::uint64_t a_tenth = std::max<std::uint64_t>(rate_bits_per_second_ / (8 * 10), 1);
    const std::uint64_t part = a_millisecond > segment_bytes
                                   ? a_millisecond / segment_bytes * segment_bytes
                                   : std::min<std::uint64_t>(segment_bytes, a_tenth);
    unit_bytes_ = static_cast<std::size_t>(std::min<std::uint64_t>(part, block_bytes_));
  }

  /// The first block is due when the gate opened.
  void Start() {
    if (rate_bits_per_second_ != 0) bucket_.emplace(rate_bits_per_second_, control_.start);
  }

  /// After a pause of the sender's own: what was not sent meanwhile is not made up for.
  void StartAgain() {
    if (bucket_) bucket_.emplace(rate_bits_per_second_, os::MonotonicNow());
  }

  /// Whether a block leaves in parts.
  [[nodiscard]] bool in_parts() const noexcept { return unit_bytes_ < block_bytes_; }
  [[nodiscard]] bool pacing() const noexcept { return rate_bits_per_second_ != 0; }

  /// Sleeps until a block is due. Gives how many may be sent before the next look, at most `most` of those
  /// that are due now, but never less than the burst that was asked for; 0 = nothing more is to be sent.
  [[nodiscard]] std::uint32_t WaitForBlocks(std::uint32_t most) noexcept {
    if (!bucket_) return control_.sending_over() ? 0 : most;
    while (!control_.sending_over()) {
      const std::uint32_t due = bucket_->Due(os::MonotonicNow(), unit_bytes_, most);
      if (due > 0) return std::max(due, burst_);
      control_.SleepUntil(bucket_->next());
    }
    return 0;
  }

  /// The same for a byte stream: sleeps until a part of a block is due, and gives how many of `most` bytes
  /// may leave now. What is left of a turn is for the next call.
  [[nodiscard]] std::size_t WaitForBytes(std::size_t most) noexcept {
    // Also in the middle of a burst, which may take longer than the test.
    if (control_.sending_over()) return 0;
    if (!bucket_) return most;
    if (turn_bytes_ == 0) {
      turn_bytes_ = WaitForBlocks(static_cast<std::uint32_t>((most + unit_bytes_ - 1) / unit_bytes_)) *
                    static_cast<std::uint64_t>(unit_bytes_);
    }
    return static_cast<std::size_t>(std::min<std::uint64_t>(turn_bytes_, most));
  }

  void Spend(std::uint64_t bytes) noexcept {
    if (!bucket_) return;
    bucket_->Spend(bytes);
    turn_bytes_ -= std::min(turn_bytes_, bytes);
  }

 private:
  const RunControl& control_;
  const std::uint64_t rate_bits_per_second_;
  const std::uint32_t burst_;
  const std::size_t block_bytes_;
  /// What falls due at once: a block, or a part of one.
  std::size_t unit_bytes_;
  /// Of WaitForBytes: what may still leave before the next look at the clock.
  std::uint64_t turn_bytes_ = 0;
  std::optional<TokenBucket> bucket_;
};

}  // namespace vnetperf::engine
