#include "engine/udp_sender.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "os/system_error.h"
#include "wire/udp_header.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

namespace vnetperf::engine {
namespace {

/// Datagrams of one sendmmsg(). More save nothing measurable and make longer bursts.
constexpr std::uint32_t kMostMessages = 32;
/// A batch stays in the core's second level cache.
constexpr std::size_t kMostBatchBytes = std::size_t{256} << 10;
/// UDP_MAX_SEGMENTS of kernels before 6.9; a larger send is refused as a whole.
constexpr std::uint32_t kMostSegments = 64;
/// The largest payload of a UDP datagram over IPv4, and so of a segmented send before it is cut.
constexpr std::size_t kMostSegmentedBytes = 65507;
/// A full device queue empties in microseconds; asking again at once would only burn the core.
constexpr os::Nanoseconds kQueueFullPause = 50'000;
/// How long a peer that counts the same datagrams takes at most to say that it has them all.
constexpr os::Nanoseconds kLimitGrace = 250 * os::kNanosecondsPerMillisecond;

std::uint32_t SegmentsPerSend(const StreamSpecification& stream) {
  const auto fitting = static_cast<std::uint32_t>(kMostSegmentedBytes / stream.length_bytes);
  return std::min({stream.gso_segments, kMostSegments, fitting});
}

std::uint32_t BatchSize(const StreamSpecification& stream) {
  if (const std::uint32_t segments = SegmentsPerSend(stream); segments > 1) return segments;
  const auto fitting = static_cast<std::uint32_t>(kMostBatchBytes / stream.length_bytes);
  return std::clamp(fitting, std::uint32_t{1}, kMostMessages);
}

/// The kernel cannot segment on this path: a datagram larger than the MTU, or no checksum offload.
bool CannotSegment(int error) {
  return error == EINVAL || error == EIO || error == EOPNOTSUPP || error == EMSGSIZE;
}

}  // namespace

UdpSender::UdpSender(Stream& stream)
    : stream_(stream),
      pacer_(stream),
      batch_(BatchSize(stream.specification)),
      segmenting_(SegmentsPerSend(stream.specification) > 1) {}

void UdpSender::Prepare() {
  if (stream_.length() < wire::UdpHeaderBytes(stream_.specification.sequence_width)) {
    throw os::SystemError("send", "length", EINVAL);
  }
  buffer_ = PageBuffer(batch_ * stream_.length());
  FillPayload(buffer_.span(), stream_.specification.repeating_payload);
  parts_.resize(batch_);
  messages_.resize(batch_);
  for (std::uint32_t i = 0; i < batch_; ++i) {
    parts_[i] = {.iov_base = buffer_.data() + i * stream_.length(), .iov_len = stream_.length()};
    messages_[i] = {};
    messages_[i].msg_hdr.msg_iov = &parts_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
  }
}

std::optional<Failure> UdpSender::Run() {
  pacer_.Start();
  while (true) {
    std::uint32_t turn = pacer_.WaitForBlocks(batch_);
    if (turn == 0) break;
    // A burst that was asked for may be larger than a batch.
    while (turn > 0 && !stream_.stopping()) {
      (void)stream_.BeginsMeasuring();
      std::uint32_t count = std::min(turn, batch_);
      turn -= count;
      const bool budgeted = stream_.budgeted() && !limit_served_;
      if (budgeted) {
        count = static_cast<std::uint32_t>(stream_.budget().Claim(count));
        if (count == 0) {
          AfterLimit();
          break;
        }
      }
      if (!SendBatch(count, budgeted)) return failure_;
    }
  }
  stream_.control.SleepUntilStopped();
  return std::nullopt;
}

bool UdpSender::SendBatch(std::uint32_t count, bool budgeted) {
  const os::Nanoseconds now = WriteHeaders(count);
  const int sent = Send(count);
  const std::uint32_t moved = sent > 0 ? static_cast<std::uint32_t>(sent) : 0;
  const int error = sent < 0 ? errno : 0;
  // Numbers of datagrams that did not leave are used again.
  sequence_ += moved;
  if (moved > 0) {
    stream_.counters.Moved(moved * stream_.length(), moved);
    stream_.counters.MovedAt(now);
  }
  pacer_.Spend(moved * stream_.length());
  if (budgeted) {
    stream_.budget().GiveBack(count - moved);
    stream_.Settle(moved);
  }
  switch (error) {
    case 0:
    case EAGAIN:
    case EINTR:
      return true;
    case ENOBUFS:
    case ENOMEM:
      stream_.control.SleepUntil(os::MonotonicNow() + kQueueFullPause);
      return true;
    default:
      failure_ = {.error = error, .syscall = "send"};
      return false;
  }
}

os::Nanoseconds UdpSender::WriteHeaders(std::uint32_t count) {
  // One look at the clock for a batch: it is handed over as one, and the rest of it would only measure this
  // loop.
  const os::Nanoseconds now = os::MonotonicNow();
  wire::UdpHeader header{.seconds = static_cast<std::uint32_t>(now / os::kNanosecondsPerSecond),
                         .microseconds = static_cast<std::uint32_t>(now % os::kNanosecondsPerSecond / 1000),
                         .sequence = sequence_};
  for (std::uint32_t i = 0; i < count; ++i) {
    ++header.sequence;
    wire::EncodeUdpHeader(header, stream_.specification.sequence_width,
                          buffer_.data() + i * stream_.length());
  }
  return now;
}

int UdpSender::Send(std::uint32_t count) {
  if (count == 1) {
    return send(stream_.socket(), buffer_.data(), stream_.length(), MSG_NOSIGNAL) < 0 ? -1 : 1;
  }
  if (segmenting_) {
    const int sent = SendSegmented(count);
    if (sent >= 0 || !CannotSegment(errno)) return sent;
    segmenting_ = false;
  }
  return sendmmsg(stream_.socket(), messages_.data(), std::min(count, kMostMessages), MSG_NOSIGNAL);
}

int UdpSender::SendSegmented(std::uint32_t count) {
  iovec part{.iov_base = buffer_.data(), .iov_len = count * stream_.length()};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(std::uint16_t))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();

  cmsghdr* const segment = CMSG_FIRSTHDR(&message);
  segment->cmsg_level = IPPROTO_UDP;
  segment->cmsg_type = UDP_SEGMENT;
  segment->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
  const auto segment_bytes = static_cast<std::uint16_t>(stream_.length());
  std::memcpy(CMSG_DATA(segment), &segment_bytes, sizeof(segment_bytes));

  // All or nothing: a segmented send is one datagram until it is cut.
  return sendmsg(stream_.socket(), &message, MSG_NOSIGNAL) < 0 ? -1 : static_cast<int>(count);
}

/// Everything is claimed. Where the run ends at its limit that is the end. A server goes on after a while:
/// had a datagram been lost, a peer that waits to have received them all would wait for ever.
void UdpSender::AfterLimit() {
  if (!stream_.control.ends_on_limit && stream_.budget().complete()) {
    stream_.control.SleepUntil(os::MonotonicNow() + kLimitGrace);
    limit_served_ = true;
    pacer_.StartAgain();
    return;
  }
  // Others may still give back what they claimed and could not send.
  stream_.control.SleepUntil(os::MonotonicNow() + os::kNanosecondsPerMillisecond);
}

}  // namespace vnetperf::engine
