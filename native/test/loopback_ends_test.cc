#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

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

namespace {

/// A shared machine may hold up any thread; figures that stand by a deadline are held to this.
constexpr Nanoseconds kPunctual = 15 * os::kNanosecondsPerMillisecond;

void CheckAt(Nanoseconds time, double seconds) {
  CHECK_GE(time, FromSeconds(seconds));
  CHECK_LE(time, FromSeconds(seconds) + kPunctual);
}

std::uint64_t Sum(const engine::Snapshot& snapshot, std::uint64_t engine::StreamSnapshot::*figure) {
  std::uint64_t sum = 0;
  for (const engine::StreamSnapshot& stream : snapshot.streams) sum += stream.*figure;
  return sum;
}

struct Limited {
  std::uint64_t bytes = 0;
  std::uint64_t blocks = 0;
  std::size_t streams = 1;
  std::size_t length = 131'072;
  bool reverse = false;
  Nanoseconds omit = 0;
  std::uint64_t rate_bits_per_second = 0;
};

struct LimitedRuns {
  RecordedRun near;
  RecordedRun far;
};

std::unique_ptr<LimitedRuns> MakeLimited(const Limited& given) {
  auto client = Client();
  auto server = Server();
  for (std::size_t i = 0; i < given.streams; ++i) {
    const Ends ends = ConnectTcp();
    client.streams.push_back((given.reverse ? Receiver : Sender)(ends.near, Protocol::kTcp, given.length));
    server.streams.push_back((given.reverse ? Sender : Receiver)(ends.far, Protocol::kTcp, given.length));
    client.streams[i].rate_bits_per_second = server.streams[i].rate_bits_per_second =
        given.rate_bits_per_second;
  }
  client.omit = server.omit = given.omit;
  client.limit_bytes = server.limit_bytes = given.bytes;
  client.limit_blocks = server.limit_blocks = given.blocks;
  return std::unique_ptr<LimitedRuns>(
      new LimitedRuns{RecordedRun(std::move(client)), RecordedRun(std::move(server))});
}

}  // namespace

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

TEST(bytes_end_exactly_at_the_byte_also_of_a_block_that_is_not_whole) {
  for (const std::uint64_t bytes : {std::uint64_t{1}, std::uint64_t{1} << 20, std::uint64_t{1'000'003}}) {
    for (const std::size_t streams : {std::size_t{1}, std::size_t{4}}) {
      const auto runs = MakeLimited({.bytes = bytes, .streams = streams});
      const Results results = RunBoth(runs->near, runs->far);
      CHECK(results.client.reason == EndReason::kBytes);
      CHECK_EQ(Sum(results.client, &engine::StreamSnapshot::bytes), bytes);
      CHECK_EQ(Sum(results.server, &engine::StreamSnapshot::bytes), bytes);
      CHECK_GT(results.client.time, 0);
      CHECK_LT(results.client.time, FromSeconds(0.5));
      // The peer's test lasted until its last byte, not until it was told.
      CHECK_LT(results.server.time, FromSeconds(0.5));
    }
  }
}

