#include "binding/run_specification.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "binding/arguments.h"
#include "binding/socket.h"
#include "os/system_error.h"

namespace vnetperf::binding {
namespace {

/// Twice what both directions of a test may have.
constexpr std::uint32_t kMostStreams = 512;
constexpr std::int64_t kMostCores = 65'536;
constexpr std::int64_t kMostTcpBytes = std::int64_t{64} << 20;
constexpr std::int64_t kMostUdpBytes = 65'507;
constexpr std::uint32_t kMostProcesses = 64;
/// UIO_MAXIOV: what one sendmmsg() or recvmmsg() takes.
constexpr std::int64_t kMostBatch = 1024;
/// In the order of engine::SendPath and engine::ReceivePath.
constexpr std::array<const char*, 4> kSendPaths{"copy", "sendfile", "splice", "zerocopy"};
constexpr std::array<const char*, 3> kReceivePaths{"copy", "discard", "mmap"};
constexpr std::int64_t kMostBurst = 1'000'000;
constexpr double kMostSeconds = 1e9;
/// Number.MAX_SAFE_INTEGER.
constexpr std::int64_t kMostCount = (std::int64_t{1} << 53) - 1;

/// Reads the members of one object and names them by their path in what is thrown.
class Members {
 public:
  Members(Napi::Value value, const std::string& path)
      : object_(ToObject(value, path.empty() ? "specification" : path)),
        prefix_(path.empty() ? "" : path + ".") {}

  [[nodiscard]] Napi::Value operator[](const char* name) const { return object_.Get(name); }
  [[nodiscard]] std::string Path(const char* name) const { return prefix_ + name; }
  [[nodiscard]] bool Flag(const char* name) const { return ToBoolean((*this)[name], Path(name)); }
  [[nodiscard]] std::int64_t Integer(const char* name, std::int64_t minimum, std::int64_t maximum) const {
    return ToInteger((*this)[name], Path(name), minimum, maximum);
  }
  [[nodiscard]] os::Nanoseconds Seconds(const char* name) const {
    return os::FromSeconds(ToNumber((*this)[name], Path(name), 0, kMostSeconds));
  }
  /// One of these words, as its place among them.
  template <std::size_t N>
  [[nodiscard]] std::size_t OneOf(const char* name, const std::array<const char*, N>& words) const {
    const Napi::Value value = (*this)[name];
    const std::string text = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
    const auto found = std::find(words.begin(), words.end(), text);
    if (found == words.end()) {
      std::string list;
      for (const char* word : words) list += (list.empty() ? "'" : " or '") + std::string(word) + "'";
      ThrowArgument(object_.Env(), Path(name), list);
    }
    return static_cast<std::size_t>(found - words.begin());
  }

 private:
  Napi::Object object_;
  std::string prefix_;
};

/// Fractions of a bit a second are dropped, but a rate that was given never becomes "no limit".
std::uint64_t ReadRate(const Members& stream) {
  const double rate = ToNumber(stream["rateBitsPerSecond"], stream.Path("rateBitsPerSecond"), 0,
                               static_cast<double>(kMostCount));
  return rate > 0 ? static_cast<std::uint64_t>(std::max(rate, 1.0)) : 0;
}

std::vector<int> ReadCores(const Members& stream) {
  const Napi::Array given = ToArray(stream["cores"], stream.Path("cores"));
  std::vector<int> cores;
  for (std::uint32_t i = 0; i < given.Length(); ++i) {
    cores.push_back(static_cast<int>(ToInteger(given.Get(i), stream.Path("cores"), 0, kMostCores - 1)));
  }
  return cores;
}

std::vector<pid_t> ReadProcesses(const Members& run) {
  std::vector<pid_t> processes;
  const char* const name = "watchedProcesses";
  if (run[name].IsUndefined()) return processes;
  const Napi::Array given = ToArray(run[name], run.Path(name));
  if (given.Length() > kMostProcesses) {
    ThrowArgument(given.Env(), run.Path(name), "at most " + std::to_string(kMostProcesses) + " processes");
  }
  for (std::uint32_t i = 0; i < given.Length(); ++i) {
    processes.push_back(
        static_cast<pid_t>(ToInteger(given.Get(i), run.Path(name), 1, std::numeric_limits<pid_t>::max())));
  }
  return processes;
}

os::Descriptor DuplicateFile(const Members& stream) {
  const auto fd = stream.Integer("fileDescriptor", -1, std::numeric_limits<int>::max());
  if (fd < 0) return {};
  os::Descriptor file(fcntl(static_cast<int>(fd), F_DUPFD_CLOEXEC, 0));
  if (!file.valid()) throw os::SystemError("fcntl", "file");
  return file;
}

engine::StreamSpecification ReadStream(Napi::Value value, const std::string& path) {
  const Members stream(value, path);
  engine::StreamSpecification read;
  read.socket = Socket::Share(stream["socket"]);
  read.sending = stream.Flag("sending");
  const bool udp = stream.OneOf("protocol", std::array{"tcp", "udp"}) == 1;
  read.protocol = udp ? engine::Protocol::kUdp : engine::Protocol::kTcp;
  read.sequence_width =
      stream.Flag("udpCounters64Bit") ? wire::SequenceWidth::k64Bit : wire::SequenceWidth::k32Bit;
  const auto least = udp ? static_cast<std::int64_t>(wire::UdpHeaderBytes(read.sequence_width)) : 1;
  read.length_bytes =
      static_cast<std::size_t>(stream.Integer("lengthBytes", least, udp ? kMostUdpBytes : kMostTcpBytes));
  read.rate_bits_per_second = ReadRate(stream);
  read.burst = static_cast<std::uint32_t>(stream.Integer("burst", 1, kMostBurst));
  read.send_path = static_cast<engine::SendPath>(stream.OneOf("sendPath", kSendPaths));
  read.receive_path = static_cast<engine::ReceivePath>(stream.OneOf("receivePath", kReceivePaths));
  read.cores = ReadCores(stream);
  read.gso_segments = static_cast<std::uint32_t>(stream.Integer("gsoSegments", 0, kMostUdpBytes));
  read.gro = stream.Flag("gro");
  read.batch = static_cast<std::uint32_t>(stream.Integer("batch", 0, kMostBatch));
  read.repeating_payload = stream.Flag("repeatingPayload");
  read.file = DuplicateFile(stream);
  return read;
}

}  // namespace

engine::RunSpecification ReadRunSpecification(Napi::Value value) {
  const Members run(value, "");
  engine::RunSpecification read;
  const Napi::Array streams = ToArray(run["streams"], run.Path("streams"));
  if (streams.Length() == 0 || streams.Length() > kMostStreams) {
    ThrowArgument(value.Env(), run.Path("streams"),
                  "an array of 1 to " + std::to_string(kMostStreams) + " streams");
  }
  for (std::uint32_t i = 0; i < streams.Length(); ++i) {
    read.streams.push_back(ReadStream(streams.Get(i), "streams[" + std::to_string(i) + "]"));
  }
  read.omit = run.Seconds("omitSeconds");
  read.duration = run.Seconds("durationSeconds");
  read.ends_on_time = run.Flag("endsOnTime");
  read.limit_bytes = static_cast<std::uint64_t>(run.Integer("limitBytes", 0, kMostCount));
  read.limit_blocks = static_cast<std::uint64_t>(run.Integer("limitBlocks", 0, kMostCount));
  read.ends_on_limit = run.Flag("endsOnLimit");
  read.interval = run.Seconds("intervalSeconds");
  read.watched_processes = ReadProcesses(run);
  return read;
}

}  // namespace vnetperf::binding
