// sendfile() from memory that never was a file on a disk: the socket refers to the pages, nothing is copied.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "engine/tcp_send_path.h"
#include "os/system_error.h"

namespace vnetperf::engine {
namespace {

/// Linux 6.1; younger than the C library's headers.
constexpr int kMadviseCollapse = 25;

/// The file's memory, mapped while it is filled.
class FileMapping {
 public:
  FileMapping(int file, std::size_t bytes)
      : bytes_(bytes), memory_(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)) {
    if (memory_ == MAP_FAILED) throw os::SystemError("mmap", "buffer");
  }
  FileMapping(const FileMapping&) = delete;
  FileMapping& operator=(const FileMapping&) = delete;
  ~FileMapping() { munmap(memory_, bytes_); }

  [[nodiscard]] std::span<std::byte> span() const { return {static_cast<std::byte*>(memory_), bytes_}; }
  /// Into huge pages, of which sendfile() looks up one where it would look up 512 small ones. What the kernel
  /// refuses stays as it is: slower and not wrong.
  void Collapse() const noexcept { madvise(memory_, bytes_, kMadviseCollapse); }

 private:
  const std::size_t bytes_;
  void* const memory_;
};

void Prepare(TcpSendState& state) {
  state.memory_file = os::Descriptor(memfd_create("vnetperf-payload", MFD_CLOEXEC));
  if (!state.memory_file.valid()) throw os::SystemError("memfd_create", "buffer");
  const std::size_t bytes = RoundUp(state.length, kHugePageBytes);
  // All of it is there before it is touched: where memory is short this fails, a write to the mapping would
  // be a SIGBUS.
  if (const int error = posix_fallocate(state.memory_file.get(), 0, static_cast<off_t>(bytes)); error != 0) {
    throw os::SystemError("fallocate", "buffer", error);
  }
  const FileMapping mapping(state.memory_file.get(), bytes);
  FillPayload(mapping.span().first(state.length), state.repeating_payload);
  mapping.Collapse();
  SetNonBlocking(state);
}

// sendfile() knows no MSG_NOSIGNAL: the worker blocks SIGPIPE, and what stays pending dies with the thread.
ssize_t Send(TcpSendState& state, std::size_t offset, std::size_t bytes) {
  if (!WaitForRoom(state)) return -1;
  auto position = static_cast<off_t>(offset);
  return NoteRoom(state, sendfile(state.socket, state.memory_file.get(), &position, bytes), bytes);
}

}  // namespace

const TcpSendPath kTcpSendSendfile{
    .syscall = "sendfile", .prepare = Prepare, .next = NextOfBuffer, .send = Send, .finish = NothingToFinish};

}  // namespace vnetperf::engine
