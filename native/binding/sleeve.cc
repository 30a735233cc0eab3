#include "binding/sleeve.h"

#include <algorithm>

#include "binding/arguments.h"
#include "binding/system_error.h"

namespace vnetperf::binding {
namespace {

wire::PeerName ReadName(const Napi::Object& specification, const char* name) {
  const Napi::Uint8Array given = ToBytes(specification.Get(name), name);
  wire::PeerName read;
  if (given.ByteLength() != read.size()) ThrowArgument(specification.Env(), name, "six bytes");
  std::transform(given.Data(), given.Data() + read.size(), read.begin(),
                 [](std::uint8_t byte) { return std::byte{byte}; });
  return read;
}

}  // namespace

void Sleeve::Init(Napi::Env env, Napi::Object exports) {
  exports.Set("Sleeve", DefineClass(env, "NativeSleeve", {InstanceMethod<&Sleeve::Close>("close")}));
}

Sleeve::Sleeve(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Sleeve>(info) {
  Translating(info.Env(), [&] {
    const Napi::Object specification = ToObject(info[0], "specification");
    sleeve_ = std::make_unique<relay::Sleeve>(relay::SleeveSpecification{
        .interface = ToText(specification.Get("interface"), "interface"),
        .local_host = ToText(specification.Get("localHost"), "localHost"),
        .remote_host = ToText(specification.Get("remoteHost"), "remoteHost"),
        .port = static_cast<std::uint16_t>(ToInteger(specification.Get("port"), "port", 1, UINT16_MAX)),
        .own = ReadName(specification, "ownName"),
        .peer = ReadName(specification, "peerName")});
  });
}

void Sleeve::Close(const Napi::CallbackInfo&) { sleeve_.reset(); }

}  // namespace vnetperf::binding
