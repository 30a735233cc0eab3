#include <sys/socket.h>

#include <algorithm>
#include <random>
#include <string>
#include <thread>

#include "os/affinity.h"
#include "test/check.h"
#include "test/loopback.h"

using namespace vnetperf;
using namespace vnetperf::test;
using namespace std::chrono_literals;
using engine::EndReason;
using engine::Protocol;
using engine::ReceivePath;
using engine::SendPath;
using engine::SnapshotKind;
using os::FromSeconds;

namespace {

constexpr std::size_t kLength = 131'072;

void MovesEverything(SendPath send_path, ReceivePath receive_path) {
  const Ends ends = ConnectTcp();
  auto client = Client(FromSeconds(0.2));
  client.streams.push_back(Sender(ends.near, Protocol::kTcp, kLength));
  client.streams[0].send_path = send_path;
  client.interval = FromSeconds(0.05);
  auto server = Server(FromSeconds(0.2));
  server.streams.push_back(Receiver(ends.far, Protocol::kTcp, kLength));
  server.streams[0].receive_path = receive_path;
  RecordedRun sending(std::move(client));
  RecordedRun receiving(std::move(server));
  const Results results = RunBoth(sending, receiving);

  CHECK(results.client.reason == EndReason::kTime);
  CHECK(results.server.reason == EndReason::kStopped);
  CHECK_GT(results.client.streams[0].bytes, 10 * kLength);
  CHECK_EQ(results.client.streams[0].bytes, results.server.streams[0].bytes);
  CHECK_EQ(results.server.streams[0].blocks, results.server.streams[0].bytes / kLength);
  CHECK(results.client.streams[0].tcp.has_value());
  CHECK_GT(results.client.streams[0].tcp->congestion_window_bytes, 0u);
  CHECK(!results.client.cores.empty());
  CHECK_EQ(sending.recorder.snapshots().size(), 4u);
}

}  // namespace

TEST(copy_moves_every_byte) { MovesEverything(SendPath::kCopy, ReceivePath::kCopy); }
TEST(sendfile_moves_every_byte) { MovesEverything(SendPath::kSendfile, ReceivePath::kCopy); }
TEST(discard_counts_every_byte) { MovesEverything(SendPath::kCopy, ReceivePath::kDiscard); }
TEST(sendfile_into_discard_moves_every_byte) { MovesEverything(SendPath::kSendfile, ReceivePath::kDiscard); }

