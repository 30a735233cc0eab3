#pragma once

#include <napi.h>

#include <memory>

#include "binding/poller.h"

namespace vnetperf::binding {

/// What the addon keeps for one environment (the main thread or a worker thread): its instance data. There is
/// no global state besides, so that any number of environments may load the addon.
struct EnvironmentData {
  Napi::FunctionReference socket_class;
  std::shared_ptr<Poller> poller;
};

}  // namespace vnetperf::binding
