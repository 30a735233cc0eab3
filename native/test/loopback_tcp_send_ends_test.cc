// How every way of sending over TCP ends, and where it does not begin.

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <thread>

#include "test/check.h"
#include "test/loopback.h"
#include "test/send_paths.h"

using namespace vnetperf;
using namespace vnetperf::test;
using namespace std::chrono_literals;
using engine::EndReason;
using engine::SendPath;
using engine::StreamSnapshot;
using os::FromSeconds;
using os::Nanoseconds;

namespace {

constexpr std::array kCalls{"send", "sendfile", "splice", "send"};

const char* CallOf(SendPath path) { return kCalls[static_cast<std::size_t>(path)]; }

/// Whether the stream ends here, however late the word of it comes.
bool Ended(int socket) {
  pollfd wait{.fd = socket, .events = POLLIN, .revents = 0};
  char more;
  return poll(&wait, 1, 5000) == 1 && recv(socket, &more, 1, MSG_DONTWAIT) == 0;
}

}  // namespace

TEST(a_peer_that_closes_ends_every_path_with_its_error_and_its_call) {
  for (const SendPath path : kSendPaths) {
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
  for (const SendPath path : kSendPaths) {
    for (const std::size_t length : {std::size_t{1} << 20, std::size_t{64} << 20}) {
      const Ends ends = ConnectTcp();
      RecordedRun sending(SendersOf({.path = path, .length = length, .duration = FromSeconds(0.3)}, {ends}));
      sending.run.Open();
      // The payload is made before the gate opens, and much of it takes a while.
      CHECK(sending.recorder.WaitForStart(30s));
      const Nanoseconds start = os::MonotonicNow();
      const auto end = sending.recorder.WaitForEnd(10s);
      CHECK_LE(os::MonotonicNow() - start, FromSeconds(2));
      CHECK(end.reason == EndReason::kTime);
      CHECK_GT(end.streams[0].bytes, 0u);
      // What was sent is what the peer can read, and what still stands in the pipe is not.
      sending.run.Close();
      shutdown(ends.near->get(), SHUT_WR);
      CHECK_EQ(ReceiveAll(ends.far->get(), end.streams[0].bytes).size(), end.streams[0].bytes);
      CHECK(Ended(ends.far->get()));
    }
  }
}

TEST(a_slow_peer_holds_up_the_end_of_no_path) {
  for (const SendPath path : kSendPaths) {
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
  for (const SendPath path : kSendPaths) {
    const Ends ends = ConnectTcp();
    RecordedRun sending(SendersOf({.path = path, .duration = FromSeconds(10)}, {ends}));
    sending.run.Open();
    CHECK(sending.recorder.WaitForStart());
    const Nanoseconds deadline = os::MonotonicNow() + FromSeconds(5);
    while (sending.run.progress().sent_bytes == 0 && os::MonotonicNow() < deadline) {
      std::this_thread::sleep_for(1ms);
    }
    const Nanoseconds start = os::MonotonicNow();
    sending.run.Close();
    CHECK_LE(os::MonotonicNow() - start, FromSeconds(1));
    CHECK_GT(sending.run.progress().sent_bytes, 0u);
  }
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
