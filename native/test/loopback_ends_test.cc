#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "test/check.h"
#include "test/loopback.h"

using namespace vnetperf;
using namespace vnetperf::test;
using namespace std::chrono_literals;
using engine::EndReason;
using engine::Protocol;
using engine::SnapshotKind;
using os::FromSeconds;
using os::Nanoseconds;

TEST(time_ends_a_client_on_its_clock_and_ticks_stand_where_they_should) {
  const Ends ends = ConnectTcp();
  auto client = Client(FromSeconds(0.5));
  client.interval = FromSeconds(0.1);
  client.streams.push_back(Sender(ends.near, Protocol::kTcp, 8192));
  client.streams.push_back(Receiver(ends.far, Protocol::kTcp, 8192));
  RecordedRun both(std::move(client));
  both.run.Open();
  const auto end = both.recorder.WaitForEnd();
  CHECK(end.reason == EndReason::kTime);
  CheckAt(end.time, 0.5);
  CHECK(both.recorder.ready());
  CHECK(both.recorder.start().has_value());
  CHECK_EQ(both.recorder.start()->time, 0);
  CHECK_EQ(both.recorder.start()->streams[0].bytes, 0u);
  const auto snapshots = both.recorder.snapshots();
  CHECK_EQ(snapshots.size(), 5u);
  for (std::size_t i = 0; i + 1 < snapshots.size(); ++i) {
    CHECK(snapshots[i].kind == SnapshotKind::kTick);
    CheckAt(snapshots[i].time, 0.1 * static_cast<double>(i + 1));
  }
  CheckSound(snapshots);
}

