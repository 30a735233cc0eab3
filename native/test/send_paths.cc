#include "test/send_paths.h"

#include <sys/socket.h>

#include <thread>

namespace vnetperf::test {

engine::RunSpecification SendersOf(const Sending& given, const std::vector<Ends>& ends) {
  auto client = Client(given.duration);
  for (const Ends& each : ends) {
    client.streams.push_back(Sender(each.near, engine::Protocol::kTcp, given.length));
    client.streams.back().send_path = given.path;
    client.streams.back().rate_bits_per_second = given.rate_bits_per_second;
  }
  client.omit = given.omit;
  client.limit_bytes = given.bytes;
  client.limit_blocks = given.blocks;
  return client;
}

std::uint64_t Sum(const engine::Snapshot& snapshot, std::uint64_t engine::StreamSnapshot::*figure) {
  std::uint64_t sum = 0;
  for (const engine::StreamSnapshot& stream : snapshot.streams) sum += stream.*figure;
  return sum;
}

std::string ReceiveAll(int socket, std::size_t bytes) {
  std::string received(bytes, '\0');
  std::size_t got = 0;
  const os::Nanoseconds deadline = os::MonotonicNow() + os::FromSeconds(20);
  while (got < bytes && os::MonotonicNow() < deadline) {
    const ssize_t more = recv(socket, received.data() + got, bytes - got, MSG_DONTWAIT);
    if (more > 0) {
      got += static_cast<std::size_t>(more);
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  received.resize(got);
  return received;
}

}  // namespace vnetperf::test
