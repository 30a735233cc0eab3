#include <sys/socket.h>

#include <array>
#include <cmath>
#include <thread>

#include "test/check.h"
#include "test/datagrams.h"
#include "wire/udp_header.h"

using namespace vnetperf;
using namespace vnetperf::test;
using namespace std::chrono_literals;
using engine::EndReason;
using engine::Protocol;
using os::FromSeconds;

namespace {

/// Slow enough that a busy machine loses nothing with 4 MiB of buffer.
void MovesEverything(const Mode& mode) {
  const Results results = Play(mode);
  CheckAccount(mode, results);
  CHECK_EQ(results.server.streams[0].blocks, results.client.streams[0].blocks);
  CHECK_EQ(results.server.streams[0].lost, 0u);
  CHECK_GT(results.server.streams[0].jitter_seconds, 0.0);
}

}  // namespace

TEST(paced_datagrams_all_arrive) {
  const Mode mode{.rate_bits_per_second = 8'000'000};
  MovesEverything(mode);
}

TEST(paced_datagrams_with_64_bit_sequence_all_arrive) {
  MovesEverything({.rate_bits_per_second = 8'000'000, .width = wire::SequenceWidth::k64Bit});
}

TEST(datagrams_whose_payload_is_dropped_by_the_kernel_are_counted_whole) {
  MovesEverything({.rate_bits_per_second = 8'000'000, .discard = true});
}

