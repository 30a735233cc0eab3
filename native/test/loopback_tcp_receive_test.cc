#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>
#include <span>
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
using os::FromSeconds;

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::array kPaths{ReceivePath::kCopy, ReceivePath::kDiscard, ReceivePath::kMmap};

engine::StreamSpecification PathReceiver(const std::shared_ptr<os::Descriptor>& socket, ReceivePath path,
                                         std::size_t length) {
  auto stream = Receiver(socket, Protocol::kTcp, length);
  stream.receive_path = path;
  return stream;
}

std::vector<std::byte> RandomBytes(std::size_t size) {
  std::mt19937 random(17);
  std::vector<std::byte> bytes(size);
  for (std::byte& each : bytes) each = std::byte(random() & 0xff);
  return bytes;
}

void SendAll(const os::Descriptor& socket, std::span<const std::byte> bytes) {
  CHECK_EQ(fcntl(socket.get(), F_SETFL, 0), 0);
  CHECK_EQ(send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

/// Mapped and copied are told where the kernel has a choice, and they sum to the bytes.
void CheckShares(const engine::StreamSnapshot& stream, ReceivePath path) {
  const std::uint64_t told = stream.zero_copied_bytes + stream.copied_bytes;
  CHECK_EQ(told, path == ReceivePath::kMmap ? stream.bytes : 0);
}

}  // namespace

TEST(every_receive_path_counts_every_byte_in_blocks_of_any_length) {
  for (const ReceivePath path : kPaths) {
    for (const std::size_t length :
         {std::size_t{1}, std::size_t{4095}, std::size_t{131'072}, std::size_t{3'000'001}}) {
      const Ends ends = ConnectTcp();
      auto client = Client(FromSeconds(0.1));
      // Who takes a byte a call cannot keep up with a sender that is not held back.
      const bool slow = length == 1;
      client.streams.push_back(Sender(ends.near, Protocol::kTcp, slow ? 1000 : 65'537));
      if (slow) client.streams[0].rate_bits_per_second = 800'000;
      auto server = Server(FromSeconds(0.1));
      server.interval = FromSeconds(0.03);
      server.streams.push_back(PathReceiver(ends.far, path, length));
      RecordedRun sending(std::move(client));
      RecordedRun receiving(std::move(server));
      // A drain is short, and a worker that is kept from its core may miss it.
      const Results results = RunBoth(sending, receiving, FromSeconds(5));
      const engine::StreamSnapshot& stream = results.server.streams[0];
      CHECK_GT(stream.bytes, 0u);
      CHECK_EQ(results.client.streams[0].bytes, stream.bytes);
      CHECK_EQ(stream.blocks, stream.bytes / length);
      CHECK_GT(stream.calls, 0u);
      CHECK_GT(stream.first_byte, 0);
      CheckShares(stream, path);
    }
  }
}

TEST(every_receive_path_ends_exactly_at_the_byte) {
  for (const ReceivePath path : kPaths) {
    for (const std::uint64_t limit : {std::uint64_t{1}, std::uint64_t{4096}, std::uint64_t{1'000'003}}) {
      for (const std::size_t streams : {std::size_t{1}, std::size_t{3}}) {
        auto client = Client();
        auto server = Server();
        client.limit_bytes = server.limit_bytes = limit;
        for (std::size_t i = 0; i < streams; ++i) {
          const Ends ends = ConnectTcp();
          client.streams.push_back(PathReceiver(ends.near, path, 100'000));
          server.streams.push_back(Sender(ends.far, Protocol::kTcp, 100'000));
        }
        RecordedRun near(std::move(client));
        RecordedRun far(std::move(server));
        const Results results = RunBoth(near, far);
        CHECK(results.client.reason == EndReason::kBytes);
        std::uint64_t bytes = 0;
        for (const engine::StreamSnapshot& stream : results.client.streams) {
          bytes += stream.bytes;
          CheckShares(stream, path);
        }
        CHECK_EQ(bytes, limit);
      }
    }
  }
}

namespace {

/// What came after the omit period, where the limit is `limit`.
std::uint64_t BytesAfterOmit(ReceivePath path, std::uint64_t limit) {
  const Ends ends = ConnectTcp();
  auto client = Client();
  auto server = Server();
  client.omit = server.omit = FromSeconds(0.05);
  client.limit_bytes = limit;
  client.streams.push_back(PathReceiver(ends.near, path, 100'000));
  server.streams.push_back(Sender(ends.far, Protocol::kTcp, 100'000));
  RecordedRun near(std::move(client));
  RecordedRun far(std::move(server));
  const Results results = RunBoth(near, far);
  const engine::Snapshot omitted = near.recorder.snapshots()[0];
  CHECK(omitted.kind == SnapshotKind::kOmitEnd);
  CHECK_GT(omitted.streams[0].bytes, 0u);
  CheckShares(results.client.streams[0], path);
  return results.client.streams[0].bytes - omitted.streams[0].bytes;
}

}  // namespace

TEST(every_receive_path_counts_its_limit_from_the_end_of_the_omit_period) {
  for (const ReceivePath path : kPaths) {
    // A worker that is kept from its core for longer than the sampler waits tells it too late where the limit
    // began. That is chance; a path that counts wrongly does so every time.
    std::uint64_t bytes = 0;
    for (int attempt = 0; attempt < 5 && bytes != 1'000'003; ++attempt)
      bytes = BytesAfterOmit(path, 1'000'003);
    CHECK_EQ(bytes, 1'000'003u);
  }
}

TEST(every_receive_path_drains_what_was_announced) {
  const std::vector<std::byte> data(30'000);
  for (const ReceivePath path : kPaths) {
    const Ends ends = ConnectTcp();
    auto server = Server();
    server.limit_bytes = 50'000;
    server.streams.push_back(PathReceiver(ends.far, path, 100'000));
    RecordedRun receiving(std::move(server));
    receiving.run.Open();
    CHECK(receiving.recorder.WaitForStart());
    SendAll(*ends.near, data);
    receiving.run.Stop();
    std::this_thread::sleep_for(60ms);
    CHECK(receiving.recorder.snapshots().empty());
    SendAll(*ends.near, data);
    const auto end = receiving.recorder.WaitForEnd();
    CHECK_EQ(end.streams[0].bytes, 60'000u);
    CheckShares(end.streams[0], path);
  }
}

TEST(every_receive_path_takes_all_that_came_before_the_end_of_the_stream) {
  for (const ReceivePath path : kPaths) {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{kPage}, std::size_t{100'003}}) {
      Ends ends = ConnectTcp();
      const std::vector<std::byte> data(size);
      SendAll(*ends.near, data);
      ends.near.reset();
      auto server = Server();
      server.streams.push_back(PathReceiver(ends.far, path, 5000));
      RecordedRun receiving(std::move(server));
      receiving.run.Open();
      const auto end = receiving.recorder.WaitForEnd(5s);
      CHECK(end.reason == EndReason::kStreamsEnded);
      CHECK_EQ(end.streams[0].bytes, size);
      CHECK_EQ(receiving.recorder.ended()[0].failure.error, 0);
      CheckShares(end.streams[0], path);
    }
  }
}

TEST(every_receive_path_names_the_call_that_a_reset_ends) {
  for (const ReceivePath path : kPaths) {
    for (const bool waiting : {false, true}) {
      Ends ends = ConnectTcp();
      auto server = Server();
      server.streams.push_back(PathReceiver(ends.far, path, 5000));
      RecordedRun receiving(std::move(server));
      if (waiting) {
        receiving.run.Open();
        CHECK(receiving.recorder.WaitForStart());
        std::this_thread::sleep_for(5ms);
      }
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      CHECK_EQ(setsockopt(ends.near->get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
      ends.near.reset();
      receiving.run.Open();
      CHECK(receiving.recorder.WaitForStreamEnded());
      const engine::Failure failure = receiving.recorder.ended()[0].failure;
      CHECK_EQ(failure.error, ECONNRESET);
      CHECK_EQ(std::string(failure.syscall), path == ReceivePath::kMmap ? "getsockopt" : "recv");
    }
  }
}

TEST(every_receive_path_stops_while_nothing_comes_and_does_not_spin) {
  for (const ReceivePath path : kPaths) {
    for (const bool flowed : {false, true}) {
      const Ends ends = ConnectTcp();
      auto server = Server();
      server.streams.push_back(PathReceiver(ends.far, path, 5000));
      RecordedRun receiving(std::move(server));
      receiving.run.Open();
      CHECK(receiving.recorder.WaitForStart());
      if (flowed) SendAll(*ends.near, std::vector<std::byte>(70'000));
      std::this_thread::sleep_for(100ms);
      receiving.run.Stop();
      const auto end = receiving.recorder.WaitForEnd(5s);
      CHECK_EQ(end.streams[0].bytes, flowed ? 70'000u : 0u);
      CHECK_GT(end.streams[0].calls, 0u);
      // It looks once in a socket timeout whether it shall stop, and may be found just beginning to. Those
      // that took what came: 14 blocks, or as many segments as they came in.
      const auto timeouts = static_cast<std::uint64_t>(end.read_at / engine::kSocketTimeout);
      CHECK_LE(end.streams[0].calls, timeouts + 3 + (flowed ? 40u : 0u));
    }
  }
}

TEST(every_receive_path_writes_to_a_file_what_came) {
  const std::vector<std::byte> contents = RandomBytes(1'000'003);
  for (const ReceivePath path : kPaths) {
    for (const std::size_t length : {std::size_t{1000}, std::size_t{131'072}}) {
      const Ends ends = ConnectTcp();
      auto client = Client(FromSeconds(10));
      client.streams.push_back(Sender(ends.near, Protocol::kTcp, 131'072));
      client.streams[0].file = MakeFile(contents);
      auto server = Server();
      server.streams.push_back(PathReceiver(ends.far, path, length));
      const os::Descriptor written = MakeFile({});
      server.streams[0].file = os::Descriptor(dup(written.get()));
      RecordedRun sending(std::move(client));
      RecordedRun receiving(std::move(server));
      const Results results = RunBoth(sending, receiving);
      CHECK_EQ(results.server.streams[0].bytes, contents.size());
      CHECK(ReadFile(written) == contents);
    }
  }
}

TEST(a_limit_cuts_the_file_at_the_byte_on_every_receive_path) {
  const std::vector<std::byte> contents = RandomBytes(200'000);
  for (const ReceivePath path : kPaths) {
    const Ends ends = ConnectTcp();
    SendAll(*ends.near, contents);
    auto client = Client();
    client.limit_bytes = 123'457;
    client.streams.push_back(PathReceiver(ends.far, path, 131'072));
    const os::Descriptor written = MakeFile({});
    client.streams[0].file = os::Descriptor(dup(written.get()));
    RecordedRun receiving(std::move(client));
    receiving.run.Open();
    CHECK_EQ(receiving.recorder.WaitForEnd().streams[0].bytes, 123'457u);
    receiving.run.Close();
    CHECK(ReadFile(written) == std::vector<std::byte>(contents.begin(), contents.begin() + 123'457));
  }
}

namespace {

/// Pages that belong to nobody else: write() into a pipe allocates them one by one, splice() hands them to
/// the socket as they are.
void SendPages(const os::Descriptor& socket, std::span<const std::byte> bytes) {
  CHECK_EQ(fcntl(socket.get(), F_SETFL, 0), 0);
  int pipe_ends[2];
  CHECK_EQ(pipe2(pipe_ends, O_CLOEXEC), 0);
  const os::Descriptor reading(pipe_ends[0]);
  const os::Descriptor writing(pipe_ends[1]);
  for (std::size_t sent = 0; sent < bytes.size();) {
    const std::size_t wanted = std::min(bytes.size() - sent, 14 * kPage);
    CHECK_EQ(write(writing.get(), bytes.data() + sent, wanted), static_cast<ssize_t>(wanted));
    for (std::size_t left = wanted; left > 0;) {
      const ssize_t put = splice(reading.get(), nullptr, socket.get(), nullptr, left, SPLICE_F_MORE);
      CHECK_GT(put, 0);
      left -= static_cast<std::size_t>(put);
    }
    sent += wanted;
  }
}

}  // namespace

TEST(pages_that_come_whole_and_aligned_are_mapped_and_are_what_was_sent) {
  const std::vector<std::byte> contents = RandomBytes(1000 * kPage + 1234);
  // Segments of whole pages: two of them are one packet on loopback.
  const Ends ends = ConnectTcp(7 * kPage);
  auto server = Server();
  server.streams.push_back(PathReceiver(ends.far, ReceivePath::kMmap, 131'072));
  const os::Descriptor written = MakeFile({});
  server.streams[0].file = os::Descriptor(dup(written.get()));
  RecordedRun receiving(std::move(server));
  receiving.run.Open();
  SendPages(*ends.near, contents);
  CHECK_EQ(shutdown(ends.near->get(), SHUT_WR), 0);
  const engine::StreamSnapshot end = receiving.recorder.WaitForEnd().streams[0];
  CHECK_EQ(end.bytes, contents.size());
  CheckShares(end, ReceivePath::kMmap);
  CHECK_GT(end.zero_copied_bytes, contents.size() / 2);
  CHECK(ReadFile(written) == contents);
}

TEST(bytes_of_an_ordinary_sender_cannot_be_mapped_and_none_is_said_to_be) {
  const Ends ends = ConnectTcp();
  auto server = Server();
  server.streams.push_back(PathReceiver(ends.far, ReceivePath::kMmap, 131'072));
  RecordedRun receiving(std::move(server));
  receiving.run.Open();
  SendAll(*ends.near, std::vector<std::byte>(1'000'000));
  ends.near->reset();
  const engine::StreamSnapshot end = receiving.recorder.WaitForEnd().streams[0];
  CHECK_EQ(end.bytes, 1'000'000u);
  CHECK_EQ(end.zero_copied_bytes, 0u);
  CHECK_EQ(end.copied_bytes, 1'000'000u);
}

TEST(a_socket_that_knows_neither_way_fails_before_the_gate) {
  for (const ReceivePath path : {ReceivePath::kMmap, ReceivePath::kDiscard}) {
    int sockets[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    const auto near = std::make_shared<os::Descriptor>(sockets[0]);
    const os::Descriptor far(sockets[1]);
    auto run = Client(FromSeconds(1));
    run.streams.push_back(PathReceiver(near, path, 1000));
    RecordedRun receiving(std::move(run));
    receiving.run.Open();
    CHECK(receiving.recorder.WaitForWorkerFailed());
    const engine::Failure failure = receiving.recorder.failed()[0].failure;
    CHECK_EQ(failure.error, path == ReceivePath::kMmap ? ENODEV : EOPNOTSUPP);
    CHECK_EQ(std::string(failure.syscall), path == ReceivePath::kMmap ? "mmap" : "recv");
  }
}
