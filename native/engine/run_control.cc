#include "engine/run_control.h"

#include <algorithm>
#include <limits>

namespace vnetperf::engine {
namespace {

/// The limit of one direction in the unit of its budget. 0 = none.
std::uint64_t DirectionLimit(const RunSpecification& run, bool sending) {
  const auto stream = std::find_if(run.streams.begin(), run.streams.end(),
                                   [&](const StreamSpecification& each) { return each.sending == sending; });
  if (stream == run.streams.end()) return 0;
  constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t length = stream->length_bytes;
  const std::uint64_t blocks_for_bytes = run.limit_bytes / length + (run.limit_bytes % length != 0 ? 1 : 0);
  std::uint64_t limit = kNone;
  if (stream->protocol == Protocol::kUdp) {
    // Every datagram has the full length: a shorter one would be misread by an iperf3 that receives it.
    if (run.limit_bytes != 0) limit = blocks_for_bytes;
    if (run.limit_blocks != 0) limit = std::min(limit, run.limit_blocks);
  } else {
    // The receiver of iperf3 3.18 and later counts whole blocks only and would wait for the rest of a short
    // one.
    if (run.limit_bytes != 0) limit = run.ends_on_limit ? run.limit_bytes : blocks_for_bytes * length;
    if (run.limit_blocks != 0)
      limit = std::min(limit, run.limit_blocks > kNone / length ? kNone : run.limit_blocks * length);
  }
  return limit == kNone ? 0 : limit;
}

}  // namespace

RunControl::RunControl(const RunSpecification& specification)
    : measuring(specification.omit == 0),
      ends_on_limit(specification.ends_on_limit),
      sending(DirectionLimit(specification, true)),
      // Who only serves the limit counts all that comes: the peer may overshoot, as iperf3 does, and both
      // ends' figures shall agree.
      receiving(ends_on_limit ? DirectionLimit(specification, false) : 0),
      announced(ends_on_limit ? 0 : DirectionLimit(specification, false)) {}

}  // namespace vnetperf::engine
