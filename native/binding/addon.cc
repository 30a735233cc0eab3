#include <napi.h>

#include <cerrno>
#include <limits>
#include <utility>

#include "binding/arguments.h"
#include "binding/build.h"
#include "binding/environment_data.h"
#include "binding/ping_pong.h"
#include "binding/run.h"
#include "binding/sleeve.h"
#include "binding/socket.h"
#include "binding/system_error.h"
#include "os/errno_name.h"
#include "os/network_namespace.h"
#include "os/packet_socket.h"
#include "os/system_error.h"
#include "os/unix_listener.h"

namespace vnetperf::binding {
namespace {

constexpr std::int64_t kMaximumInt = std::numeric_limits<int>::max();

Napi::Value CreateNetworkNamespace(const Napi::CallbackInfo& info) {
  return Translating(info.Env(), [&]() -> Napi::Value {
    os::Descriptor made = os::CreateNetworkNamespace();
    const int fd = made.get();
    auto& owned = info.Env().GetInstanceData<EnvironmentData>()->namespaces[fd];
    // One of this number was closed by somebody else: it is no longer ours to close.
    if (owned.valid()) static_cast<void>(owned.release());
    owned = std::move(made);
    return Napi::Number::New(info.Env(), fd);
  });
}

/// Closes network namespaces only: a slip with the number must not close a descriptor of Node's.
void CloseDescriptor(const Napi::CallbackInfo& info) {
  Translating(info.Env(), [&] {
    const int fd = static_cast<int>(ToInteger(info[0], "fd", 0, kMaximumInt));
    os::RequireNetworkNamespace(fd);
    auto& namespaces = info.Env().GetInstanceData<EnvironmentData>()->namespaces;
    if (namespaces.erase(fd) == 0) os::Descriptor(fd).reset();
  });
}

Napi::Value UnixListener(const Napi::CallbackInfo& info) {
  return Translating(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), os::UnixListener(ToText(info[0], "path")));
  });
}

Napi::Value SetBuffersOfPacketSockets(const Napi::CallbackInfo& info) {
  return Translating(info.Env(), [&]() -> Napi::Value {
    const int process = static_cast<int>(ToInteger(info[0], "process", 1, kMaximumInt));
    const int bytes = static_cast<int>(ToInteger(info[1], "bytes", 1, kMaximumInt / 2));
    return Napi::Number::New(info.Env(), os::SetBuffersOfPacketSockets(process, bytes));
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
  exports.Set("build", Build(env));
  exports.Set("openSocket", Napi::Function::New<&Socket::Open>(env, "openSocket"));
  exports.Set("createNetworkNamespace",
              Napi::Function::New<&CreateNetworkNamespace>(env, "createNetworkNamespace"));
  exports.Set("closeDescriptor", Napi::Function::New<&CloseDescriptor>(env, "closeDescriptor"));
  exports.Set("unixListener", Napi::Function::New<&UnixListener>(env, "unixListener"));
  exports.Set("setBuffersOfPacketSockets",
              Napi::Function::New<&SetBuffersOfPacketSockets>(env, "setBuffersOfPacketSockets"));
  exports.Set("strerror", Napi::Function::New<&StrError>(env, "strerror"));
  Run::Init(env, exports);
  PingPong::Init(env, exports);
  Sleeve::Init(env, exports);
  return exports;
}

}  // namespace
}  // namespace vnetperf::binding

Napi::Object InitVnetperf(Napi::Env env, Napi::Object exports) {
  return vnetperf::binding::InitAddon(env, exports);
}

NODE_API_MODULE(vnetperf, InitVnetperf)
