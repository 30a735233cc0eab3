#include "os/network_namespace.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <exception>
#include <system_error>
#include <thread>

#include "os/blocked_signals.h"
#include "os/system_error.h"

namespace vnetperf::os {
namespace {

void InThreadOfItsOwn(const std::function<void()>& work) {
  std::exception_ptr failure;
  const auto carry_back = [&] {
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  };
  try {
    const BlockedSignals blocked;
    std::thread(carry_back).join();
  } catch (const std::system_error& error) {
    throw SystemError("pthread_create", "namespace", error.code().value());
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

Descriptor CreateNetworkNamespace() {
  Descriptor descriptor;
  InThreadOfItsOwn([&] {
    if (::unshare(CLONE_NEWNET) != 0) throw SystemError("unshare", "namespace");
    descriptor = Descriptor(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!descriptor.valid()) throw SystemError("open", "namespace");
  });
  return descriptor;
}

void InNetworkNamespace(int namespace_fd, const std::function<void()>& work) {
  InThreadOfItsOwn([&] {
    if (::setns(namespace_fd, CLONE_NEWNET) != 0) throw SystemError("setns", "namespace");
    work();
  });
}

void RequireNetworkNamespace(int fd) {
  const int type = ::ioctl(fd, NS_GET_NSTYPE);
  if (type < 0) throw SystemError("ioctl(NS_GET_NSTYPE)", "namespace");
  if (type != CLONE_NEWNET) throw SystemError("ioctl(NS_GET_NSTYPE)", "namespace", EINVAL);
}

}  // namespace vnetperf::os