TEST(the_smallest_datagrams_all_arrive) { MovesEverything({.length = 16, .rate_bits_per_second = 400'000}); }
TEST(the_largest_datagrams_all_arrive) {
  MovesEverything({.length = 65'507, .rate_bits_per_second = 50'000'000});
}

TEST(rate_is_kept) {
  const Results results = Play({.rate_bits_per_second = 8'000'000, .duration = FromSeconds(0.5)});
  // One a millisecond, the first at once.
  CHECK_LE(results.client.streams[0].blocks, 501u);
  CHECK_GE(results.client.streams[0].blocks, 400u);
}

TEST(batches_of_an_unpaced_sender_keep_account) {
  const Mode mode;
  CheckAccount(mode, Play(mode));
}

TEST(batches_received_without_their_payload_keep_account) {
  const Mode mode{.discard = true};
  CheckAccount(mode, Play(mode));
}

TEST(segmented_sends_and_coalesced_receives_keep_account) {
  const Mode mode{.length = 1448, .gso_segments = 64, .gro = true};
  CheckAccount(mode, Play(mode));
}

TEST(segmented_sends_reach_a_receiver_that_does_not_coalesce) {
  const Mode mode{.length = 1448, .rate_bits_per_second = 200'000'000, .burst = 40, .gso_segments = 64};
  CheckAccount(mode, Play(mode));
}

TEST(single_sends_reach_a_receiver_that_coalesces) {
  MovesEverything({.rate_bits_per_second = 8'000'000, .gro = true});
}

TEST(small_segments_are_capped_at_what_the_kernel_takes) {
  const Mode mode{.length = 64, .gso_segments = 1000, .gro = true};
  CheckAccount(mode, Play(mode));
}

TEST(datagrams_beyond_the_mtu_are_sent_without_segmentation) {
  const Mode mode{.length = 30'000, .gso_segments = 64, .gro = true};
  CheckAccount(mode, Play(mode));
}

TEST(segmentation_never_exceeds_what_the_rate_makes_due) {
  const Results results =
      Play({.length = 1000, .rate_bits_per_second = 80'000, .gso_segments = 64, .gro = true});
  // 10 a second: 0, 100 and 200 ms. Batches of 64 would be twenty times the rate.
  CHECK_LE(results.client.streams[0].blocks, 4u);
  CHECK_GE(results.client.streams[0].blocks, 2u);
}

TEST(a_count_of_datagrams_is_kept_exactly_whatever_the_batching) {
  for (const Mode& mode :
       {Mode{.blocks = 101}, Mode{.gso_segments = 64, .gro = true, .blocks = 101},
        Mode{.rate_bits_per_second = 80'000'000, .burst = 50, .blocks = 101}, Mode{.blocks = 1}}) {
    const Results results = Play(mode);
    CHECK(results.client.reason == EndReason::kBlocks);
    CHECK_EQ(results.client.streams[0].blocks, mode.blocks);
    CHECK_EQ(results.server.streams[0].blocks, mode.blocks);
  }
}

TEST(foreign_datagrams_too_short_for_a_header_are_no_traffic) {
  const Ends ends = ConnectUdp();
  auto server = Server();
  server.streams.push_back(Receiver(ends.far, Protocol::kUdp, 100));
  RecordedRun receiving(std::move(server));
  CHECK_EQ(send(ends.near->get(), "9876", 4, 0), 4);
  CHECK_EQ(send(ends.near->get(), "", 0, 0), 0);
  receiving.run.Open();
  std::this_thread::sleep_for(40ms);
  receiving.run.Stop();
  const engine::Snapshot end = receiving.recorder.WaitForEnd();
  CHECK_EQ(end.streams[0].bytes, 0u);
  CHECK_EQ(end.streams[0].blocks, 0u);
}

TEST(loss_reordering_and_duplicates_of_the_network_are_told_apart) {
  for (const std::uint64_t rate : {std::uint64_t{0}, std::uint64_t{1'000'000}}) {
    const Ends ends = ConnectUdp();
    auto server = Server();
    server.streams.push_back(Receiver(ends.far, Protocol::kUdp, 100));
    server.streams[0].rate_bits_per_second = rate;
    RecordedRun receiving(std::move(server));
    receiving.run.Open();
    for (const std::uint64_t sequence : {1, 2, 4, 4, 3, 7, 8, 2, 6}) {
      std::array<std::byte, 100> datagram{};
      wire::EncodeUdpHeader({.sequence = sequence}, wire::SequenceWidth::k32Bit, datagram.data());
      CHECK_EQ(send(ends.near->get(), datagram.data(), datagram.size(), 0), 100);
    }
    std::this_thread::sleep_for(20ms);
    receiving.run.Stop();
    const engine::StreamSnapshot stream = receiving.recorder.WaitForEnd().streams[0];
    CHECK_EQ(stream.highest_sequence, 8u);
    CHECK_EQ(stream.lost, 1u);
    CHECK_EQ(stream.out_of_order, 2u);
    CHECK_EQ(stream.duplicates, 2u);
    CHECK_EQ(stream.blocks, 9u);
  }
}

TEST(what_the_socket_dropped_is_told_apart_from_what_the_network_lost) {
  const Ends ends = ConnectUdp();
  const int small = 1;
  CHECK_EQ(setsockopt(ends.far->get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
  const std::array<std::byte, 1000> filler{};
  // Dropped before the gate opens: not of this run.
  for (int i = 0; i < 20; ++i) (void)send(ends.near->get(), filler.data(), filler.size(), 0);
  const Ends& same = ends;
  auto client = Client(FromSeconds(0.2));
  client.streams.push_back(Sender(same.near, Protocol::kUdp, 1000));
  RecordedRun sending(std::move(client));
  auto server = Server();
  server.streams.push_back(Receiver(same.far, Protocol::kUdp, 1000));
  server.streams[0].rate_bits_per_second = 1'000'000;
  RecordedRun receiving(std::move(server));
  const Results results = RunBoth(sending, receiving);
  const engine::StreamSnapshot& received = results.server.streams[0];
  CHECK_GT(received.socket_drops, 0u);
  // Every datagram of the run was received or dropped by the socket.
  CHECK_LE(received.socket_drops, results.client.streams[0].blocks);
  CHECK_GE(received.socket_drops, received.lost);
}

TEST(a_port_that_nobody_listens_on_ends_the_stream) {
  Ends ends = ConnectUdp();
  ends.far.reset();
  auto client = Client(FromSeconds(5));
  client.streams.push_back(Sender(ends.near, Protocol::kUdp, 100));
  client.streams[0].rate_bits_per_second = 800'000;
  RecordedRun sending(std::move(client));
  sending.run.Open();
  const engine::Snapshot end = sending.recorder.WaitForEnd();
  CHECK(end.reason == EndReason::kStreamsEnded);
  CHECK_EQ(sending.recorder.ended()[0].failure.error, ECONNREFUSED);
}