TEST(both_directions_and_four_streams_each_move_every_byte) {
  auto client = Client(FromSeconds(0.2));
  auto server = Server(FromSeconds(0.2));
  for (int i = 0; i < 8; ++i) {
    const Ends ends = ConnectTcp();
    const bool forward = i < 4;
    client.streams.push_back((forward ? Sender : Receiver)(ends.near, Protocol::kTcp, 16'384));
    server.streams.push_back((forward ? Receiver : Sender)(ends.far, Protocol::kTcp, 16'384));
  }
  RecordedRun near(std::move(client));
  RecordedRun far(std::move(server));
  const Results results = RunBoth(near, far);
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK_GT(results.client.streams[i].bytes, 0u);
    // A client that ended by its clock does not count what came after.
    if (i < 4) {
      CHECK_EQ(results.client.streams[i].bytes, results.server.streams[i].bytes);
    } else {
      CHECK_LE(results.client.streams[i].bytes, results.server.streams[i].bytes);
    }
  }
  const engine::Progress progress = near.run.progress();
  CHECK_GT(progress.sent_bytes, 0u);
  CHECK_GT(progress.received_bytes, 0u);
}

TEST(payload_repeats_the_digits_when_asked) {
  const Ends ends = ConnectTcp();
  auto client = Client();
  client.limit_bytes = 1003;
  client.streams.push_back(Sender(ends.near, Protocol::kTcp, 100));
  client.streams[0].repeating_payload = true;
  RecordedRun sending(std::move(client));
  sending.run.Open();
  CHECK(sending.recorder.WaitForEnd().reason == EndReason::kBytes);
  std::string received(2000, '\0');
  received.resize(static_cast<std::size_t>(recv(ends.far->get(), received.data(), received.size(), 0)));
  CHECK_EQ(received.size(), 1003u);
  for (std::size_t i = 0; i < received.size(); ++i)
    CHECK_EQ(received[i], static_cast<char>('0' + i % 100 % 10));
}

TEST(random_payload_differs_from_run_to_run) {
  std::string first;
  for (int i = 0; i < 2; ++i) {
    const Ends ends = ConnectTcp();
    auto client = Client();
    client.limit_bytes = 64;
    client.streams.push_back(Sender(ends.near, Protocol::kTcp, 64));
    RecordedRun sending(std::move(client));
    sending.run.Open();
    (void)sending.recorder.WaitForEnd();
    std::string received(64, '\0');
    CHECK_EQ(recv(ends.far->get(), received.data(), received.size(), 0), 64);
    CHECK(received != first);
    first = received;
  }
}

TEST(pacing_keeps_the_rate) {
  const Ends ends = ConnectTcp();
  auto client = Client(FromSeconds(0.5));
  client.streams.push_back(Sender(ends.near, Protocol::kTcp, 10'000));
  client.streams[0].rate_bits_per_second = 40'000'000;
  auto server = Server(FromSeconds(0.5));
  server.streams.push_back(Receiver(ends.far, Protocol::kTcp, 10'000));
  RecordedRun sending(std::move(client));
  RecordedRun receiving(std::move(server));
  const Results results = RunBoth(sending, receiving);
  // 250 blocks of 2 ms; a machine that stalls for more than the catch-up may lose some, none may be too many.
  CHECK_LE(results.client.streams[0].blocks, 251u);
  CHECK_GE(results.client.streams[0].blocks, 200u);
}

TEST(a_burst_leaves_at_one_look_at_the_rate) {
  const Ends ends = ConnectTcp();
  auto client = Client(FromSeconds(0.1));
  client.streams.push_back(Sender(ends.near, Protocol::kTcp, 1000));
  client.streams[0].rate_bits_per_second = 8'000;
  client.streams[0].burst = 7;
  RecordedRun sending(std::move(client));
  sending.run.Open();
  CHECK_EQ(sending.recorder.WaitForEnd().streams[0].blocks, 7u);
}

TEST(a_pinned_worker_moves_its_bytes_on_that_core_alone) {
  const int core = os::AllowedCores().back();
  const Ends ends = ConnectTcp();
  auto run = Client(FromSeconds(0.2));
  run.streams.push_back(Sender(ends.near, Protocol::kTcp, kLength));
  run.streams.push_back(Receiver(ends.far, Protocol::kTcp, kLength));
  run.streams[0].cores = {core};
  RecordedRun both(std::move(run));
  both.run.Open();
  const engine::Snapshot end = both.recorder.WaitForEnd();
  CHECK(end.streams[0].allowed_cores == std::vector<int>{core});
  CHECK_EQ(end.streams[0].bytes_by_core.size(), 1u);
  CHECK_EQ(end.streams[0].bytes_by_core[0].first, core);
  CHECK_EQ(end.streams[0].migrations, 0u);
  CHECK_EQ(end.streams[0].core, core);
  CHECK_GT(end.streams[0].usage.user_seconds + end.streams[0].usage.system_seconds, 0.0);
}

TEST(a_core_that_does_not_exist_fails_before_the_gate) {
  const Ends ends = ConnectTcp();
  auto run = Client(FromSeconds(0.2));
  run.streams.push_back(Sender(ends.near, Protocol::kTcp, kLength));
  run.streams.push_back(Receiver(ends.far, Protocol::kTcp, kLength));
  run.streams[1].cores = {os::ConfiguredCores() + 100};
  RecordedRun both(std::move(run));
  both.run.Open();
  CHECK(both.recorder.WaitForWorkerFailed());
  CHECK_EQ(both.recorder.failed()[0].stream, 1u);
  CHECK_EQ(both.recorder.failed()[0].failure.error, EINVAL);
  CHECK_EQ(std::string(both.recorder.failed()[0].failure.syscall), "sched_setaffinity");
  std::this_thread::sleep_for(50ms);
  both.run.Close();
  CHECK(both.recorder.snapshots().empty());
  CHECK_EQ(both.run.progress().sent_bytes, 0u);
}

namespace {

void SendsAFile(SendPath path, std::size_t size) {
  std::mt19937 random(11);
  std::vector<std::byte> contents(size);
  std::generate(contents.begin(), contents.end(), [&] { return std::byte(random() & 0xff); });
  const Ends ends = ConnectTcp();
  auto client = Client(FromSeconds(10));
  client.streams.push_back(Sender(ends.near, Protocol::kTcp, kLength));
  client.streams[0].send_path = path;
  client.streams[0].file = MakeFile(contents);
  auto server = Server();
  server.streams.push_back(Receiver(ends.far, Protocol::kTcp, kLength));
  const os::Descriptor written = MakeFile({});
  server.streams[0].file = os::Descriptor(dup(written.get()));
  // A file wants the bytes, whatever else was asked for.
  server.streams[0].receive_path = ReceivePath::kDiscard;
  RecordedRun sending(std::move(client));
  RecordedRun receiving(std::move(server));
  const Results results = RunBoth(sending, receiving);
  CHECK(results.client.reason == EndReason::kFile);
  CHECK_EQ(results.client.streams[0].bytes, size);
  CHECK_EQ(results.server.streams[0].bytes, size);
  CHECK(ReadFile(written) == contents);
  CHECK_LT(results.client.time, FromSeconds(5));
}

}  // namespace

TEST(a_file_is_sent_whole_and_ends_the_run) { SendsAFile(SendPath::kCopy, 1'000'003); }
TEST(a_file_is_sent_whole_by_sendfile) { SendsAFile(SendPath::kSendfile, 1'000'003); }
TEST(an_empty_file_ends_the_run_at_once) { SendsAFile(SendPath::kCopy, 0); }
