#pragma once

#include <sys/types.h>

#include <cstddef>

#include "engine/stream.h"

namespace vnetperf::engine {

/// The file a stream sends from or receives into. A seekable one is read from its start with an offset of our
/// own, so that streams which share a descriptor each send the whole of it. Anything else (a pipe, a
/// terminal) is waited for in short steps, so that a stop is never held up by it. Its system calls count as
/// the stream's.
class StreamFile {
 public:
  explicit StreamFile(Stream& stream);

  [[nodiscard]] bool exists() const noexcept { return fd_ >= 0; }
  /// Whether sendfile() can take it: a regular file.
  [[nodiscard]] bool regular() const noexcept { return regular_; }
  [[nodiscard]] int fd() const noexcept { return fd_; }

  /// Up to `bytes`. 0 = end of the file, -1 = errno; EAGAIN when the run stops meanwhile.
  [[nodiscard]] ssize_t Read(std::byte* to, std::size_t bytes) noexcept;
  /// All of it, or false with errno; true as well when the run stops meanwhile.
  [[nodiscard]] bool Write(const std::byte* from, std::size_t bytes) noexcept;

 private:
  /// False when the run stops first.
  [[nodiscard]] bool WaitFor(short event) noexcept;

  const RunControl& control_;
  StreamCounters& counters_;
  const int fd_;
  bool regular_ = false;
  off_t offset_ = 0;
};

}  // namespace vnetperf::engine
