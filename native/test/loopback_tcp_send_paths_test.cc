// What holds for every way of sending over TCP.

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <string>
#include <thread>

#include "test/check.h"
#include "test/loopback.h"
#include "test/send_paths.h"

using namespace vnetperf;
using namespace vnetperf::test;
using namespace std::chrono_literals;
using engine::EndReason;
using engine::Protocol;
using engine::SendPath;
using engine::SnapshotKind;
using engine::StreamSnapshot;
using os::FromSeconds;
using os::Nanoseconds;

namespace {

/// A worker that is kept from its core may miss what it waits for only so long. That is chance; a path that
/// counts wrongly does so every time.
constexpr int kTries = 5;

/// What the kernel has to say of a path that it may turn into a copy: a local socket gets a copy of
/// everything.
std::uint64_t BytesToTellOf(SendPath path, const engine::Snapshot& end) {
  return path == SendPath::kZerocopy ? Sum(end, &StreamSnapshot::bytes) : 0;
}

/// Waits until the peer's kernel has everything: on a loaded machine a drain that starts before that may miss
/// the rest.
void WaitUntilDelivered(const Ends& ends) {
  const Nanoseconds deadline = os::MonotonicNow() + FromSeconds(5);
  int unacknowledged = 1;
  while (unacknowledged > 0 && os::MonotonicNow() < deadline) {
    CHECK_EQ(ioctl(ends.near->get(), SIOCOUTQ, &unacknowledged), 0);
    std::this_thread::sleep_for(1ms);
  }
  CHECK_EQ(unacknowledged, 0);
}

/// Both ends of a run, whose figures must agree.
struct Agreed {
  Results results;
  std::vector<engine::Snapshot> client_snapshots;
};

Agreed RunOnceAndAgree(const Sending& given) {
  std::vector<Ends> ends(given.streams);
  for (Ends& each : ends) each = ConnectTcp();
  auto server = Server(given.duration);
  // Who takes no more at once than the sender gives is left behind by it.
  const std::size_t length = std::max(given.length, std::size_t{131'072});
  for (const Ends& each : ends) server.streams.push_back(Receiver(each.far, Protocol::kTcp, length));
  server.omit = given.omit;
  RecordedRun sending(SendersOf(given, ends));
  RecordedRun receiving(std::move(server));
  receiving.run.Open();
  CHECK(receiving.recorder.WaitForStart());
  sending.run.Open();
  Agreed agreed;
  agreed.results.client = sending.recorder.WaitForEnd();
  for (const Ends& each : ends) WaitUntilDelivered(each);
  receiving.run.Stop();
  agreed.results.server = receiving.recorder.WaitForEnd();
  agreed.client_snapshots = sending.recorder.snapshots();
  CheckSound(agreed.client_snapshots);
  CheckSound(receiving.recorder.snapshots());
  const auto& [client, far] = agreed.results;
  for (std::size_t i = 0; i < given.streams; ++i) CHECK_EQ(client.streams[i].bytes, far.streams[i].bytes);
  CHECK_GT(Sum(client, &StreamSnapshot::calls), 0u);
  CHECK_EQ(Sum(client, &StreamSnapshot::zero_copied_bytes), 0u);
  CHECK_LE(Sum(client, &StreamSnapshot::copied_bytes), BytesToTellOf(given.path, client));
  return agreed;
}

/// And the sender has heard of every copy.
Agreed RunAndAgree(const Sending& given) {
  Agreed agreed;
  std::uint64_t untold = 1;
  for (int i = 0; i < kTries && untold > 0; ++i) {
    agreed = RunOnceAndAgree(given);
    const engine::Snapshot& client = agreed.results.client;
    untold = BytesToTellOf(given.path, client) - Sum(client, &StreamSnapshot::copied_bytes);
  }
  CHECK_EQ(untold, 0u);
  return agreed;
}

std::string Payload(SendPath path, std::size_t length, std::size_t bytes, bool repeating) {
  const Ends ends = ConnectTcp();
  auto client = SendersOf({.path = path, .length = length, .bytes = bytes}, {ends});
  client.streams[0].repeating_payload = repeating;
  RecordedRun sending(std::move(client));
  sending.run.Open();
  std::string received = ReceiveAll(ends.far->get(), bytes);
  CHECK(sending.recorder.WaitForEnd().reason == EndReason::kBytes);
  CHECK_EQ(received.size(), bytes);
  return received;
}

}  // namespace

TEST(every_byte_arrives_whatever_the_length_of_a_block) {
  for (const SendPath path : kSendPaths) {
    for (const std::size_t length :
         {std::size_t{1}, std::size_t{13}, std::size_t{1000}, std::size_t{4096}, std::size_t{65'537},
          std::size_t{131'072}, std::size_t{1'000'003}, std::size_t{64} << 20}) {
      const Agreed agreed = RunAndAgree({.path = path, .length = length, .duration = FromSeconds(0.1)});
      CHECK(agreed.results.client.reason == EndReason::kTime);
      const StreamSnapshot& sent = agreed.results.client.streams[0];
      CHECK_GT(sent.bytes, 0u);
      // A block that the end cut off is none.
      CHECK_EQ(sent.blocks, sent.bytes / length);
    }
  }
}

TEST(bytes_end_exactly_at_the_byte_on_every_path) {
  for (const SendPath path : kSendPaths) {
    for (const std::size_t streams : {std::size_t{1}, std::size_t{4}}) {
      for (const std::uint64_t bytes :
           {std::uint64_t{1}, std::uint64_t{1'000'003}, std::uint64_t{100} << 20}) {
        const Agreed agreed = RunAndAgree({.path = path, .streams = streams, .bytes = bytes});
        CHECK(agreed.results.client.reason == EndReason::kBytes);
        CHECK_EQ(Sum(agreed.results.client, &StreamSnapshot::bytes), bytes);
        CHECK_EQ(Sum(agreed.results.server, &StreamSnapshot::bytes), bytes);
      }
    }
  }
}

TEST(blocks_end_exactly_at_the_block_on_every_path) {
  for (const SendPath path : kSendPaths) {
    for (const std::size_t length : {std::size_t{13}, std::size_t{131'072}}) {
      const Agreed agreed = RunAndAgree({.path = path, .length = length, .streams = 3, .blocks = 777});
      CHECK(agreed.results.client.reason == EndReason::kBlocks);
      CHECK_EQ(Sum(agreed.results.client, &StreamSnapshot::blocks), 777u);
      CHECK_EQ(Sum(agreed.results.client, &StreamSnapshot::bytes), 777u * length);
    }
  }
}

TEST(the_limit_counts_from_the_end_of_the_omit_period_on_every_path) {
  for (const SendPath path : kSendPaths) {
    std::uint64_t omitted = 0;
    std::uint64_t bytes = 0;
    for (int i = 0; i < kTries && (omitted == 0 || bytes != 10'000'019); ++i) {
      const Agreed agreed =
          RunAndAgree({.path = path, .streams = 2, .bytes = 10'000'019, .omit = FromSeconds(0.05)});
      CHECK_EQ(agreed.client_snapshots.size(), 2u);
      CHECK(agreed.client_snapshots[0].kind == SnapshotKind::kOmitEnd);
      omitted = Sum(agreed.client_snapshots[0], &StreamSnapshot::bytes);
      bytes = Sum(agreed.results.client, &StreamSnapshot::bytes) - omitted;
    }
    CHECK_GT(omitted, 0u);
    CHECK_EQ(bytes, 10'000'019u);
  }
}

TEST(no_path_goes_beyond_a_rate) {
  for (const SendPath path : kSendPaths) {
    const Agreed agreed = RunAndAgree(
        {.path = path, .length = 10'000, .duration = FromSeconds(0.5), .rate_bits_per_second = 40'000'000});
    // Blocks of 2 ms, the first of them at once.
    const StreamSnapshot& sent = agreed.results.client.streams[0];
    CHECK_LE(static_cast<Nanoseconds>(sent.blocks), sent.last_byte / FromSeconds(0.002) + 1);
    CHECK_GE(sent.blocks, 1u);
  }
}

TEST(a_paced_burst_arrives_whole_without_waiting_for_the_next) {
  for (const SendPath path : kSendPaths) {
    const Ends ends = ConnectTcp();
    // The next one is due in twenty minutes.
    auto client = SendersOf({.path = path, .length = 80'000, .duration = FromSeconds(10)}, {ends});
    client.streams[0].rate_bits_per_second = 1000;
    client.streams[0].burst = 2;
    RecordedRun sending(std::move(client));
    sending.run.Open();
    CHECK_EQ(ReceiveAll(ends.far->get(), 160'000).size(), 160'000u);
    sending.run.Close();
  }
}

TEST(a_repeating_payload_is_the_same_on_every_path) {
  for (const std::size_t length : {std::size_t{1}, std::size_t{13}, std::size_t{1000}, std::size_t{4096},
                                   std::size_t{131'072}, std::size_t{200'001}, std::size_t{3'000'007}}) {
    const std::size_t bytes = length == 1 ? 10'000 : 7 * length + 5'000'000 % length;
    const std::string copied = Payload(SendPath::kCopy, length, bytes, true);
    bool as_expected = true;
    for (std::size_t i = 0; i < copied.size(); ++i) {
      as_expected = as_expected && copied[i] == static_cast<char>('0' + i % length % 10);
    }
    CHECK(as_expected);
    for (const SendPath path : kSendPaths) CHECK(Payload(path, length, bytes, true) == copied);
  }
}

TEST(a_long_repeating_payload_has_no_seam) {
  for (const SendPath path : {SendPath::kSplice, SendPath::kZerocopy}) {
    for (const std::size_t length : {std::size_t{1000}, std::size_t{131'072}, std::size_t{131'073}}) {
      const std::string received = Payload(path, length, 20'000'003, true);
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < received.size(); ++i) {
        if (received[i] != static_cast<char>('0' + i % length % 10)) ++wrong;
      }
      CHECK_EQ(wrong, 0u);
    }
  }
}

TEST(a_random_payload_is_one_block_over_and_over_on_every_path) {
  constexpr std::size_t kBlock = 65'536;
  std::string before;
  for (const SendPath path : kSendPaths) {
    const std::string received = Payload(path, kBlock, 40 * kBlock, false);
    const std::string block = received.substr(0, kBlock);
    for (std::size_t i = 0; i < 40; ++i) CHECK(received.compare(i * kBlock, kBlock, block) == 0);
    CHECK(block != before);
    before = block;
  }
}

TEST(many_small_zerocopy_sends_are_all_told_of) {
  // Far more than may be in flight: their words must be read meanwhile.
  const Agreed agreed = RunAndAgree({.path = SendPath::kZerocopy, .length = 100, .bytes = 10'000'000});
  CHECK_EQ(agreed.results.client.streams[0].copied_bytes, 10'000'000u);
  CHECK_GE(agreed.results.client.streams[0].calls, 100'000u);
}
