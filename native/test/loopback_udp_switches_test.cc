#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "test/check.h"
#include "test/datagrams.h"
#include "wire/udp_accounting.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

using namespace vnetperf;
using namespace vnetperf::test;
using namespace std::chrono_literals;
using engine::Protocol;
using os::FromSeconds;
using wire::SequenceWidth;

namespace {

constexpr std::size_t kLargest = 65'507;
constexpr std::array<std::size_t, 9> kSizes{16, 64, 1000, 1448, 1472, 1473, 9000, 40'000, kLargest};

/// As many as the receive buffer holds: however late the receiver comes to its turn, every one of them must
/// arrive.
void EveryOneArrives(Mode mode) {
  const Ends ends = ConnectUdp();
  mode.blocks = std::min<std::uint64_t>(Held(*ends.far, mode.length), 700);
  const Results results = Play(mode, ends);
  const engine::StreamSnapshot& sent = results.client.streams[0];
  const engine::StreamSnapshot& received = results.server.streams[0];
  CheckAccount(mode, results);
  CHECK_EQ(sent.blocks, mode.blocks);
  CHECK_EQ(received.blocks, mode.blocks);
  CHECK_EQ(received.lost, 0u);

  // Two at least must fit into what is segmented.
  const bool segmentable = 2 * mode.length <= kLargest;
  CHECK_EQ(sent.segmentation_refused, mode.gso_segments > 1 && !segmentable);
  CHECK(!received.segmentation_refused);
  if (mode.gso_segments > 1 && segmentable) {
    const std::uint64_t segments = std::min<std::uint64_t>(mode.gso_segments, kLargest / mode.length);
    CHECK_GE(sent.packets * segments, mode.blocks);
    if (mode.blocks > 1) CHECK_LT(sent.packets, mode.blocks);
    // The loopback hands up what it was given: cut for those who cannot take it whole.
    CHECK_EQ(received.packets, mode.gro ? sent.packets : mode.blocks);
  } else {
    CHECK_EQ(sent.packets, mode.blocks);
    CHECK_EQ(received.packets, mode.blocks);
  }
  if (mode.batch > 0) {
    CHECK_GE(sent.calls * mode.batch, sent.packets);
    CHECK_GE(received.calls * mode.batch, received.packets);
  }
}

void EveryOneArrivesInEverySize(std::uint32_t gso_segments, bool gro) {
  for (const std::size_t length : kSizes) {
    for (const std::uint32_t batch : {0u, 1u, 7u}) {
      for (const SequenceWidth width : {SequenceWidth::k32Bit, SequenceWidth::k64Bit}) {
        EveryOneArrives(
            {.length = length, .gso_segments = gso_segments, .gro = gro, .batch = batch, .width = width});
      }
    }
  }
}

/// Sends what stands in `message` as datagrams of `length` bytes in one segmented send.
void SendSegmented(int socket, std::vector<std::byte>& message, std::size_t length) {
  iovec part{.iov_base = message.data(), .iov_len = message.size()};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(std::uint16_t))> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* const segment = CMSG_FIRSTHDR(&header);
  segment->cmsg_level = IPPROTO_UDP;
  segment->cmsg_type = UDP_SEGMENT;
  segment->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
  const auto bytes = static_cast<std::uint16_t>(length);
  std::memcpy(CMSG_DATA(segment), &bytes, sizeof(bytes));
  CHECK_EQ(sendmsg(socket, &header, 0), static_cast<ssize_t>(message.size()));
}

}  // namespace

TEST(every_datagram_of_every_size_arrives_copied) { EveryOneArrivesInEverySize(0, false); }
TEST(every_datagram_of_every_size_arrives_segmented) { EveryOneArrivesInEverySize(128, false); }
TEST(every_datagram_of_every_size_arrives_where_the_receiver_coalesces) {
  EveryOneArrivesInEverySize(0, true);
}
TEST(every_datagram_of_every_size_arrives_segmented_and_coalesced) { EveryOneArrivesInEverySize(128, true); }

