#pragma once

#include <napi.h>

#include <memory>
#include <optional>

#include "binding/event_queue.h"
#include "engine/run.h"

namespace vnetperf::binding {

/// NativeRun of lib/platform/native.ts.
///
/// Lifetimes and threads:
/// - The engine's threads live from the constructor until Shutdown(), which joins them. It runs when the
///   last event has been taken, at close(), when the object is collected, or as a cleanup hook when the
///   environment ends, whichever comes first; the others find nothing left to do.
/// - The sampler's thread touches `events_` (under its lock) and `wake_`, and nothing else of this object.
///   Shutdown() joins it before it gives `wake_` up: no call comes through a function that is gone.
/// - Cleanup hooks run in reverse order of registration. Ours is registered after the thread-safe function
///   registered its own, so the threads are joined while that function still stands.
/// - From open() until the last event the object refers to itself, and the thread-safe function keeps the
///   event loop alive. Before open() neither holds: a run that is never opened does not keep the process.
/// - `wake_` is aborted, not released: calls under way must not find an object that is gone.
class Run final : public Napi::ObjectWrap<Run>, private engine::RunObserver {
 public:
  /// Exports the class as `Run`.
  static void Init(Napi::Env env, Napi::Object exports);

  /// new Run(specification, onEvent). Throws TypeError for what is no RunSpecification.
  explicit Run(const Napi::CallbackInfo& info);
  ~Run() override;

 private:
  static void Deliver(Napi::Env env, Napi::Function on_event, Run* run, void*);
  using Wake = Napi::TypedThreadSafeFunction<Run, void, &Run::Deliver>;

  void Open(const Napi::CallbackInfo& info);
  void Stop(const Napi::CallbackInfo& info);
  Napi::Value Progress(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  // On the sampler's thread.
  void OnReady() noexcept override;
  void OnSnapshot(engine::Snapshot snapshot) noexcept override;
  void OnStreamEnded(std::size_t stream, engine::Failure failure) noexcept override;
  void OnWorkerFailed(std::size_t stream, engine::Failure failure) noexcept override;

  void DeliverNext(Napi::Env env, Napi::Function on_event);
  /// Lets the event loop end and the object be collected.
  void LetGo(Napi::Env env);
  static void EnvironmentEnds(Run* run);
  void Shutdown() noexcept;

  EventQueue events_;
  Wake wake_;
  std::unique_ptr<engine::Run> run_;
  std::optional<Napi::Env::CleanupHook<void (*)(Run*), Run>> cleanup_;
  bool held_ = false;
  bool shut_down_ = false;
};

}  // namespace vnetperf::binding
