#include "test/loopback.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>

#include "test/check.h"

namespace vnetperf::test {
namespace {

[[noreturn]] void Throw(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

os::Descriptor Socket(int type) {
  os::Descriptor socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  if (!socket.valid()) Throw("socket");
  return socket;
}

sockaddr_in Bind(const os::Descriptor& socket) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  if (bind(socket.get(), reinterpret_cast<sockaddr*>(&address), length) != 0) Throw("bind");
  if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) Throw("getsockname");
  return address;
}

void Connect(const os::Descriptor& socket, const sockaddr_in& to) {
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) Throw("connect");
}

std::shared_ptr<os::Descriptor> Shared(os::Descriptor socket) {
  if (fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0) Throw("fcntl");
  return std::make_shared<os::Descriptor>(std::move(socket));
}

engine::StreamSpecification StreamOf(std::shared_ptr<os::Descriptor> socket, engine::Protocol protocol,
                                     std::size_t length, bool sending) {
  engine::StreamSpecification stream;
  stream.socket = std::move(socket);
  stream.protocol = protocol;
  stream.length_bytes = length;
  stream.sending = sending;
  return stream;
}

}  // namespace

Ends ConnectTcp(int segment_bytes) {
  os::Descriptor listener = Socket(SOCK_STREAM);
  os::Descriptor near = Socket(SOCK_STREAM);
  if (segment_bytes != 0) {
    // The option counts the timestamps in.
    const int maximum = segment_bytes + 12;
    for (const os::Descriptor* socket : {&listener, &near}) {
      if (setsockopt(socket->get(), IPPROTO_TCP, TCP_MAXSEG, &maximum, sizeof(maximum)) != 0) {
        Throw("TCP_MAXSEG");
      }
    }
  }
  const sockaddr_in address = Bind(listener);
  if (listen(listener.get(), 1) != 0) Throw("listen");
  Connect(near, address);
  os::Descriptor far(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!far.valid()) Throw("accept");
  return {Shared(std::move(near)), Shared(std::move(far))};
}

Ends ConnectUdp() {
  os::Descriptor near = Socket(SOCK_DGRAM);
  os::Descriptor far = Socket(SOCK_DGRAM);
  const sockaddr_in near_address = Bind(near);
  const sockaddr_in far_address = Bind(far);
  Connect(near, far_address);
  Connect(far, near_address);
  const int buffer = 4 << 20;
  // Only root may go beyond net.core.rmem_max.
  if (setsockopt(far.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) != 0) {
    setsockopt(far.get(), SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
  }
  return {Shared(std::move(near)), Shared(std::move(far))};
}

engine::StreamSpecification Sender(std::shared_ptr<os::Descriptor> socket, engine::Protocol protocol,
                                   std::size_t length) {
  return StreamOf(std::move(socket), protocol, length, true);
}

engine::StreamSpecification Receiver(std::shared_ptr<os::Descriptor> socket, engine::Protocol protocol,
                                     std::size_t length) {
  return StreamOf(std::move(socket), protocol, length, false);
}

os::Descriptor MakeFile(const std::vector<std::byte>& contents) {
  os::Descriptor file(memfd_create("vnetperf-test", MFD_CLOEXEC));
  if (!file.valid()) Throw("memfd_create");
  if (write(file.get(), contents.data(), contents.size()) != static_cast<ssize_t>(contents.size()))
    Throw("write");
  if (lseek(file.get(), 0, SEEK_SET) != 0) Throw("lseek");
  return file;
}

std::vector<std::byte> ReadFile(const os::Descriptor& file) {
  std::vector<std::byte> contents(static_cast<std::size_t>(lseek(file.get(), 0, SEEK_END)));
  if (pread(file.get(), contents.data(), contents.size(), 0) != static_cast<ssize_t>(contents.size()))
    Throw("pread");
  return contents;
}

void Recorder::OnReady() noexcept {
  const std::lock_guard lock(mutex_);
  ready_ = true;
}

void Recorder::OnSnapshot(engine::Snapshot snapshot) noexcept {
  const std::lock_guard lock(mutex_);
  if (snapshot.kind == engine::SnapshotKind::kStart) {
    start_ = std::move(snapshot);
    changed_.notify_all();
    return;
  }
  snapshots_.push_back(std::move(snapshot));
  changed_.notify_all();
}

void Recorder::OnStreamEnded(std::size_t stream, engine::Failure failure) noexcept {
  const std::lock_guard lock(mutex_);
  ended_.push_back({stream, failure});
  changed_.notify_all();
}

void Recorder::OnWorkerFailed(std::size_t stream, engine::Failure failure) noexcept {
  const std::lock_guard lock(mutex_);
  failed_.push_back({stream, failure});
  changed_.notify_all();
}

engine::Snapshot Recorder::WaitForEnd(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  const auto ended = [this] {
    return !snapshots_.empty() && snapshots_.back().kind == engine::SnapshotKind::kEnd;
  };
  // The system clock on purpose: ThreadSanitizer of older compilers does not know the wait on the steady one.
  if (!changed_.wait_until(lock, std::chrono::system_clock::now() + time, ended)) {
    throw std::runtime_error("the run did not end");
  }
  return snapshots_.back();
}

bool Recorder::WaitForStart(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, std::chrono::system_clock::now() + time,
                             [this] { return start_.has_value(); });
}