TEST(loss_reordering_and_duplicates_within_coalesced_packets_are_told_apart) {
  constexpr std::size_t kLength = 100;
  for (const SequenceWidth width : {SequenceWidth::k32Bit, SequenceWidth::k64Bit}) {
    for (std::uint32_t seed = 1; seed <= 6; ++seed) {
      std::mt19937 random(seed);
      std::vector<std::uint64_t> sequences;
      // Half of the series go over the end of 32 bits, which the first number stands halfway to.
      const bool wraps = seed % 2 == 0;
      if (wraps) sequences = {0x7ffffff0, 0xfffffff0 - 2000};
      const std::uint64_t first = wraps ? 0xfffffff0 - 1000 : 1;
      for (std::uint64_t sequence = first; sequence < first + 3000; ++sequence) {
        if (random() % 100 < 3) continue;
        sequences.push_back(sequence);
        if (random() % 100 < 3) sequences.push_back(sequence);
      }
      for (std::size_t i = 10; i + 100 < sequences.size(); ++i) {
        if (random() % 100 < 5) std::swap(sequences[i], sequences[i + random() % 100]);
      }

      const Ends ends = ConnectUdp();
      auto server = Server();
      server.streams.push_back(Receiver(ends.far, Protocol::kUdp, kLength));
      server.streams[0].gro = true;
      server.streams[0].sequence_width = width;
      RecordedRun receiving(std::move(server));
      receiving.run.Open();
      CHECK(receiving.recorder.WaitForStart());
      wire::UdpAccounting expected(width);
      std::uint64_t packets = 0;
      std::uint64_t bytes = 0;
      for (std::size_t next = 0; next < sequences.size(); ++packets) {
        const std::size_t count = std::min<std::size_t>(1 + random() % 64, sequences.size() - next);
        // The last of a packet may be shorter.
        const std::size_t cut = random() % 2 == 0 ? 0 : random() % (kLength - 16);
        std::vector<std::byte> message(count * kLength);
        for (std::size_t i = 0; i < count; ++i) {
          wire::EncodeUdpHeader({.sequence = sequences[next + i]}, width, message.data() + i * kLength);
          expected.Arrived(width == SequenceWidth::k64Bit ? sequences[next + i]
                                                          : sequences[next + i] & 0xffffffff);
        }
        message.resize(message.size() - cut);
        bytes += message.size();
        SendSegmented(ends.near->get(), message, kLength);
        next += count;
      }
      CHECK(WaitUntilReceived(receiving.run, bytes));
      receiving.run.Stop();
      const engine::StreamSnapshot received = receiving.recorder.WaitForEnd().streams[0];
      CHECK_EQ(received.blocks, sequences.size());
      CHECK_EQ(received.bytes, bytes);
      CHECK_EQ(received.packets, packets);
      CHECK_EQ(received.highest_sequence, expected.highest());
      CHECK_EQ(received.lost, expected.lost());
      CHECK_EQ(received.out_of_order, expected.out_of_order());
      CHECK_EQ(received.duplicates, expected.duplicates());
      CHECK_GT(expected.lost(), 0u);
      CHECK_GT(expected.duplicates(), 0u);
    }
  }
}

TEST(a_rest_too_short_for_a_header_is_no_datagram) {
  const Ends ends = ConnectUdp();
  auto server = Server();
  server.streams.push_back(Receiver(ends.far, Protocol::kUdp, 100));
  server.streams[0].gro = true;
  RecordedRun receiving(std::move(server));
  receiving.run.Open();
  CHECK(receiving.recorder.WaitForStart());
  std::vector<std::byte> message(3 * 100 + 11);
  wire::EncodeUdpHeaders(message.data(), 100, 3, 0, 1, SequenceWidth::k32Bit);
  SendSegmented(ends.near->get(), message, 100);
  // All of them too short.
  message.resize(40);
  SendSegmented(ends.near->get(), message, 10);
  CHECK(WaitUntilReceived(receiving.run, 300));
  receiving.run.Stop();
  const engine::StreamSnapshot received = receiving.recorder.WaitForEnd().streams[0];
  CHECK_EQ(received.blocks, 3u);
  CHECK_EQ(received.bytes, 300u);
  CHECK_EQ(received.packets, 1u);
  CHECK_EQ(received.lost, 0u);
}

TEST(a_receiver_without_traffic_sleeps) {
  for (const bool gro : {false, true}) {
    const Ends ends = ConnectUdp();
    auto server = Server();
    server.streams.push_back(Receiver(ends.far, Protocol::kUdp, 1000));
    server.streams[0].gro = gro;
    RecordedRun receiving(std::move(server));
    receiving.run.Open();
    std::this_thread::sleep_for(200ms);
    receiving.run.Stop();
    const engine::Snapshot end = receiving.recorder.WaitForEnd();
    // It looks once in a socket timeout whether it shall stop, and may be found just beginning to.
    CHECK_LE(end.streams[0].calls, static_cast<std::uint64_t>(end.read_at / engine::kSocketTimeout) + 3);
  }
}

TEST(a_slow_stream_leaves_datagram_by_datagram_whatever_batches_it_may_use) {
  const Results results = Play({.length = 1000,
                                .rate_bits_per_second = 800'000,
                                .gso_segments = 128,
                                .gro = true,
                                .duration = FromSeconds(0.6)});
  // One in 10 ms. The median does not care for a stall, after which a few leave at once.
  for (const engine::Snapshot* end : {&results.client, &results.server}) {
    CHECK(end->streams[0].gaps.has_value());
    CHECK_EQ(end->streams[0].gaps->count, end->streams[0].blocks - 1);
    CHECK_GE(end->streams[0].gaps->median, 5 * os::kNanosecondsPerMillisecond);
    CHECK_LE(end->streams[0].gaps->median, 20 * os::kNanosecondsPerMillisecond);
  }
}

TEST(a_stream_without_a_rate_has_no_gaps_to_tell_of) {
  const Results results = Play({.gso_segments = 128, .gro = true});
  CHECK(!results.client.streams[0].gaps.has_value());
  CHECK(!results.server.streams[0].gaps.has_value());
}
