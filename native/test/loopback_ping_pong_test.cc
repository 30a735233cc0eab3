#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "engine/ping_pong.h"
#include "os/affinity.h"
#include "os/system_error.h"
#include "test/check.h"

using namespace vnetperf;
using namespace std::chrono_literals;
using engine::PingPong;
using engine::RoundTrips;

namespace {

constexpr os::Nanoseconds kMillisecond = os::kNanosecondsPerMillisecond;

struct UdpSocket {
  std::shared_ptr<os::Descriptor> descriptor;
  sockaddr_in address{};
};

UdpSocket Bound() {
  UdpSocket made;
  made.descriptor =
      std::make_shared<os::Descriptor>(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  made.address = {.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  auto* const address = reinterpret_cast<sockaddr*>(&made.address);
  socklen_t size = sizeof(made.address);
  CHECK_EQ(bind(made.descriptor->get(), address, size), 0);
  CHECK_EQ(getsockname(made.descriptor->get(), address, &size), 0);
  return made;
}

void Connect(const UdpSocket& from, const UdpSocket& to) {
  CHECK_EQ(
      connect(from.descriptor->get(), reinterpret_cast<const sockaddr*>(&to.address), sizeof(to.address)), 0);
}

/// What lies between the two ends of a test: everything that comes from the client passes `relay`, which says
/// what of it goes on to the server.
class Between {
 public:
  template <typename Relay>
  Between(const UdpSocket& client, const UdpSocket& server, Relay relay)
      : inner_(Bound()), thread_([this, client, server, relay] {
          const timeval timeout{.tv_sec = 0, .tv_usec = 5000};
          const int fd = inner_.descriptor->get();
          fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
          setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
          while (!over_.load()) {
            std::array<char, 2048> bytes;
            sockaddr_in from{};
            socklen_t size = sizeof(from);
            const ssize_t count =
                recvfrom(fd, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
            if (count < 0) continue;
            const bool outbound = from.sin_port == client.address.sin_port;
            const sockaddr_in& to = outbound ? server.address : client.address;
            const int copies = outbound ? relay() : 1;
            for (int copy = 0; copy < copies; ++copy) {
              (void)sendto(fd, bytes.data(), static_cast<std::size_t>(count), 0,
                           reinterpret_cast<const sockaddr*>(&to), sizeof(to));
            }
          }
        }) {
    Connect(client, inner_);
  }
  ~Between() {
    over_.store(true);
    thread_.join();
  }
  Between(const Between&) = delete;
  Between& operator=(const Between&) = delete;

 private:
  UdpSocket inner_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

RoundTrips WaitForResult(const PingPong& ping_pong, std::chrono::milliseconds time = 3s) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < deadline) {
    if (auto result = ping_pong.Result()) return *result;
    std::this_thread::sleep_for(1ms);
  }
  throw std::runtime_error("the phase did not end in time");
}

RoundTrips Play(PingPong& ping_pong, std::chrono::milliseconds time,
                os::Nanoseconds interval = kMillisecond) {
  ping_pong.Start(interval);
  std::this_thread::sleep_for(time);
  ping_pong.Stop();
  return WaitForResult(ping_pong);
}

}  // namespace

TEST(every_ping_comes_back) {
  const UdpSocket client = Bound();
  const UdpSocket server = Bound();
  Connect(client, server);
  PingPong ping_pong(
      {.client = client.descriptor, .server = server.descriptor, .client_cores = {}, .server_cores = {}});
  const RoundTrips trips = Play(ping_pong, 200ms);
  // How many of the 200 it has time for is the scheduler's business.
  CHECK_GT(trips.sent, 0u);
  CHECK_EQ(trips.lost(), 0u);
  CHECK_EQ(trips.error, 0);
  CHECK_GT(trips.times.minimum(), 500u);
  CHECK_LE(trips.times.minimum(), trips.times.Quantile(500));
  CHECK_LE(trips.times.Quantile(999), trips.times.maximum());
  CHECK_LE(trips.times.maximum(), static_cast<std::uint64_t>(PingPong::kTimeout));
}

TEST(phases_count_for_themselves) {
  const UdpSocket client = Bound();
  const UdpSocket server = Bound();
  Connect(client, server);
  PingPong ping_pong(
      {.client = client.descriptor, .server = server.descriptor, .client_cores = {}, .server_cores = {}});
  CHECK_EQ(ping_pong.Result()->sent, 0u);
  const RoundTrips first = Play(ping_pong, 200ms);
  const RoundTrips second = Play(ping_pong, 50ms);
  CHECK_GT(first.sent, 0u);
  CHECK_GT(second.sent, 0u);
  CHECK_EQ(second.times.count(), second.sent);
  CHECK_EQ(first.lost() + second.lost(), 0u);
  // Stopped before the thread has seen it.
  ping_pong.Start(kMillisecond);
  ping_pong.Stop();
  CHECK_LE(WaitForResult(ping_pong).sent, 1u);
  // While one lasts, no other begins.
  ping_pong.Start(kMillisecond);
  ping_pong.Start(100 * kMillisecond);
  std::this_thread::sleep_for(100ms);
  ping_pong.Stop();
  CHECK_GT(WaitForResult(ping_pong).sent, 2u);
}

TEST(each_end_runs_where_it_was_told_to) {
  const std::vector<int> cores = os::AllowedCores();
  const UdpSocket client = Bound();
  const UdpSocket server = Bound();
  Connect(client, server);
  PingPong ping_pong({.client = client.descriptor,
                      .server = server.descriptor,
                      .client_cores = {cores.front()},
                      .server_cores = {cores.back()}});
  CHECK_EQ(Play(ping_pong, 100ms).lost(), 0u);
  int thrown = 0;
  for (const bool clients : {true, false}) {
    const std::vector<int> none = {os::ConfiguredCores() + 5};
    try {
      PingPong refused({.client = client.descriptor,
                        .server = server.descriptor,
                        .client_cores = clients ? none : std::vector<int>{},
                        .server_cores = clients ? std::vector<int>{} : none});
    } catch (const os::SystemError& error) {
      CHECK_EQ(error.error_number(), EINVAL);
      ++thrown;
    }
  }
  CHECK_EQ(thrown, 2);
}

TEST(lost_pings_are_counted) {
  const UdpSocket client = Bound();
  const UdpSocket server = Bound();
  int seen = 0;
  const Between between(client, server, [&seen] { return ++seen % 4 == 0 ? 0 : 1; });
  PingPong ping_pong(
      {.client = client.descriptor, .server = server.descriptor, .client_cores = {}, .server_cores = {}});
  const RoundTrips trips = Play(ping_pong, 500ms);
  CHECK_EQ(trips.lost(), trips.sent / 4);
  CHECK_GT(trips.lost(), 0u);
}

TEST(a_second_answer_is_none) {
  const UdpSocket client = Bound();
  const UdpSocket server = Bound();
  const Between between(client, server, [] { return 3; });
  PingPong ping_pong(
      {.client = client.descriptor, .server = server.descriptor, .client_cores = {}, .server_cores = {}});
  const RoundTrips trips = Play(ping_pong, 100ms);
  CHECK_GT(trips.sent, 0u);
  CHECK_EQ(trips.times.count(), trips.sent);
}

TEST(an_answer_that_is_late_is_lost_and_not_taken_for_another) {
  const UdpSocket client = Bound();
  const UdpSocket server = Bound();
  int seen = 0;
  const Between between(client, server, [&seen] {
    // The third holds up those behind it too, for longer than anybody waits.
    if (++seen == 3) std::this_thread::sleep_for(1200ms);
    return 1;
  });
  PingPong ping_pong(
      {.client = client.descriptor, .server = server.descriptor, .client_cores = {}, .server_cores = {}});
  ping_pong.Start(10 * kMillisecond);
  std::this_thread::sleep_for(1500ms);
  ping_pong.Stop();
  const RoundTrips trips = WaitForResult(ping_pong);
  // Of the 120 that were held up, those of the first 200 ms.
  CHECK_GT(trips.lost(), 0u);
  CHECK_LT(trips.lost(), 100u);
  CHECK_LE(trips.times.maximum(), static_cast<std::uint64_t>(PingPong::kTimeout));
  // The schedule went on: what waited is counted with the time that it waited.
  CHECK_GT(trips.times.maximum(), static_cast<std::uint64_t>(500 * kMillisecond));
}

TEST(a_dead_path_ends_with_lost_pings) {
  const UdpSocket client = Bound();
  const UdpSocket server = Bound();
  const UdpSocket nobody = Bound();
  Connect(client, nobody);
  PingPong ping_pong(
      {.client = client.descriptor, .server = server.descriptor, .client_cores = {}, .server_cores = {}});
  const RoundTrips trips = Play(ping_pong, 50ms);
  CHECK_GT(trips.sent, 0u);
  CHECK_EQ(trips.lost(), trips.sent);
  CHECK_EQ(trips.times.count(), 0u);
}

TEST(a_port_where_nobody_is_says_so) {
  const UdpSocket client = Bound();
  const UdpSocket server = Bound();
  {
    const UdpSocket gone = Bound();
    Connect(client, gone);
  }
  PingPong ping_pong(
      {.client = client.descriptor, .server = server.descriptor, .client_cores = {}, .server_cores = {}});
  const RoundTrips trips = Play(ping_pong, 50ms);
  CHECK_EQ(trips.lost(), trips.sent);
  CHECK_EQ(trips.error, ECONNREFUSED);
}

TEST(what_others_send_is_neither_answered_nor_an_answer) {
  const UdpSocket client = Bound();
  const UdpSocket server = Bound();
  const UdpSocket stranger = Bound();
  PingPong ping_pong(
      {.client = client.descriptor, .server = server.descriptor, .client_cores = {}, .server_cores = {}});
  Connect(stranger, server);
  const std::array<char, 64> bytes{};
  CHECK_EQ(send(stranger.descriptor->get(), bytes.data(), bytes.size(), 0), 64);
  CHECK_EQ(send(stranger.descriptor->get(), bytes.data(), 3, 0), 3);
  std::this_thread::sleep_for(50ms);
  std::array<char, 64> answer;
  CHECK_EQ(recv(stranger.descriptor->get(), answer.data(), answer.size(), MSG_DONTWAIT), -1);
  // The client's socket is not connected here: what comes from anybody reaches it.
  Connect(client, server);
  CHECK_EQ(Play(ping_pong, 50ms).lost(), 0u);
}

TEST(it_can_be_closed_at_any_time_and_several_run_at_once) {
  std::vector<std::unique_ptr<PingPong>> several;
  for (int i = 0; i < 4; ++i) {
    const UdpSocket client = Bound();
    const UdpSocket server = Bound();
    Connect(client, server);
    several.push_back(std::make_unique<PingPong>(engine::PingPongSpecification{
        .client = client.descriptor, .server = server.descriptor, .client_cores = {}, .server_cores = {}}));
    if (i > 0) several.back()->Start(kMillisecond);
  }
  std::this_thread::sleep_for(30ms);
  several[2]->Stop();
  CHECK_EQ(WaitForResult(*several[2]).lost(), 0u);
  several[3]->Close();
  several[3]->Close();
  several[3]->Stop();
  const auto before = std::chrono::steady_clock::now();
  several.clear();
  CHECK_LT((std::chrono::steady_clock::now() - before) / 1ms, 1000);
}

TEST(its_threads_take_no_signals) {
  const UdpSocket client = Bound();
  const UdpSocket server = Bound();
  Connect(client, server);
  // This thread blocks the signal after the others were made: who has it unblocked would take it, and the
  // process would end.
  PingPong ping_pong(
      {.client = client.descriptor, .server = server.descriptor, .client_cores = {}, .server_cores = {}});
  sigset_t one;
  sigset_t before;
  sigemptyset(&one);
  sigaddset(&one, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &one, &before);
  kill(getpid(), SIGUSR1);
  CHECK_EQ(Play(ping_pong, 20ms).lost(), 0u);
  int taken = 0;
  CHECK_EQ(sigwait(&one, &taken), 0);
  CHECK_EQ(taken, SIGUSR1);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}
