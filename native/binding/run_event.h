#pragma once

#include <napi.h>

#include "binding/event_queue.h"

namespace vnetperf::binding {

/// The RunEvent of lib/platform/native.ts.
[[nodiscard]] Napi::Object ToJavaScript(Napi::Env env, const RunEvent& event);

}  // namespace vnetperf::binding