bool Recorder::WaitForStreamEnded(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, std::chrono::system_clock::now() + time,
                             [this] { return !ended_.empty(); });
}

bool Recorder::WaitForWorkerFailed(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, std::chrono::system_clock::now() + time,
                             [this] { return !failed_.empty(); });
}

std::vector<engine::Snapshot> Recorder::snapshots() const {
  const std::lock_guard lock(mutex_);
  return snapshots_;
}

std::optional<engine::Snapshot> Recorder::start() const {
  const std::lock_guard lock(mutex_);
  return start_;
}

bool Recorder::ready() const {
  const std::lock_guard lock(mutex_);
  return ready_;
}

std::vector<Recorder::Event> Recorder::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

std::vector<Recorder::Event> Recorder::failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

engine::RunSpecification Client(os::Nanoseconds duration) {
  engine::RunSpecification run;
  run.duration = duration;
  run.ends_on_time = true;
  run.ends_on_limit = true;
  return run;
}

engine::RunSpecification Server(os::Nanoseconds duration) {
  engine::RunSpecification run;
  run.duration = duration;
  return run;
}

bool WaitUntilReceived(const engine::Run& run, std::uint64_t bytes, os::Nanoseconds time) {
  const os::Nanoseconds deadline = os::MonotonicNow() + time;
  while (run.progress().received_bytes < bytes) {
    if (os::MonotonicNow() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

Results RunBoth(RecordedRun& client, RecordedRun& server, os::Nanoseconds patience) {
  server.run.Open();
  CHECK(server.recorder.WaitForStart());
  client.run.Open();
  Results results;
  results.client = client.recorder.WaitForEnd();
  std::uint64_t sent = 0;
  for (const engine::StreamSnapshot& stream : results.client.streams) sent += stream.bytes;
  if (patience > 0) (void)WaitUntilReceived(server.run, sent, patience);
  // As the word of the end takes its time in the control connection.
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  server.run.Stop();
  results.server = server.recorder.WaitForEnd();
  CheckSound(client.recorder.snapshots());
  CheckSound(server.recorder.snapshots());
  return results;
}

void CheckAt(os::Nanoseconds time, double seconds) {
  CHECK_GE(time, os::FromSeconds(seconds));
  CHECK_LE(time, os::FromSeconds(seconds) + kPunctual);
}

void CheckSound(const std::vector<engine::Snapshot>& snapshots) {
  for (std::size_t i = 1; i < snapshots.size(); ++i) {
    CHECK_LE(snapshots[i - 1].time, snapshots[i].time);
    for (std::size_t s = 0; s < snapshots[i].streams.size(); ++s) {
      const engine::StreamSnapshot& before = snapshots[i - 1].streams[s];
      const engine::StreamSnapshot& after = snapshots[i].streams[s];
      CHECK_LE(before.bytes, after.bytes);
      CHECK_LE(before.blocks, after.blocks);
      CHECK_LE(before.highest_sequence, after.highest_sequence);
      CHECK_LE(before.socket_drops, after.socket_drops);
      CHECK_LE(before.migrations, after.migrations);
      CHECK_LE(before.usage.user_seconds, after.usage.user_seconds);
      CHECK_LE(before.usage.system_seconds, after.usage.system_seconds);
    }
  }
  for (const engine::StreamSnapshot& stream : snapshots.back().streams) {
    std::uint64_t sum = 0;
    for (const auto& [core, bytes] : stream.bytes_by_core) sum += bytes;
    CHECK_EQ(sum, stream.bytes);
    CHECK(!stream.allowed_cores.empty());
    CHECK_EQ(stream.last_byte > 0, stream.bytes > 0);
  }
}

}  // namespace vnetperf::test
