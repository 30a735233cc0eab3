#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

#include "os/descriptor.h"
#include "relay/message_batch.h"
#include "test/check.h"

using namespace vnetperf;

namespace {

struct Pair {
  os::Descriptor here;
  os::Descriptor there;
};

/// Two sockets that keep the borders of messages, and whose calls end after a twentieth of a second.
Pair Connected() {
  std::array<int, 2> fds{};
  CHECK_EQ(::socketpair(AF_UNIX, SOCK_DGRAM, 0, fds.data()), 0);
  const timeval longest{.tv_sec = 0, .tv_usec = 50'000};
  for (const int fd : fds) {
    CHECK_EQ(::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof(longest)), 0);
    CHECK_EQ(::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof(longest)), 0);
  }
  return {os::Descriptor(fds[0]), os::Descriptor(fds[1])};
}

void Send(const os::Descriptor& socket, std::size_t bytes, int value) {
  const std::vector<std::byte> message(bytes, static_cast<std::byte>(value));
  CHECK_EQ(::send(socket.get(), message.data(), message.size(), 0), static_cast<ssize_t>(bytes));
}

}  // namespace

TEST(a_batch_takes_what_is_there_and_sends_it_with_what_was_put_in_front) {
  const Pair in = Connected();
  const Pair out = Connected();
  Send(in.there, 60, 1);
  Send(in.there, 1500, 2);
  relay::MessageBatch batch(4);
  CHECK_EQ(batch.Receive(in.here.get()), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto message = batch.received(i);
    const auto header = batch.headroom(i);
    CHECK_EQ(header.size(), 4u);
    CHECK(header.data() + header.size() == message.data());
    header[0] = static_cast<std::byte>(0x70 + i);
    batch.Add({header.data(), header.size() + message.size()});
  }
  batch.SendAdded(out.here.get());
  std::array<std::byte, 2000> bytes{};
  CHECK_EQ(::recv(out.there.get(), bytes.data(), bytes.size(), 0), 64);
  CHECK(bytes[0] == std::byte{0x70} && bytes[4] == std::byte{1});
  CHECK_EQ(::recv(out.there.get(), bytes.data(), bytes.size(), 0), 1504);
  CHECK(bytes[0] == std::byte{0x71} && bytes[1503] == std::byte{2});
}

TEST(a_batch_that_gets_nothing_returns_and_sends_nothing) {
  const Pair in = Connected();
  relay::MessageBatch batch(0);
  CHECK_EQ(batch.Receive(in.here.get()), 0u);
  batch.SendAdded(in.here.get());
  std::array<std::byte, 1> bytes{};
  CHECK_EQ(::recv(in.there.get(), bytes.data(), bytes.size(), 0), -1);
}

TEST(a_message_longer_than_there_is_room_is_none) {
  const Pair in = Connected();
  Send(in.there, relay::MessageBatch::kMostBytes + 1, 1);
  Send(in.there, relay::MessageBatch::kMostBytes, 2);
  relay::MessageBatch batch(20);
  CHECK_EQ(batch.Receive(in.here.get()), 2u);
  CHECK_EQ(batch.received(0).size(), 0u);
  CHECK_EQ(batch.received(1).size(), relay::MessageBatch::kMostBytes);
}

TEST(what_a_socket_refuses_is_lost_and_the_rest_goes_on) {
  const Pair in = Connected();
  const Pair out = Connected();
  const int small = 4096;
  CHECK_EQ(::setsockopt(out.here.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
  Send(in.there, 100, 1);
  Send(in.there, 60'000, 2);
  Send(in.there, 100, 3);
  relay::MessageBatch batch(0);
  CHECK_EQ(batch.Receive(in.here.get()), 3u);
  for (std::size_t i = 0; i < 3; ++i) batch.Add(batch.received(i));
  batch.SendAdded(out.here.get());
  std::array<std::byte, 200> bytes{};
  CHECK_EQ(::recv(out.there.get(), bytes.data(), bytes.size(), 0), 100);
  CHECK(bytes[0] == std::byte{1});
  CHECK_EQ(::recv(out.there.get(), bytes.data(), bytes.size(), 0), 100);
  CHECK(bytes[0] == std::byte{3});
}

TEST(a_socket_that_takes_nothing_is_waited_for_once_a_batch) {
  const Pair in = Connected();
  const Pair out = Connected();
  const std::vector<std::byte> message(100);
  while (::send(out.here.get(), message.data(), message.size(), MSG_DONTWAIT) > 0) {
  }
  constexpr std::size_t kMessages = 10;
  for (std::size_t i = 0; i < kMessages; ++i) Send(in.there, 100, 1);
  relay::MessageBatch batch(0);
  CHECK_EQ(batch.Receive(in.here.get()), kMessages);
  for (std::size_t i = 0; i < kMessages; ++i) batch.Add(batch.received(i));
  const auto start = std::chrono::steady_clock::now();
  batch.SendAdded(out.here.get());
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(took >= std::chrono::milliseconds(40));
  CHECK(took < std::chrono::milliseconds(50 * kMessages / 2));
}
