#include "test/datagrams.h"

#include <sys/socket.h>

#include <algorithm>

#include "test/check.h"

namespace vnetperf::test {

Results Play(const Mode& mode, const Ends& ends) {
  auto client = Client(mode.blocks == 0 ? mode.duration : 0);
  client.limit_blocks = mode.blocks;
  client.streams.push_back(Sender(ends.near, engine::Protocol::kUdp, mode.length));
  auto server = Server(mode.blocks == 0 ? mode.duration : 0);
  server.limit_blocks = mode.blocks;
  server.streams.push_back(Receiver(ends.far, engine::Protocol::kUdp, mode.length));
  for (engine::StreamSpecification* stream : {&client.streams[0], &server.streams[0]}) {
    stream->rate_bits_per_second = mode.rate_bits_per_second;
    stream->burst = mode.burst;
    stream->sequence_width = mode.width;
    stream->gso_segments = mode.gso_segments;
    stream->gro = mode.gro;
    stream->batch = mode.batch;
    stream->receive_path = mode.discard ? engine::ReceivePath::kDiscard : engine::ReceivePath::kCopy;
  }
  RecordedRun sending(std::move(client));
  RecordedRun receiving(std::move(server));
  // A number of datagrams is one that the receive buffer holds: all of them come, however late the receiver
  // gets its core.
  const os::Nanoseconds patience = mode.blocks == 0 ? 0 : os::FromSeconds(2);
  return RunBoth(sending, receiving, patience);
}

void CheckAccount(const Mode& mode, const Results& results) {
  const engine::StreamSnapshot& sent = results.client.streams[0];
  const engine::StreamSnapshot& received = results.server.streams[0];
  CHECK_GT(received.blocks, 0u);
  CHECK_EQ(sent.bytes, sent.blocks * mode.length);
  CHECK_EQ(received.bytes, received.blocks * mode.length);
  CHECK_EQ(received.highest_sequence, received.blocks + received.lost);
  CHECK_LE(received.highest_sequence, sent.blocks);
  CHECK_EQ(received.out_of_order, 0u);
  CHECK_EQ(received.duplicates, 0u);
}

std::uint64_t Held(const os::Descriptor& socket, std::size_t length) {
  int stored = 0;
  socklen_t size = sizeof(stored);
  CHECK_EQ(getsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &stored, &size), 0);
  // Each is charged with the memory that it takes: up to twice its size and a kilobyte. The kernel frees what
  // was read in quarters of the buffer.
  return std::max<std::uint64_t>(static_cast<std::uint64_t>(stored) * 3 / 4 / (2 * length + 1024), 1);
}

}  // namespace vnetperf::test
