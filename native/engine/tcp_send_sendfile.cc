// sendfile() from memory that never was a file on a disk: the socket refers to the pages, nothing is copied.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "engine/tcp_send_path.h"
#include "os/system_error.h"

namespace vnetperf::engine {
namespace {

/// Linux 6.1; younger than the C library's headers.
constexpr int kMadviseCollapse = 25;

/// The file's memory, mapped while it is filled: at an address where it can become huge pages.
class FileMapping {
 public:
  FileMapping(int file, std::size_t bytes)
      : bytes_(bytes),
        reserved_(
            mmap(nullptr, Reservation(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    if (reserved_ == MAP_FAILED) throw os::SystemError("mmap", "buffer");
    memory_ = reserved_;
    std::size_t space = Reservation();
    std::align(kHugePageBytes, bytes_, memory_, space);
    if (mmap(memory_, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) == MAP_FAILED) {
      const int error = errno;
      munmap(reserved_, Reservation());
      throw os::SystemError("mmap", "buffer", error);
    }
  }
  FileMapping(const FileMapping&) = delete;
  FileMapping& operator=(const FileMapping&) = delete;
  ~FileMapping() { munmap(reserved_, Reservation()); }

  [[nodiscard]] std::byte* data() const { return static_cast<std::byte*>(memory_); }
  /// Into huge pages, of which sendfile() looks up one where it would look up 512 small ones: an eighth of
  /// the CPU time. What the kernel refuses stays as it is: slower and not wrong.
  void Collapse() const noexcept { madvise(memory_, bytes_, kMadviseCollapse); }

 private:
  [[nodiscard]] std::size_t Reservation() const noexcept { return bytes_ + kHugePageBytes; }

  const std::size_t bytes_;
  void* const reserved_;
  void* memory_ = nullptr;
};

void Prepare(TcpSendState& state) {
  state.memory_file = os::Descriptor(memfd_create("vnetperf-payload", MFD_CLOEXEC));
  if (!state.memory_file.valid()) throw os::SystemError("memfd_create", "buffer");
  const int file = state.memory_file.get();
  const std::size_t bytes = RoundUp(state.length, kHugePageBytes);
  if (ftruncate(file, static_cast<off_t>(bytes)) != 0) throw os::SystemError("ftruncate", "buffer");
  // What will be touched is there before it is: where memory is short this fails, a write to the mapping
  // would be a SIGBUS.
  if (const int error = posix_fallocate(file, 0, static_cast<off_t>(state.length)); error != 0) {
    throw os::SystemError("fallocate", "buffer", error);
  }
  const FileMapping mapping(file, bytes);
  FillPayload({mapping.data(), state.length}, state.repeating_payload);
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
