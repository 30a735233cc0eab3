#pragma once

#include <napi.h>

#include <map>
#include <memory>

#include "binding/poller.h"
#include "os/descriptor.h"

namespace vnetperf::binding {

/// What the addon keeps for one environment (the main thread or a worker thread): its instance data. There is
/// no global state besides, so that any number of environments may load the addon.
struct EnvironmentData {
  Napi::FunctionReference socket_class;
  std::shared_ptr<Poller> poller;
  /// By their numbers, which JavaScript has: those of a worker that ends go with it, not with the process.
  std::map<int, os::Descriptor> namespaces;
};

}  // namespace vnetperf::binding
