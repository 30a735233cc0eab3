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

/// Messages of one sendmmsg(). More save nothing measurable and make longer bursts.
constexpr std::uint32_t kMostMessages = 32;
/// A batch stays in the core's second level cache.
constexpr std::size_t kMostBatchBytes = std::size_t{256} << 10;
/// One segmented send of full size costs some 6 microseconds, so that a call for each is nothing; several at
/// once only fill the receiver's buffer in lumps. Those of small datagrams are short and go together.
constexpr std::size_t kMostSegmentedBatchBytes = std::size_t{64} << 10;
/// Of a batch that was asked for: a call takes at most as many as fit.
constexpr std::size_t kMostAskedBytes = std::size_t{16} << 20;
/// UDP_MAX_SEGMENTS since Linux 6.9, and before. A send of more is refused as a whole, with EINVAL.
constexpr std::uint32_t kMostSegments = 128;
constexpr std::uint32_t kMostSegmentsBefore = 64;
/// Kernels before 5.16 count the headers of IPv6 and UDP as part of what 64 segments may hold.
constexpr std::uint32_t SegmentsOfHeaders(std::size_t segment_bytes) noexcept {
  constexpr std::size_t kHeaderBytes = 40 + 8;
  return static_cast<std::uint32_t>((kHeaderBytes + segment_bytes - 1) / segment_bytes);
}
/// The largest payload of a UDP datagram over IPv4, and so of a segmented send before it is cut.
constexpr std::size_t kMostSegmentedBytes = 65507;
/// A full device queue empties in microseconds; asking again at once would only burn the core.
constexpr os::Nanoseconds kQueueFullPause = 50'000;
/// How long a peer that counts the same datagrams takes at most to say that it has them all.
constexpr os::Nanoseconds kLimitGrace = 250 * os::kNanosecondsPerMillisecond;

/// 1 = no segmentation.
std::uint32_t SegmentsPerSend(const StreamSpecification& stream) {
  const auto fitting = static_cast<std::uint32_t>(kMostSegmentedBytes / stream.length_bytes);
  return std::max(std::min({stream.gso_segments, kMostSegments, fitting}), 1u);
}

std::uint32_t MessagesPerCall(const StreamSpecification& stream, std::uint32_t segments) {
  const std::size_t message_bytes = segments * stream.length_bytes;
  if (stream.batch != 0) {
    return static_cast<std::uint32_t>(
        std::clamp<std::size_t>(kMostAskedBytes / message_bytes, 1, stream.batch));
  }
  const std::size_t most_bytes = segments > 1 ? kMostSegmentedBatchBytes : kMostBatchBytes;
  return static_cast<std::uint32_t>(std::clamp<std::size_t>(most_bytes / message_bytes, 1, kMostMessages));
}

std::uint32_t Capacity(const StreamSpecification& stream) {
  const std::uint32_t segments = SegmentsPerSend(stream);
  // Where segmentation is given up, a call may hold more messages, though not more bytes.
  return std::max(MessagesPerCall(stream, segments) * segments, MessagesPerCall(stream, 1));
}

/// The kernel cannot segment on this path: a datagram larger than the MTU, or no checksum offload.
bool CannotSegment(int error) {
  return error == EINVAL || error == EIO || error == EOPNOTSUPP || error == EMSGSIZE;
}

}  // namespace

UdpSender::UdpSender(Stream& stream)
    : stream_(stream), pacer_(stream), capacity_(Capacity(stream.specification)) {}

void UdpSender::Prepare() {
  const std::size_t length = stream_.length();
  if (length < wire::UdpHeaderBytes(stream_.specification.sequence_width)) {
    throw os::SystemError("send", "length", EINVAL);
  }
  buffer_ = PageBuffer(capacity_ * length);
  FillPayload(buffer_.span(), stream_.specification.repeating_payload);

  // A socket option would do the same to sends of anyone else who holds the socket.
  const auto segment_bytes = static_cast<std::uint16_t>(length);
  auto* const segment = reinterpret_cast<cmsghdr*>(segment_control_.data());
  segment->cmsg_level = IPPROTO_UDP;
  segment->cmsg_type = UDP_SEGMENT;
  segment->cmsg_len = CMSG_LEN(sizeof(segment_bytes));
  std::memcpy(CMSG_DATA(segment), &segment_bytes, sizeof(segment_bytes));

  Lay(SegmentsPerSend(stream_.specification));
  if (segments_ == 1 && stream_.specification.gso_segments > 1) stream_.counters.SegmentationRefused();
}

