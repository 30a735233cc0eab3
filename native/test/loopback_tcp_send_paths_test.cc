// What holds for every way of sending over TCP.

#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

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
using engine::StreamSnapshot;
using os::FromSeconds;
using os::Nanoseconds;

namespace {

constexpr std::array kPaths{SendPath::kCopy, SendPath::kSendfile, SendPath::kSplice, SendPath::kZerocopy};
constexpr std::array kNames{"send", "sendfile", "splice", "send"};

const char* CallOf(SendPath path) { return kNames[static_cast<std::size_t>(path)]; }

std::uint64_t Sum(const engine::Snapshot& snapshot, std::uint64_t StreamSnapshot::*figure) {
  std::uint64_t sum = 0;
  for (const StreamSnapshot& stream : snapshot.streams) sum += stream.*figure;
  return sum;
}

struct Case {
  SendPath path;
  std::size_t length = 131'072;
  std::size_t streams = 1;
  std::uint64_t bytes = 0;
  std::uint64_t blocks = 0;
  Nanoseconds duration = 0;
  Nanoseconds omit = 0;
  std::uint64_t rate_bits_per_second = 0;
};

engine::RunSpecification SendersOf(const Case& given, const std::vector<Ends>& ends) {
  auto client = Client(given.duration);
  for (const Ends& each : ends) {
    client.streams.push_back(Sender(each.near, Protocol::kTcp, given.length));
    client.streams.back().send_path = given.path;
    client.streams.back().rate_bits_per_second = given.rate_bits_per_second;
  }
  client.omit = given.omit;
  client.limit_bytes = given.bytes;
  client.limit_blocks = given.blocks;
  return client;
}

/// What the kernel says of a path that it may turn into a copy: a local socket gets a copy of everything.
void CheckZerocopy(SendPath path, const engine::Snapshot& end) {
  CHECK_EQ(Sum(end, &StreamSnapshot::zero_copied_bytes), 0u);
  CHECK_EQ(Sum(end, &StreamSnapshot::copied_bytes),
           path == SendPath::kZerocopy ? Sum(end, &StreamSnapshot::bytes) : 0u);
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

Agreed RunAndAgree(const Case& given) {
  std::vector<Ends> ends(given.streams);
  for (Ends& each : ends) each = ConnectTcp();
  auto server = Server(given.duration);
  for (const Ends& each : ends) server.streams.push_back(Receiver(each.far, Protocol::kTcp, given.length));
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
  CheckZerocopy(given.path, client);
  return agreed;
}

/// Everything that comes until the peer has sent `bytes`.
std::string ReceiveAll(int socket, std::size_t bytes) {
  std::string received(bytes, '\0');
  std::size_t got = 0;
  const Nanoseconds deadline = os::MonotonicNow() + FromSeconds(20);
  while (got < bytes && os::MonotonicNow() < deadline) {
    const ssize_t more = recv(socket, received.data() + got, bytes - got, MSG_DONTWAIT);
    if (more > 0) {
      got += static_cast<std::size_t>(more);
    } else {
      std::this_thread::sleep_for(1ms);
    }
  }
  received.resize(got);
  return received;
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
  for (const SendPath path : kPaths) {
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
  for (const SendPath path : kPaths) {
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
  for (const SendPath path : kPaths) {
    for (const std::size_t length : {std::size_t{13}, std::size_t{131'072}}) {
      const Agreed agreed = RunAndAgree({.path = path, .length = length, .streams = 3, .blocks = 777});
      CHECK(agreed.results.client.reason == EndReason::kBlocks);
      CHECK_EQ(Sum(agreed.results.client, &StreamSnapshot::blocks), 777u);
      CHECK_EQ(Sum(agreed.results.client, &StreamSnapshot::bytes), 777u * length);
    }
  }
}

TEST(the_limit_counts_from_the_end_of_the_omit_period_on_every_path) {
  for (const SendPath path : kPaths) {
    const Agreed agreed =
        RunAndAgree({.path = path, .streams = 2, .bytes = 10'000'019, .omit = FromSeconds(0.05)});
    CHECK_EQ(agreed.client_snapshots.size(), 2u);
    CHECK(agreed.client_snapshots[0].kind == SnapshotKind::kOmitEnd);
    const std::uint64_t omitted = Sum(agreed.client_snapshots[0], &StreamSnapshot::bytes);
    CHECK_GT(omitted, 0u);
    CHECK_EQ(Sum(agreed.results.client, &StreamSnapshot::bytes) - omitted, 10'000'019u);
  }
}

TEST(no_path_goes_beyond_a_rate) {
  for (const SendPath path : kPaths) {
    const Agreed agreed = RunAndAgree(
        {.path = path, .length = 10'000, .duration = FromSeconds(0.5), .rate_bits_per_second = 40'000'000});
    // Blocks of 2 ms, the first of them at once.
    const StreamSnapshot& sent = agreed.results.client.streams[0];
    CHECK_LE(static_cast<Nanoseconds>(sent.blocks), sent.last_byte / FromSeconds(0.002) + 1);
    CHECK_GE(sent.blocks, 1u);
  }
}

TEST(a_paced_burst_arrives_whole_without_waiting_for_the_next) {
  for (const SendPath path : kPaths) {
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
    for (const SendPath path : kPaths) CHECK(Payload(path, length, bytes, true) == copied);
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
  for (const SendPath path : kPaths) {
    const std::string received = Payload(path, kBlock, 40 * kBlock, false);
    const std::string block = received.substr(0, kBlock);
    for (std::size_t i = 0; i < 40; ++i) CHECK(received.compare(i * kBlock, kBlock, block) == 0);
    CHECK(block != before);
    before = block;
  }
}

TEST(a_peer_that_closes_ends_every_path_with_its_error_and_its_call) {
  for (const SendPath path : kPaths) {
    Ends ends = ConnectTcp();
    RecordedRun sending(SendersOf({.path = path, .duration = FromSeconds(10)}, {ends}));
    sending.run.Open();
    std::this_thread::sleep_for(30ms);
    ends.far.reset();
    const auto end = sending.recorder.WaitForEnd(5s);
    CHECK(end.reason == EndReason::kStreamsEnded);
    const engine::Failure failure = sending.recorder.ended()[0].failure;
    CHECK(failure.error == ECONNRESET || failure.error == EPIPE);
    CHECK_EQ(std::string(failure.syscall), CallOf(path));
    CHECK_LE(Sum(end, &StreamSnapshot::copied_bytes), Sum(end, &StreamSnapshot::bytes));
    CheckSound(sending.recorder.snapshots());
  }
}

TEST(a_peer_that_reads_no_more_holds_up_the_end_of_no_path) {
  for (const SendPath path : kPaths) {
    for (const std::size_t length : {std::size_t{1} << 20, std::size_t{64} << 20}) {
      const Ends ends = ConnectTcp();
      RecordedRun sending(SendersOf({.path = path, .length = length, .duration = FromSeconds(0.3)}, {ends}));
      sending.run.Open();
      const Nanoseconds start = os::MonotonicNow();
      const auto end = sending.recorder.WaitForEnd(10s);
      CHECK_LE(os::MonotonicNow() - start, FromSeconds(2));
      CHECK(end.reason == EndReason::kTime);
      CHECK_GT(end.streams[0].bytes, 0u);
      // What was sent is what the peer can read, and what still stands in the pipe is not.
      sending.run.Close();
      shutdown(ends.near->get(), SHUT_WR);
      CHECK_EQ(ReceiveAll(ends.far->get(), end.streams[0].bytes).size(), end.streams[0].bytes);
      std::this_thread::sleep_for(5ms);
      char more;
      CHECK_EQ(recv(ends.far->get(), &more, 1, MSG_DONTWAIT), 0);
    }
  }
}

TEST(a_slow_peer_holds_up_the_end_of_no_path) {
  for (const SendPath path : kPaths) {
    const Ends ends = ConnectTcp();
    const int small = 4096;
    CHECK_EQ(setsockopt(ends.far->get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    CHECK_EQ(setsockopt(ends.near->get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
    std::jthread reader([&](const std::stop_token& stop) {
      char some[2000];
      while (!stop.stop_requested()) {
        (void)recv(ends.far->get(), some, sizeof(some), MSG_DONTWAIT);
        std::this_thread::sleep_for(5ms);
      }
    });
    RecordedRun sending(SendersOf({.path = path, .length = 1 << 20, .duration = FromSeconds(0.2)}, {ends}));
    const Nanoseconds start = os::MonotonicNow();
    sending.run.Open();
    (void)sending.recorder.WaitForEnd(10s);
    CHECK_LE(os::MonotonicNow() - start, FromSeconds(2));
  }
}

TEST(closing_in_mid_flow_ends_every_path) {
  for (const SendPath path : kPaths) {
    const Ends ends = ConnectTcp();
    RecordedRun sending(SendersOf({.path = path, .duration = FromSeconds(10)}, {ends}));
    sending.run.Open();
    std::this_thread::sleep_for(30ms);
    const Nanoseconds start = os::MonotonicNow();
    sending.run.Close();
    CHECK_LE(os::MonotonicNow() - start, FromSeconds(1));
    CHECK_GT(sending.run.progress().sent_bytes, 0u);
  }
}

TEST(many_small_zerocopy_sends_are_all_told_of) {
  // Far more than may be in flight: their words must be read meanwhile.
  const Agreed agreed = RunAndAgree({.path = SendPath::kZerocopy, .length = 100, .bytes = 10'000'000});
  CHECK_EQ(agreed.results.client.streams[0].copied_bytes, 10'000'000u);
  CHECK_GE(agreed.results.client.streams[0].calls, 100'000u);
}

TEST(zerocopy_that_a_socket_does_not_know_fails_before_the_gate) {
  const os::Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP));
  // A kernel without MPTCP has nothing to show.
  if (!listener.valid()) return;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  CHECK_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  CHECK_EQ(listen(listener.get(), 1), 0);
  CHECK_EQ(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  Ends ends;
  ends.near = std::make_shared<os::Descriptor>(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP));
  CHECK_EQ(connect(ends.near->get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  RecordedRun sending(SendersOf({.path = SendPath::kZerocopy, .duration = FromSeconds(1)}, {ends}));
  sending.run.Open();
  CHECK(sending.recorder.WaitForWorkerFailed());
  CHECK_EQ(sending.recorder.failed()[0].failure.error, EOPNOTSUPP);
  CHECK_EQ(std::string(sending.recorder.failed()[0].failure.syscall), "setsockopt");
}

TEST(a_file_is_sent_by_no_path_that_has_a_payload_of_its_own) {
  for (const SendPath path : {SendPath::kSplice, SendPath::kZerocopy}) {
    const Ends ends = ConnectTcp();
    auto client = SendersOf({.path = path, .duration = FromSeconds(1)}, {ends});
    client.streams[0].file = MakeFile({});
    Recorder recorder;
    bool refused = false;
    try {
      const engine::Run made(std::move(client), recorder);
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    CHECK(refused);
  }
}
