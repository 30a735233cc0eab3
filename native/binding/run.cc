#include "binding/run.h"

#include <utility>

#include "binding/run_event.h"
#include "binding/run_specification.h"
#include "binding/system_error.h"

namespace vnetperf::binding {

void Run::Init(Napi::Env env, Napi::Object exports) {
  exports.Set("Run", DefineClass(env, "NativeRun",
                                 {
                                     InstanceMethod<&Run::Open>("open"),
                                     InstanceMethod<&Run::Stop>("stop"),
                                     InstanceMethod<&Run::Progress>("progress"),
                                     InstanceMethod<&Run::Close>("close"),
                                 }));
}

Run::Run(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Run>(info) {
  Napi::Env env = info.Env();
  Translating(env, [&] {
    if (!info[1].IsFunction()) throw Napi::TypeError::New(env, "onEvent must be a function");
    auto specification = ReadRunSpecification(info[0]);
    wake_ = Wake::New(env, info[1].As<Napi::Function>(), "vnetperf run", 0, 1, this);
    wake_.Unref(env);
    try {
      run_ =
          std::make_unique<engine::Run>(std::move(specification), static_cast<engine::RunObserver&>(*this));
    } catch (...) {
      wake_.Abort();
      throw;
    }
    cleanup_.emplace(env.AddCleanupHook(&Run::EnvironmentEnds, this));
  });
}

Run::~Run() {
  // At the end of the environment the hook has run already, and cannot be taken back.
  if (run_ && !shut_down_) {
    cleanup_->Remove(Env());
    Shutdown();
  }
}

void Run::Open(const Napi::CallbackInfo& info) {
  if (shut_down_ || held_) return;
  held_ = true;
  Ref();
  wake_.Ref(info.Env());
  run_->Open();
}

void Run::Stop(const Napi::CallbackInfo&) { run_->Stop(); }

Napi::Value Run::Progress(const Napi::CallbackInfo& info) {
  const engine::Progress progress = run_->progress();
  auto object = Napi::Object::New(info.Env());
  object["sentBytes"] = static_cast<double>(progress.sent_bytes);
  object["receivedBytes"] = static_cast<double>(progress.received_bytes);
  return object;
}

void Run::Close(const Napi::CallbackInfo& info) {
  if (shut_down_) return;
  cleanup_->Remove(info.Env());
  LetGo(info.Env());
  Shutdown();
}

void Run::OnSnapshot(engine::Snapshot snapshot) noexcept {
  if (events_.Push(std::move(snapshot))) wake_.NonBlockingCall();
}

void Run::OnReady() noexcept {
  events_.Push(Ready{});
  wake_.NonBlockingCall();
}

void Run::OnStreamEnded(std::size_t stream, engine::Failure failure) noexcept {
  events_.Push(StreamEnded{stream, failure});
  wake_.NonBlockingCall();
}

void Run::OnWorkerFailed(std::size_t stream, engine::Failure failure) noexcept {
  events_.Push(WorkerFailed{stream, failure});
  wake_.NonBlockingCall();
}

/// `env` is null when the function was aborted or the environment is ending; the run may be gone then.
void Run::Deliver(Napi::Env env, Napi::Function on_event, Run* run, void*) {
  if (env != nullptr) run->DeliverNext(env, on_event);
}

void Run::DeliverNext(Napi::Env env, Napi::Function on_event) {
  // One event a call: what a callback throws does not take other events along.
  const auto event = events_.Pop();
  if (!event || shut_down_) return;
  // The handle keeps the object while the callback runs, whatever is let go before.
  const Napi::Object self = Value();
  // Collected, and its finalizer is on its way: nobody waits for this event.
  if (self.IsEmpty()) return;
  const auto* const queued = std::get_if<QueuedSnapshot>(&*event);
  if (queued && queued->snapshot.kind == engine::SnapshotKind::kEnd) {
    cleanup_->Remove(env);
    LetGo(env);
    Shutdown();
  } else if (std::holds_alternative<WorkerFailed>(*event)) {
    // The gate stays shut: nothing is left to keep the process for.
    LetGo(env);
  }
  try {
    on_event.Call(self, {ToJavaScript(env, *event)});
  } catch (const Napi::Error& error) {
    // Node 20 drops what leaves a thread-safe function, with no more than a warning of deprecation. A mistake
    // of the listener's is an uncaught exception, as it is everywhere else.
    napi_fatal_exception(env, error.Value());
  }
}

void Run::LetGo(Napi::Env env) {
  if (!std::exchange(held_, false)) return;
  wake_.Unref(env);
  Unref();
}

void Run::EnvironmentEnds(Run* run) { run->Shutdown(); }

void Run::Shutdown() noexcept {
  if (std::exchange(shut_down_, true)) return;
  run_->Close();
  wake_.Abort();
}

}  // namespace vnetperf::binding