void UdpSender::Lay(std::uint32_t segments) {
  segments_ = segments;
  const std::uint32_t messages =
      std::min(MessagesPerCall(stream_.specification, segments), capacity_ / segments);
  batch_ = messages * segments;
  const std::size_t message_bytes = segments * stream_.length();
  parts_.resize(messages);
  messages_.assign(messages, {});
  for (std::uint32_t i = 0; i < messages; ++i) {
    parts_[i] = {.iov_base = buffer_.data() + i * message_bytes, .iov_len = message_bytes};
    messages_[i].msg_hdr.msg_iov = &parts_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    if (segments == 1) continue;
    messages_[i].msg_hdr.msg_control = segment_control_.data();
    messages_[i].msg_hdr.msg_controllen = segment_control_.size();
  }
}

std::optional<Failure> UdpSender::Run() {
  pacer_.Start();
  while (true) {
    std::uint32_t turn = pacer_.WaitForBlocks(batch_);
    if (turn == 0) break;
    // A burst that was asked for may be larger than a batch.
    while (turn > 0 && !stream_.stopping()) {
      if (stream_.BeginsMeasuring()) stream_.gaps.Restart();
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
  // One look at the clock for a batch: it is handed over as one, and the rest of it would only measure this
  // loop.
  const os::Nanoseconds now = os::MonotonicNow();
  wire::EncodeUdpHeaders(buffer_.data(), stream_.length(), count, now, sequence_ + 1,
                         stream_.specification.sequence_width);
  const int sent = Send(count);
  const std::uint32_t moved = sent > 0 ? static_cast<std::uint32_t>(sent) : 0;
  const int error = sent < 0 ? errno : 0;
  // Numbers of datagrams that did not leave are used again.
  sequence_ += moved;
  if (moved > 0) {
    stream_.counters.Moved(moved * stream_.length(), moved);
    stream_.counters.MovedAt(now);
    // What goes on after the limit is no part of the test.
    if (pacer_.pacing() && !limit_served_) stream_.gaps.Moved(now, moved);
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

int UdpSender::Send(std::uint32_t count) {
  if (count == 1) {
    stream_.counters.Called(1);
    if (send(stream_.socket(), buffer_.data(), stream_.length(), MSG_NOSIGNAL) < 0) return -1;
    stream_.counters.Packets(1);
    return 1;
  }
  int sent = SendMessages(count);
  while (sent < 0 && segments_ > 1 && CannotSegment(errno)) {
    if (errno == EINVAL && segments_ > kMostSegmentsBefore) {
      Lay(kMostSegmentsBefore);
    } else if (errno == EINVAL && segments_ == kMostSegmentsBefore) {
      Lay(kMostSegmentsBefore - SegmentsOfHeaders(stream_.length()));
    } else {
      Lay(1);
      stream_.counters.SegmentationRefused();
    }
    sent = SendMessages(std::min(count, batch_));
  }
  return sent;
}

int UdpSender::SendMessages(std::uint32_t count) {
  const std::uint32_t messages = (count + segments_ - 1) / segments_;
  iovec& last = parts_[messages - 1];
  const std::size_t whole = last.iov_len;
  last.iov_len = (count - (messages - 1) * segments_) * stream_.length();
  stream_.counters.Called(1);
  // A segmented send goes as a whole or not at all.
  const int sent = messages == 1
                       ? (sendmsg(stream_.socket(), &messages_[0].msg_hdr, MSG_NOSIGNAL) < 0 ? -1 : 1)
                       : sendmmsg(stream_.socket(), messages_.data(), messages, MSG_NOSIGNAL);
  last.iov_len = whole;
  if (sent < 0) return -1;
  const auto packets = static_cast<std::uint32_t>(sent);
  stream_.counters.Packets(packets);
  return static_cast<int>(packets == messages ? count : packets * segments_);
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
