#pragma once

#include <napi.h>
#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "os/descriptor.h"

namespace vnetperf::binding {

enum class Readiness : std::uint8_t { kReadable, kWritable };

/// Turns readiness of descriptors into promises. One per environment (main thread or worker), with one thread
/// that sleeps in epoll_wait, started at the first wait. It uses no CPU time while nothing happens.
///
/// Lifetimes and threads:
/// - Everything but the thread's own loop runs on the environment's JavaScript thread. The thread touches the
/// epoll
///   descriptor, `ready_` under its mutex, and the thread-safe function; never a Watch, never a watched
///   descriptor.
/// - The environment's data owns the poller, and so does every socket, by std::shared_ptr: a socket's
/// finalizer may
///   run after the environment's data is gone.
/// - Stop() runs as a cleanup hook. Hooks run in reverse order of registration, and ours is registered after
/// the
///   thread-safe function registered its own, so the thread is joined while the function still stands. After
///   that no promise can be settled: JavaScript does not run any more.
/// - While a wait is pending, the thread-safe function is referenced, which keeps the event loop alive, and
/// the watch
///   refers to the socket's object, which keeps it from being collected. With none pending neither holds.
/// - A watched number must be forgotten before it is closed or given away. The kernel drops a registration
/// only when
///   the last duplicate of the open file is closed, and the engine may hold one: the registration would
///   outlive the socket and answer for whatever gets the number next.
class Poller {
 public:
  /// One descriptor's registration. Owned by the socket, which calls Forget() before it lets go of the
  /// descriptor.
  class Watch {
   public:
    Watch() = default;
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    friend class Poller;
    int fd_ = -1;
    /// Of the last arming; 0 = not armed. A report under any other token is stale and ignored.
    std::uint64_t token_ = 0;
    /// Indexed by Readiness.
    std::array<std::vector<Napi::Promise::Deferred>, 2> waiting_;
    Napi::ObjectReference owner_;
  };

  explicit Poller(Napi::Env env) noexcept : env_(env) {}
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// Settles when `fd` is ready, in error or hung up; `owner` is kept alive until then. Both directions may
  /// be awaited at a time, and one direction by several.
  [[nodiscard]] Napi::Promise Wait(Watch& watch, int fd, Napi::Object owner, Readiness readiness);

  /// Ends the registration. Pending waits are rejected with ERR_SOCKET_CLOSED, unless the environment is
  /// ending.
  void Forget(Watch& watch);

 private:
  struct Ready {
    std::uint64_t token;
    std::uint32_t events;
  };

  static void CallJavaScript(Napi::Env env, Napi::Function, Poller* poller, void*);
  using Wake = Napi::TypedThreadSafeFunction<Poller, void, CallJavaScript>;

  void Start();
  void Stop() noexcept;
  void Loop() noexcept;
  void Deliver();
  void Arm(Watch& watch);
  void Disarm(Watch& watch) noexcept;
  void Reject(Watch& watch, const Napi::Error& error);
  /// Takes out those who wait for this, keeping the counts and references right.
  std::vector<Napi::Promise::Deferred> Take(Watch& watch, Readiness readiness);

  Napi::Env env_;
  os::Descriptor epoll_;
  /// An eventfd under token 0: tells the thread to end.
  os::Descriptor stop_;
  Wake wake_;
  std::thread thread_;
  bool stopped_ = false;
  std::size_t pending_ = 0;
  std::uint64_t last_token_ = 0;
  std::unordered_map<std::uint64_t, Watch*> armed_;

  std::mutex mutex_;
  std::vector<Ready> ready_;
};

}  // namespace vnetperf::binding
