#include <napi.h>

#include <cerrno>
#include <limits>

#include "binding/arguments.h"
#include "binding/environment_data.h"
#include "binding/ping_pong.h"
#include "binding/run.h"
#include "binding/socket.h"
#include "binding/system_error.h"
#include "os/errno_name.h"
#include "os/network_namespace.h"
#include "os/system_error.h"
#include "os/unix_listener.h"

namespace vnetperf::binding {
namespace {

constexpr std::int64_t kMaximumInt = std::numeric_limits<int>::max();

Napi::Value CreateNetworkNamespace(const Napi::CallbackInfo& info) {
  return Translating(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), os::CreateNetworkNamespace().release());
  });
}

/// Closes network namespaces only: a slip with the number must not close a descriptor of Node's.
void CloseDescriptor(const Napi::CallbackInfo& info) {
  Translating(info.Env(), [&] {
    const int fd = static_cast<int>(ToInteger(info[0], "fd", 0, kMaximumInt));
    os::RequireNetworkNamespace(fd);
    os::Descriptor(fd).reset();
  });
}

Napi::Value UnixListener(const Napi::CallbackInfo& info) {
  return Translating(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), os::UnixListener(ToText(info[0], "path")));
  });
}

Napi::Value StrError(const Napi::CallbackInfo& info) {
  const int error_number = static_cast<int>(ToInteger(info[0], "errno", 0, kMaximumInt));
  return Napi::String::New(info.Env(), os::ErrnoMessage(error_number));
}

Napi::Object InitAddon(Napi::Env env, Napi::Object exports) {
  auto owned = std::make_unique<EnvironmentData>();
  owned->poller = std::make_shared<Poller>(env);
  // Node owns it from here and deletes it when the environment ends.
  auto* const data = owned.release();
  env.SetInstanceData(data);
  Socket::Init(env, *data);
  exports.Set("openSocket", Napi::Function::New<&Socket::Open>(env, "openSocket"));
  exports.Set("createNetworkNamespace",
              Napi::Function::New<&CreateNetworkNamespace>(env, "createNetworkNamespace"));
  exports.Set("closeDescriptor", Napi::Function::New<&CloseDescriptor>(env, "closeDescriptor"));
  exports.Set("unixListener", Napi::Function::New<&UnixListener>(env, "unixListener"));
  exports.Set("strerror", Napi::Function::New<&StrError>(env, "strerror"));
  Run::Init(env, exports);
  PingPong::Init(env, exports);
  return exports;
}

}  // namespace
}  // namespace vnetperf::binding

Napi::Object InitVnetperf(Napi::Env env, Napi::Object exports) {
  return vnetperf::binding::InitAddon(env, exports);
}

NODE_API_MODULE(vnetperf, InitVnetperf)