TEST(a_receiving_client_counts_its_limit_and_nothing_after) {
  for (const std::size_t streams : {std::size_t{1}, std::size_t{4}}) {
    const auto runs = MakeLimited({.bytes = 1'000'003, .streams = streams, .reverse = true});
    const Results results = RunBoth(runs->near, runs->far);
    CHECK(results.client.reason == EndReason::kBytes);
    CHECK_EQ(Sum(results.client, &engine::StreamSnapshot::bytes), 1'000'003u);
    // The peer sends whole blocks and stops behind the limit.
    const std::uint64_t sent = Sum(results.server, &engine::StreamSnapshot::bytes);
    CHECK_EQ(sent % 131'072, 0u);
    CHECK_LE(sent, 8u * 131'072);
  }
}

TEST(blocks_end_exactly_at_the_block) {
  for (const bool reverse : {false, true}) {
    const auto runs = MakeLimited({.blocks = 5, .reverse = reverse});
    const Results results = RunBoth(runs->near, runs->far);
    CHECK(results.client.reason == EndReason::kBlocks);
    CHECK_EQ(results.client.streams[0].blocks, 5u);
    CHECK_EQ(results.client.streams[0].bytes, 5u * 131'072);
    CHECK_EQ(results.server.streams[0].bytes, 5u * 131'072);
  }
}

TEST(the_limit_counts_from_the_end_of_the_omit_period) {
  const auto runs = MakeLimited({.bytes = 1'000'003, .streams = 2, .omit = FromSeconds(0.1)});
  const Results results = RunBoth(runs->near, runs->far);
  const auto snapshots = runs->near.recorder.snapshots();
  CHECK_EQ(snapshots.size(), 2u);
  CHECK(snapshots[0].kind == SnapshotKind::kOmitEnd);
  CheckAt(snapshots[0].time, 0.1);
  const std::uint64_t omitted = Sum(snapshots[0], &engine::StreamSnapshot::bytes);
  CHECK_GT(omitted, 0u);
  CHECK_EQ(Sum(results.client, &engine::StreamSnapshot::bytes) - omitted, 1'000'003u);
  CHECK_EQ(Sum(results.client, &engine::StreamSnapshot::bytes),
           Sum(results.server, &engine::StreamSnapshot::bytes));
}

TEST(a_stream_that_dies_gives_back_what_it_could_not_send) {
  auto client = Client();
  client.limit_bytes = 40 << 20;
  std::vector<Ends> ends{ConnectTcp(), ConnectTcp()};
  for (const Ends& each : ends) client.streams.push_back(Sender(each.near, Protocol::kTcp, 1 << 20));
  auto server = Server();
  server.streams.push_back(Receiver(ends[1].far, Protocol::kTcp, 1 << 20));
  RecordedRun sending(std::move(client));
  RecordedRun receiving(std::move(server));
  sending.run.Open();
  // The first stream has filled its socket and holds a claim by now; its peer never reads and goes.
  std::this_thread::sleep_for(30ms);
  ends[0].far.reset();
  receiving.run.Open();
  const auto end = sending.recorder.WaitForEnd();
  CHECK(end.reason == EndReason::kBytes);
  CHECK_EQ(Sum(end, &engine::StreamSnapshot::bytes), std::uint64_t{40} << 20);
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

TEST(a_server_sends_no_longer_than_was_agreed) {
  for (const Protocol protocol : {Protocol::kTcp, Protocol::kUdp}) {
    const Ends ends = protocol == Protocol::kTcp ? ConnectTcp() : ConnectUdp();
    auto server = Server(FromSeconds(0.1));
    server.streams.push_back(Sender(ends.near, protocol, 1000));
    server.streams[0].rate_bits_per_second = 800'000;
    RecordedRun sending(std::move(server));
    sending.run.Open();
    std::this_thread::sleep_for(250ms);
    sending.run.Stop();
    // One every 10 ms.
    const std::uint64_t blocks = sending.recorder.WaitForEnd().streams[0].blocks;
    CHECK_LE(blocks, 12u);
    CHECK_GE(blocks, 5u);
  }
}

TEST(a_server_goes_on_sending_datagrams_when_its_limit_did_not_end_the_test) {
  const Ends ends = ConnectUdp();
  auto server = Server();
  server.limit_blocks = 5;
  server.streams.push_back(Sender(ends.near, Protocol::kUdp, 1000));
  server.streams[0].rate_bits_per_second = 800'000;
  RecordedRun sending(std::move(server));
  sending.run.Open();
  // 50 ms of sending, then a pause in which a peer that has them all ends the test.
  std::this_thread::sleep_for(150ms);
  CHECK_EQ(sending.run.progress().sent_bytes, 5000u);
  std::this_thread::sleep_for(300ms);
  CHECK_GT(sending.run.progress().sent_bytes, 5000u);
  // What was not sent in the pause is not made up for.
  CHECK_LE(sending.run.progress().sent_bytes, 25'000u);
  sending.run.Stop();
  (void)sending.recorder.WaitForEnd();
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
  for (const auto path : {engine::SendPath::kCopy, engine::SendPath::kSendfile}) {
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
