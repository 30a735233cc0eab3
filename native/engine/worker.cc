#include "engine/worker.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <new>

#include "engine/loop.h"
#include "os/blocked_signals.h"
#include "os/scheduling.h"
#include "os/system_error.h"

namespace vnetperf::engine {
namespace {

void SetBlocking(int socket) {
  const int flags = fcntl(socket, F_GETFL);
  if (flags < 0 || fcntl(socket, F_SETFL, flags & ~O_NONBLOCK) != 0) throw os::SystemError("fcntl", "socket");
}

void SetTimeout(int socket, int option) {
  const timeval timeout{.tv_sec = 0, .tv_usec = kSocketTimeout / 1000};
  if (setsockopt(socket, SOL_SOCKET, option, &timeout, sizeof(timeout)) != 0) {
    throw os::SystemError("setsockopt", "socket");
  }
}

}  // namespace

Worker::Worker(StreamSpecification specification, RunControl& control, std::size_t index)
    : control_(control), stream_(std::move(specification), control), index_(index) {
  const os::BlockedSignals blocked;
  thread_ = std::thread([this] { Main(); });
}

os::ThreadUsage Worker::Usage() {
  // A thread that has ended has no clock any more; between its end and its last word it counts as idle.
  const os::ThreadUsage usage =
      state() == State::kFinished
          ? usage_at_end_
          : os::ReadThreadUsage(thread_.native_handle(), thread_id_).value_or(usage_at_gate_);
  return {.user_seconds = std::max(0.0, usage.user_seconds - usage_at_gate_.user_seconds),
          .system_seconds = std::max(0.0, usage.system_seconds - usage_at_gate_.system_seconds)};
}

void Worker::Main() {
  std::unique_ptr<Loop> loop;
  try {
    GetReady();
    loop = MakeLoop(stream_);
    loop->Prepare();
  } catch (const os::SystemError& error) {
    failure_ = Failure{.error = error.error_number(), .syscall = error.syscall()};
  } catch (const std::bad_alloc&) {
    failure_ = Failure{.error = ENOMEM, .syscall = "mmap"};
  }
  if (failure_) {
    HandBack();
    Announce(State::kFailed);
    return;
  }

  // Until its first byte has moved: see StreamCounters::Begin().
  os::RunBeforeOthers();
  usage_at_gate_ = os::OwnThreadUsage();
  Announce(State::kReady);
  while (control_.gate.load() == static_cast<std::uint32_t>(Gate::kShut)) {
    control_.gate.WaitUntil(static_cast<std::uint32_t>(Gate::kShut), os::kNever);
  }
  if (control_.gate.load() == static_cast<std::uint32_t>(Gate::kOpen)) failure_ = loop->Run();

  HandBack();
  usage_at_end_ = os::OwnThreadUsage();
  Announce(State::kFinished);
}

void Worker::GetReady() {
  std::array<char, 16> name;
  std::snprintf(name.data(), name.size(), "vnetperf-%s%zu", stream_.specification.sending ? "tx" : "rx",
                index_);
  prctl(PR_SET_NAME, name.data());
  // The default lets the kernel wake a pacing sender 50 microseconds late to save power.
  prctl(PR_SET_TIMERSLACK, 1);

  thread_id_ = gettid();
  if (!stream_.specification.cores.empty()) os::PinThisThread(stream_.specification.cores);
  allowed_cores_ = os::AllowedCores();
  stream_.counters.StartOn(sched_getcpu());

  SetBlocking(stream_.socket());
  SetTimeout(stream_.socket(), stream_.specification.sending ? SO_SNDTIMEO : SO_RCVTIMEO);
}

void Worker::HandBack() noexcept {
  // JavaScript may hold the same socket and must never block on it.
  const int flags = fcntl(stream_.socket(), F_GETFL);
  if (flags >= 0) fcntl(stream_.socket(), F_SETFL, flags | O_NONBLOCK);
}

void Worker::Announce(State state) noexcept {
  state_.store(state, std::memory_order_release);
  control_.news.Increment();
}

}  // namespace vnetperf::engine
