#include "os/unix_listener.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "os/descriptor.h"
#include "os/system_error.h"

namespace vnetperf::os {

pid_t UnixListener(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw SystemError("connect", "path", ENAMETOOLONG);
  std::memcpy(address.sun_path, path.data(), path.size());

  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) throw SystemError("socket", "path");
  // The path always holds a terminator: the structure was zeroed and is longer than the path.
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw SystemError("connect", "path");
  }
  ucred peer{};
  socklen_t length = sizeof peer;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) {
    throw SystemError("getsockopt(SO_PEERCRED)", "path");
  }
  return peer.pid;
}

}  // namespace vnetperf::os
