#include "binding/poller.h"

#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>

#include "binding/system_error.h"
#include "os/blocked_signals.h"
#include "os/system_error.h"

namespace vnetperf::binding {
namespace {

constexpr std::uint64_t kStopToken = 0;
constexpr const char* kStep = "wait";

std::size_t Index(Readiness readiness) noexcept { return static_cast<std::size_t>(readiness); }

}  // namespace

Poller::~Poller() { assert(!thread_.joinable() && "the cleanup hook runs before the last owner goes"); }

Napi::Promise Poller::Wait(Watch& watch, int fd, Napi::Object owner, Readiness readiness) {
  const auto deferred = Napi::Promise::Deferred::New(env_);
  try {
    if (stopped_) throw os::SystemError("epoll_ctl", kStep, ECANCELED);
    if (!thread_.joinable()) Start();
    watch.fd_ = fd;
    watch.waiting_[Index(readiness)].push_back(deferred);
    if (watch.owner_.IsEmpty()) watch.owner_ = Napi::Persistent(owner);
    if (pending_++ == 0) wake_.Ref(env_);
    Arm(watch);
  } catch (const os::SystemError& error) {
    const auto reason = ToJavaScript(env_, error);
    if (watch.waiting_[Index(readiness)].empty()) {
      deferred.Reject(reason.Value());
    } else {
      Reject(watch, reason);
    }
  }
  return deferred.Promise();
}

void Poller::Forget(Watch& watch) {
  if (watch.fd_ < 0) return;
  Disarm(watch);
  // Fails only where arming failed before.
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, watch.fd_, nullptr);
  watch.fd_ = -1;
  if (stopped_) return;
  const bool anybody = !watch.waiting_[0].empty() || !watch.waiting_[1].empty();
  if (!anybody) return;
  const Napi::HandleScope scope(env_);
  Reject(watch, ErrorWithCode(env_, "ERR_SOCKET_CLOSED", "the socket was closed while it was waited for"));
}

void Poller::Start() {
  epoll_ = os::Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_.valid()) throw os::SystemError("epoll_create1", kStep);
  stop_ = os::Descriptor(::eventfd(0, EFD_CLOEXEC));
  if (!stop_.valid()) throw os::SystemError("eventfd", kStep);
  epoll_event event{.events = EPOLLIN, .data = {.u64 = kStopToken}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, stop_.get(), &event) != 0)
    throw os::SystemError("epoll_ctl", kStep);

  wake_ = Wake::New(env_, "vnetperf poller", 0, 1, this);
  wake_.Unref(env_);
  try {
    const os::BlockedSignals blocked;
    thread_ = std::thread([this] { Loop(); });
  } catch (const std::system_error& error) {
    wake_.Release();
    throw os::SystemError("pthread_create", kStep, error.code().value());
  }
  env_.AddCleanupHook([this] { Stop(); });
}

void Poller::Stop() noexcept {
  stopped_ = true;
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
  wake_.Release();
}

void Poller::Loop() noexcept {
  ::prctl(PR_SET_NAME, "vnetperf-poll");
  std::array<epoll_event, 64> events;
  for (;;) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    if (count < 0) {
      assert(errno == EINTR);
      continue;
    }
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      was_empty = ready_.empty();
      for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        if (event.data.u64 == kStopToken) return;
        ready_.push_back({event.data.u64, event.events});
      }
    }
    // One call on its way takes everything that gathers until it arrives.
    if (was_empty) wake_.NonBlockingCall();
  }
}

/// `env` is null when the environment is ending, and the poller may be gone.
void Poller::CallJavaScript(Napi::Env env, Napi::Function, Poller* poller, void*) {
  if (env != nullptr) poller->Deliver();
}

void Poller::Deliver() {
  std::vector<Ready> ready;
  {
    const std::lock_guard lock(mutex_);
    ready.swap(ready_);
  }
  for (const auto& [token, events] : ready) {
    const auto found = armed_.find(token);
    if (found == armed_.end()) continue;
    Watch& watch = *found->second;
    Disarm(watch);

    std::vector<Napi::Promise::Deferred> done;
    const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
    if (broken || (events & (EPOLLIN | EPOLLRDHUP)) != 0) done = Take(watch, Readiness::kReadable);
    if (broken || (events & EPOLLOUT) != 0) {
      for (const auto& deferred : Take(watch, Readiness::kWritable)) done.push_back(deferred);
    }
    try {
      if (!watch.waiting_[0].empty() || !watch.waiting_[1].empty()) Arm(watch);
    } catch (const os::SystemError& error) {
      Reject(watch, ToJavaScript(env_, error));
    }
    // Settling runs no JavaScript here: reactions are microtasks, taken when this callback has returned.
    for (const auto& deferred : done) deferred.Resolve(env_.Undefined());
  }
}

/// EPOLLONESHOT: one report per arming, so a socket that stays ready cannot make the thread spin while
/// JavaScript is busy, and a socket nobody waits for reports nothing.
void Poller::Arm(Watch& watch) {
  Disarm(watch);
  const std::uint64_t token = ++last_token_;
  epoll_event event{.events = EPOLLONESHOT, .data = {.u64 = token}};
  if (!watch.waiting_[Index(Readiness::kReadable)].empty()) event.events |= EPOLLIN | EPOLLRDHUP;
  if (!watch.waiting_[Index(Readiness::kWritable)].empty()) event.events |= EPOLLOUT;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, watch.fd_, &event) != 0 &&
      (errno != ENOENT || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, watch.fd_, &event) != 0)) {
    throw os::SystemError("epoll_ctl", kStep);
  }
  watch.token_ = token;
  armed_.emplace(token, &watch);
}

void Poller::Disarm(Watch& watch) noexcept { armed_.erase(std::exchange(watch.token_, 0)); }

void Poller::Reject(Watch& watch, const Napi::Error& error) {
  for (const auto readiness : {Readiness::kReadable, Readiness::kWritable}) {
    for (const auto& deferred : Take(watch, readiness)) deferred.Reject(error.Value());
  }
}

std::vector<Napi::Promise::Deferred> Poller::Take(Watch& watch, Readiness readiness) {
  auto taken = std::exchange(watch.waiting_[Index(readiness)], {});
  assert(pending_ >= taken.size());
  if (!taken.empty() && (pending_ -= taken.size()) == 0) wake_.Unref(env_);
  if (watch.waiting_[0].empty() && watch.waiting_[1].empty()) watch.owner_.Reset();
  return taken;
}

}  // namespace vnetperf::binding
