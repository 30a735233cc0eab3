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