TEST(a_server_is_stopped_and_drains_what_the_kernel_holds) {
  const Ends ends = ConnectTcp();
  auto server = Server(FromSeconds(0.1));
  server.streams.push_back(Receiver(ends.far, Protocol::kTcp, 1000));
  RecordedRun receiving(std::move(server));
  receiving.run.Open();
  std::this_thread::sleep_for(20ms);
  const std::vector<std::byte> data(50'000);
  CHECK_EQ(send(ends.near->get(), data.data(), data.size(), 0), 50'000);
  receiving.run.Stop();
  receiving.run.Stop();
  const auto end = receiving.recorder.WaitForEnd();
  CHECK(end.reason == EndReason::kStopped);
  CHECK_EQ(end.streams[0].bytes, 50'000u);
}

TEST(a_stopped_server_waits_for_the_rest_of_an_announced_amount) {
  std::vector<Ends> ends{ConnectTcp(), ConnectTcp()};
  auto server = Server();
  server.limit_bytes = 50'000;
  for (const Ends& each : ends) server.streams.push_back(Receiver(each.far, Protocol::kTcp, 1000));
  RecordedRun receiving(std::move(server));
  receiving.run.Open();
  CHECK(receiving.recorder.WaitForStart());
  const std::vector<std::byte> data(30'000);
  CHECK_EQ(send(ends[0].near->get(), data.data(), data.size(), 0), 30'000);
  receiving.run.Stop();
  std::this_thread::sleep_for(100ms);
  CHECK(receiving.recorder.snapshots().empty());
  // More than was announced: all of it is counted.
  CHECK_EQ(send(ends[1].near->get(), data.data(), data.size(), 0), 30'000);
  const auto end = receiving.recorder.WaitForEnd();
  CHECK(end.reason == EndReason::kStopped);
  CHECK_EQ(end.streams[0].bytes + end.streams[1].bytes, 60'000u);
}

TEST(a_stopped_server_gives_up_on_an_announced_amount_that_does_not_come) {
  const Ends ends = ConnectTcp();
  auto server = Server();
  server.limit_bytes = 50'000;
  server.streams.push_back(Receiver(ends.far, Protocol::kTcp, 1000));
  RecordedRun receiving(std::move(server));
  receiving.run.Open();
  CHECK(receiving.recorder.WaitForStart());
  const Nanoseconds start = os::MonotonicNow();
  receiving.run.Stop();
  CHECK_EQ(receiving.recorder.WaitForEnd().streams[0].bytes, 0u);
  CHECK_LE(os::MonotonicNow() - start, FromSeconds(1));
}

TEST(a_stopped_server_takes_datagrams_that_are_still_on_their_way) {
  const Ends ends = ConnectUdp();
  auto server = Server();
  server.streams.push_back(Receiver(ends.far, Protocol::kUdp, 1000));
  RecordedRun receiving(std::move(server));
  receiving.run.Open();
  CHECK(receiving.recorder.WaitForStart());
  receiving.run.Stop();
  std::this_thread::sleep_for(5ms);
  const std::vector<std::byte> data(1000);
  CHECK_EQ(send(ends.near->get(), data.data(), data.size(), 0), 1000);
  CHECK_EQ(receiving.recorder.WaitForEnd().streams[0].bytes, 1000u);
}

TEST(a_server_whose_time_is_up_lasts_as_long_as_was_agreed) {
  const Ends ends = ConnectTcp();
  auto server = Server(FromSeconds(0.2));
  server.interval = FromSeconds(0.1);
  server.streams.push_back(Receiver(ends.far, Protocol::kTcp, 1000));
  RecordedRun receiving(std::move(server));
  receiving.run.Open();
  std::this_thread::sleep_for(203ms);
  receiving.run.Stop();
  const auto end = receiving.recorder.WaitForEnd();
  CHECK_LE(end.time, FromSeconds(0.2) + kPunctual);
  CHECK_GE(end.time, FromSeconds(0.1));
  // The tick at 0.2 s was held back, and the end stands for it.
  CHECK_LE(receiving.recorder.snapshots().size(), 3u);
}

TEST(a_server_that_is_not_stopped_shows_the_held_tick_and_goes_on) {
  const Ends ends = ConnectTcp();
  auto server = Server(FromSeconds(0.1));
  server.interval = FromSeconds(0.1);
  server.streams.push_back(Receiver(ends.far, Protocol::kTcp, 1000));
  RecordedRun receiving(std::move(server));
  receiving.run.Open();
  std::this_thread::sleep_for(270ms);
  receiving.run.Stop();
  (void)receiving.recorder.WaitForEnd();
  const auto snapshots = receiving.recorder.snapshots();
  CHECK_EQ(snapshots.size(), 3u);
  CheckAt(snapshots[0].time, 0.1);
  CheckAt(snapshots[1].time, 0.2);
}

namespace {

/// What a server sends that is stopped after more than its 0.1 s, at one block every 10 ms.
std::uint64_t BlocksWithinWhatWasAgreed(Protocol protocol) {
  const Ends ends = protocol == Protocol::kTcp ? ConnectTcp() : ConnectUdp();
  auto server = Server(FromSeconds(0.1));
  server.streams.push_back(Sender(ends.near, protocol, 1000));
  server.streams[0].rate_bits_per_second = 800'000;
  RecordedRun sending(std::move(server));
  sending.run.Open();
  std::this_thread::sleep_for(250ms);
  sending.run.Stop();
  return sending.recorder.WaitForEnd().streams[0].blocks;
}

}  // namespace

TEST(a_server_sends_no_longer_than_was_agreed) {
  for (const Protocol protocol : {Protocol::kTcp, Protocol::kUdp}) {
    // A stalled core sends less, never more: of several tries the fullest shows that it sent until then.
    std::uint64_t most = 0;
    for (int attempt = 0; attempt < 10 && most < 5; ++attempt) {
      const std::uint64_t blocks = BlocksWithinWhatWasAgreed(protocol);
      CHECK_LE(blocks, 12u);
      most = std::max(most, blocks);
    }
    CHECK_GE(most, 5u);
  }
}

TEST(the_end_of_one_received_stream_is_told_and_the_others_go_on) {
  std::vector<Ends> ends{ConnectTcp(), ConnectTcp()};
  auto server = Server();
  for (const Ends& each : ends) server.streams.push_back(Receiver(each.far, Protocol::kTcp, 1000));
  RecordedRun receiving(std::move(server));
  receiving.run.Open();
  ends[1].near.reset();
  CHECK(receiving.recorder.WaitForStreamEnded());
  CHECK_EQ(receiving.recorder.ended()[0].stream, 1u);
  CHECK_EQ(receiving.recorder.ended()[0].failure.error, 0);
  CHECK(receiving.recorder.snapshots().empty());
  ends[0].near.reset();
  const auto end = receiving.recorder.WaitForEnd();
  CHECK(end.reason == EndReason::kStreamsEnded);
  CHECK_EQ(receiving.recorder.ended().size(), 2u);
}

TEST(a_peer_that_closes_in_mid_flow_ends_the_sender_with_its_error) {
  Ends ends = ConnectTcp();
  auto client = Client(FromSeconds(10));
  client.streams.push_back(Sender(ends.near, Protocol::kTcp, 131'072));
  RecordedRun sending(std::move(client));
  sending.run.Open();
  std::this_thread::sleep_for(30ms);
  ends.far.reset();
  const auto end = sending.recorder.WaitForEnd(5s);
  CHECK(end.reason == EndReason::kStreamsEnded);
  const int error = sending.recorder.ended()[0].failure.error;
  CHECK(error == ECONNRESET || error == EPIPE);
}

TEST(a_peer_that_never_reads_does_not_hold_up_the_end) {
  for (const auto path : {engine::SendPath::kCopy, engine::SendPath::kSendfile, engine::SendPath::kSplice}) {
    const Ends ends = ConnectTcp();
    auto client = Client(FromSeconds(0.4));
    client.streams.push_back(Sender(ends.near, Protocol::kTcp, 1 << 20));
    client.streams[0].send_path = path;
    RecordedRun sending(std::move(client));
    sending.run.Open();
    const Nanoseconds start = os::MonotonicNow();
    const auto end = sending.recorder.WaitForEnd(5s);
    CHECK_LE(os::MonotonicNow() - start, FromSeconds(0.8));
    CheckAt(end.time, 0.4);
    CHECK_GT(end.streams[0].bytes, 0u);
    // It has been stuck since its buffers were full, and says so.
    CHECK_LT(end.streams[0].last_byte, end.time);
  }
}

TEST(a_file_that_gives_nothing_does_not_hold_up_the_end) {
  int pipe_ends[2];
  CHECK_EQ(pipe2(pipe_ends, O_CLOEXEC), 0);
  const os::Descriptor writing(pipe_ends[1]);
  const Ends ends = ConnectTcp();
  auto client = Client(FromSeconds(0.1));
  client.streams.push_back(Sender(ends.near, Protocol::kTcp, 1000));
  client.streams[0].file = os::Descriptor(pipe_ends[0]);
  RecordedRun sending(std::move(client));
  sending.run.Open();
  CHECK_EQ(write(writing.get(), "abc", 3), 3);
  const auto end = sending.recorder.WaitForEnd(5s);
  CHECK(end.reason == EndReason::kTime);
  CHECK_EQ(end.streams[0].bytes, 3u);
}

TEST(a_run_stopped_before_it_began_ends_at_time_zero) {
  const Ends ends = ConnectTcp();
  auto client = Client(FromSeconds(10));
  client.streams.push_back(Sender(ends.near, Protocol::kTcp, 1000));
  RecordedRun sending(std::move(client));
  sending.run.Stop();
  const auto end = sending.recorder.WaitForEnd(5s);
  CHECK(end.reason == EndReason::kStopped);
  CHECK_EQ(end.time, 0);
  CHECK_EQ(end.streams[0].bytes, 0u);
}

TEST(a_test_shorter_than_the_way_to_the_gate_is_still_counted) {
  const Ends ends = ConnectTcp();
  const std::vector<std::byte> data(5000);
  CHECK_EQ(send(ends.near->get(), data.data(), data.size(), 0), 5000);
  auto server = Server();
  server.limit_bytes = 5000;
  server.streams.push_back(Receiver(ends.far, Protocol::kTcp, 1000));
  RecordedRun receiving(std::move(server));
  receiving.run.Open();
  receiving.run.Stop();
  const auto end = receiving.recorder.WaitForEnd(5s);
  CHECK_EQ(end.streams[0].bytes, 5000u);
  CHECK_EQ(receiving.run.progress().received_bytes, 5000u);
  receiving.run.Close();
  CHECK_EQ(receiving.run.progress().received_bytes, 5000u);
}

TEST(closing_ends_every_thread_at_any_moment_and_says_nothing_more) {
  for (int moment = 0; moment < 4; ++moment) {
    const Ends ends = ConnectTcp();
    auto client = Client(FromSeconds(10));
    client.interval = FromSeconds(0.01);
    client.streams.push_back(Sender(ends.near, Protocol::kTcp, 131'072));
    client.streams.push_back(Receiver(ends.far, Protocol::kTcp, 131'072));
    RecordedRun both(std::move(client));
    if (moment > 0) both.run.Open();
    if (moment > 1) std::this_thread::sleep_for(30ms);
    if (moment > 2) both.run.Stop();
    const Nanoseconds start = os::MonotonicNow();
    both.run.Close();
    CHECK_LE(os::MonotonicNow() - start, FromSeconds(0.5));
    const std::size_t events = both.recorder.snapshots().size();
    std::this_thread::sleep_for(25ms);
    CHECK_EQ(both.recorder.snapshots().size(), events);
    both.run.Close();
  }
}

TEST(sockets_are_handed_back_non_blocking) {
  const Ends ends = ConnectTcp();
  auto client = Client(FromSeconds(0.05));
  client.streams.push_back(Sender(ends.near, Protocol::kTcp, 1000));
  client.streams.push_back(Receiver(ends.far, Protocol::kTcp, 1000));
  RecordedRun both(std::move(client));
  both.run.Open();
  (void)both.recorder.WaitForEnd();
  CHECK(fcntl(ends.near->get(), F_GETFL) & O_NONBLOCK);
  CHECK(fcntl(ends.far->get(), F_GETFL) & O_NONBLOCK);
}

TEST(nonsense_is_refused_before_any_thread_starts) {
  const auto refused = [](engine::RunSpecification run) {
    Recorder recorder;
    try {
      const engine::Run made(std::move(run), recorder);
    } catch (const std::invalid_argument&) {
      return true;
    }
    return false;
  };
  CHECK(refused(Client()));
  const Ends ends = ConnectTcp();
  auto no_length = Client();
  no_length.streams.push_back(Sender(ends.near, Protocol::kTcp, 0));
  CHECK(refused(std::move(no_length)));
  auto no_socket = Client();
  no_socket.streams.push_back(Sender(nullptr, Protocol::kTcp, 1));
  CHECK(refused(std::move(no_socket)));
}
